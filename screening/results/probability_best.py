"""How probable it is that a film is the best, from draws of what is ranked."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float


def of_independent(gains: Sequence[Float[np.ndarray, "draw"]]) -> Float[np.ndarray, "film"]:
    """Probability that each film has the largest gain, where draws of different films have nothing to do with each other.

    Args:
        gains: finite draws of each film, at least one.

    Returns:
        probabilities, which add up to one; ties are shared.

    Source: each draw of a film wins against the draws of another with the share of these below it, which over all pairs is the
        statistic of Mann & Whitney, Ann. Math. Stat. 18, 50 (1947), 10.1214/aoms/1177730491.

    Example:
        >>> of_independent([np.array([1.0, 3.0]), np.array([2.0, 0.0])])
        array([0.75, 0.25])
    """
    ordered = [np.sort(one) for one in gains]
    found = np.empty(len(ordered))
    for film, mine in enumerate(ordered):
        wins = np.ones(len(mine))
        for other, theirs in enumerate(ordered):
            if other != film:
                below, reached = (np.searchsorted(theirs, mine, side) for side in ("left", "right"))
                wins *= (below + reached) / (2 * len(theirs))
        found[film] = wins.mean()
    return found / found.sum()


def of_paired(gains: Float[np.ndarray, "draw film"]) -> Float[np.ndarray, "film"]:
    """Probability that each film has the largest gain, where all films of a draw belong together.

    Args:
        gains: finite, at least one draw.

    Returns:
        probabilities, which add up to one; ties are shared.

    Example:
        >>> of_paired(np.array([[1.0, 2.0], [3.0, 0.0], [5.0, 5.0], [4.0, 1.0]]))
        array([0.625, 0.375])
    """
    best = gains == gains.max(axis=1, keepdims=True)
    return (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
