"""What the run loop asks of those who compute its shards, and how it follows their work."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from screening.run.interrupt import interrupts_held_back, raise_kept_interrupt
from screening.run.log import RunLog
from screening.run.outcome import ChunkError
from screening.run.progress import Reporter
from screening.store.destination import StagedStore
from screening.store.location import Place

# More errors than these make no line that anyone reads; the log has them all.
SHOWN_ERRORS = 3


@dataclass(frozen=True)
class ShardReport:
    """A shard that is in the store: the seconds it took, those of them that went into files, and who did it, "" in this process."""

    start: int
    stop: int
    seconds: float
    writing: float
    worker: str = ""


@dataclass(frozen=True)
class SetAside:
    """A shard that failed on every attempt, with the last error on one line."""

    start: int
    stop: int
    error: str


class Executor(Protocol):
    """Evaluates shards and writes them into a store: threads of this process, or dask workers."""

    def size(self) -> int:
        """Shards that are computed at once now; at least 1."""
        ...

    def usual_block(self, shard: int) -> int:
        """Candidates of one call of the evaluator, in a store of shards of this length, where nobody chose them."""
        ...

    def compute(
        self, location: Place, shards: Sequence[tuple[int, int]], block: int, advance: Callable[[int], None]
    ) -> Generator[ShardReport | SetAside, None, None]:
        """Compute and write shards, in any order; each is reported when its `status` is written.

        `advance` is told how many candidates have been evaluated since the last time.
        """
        ...


def finish_shards(
    executor: Executor,
    staged: StagedStore,
    pending: Sequence[tuple[int, int]],
    block: int,
    reporter: Reporter,
    log: RunLog,
) -> None:
    """Have the pending shards finished; a store that replaces another takes its place with the first of them."""
    rounds = [pending] if staged.published else [pending[:1], pending[1:]]
    aside: list[SetAside] = []
    for shards in rounds:
        location = staged.target if staged.published else staged.staging
        with closing(executor.compute(location, shards, block, reporter.advance)) as reports:
            for report in reports:
                raise_kept_interrupt()
                if isinstance(report, SetAside):
                    aside.append(report)
                    log.write("failed", start=report.start, stop=report.stop, error=report.error)
                    continue
                worker = {"worker": report.worker} if report.worker else {}
                times = {"seconds": round(report.seconds, 3), "writing": round(report.writing, 4)}
                with interrupts_held_back():
                    log.write("chunk", start=report.start, stop=report.stop, **times, **worker)
        if not staged.published:
            if aside:
                break
            staged.publish()
            log.move_to(staged.target)
    if aside:
        kept = "the others are finished" if staged.published else "the earlier store is unchanged"
        raise ChunkError(_failure(aside, kept, staged.target))


def _failure(aside: Sequence[SetAside], kept: str, target: Place) -> str:
    errors = [f"candidates {one.start} to {one.stop - 1}: {one.error}" for one in aside[:SHOWN_ERRORS]]
    more = f" and {len(aside) - SHOWN_ERRORS} more (`sei-screen status {target}`)" if len(aside) > SHOWN_ERRORS else ""
    chunks = f"{len(aside)} chunk{'s' if len(aside) > 1 else ''}"
    return f"{chunks} set aside, {kept}: {'; '.join(errors)}{more}; `sei-screen resume {target}` tries them again"
