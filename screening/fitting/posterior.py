"""Posterior of the free quantities by the no-U-turn sampler, on the true density of a fit (extra `bayes`)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from kernels.status import Status
from screening.errors import StudyError
from screening.fitting.engine import ROW_BUCKET, Engine
from screening.fitting.linearise import choose_steps, linearise
from screening.fitting.parameters import FreeParameters
from screening.fitting.result import FitResult
from screening.sampling.distributions import Normal

LogDensity = Callable[[Any], Any]
# Chains begin within this share of the distance from the best point to the nearer bound.
SPREAD = 0.2


@dataclass(frozen=True)
class Posterior:
    """Draws from a posterior.

    Attributes:
        parameters: the free quantities.
        unit: `[chain, draw, parameter]`, in the unit box.
        divergent: `[chain, draw]`, whether the path to the draw went astray; more than a few mean a wrong posterior.
    """

    parameters: FreeParameters
    unit: Float[np.ndarray, "chain draw parameter"]
    divergent: np.ndarray

    @property
    def values(self) -> Float[np.ndarray, "chain draw parameter"]:
        """The draws, SI."""
        return self.parameters.to_values(self.unit.reshape(-1, len(self.parameters))).reshape(self.unit.shape)

    @property
    def covariance(self) -> Float[np.ndarray, "parameter parameter"]:
        """Covariance in the unit box, to compare with that of the Jacobian."""
        return np.atleast_2d(np.cov(self.unit.reshape(-1, len(self.parameters)).T))

    @property
    def interval(self) -> dict[str, tuple[float, float]]:
        """Central 95 % intervals by name, SI."""
        low, high = np.quantile(self.values.reshape(-1, len(self.parameters)), [0.025, 0.975], axis=0)
        return dict(zip(self.parameters.names, zip(low.tolist(), high.tolist(), strict=True), strict=True))

    @property
    def scale_reduction(self) -> dict[str, float]:
        """How much longer chains could still narrow each quantity, by name; above 1.05 they have not met.

        Source: Gelman & Rubin, Statist. Sci. 7, 457 (1992), 10.1214/ss/1177011136, on halves of the chains.
        """
        half = self.unit.shape[1] // 2
        parts = np.concatenate([self.unit[:, :half], self.unit[:, -half:]])
        within, between = parts.var(1, ddof=1).mean(0), parts.mean(1).var(0, ddof=1)
        ratio = np.sqrt((half - 1) / half + between / within)
        return dict(zip(self.parameters.names, ratio.tolist(), strict=True))


def sample_posterior(
    result: FitResult,
    draws: int = 500,
    *,
    warm_up: int = 300,
    chains: int = 2,
    seed: int = 0,
    device: str | None = None,
) -> Posterior:
    """Sample the posterior of a fit: its priors times the likelihood of the residuals, each point simulated anew.

    The variance scale of the fit stays fixed, so that the width is comparable to that of the Jacobian.

    Args:
        result: a finished fit.
        draws: of each chain.
        warm_up: steps of each chain that tune the sampler and are thrown away.
        chains: number of chains.
        seed: random seed.
        device: "cpu" or "gpu"; JAX's default if None.

    Returns:
        Posterior.

    Raises:
        StudyError: blackjax is missing, or a number cannot be used.

    Source: Hoffman & Gelman, J. Mach. Learn. Res. 15, 1593 (2014), 10.48550/arXiv.1111.4246.

    Example:
        `sample_posterior(sei.fit("FIT.toml"), draws=1000).interval["layer1_diffusivity"]`
    """
    engine = Engine(result.problem, device)
    if result.problem.layout.needs_curves:
        engine.plan_of(result.unit[None])
    density = _density_of(engine, result.linear.scale)
    with jax.default_device(engine.device):
        return draw(density, result.problem.parameters, result.unit, draws, warm_up=warm_up, chains=chains, seed=seed)


def draw(
    log_density: LogDensity,
    parameters: FreeParameters,
    unit: Float[np.ndarray, "parameter"],
    draws: int,
    *,
    warm_up: int = 300,
    chains: int = 2,
    seed: int = 0,
) -> Posterior:
    """Draw from a density over the unit box by the no-U-turn sampler, in logits, so that the bounds are never met.

    Args:
        log_density: `[parameter]` in the unit box to the logarithm of the density, in JAX.
        parameters: the free quantities.
        unit: `[parameter]`, a point of high density; chains begin around it.
        draws: of each chain.
        warm_up: steps of each chain that tune step size and metric.
        chains: number of chains.
        seed: random seed.

    Returns:
        Posterior.

    Raises:
        StudyError: blackjax is missing, or a number cannot be used.
    """
    for name, number in (("draws", draws), ("warm_up", warm_up), ("chains", chains)):
        if number < 4 and not (name == "chains" and number >= 1):
            raise StudyError(name, got=str(number), expected="at least 4, or 1 chain")
    try:
        import blackjax
    except ImportError:
        fix = 'pip install "sei-screening[bayes]"'
        raise StudyError("the posterior sampler needs blackjax", got="not installed", fix=fix) from None

    def of_logits(logit):
        share = jax.nn.sigmoid(logit)
        return log_density(share) + jnp.sum(jax.nn.log_sigmoid(logit) + jax.nn.log_sigmoid(-logit))

    def chain(key, first):
        warm, key = jax.random.split(key)
        tuned: Any = blackjax.window_adaptation(blackjax.nuts, of_logits, is_mass_matrix_diagonal=False)
        (state, chosen), _ = tuned.run(warm, first, warm_up)
        kernel = blackjax.nuts(of_logits, **chosen)

        def step(state, key):
            moved: Any = kernel.step(key, state)
            state, info = moved
            return state, (jax.nn.sigmoid(state.position), info.is_divergent)

        return jax.lax.scan(step, state, jax.random.split(key, draws))[1]

    generator = np.random.default_rng(seed)
    inside = np.clip(unit, 1e-6, 1 - 1e-6)
    room = np.minimum(inside, 1 - inside)
    firsts = inside + SPREAD * room * generator.uniform(-1, 1, (chains, len(inside)))
    # the sampler's own arithmetic mixes types and ranks
    with jax.enable_x64(True), jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        run = jax.jit(chain)
        keys = jax.random.split(jax.random.key(seed), chains)
        # one after the other: chains side by side would all take the longest path of any
        found = [
            jax.device_get(run(key, jnp.asarray(np.log(first / (1 - first)))))
            for key, first in zip(keys, firsts, strict=True)
        ]
    return Posterior(parameters, np.stack([one[0] for one in found]), np.stack([one[1] for one in found]))


def _density_of(engine: Engine, scale: float) -> LogDensity:
    """Log density over the unit box; the gradient is that of the Jacobian, as in the fit."""
    problem = engine.problem
    rows = engine.rows + ROW_BUCKET

    def linear(unit):
        sample, drive, data = problem.sample, problem.drive, problem.data
        if not engine.recipe.layout.needs_curves:
            return *linearise(engine.recipe, engine.numerics, sample, drive, data, unit[None], None), True
        plan, status, used = choose_steps(engine.recipe, engine.numerics, sample, drive, unit[None])
        plan = jax.tree.map(lambda leaf: jax.lax.stop_gradient(leaf[:rows]), plan)
        found = linearise(engine.recipe, engine.numerics, sample, drive, data, unit[None], plan)
        return *found, (status[0] == Status.OK) & (used <= rows)

    @jax.custom_vjp
    def misfit(unit):
        return forward(unit)[0]

    def forward(unit):
        residual, jacobian, good = linear(unit)
        cost = jnp.sum(residual[0] ** 2) / (2 * scale)
        slope = jacobian[0].T @ residual[0] / scale
        good = good & jnp.isfinite(cost)
        # infinitely unlikely where there is no simulation: the sampler turns back
        return jnp.where(good, cost, jnp.inf), jnp.where(good, slope, 0.0)

    misfit.defvjp(forward, lambda slope, cotangent: (slope * cotangent,))
    return partial(_log_density, misfit, problem.parameters)


def _log_density(misfit, parameters, unit):
    total = -misfit(unit)
    for place, entry in enumerate(parameters.entries):
        if isinstance(entry.prior, Normal):
            gap = (entry.box.to_value(unit[place]) - entry.prior.mean) / entry.prior.standard_deviation
            total = total - gap**2 / 2
    return total
