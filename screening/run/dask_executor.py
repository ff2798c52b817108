"""Dask workers as the team of a run."""

import json
import uuid
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from screening.run.dask_driver import compute_shards
from screening.run.executor import SetAside, ShardReport
from screening.run.worker_recipe import Description, Recipe, code_versions
from screening.run.worker_task import Job, describe_recipe
from screening.store.location import Place
from screening.store.shards import IDENTITY

if TYPE_CHECKING:
    from distributed import Client


@dataclass(frozen=True)
class DaskTeam:
    """Workers that make the calculation from its recipe.

    Args:
        client: of their scheduler.
        recipe: of the calculation.
        description: of the calculation, as one of the workers sees it.

    Example:
        team = DaskTeam.of(client, study_recipe(study))
        run_evaluator(team.description, "R.zarr", team=team)
    """

    client: "Client"
    recipe: Recipe
    description: Description

    @classmethod
    def of(cls, client: "Client", recipe: Recipe) -> "DaskTeam":
        """The team of a client's workers."""
        asked = client.submit(describe_recipe, recipe, code_versions(), pure=False)
        return cls(client, recipe, asked.result())

    def size(self) -> int:
        """Threads of all workers that are there now; at least 1."""
        if self.client.status != "running":  # which `compute` tells
            return 1
        try:
            threads: Any = self.client.nthreads()  # its type has the coroutine of an asynchronous client too
        except (OSError, TimeoutError):
            return 1
        return max(1, sum(threads.values()))

    def compute(
        self, location: Place, shards: Sequence[tuple[int, int]], block: int
    ) -> Generator[ShardReport | SetAside, None, None]:
        """Compute and write shards; see `screening.run.executor.Team`."""
        # as they come back from the store, where a tuple is a list
        attributes = json.loads(json.dumps(dict(self.description.attributes)))
        identity = tuple((name, attributes[name]) for name in IDENTITY if name in attributes)
        job = Job(self.recipe, str(location), uuid.uuid4().hex, block, identity, code_versions())
        yield from compute_shards(self.client, job, shards)
