"""Rank correlations of inputs with outputs."""

import numpy as np
from jaxtyping import Float

# Fewer pairs say nothing about a rank correlation.
FEWEST = 8


def rank_correlations(
    inputs: Float[np.ndarray, "sample input"], outputs: Float[np.ndarray, "sample output"]
) -> Float[np.ndarray, "input output"]:
    """Spearman's rank correlation of every input with every output; NaN where either is constant or fewer than 8 pairs are numbers.

    Source: Spearman, Am. J. Psychol. 15, 72 (1904), 10.2307/1412159; ties have their mean rank.
    """
    found = np.full((inputs.shape[1], outputs.shape[1]), np.nan)
    ranks: dict[
        tuple[str, int, bytes], np.ndarray | None
    ] = {}  # most columns share the samples in which they are numbers

    def ranked(kind: str, place: int, values: np.ndarray, both: np.ndarray) -> np.ndarray | None:
        key = (kind, place, np.packbits(both).tobytes())
        if key not in ranks:
            ranks[key] = _centred_ranks(values[both])
        return ranks[key]

    for column, values in enumerate(outputs.T):
        whole = np.isfinite(values)
        for row, given in enumerate(inputs.T):
            both = whole & np.isfinite(given)
            mine, other = ranked("input", row, given, both), ranked("output", column, values, both)
            if mine is not None and other is not None:
                found[row, column] = float(np.clip(mine @ other, -1.0, 1.0))
    return found


def _centred_ranks(values: np.ndarray) -> np.ndarray | None:
    """Ranks of length 1 about their mean; None where there are too few values or only one."""
    from scipy.stats import rankdata

    if len(values) < FEWEST:
        return None
    ranks = rankdata(values)
    ranks -= ranks.mean()
    length = float(np.linalg.norm(ranks))
    return ranks / length if length > 0 else None
