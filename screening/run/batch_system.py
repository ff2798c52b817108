"""Workers as jobs of a batch system or pods of Kubernetes, told by a TOML file and started by dask's own packages."""

import importlib
import logging
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError, field_validator, model_validator

from screening.config.strict_table import Table, all_faults
from screening.errors import StudyError, shown, unknown_name
from screening.run.dask_cluster import ONE_THREAD, await_workers
from screening.run.dask_dashboard import allowed_origins, scheduler_options
from screening.run.interrupt import handler_kept

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
        reason = (
            (error.strerror or "unreadable").lower() if isinstance(error, OSError) else " ".join(str(error).split())
        )
        raise StudyError(
            "cannot be read",
            got=f"{shown(path, 4096)} ({reason})",
            expected="a TOML file with a table [cluster]",
            fix="see docs/cluster.md",
            where="--cluster",
        ) from None
    try:
        return ClusterFile.model_validate(raw).cluster
    except ValidationError as error:
        raise all_faults(error, raw).at("--cluster") from None
    except StudyError as error:
        raise error.at("--cluster") from None


@contextmanager
def job_workers(table: ClusterTable, dashboard: str | None = None) -> "Generator[Client]":
    """Workers started as jobs, and ended with this process's run."""
    import dask.config
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with dask.config.set(allowed_origins(dashboard)):
        opened = make_cluster(table, dashboard)
    with opened as cluster, Client(cluster) as client:
        if table.kind != "kubernetes":
            cluster.scale(jobs=table.jobs)
        fix = "look at the queue and the job's log, or raise wait_minutes"
        await_workers(client, 60 * table.wait_minutes, f"the {table.kind} cluster", fix)
        yield client


def make_cluster(table: ClusterTable, dashboard: str | None = None) -> Any:
    """The cluster object of dask, without a job yet (Kubernetes starts its pods at once)."""
    package = "dask_kubernetes.operator" if table.kind == "kubernetes" else "dask_jobqueue"
    name = "KubeCluster" if table.kind == "kubernetes" else BATCH_SYSTEMS[table.kind]
    try:
        # importing dask-jobqueue makes Ctrl-C exit with 0 for the rest of the process
        with handler_kept():
            maker = getattr(importlib.import_module(package), name)
    except ImportError:
        raise StudyError(
            f"{package.partition('.')[0]} is not installed",
            got=f"kind = {shown(table.kind)}",
            expected="the extra `cluster`",
            fix='pip install "sei-screening[cluster]"',
            where="--cluster",
        ) from None
    try:
        return maker(**(_pods(table) if table.kind == "kubernetes" else _jobs(table, dashboard)))
    except Exception as error:  # whatever dask, the batch system or the options' types say
        raise StudyError(
            f"{name} does not start",
            got=" ".join(f"{type(error).__name__}: {error}".split())[:400],
            expected=f"options that dask's {name} takes",
            fix="correct [cluster.options]",
            where="--cluster",
        ) from error


def _jobs(table: ClusterTable, dashboard: str | None) -> dict[str, Any]:
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
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        options |= {"shared_temp_directory": str(folder), "security": True, "protocol": "tls://"}
    return options


def _pods(table: ClusterTable) -> dict[str, Any]:
    options = {"quiet": True, **table.options}
    return {**options, "n_workers": table.jobs, "env": {**ONE_THREAD, **options.get("env", {})}}
