"""Workers as jobs of a batch system or pods of Kubernetes, told by a TOML file and started by dask's own packages."""

import asyncio
import importlib
import logging
import sys
import threading
import tomllib
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError, field_validator, model_validator

from screening.config.strict_table import Table, all_faults
from screening.errors import StudyError, not_installed, shown, unknown_name
from screening.run.dask_cluster import ONE_THREAD, await_workers
from screening.run.dask_dashboard import allowed_origins, scheduler_options
from screening.run.interrupt import handler_kept
from screening.store.new_file import path_error, reason_of

if TYPE_CHECKING:
    from distributed import Client

# class of dask that each kind is handed to
BATCH_SYSTEMS = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "lsf": "LSFCluster",
    "sge": "SGECluster",
    "htcondor": "HTCondorCluster",
    "oar": "OARCluster",
    "moab": "MoabCluster",
}
KINDS = (*BATCH_SYSTEMS, "kubernetes")
# Certificates lie here unless the file names another folder; homes are shared on most machines with a batch system.
CERTIFICATES = Path("~/.sei-screening/certificates")
SECONDS_BETWEEN_COUNTS = 2.0


class ClusterTable(Table):
    """`[cluster]` of a cluster file.

    Attributes:
        kind: batch system, or "kubernetes".
        jobs: number of jobs, or of pods.
        wait_minutes: for the first worker, since jobs queue.
        encrypt: TLS between scheduler and workers, with certificates made for this run.
        options: handed as they are to the class of dask-jobqueue or dask-kubernetes.
    """

    kind: str
    jobs: int = Field(ge=1, le=100_000)
    wait_minutes: float = Field(default=60.0, gt=0, allow_inf_nan=False)
    encrypt: bool = True
    options: dict[str, Any] = Field(default_factory=dict)

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise unknown_name("kind of cluster", kind, KINDS)
        return kind

    @model_validator(mode="after")
    def _honest(self) -> "ClusterTable":
        if self.kind == "kubernetes" and self.encrypt:
            raise StudyError(
                "dask's operator does not encrypt",
                got="encrypt = true, the default",
                expected="encrypt = false",
                fix="say so where the pods' network is trusted",
                where="encrypt",
            )
        return self


class ClusterFile(Table):
    """A cluster file: one table."""

    cluster: ClusterTable


def load_cluster(path: str) -> ClusterTable:
    """Read and check a cluster file."""
    try:
        raw = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:  # the latter from TOML, UTF-8 and null bytes
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        expected, fix = "a TOML file with a table [cluster]", "see docs/cluster.md"
        raise path_error("cannot be read", path, expected, fix, "--cluster", reason) from None
    try:
        return ClusterFile.model_validate(raw).cluster
    except ValidationError as error:
        raise all_faults(error, raw).at("--cluster") from None
    except StudyError as error:
        raise error.at("--cluster") from None


@contextmanager
def job_workers(table: ClusterTable, dashboard: str | None = None, announce: bool = False) -> "Generator[Client]":
    """Workers started as jobs, and ended with this process's run; `announce` tells on stderr how many jobs wait."""
    import dask.config
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with dask.config.set(allowed_origins(dashboard)):
        opened = make_cluster(table, dashboard)
    with opened as cluster, Client(cluster) as client:
        if table.kind != "kubernetes":
            cluster.scale(jobs=table.jobs)
        fix = "look at the queue and the job's log, or raise wait_minutes"
        with queue_told(cluster) if announce and table.kind != "kubernetes" else nullcontext():
            await_workers(client, 60 * table.wait_minutes, f"the {table.kind} cluster", fix)
            yield client


@contextmanager
def queue_told(cluster: Any) -> Generator[None]:
    """Say on stderr how many jobs wait and run, whenever the numbers change."""
    ended = threading.Event()

    def tell() -> None:
        said = None
        while not ended.is_set():
            numbers = len(cluster.worker_spec), running_jobs(cluster)
            waiting = numbers[0] - numbers[1]
            if numbers != said and (waiting or said):
                text = f"waiting for {waiting} job{'s' * (waiting != 1)}, {numbers[1]} running"
                print(text if waiting else f"{numbers[1]} jobs running, none waiting", file=sys.stderr, flush=True)
            said = numbers
            ended.wait(SECONDS_BETWEEN_COUNTS)

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


def running_jobs(cluster: Any) -> int:
    """Jobs of which at least one worker has come to the scheduler."""
    seen = {str(name) for name in cluster.observed}
    jobs = ([f"{name}{worker}" for worker in told.get("group", [""])] for name, told in cluster.worker_spec.items())
    return sum(not seen.isdisjoint(workers) for workers in jobs)


def job_script(path: str | None) -> tuple[str, int]:
    """The script of the jobs that a cluster file describes, and how often it would be submitted; starts nothing.

    Host and port of the scheduler, and the certificates, are made with the run; something stands in their place.
    """
    table = None if path is None else load_cluster(path)
    if table is None or table.kind == "kubernetes":
        got = "no --cluster" if table is None else 'kind = "kubernetes"'
        fix = "add --cluster FILE.toml, or check the study alone with sei-screen validate"
        raise StudyError("no job has a script", got=got, expected="a batch system", fix=fix, where="--dry-run")
    return asyncio.run(_script(table)), table.jobs


async def _script(table: ClusterTable) -> str:
    from distributed.security import Security

    options = _jobs(table, None, dry=True)
    if table.encrypt:
        folder = options["shared_temp_directory"]
        files = {"tls_ca_file": "ca.pem", "tls_worker_cert": "cert.pem", "tls_worker_key": "key.pem"}
        options["security"] = Security(**{name: f"{folder}/<{file} of the run>" for name, file in files.items()})
    # an asynchronous cluster starts its scheduler when it is awaited
    cluster = _made(table, {**options, "asynchronous": True})
    try:
        return cluster.job_script()
    finally:
        await cluster.close()


def make_cluster(table: ClusterTable, dashboard: str | None = None) -> Any:
    """The cluster object of dask, without a job yet (Kubernetes starts its pods at once)."""
    return _made(table, _pods(table) if table.kind == "kubernetes" else _jobs(table, dashboard))


def _made(table: ClusterTable, options: dict[str, Any]) -> Any:
    package = "dask_kubernetes.operator" if table.kind == "kubernetes" else "dask_jobqueue"
    name = "KubeCluster" if table.kind == "kubernetes" else BATCH_SYSTEMS[table.kind]
    try:
        # importing dask-jobqueue makes Ctrl-C exit with 0 for the rest of the process
        with handler_kept():
            maker = getattr(importlib.import_module(package), name)
    except ImportError:
        what, got = f"{package.partition('.')[0]} is not installed", f"kind = {shown(table.kind)}"
        raise not_installed(what, "cluster", got=got, where="--cluster") from None
    try:
        return maker(**options)
    except Exception as error:  # whatever dask, the batch system or the options' types say
        raise StudyError(
            f"{name} does not start",
            got=" ".join(f"{type(error).__name__}: {error}".split())[:400],
            expected=f"options that dask's {name} takes",
            fix="correct [cluster.options]",
            where="--cluster",
        ) from error


def _jobs(table: ClusterTable, dashboard: str | None, *, dry: bool = False) -> dict[str, Any]:
    """The file's options, with one thread a process, and nothing that strangers can reach."""
    options = dict(table.options)
    options.setdefault("processes", options.get("cores", 1))
    own = [f"export {name}={value}" for name, value in ONE_THREAD.items()]
    options["job_script_prologue"] = [*own, *options.get("job_script_prologue", [])]
    # dask's web pages would listen on every address; the command line is nearer than the file
    said, ours = options.get("scheduler_options", {}), scheduler_options(dashboard)
    if dashboard is None:
        ours = {**ours, "dashboard": "dashboard_address" in said} | said
    options["scheduler_options"] = {**said, **ours}
    if table.encrypt:
        folder = Path(options.setdefault("shared_temp_directory", str(CERTIFICATES))).expanduser()
        if not dry:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        options |= {"shared_temp_directory": str(folder), "security": True, "protocol": "tls://"}
    return options


def _pods(table: ClusterTable) -> dict[str, Any]:
    options = {"quiet": True, **table.options}
    return {**options, "n_workers": table.jobs, "env": {**ONE_THREAD, **options.get("env", {})}}
