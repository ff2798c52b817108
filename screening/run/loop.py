"""The run loop: several threads evaluate blocks of candidates while one writes the finished shards."""

import os
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from screening.errors import StudyError, shown
from screening.run.evaluator import Evaluator
from screening.run.outcome import ChunkError, RunInterrupted, RunSummary
from screening.run.progress import Meter, Reporter, make_reporter
from screening.run.threads import single_threaded_blas
from screening.store.layout import IDENTITY, STATUS, n_shards, shard_bounds, shard_length
from screening.store.target import StagedStore, check_target, local_path, read_attributes
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
) -> RunSummary:
    """Evaluate all candidates into a new store.

    Args:
        evaluator: the calculation.
        path: where the store shall be, a local path.
        chunk: candidates per shard, the unit of writing and of resuming; chosen from the study's size by default.
        block: candidates per call of `evaluate`; at most 2048 by default.
        threads: calls at once; the cores this process may use by default (JAX releases the interpreter lock).
        overwrite: replace an earlier result store, as soon as the first new results exist.
        progress: show it on stderr.

    Returns:
        the summary of the finished run. The numbers are the same for any chunk, block and threads.

    Raises:
        StudyError where an argument is not usable (nothing is written then); RunInterrupted; ChunkError.

    Example:
        summary = run_evaluator(evaluator, "R.zarr", chunk=4096)
    """
    for name, value in (("chunk", chunk), ("block", block), ("threads", threads)):
        _check_count(name, value)
    target = check_target(path, overwrite)
    if evaluator.n_candidates < 1:
        raise StudyError(
            "no candidates", got=shown(evaluator.n_candidates), expected="at least one", fix="raise samples"
        )
    shard = shard_length(evaluator.n_candidates, evaluator.variables, evaluator.coordinates, chunk)
    staged = _stage(target, evaluator, shard)
    try:
        if not staged.replaces:
            staged.publish()
        return _fill(evaluator, staged, target, block, threads, progress)
    finally:
        staged.discard()


def resume(
    path: str | os.PathLike[str],
    evaluator: Evaluator,
    *,
    block: int | None = None,
    threads: int | None = None,
    progress: bool = True,
) -> RunSummary:
    """Evaluate what an interrupted run left out; finished shards are neither computed again nor touched.

    Args:
        path: a store begun by `run_evaluator`.
        evaluator: the same calculation; `read_attributes(path)["study"]` has the study text to build it from.
        block, threads, progress: as in `run_evaluator`.

    Raises:
        StudyError where the store belongs to another study, seed, version or precision; RunInterrupted; ChunkError.
    """
    for name, value in (("block", block), ("threads", threads)):
        _check_count(name, value)
    target = local_path(path)
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
    sweep_litter(target)
    return _fill(evaluator, StagedStore(target, target, published=True), target, block, threads, progress)


def available_cores() -> int:
    """Cores that this process may use, which affinity masks and batch systems keep below the machine's number."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _stage(target: Path, evaluator: Evaluator, shard: int) -> StagedStore:
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
    evaluator: Evaluator, staged: StagedStore, target: Path, block: int | None, threads: int | None, progress: bool
) -> RunSummary:
    began = time.monotonic()
    location = target if staged.published else staged.staging
    writer = ShardWriter(location, evaluator.variables)
    n, shard = writer.n_candidates, writer.shard
    finished = writer.finished()
    pending = [shard_bounds(index, shard, n) for index in range(n_shards(n, shard)) if index not in finished]
    todo = sum(stop - start for start, stop in pending)
    threads = threads or available_cores()
    block = min(block or _usual_block(shard, threads), shard)
    curves = len(evaluator.coordinates["scan_rate"].values) if "scan_rate" in evaluator.coordinates else 1
    written = len(finished)
    try:
        with (
            single_threaded_blas(),
            make_reporter(progress, Meter(n, n - todo, curves)) as reporter,
            closing(_shards(evaluator, _blocks(pending, block), threads, reporter)) as shards,
        ):
            for (start, stop), columns in shards:
                if not staged.published:
                    staged.publish()
                    writer = ShardWriter(target, evaluator.variables)
                writer.write(start, stop, columns)
                written += 1
    except KeyboardInterrupt:
        raise RunInterrupted(_interrupted(staged, target, written, n_shards(n, shard))) from None
    return RunSummary(target, n, todo, time.monotonic() - began, writer.count_status())


def _interrupted(staged: StagedStore, target: Path, written: int, total: int) -> str:
    if not staged.published:
        return f"interrupted before the first results; the earlier store {target} is unchanged"
    return (
        f"interrupted: {written} of {total} chunks are finished and kept in {target}; "
        f"continue with: sei-screen resume {target}"
    )


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
        return _checked(evaluator, results, block.stop - block.start)
    except Exception as error:
        raise ChunkError(
            f"candidates {block.start} to {block.stop - 1}: {type(error).__name__}: {error}; "
            "finished chunks are kept, `sei-screen resume` tries the others again"
        ) from error


def _checked(evaluator: Evaluator, results, length: int) -> Columns:
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
