"""How probable it is that a film is the best, from draws of what is ranked."""

from collections.abc import Sequence
from functools import reduce

import numpy as np
from jaxtyping import Float


def of_independent(gains: Sequence[Float[np.ndarray, "draw"]]) -> Float[np.ndarray, "film"]:
    """Probability that each film has the largest gain, where draws of different films have nothing to do with each other.

    Source: each draw of a film wins against the draws of another with the share of these below it, which over all pairs is the
        statistic of Mann & Whitney, Ann. Math. Stat. 18, 50 (1947), 10.1214/aoms/1177730491; ties are shared.

    Example:
        >>> of_independent([np.array([1.0, 3.0]), np.array([2.0, 0.0])])
        array([0.75, 0.25])
    """
    found = np.array([best_given(gains, film)[1][film].mean() for film in range(len(gains))])
    return found / found.sum()


def of_paired(gains: Float[np.ndarray, "draw film"]) -> Float[np.ndarray, "film"]:
    """Probability that each film has the largest gain, where all films of a draw belong together; ties are shared.

    Example:
        >>> of_paired(np.array([[1.0, 2.0], [3.0, 0.0], [5.0, 5.0], [4.0, 1.0]]))
        array([0.625, 0.375])
    """
    best = gains == gains.max(axis=1, keepdims=True)
    return (best / best.sum(axis=1, keepdims=True)).mean(axis=0)


def best_given(
    gains: Sequence[Float[np.ndarray, "draw"]], film: int, samples: Sequence[np.ndarray] | None = None
) -> tuple[np.ndarray, Float[np.ndarray, "film draw"]]:
    """Places of the draws of one film that count, and for each the probability that each film is the best, given it.

    Films are paired where `samples` has the ascending sample numbers of each film's draws, else independent.

    Example:
        >>> best_given([np.array([1.0, 3.0]), np.array([2.0, 0.0])], 0)[1].tolist()
        [[0.5, 1.0], [0.5, 0.0]]
    """
    if samples is not None:
        together = reduce(np.intersect1d, samples)
        paired = [gain[np.searchsorted(sample, together)] for gain, sample in zip(gains, samples, strict=True)]
        best = np.stack(paired) == np.max(paired, axis=0)
        return np.searchsorted(samples[film], together), best / best.sum(0)
    mine, found = gains[film], np.ones((len(gains), len(gains[film])))
    for other, theirs in enumerate(gains):
        if other == film:
            continue
        ordered = np.sort(theirs)
        found[film] *= _below(ordered, mine)
        # the other film is best where it beats this draw and, itself drawn, all the rest
        rest = np.ones(len(ordered))
        for third, gain in enumerate(gains):
            rest *= 1.0 if third in (film, other) else _below(np.sort(gain), ordered)
        above = np.append(np.cumsum(rest[::-1])[::-1], 0.0) / len(ordered)
        left, right = (above[np.searchsorted(ordered, mine, side)] for side in ("left", "right"))
        found[other] = (left + right) / 2
    return np.arange(len(mine)), found / found.sum(0)


def _below(ordered: Float[np.ndarray, "draw"], at: Float[np.ndarray, "place"]) -> Float[np.ndarray, "place"]:
    """Share of sorted draws below each value, half of those equal to it."""
    below, reached = (np.searchsorted(ordered, at, side) for side in ("left", "right"))
    return (below + reached) / (2 * len(ordered))
