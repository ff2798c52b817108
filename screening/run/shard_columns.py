"""The columns of one shard, put together from blocks of candidates in the types that are stored."""

from collections.abc import Mapping

import numpy as np

from screening.model.variables import Evaluator
from screening.store.shards import STATUS

Columns = dict[str, np.ndarray]


class ShardColumns:
    """Columns of the candidates `start` to `stop` - 1."""

    def __init__(self, start: int, stop: int) -> None:
        self.start, self.stop = start, stop
        self.columns: Columns = {}

    def put(self, first: int, found: Columns) -> None:
        """Put in what `checked_columns` gave of a block that begins at candidate `first`."""
        for name, values in found.items():
            if name not in self.columns:
                self.columns[name] = np.empty((self.stop - self.start, *values.shape[1:]), values.dtype)
            self.columns[name][first - self.start : first - self.start + len(values)] = values


def checked_columns(evaluator: Evaluator, results: Mapping[str, np.ndarray], length: int) -> Columns:
    """The results in the stored types; anything missing, unknown or of another shape would end in the wrong place."""
    dtypes = {spec.name: spec.dtype for spec in evaluator.variables} | {STATUS: "uint8"}
    if set(results) != set(dtypes):
        raise ValueError(f"evaluate returned {sorted(results)}, expected {sorted(dtypes)}")
    shapes = {
        spec.name: (length, *(len(evaluator.coordinates[dim].values) for dim in spec.dims))
        for spec in evaluator.variables
    } | {STATUS: (length,)}
    columns = {}
    for name, dtype in dtypes.items():
        value = np.asarray(results[name])
        if value.shape != shapes[name]:
            raise ValueError(f"evaluate returned {name!r} of shape {value.shape}, expected {shapes[name]}")
        with np.errstate(over="ignore", invalid="ignore"):  # a value beyond float32 is stored as infinite
            columns[name] = value.astype(dtype, copy=False)
    if not np.all(columns[STATUS]):
        raise ValueError("evaluate returned status 0 (pending), expected another code for each candidate")
    return columns
