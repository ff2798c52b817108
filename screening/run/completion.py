"""How far a run is, read from its store: what is finished, missing and failed, its speed, and who did it."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kernels.status import Status
from screening.run.log import read_log
from screening.run.progress import in_words
from screening.store.destination import read_attributes, store_place
from screening.store.lock import lock_owner
from screening.store.shards import n_shards
from screening.store.writer import StatusReader

SHOWN_ERRORS = 10
LONGEST_ERROR = 300


@dataclass(frozen=True)
class WorkerShare:
    """Chunks and candidates that one worker finished in all runs of a store, and the seconds it spent on them."""

    chunks: int = 0
    candidates: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class RunStatus:
    """State of a store.

    Attributes:
        n_candidates, chunks: of the whole study.
        finished: chunks that are in the store.
        status_counts: candidates per status code; 0 counts those not computed yet.
        set_aside: last error of each chunk that failed on every attempt and is still missing, by its first candidate.
        rate: candidates per second of the last run, None where its log has fewer than two chunks.
        workers: share of each worker, by name; empty where one process computed.
        owner: the run that writes now, as "process 123 on host", or "".
    """

    n_candidates: int
    chunks: int
    finished: int
    status_counts: Mapping[int, int]
    set_aside: Mapping[int, str]
    rate: float | None
    workers: Mapping[str, WorkerShare]
    owner: str

    @property
    def complete(self) -> bool:
        """Whether every chunk is in the store."""
        return self.finished == self.chunks

    @property
    def seconds_left(self) -> float | None:
        """At the rate of the last run; None where that is not known."""
        return None if self.rate is None else self.status_counts.get(Status.PENDING, 0) / self.rate


def run_status(path: str | os.PathLike[str]) -> RunStatus:
    """The state of a store; changes nothing, also while a run goes on."""
    attributes = read_attributes(path)
    target = store_place(path)
    reader = StatusReader(target)
    finished = reader.finished()
    rate, workers, errors = _from_log(read_log(target))
    # set aside by an earlier run, finished by a later one
    aside = {start: error for start, error in errors.items() if start // reader.shard not in finished}
    chunks = n_shards(reader.n_candidates, reader.shard)
    counts = reader.count_status()
    return RunStatus(
        int(attributes["n_candidates"]), chunks, len(finished), counts, aside, rate, workers, lock_owner(target)
    )


def status_facts(status: RunStatus) -> dict[str, Any]:
    """The state of a store for programs; keys are stable."""
    counts = {
        (Status(code).name.lower() if code in set(Status) else f"status {code}"): number
        for code, number in status.status_counts.items()
    }
    return {
        "complete": status.complete,
        "chunks": status.chunks,
        "finished_chunks": status.finished,
        "candidates": status.n_candidates,
        "status": counts,
        "candidates_per_second": status.rate,
        "seconds_left": status.seconds_left,
        "set_aside": {str(start): error for start, error in status.set_aside.items()},
        "workers": {name: asdict(share) for name, share in status.workers.items()},
        "written_by": status.owner,
    }


def status_line(status: RunStatus) -> str:
    """The state of a store in one line, for whoever watches it."""
    parts = [
        f"{status.finished:,} of {status.chunks:,} chunks finished ({100 * status.finished / status.chunks:.0f} %)"
    ]
    if status.owner and status.rate is not None:
        parts.append(f"{status.rate:,.0f} candidates/s")
    if status.owner and status.seconds_left:
        parts.append(f"{in_words(status.seconds_left)} left")
    if not status.owner and not status.complete:
        parts.append("no run is under way")
    if status.set_aside:
        parts.append(f"{len(status.set_aside):,} set aside")
    return ", ".join(parts)


def describe_status(status: RunStatus, path: str) -> list[str]:
    """The state of a store in lines of text."""
    counts = dict(status.status_counts)
    missing, fine = counts.pop(Status.PENDING, 0), counts.pop(Status.OK, 0)
    failed = sum(counts.values())
    kinds = {int(code): code.name.lower() for code in Status}
    detail = ", ".join(f"{number:,} {kinds.get(code, f'status {code}')}" for code, number in counts.items())
    lines = [
        f"{status.finished:,} of {status.chunks:,} chunks finished ({100 * status.finished / status.chunks:.0f} %)",
        f"candidates: {fine + failed:,} of {status.n_candidates:,} done ({fine:,} ok, {failed:,} failed), {missing:,} missing",
    ]
    if detail:
        lines.append(f"failed: {detail}")
    if status.rate is not None:
        lines.append(f"rate of the last run: {status.rate:,.0f} candidates/s")
    for name, share in sorted(status.workers.items()):
        speed = f", {share.candidates / share.seconds:,.0f} candidates/s" if share.seconds > 0 else ""
        lines.append(f"worker {name}: {share.chunks:,} chunks, {share.candidates:,} candidates{speed}")
    for start, error in sorted(status.set_aside.items())[:SHOWN_ERRORS]:
        lines.append(f"set aside: chunk from candidate {start}: {error[:LONGEST_ERROR]}")
    if len(status.set_aside) > SHOWN_ERRORS:
        lines.append(f"set aside: {len(status.set_aside) - SHOWN_ERRORS:,} more chunks")
    if status.owner:
        lines.append(f"a run is under way: {status.owner}")
    elif not status.complete:
        lines.append(f"next: sei-screen resume {path}")
    return lines


def _from_log(events: Iterable[Mapping[str, Any]]) -> tuple[float | None, dict[str, WorkerShare], dict[int, str]]:
    """Rate of the last run, shares of the workers and errors; a log is read with care, since anyone can edit it."""
    workers: dict[str, WorkerShare] = {}
    errors: dict[int, str] = {}
    clocks: dict[str, tuple[float, float, int]] = {}  # of each part: first and last chunk, candidates between them
    ended: dict[str, None] = {}
    for event in events:
        part = str(event.get("part", ""))
        if event["event"] == "start":
            clocks = {other: clock for other, clock in clocks.items() if part and other not in ("", part)}
            ended.pop(part, None)
            continue
        if event["event"] == "end":
            ended.pop(part, None)
            ended[part] = None
            continue
        start, stop = event.get("start"), event.get("stop")
        if not isinstance(start, int) or not isinstance(stop, int) or stop <= start:
            continue
        if event["event"] == "failed":
            errors[start] = _printable(str(event.get("error", "")))
        elif event["event"] == "chunk":
            # the clock starts with the first chunk, which compiles
            first, _, candidates = clocks.get(part, (event["time"], 0.0, start - stop))
            clocks[part] = first, event["time"], candidates + stop - start
            name, seconds = event.get("worker", f"of part {part}" if part else None), event.get("seconds")
            if isinstance(name, str) and isinstance(seconds, int | float):
                name = _printable(name[:100])
                share = workers.get(name, WorkerShare())
                workers[name] = WorkerShare(share.chunks + 1, share.candidates + stop - start, share.seconds + seconds)
    rates = {part: candidates / (last - first) for part, (first, last, candidates) in clocks.items() if last > first}
    # parts at work add up; of those that have ended the last one tells the speed
    working = [rate for part, rate in rates.items() if part not in ended]
    last_ended = [rates[part] for part in ended if part in rates][-1:]
    return sum(working or last_ended) or None, workers, errors


def _printable(text: str) -> str:
    """On one line, without the control characters that would command a terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
