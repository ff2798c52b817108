"""Posterior draws by adaptive importance sampling: a mixture that learns from weighted draws, in numpy alone.

Rounds draw from a mixture of Student distributions, weigh all draws so far against all proposals so far, and fit the mixture to
them. Where the weights are carried by a few draws, a tempered density is learnt first, so that narrow and separate modes are found
from a wide cloud. The prior is one of the proposals to the end, which bounds the weights of what the mixture does not know.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import gammaln, logsumexp

from screening.errors import StudyError
from screening.sampling.streams import random_words, unit_interval

# Fewer effective draws do not tell the ends of a 95 % interval; above this Pareto shape weighted means have no known error.
LEAST_EFFECTIVE, MOST_PARETO_SHAPE = 100, 0.7
# Degrees of freedom and number of the mixture's parts, iterations of its fit, draws it is fitted to.
TAIL, PARTS, STEPS, FITTED = 5.0, 12, 25, 2000
# A part stands on so many effective draws for each of its degrees of freedom: with fewer it wraps itself round single draws, the
# tails are lost, and neither the effective number nor the Pareto shape shows it.
SUPPORT = 6.0
# A fifth of each part's draws come from twice its width, for tails that no draw has met yet.
WIDER, WIDE = 2.0, 0.2
# A tempered density keeps so many draws effective; share of a round that comes from the prior.
TEMPERED, DEFENSIVE = 150, 0.1


class Weighted(NamedTuple):
    """Draws with weights.

    Attributes:
        unit: `[draw, parameter]`, in the unit box.
        weight: `[draw]`, smoothed, of sum one.
        pareto_shape: of the largest weights (k-hat); above 0.7 means over them cannot be trusted.
        evaluated: densities computed beside those given.
    """

    unit: Float[np.ndarray, "draw parameter"]
    weight: Float[np.ndarray, "draw"]
    pareto_shape: float
    evaluated: int = 0

    @property
    def effective(self) -> float:
        """Number of equal draws that would say as much. Source: Kish, Survey Sampling (1965)."""
        return 1 / float(np.sum(self.weight**2))

    @property
    def useful(self) -> bool:
        """Whether means and the ends of intervals can be trusted."""
        return self.pareto_shape <= MOST_PARETO_SHAPE and self.effective >= LEAST_EFFECTIVE


class Mixture(NamedTuple):
    """Student distributions: shares `[part]`, centres `[part, parameter]`, Cholesky factors `[part, parameter, parameter]`."""

    share: np.ndarray
    centre: np.ndarray
    factor: np.ndarray

    def log_parts(self, unit: Float[np.ndarray, "draw parameter"]) -> tuple[np.ndarray, np.ndarray]:
        """Logarithms of shares times densities, and squared distances, both `[draw, part]`."""
        width = unit.shape[1]
        gap = np.einsum("kij,dkj->dki", np.linalg.inv(self.factor), unit[:, None] - self.centre)
        square = np.sum(gap**2, 2)
        scale = np.sum(np.log(np.diagonal(self.factor, axis1=1, axis2=2)), 1) + 0.5 * width * np.log(TAIL * np.pi)
        norm = float(gammaln((TAIL + width) / 2) - gammaln(TAIL / 2)) - scale
        return np.log(self.share) + norm - (TAIL + width) / 2 * np.log1p(square / TAIL), square

    def draw(self, count: int, seed: int, label: str) -> Float[np.ndarray, "draw parameter"]:
        """Draws from it, by a counter-based stream."""
        random = _generator(seed, label)
        part = random.choice(len(self.share), count, p=self.share)
        normal = (
            random.normal(size=(count, self.centre.shape[1])) / np.sqrt(random.chisquare(TAIL, count) / TAIL)[:, None]
        )
        return self.centre[part] + np.einsum("dij,dj->di", self.factor[part], normal)


def smoothed(log_weight: Float[np.ndarray, "draw"]) -> tuple[Float[np.ndarray, "draw"], float]:
    """Weights of sum one, the largest replaced by quantiles of a Pareto distribution, and its shape (k-hat).

    Source: Vehtari et al., J. Mach. Learn. Res. 25, 72 (2024), 10.48550/arXiv.1507.02646.
    """
    check_weights()
    from arviz_stats.base.array import array_stats

    possible = np.flatnonzero(np.isfinite(log_weight))
    weight = np.zeros(len(log_weight))
    if len(possible) < LEAST_EFFECTIVE:
        weight[possible] = 1 / max(len(possible), 1)
        return weight, np.inf
    # ArviZ takes log likelihoods of left-out points, the negatives of log weights
    with np.errstate(all="ignore"):
        smooth: Any = array_stats.psislw(-log_weight[possible])
    found, shape = (np.asarray(one, float) for one in smooth)
    if not np.isfinite(found).all():
        found, shape = log_weight[possible], np.inf
    weight[possible] = np.exp(found - logsumexp(found))
    return weight, float(shape)


def check_weights() -> None:
    """Refuse to weigh where the extra `bayes` is not installed."""
    if find_spec("arviz_stats") is None:
        fix = 'pip install "sei-screening[bayes]"'
        raise StudyError(
            "importance weights need arviz-stats", got="not installed", expected="the extra bayes", fix=fix
        )


def sample(
    log_likelihood: Callable[[Float[np.ndarray, "draw parameter"]], Float[np.ndarray, "draw"]],
    log_prior: Callable[[Float[np.ndarray, "draw parameter"]], Float[np.ndarray, "draw"]],
    unit: Float[np.ndarray, "draw parameter"],
    known: Float[np.ndarray, "draw"],
    *,
    first: Mixture | None = None,
    wanted: int = 2000,
    each: int = 512,
    rounds: int = 30,
    seed: int = 0,
) -> Weighted:
    """Weighted draws from prior times likelihood over the unit box.

    Args:
        log_likelihood: of points of the unit box; minus infinity where there is none.
        log_prior: density of the prior there.
        unit: `[draw, parameter]`, draws from the prior.
        known: `[draw]`, their log likelihood; it finds the modes, only densities computed anew count.
        first: what is known of the modes, such as the curvature at minima; drawn from once the draws show modes of their own.
        wanted: effective draws.
        each: draws of a round.
        rounds: at most so many.
        seed: random seed.

    Returns:
        the draws; whether they are `useful` is for the caller to ask.

    Source: deterministic mixture weights, Cornuet et al., Scand. J. Stat. 39, 798 (2012), 10.1111/j.1467-9469.2011.00756.x;
        mixtures fitted to weighted draws, Cappé et al., Stat. Comput. 18, 447 (2008), 10.1007/s11222-008-9059-x.
    """
    inside = np.isfinite(known)
    if inside.sum() < TEMPERED:
        got = f"{inside.sum()} of {len(known)} simulations"
        raise StudyError("too few simulations", got=got, expected=f"at least {TEMPERED}", fix="raise --global")
    cloud, (tempered, power) = unit[inside], _tempered(known[inside])
    proposals: list[tuple[int, Mixture]] = []
    drawn, likelihood = np.zeros((0, unit.shape[1])), np.zeros(0)
    found = Weighted(drawn, likelihood, np.inf)
    ancient = int(DEFENSIVE * each)
    for turn in range(rounds):
        mixture = fitted(cloud, tempered, seed, f"mixture {turn}")
        if first is not None and (power == 1 or turn == rounds // 2):
            # not before the modes of the cloud are learnt: a known narrow one would take all weight, and the others be forgotten
            mixture, first = _mixed(mixture, first, 0.5), None
        others = unit[(turn * ancient + np.arange(ancient)) % len(unit)]
        fresh = np.concatenate([mixture.draw(each - ancient, seed, f"round {turn}"), others])
        within = ((fresh > 0) & (fresh < 1)).all(1)
        value = np.full(each, -np.inf)
        value[within] = log_likelihood(fresh[within])
        proposals.append((each - ancient, mixture))
        drawn, likelihood = np.concatenate([drawn, fresh]), np.concatenate([likelihood, value])
        usable = np.flatnonzero(np.isfinite(likelihood))
        prior = log_prior(drawn[usable])
        density = [np.log(count) + logsumexp(one.log_parts(drawn[usable])[0], axis=1) for count, one in proposals]
        density.append(np.log(ancient * len(proposals)) + prior)
        base = prior - logsumexp(np.stack(density), axis=0)
        log_weight = np.full(len(drawn), -np.inf)
        log_weight[usable] = likelihood[usable] + base
        weight, shape = smoothed(log_weight)
        found = Weighted(drawn, weight, shape, len(drawn))
        if found.effective >= wanted and found.useful:
            break
        cloud, (tempered, power) = drawn[usable], _tempered(likelihood[usable], base)
    return found


def fitted(unit: np.ndarray, weight: np.ndarray, seed: int, label: str) -> Mixture:
    """A mixture fitted to weighted draws by expectation maximisation, begun at draws far from each other.

    Parts on too few draws go one by one, the smallest first, so that its draws join a neighbour and not the only part left.
    """
    random = _generator(seed, label)
    chosen = unit[random.choice(len(unit), FITTED, p=weight)]
    width = unit.shape[1]
    spread = np.cov(chosen.T).reshape(width, width) + 1e-12 * np.eye(width)
    whitened = np.linalg.solve(np.linalg.cholesky(spread), chosen.T).T
    places = [0]
    for _ in range(PARTS - 1):
        distance = np.min([np.sum((whitened - whitened[at]) ** 2, 1) for at in places], axis=0)
        if not distance.sum() > 0:
            break
        places.append(int(random.choice(FITTED, p=distance / distance.sum())))
    count = len(places)
    small = spread / count ** (2 / width)
    mixture = Mixture(np.full(count, 1 / count), chosen[places], np.repeat(np.linalg.cholesky(small)[None], count, 0))
    least = SUPPORT * (width + 1) * max(FITTED * float(np.sum(weight**2)), 1.0)
    for _ in range(STEPS):
        parts, square = mixture.log_parts(chosen)
        belongs = np.exp(parts - logsumexp(parts, axis=1, keepdims=True))
        total = belongs.sum(0)
        kept = (total >= least) | (np.arange(len(total)) != np.argmin(total)) | (len(total) == 1)
        belongs, total = belongs[:, kept], total[kept]
        near = belongs * ((TAIL + width) / (TAIL + square[:, kept]))
        centre = (near.T @ chosen) / near.sum(0)[:, None]
        gap = chosen[:, None] - centre
        covariance = np.einsum("dk,dki,dkj->kij", near, gap, gap) / total[:, None, None]
        # a part is never flat: a thousandth of the whole spread in every direction
        factor = np.linalg.cholesky(covariance + 1e-6 * spread)
        mixture = Mixture(total / total.sum(), centre, factor)
    return _mixed(mixture, mixture._replace(factor=WIDER * mixture.factor), WIDE)


def resample(weight: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Numbers `[draw]` taken in proportion to weights, in random order.

    Source: systematic resampling, Douc & Cappé, ISPA 2005, 10.1109/ISPA.2005.195385.
    """
    start = unit_interval(random_words(seed, "resample", 0, 1))[0]
    chosen = np.searchsorted(np.cumsum(weight), (np.arange(count) + start) / count * weight.sum())
    return np.minimum(chosen, len(weight) - 1)[np.argsort(random_words(seed, "order", 0, count))]


def _tempered(log_likelihood, base=0.0) -> tuple[np.ndarray, float]:
    """Weights of the largest power of the likelihood, up to one, that leaves enough draws effective, and the power."""

    def weights(power):
        return np.exp(power * log_likelihood + base - logsumexp(power * log_likelihood + base))

    low, high = 0.0, 2.0
    for _ in range(60):
        power = (low + high) / 2
        enough = 1 / np.sum(weights(power) ** 2) >= TEMPERED
        if enough and power == 1:
            return weights(power), power
        low, high = (power, high) if enough else (low, power)
    return weights(low), low


def _mixed(one: Mixture, other: Mixture, share: float) -> Mixture:
    """Both mixtures, the other with a share."""
    shares = np.concatenate([(1 - share) * one.share, share * other.share])
    return Mixture(shares, np.concatenate([one.centre, other.centre]), np.concatenate([one.factor, other.factor]))


def _generator(seed: int, label: str) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=random_words(seed, label, 0, 2)))
