"""Which workers a run was asked to use; at most one kind of them."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screening.errors import StudyError, shown

if TYPE_CHECKING:
    from distributed import Client

# Each process takes hundreds of MB; a number beyond this is a slip.
MOST_LOCAL_WORKERS = 1024


@dataclass(frozen=True)
class Placement:
    """Where shards are computed, if not by threads of this process: by at most one kind of workers.

    Processes of this machine by number, a dask scheduler by its address, jobs by the path of a cluster file, or a
    `dask.distributed.Client`; and where dask's web pages about the run shall listen, "PORT" of loopback or "HOST:PORT".

    Example:
        >>> Placement().elsewhere, Placement(workers=2).elsewhere
        (False, True)
    """

    workers: int | None = None
    scheduler: str | None = None
    cluster: str | None = None
    dashboard: str | None = None
    client: "Client | str | None" = None

    def __post_init__(self) -> None:
        if isinstance(self.client, str) and self.scheduler is None:
            object.__setattr__(self, "scheduler", self.client)
            object.__setattr__(self, "client", None)
        kinds = {"workers": "--workers", "scheduler": "--scheduler", "cluster": "--cluster", "client": "client="}
        given = [word for name, word in kinds.items() if getattr(self, name) is not None]
        if len(given) > 1:
            raise StudyError(
                "more than one kind of workers",
                got=" and ".join(given),
                expected="one of them",
                fix="leave the others out",
            )
        number = self.workers
        if number is not None and (
            isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_LOCAL_WORKERS
        ):
            expected = f"a whole number from 1 to {MOST_LOCAL_WORKERS}"
            raise StudyError(
                "cannot be used", got=shown(number), expected=expected, fix="leave it out", where="--workers"
            )
        for name, word in (("scheduler", "--scheduler"), ("cluster", "--cluster")):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str | os.PathLike):
                fix = "client= takes a dask Client" if name == "scheduler" else "give the path of a cluster file"
                raise StudyError("cannot be used", got=shown(repr(value)), expected="text", fix=fix, where=word)
        if self.client is not None and not (hasattr(self.client, "submit") and hasattr(self.client, "nthreads")):
            expected = "a dask.distributed.Client, or the address of a scheduler"
            fix = "pass distributed.Client(...)"
            raise StudyError(
                "not a dask client", got=shown(repr(self.client)), expected=expected, fix=fix, where="client"
            )
        if self.dashboard is not None and self.workers is None and self.cluster is None:
            raise StudyError(
                "threads of this process have no dask pages" if not self.elsewhere else "the scheduler has its own",
                got=shown(self.dashboard),
                expected="--workers or --cluster",
                fix="leave it out" if not self.elsewhere else "leave it out; their link is printed",
                where="--dashboard",
            )

    @property
    def elsewhere(self) -> bool:
        """Whether other processes compute."""
        return not all(one is None for one in (self.workers, self.scheduler, self.cluster, self.client))

    def refuse_threads(self, threads: int | None) -> None:
        """Refuse a number of threads where processes compute, each with one thread."""
        if self.elsewhere and threads is not None:
            raise StudyError(
                "threads of this process do not compute where workers do",
                got=shown(threads),
                expected="--threads or workers",
                fix="leave --threads out",
                where="--threads",
            )

    @contextmanager
    def open(self, device: str | None, announce: bool = False) -> "Generator[Client]":
        """The workers, started or reached."""
        from screening.run.batch_system import job_workers, load_cluster
        from screening.run.dask_cluster import borrowed, local_workers, scheduler_at
        from screening.run.dask_dashboard import announce_dashboard, dashboard_address

        table = None if self.cluster is None else load_cluster(self.cluster)
        pages = None if self.dashboard is None else dashboard_address(self.dashboard)
        # Kubernetes and other people's schedulers bring pages of their own
        foreign = self.scheduler is not None or (table is not None and table.kind == "kubernetes")
        if foreign and pages is not None:
            raise StudyError(
                "Kubernetes has dask pages of its own",
                got=shown(self.dashboard),
                expected="none",
                fix="leave it out; their link is printed",
                where="--dashboard",
            )
        if self.client is not None and not isinstance(self.client, str):
            opened = borrowed(self.client)
        elif table is not None:
            opened = job_workers(table, pages, announce)
        elif self.scheduler is not None:
            opened = scheduler_at(self.scheduler)
        else:
            opened = local_workers(self.workers or 1, device, pages)
        with opened as client:
            if announce and (pages is not None or foreign):
                announce_dashboard(client, pages)
            yield client
