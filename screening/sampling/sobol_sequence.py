"""Sobol sequence with direct access to any range of its points, plain or randomly scrambled.

`scipy.stats.qmc.Sobol` walks to point n through all points before it, with 52 bits not at all, and its scrambling is one stream
for all dimensions, so that another varied quantity would change the draws of those there were.
"""

import csv
import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt64

from screening.errors import StudyError
from screening.sampling.streams import random_words

BITS = 52  # point coordinates are multiples of 2^-52, so that the centre of a cell is still a float64
MAX_DIMENSIONS = 256  # rows of joe_kuo.csv, and the first dimension, which needs none


def sobol_points(
    dimensions: Sequence[int], start: int, stop: int, *, seed: int = 0, labels: Sequence[str] | None = None
) -> Float[np.ndarray, "axis sample"]:
    """Points `start` to `stop` of the Sobol sequence, strictly inside (0, 1), without computing the points before.

    Points come in the usual Gray-code order. The map from the point number to a coordinate is linear over GF(2), so
    2^k consecutive points are one table of 2^k entries xored with a constant, wherever they lie.

    Source: Joe & Kuo, SIAM J. Sci. Comput. 30, 2635 (2008), 10.1137/070709359 (direction numbers); Matousek, J.
    Complexity 14, 527 (1998), 10.1006/jcom.1998.0489 (linear matrix scramble and digital shift).
    """
    if max(dimensions, default=0) >= MAX_DIMENSIONS:
        raise StudyError(
            "too many varied quantities for a Sobol design",
            got=f"{max(dimensions) + 1}",
            expected=f"at most {MAX_DIMENSIONS}",
            fix='use design = "random" or "latin_hypercube"',
        )
    count = stop - start
    words = np.empty((len(dimensions), count), dtype=np.uint64)
    for axis, dimension in enumerate(dimensions):
        if labels is None:
            columns, shift = _columns(dimension), np.uint64(0)
        else:
            columns, shift = _scrambled_columns(dimension, seed, labels[axis])
        words[axis] = _points(columns, start, stop) ^ shift
    return (words.astype(np.float64) + 0.5) * 2.0**-BITS


def _points(columns: UInt64[np.ndarray, "bit"], start: int, stop: int) -> UInt64[np.ndarray, "sample"]:
    depth = max(stop - start - 1, 1).bit_length()
    table = np.zeros(1, dtype=np.uint64)
    for column in columns[:depth]:
        table = np.concatenate([table, table ^ column])
    pieces = []
    for block in range(start >> depth, ((stop - 1) >> depth) + 1):
        offset = functools.reduce(
            np.bitwise_xor, (columns[bit] for bit in range(depth, BITS) if block >> (bit - depth) & 1), np.uint64(0)
        )
        first = block << depth
        pieces.append(table[max(start - first, 0) : min(stop - first, len(table))] ^ offset)
    return np.concatenate(pieces)


@functools.cache
def _direction_table() -> list[tuple[int, int, tuple[int, ...]]]:
    with (Path(__file__).with_name("joe_kuo.csv")).open(newline="", encoding="utf-8") as file:
        return [
            (int(row["degree"]), int(row["coefficients"]), tuple(map(int, row["initial_numbers"].split())))
            for row in csv.DictReader(file)
        ]


@functools.lru_cache(maxsize=4 * MAX_DIMENSIONS)
def _columns(dimension: int) -> UInt64[np.ndarray, "bit"]:
    """Generating matrix of one dimension: `columns[b]` is the coordinate of point 2^b in `BITS` bits."""
    if dimension == 0:
        numbers = [1] * BITS
    else:
        degree, coefficients, initial = _direction_table()[dimension - 1]
        numbers = list(initial)
        for k in range(len(initial), BITS):
            value = numbers[k - degree] ^ (numbers[k - degree] << degree)
            for j in range(1, degree):
                if coefficients >> (degree - 1 - j) & 1:
                    value ^= numbers[k - j] << j
            numbers.append(value)
    columns = np.array([number << (BITS - 1 - k) for k, number in enumerate(numbers)], dtype=np.uint64)
    columns[1:] ^= columns[:-1].copy()  # the Gray code of 2^b has the bits b and b - 1
    columns.setflags(write=False)
    return columns


@functools.lru_cache(maxsize=16 * MAX_DIMENSIONS)
def _scrambled_columns(dimension: int, seed: int, label: str) -> tuple[UInt64[np.ndarray, "bit"], np.uint64]:
    """Columns multiplied by a random lower triangular bit matrix with unit diagonal, and a random digital shift."""
    words = random_words(seed, f"sobol scramble {label}", 0, BITS + 1) >> np.uint64(64 - BITS)
    columns = _columns(dimension)
    scrambled = np.zeros_like(columns)
    for row in range(BITS):  # row 0 gives the leading bit, which may depend on the leading bit alone
        diagonal = 1 << (BITS - 1 - row)
        above = ((1 << row) - 1) << (BITS - row)
        mask = np.uint64(int(words[row]) & above | diagonal)
        parity = np.bitwise_count(columns & mask) & 1
        scrambled |= parity.astype(np.uint64) << np.uint64(BITS - 1 - row)
    scrambled.setflags(write=False)
    return scrambled, words[BITS]
