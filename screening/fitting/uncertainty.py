"""How far the data determine the quantities: covariance, correlation, and the combinations that are determined."""

import itertools
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from screening.fitting.engine import Engine
from screening.fitting.parameters import FreeParameters
from screening.units import format_quantity

# A quantity whose 95 % interval by the Jacobian is wider than this share of its box is not determined by the data.
UNDETERMINED_SHARE = 0.5
# 95 % of a normal distribution.
TWO_SIDED_95 = 1.959963984540054
# Lengths of the runs of neighbouring points whose means tell structure from noise.
RUNS = (2, 5, 10, 25)
# A combination is named when it is determined this much better than either quantity alone.
MUCH_BETTER = 5.0


@dataclass(frozen=True)
class LinearUncertainty:
    """Local uncertainty at the best point, in the unit box.

    Attributes:
        covariance: `[parameter, parameter]`; directions without information have the variance of the box.
        scale: factor on the variance that the residuals ask for (see `variance_scale`).
        repeated: the part of it that comes from the correlation of neighbouring residuals.
        eigenvalues: `[direction]`, of the information J^T J of the data alone, before that factor, largest first.
        directions: `[direction, parameter]`.
    """

    covariance: Float[np.ndarray, "parameter parameter"]
    scale: float
    repeated: float
    eigenvalues: Float[np.ndarray, "direction"]
    directions: Float[np.ndarray, "direction parameter"]

    @property
    def deviations(self) -> Float[np.ndarray, "parameter"]:
        """Standard deviations in the unit box."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def correlation(self) -> Float[np.ndarray, "parameter parameter"]:
        """Correlation matrix."""
        return self.covariance / np.outer(self.deviations, self.deviations)


def variance_scale(
    residual: Float[np.ndarray, "residual"], curves: list[slice], fitted: int, noise_known: bool
) -> tuple[float, float]:
    """Factor on the variance: the reduced chi2, and how much neighbouring residuals repeat each other.

    Where the model misses the data, neighbouring residuals are correlated and carry less information than as many
    independent ones. With r the lag-one correlation along the curves the factor is (1 + r) / (1 - r), but at least one.

    Source: Birge, Phys. Rev. 40, 207 (1932), 10.1103/PhysRev.40.207; effective sample size of a first-order
        autoregression, Bayley & Hammersley, Suppl. J. R. Stat. Soc. 8, 184 (1946), 10.2307/2983560.
    """
    count = np.count_nonzero(residual)
    free = count - fitted
    reduced = float(np.sum(residual**2)) / free if free > 0 else 1.0
    pairs = [(residual[part][:-1], residual[part][1:]) for part in curves]
    before, after = (np.concatenate([pair[side] for pair in pairs]) if pairs else np.zeros(0) for side in (0, 1))
    both = (before != 0) & (after != 0)
    power = float(np.sum(before[both] ** 2 + after[both] ** 2)) / 2
    lag = float(np.sum(before[both] * after[both])) / power if power > 0 else 0.0
    noise = 2 / math.sqrt(max(count, 1))
    lag = min(lag, 0.99) if lag > noise else 0.0
    repeated = (1 + lag) / (1 - lag)
    return (max(reduced, 1.0) if noise_known else reduced) * repeated, repeated


def structure(curves: list[np.ndarray]) -> float:
    """How far neighbouring residuals hang together, in standard deviations of what independent ones do.

    The mean of a run of L independent residuals of variance v has the variance v / L. What a model lacks is smooth, so that
    means over longer runs keep it and exceed that, even where single points are mostly noise; the worst of several lengths.

    Source: batch means, Conway, Manag. Sci. 10, 47 (1963), 10.1287/mnsc.10.1.47.

    Example:
        >>> noise = np.random.default_rng(0).normal(size=400)
        >>> structure([noise]) < 4 < structure([noise + np.sin(np.arange(400) / 20)])
        True
    """
    here = [curve[curve != 0] for curve in curves]
    count = sum(map(len, here))
    variance = sum(float(np.sum(curve**2)) for curve in here) / max(count, 1)
    found = 0.0
    for length in RUNS:
        means = np.concatenate(
            [curve[: len(curve) // length * length].reshape(-1, length).mean(1) for curve in here] or [np.zeros(0)]
        )
        if len(means) and variance > 0:
            ratio = float(np.mean(means**2)) * length / variance
            found = max(found, (ratio - 1) * math.sqrt(len(means) / 2))
    return found


def linear_uncertainty(
    engine: Engine, unit: Float[np.ndarray, "parameter"]
) -> tuple[LinearUncertainty, np.ndarray, np.ndarray]:
    """Covariance at the best point from the Jacobian, the residuals there, and the Jacobian."""
    problem = engine.problem
    found = engine.evaluate(unit[None])
    residual, jacobian = found.residual[0], found.jacobian[0]
    nodes = problem.data.time.shape[0]
    curves = [slice(k * nodes, (k + 1) * nodes) for k in range(len(problem.layout.curves))]
    fitted = len(unit) + problem.data.profiled
    scale = variance_scale(residual, curves, fitted, problem.noise_known)
    return uncertainty_of(problem.parameters, unit, jacobian, scale), residual, jacobian


def uncertainty_of(
    parameters: FreeParameters,
    unit: Float[np.ndarray, "parameter"],
    jacobian: Float[np.ndarray, "residual parameter"],
    scale: tuple[float, float],
) -> LinearUncertainty:
    """Covariance at a point from the Jacobian there."""
    information = jacobian.T @ jacobian
    _, slope = parameters.prior_residuals(unit[None])
    # The box itself is information: a uniform distribution over it has the variance 1/12.
    posterior = information / scale[0] + slope[0].T @ slope[0] + 12.0 * np.eye(len(unit))
    values, vectors = np.linalg.eigh(information)
    order = np.argsort(-values)
    return LinearUncertainty(np.linalg.inv(posterior), *scale, np.maximum(values[order], 0.0), vectors.T[order])


def determined_combinations(parameters: FreeParameters, linear: LinearUncertainty) -> list[str]:
    """Products and ratios of two quantities that the data determine although they do not determine either alone."""
    pairs = [
        pair
        for pair in _determined_pairs(parameters, linear)
        if pair.first < pair.second or not parameters.entries[pair.first].logarithmic
    ]
    return [_sentence(parameters, pair) for pair in sorted(pairs, key=lambda pair: pair.together / pair.alone)]


def entangled(parameters: FreeParameters, linear: LinearUncertainty) -> set[int]:
    """Quantities that the data determine far better in a combination than alone; alone, only bounds or priors limit them."""
    return {pair.first for pair in _determined_pairs(parameters, linear)}


class _Pair(NamedTuple):
    """first * second^power (logarithms) or first + power * ln second, with standard deviations."""

    first: int
    second: int
    power: float
    together: float
    alone: float


def _determined_pairs(parameters, linear) -> list[_Pair]:
    widths = np.array(
        [entry.box.width if entry.logarithmic else entry.bounds[1] - entry.bounds[0] for entry in parameters.entries]
    )
    covariance = linear.covariance * np.outer(widths, widths)
    deviation = np.sqrt(np.diag(covariance))
    found = []
    for first, second in itertools.permutations(range(len(widths)), 2):
        one, other = parameters.entries[first], parameters.entries[second]
        if not other.logarithmic:
            continue
        power = -covariance[first, second] / covariance[second, second]
        if one.logarithmic and not 0.25 < abs(power) < 4.0:
            continue  # nearly one of the two alone
        if one.logarithmic:
            rounded = math.copysign(min((0.5, 1.0, 2.0), key=lambda size: abs(math.log(size / abs(power)))), power)
            if _together(covariance, first, second, rounded) * MUCH_BETTER < deviation[first]:
                power = rounded
        together = _together(covariance, first, second, power)
        if together * MUCH_BETTER < deviation[first]:
            found.append(_Pair(first, second, float(power), together, float(deviation[first])))
    return found


def direction_words(parameters: FreeParameters, linear: LinearUncertainty) -> list[str]:
    """Every eigen-direction of the information in words, the best determined first."""
    lines = []
    for value, vector in zip(linear.eigenvalues, linear.directions, strict=True):
        sign = 1.0 if vector[np.argmax(np.abs(vector))] > 0 else -1.0
        terms = [
            f"{'-' if sign * share < 0 else '+'} {abs(share):.2g} {name}"
            for share, name in sorted(zip(vector, parameters.names, strict=True), key=lambda pair: -abs(pair[0]))
            if abs(share) > 0.1
        ]
        half = TWO_SIDED_95 * math.sqrt(linear.scale / value) if value > 0 else math.inf
        words = f"95 % within {100 * half:.2g} % of the box" if half < UNDETERMINED_SHARE else "not determined"
        lines.append(f"{' '.join(terms).removeprefix('+ ')}: {words}")
    return lines


def _together(covariance, first, second, power) -> float:
    """Standard deviation of one coordinate plus `power` times another."""
    square = covariance[first, first] + 2 * power * covariance[first, second] + power**2 * covariance[second, second]
    return math.sqrt(max(float(square), 0.0))


def _sentence(parameters, pair) -> str:
    one, other = parameters.entries[pair.first], parameters.entries[pair.second]
    power, together, alone = pair.power, pair.together, pair.alone
    if not one.logarithmic:
        name = f"{one.name} {'+' if power > 0 else '-'} {format_quantity(abs(power), one.unit, 3)} * ln {other.name}"
        ends = [format_quantity(value, one.unit, 2) for value in (together, min(alone, one.bounds[1] - one.bounds[0]))]
        return f"{name} is determined to {ends[0]}, {one.name} alone is not ({ends[1]} or more)"
    size = f"^{abs(power):.2g}" if abs(power) != 1.0 else ""
    name = f"{one.name} {'*' if power > 0 else '/'} {other.name}{size}"
    return (
        f"{name} is determined to {_percent(together)}, {one.name} alone is not ({_percent(min(alone, one.box.width))})"
    )


def _percent(deviation: float) -> str:
    """A standard deviation of the logarithm as a percentage, or a factor where it is large."""
    return f"{100 * deviation:.2g} %" if deviation < 0.5 else f"a factor {math.exp(min(deviation, 50.0)):.2g}"
