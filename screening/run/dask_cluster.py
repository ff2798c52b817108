"""Where the workers are: processes of this machine, or any dask scheduler by its address."""

import inspect
import logging
import signal
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from screening.errors import StudyError, shown
from screening.run.dask_dashboard import LOOPBACK, allowed_origins, scheduler_options
from screening.run.worker_recipe import code_versions
from screening.run.worker_task import check_versions

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 15
FIRST_WORKER_SECONDS = 60
START_ATTEMPTS = 5
# NPROC is what the thread pool of XLA follows; the others are for BLAS. One process a core, one thread a process.
ONE_THREAD = {
    "NPROC": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
# Several processes share a GPU's memory with the desktop and with each other only where none takes it all at once.
GPU_MEMORY = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


@contextmanager
def local_workers(number: int, device: str | None = None, dashboard: str | None = None) -> "Generator[Client]":
    """Worker processes on this machine, one thread each, that listen on loopback only and end with this process."""
    import dask.config
    from distributed import Client, Nanny, Scheduler

    common: dict[str, Any] = {"nthreads": 1, "host": LOOPBACK, "dashboard": False, "silence_logs": logging.CRITICAL}
    gpus = _gpus() if device == "gpu" else []
    workers = {}
    for index in range(number):
        environment = {**ONE_THREAD, **GPU_MEMORY}
        if gpus:
            environment["CUDA_VISIBLE_DEVICES"] = gpus[index % len(gpus)]
        # no limit of dask's: at 80 % of it a worker would pause, and memory that JAX holds never comes back
        workers[index] = {"cls": Nanny, "options": {**common, "env": environment, "memory_limit": 0}}
    # its web server would listen on every address, port 8787, where it is not told better
    options = {"host": LOOPBACK, "port": 0, **scheduler_options(dashboard)}
    with dask.config.set(allowed_origins(dashboard)):
        cluster = _started(workers, {"cls": Scheduler, "options": options})
    try:
        with Client(cluster, timeout=CONNECT_SECONDS) as client:
            client.register_plugin(_quiet_worker())
            yield client
    finally:
        cluster.close()


def _started(workers: dict[int, Any], scheduler: dict[str, Any]) -> Any:
    from distributed import SpecCluster

    silence: Any = logging.CRITICAL  # a level, though dask's signature says bool
    attempt = 1
    while True:
        try:
            return SpecCluster(workers=workers, scheduler=scheduler, silence_logs=silence)
        except RuntimeError as error:  # a process was killed before it had started
            if attempt == START_ATTEMPTS:
                raise StudyError(
                    "the worker processes do not start",
                    got=" ".join(str(error.__cause__ or error).split()),
                    fix="use fewer, or threads (leave --workers out); --debug shows more",
                    where="--workers",
                ) from error
        attempt += 1


def replenish(client: "Client") -> None:
    """Ask for workers in place of those that are lost for good; a scheduler by its address keeps its own number."""
    cluster: Any = client.cluster
    wanted = len(getattr(cluster, "worker_spec", ()))
    if not wanted:
        return
    if "jobs" in inspect.signature(cluster.scale).parameters:  # one batch job may have several workers
        cluster.scale(jobs=wanted)
    else:
        cluster.scale(wanted)


@contextmanager
def scheduler_at(address: str) -> "Generator[Client]":
    """The workers of a dask scheduler that runs already; TLS is configured in dask's own settings."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        if not address.strip():
            raise ValueError("an empty address, which dask waits for without end")
        client = _connected(address)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise StudyError(
            "cannot reach the dask scheduler",
            got=f"{shown(address)} ({type(error).__name__})",
            expected='the address of one that runs, such as "tcp://host:8786"',
            fix="start it with `dask scheduler`, or use --workers",
            where="--scheduler",
        ) from None
    with client:
        await_workers(client, FIRST_WORKER_SECONDS, f"the scheduler {address}", "start some with `dask worker`")
        yield client


@contextmanager
def borrowed(client: "Client") -> "Generator[Client]":
    """The workers of a client of the caller's, which stays open."""
    if client.status != "running" or client.asynchronous:
        got = "an asynchronous one" if client.asynchronous else client.status
        fix = "make one with distributed.Client(...)"
        raise StudyError("not a usable dask client", got=got, expected="one that is connected", fix=fix, where="client")
    await_workers(client, FIRST_WORKER_SECONDS, "the client", "start some, such as LocalCluster(n_workers=2)")
    yield client


def _connected(address: str) -> "Client":
    """A client that leaves no thread behind where it does not come to be.

    Dask's own leaves its loop running until the garbage collector closes it. That takes a lock of all loops: where the
    collector happens to run in the thread of the next loop, which is started under the same lock, both wait.
    """
    from distributed import Client

    class ClientOrNothing(Client):
        def start(self, **options):
            try:
                super().start(**options)
            except BaseException:
                self.close()
                self._loop_runner.stop()  # which close leaves out where the attempt to connect has closed the rest
                raise

    return ClientOrNothing(address, timeout=CONNECT_SECONDS, set_as_default=False)


def await_workers(client: "Client", seconds: float, whose: str, fix: str) -> None:
    """Wait for the first worker and check the code of all that are there."""
    try:
        client.wait_for_workers(1, timeout=seconds)
    except TimeoutError:
        raise StudyError(f"{whose} has no worker", got=f"none after {seconds:.0f} s", fix=fix) from None
    try:
        client.run(check_versions, code_versions())
    except ImportError as error:
        raise StudyError(
            "a worker has no sei-screening", got=str(error), fix="install the same version on all workers"
        ) from None


def _quiet_worker() -> Any:
    """A plugin, for workers that are started again too: Ctrl-C reaches every process of a terminal, the driver acts."""
    from distributed import WorkerPlugin

    class LeaveInterruptsToTheDriver(WorkerPlugin):
        def setup(self, worker):
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    return LeaveInterruptsToTheDriver()


def _gpus() -> list[str]:
    """Numbers of the machine's GPUs, without starting CUDA in this process."""
    import os
    import shutil
    import subprocess

    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is not None:
        return [part.strip() for part in told.split(",") if part.strip()]
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    command = [tool, "--query-gpu=index", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return answer.split()
