"""The candidates that a report carries: the best, every Pareto front, and a random share of the rest."""

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from screening.results.pareto import non_dominated

# A browser stays quick with these; a page of them has about 2 MB of numbers.
MOST_CARRIED = 8000
BEST_CARRIED = 1500
MOST_ON_FRONTS = 2500
# Outputs whose pairs have exact fronts: 28 pairs in four directions each.
MOST_OBJECTIVES = 8
SHARE, BEST, FRONT = 1, 2, 4


@dataclass(frozen=True)
class Carried:
    """Candidates that a page holds, in order, with the sum of `SHARE`, `BEST` and `FRONT` of each; whether they are all."""

    candidates: np.ndarray
    marks: np.ndarray
    complete: bool


def carried_rows(ok: np.ndarray, best: np.ndarray, fronts: np.ndarray, total: int) -> Carried:
    """Choose the candidates that a page holds."""
    best, fronts = best[:BEST_CARRIED], fronts[:MOST_ON_FRONTS]
    share = ok
    if len(ok) > MOST_CARRIED or total > len(ok):
        room = MOST_CARRIED - BEST_CARRIED - MOST_ON_FRONTS
        share = np.random.default_rng(0).choice(ok, min(room, len(ok)), replace=False)
    candidates = np.unique(np.concatenate([share, best, fronts])).astype(np.int64)
    marks = np.zeros(len(candidates), dtype=np.int64)
    for mark, rows in ((SHARE, share), (BEST, best), (FRONT, fronts)):
        marks[np.isin(candidates, rows)] += mark
    return Carried(candidates, marks, complete=len(candidates) == total)


def front_members(objectives: np.ndarray) -> np.ndarray:
    """Rows on the Pareto front of any pair of objectives, in any of the four directions."""
    found = np.zeros(len(objectives), dtype=bool)
    for pair in combinations(range(objectives.shape[1]), 2):
        for directions in product((True, False), repeat=2):
            found |= non_dominated(objectives[:, pair], directions)
    return np.flatnonzero(found)
