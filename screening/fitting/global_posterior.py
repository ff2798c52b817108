"""The posterior of a fit from simulations of its priors: weighed by the data, refined by adaptive importance sampling."""

import os

import numpy as np

from screening.errors import StudyError
from screening.fitting.engine import Engine
from screening.fitting.fit_result import FitResult
from screening.fitting.population_monte_carlo import (
    LEAST_EFFECTIVE,
    MOST_PARETO_SHAPE,
    Mixture,
    resample,
    sample,
    smoothed,
)
from screening.fitting.posterior_draws import Posterior, Weighing
from screening.fitting.prior_simulations import APART, compared
from screening.fitting.uncertainty import uncertainty_of

# Minima whose cost lies so far above the best have no part in the posterior; at most so many are described by their curvature.
NEGLIGIBLE, MINIMA = 40.0, 8


def global_posterior(
    result: FitResult,
    simulations: str | os.PathLike[str],
    draws: int = 1000,
    *,
    device: str | None = None,
    threads: int | None = None,
) -> Posterior:
    """The posterior of a fit over the whole range of its priors, from a store of simulations that many data sets share.

    The simulations are weighed by the data. Where too few of them count, rounds of draws from a mixture that learns from
    the weights, each simulated anew, make the posterior. As for `sample_posterior` the variance scale of the fit stays fixed.

    Args:
        result: a finished fit, whose minima are the first that is known of narrow modes.
        simulations: a store of `simulate_prior` of the same experiment; the measured numbers may be others.
        draws: of the posterior, in two halves.
        device: "cpu" or "gpu"; JAX's default if None.
        threads: calls at once; the usable cores if left out.

    Returns:
        Posterior; `weighing` tells the Pareto shape of the weights and the effective sample size.

    Raises:
        StudyError: the simulations are of another experiment, too few count even after all rounds, or arviz-stats is missing.

    Source: Vehtari et al., J. Mach. Learn. Res. 25, 72 (2024), 10.48550/arXiv.1507.02646; Cornuet et al., Scand. J. Stat. 39, 798
        (2012), 10.1111/j.1467-9469.2011.00756.x.

    Example:
        >>> posterior = global_posterior(result, "S.zarr")  # doctest: +SKIP
        >>> posterior.weighing.effective  # doctest: +SKIP
        2310.4
    """
    problem, scale = result.problem, result.linear.scale
    unit, cost = compared(problem, simulations)
    known = -cost / (2 * scale)
    engine = Engine(problem, device, threads)
    weight, shape = smoothed(known)
    effective, evaluated = 1 / float(np.sum(weight**2)), 0
    # interpolated curves are good enough to find modes, not for the last digits of narrow ones
    if problem.layout.curves or shape > MOST_PARETO_SHAPE or effective < 2 * draws:

        def log_likelihood(points):
            residual = engine.residuals(points)
            return np.where(np.isfinite(residual).all(1), -np.sum(residual**2, 1) / (2 * scale), -np.inf)

        first = _minima(engine, result)
        found = sample(
            log_likelihood,
            problem.parameters.log_prior,
            unit,
            known,
            first=first,
            wanted=2 * draws,
            seed=problem.tables.fit.seed,
        )
        unit, weight, shape, evaluated = found
        effective = found.effective
        if not found.useful:
            raise StudyError(
                "the weights do not tell the posterior",
                got=f"{effective:.0f} effective draws, Pareto shape {shape:.2f}, after {evaluated} more simulations",
                expected=f"at least {LEAST_EFFECTIVE}, shape up to {MOST_PARETO_SHAPE}",
                fix="raise --global, or narrow the bounds",
            )
    count = 2 * (min(draws, int(effective)) // 2)
    chosen = unit[resample(weight, count, problem.tables.fit.seed)].reshape(2, count // 2, -1)
    nothing = np.zeros(chosen.shape[:2], bool)
    weighing = Weighing(shape, effective, len(cost), evaluated)
    return Posterior(
        problem.parameters, chosen, nothing, np.ones(chosen.shape[:2]), 0, problem.tables.fit.seed, weighing
    )


def _minima(engine: Engine, result: FitResult) -> Mixture:
    """Curvature at the best point and at the other minima that count, as parts of a mixture."""
    starts, scale = result.starts, result.linear.scale
    centres = [result.unit]
    for start in result.best_starts:
        apart = all(np.abs(starts.unit[start] - other).max() > APART for other in centres)
        if starts.cost[start] - result.cost < NEGLIGIBLE * scale and apart and len(centres) < MINIMA:
            centres.append(starts.unit[start])
    points = np.stack(centres)
    jacobian = engine.evaluate(points).jacobian
    covariance = np.stack(
        [
            uncertainty_of(result.problem.parameters, point, one, (scale, 1.0)).covariance
            for point, one in zip(points, jacobian, strict=True)
        ]
    )
    return Mixture(np.full(len(points), 1 / len(points)), points, np.linalg.cholesky(covariance))
