"""Which candidates no other candidate beats in every objective."""

import numpy as np
from jaxtyping import Bool, Float


def non_dominated(
    values: Float[np.ndarray, "candidate objective"], maximise: tuple[bool, ...]
) -> Bool[np.ndarray, "candidate"]:
    """The Pareto front: candidates than which no other is at least as good in all objectives and better in one.

    Source:
        Kung, Luccio and Preparata, J. ACM 22, 469 (1975), 10.1145/321906.321910, for sorting by one objective first.
    """
    if values.ndim != 2 or values.shape[1] != len(maximise):
        raise ValueError(f"objectives: got values {values.shape} and {len(maximise)} directions, expected one for each")
    front = np.zeros(len(values), dtype=bool)
    rows = np.flatnonzero(~np.isnan(values).any(axis=1))
    gains = np.where(maximise, values[rows], -values[rows])  # large is good from here on
    find = _of_many if gains.shape[1] != 2 else _of_two if len(gains) < MANY else _of_two_of_many
    front[rows[find(gains)]] = True
    return front


# From here on, most rows are seen to be beaten by the front of a few, which costs less than to sort them all.
MANY, FEW = 20_000, 4096


def _of_two_of_many(gains: np.ndarray) -> np.ndarray:
    few = gains[:: len(gains) // FEW]
    first, second = few[_of_two(few)].T
    order = np.argsort(first, kind="stable")
    first, second = first[order], second[order]  # ascending, descending
    right = np.searchsorted(first, gains[:, 0], side="right")  # members whose first objective is larger
    beaten = np.append(second, -np.inf)[right] >= gains[:, 1]
    left = np.flatnonzero(~beaten | (right == len(first)))
    return left[_of_two(gains[left])]


def _of_two(gains: np.ndarray) -> np.ndarray:
    """Sorted by the first objective, the front is where the second exceeds everything before."""
    if not len(gains):
        return np.empty(0, dtype=np.int64)
    order = np.lexsort((-gains[:, 1], -gains[:, 0]))
    first, second = gains[order].T
    before = np.concatenate([[-np.inf], np.maximum.accumulate(second)[:-1]])
    new = second > before
    new[0] = True
    # equal rows follow each other in this order and share the fate of the first
    begins = np.concatenate([[True], (first[1:] != first[:-1]) | (second[1:] != second[:-1])])
    return np.sort(order[new[np.flatnonzero(begins)][np.cumsum(begins) - 1]])


def _of_many(gains: np.ndarray) -> np.ndarray:
    """By descending sum a row is beaten by earlier rows only, and by a member of the front if by any."""
    with np.errstate(invalid="ignore"):
        order = np.lexsort((*-gains.T, -np.nan_to_num(gains.sum(axis=1))))
    front: list[int] = []
    best = np.empty((0, gains.shape[1]))
    for row in order:
        mine = gains[row]
        if not ((best >= mine).all(axis=1) & (best > mine).any(axis=1)).any():
            front.append(int(row))
            best = np.vstack([best, mine])
    return np.sort(np.array(front, dtype=np.int64))
