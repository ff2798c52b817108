"""Run a study into a store, and continue an interrupted run."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screening.config.candidate_table import with_candidates
from screening.config.study import Study, load_study, parse_study
from screening.errors import StudyError, near_matches, shown
from screening.run import loop
from screening.run.outcome import RunSummary
from screening.run.part import Part
from screening.run.workers import Placement
from screening.store.destination import check_run_target, read_attributes, store_place
from screening.store.growth import check_growth, grow_store
from screening.store.lock import store_lock
from screening.version import package_version

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from distributed import Client

PACKAGE_OF_STUDIES = "experiments"


def run_study(
    study: Study | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    candidates: Any = None,
    samples: int | None = None,
    device: str | None = None,
    threads: int | None = None,
    chunk: int | None = None,
    overwrite: bool = False,
    progress: bool = True,
    workers: int | None = None,
    scheduler: str | None = None,
    client: "Client | str | None" = None,
    cluster: str | None = None,
    dashboard: str | None = None,
    shard: str | None = None,
) -> RunSummary:
    """Evaluate all candidates of a study into a new zarr store.

    Args:
        study: a study, the path of a study file, or the name of a packaged one such as "quick".
        out: path of the store, or an S3 URL.
        candidates: a pandas.DataFrame or an xarray.Dataset of your own, a row for each candidate, instead of draws; columns are
            named as inputs of the store, with units: "layer1_thickness [nm]".
        samples: replaces the number of samples of each film.
        device: "cpu" or "gpu"; JAX's default if left out.
        threads: calls at once; the cores this process may use if left out.
        chunk: candidates written together, and computed again together after a crash; chosen if left out.
        overwrite: replace an earlier result store.
        progress: show it on stderr.
        workers: compute in this many processes of this machine instead of threads.
        scheduler: compute on the workers of the dask scheduler at this address, which must share the store's disk.
        client: the same with a `dask.distributed.Client` that you have, which stays open; or an address.
        cluster: compute in the jobs that this cluster file describes (docs/cluster.md).
        dashboard: serve dask's web pages about the run at this port of the loopback address, or at "HOST:PORT"; with workers or
            cluster.
        shard: "I/N": compute the Ith of N parts, each in a process of its own, of one store on a disk that they share; the first
            of them makes the store, and a part that is run again computes what it lacks.

    Returns:
        summary: path, numbers of candidates and failures, wall time. The results do not depend on who computes what.

    Raises:
        StudyError: an input that cannot be used; nothing is written then.
        RunInterrupted: the user stopped it; `resume` continues.
        ChunkError: the calculation itself raised.
        StoreError: the disk takes no more.
        WorkersLost: no workers are left.

    Example:
        `run_study("quick", "quick.zarr", samples=16).failed`
    """
    if not isinstance(study, Study):
        study = find_study(study)
    if candidates is not None:
        study = with_candidates(study, candidates)
    if samples is not None:
        study = study.with_samples(samples)
    part = None if shard is None else Part.read(shard)
    if part is None:
        check_run_target(out, overwrite)  # before JAX takes its seconds to start
    elif overwrite:
        fix = "remove the store yourself before the first part starts"
        raise StudyError(
            "the parts would replace each other's store",
            got=shown(shard),
            expected="no --overwrite",
            fix=fix,
            where="--shard",
        )
    elif "://" in os.fspath(out):
        fix = "write to a disk that the parts share, or use --cluster"
        raise StudyError("parts need a disk", got=shown(os.fspath(out)), expected="a path", fix=fix, where="--shard")
    placement = Placement(workers, scheduler, cluster, dashboard, client)
    placement.refuse_threads(threads)
    with _calculation(study, device, placement, progress) as (evaluator, executor):
        how = {
            "chunk": study.numerics.chunk if chunk is None else chunk,
            "block": evaluator.stretch,
            "threads": calls_at_once(evaluator) if threads is None else threads,
            "progress": progress,
            "executor": executor,
        }
        if part is not None:
            return loop.run_part(evaluator, out, part, **how)
        return loop.run_evaluator(evaluator, out, overwrite=overwrite, **how)


def resume(
    path: str | os.PathLike[str],
    *,
    samples: int | None = None,
    device: str | None = None,
    threads: int | None = None,
    progress: bool = True,
    workers: int | None = None,
    scheduler: str | None = None,
    client: "Client | str | None" = None,
    cluster: str | None = None,
    dashboard: str | None = None,
) -> RunSummary:
    """Evaluate what an interrupted run left out; what is finished is neither computed again nor touched.

    Args:
        path: a store begun by `run_study`.
        samples: grow the study to this number of samples of each film first; designs "sobol" and "random" only.
        device: "cpu" or "gpu"; that of the first run if left out.
        threads: calls at once; the cores this process may use if left out.
        progress: show it on stderr.
        workers, scheduler, client, cluster, dashboard: as in `run_study`; the first run may have had others.

    Returns:
        summary of the whole run; `evaluated` counts what was left.

    Raises:
        StudyError: not a result store, or one of another version of this package.
        RunInterrupted, ChunkError, StoreError, WorkersLost: as in `run_study`.

    Example:
        `resume("quick.zarr").evaluated`
    """
    attributes = read_attributes(path)
    study = parse_study(attributes["study"], samples=attributes["samples"])
    placement = Placement(workers, scheduler, cluster, dashboard, client)
    placement.refuse_threads(threads)
    larger = None
    if samples is not None and samples != attributes["samples"]:
        larger = study.with_samples(samples)
        check_growth(attributes, study.digest, study.growable, study.sampling.design, package_version())
    with _calculation(larger or study, device or attributes["platform"], placement, progress) as (evaluator, executor):
        if larger is not None:
            place = store_place(path)
            with store_lock(place):
                grow_store(place, read_attributes(path), evaluator)
        threads = calls_at_once(evaluator) if threads is None else threads
        return loop.resume(
            path, evaluator, block=evaluator.stretch, threads=threads, progress=progress, executor=executor
        )


def calls_at_once(evaluator: Any) -> int | None:
    """Calls of an evaluator that should be under way together; None leaves the choice to the loop, a thread a core.

    A device other than a processor gets one thread, whatever the host's cores: each call takes a block that is sized for
    the whole memory of the device.
    """
    devices = getattr(evaluator, "devices", ())
    if devices and devices[0].platform != "cpu":
        return len(devices)
    return len(devices) if len(devices) > loop.available_cores() else None


@contextmanager
def _calculation(study: Study, device: str | None, placement: Placement, announce: bool) -> Generator[tuple[Any, Any]]:
    """The calculation in this process, or what its workers say of theirs, and those workers."""
    if placement.elsewhere:
        from screening.run.dask_executor import DaskExecutor
        from screening.run.worker_recipe import study_recipe

        with placement.open(device, announce) as client:
            executor = DaskExecutor.of(client, study_recipe(study, device))
            yield executor.description, executor
    else:
        from screening.model.study_evaluator import StudyEvaluator

        yield StudyEvaluator(study, device), None


def find_study(name: str | os.PathLike[str], *, samples: int | None = None) -> Study:
    """Read and check a study file, or a study that ships with the package.

    Args:
        name: path of a TOML file, or the name of a packaged study such as "quick".
        samples: replaces the number of samples of the file.

    Returns:
        The study.

    Raises:
        StudyError: there is no such study, or it says something that cannot be run; one line.

    Example:
        >>> find_study("quick").film_names
        ('LiDFOB',)
    """
    text = os.fspath(name)
    if _exists(text):
        return load_study(text, samples=samples)
    packaged = packaged_studies()
    if text in packaged:
        return parse_study(packaged[text].read_text(encoding="utf-8"), samples=samples)
    siblings = [str(path) for path in Path(text).parent.glob("*.toml")]
    by_stem = {Path(sibling).stem: sibling for sibling in siblings}
    near = [by_stem[stem] for stem in near_matches(Path(text).stem, by_stem)]
    near = near or near_matches(Path(text).stem, packaged)
    if not near and text.endswith(".toml"):
        return load_study(text)  # which says what is wrong with the file
    raise StudyError(
        "no such study",
        got=shown(text, 200),
        expected=f"the path of a study file, or one of {', '.join(packaged)}",
        fix=f'did you mean "{near[0]}"?' if near else "check the path",
    )


def _exists(text: str) -> bool:
    """Whether there is such a file; a name that the system cannot even look up (too long, a null byte) has none."""
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False


def packaged_studies() -> "dict[str, Traversable]":
    """Studies that ship with the package."""
    from importlib import resources

    try:
        files = resources.files(PACKAGE_OF_STUDIES).iterdir()
        return {file.name.removesuffix(".toml"): file for file in sorted(files, key=str) if file.name.endswith(".toml")}
    except ModuleNotFoundError:
        return {}
