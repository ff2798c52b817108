"""Many data sets fitted as a run like any other: resumable, shared out over threads or workers."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from kernels.status import Status
from screening.errors import StudyError
from screening.fitting.batch_fit import BatchFit, build_batch_fit
from screening.fitting.dataset_list import DataSet
from screening.run import loop
from screening.run.outcome import RunSummary
from screening.run.worker_recipe import Recipe
from screening.run.workers import Placement
from screening.store.destination import check_run_target, read_attributes

# Data sets written together, and fitted again together after a crash.
SHARD = 4


def fit_datasets(
    text: str,
    folder: str | os.PathLike[str],
    datasets: tuple[DataSet, ...],
    out: str | os.PathLike[str],
    *,
    device: str | None = None,
    threads: int | None = None,
    overwrite: bool = False,
    progress: bool = True,
    placement: Placement | None = None,
) -> RunSummary:
    """Fit every data set into a new store, one candidate each; the numbers do not depend on who computes what.

    Args:
        text: the fit file.
        folder: that its own files are relative to.
        datasets: from `find_datasets`.
        out: the new store.
        device: "cpu" or "gpu".
        threads: data sets at once; the usable cores if left out.
        overwrite: replace an earlier store.
        progress: show it on stderr.
        placement: workers instead of threads.

    Returns:
        summary; `failed` counts the data sets without a fit.

    Raises:
        StudyError: no data set can be used, or the place is taken.
        RunInterrupted, ChunkError, StoreError, WorkersLost: as in `screening.run.study_run.run_study`.

    Example:
        `fit_datasets(text, ".", find_datasets("curves/*.csv"), "F.zarr").failed`
    """
    check_run_target(out, overwrite)
    batch = BatchFit(text, str(Path(folder).resolve()), datasets, device)
    options = {"chunk": SHARD, "block": 1, "threads": threads, "overwrite": overwrite, "progress": progress}
    with _executor(batch, placement or Placement()) as (evaluator, executor):
        return loop.run_evaluator(evaluator, out, executor=executor, **options)


def resume_datasets(
    path: str | os.PathLike[str],
    *,
    device: str | None = None,
    threads: int | None = None,
    progress: bool = True,
    placement: Placement | None = None,
) -> RunSummary:
    """Fit the data sets that an interrupted run left out; arguments and errors as in `fit_datasets`.

    Args:
        path: a store begun by `fit_datasets`; data files that have changed since are refused.
        device, threads, progress, placement: as there.

    Returns:
        summary of the whole run.
    """
    told = json.loads(read_attributes(path)["batch_fit"])
    batch = build_batch_fit(json.dumps(told | {"device": device}))
    with _executor(batch, placement or Placement()) as (evaluator, executor):
        return loop.resume(path, evaluator, block=1, threads=threads, progress=progress, executor=executor)


def reasons(path: str | os.PathLike[str]) -> dict[str, str]:
    """Why data sets of a store could not be read, by name; those that can be read now are not among them."""
    from screening.results.ranking import open_store

    batch = build_batch_fit(read_attributes(path)["batch_fit"])
    status = open_store(path, chunks=None)["status"].values
    found = {}
    for number in np.flatnonzero(status > Status.OK).tolist():
        dataset = batch.datasets[number]
        try:
            batch.problem(dataset)
            found[dataset.name] = "no start could be simulated"
        except StudyError as error:
            found[dataset.name] = str(error).splitlines()[0]
    return found


@contextlib.contextmanager
def _executor(batch: BatchFit, placement: Placement) -> Any:
    """The batch in this process, or workers that make it from its text."""
    if not placement.elsewhere:
        yield batch, None
        return
    from screening.run.dask_executor import DaskExecutor

    with placement.open(batch.device) as client:
        told = json.dumps(json.loads(batch.told) | {"device": batch.device})
        executor = DaskExecutor.of(client, Recipe(build_batch_fit, told))
        yield executor.description, executor
