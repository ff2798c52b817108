"""The run loop: a new store or one to continue, its pending shards handed to an executor, and how the run ended."""

import os
import time
from contextlib import nullcontext
from typing import Any

from screening.errors import StudyError, shown
from screening.model.variables import Evaluator
from screening.run.executor import Executor, finish_shards
from screening.run.interrupt import kept_interrupts
from screening.run.log import RunLog
from screening.run.outcome import DISK_ERRORS, RunInterrupted, RunSummary, StoreError, WorkersLost
from screening.run.part import Part
from screening.run.progress import Meter, make_reporter
from screening.run.thread_executor import ThreadExecutor
from screening.store.destination import (
    StagedStore,
    check_run_target,
    check_target,
    local_path,
    read_attributes,
    store_place,
)
from screening.store.location import Place
from screening.store.lock import part_lock, store_lock
from screening.store.new_file import not_writable
from screening.store.shards import IDENTITY, n_shards, shard_bounds, shard_length
from screening.store.template import store_attributes, write_template
from screening.store.writer import ShardWriter, sweep_litter


def run_evaluator(
    evaluator: Evaluator,
    path: str | os.PathLike[str],
    *,
    chunk: int | None = None,
    block: int | None = None,
    threads: int | None = None,
    overwrite: bool = False,
    progress: bool = True,
    executor: Executor | None = None,
) -> RunSummary:
    """Evaluate all candidates into a new store."""
    _check_counts(chunk=chunk, block=block, threads=threads)
    target = check_run_target(path, overwrite)
    if evaluator.n_candidates < 1:
        raise StudyError(
            "no candidates", got=shown(evaluator.n_candidates), expected="at least one", fix="raise samples"
        )
    executor = executor or ThreadExecutor(evaluator, threads or available_cores())
    shard = shard_length(evaluator.n_candidates, evaluator.variables, evaluator.coordinates, chunk, executor.size())
    with store_lock(target):
        check_run_target(path, overwrite)  # a run that held the lock until now may have made the store
        staged = _stage(target, evaluator, shard)
        try:
            if not staged.replaces:
                staged.publish()
            return _fill(evaluator, executor, staged, target, block, progress)
        finally:
            staged.discard()


def run_part(
    evaluator: Evaluator,
    path: str | os.PathLike[str],
    part: Part,
    *,
    chunk: int | None = None,
    block: int | None = None,
    threads: int | None = None,
    progress: bool = True,
    executor: Executor | None = None,
) -> RunSummary:
    """Evaluate what is missing of one part of a store, which the fastest of the parts makes; the others may run at once."""
    _check_counts(chunk=chunk, block=block, threads=threads)
    target = local_path(path)
    executor = executor or ThreadExecutor(evaluator, threads or available_cores())
    n, size = evaluator.n_candidates, part.of * executor.size()
    with part_lock(target, part.number, part.of):
        if not target.exists():
            check_target(path, False)
            shard = shard_length(n, evaluator.variables, evaluator.coordinates, chunk, size)
            staged = _stage(target, evaluator, shard)
            try:
                staged.publish_first()
            finally:
                staged.discard()
        stored = _check_identity(path, evaluator)
        if chunk is not None and min(chunk, n) != stored["shard"]:
            fix = "leave --chunk out, or give all parts the same"
            raise StudyError(
                "chunks of another length", got=shown(chunk), expected=str(stored["shard"]), fix=fix, where="--chunk"
            )
        return _fill(evaluator, executor, StagedStore(target, target, published=True), target, block, progress, part)


def resume(
    path: str | os.PathLike[str],
    evaluator: Evaluator,
    *,
    block: int | None = None,
    threads: int | None = None,
    progress: bool = True,
    executor: Executor | None = None,
) -> RunSummary:
    """Evaluate what an interrupted run left out; finished shards are neither computed again nor touched.

    Args:
        path: a store begun by `run_evaluator`.
        evaluator: the same calculation; `read_attributes(path)["study"]` has the study text to build it from.
        block, threads, progress, executor: as in `run_evaluator`.

    Raises:
        StudyError where the store belongs to another study, seed, version or precision; the others of `run_evaluator`.
    """
    _check_counts(block=block, threads=threads)
    target = store_place(path)
    _check_identity(path, evaluator)
    writer = ShardWriter(target, evaluator.variables)
    complete = len(writer.finished()) == n_shards(writer.n_candidates, writer.shard)
    # a finished store is only read, which also works where nothing may be written
    with nullcontext() if complete else store_lock(target):
        if not complete:
            sweep_litter(target)
        staged = StagedStore(target, target, published=True)
        executor = executor or ThreadExecutor(evaluator, threads or available_cores())
        return _fill(evaluator, executor, staged, target, block, progress)


def _check_identity(path: str | os.PathLike[str], evaluator: Evaluator) -> dict[str, Any]:
    """Attributes of a store, which must be those of the calculation."""
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
    return stored


def available_cores() -> int:
    """Cores that this process may use, which affinity masks and batch systems keep below the machine's number."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _stage(target: Place, evaluator: Evaluator, shard: int) -> StagedStore:
    try:
        staged = StagedStore.beside(target)
    except OSError as error:
        raise not_writable(str(target), error) from error
    try:
        write_template(staged.staging, evaluator, shard)
    except BaseException:
        staged.discard()
        raise
    return staged


def _fill(
    evaluator: Evaluator,
    executor: Executor,
    staged: StagedStore,
    target: Place,
    block: int | None,
    progress: bool,
    part: Part | None = None,
) -> RunSummary:
    began = time.monotonic()
    location = target if staged.published else staged.staging
    writer = ShardWriter(location, evaluator.variables)
    n, shard = writer.n_candidates, writer.shard
    finished = writer.finished()
    own = [index for index in range(n_shards(n, shard)) if part is None or part.holds(index)]
    pending = [shard_bounds(index, shard, n) for index in own if index not in finished]
    todo = sum(stop - start for start, stop in pending)
    if not todo:
        return RunSummary(target, n, 0, time.monotonic() - began, writer.count_status())
    curves = len(evaluator.coordinates["scan_rate"].values) if "scan_rate" in evaluator.coordinates else 1
    log = RunLog(location, **({} if part is None else {"part": str(part)}))
    total = sum(stop - start for start, stop in (shard_bounds(index, shard, n) for index in own))
    try:
        log.start(candidates=n, shard=shard, pending=len(pending))
        with kept_interrupts(), make_reporter(progress, Meter(total, total - todo, curves)) as reporter:
            length = min(block or executor.usual_block(shard), shard)
            finish_shards(executor, staged, pending, length, reporter, log)
    except KeyboardInterrupt:
        log.write("interrupted")
        raise RunInterrupted(_interrupted(staged, target, evaluator, part)) from None
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise StoreError.of(error, _continuation(staged, target, part)) from error
    except WorkersLost as error:
        raise WorkersLost(f"{error}; {_continuation(staged, target, part)}") from error.__cause__
    log.write("end", seconds=round(time.monotonic() - began, 3))
    writer = ShardWriter(target, evaluator.variables)
    return RunSummary(target, n, todo, time.monotonic() - began, writer.count_status())


def _interrupted(staged: StagedStore, target: Place, evaluator: Evaluator, part: Part | None) -> str:
    if not staged.published:
        return f"interrupted before the first results; {_continuation(staged, target, part)}"
    writer = ShardWriter(target, evaluator.variables)
    return (
        f"interrupted: {len(writer.finished())} of {n_shards(writer.n_candidates, writer.shard)} chunks are finished "
        f"and kept in {target}; {_go_on(target, part)}"
    )


def _continuation(staged: StagedStore, target: Place, part: Part | None) -> str:
    if not staged.published:
        return f"the earlier store {target} is unchanged"
    return f"finished chunks are kept; {_go_on(target, part)}"


def _go_on(target: Place, part: Part | None) -> str:
    command = f"continue with: sei-screen resume {target}"
    return command if part is None else f"run part {part} again, or, when no other part runs, {command}"


def _check_counts(**counts: int | None) -> None:
    for name, value in counts.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            expected = "a whole number of at least 1"
            raise StudyError("cannot be used", got=shown(value), expected=expected, fix="leave it out", where=name)
