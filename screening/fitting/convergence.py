"""Whether the chains of a sampler can be trusted: scale reduction, independent draws, and both in words."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from screening.config.joint_draws import MOST_SCALE_REDUCTION

LEAST_SAMPLES = 100  # of each chain, as Vehtari et al. recommend, and the scale reduction, before a posterior is used
# The sampler aims at an acceptance of 0.8; a lower mean shows that its steps are too long for narrow parts of the posterior.
LEAST_ACCEPTANCE = 0.6
# Quantiles that stand for the ends of a 95 % interval.
TAILS = (0.05, 0.95)

Draws = Float[np.ndarray, "chain draw parameter"]


def scale_reduction(draws: Draws) -> Float[np.ndarray, "parameter"]:
    """How much longer chains could still narrow each quantity (R-hat); above 1.01 they have not met, infinite where none moves.

    Source: the larger of those of place and width, by ranks and on halves of the chains: Vehtari et al., Bayesian Anal. 16, 667
        (2021), 10.1214/20-BA1221.
    """
    from arviz_stats.base.array import array_stats

    half = draws.shape[1] // 2
    # ArviZ compares chains with each other; a single one is compared with itself
    chains = draws if len(draws) > 1 else np.concatenate([draws[:, :half], draws[:, -half:]])
    with np.errstate(divide="ignore", invalid="ignore"):
        found = array_stats.rhat(chains, chain_axis=0, draw_axis=1, method="rank")
    return np.where(_moves(draws), found, np.inf)


def independent_samples(draws: Draws) -> tuple[Float[np.ndarray, "parameter"], Float[np.ndarray, "parameter"]]:
    """Effective sample sizes of the middle and of the tails (the worse of the 5 % and the 95 % quantile); 0 where no chain moves.

    Source: Vehtari et al., Bayesian Anal. 16, 667 (2021), 10.1214/20-BA1221.
    """
    from arviz_stats.base.array import array_stats

    bulk = array_stats.ess(draws, chain_axis=0, draw_axis=1, method="bulk")
    tail = array_stats.ess(draws, chain_axis=0, draw_axis=1, method="tail", prob=TAILS)
    return np.where(_moves(draws), bulk, 0.0), np.where(_moves(draws), tail, 0.0)


def _moves(draws: Draws) -> np.ndarray:
    return (draws != draws[:, :1]).any((0, 1))


def sampling_verdict(
    names: Sequence[str],
    reduction: Float[np.ndarray, "parameter"],
    samples: Float[np.ndarray, "parameter"],
    divergent: Bool[np.ndarray, "chain draw"],
    acceptance: Float[np.ndarray, "chain draw"],
    warm_up: int,
) -> tuple[str, list[str]]:
    """What was sampled, in a sentence, and why it should not be used yet; nothing where nothing speaks against the draws."""
    (chains, draws), astray, accepted = divergent.shape, int(divergent.sum()), float(acceptance.mean())
    sampled = f"{chains} chains" if chains > 1 else "1 chain"
    paths = f"{astray} of {chains * draws} paths" if astray else "no path"
    words = (
        f"{sampled} of {draws} draws after {warm_up} steps of warm-up; {paths} diverged, "
        f"mean acceptance {accepted:.2f} (aim 0.8)"
    )
    return words, sampling_warnings(names, reduction, samples, chains, astray, accepted)


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
    apart = [
        f"{name} {value:.2f}" for name, value in zip(names, reduction, strict=True) if not value <= MOST_SCALE_REDUCTION
    ]
    if apart:
        found.append(
            f"the chains have not met: scale reduction of {', '.join(apart)}, expected below {MOST_SCALE_REDUCTION}; "
            "warm up and sample longer"
        )
    least = LEAST_SAMPLES * chains
    few = [f"{name} {value:.0f}" for name, value in zip(names, samples, strict=True) if not value >= least]
    if few:
        found.append(f"too few independent draws: {', '.join(few)}, expected at least {least}; sample more")
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
