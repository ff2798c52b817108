"""Latin hypercube whose permutations are computed, not stored: any range of samples in memory of its own size."""

import numpy as np
from jaxtyping import Float, Int64

from screening.sampling.streams import random_words, unit_interval

# Stratum + jitter must survive the division by the number of samples: 20 bits leave a margin up to 2^32 samples.
JITTER_BITS = 20
_ROUNDS = 8


def latin_hypercube_points(
    samples: int, start: int, stop: int, *, seed: int, labels: list[str]
) -> Float[np.ndarray, "axis sample"]:
    """Samples `start` to `stop` of a Latin hypercube of `samples` samples.

    Each axis has exactly one sample in each of `samples` equal strata. The strata depend on `samples`, so a Latin
    hypercube cannot be grown: another number of samples gives other samples.

    Source: McKay, Beckman & Conover, Technometrics 21, 239 (1979), 10.1080/00401706.1979.10489755.
    """
    points = np.empty((len(labels), stop - start))
    for axis, label in enumerate(labels):
        stratum = permutation(samples, start, stop, seed=seed, label=f"stratum {label}")
        jitter = unit_interval(random_words(seed, f"jitter {label}", start, stop), JITTER_BITS)
        points[axis] = (stratum + jitter) / samples
    return points


def permutation(size: int, start: int, stop: int, *, seed: int, label: str) -> Int64[np.ndarray, "sample"]:
    """Entries `start` to `stop` of a keyed pseudorandom permutation of 0 .. size - 1, in memory of their own number.

    A Feistel network permutes the smallest power of four that holds `size`; entries that fall outside are sent through
    it again until they fall inside (cycle walking), which keeps the map one to one.

    Source: Black & Rogaway, Ciphers with arbitrary finite domains, CT-RSA 2002, 10.1007/3-540-45760-7_9.
    """
    half = np.uint64(max(1, ((size - 1).bit_length() + 1) // 2))
    keys = random_words(seed, f"permutation {label}", 0, _ROUNDS)
    entries = _feistel(np.arange(start, stop, dtype=np.uint64), half, keys)
    outside = np.flatnonzero(entries >= size)
    while outside.size:
        entries[outside] = _feistel(entries[outside], half, keys)
        outside = outside[entries[outside] >= size]
    return entries.astype(np.int64)


def _feistel(values: np.ndarray, half: np.uint64, keys: np.ndarray) -> np.ndarray:
    mask = (np.uint64(1) << half) - np.uint64(1)
    left, right = values >> half, values & mask
    for key in keys:
        left, right = right, left ^ (_mix(right ^ key) & mask)
    return (left << half) | right


def _mix(words: np.ndarray) -> np.ndarray:
    """Finalizer of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014, 10.1145/2660193.2660195); products wrap on purpose."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
