"""Rank correlations of inputs with outputs."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import rankdata

# Fewer pairs say nothing about a rank correlation.
FEWEST = 8


def rank_correlations(
    inputs: Float[np.ndarray, "sample input"], outputs: Float[np.ndarray, "sample output"]
) -> Float[np.ndarray, "input output"]:
    """Spearman's rank correlation of every input with every output; NaN where either is constant or fewer than 8 pairs are numbers.

    Source: Spearman, Am. J. Psychol. 15, 72 (1904), 10.2307/1412159; ties have their mean rank.
    """
    found = np.full((inputs.shape[1], outputs.shape[1]), np.nan)
    # Most columns are numbers in the same samples, so whole blocks are ranked at once; `spearmanr` could only do pairs.
    for rows, known in _blocks(inputs):
        for columns, also in _blocks(outputs):
            both = known & also
            if np.count_nonzero(both) >= FEWEST:
                ranks = rankdata(np.concatenate([inputs[both][:, rows], outputs[both][:, columns]], 1), axis=0)
                with np.errstate(invalid="ignore", divide="ignore"):  # a constant column has no correlation
                    found[np.ix_(rows, columns)] = np.corrcoef(ranks, rowvar=False)[: len(rows), len(rows) :]
    return found


def _blocks(
    values: Float[np.ndarray, "sample column"],
) -> Iterator[tuple[np.ndarray, Bool[np.ndarray, "sample"]]]:
    """Columns that are finite in the same samples, and those samples."""
    patterns, of_column = np.unique(np.isfinite(values), axis=1, return_inverse=True)
    for number, known in enumerate(patterns.T):
        yield np.flatnonzero(of_column.ravel() == number), known
