"""Sobol' indices: how much of an output's variance each input decides, alone and together with others."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from screening.errors import StudyError
from screening.sampling.sobol_sequence import MAX_DIMENSIONS, sobol_points

# These are not those of `scipy.stats.sobol_indices`, which takes powers of two alone, so that no sample could be left out
# where a candidate failed, and has no control variate: with 64 samples its indices of a linear function are up to 0.08 off.
RESAMPLES = 400
TWO_SIDED_95 = 1.959964
# Fewer samples say nothing about a variance.
FEWEST = 8


@dataclass(frozen=True)
class SobolIndices:
    """Shares of the variance that each input decides alone and with others, half widths of their 95 % intervals, samples `used`."""

    first: Float[np.ndarray, "input output"]
    first_half_width: Float[np.ndarray, "input output"]
    total: Float[np.ndarray, "input output"]
    total_half_width: Float[np.ndarray, "input output"]
    used: Int[np.ndarray, "output"]


def sobol_design(inputs: int, samples: int, *, seed: int = 0) -> Float[np.ndarray, "variation sample input"]:
    """Unit coordinates of two independent samples A and B, then of A with input 0, 1, ... taken from B.

    Source: Saltelli et al., Comput. Phys. Commun. 181, 259 (2010), 10.1016/j.cpc.2009.09.018.
    """
    if 2 * inputs > MAX_DIMENSIONS:
        raise StudyError(
            "too many inputs", got=str(inputs), expected=f"at most {MAX_DIMENSIONS // 2}", fix="fix some of them"
        )
    if samples < FEWEST:
        raise StudyError(
            "too few samples",
            got=str(samples),
            expected=f"at least {FEWEST}",
            fix="ask for 256, say",
            where="--samples",
        )
    labels = [f"sensitivity {number}" for number in range(2 * inputs)]
    points = sobol_points(range(2 * inputs), 0, samples, seed=seed, labels=labels).T
    first, second = points[:, :inputs], points[:, inputs:]
    mixed = np.repeat(first[None], inputs, axis=0)
    for number in range(inputs):
        mixed[number, :, number] = second[:, number]
    return np.concatenate([first[None], second[None], mixed])


def sobol_indices(
    evaluate: Callable[[Float[np.ndarray, "point input"]], Float[np.ndarray, "point output"]],
    inputs: int,
    samples: int,
    *,
    seed: int = 0,
) -> SobolIndices:
    """Sobol' indices of a function of unit coordinates.

    Source: first order: Saltelli et al. (2010), 10.1016/j.cpc.2009.09.018, Table 2 (b); total: Jansen (1999),
    10.1016/S0010-4655(98)00154-4. Beyond them, the best linear function of the unit coordinates serves as control
    variate, because its indices are known: an additive linear function has exact indices at any number of samples.

    Example:
        >>> found = sobol_indices(lambda u: u @ np.array([[1.0], [2.0]]), 2, 64)
        >>> found.first[:, 0].round(12).tolist()
        [0.2, 0.8]
    """
    design = sobol_design(inputs, samples, seed=seed)
    values = np.asarray(evaluate(design.reshape(-1, inputs)), float).reshape(inputs + 2, samples, -1)
    return indices_of(design, values, seed=seed)


def indices_of(
    design: Float[np.ndarray, "variation sample input"],
    values: Float[np.ndarray, "variation sample output"],
    *,
    seed: int = 0,
) -> SobolIndices:
    """Sobol' indices from the values at the points of a design; a sample with a value that is not finite is left out."""
    inputs, outputs = design.shape[2], values.shape[2]
    found = np.full((4, inputs, outputs), np.nan)
    used = np.zeros(outputs, dtype=np.int64)
    for output in range(outputs):
        whole = np.isfinite(values[:, :, output]).all(axis=0)
        used[output] = np.count_nonzero(whole)
        if used[output] >= FEWEST:
            found[:, :, output] = _of_one(design[:, whole], values[:, whole, output], seed)
    return SobolIndices(found[0], found[1], found[2], found[3], used)


def _of_one(design: np.ndarray, values: np.ndarray, seed: int) -> np.ndarray:
    """First order, its half width, total, its half width: `[4, input]`."""
    scale = float(np.ptp(values[:2]))
    inputs = design.shape[2]
    if not scale > 1e-12 * np.abs(values[:2]).max():
        return np.full((4, inputs), np.nan)
    values = values / scale
    both = np.concatenate([design[0], design[1]]) - 0.5
    slopes = np.linalg.lstsq(
        np.column_stack([both, np.ones(len(both))]), np.concatenate([values[0], values[1]]), rcond=None
    )[0][:-1]
    known = slopes**2 / 12.0  # variances of a linear function of independent coordinates between 0 and 1
    rows = _contributions(values) - _contributions((design - 0.5) @ slopes)
    exact = np.concatenate([[0.0, known.sum()], known, known])
    index = _shares(rows.mean(axis=0) + exact, inputs)
    counts = np.random.default_rng(seed).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), RESAMPLES)
    spread = np.std([_shares(count @ rows / len(rows) + exact, inputs) for count in counts], axis=0)
    first, total = np.split(index, 2)
    first_spread, total_spread = np.split(TWO_SIDED_95 * spread, 2)
    return np.stack([first, first_spread, total, total_spread])


def _contributions(values: np.ndarray) -> np.ndarray:
    """What each sample adds to the mean, the variance, and the variances of first order and total, `[sample, 2 + 2 input]`."""
    centred = values - values[:2].mean()
    one, other, mixed = centred[0], centred[1], centred[2:]
    mean = (one + other) / 2
    variance = (one**2 + other**2) / 2
    return np.column_stack([mean, variance, (other * (mixed - one)).T, ((one - mixed) ** 2 / 2).T])


def _shares(means: np.ndarray, inputs: int) -> np.ndarray:
    return means[2:] / (means[1] - means[0] ** 2)
