"""Whether the chains of a sampler can be trusted: scale reduction, independent draws, and both in words."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

# What Vehtari et al. ask for before a posterior is used.
MOST_SCALE_REDUCTION = 1.01
LEAST_SAMPLES = 100  # of each chain
# A sampler that aims at 0.8 and accepts less than this took steps too large for the narrow places.
LEAST_ACCEPTANCE = 0.6
# Both ends of a 95 % interval are as uncertain as these quantiles.
TAILS = (0.05, 0.95)
# Variance of normal scores that are all the same.
ROUNDING = 1e-24

Draws = Float[np.ndarray, "chain draw parameter"]


def scale_reduction(draws: Draws) -> Float[np.ndarray, "parameter"]:
    """How much longer chains could still narrow each quantity (R-hat); above 1.01 they have not met.

    Source: Vehtari et al., Bayesian Anal. 16, 667 (2021), 10.1214/20-BA1221.
    """
    apart = np.abs(draws - np.median(draws, axis=(0, 1)))
    return np.maximum(_ratio(_scores(_halves(draws))), _ratio(_scores(_halves(apart))))


def independent_samples(draws: Draws) -> tuple[Float[np.ndarray, "parameter"], Float[np.ndarray, "parameter"]]:
    """How many independent draws would say as much (effective sample size).

    Source: Vehtari et al., Bayesian Anal. 16, 667 (2021), 10.1214/20-BA1221; sums of autocorrelations by Geyer, Statist. Sci.
        7, 473 (1992), 10.1214/ss/1177011137.
    """
    halves = _halves(draws)
    ends = np.quantile(draws, TAILS, axis=(0, 1))
    return _effective(_scores(halves)), np.minimum(*(_effective((halves <= end).astype(float)) for end in ends))


def sampling_words(draws: tuple[int, int], divergent: int, acceptance: float, warm_up: int) -> str:
    """What was sampled, in a sentence."""
    chains = f"{draws[0]} chains" if draws[0] > 1 else "1 chain"
    astray = f"{divergent} of {draws[0] * draws[1]} paths" if divergent else "no path"
    return (
        f"{chains} of {draws[1]} draws after {warm_up} steps of warm-up; {astray} diverged, "
        f"mean acceptance {acceptance:.2f} (aim 0.8)"
    )


def sampling_warnings(
    names: Sequence[str],
    reduction: Float[np.ndarray, "parameter"],
    samples: Float[np.ndarray, "parameter"],
    chains: int,
    divergent: int,
    acceptance: float,
) -> list[str]:
    """Why draws should not be used yet, in sentences; empty where nothing speaks against them."""
    found = []
    apart = ~(reduction <= MOST_SCALE_REDUCTION)
    if apart.any():
        listed = ", ".join(f"{name} {value:.2f}" for name, value in _chosen(names, reduction, apart))
        found.append(
            f"the chains have not met: scale reduction of {listed}, expected below {MOST_SCALE_REDUCTION}; "
            "warm up and sample longer"
        )
    least = LEAST_SAMPLES * chains
    few = ~(samples >= least)
    if few.any():
        listed = ", ".join(f"{name} {value:.0f}" for name, value in _chosen(names, samples, few))
        found.append(f"too few independent draws: {listed}, expected at least {least}; sample more")
    if divergent:
        found.append(
            f"{divergent} {'paths' if divergent > 1 else 'path'} diverged: narrow parts of the posterior may be missing; "
            "narrow the bounds, or fix what the data do not determine"
        )
    if not acceptance >= LEAST_ACCEPTANCE:
        found.append(f"mean acceptance {acceptance:.2f}, expected about 0.8: the steps were not tuned; warm up longer")
    if chains == 1:
        found.append("a single chain cannot show that it missed a part of the posterior; sample at least two")
    return found


def _chosen(names, values, mask):
    return [(name, value) for name, value, one in zip(names, values, mask, strict=True) if one]


def _halves(draws):
    """Halves of the chains as chains of their own: one that drifts disagrees with itself."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _scores(parts):
    """Normal scores of the ranks among all chains, so that no tail decides."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    ranks = rankdata(parts.reshape(-1, parts.shape[2]), axis=0)
    return ndtri((ranks - 0.375) / (len(ranks) + 0.25)).reshape(parts.shape)


def _variances(parts):
    """Mean variance within the chains, and the estimate that their means add to it; `[parameter]` each."""
    count = parts.shape[1]
    within = parts.var(1, ddof=1).mean(0)
    return within, within * (count - 1) / count + parts.mean(1).var(0, ddof=1)


def _ratio(parts):
    within, whole = _variances(parts)
    return np.sqrt(np.divide(whole, within, out=np.full_like(whole, np.inf), where=within > ROUNDING))


def _effective(parts):
    total, count = parts.shape[0] * parts.shape[1], parts.shape[1]
    within, whole = _variances(parts)
    spectrum = np.fft.rfft(parts - parts.mean(1, keepdims=True), 2 * count, axis=1)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, :count].mean(0) / count
    gap = within - covariance * count / (count - 1)
    lag = 1.0 - np.divide(gap, whole, out=np.ones_like(gap), where=whole > 0)
    lag[0] = 1.0
    pairs = lag[: count - count % 2].reshape(-1, 2, lag.shape[1]).sum(1)
    # up to the first sum of two neighbours that noise makes negative, and never rising
    kept = np.minimum.accumulate(pairs, axis=0) * np.logical_and.accumulate(pairs > 0, axis=0)
    time = np.maximum(2.0 * kept.sum(0) - 1.0, 1.0 / np.log10(total))
    return np.where(whole > 0, total / time, 0.0)
