"""Shards computed and written by other processes: what the run loop asks of them, and how it follows their work."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from screening.run.interrupt import interrupts_held_back
from screening.run.log import RunLog
from screening.run.outcome import ChunkError
from screening.run.progress import Reporter
from screening.store.destination import StagedStore
from screening.store.location import Place

# More errors than these make no line that anyone reads; the log has them all.
SHOWN_ERRORS = 3


@dataclass(frozen=True)
class ShardReport:
    """A shard that is in the store.

    Attributes:
        start, stop: its candidates.
        seconds: time the worker took.
        writing: how much of it went into the store's files.
        worker: name of the worker.
    """

    start: int
    stop: int
    seconds: float
    writing: float
    worker: str


@dataclass(frozen=True)
class SetAside:
    """A shard that failed on every attempt.

    Attributes:
        start, stop: its candidates.
        error: of the last attempt, on one line.
    """

    start: int
    stop: int
    error: str


class Team(Protocol):
    """Processes that evaluate shards and write them into a store themselves."""

    def size(self) -> int:
        """Shards that are computed at once, by the workers that are there now; at least 1."""
        ...

    def compute(
        self, location: Place, shards: Sequence[tuple[int, int]], block: int
    ) -> Generator[ShardReport | SetAside, None, None]:
        """Compute and write shards, in any order; each is reported when its `status` is written."""
        ...


def work_by_team(
    team: Team, staged: StagedStore, pending: Sequence[tuple[int, int]], block: int, reporter: Reporter, log: RunLog
) -> None:
    """Have a team finish the pending shards."""
    rounds = [pending] if staged.published else [pending[:1], pending[1:]]
    aside: list[SetAside] = []
    for shards in rounds:
        location = staged.target if staged.published else staged.staging
        with closing(team.compute(location, shards, block)) as reports:
            for report in reports:
                if isinstance(report, SetAside):
                    aside.append(report)
                    log.write("failed", start=report.start, stop=report.stop, error=report.error)
                    continue
                with interrupts_held_back():
                    log.write(
                        "chunk",
                        start=report.start,
                        stop=report.stop,
                        seconds=round(report.seconds, 3),
                        writing=round(report.writing, 4),
                        worker=report.worker,
                    )
                reporter.advance(report.stop - report.start)
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
