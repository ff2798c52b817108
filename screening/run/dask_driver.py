"""The driver: hands out shards, a few per worker at a time, tries a failed one again and sets aside what keeps failing."""

import queue
import time
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from screening.errors import StudyError
from screening.run.dask_cluster import replenish
from screening.run.executor import SetAside, ShardReport
from screening.run.interrupt import raise_kept_interrupt
from screening.run.outcome import DISK_ERRORS, WorkersLost
from screening.run.worker_task import Job, compute_shard

if TYPE_CHECKING:
    from distributed import Client, Future

# Enough that no worker waits for the driver, few enough that scheduler and driver stay small at any number of shards.
SHARDS_PER_THREAD = 4
ATTEMPTS = 3
SECONDS_BETWEEN_LOOKS = 2.0
# Batch systems take minutes to replace a lost worker.
PATIENCE_SECONDS = 600.0
SECONDS_BETWEEN_REPLACEMENTS = 20.0
MOST_REPLACEMENTS = 100


@dataclass
class _Attempt:
    start: int
    stop: int
    number: int = 0
    alone: bool = False


def compute_shards(
    client: "Client",
    job: Job,
    shards: Iterable[tuple[int, int]],
    advance: Callable[[int], None],
    *,
    attempts: int = ATTEMPTS,
    patience: float = PATIENCE_SECONDS,
) -> Generator[ShardReport | SetAside]:
    """Have the workers compute and write shards; each is reported as it comes to its end, in any order.

    Dask blames a worker's death on every shard that was with it. Those it blames too often are tried again at the end,
    one by one with nothing else under way, and only the one that kills its workers then is set aside for it.
    `advance` is told of candidates as workers evaluate them, and of those that have to be evaluated again as fewer.
    """
    waiting = deque(_Attempt(start, stop) for start, stop in shards)
    suspects: deque[_Attempt] = deque()
    # futures, and what workers tell of shards under way
    ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
    told: dict[int, int] = {}
    under_way: dict[Future, _Attempt] = {}
    run = uuid.uuid4().hex[:12]
    crew = _Crew(client, patience)
    client.subscribe_topic(job.token, lambda event: ended.put(event[1]))
    try:
        while waiting or suspects or under_way:
            raise_kept_interrupt()
            while (waiting and len(under_way) < crew.window) or (suspects and not under_way):
                attempt = (waiting or suspects).popleft()
                key = f"shard-{run}-{attempt.start}-{attempt.number}"
                future = client.submit(compute_shard, job, attempt.start, attempt.stop, key=key, pure=False)
                under_way[future], told[attempt.start] = attempt, 0
                future.add_done_callback(ended.put)
            crew.look()
            try:
                future = ended.get(timeout=SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                continue
            if isinstance(future, dict):
                start, done = future["start"], future["done"]
                if start in told:
                    advance(done - told[start])
                    told[start] = done
                continue
            attempt = under_way.pop(future)
            outcome, died = _outcome(future, attempt), _worker_died(future.exception())
            future.release()
            done = attempt.stop - attempt.start if isinstance(outcome, ShardReport) else 0
            if done != told[attempt.start]:
                advance(done - told[attempt.start])
            del told[attempt.start]
            if isinstance(outcome, SetAside) and (not attempt.alone if died else attempt.number + 1 < attempts):
                again = _Attempt(attempt.start, attempt.stop, attempt.number + 1, alone=died or attempt.alone)
                (suspects if again.alone else waiting).append(again)
            else:
                yield outcome
    finally:
        if client.status == "running":
            client.unsubscribe_topic(job.token)
            if under_way:
                client.cancel(list(under_way), force=True)


class _Crew:
    """How many workers there are, looked up every few seconds."""

    def __init__(self, client: "Client", patience: float):
        self._client, self._patience = client, patience
        self._seen = self._looked = self._asked = time.monotonic()
        self._most, self._replacements = 0, 0
        self.window = SHARDS_PER_THREAD
        self._count()

    def look(self) -> None:
        """Count the workers again where that is due."""
        if time.monotonic() - self._looked >= SECONDS_BETWEEN_LOOKS:
            self._count()

    def _count(self) -> None:
        threads = worker_threads(self._client)
        self._looked = time.monotonic()
        if threads:
            self._seen = self._looked
        elif self._looked - self._seen > self._patience:
            raise WorkersLost(f"no worker for {self._patience:.0f} s")
        self._most = max(self._most, len(threads))
        if len(threads) < self._most:
            self._replace()
        self.window = SHARDS_PER_THREAD * max(sum(threads.values()), 1)

    def _replace(self) -> None:
        """Workers that crash are started again by their nanny; those that went with it, or with their node, are not."""
        due = self._looked - self._asked >= SECONDS_BETWEEN_REPLACEMENTS
        if due and self._replacements < MOST_REPLACEMENTS:
            self._asked, self._replacements = self._looked, self._replacements + 1
            replenish(self._client)


def worker_threads(client: "Client") -> dict[str, int]:
    """Threads of each worker that is there now."""
    if client.status != "running":
        raise WorkersLost(f"the dask scheduler is gone (connection {client.status})")
    try:
        threads: Any = client.nthreads()  # its type has the coroutine of an asynchronous client too
    except (OSError, TimeoutError) as error:
        raise WorkersLost(f"the dask scheduler is gone ({type(error).__name__})") from error
    return threads


def _outcome(future: "Future", attempt: _Attempt) -> Any:
    if future.status == "cancelled":
        raise WorkersLost("the dask scheduler dropped the run's tasks")
    error: Any = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, StudyError) or (isinstance(error, OSError) and error.errno in DISK_ERRORS):
        raise error
    return SetAside(attempt.start, attempt.stop, describe_error(error))


def describe_error(error: BaseException) -> str:
    """An error of a task on one line."""
    if _worker_died(error):
        return "the worker died several times in a row (out of memory, or a crash of a compiled library)"
    return " ".join(f"{type(error).__name__}: {error}".split())


def _worker_died(error: Any) -> bool:
    return type(error).__name__ == "KilledWorker"
