"""What a worker does: make the calculation once, then evaluate and write one whole shard a task."""

import functools
import threading
import time
from dataclasses import dataclass
from typing import Any

from screening.errors import StudyError, shown
from screening.model.variables import Evaluator
from screening.run.executor import ShardReport
from screening.run.shard_columns import ShardColumns, checked_columns
from screening.run.threads import single_threaded_blas
from screening.run.worker_recipe import Description, Recipe, code_versions, describe
from screening.store.destination import read_attributes, store_place
from screening.store.shards import IDENTITY
from screening.store.writer import ShardWriter

_making = threading.Lock()
# Shards of fewer seconds than this tell nothing before they are finished.
SECONDS_BETWEEN_NEWS = 2.0


@dataclass(frozen=True)
class Job:
    """What all tasks of a run share: recipe and block of the calculation, and the store's path, the same on every worker.

    The token names the run: workers tell their progress under it, and a store that replaces another at the same path is
    opened anew. The identity are attributes that the worker's calculation and the store must have, the versions those of the
    driver's code.
    """

    recipe: Recipe
    location: str
    token: str
    block: int
    identity: tuple[tuple[str, Any], ...]
    versions: tuple[tuple[str, str], ...]


def describe_recipe(recipe: Recipe, versions: tuple[tuple[str, str], ...]) -> Description:
    """The description of a calculation, made where the workers are."""
    check_versions(versions)
    with _making:
        return describe(_evaluator(recipe))


def compute_shard(job: Job, start: int, stop: int) -> ShardReport:
    """Evaluate one shard and write it, its `status` last."""
    began = time.monotonic()
    with _making:
        check_versions(job.versions)
        evaluator = _evaluator(job.recipe)
        _check_identity(job, evaluator)
        writer = _writer(job.location, job.token, job.identity, job.recipe)
    if writer.holds(start):  # the worker that finished it died, or lost its driver, before it could say so
        return ShardReport(start, stop, 0.0, 0.0, worker_name())
    shard, told = ShardColumns(start, stop), began
    for first in range(start, stop, job.block):
        last = min(first + job.block, stop)
        shard.put(first, checked_columns(evaluator, evaluator.evaluate(first, last), last - first))
        if time.monotonic() - told > SECONDS_BETWEEN_NEWS:
            told = time.monotonic()
            _tell(job, start, last - start)
    computed = time.monotonic()
    writer.write(start, stop, shard.columns)
    ended = time.monotonic()
    return ShardReport(start, stop, ended - began, ended - computed, worker_name())


def _tell(job: Job, start: int, done: int) -> None:
    """Let the driver know how far a shard is."""
    from distributed import get_worker

    try:
        get_worker().log_event(job.token, {"start": start, "done": done})
    except ValueError:  # outside of a worker
        return


def check_versions(expected: tuple[tuple[str, str], ...]) -> None:
    """Refuse a worker whose code differs from the driver's."""
    own = dict(code_versions())
    for name, version in expected:
        if own.get(name) != version:
            raise StudyError(
                f"worker {worker_name()} has another version of {name}",
                got=shown(own.get(name, "none")),
                expected=f"{shown(version)}, as the run has",
                fix="install the same versions on the workers",
            )


def worker_name() -> str:
    """Name of the dask worker that runs this task, "driver" outside of one."""
    from distributed import get_worker

    try:
        return str(get_worker().name)
    except ValueError:
        return "driver"


def _check_identity(job: Job, evaluator: Evaluator) -> None:
    own = evaluator.attributes
    for name, value in job.identity:
        if own.get(name) != value:
            raise StudyError(
                f"worker {worker_name()} would compute another run",
                got=f"{name} {shown(own.get(name))}",
                expected=shown(value),
                fix="use workers of one kind with the same code",
            )


@functools.lru_cache(maxsize=2)
def _evaluator(recipe: Recipe) -> Evaluator:
    single_threaded_blas()  # for good, since the process is the worker's own
    return recipe.make()


@functools.lru_cache(maxsize=2)
def _writer(location: str, token: str, identity: tuple[tuple[str, Any], ...], recipe: Recipe) -> ShardWriter:
    try:
        stored = read_attributes(location)
    except StudyError as error:
        raise StudyError(
            f"worker {worker_name()} does not see the store",
            got=f"{location} ({error.what})",
            expected="a place that all workers share",
            fix="write to a shared file system",
        ) from None
    for name, value in identity:
        if name in IDENTITY and stored.get(name) != value:
            raise StudyError(
                f"{location} belongs to another run",
                got=f"{name} {shown(stored.get(name))}",
                expected=shown(value),
                fix="start a new store with `sei-screen run`",
            )
    return ShardWriter(store_place(location), _evaluator(recipe).variables)
