"""The run loop: several threads evaluate blocks of candidates while one writes the finished shards."""

import os
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass
from itertools import islice

import numpy as np

from screening.errors import StudyError, shown
from screening.model.variables import Evaluator
from screening.run.executor import Team, work_by_team
from screening.run.interrupt import interrupts_held_back, kept_interrupts, raise_kept_interrupt
from screening.run.log import RunLog
from screening.run.outcome import DISK_ERRORS, ChunkError, RunInterrupted, RunSummary, StoreError, WorkersLost
from screening.run.progress import Meter, Reporter, make_reporter
from screening.run.threads import single_threaded_blas
from screening.store.destination import StagedStore, check_run_target, read_attributes, store_place
from screening.store.location import Place
from screening.store.lock import store_lock
from screening.store.shards import IDENTITY, STATUS, n_shards, shard_bounds, shard_length
from screening.store.template import store_attributes, write_template
from screening.store.writer import ShardWriter, sweep_litter

Columns = dict[str, np.ndarray]

LARGEST_BLOCK = 2048
SMALLEST_BLOCK = 64


@dataclass(frozen=True)
class Block:
    """Candidates start ... stop - 1, evaluated in one call; `shard` are the bounds of the shard that they belong to."""

    start: int
    stop: int
    shard: tuple[int, int]


def run_evaluator(
    evaluator: Evaluator,
    path: str | os.PathLike[str],
    *,
    chunk: int | None = None,
    block: int | None = None,
    threads: int | None = None,
    overwrite: bool = False,
    progress: bool = True,
    team: Team | None = None,
) -> RunSummary:
    """Evaluate all candidates into a new store."""
    for name, value in (("chunk", chunk), ("block", block), ("threads", threads)):
        _check_count(name, value)
    target = check_run_target(path, overwrite)
    if evaluator.n_candidates < 1:
        raise StudyError(
            "no candidates", got=shown(evaluator.n_candidates), expected="at least one", fix="raise samples"
        )
    workers = team.size() if team is not None else 1
    shard = shard_length(evaluator.n_candidates, evaluator.variables, evaluator.coordinates, chunk, workers)
    with store_lock(target):
        check_run_target(path, overwrite)  # a run that held the lock until now may have made the store
        staged = _stage(target, evaluator, shard)
        try:
            if not staged.replaces:
                staged.publish()
            return _fill(evaluator, staged, target, block, threads, progress, team)
        finally:
            staged.discard()


def resume(
    path: str | os.PathLike[str],
    evaluator: Evaluator,
    *,
    block: int | None = None,
    threads: int | None = None,
    progress: bool = True,
    team: Team | None = None,
) -> RunSummary:
    """Evaluate what an interrupted run left out; finished shards are neither computed again nor touched.

    Args:
        path: a store begun by `run_evaluator`.
        evaluator: the same calculation; `read_attributes(path)["study"]` has the study text to build it from.
        block, threads, progress, team: as in `run_evaluator`.

    Raises:
        StudyError where the store belongs to another study, seed, version or precision; the others of `run_evaluator`.
    """
    for name, value in (("block", block), ("threads", threads)):
        _check_count(name, value)
    target = store_place(path)
    stored = read_attributes(path)
    expected = store_attributes(evaluator, stored["shard"])
    for name in (*IDENTITY, "n_candidates"):
        if stored.get(name) != expected.get(name):
            raise StudyError(
                f"{os.fspath(path)} belongs to another run",
                got=f"{name} {shown(expected.get(name))}",
                expected=f"its own, {shown(stored.get(name))}",
                fix="results of different runs are never mixed, so start a new store with `sei-screen run`",
                where="resume",
            )
    writer = ShardWriter(target, evaluator.variables)
    complete = len(writer.finished()) == n_shards(writer.n_candidates, writer.shard)
    # a finished store is only read, which also works where nothing may be written
    with nullcontext() if complete else store_lock(target):
        if not complete:
            sweep_litter(target)
        staged = StagedStore(target, target, published=True)
        return _fill(evaluator, staged, target, block, threads, progress, team)


def available_cores() -> int:
    """Cores that this process may use, which affinity masks and batch systems keep below the machine's number."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _stage(target: Place, evaluator: Evaluator, shard: int) -> StagedStore:
    try:
        staged = StagedStore.beside(target)
    except OSError as error:
        raise StudyError(
            "cannot be written", got=f"{target} ({error.strerror})", expected="a writable place"
        ) from error
    try:
        write_template(staged.staging, evaluator, shard)
    except BaseException:
        staged.discard()
        raise
    return staged


def _fill(
    evaluator: Evaluator,
    staged: StagedStore,
    target: Place,
    block: int | None,
    threads: int | None,
    progress: bool,
    team: Team | None,
) -> RunSummary:
    began = time.monotonic()
    location = target if staged.published else staged.staging
    writer = ShardWriter(location, evaluator.variables)
    n, shard = writer.n_candidates, writer.shard
    finished = writer.finished()
    pending = [shard_bounds(index, shard, n) for index in range(n_shards(n, shard)) if index not in finished]
    todo = sum(stop - start for start, stop in pending)
    if not todo:
        return RunSummary(target, n, 0, time.monotonic() - began, writer.count_status())
    curves = len(evaluator.coordinates["scan_rate"].values) if "scan_rate" in evaluator.coordinates else 1
    log = RunLog(location)
    try:
        log.start(candidates=n, shard=shard, pending=len(pending))
        with kept_interrupts(), make_reporter(progress, Meter(n, n - todo, curves)) as reporter:
            if team is not None:
                work_by_team(team, staged, pending, min(block or LARGEST_BLOCK, shard), reporter, log)
            else:
                threads = threads or available_cores()
                block = min(block or _usual_block(shard, threads), shard)
                _work_here(evaluator, staged, pending, block, threads, reporter, log)
    except KeyboardInterrupt:
        log.write("interrupted")
        raise RunInterrupted(_interrupted(staged, target, evaluator)) from None
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise StoreError.of(error, _continuation(staged, target)) from error
    except WorkersLost as error:
        raise WorkersLost(f"{error}; {_continuation(staged, target)}") from error.__cause__
    log.write("end", seconds=round(time.monotonic() - began, 3))
    writer = ShardWriter(target, evaluator.variables)
    return RunSummary(target, n, todo, time.monotonic() - began, writer.count_status())


def _work_here(
    evaluator: Evaluator,
    staged: StagedStore,
    pending: Sequence[tuple[int, int]],
    block: int,
    threads: int,
    reporter: Reporter,
    log: RunLog,
) -> None:
    """Evaluate the pending shards by threads of this process and write them."""
    location = staged.target if staged.published else staged.staging
    writer = ShardWriter(location, evaluator.variables)
    moment = time.monotonic()
    with single_threaded_blas(), closing(_shards(evaluator, _blocks(pending, block), threads, reporter)) as shards:
        for (start, stop), columns in shards:
            raise_kept_interrupt()
            if not staged.published:
                staged.publish()
                writer = ShardWriter(staged.target, evaluator.variables)
                log.move_to(staged.target)
            with interrupts_held_back():
                writer.write(start, stop, columns)
                now = time.monotonic()
                log.write("chunk", start=start, stop=stop, seconds=round(now - moment, 3))
            moment = now


def _interrupted(staged: StagedStore, target: Place, evaluator: Evaluator) -> str:
    if not staged.published:
        return f"interrupted before the first results; {_continuation(staged, target)}"
    writer = ShardWriter(target, evaluator.variables)
    return (
        f"interrupted: {len(writer.finished())} of {n_shards(writer.n_candidates, writer.shard)} chunks are finished "
        f"and kept in {target}; continue with: sei-screen resume {target}"
    )


def _continuation(staged: StagedStore, target: Place) -> str:
    if not staged.published:
        return f"the earlier store {target} is unchanged"
    return f"finished chunks are kept; continue with: sei-screen resume {target}"


def _usual_block(shard: int, threads: int) -> int:
    """Two blocks a thread and shard keep the threads busy to its end."""
    return max(SMALLEST_BLOCK, min(LARGEST_BLOCK, shard // (2 * threads)))


def _blocks(shards: Iterable[tuple[int, int]], length: int) -> Iterator[Block]:
    for bounds in shards:
        for start in range(*bounds, length):
            yield Block(start, min(start + length, bounds[1]), bounds)


def _shards(
    evaluator: Evaluator, blocks: Iterator[Block], threads: int, reporter: Reporter
) -> Generator[tuple[tuple[int, int], Columns], None, None]:
    """Whole shards in order; the threads keep evaluating the next blocks while the caller writes one.

    At most 2 * threads blocks and one shard are in memory, whatever the number of candidates.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="evaluate")
    waiting: deque[tuple[Block, Future[Columns]]] = deque()

    def submit(number: int) -> None:
        waiting.extend((block, pool.submit(_evaluate, evaluator, block)) for block in islice(blocks, number))

    try:
        submit(2 * threads)
        columns: Columns = {}
        while waiting:
            block, future = waiting.popleft()
            results = future.result()
            submit(1)
            first, end = block.shard
            if block.start == first:
                columns = {
                    key: np.empty((end - first, *value.shape[1:]), value.dtype) for key, value in results.items()
                }
            for name, value in results.items():
                columns[name][block.start - first : block.stop - first] = value
            del future, results
            reporter.advance(block.stop - block.start)
            if block.stop == end:
                yield block.shard, columns
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _evaluate(evaluator: Evaluator, block: Block) -> Columns:
    try:
        results = evaluator.evaluate(block.start, block.stop)
        return checked_columns(evaluator, results, block.stop - block.start)
    except Exception as error:
        raise ChunkError(
            f"candidates {block.start} to {block.stop - 1}: {type(error).__name__}: {error}; "
            "finished chunks are kept, `sei-screen resume` tries the others again"
        ) from error


def checked_columns(evaluator: Evaluator, results: Mapping[str, np.ndarray], length: int) -> Columns:
    """The results in the stored types; anything missing, unknown or of another shape would end in the wrong place."""
    dtypes = {spec.name: spec.dtype for spec in evaluator.variables} | {STATUS: "uint8"}
    if set(results) != set(dtypes):
        raise ValueError(f"evaluate returned {sorted(results)}, expected {sorted(dtypes)}")
    shapes = {
        spec.name: (length, *(len(evaluator.coordinates[dim].values) for dim in spec.dims))
        for spec in evaluator.variables
    } | {STATUS: (length,)}
    columns = {}
    for name, dtype in dtypes.items():
        value = np.asarray(results[name])
        if value.shape != shapes[name]:
            raise ValueError(f"evaluate returned {name!r} of shape {value.shape}, expected {shapes[name]}")
        with np.errstate(over="ignore", invalid="ignore"):  # a value beyond float32 is stored as infinite
            columns[name] = value.astype(dtype, copy=False)
    if not np.all(columns[STATUS]):
        raise ValueError("evaluate returned status 0 (pending), expected another code for each candidate")
    return columns


def _check_count(name: str, value: int | None) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        expected = "a whole number of at least 1"
        raise StudyError("cannot be used", got=shown(value), expected=expected, fix="leave it out", where=name)
