"""How results lie on disk: attribute names, and the lengths of the shards and of the inner chunks."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from screening.model.variables import Coordinate, VariableSpec

FORMAT = "sei-screening results"
FORMAT_VERSION = 1
CANDIDATE = "candidate"
STATUS = "status"

# Attributes that decide the numbers: a run is resumed only where all of them agree.
IDENTITY = ("digest", "seed", "package_version", "precision", "platform")

# Below 65536 values the cost of a chunk is Python overhead, not data (0.4 to 0.8 ms each).
MINIMUM_INNER_VALUES = 65536
# A shard is assembled in memory before it is written.
MAXIMUM_SHARD_BYTES = 160 * 2**20
MAXIMUM_FILES = 2000
# At some thousand candidates per second and core, 2^14 of them take several seconds.
USUAL_SHARD = 2**14
# A study that fits into one shard would have nothing to resume from.
SMALLEST_SHARD = 2**11
# Fewer tasks than these leave workers idle at the end.
SHARDS_PER_WORKER = 4


def values_per_candidate(spec: VariableSpec, coordinates: Mapping[str, Coordinate]) -> int:
    """Number of values that one candidate has in a variable."""
    return math.prod(len(coordinates[name].values) for name in spec.dims)


def bytes_per_candidate(specs: Sequence[VariableSpec], coordinates: Mapping[str, Coordinate]) -> int:
    """Memory of one candidate in all variables and its status, in bytes."""
    return 1 + sum(values_per_candidate(spec, coordinates) * np.dtype(spec.dtype).itemsize for spec in specs)


def shard_length(
    n_candidates: int,
    specs: Sequence[VariableSpec],
    coordinates: Mapping[str, Coordinate],
    chunk: int | None = None,
    workers: int = 1,
) -> int:
    """Candidates per shard, the unit of work and of writing."""
    if chunk is not None:
        return min(chunk, n_candidates)
    fair = n_candidates // (SHARDS_PER_WORKER * workers)
    length = _power_of_two(min(max(fair, SMALLEST_SHARD), USUAL_SHARD))
    while math.ceil(n_candidates / length) * (len(specs) + 1) > MAXIMUM_FILES:
        length *= 2
    length = min(length, _power_of_two(MAXIMUM_SHARD_BYTES // bytes_per_candidate(specs, coordinates)))
    return min(length, n_candidates)


def inner_length(shard: int, row_values: int) -> int:
    """Candidates per inner chunk: the smallest divisor of the shard that holds 65536 values, or the shard itself."""
    wanted = math.ceil(MINIMUM_INNER_VALUES / row_values)
    pieces = shard // wanted
    while pieces > 1 and shard % pieces:
        pieces -= 1
    return shard // max(pieces, 1)


def shard_bounds(index: int, shard: int, n_candidates: int) -> tuple[int, int]:
    """First candidate of a shard and the one after its last."""
    return index * shard, min((index + 1) * shard, n_candidates)


def n_shards(n_candidates: int, shard: int) -> int:
    """Number of shards, the last of which may be shorter."""
    return math.ceil(n_candidates / shard)


def _power_of_two(value: int) -> int:
    return 2 ** (max(value, 1).bit_length() - 1)
