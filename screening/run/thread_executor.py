"""Shards computed by threads of this process, which share one shard at a time while it writes the one before."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from screening.model.variables import Evaluator
from screening.run.executor import ShardReport
from screening.run.interrupt import interrupts_held_back
from screening.run.outcome import ChunkError
from screening.run.shard_columns import Columns, ShardColumns, checked_columns
from screening.run.threads import single_threaded_blas
from screening.store.location import Place
from screening.store.writer import ShardWriter

LARGEST_BLOCK = 2048
SMALLEST_BLOCK = 64


@dataclass(frozen=True)
class Block:
    """Candidates start ... stop - 1, evaluated in one call; `shard` are the bounds of the shard that they belong to."""

    start: int
    stop: int
    shard: tuple[int, int]


@dataclass(frozen=True)
class ThreadExecutor:
    """Threads of this process (see `screening.run.executor.Executor`)."""

    evaluator: Evaluator
    threads: int

    def size(self) -> int:
        """One shard at a time."""
        return 1

    def usual_block(self, shard: int) -> int:
        """Two blocks a thread and shard keep the threads busy to its end."""
        return max(SMALLEST_BLOCK, min(LARGEST_BLOCK, shard // (2 * self.threads)))

    def compute(
        self, location: Place, shards: Sequence[tuple[int, int]], block: int, advance: Callable[[int], None]
    ) -> Generator[ShardReport]:
        """Compute and write shards in order."""
        writer, moment = ShardWriter(location, self.evaluator.variables), time.monotonic()
        with single_threaded_blas(), closing(self.evaluated(_blocks(shards, block), advance)) as finished:
            for shard in finished:
                began = time.monotonic()
                with interrupts_held_back():
                    writer.write(shard.start, shard.stop, shard.columns)
                now = time.monotonic()
                yield ShardReport(shard.start, shard.stop, now - moment, now - began)
                moment = now

    def evaluated(self, blocks: Iterator[Block], advance: Callable[[int], None]) -> Generator[ShardColumns]:
        """Whole shards in order; the threads keep evaluating the next blocks while the caller writes one.

        At most 2 * threads blocks and one shard are in memory, whatever the number of candidates.
        """
        pool = ThreadPoolExecutor(self.threads, thread_name_prefix="evaluate")
        waiting: deque[tuple[Block, Future[Columns]]] = deque()

        def submit(number: int) -> None:
            waiting.extend((block, pool.submit(_evaluate, self.evaluator, block)) for block in islice(blocks, number))

        try:
            submit(2 * self.threads)
            shard = ShardColumns(0, 0)
            while waiting:
                block, future = waiting.popleft()
                found = future.result()
                submit(1)
                if block.start == block.shard[0]:
                    shard = ShardColumns(*block.shard)
                shard.put(block.start, found)
                del future, found
                advance(block.stop - block.start)
                if block.stop == shard.stop:
                    yield shard
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _blocks(shards: Iterable[tuple[int, int]], length: int) -> Iterator[Block]:
    for bounds in shards:
        for start in range(*bounds, length):
            yield Block(start, min(start + length, bounds[1]), bounds)


def _evaluate(evaluator: Evaluator, block: Block) -> Columns:
    try:
        results = evaluator.evaluate(block.start, block.stop)
        return checked_columns(evaluator, results, block.stop - block.start)
    except Exception as error:
        raise ChunkError(
            f"candidates {block.start} to {block.stop - 1}: {type(error).__name__}: {error}; "
            "finished chunks are kept, `sei-screen resume` tries the others again"
        ) from error
