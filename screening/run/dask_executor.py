"""Dask workers as the executor of a run."""

import json
import uuid
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screening.run.dask_driver import compute_shards, worker_threads
from screening.run.executor import SetAside, ShardReport
from screening.run.outcome import WorkersLost
from screening.run.thread_executor import LARGEST_BLOCK
from screening.run.worker_recipe import Description, Recipe, code_versions
from screening.run.worker_task import Job, describe_recipe
from screening.store.location import Place
from screening.store.shards import IDENTITY

if TYPE_CHECKING:
    from distributed import Client


@dataclass(frozen=True)
class DaskExecutor:
    """Dask workers that make the calculation from its recipe; its description is what one of them sees of it."""

    client: "Client"
    recipe: Recipe
    description: Description

    @classmethod
    def of(cls, client: "Client", recipe: Recipe) -> "DaskExecutor":
        """The workers of a client."""
        asked = client.submit(describe_recipe, recipe, code_versions(), pure=False)
        return cls(client, recipe, asked.result())

    def size(self) -> int:
        """Threads of all workers that are there now; at least 1."""
        try:
            return max(1, sum(worker_threads(self.client).values()))
        except WorkersLost:  # which `compute` tells
            return 1

    def usual_block(self, shard: int) -> int:
        """A worker computes a whole shard by itself."""
        return LARGEST_BLOCK

    def compute(
        self, location: Place, shards: Sequence[tuple[int, int]], block: int, advance: Callable[[int], None]
    ) -> Generator[ShardReport | SetAside, None, None]:
        """Compute and write shards; see `screening.run.executor.Executor`."""
        # as they come back from the store, where a tuple is a list
        attributes = json.loads(json.dumps(dict(self.description.attributes)))
        identity = tuple((name, attributes[name]) for name in IDENTITY if name in attributes)
        job = Job(self.recipe, str(location), uuid.uuid4().hex, block, identity, code_versions())
        yield from compute_shards(self.client, job, shards, advance)
