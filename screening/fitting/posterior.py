"""Posterior of the free quantities by the no-U-turn sampler, on the true density of a fit (extra `bayes`)."""

from functools import partial

import jax
import jax.numpy as jnp

from kernels.status import Status
from screening.errors import StudyError
from screening.fitting.engine import ROW_BUCKET, Engine
from screening.fitting.fit_problem import FitProblem
from screening.fitting.fit_result import FitResult
from screening.fitting.fit_tables import LEAST_DRAWS, PosteriorSettings
from screening.fitting.linearise import choose_steps, linearise
from screening.fitting.posterior_draws import Posterior
from screening.fitting.sampler import LogDensity, check_sampler, check_sampling, draw


def sampling_settings(problem: FitProblem, draws: int | None = None) -> PosteriorSettings | None:
    """What is to be sampled after a fit; to be asked before it begins."""
    settings = problem.tables.posterior
    if draws is not None:
        if draws and draws < LEAST_DRAWS:
            expected = f"at least {LEAST_DRAWS}, or 0 for no posterior"
            raise StudyError("draws of each chain", got=str(draws), expected=expected, where="--posterior")
        settings = (settings or PosteriorSettings()).model_copy(update={"draws": draws}) if draws else None
    if settings is not None:
        check_sampler()
    return settings


def sample_posterior(
    result: FitResult,
    draws: int | None = None,
    *,
    warm_up: int | None = None,
    chains: int | None = None,
    seed: int | None = None,
    device: str | None = None,
) -> Posterior:
    """Sample the posterior of a fit: its priors times the likelihood of the residuals, each point simulated anew.

    The variance scale of the fit stays fixed, so that the width is comparable to that of the Jacobian.

    Args:
        result: a finished fit.
        draws: of each chain; where it or another number is left out, that of the table [posterior] of the fit file.
        warm_up: steps of each chain that tune the sampler and are thrown away.
        chains: number of chains.
        seed: random seed; that of the fit if left out.
        device: "cpu" or "gpu"; JAX's default if None.

    Returns:
        Posterior.

    Raises:
        StudyError: blackjax is missing, or a number cannot be used.

    Source: Hoffman & Gelman, J. Mach. Learn. Res. 15, 1593 (2014), 10.48550/arXiv.1111.4246.

    Example:
        >>> posterior = sample_posterior(result, draws=1000)  # doctest: +SKIP
        >>> posterior.warnings, posterior.interval["layer1_diffusivity"]  # doctest: +SKIP
        ([], (4.7e-15, 5.6e-15))
    """
    tables = result.problem.tables
    settings = tables.posterior or PosteriorSettings()
    numbers = {
        "warm_up": settings.warm_up if warm_up is None else warm_up,
        "chains": settings.chains if chains is None else chains,
        "seed": tables.fit.seed if seed is None else seed,
    }
    draws = settings.draws if draws is None else draws
    check_sampling(draws, numbers["warm_up"], numbers["chains"])
    engine = Engine(result.problem, device)
    if result.problem.layout.needs_curves:
        engine.plan_of(result.unit[None])
    density = _density_of(engine, result.linear.scale)
    with jax.default_device(engine.device):
        return draw(density, result.problem.parameters, result.unit, draws, **numbers)


def _density_of(engine: Engine, scale: float) -> LogDensity:
    """Log density over the unit box; the gradient is that of the Jacobian, as in the fit."""
    problem = engine.problem
    rows = engine.rows + ROW_BUCKET

    def linear(unit):
        values, data = problem.values, problem.data
        if not engine.recipe.layout.needs_curves:
            return *linearise(engine.recipe, engine.numerics, values, data, unit[None], None), True
        plan, status, used, _ = choose_steps(engine.recipe, engine.numerics, values, engine.problem.data, unit[None])
        plan = jax.tree.map(lambda leaf: jax.lax.stop_gradient(leaf[:rows]), plan)
        found = linearise(engine.recipe, engine.numerics, values, data, unit[None], plan)
        return *found, (status[0] == Status.OK) & (used <= rows)

    @jax.custom_vjp
    def misfit(unit):
        return forward(unit)[0]

    def forward(unit):
        residual, jacobian, good = linear(unit)
        cost = jnp.sum(residual[0] ** 2) / (2 * scale)
        slope = jacobian[0].T @ residual[0] / scale
        good = good & jnp.isfinite(cost)
        # a point that cannot be simulated has no probability, so the sampler turns back there
        return jnp.where(good, cost, jnp.inf), jnp.where(good, slope, 0.0)

    misfit.defvjp(forward, lambda slope, cotangent: (slope * cotangent,))
    return partial(_log_density, misfit, problem.parameters)


def _log_density(misfit, parameters, unit):
    return parameters.log_prior(unit) - misfit(unit)
