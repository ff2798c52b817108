"""Posteriors as pages and figures show them: marginals beside their priors, and the pairs that hang together.

Our own, because ArviZ draws neither densities relative to the bounds nor priors of a fit, and its figures need a package more.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

BINS = 40
# The axis of a marginal reaches this share of the draws' span beyond them, to show the prior there.
MARGIN = 0.35


class Marginal(NamedTuple):
    """Distribution of one quantity before and after the data were seen.

    Attributes:
        edges: `[bin + 1]`, SI, evenly spaced in the logarithm where that is how the fit moves.
        density: `[bin]`, of the draws, per share of the way between the bounds: 1 is a uniform distribution over it.
        prior: `[bin]`, likewise.
        width: of the central 95 % interval of the draws over that of the prior.
    """

    edges: Float[np.ndarray, "bin+1"]
    density: Float[np.ndarray, "bin"]
    prior: Float[np.ndarray, "bin"]
    width: float


def between_bounds(
    fit: xr.Dataset, values: Float[np.ndarray, "*draw parameter"]
) -> Float[np.ndarray, "*draw parameter"]:
    """Where values lie between the bounds of the search."""
    low, high, logarithmic = (fit[name].values for name in ("bound_low", "bound_high", "logarithmic"))
    with np.errstate(all="ignore"):
        shares = np.log(values / low) / np.log(high / low)
    return np.where(logarithmic.astype(bool), shares, (values - low) / (high - low))


def marginals(fit: xr.Dataset) -> list[Marginal]:
    """The marginal of every quantity."""
    shares = between_bounds(fit, fit["posterior_value"].values).reshape(-1, fit.sizes["parameter"])
    return [_marginal(fit.isel(parameter=place), shares[:, place]) for place in range(fit.sizes["parameter"])]


def correlated_pairs(fit: xr.Dataset, most: int) -> list[tuple[int, int, float]]:
    """Pairs of quantities and the correlation of their draws (0 where one does not move), the strongest first."""
    shares = between_bounds(fit, fit["posterior_value"].values).reshape(-1, fit.sizes["parameter"])
    with np.errstate(all="ignore"):
        correlation = np.nan_to_num(np.atleast_2d(np.corrcoef(shares.T)))
    pairs = combinations(range(fit.sizes["parameter"]), 2)
    found = [(first, second, float(correlation[first, second])) for first, second in pairs]
    return sorted(found, key=lambda pair: -abs(pair[2]))[:most]


def _marginal(one: xr.Dataset, shares: np.ndarray) -> Marginal:
    low, high, logarithmic = float(one["bound_low"]), float(one["bound_high"]), bool(one["logarithmic"])
    span = max(float(np.ptp(shares)), 1e-6)
    first, last = max(shares.min() - MARGIN * span, 0.0), min(shares.max() + MARGIN * span, 1.0)
    places = np.linspace(first, last, BINS + 1)

    def value(share):
        return low * (high / low) ** share if logarithmic else low + (high - low) * share

    def prior_of(share):
        mean, deviation = float(one["prior_mean"]), float(one["prior_standard_deviation"])
        return np.ones_like(share) if np.isnan(mean) else np.exp(-(((value(share) - mean) / deviation) ** 2) / 2)

    # enough places for the peak of a prior that is narrow between its bounds
    fine = (np.arange(20_000) + 0.5) / 20_000
    weights = prior_of(fine)
    ends = np.interp([0.025, 0.975], np.cumsum(weights) / weights.sum(), fine)
    inner = np.quantile(shares, [0.025, 0.975])
    counts, _ = np.histogram(shares, places)
    density = counts / len(shares) / np.diff(places)
    prior = prior_of((places[1:] + places[:-1]) / 2) / weights.mean()
    return Marginal(value(places), density, prior, float(np.ptp(inner) / np.ptp(ends)))
