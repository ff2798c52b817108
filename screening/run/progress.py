"""What a person sees while a run goes on: a bar on a terminal, plain lines elsewhere; always on stderr."""

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SECONDS_BETWEEN_LINES = 5.0


class Meter:
    """Candidates done of a total, voltammograms of each, their rate and the time left.

    The clock starts with the first finished block: compilation comes before it and would spoil the rate.
    """

    def __init__(self, total: int, done: int, curves: int):
        self.total, self.done, self.curves = total, done, curves
        self._first: tuple[float, int] | None = None

    def advance(self, candidates: int) -> None:
        """Count finished candidates; fewer than none where a worker lost some."""
        self.done += candidates
        if self._first is None:
            self._first = (time.monotonic(), self.done)

    @property
    def rate(self) -> float | None:
        """Candidates per second, None before two blocks are finished."""
        if self._first is None or self.done <= self._first[1]:
            return None
        return (self.done - self._first[1]) / max(time.monotonic() - self._first[0], 1e-9)

    def __str__(self) -> str:
        rate = self.rate
        if rate is None:
            return ""
        text = f"{rate:,.0f} candidates/s"
        if self.curves > 1:
            text += f", {rate * self.curves:,.0f} CVs/s"
        left = self.total - self.done
        return f"{text}, {in_words(left / rate)} left" if left else text


class Reporter:
    """Shows the progress of one run, as a context manager; this one shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def advance(self, candidates: int) -> None:
        """Count finished candidates and show them."""


class LineReporter(Reporter):
    """One plain line every few seconds, for log files and batch systems."""

    def __init__(self, meter: Meter):
        self._meter = meter
        self._due = time.monotonic() + SECONDS_BETWEEN_LINES
        self._printed = -1
        self._first = threading.Timer(SECONDS_BETWEEN_LINES, self._print, ["compiling"])
        self._first.daemon = True

    def __enter__(self) -> Self:
        self._first.start()
        return self

    def __exit__(self, kind, error, trace) -> None:
        self._first.cancel()
        if self._printed != self._meter.done:
            self._print()

    def advance(self, candidates: int) -> None:
        self._first.cancel()
        self._meter.advance(candidates)
        if time.monotonic() >= self._due:
            self._print()
            self._due = time.monotonic() + SECONDS_BETWEEN_LINES

    def _print(self, what: str = "") -> None:
        meter = self._meter
        self._printed = -1 if what else meter.done
        done = f"{meter.done:,} of {meter.total:,} candidates ({100 * meter.done / meter.total:.0f} %)"
        parts = [done, what or str(meter)]
        print("screening: " + ", ".join(filter(None, parts)), file=sys.stderr, flush=True)


class BarReporter(Reporter):
    """A rich progress bar; rich itself drops colours where NO_COLOR is set."""

    def __init__(self, meter: Meter):
        self._meter = meter
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._progress = progress = Progress(
            TextColumn("screening"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            console=Console(stderr=True),
        )
        progress.start()
        self._task = progress.add_task("compiling", total=self._meter.total, completed=self._meter.done)
        return self

    def __exit__(self, kind, error, trace) -> None:
        if self._progress is not None:
            self._progress.stop()

    def advance(self, candidates: int) -> None:
        self._meter.advance(candidates)
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=self._meter.done, description=str(self._meter))


def make_reporter(progress: bool, meter: Meter) -> Reporter:
    """The reporter that fits: none, a bar where stderr is a terminal, lines where it is not."""
    if not progress:
        return Reporter()
    return BarReporter(meter) if sys.stderr.isatty() else LineReporter(meter)


def in_words(seconds: float) -> str:
    """A duration such as "2 min 5 s"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
