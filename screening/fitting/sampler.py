"""The no-U-turn sampler (extra `bayes`) over the unit box of the free quantities."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from screening.errors import StudyError
from screening.fitting.fit_tables import LEAST_DRAWS
from screening.fitting.parameters import FreeParameters
from screening.fitting.posterior_draws import Posterior

LogDensity = Callable[[Any], Any]
# Chains begin within this fraction of the distance from the best point to the nearer bound.
SPREAD = 0.2
# Draws of one compiled call; an interrupt takes effect between two calls.
PIECE = 50


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
    """Draw from a density over the unit box by the no-U-turn sampler, in logits, so that the bounds are never met."""
    check_sampling(draws, warm_up, chains)
    import blackjax

    def of_logits(logit):
        share = jax.nn.sigmoid(logit)
        return log_density(share) + jnp.sum(jax.nn.log_sigmoid(logit) + jax.nn.log_sigmoid(-logit))

    @jax.jit
    def tune(key, first):
        tuned: Any = blackjax.window_adaptation(blackjax.nuts, of_logits, is_mass_matrix_diagonal=False)
        (state, chosen), _ = tuned.run(key, first, warm_up)
        return state, chosen

    @jax.jit
    def go_on(state, chosen, keys):
        kernel = blackjax.nuts(of_logits, **chosen)

        def step(state, key):
            moved: Any = kernel.step(key, state)
            state, info = moved
            return state, (jax.nn.sigmoid(state.position), info.is_divergent, info.acceptance_rate)

        return jax.lax.scan(step, state, keys)

    generator = np.random.default_rng(seed)
    inside = np.clip(unit, 1e-6, 1 - 1e-6)
    room = np.minimum(inside, 1 - inside)
    firsts = inside + SPREAD * room * generator.uniform(-1, 1, (chains, len(inside)))
    pieces = -(-draws // PIECE)
    length = -(-draws // pieces)  # the same for all pieces, so that one is compiled; surplus draws are dropped
    found = []
    # blackjax mixes types and ranks in its own arithmetic
    with jax.enable_x64(True), jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        # chains run one after another: in a batch, each would wait for the longest trajectory of all
        for key, first in zip(jax.random.split(jax.random.key(seed), chains), firsts, strict=True):
            warm, key = jax.random.split(key)
            state, chosen = jax.block_until_ready(tune(warm, jnp.asarray(np.log(first / (1 - first)))))
            parts = []
            for keys in jax.random.split(key, (pieces, length)):
                state, part = go_on(state, chosen, keys)
                parts.append(jax.device_get(part))
            found.append([np.concatenate(column)[:draws] for column in zip(*parts, strict=True)])
    drawn, divergent, acceptance = (np.stack(column) for column in zip(*found, strict=True))
    return Posterior(parameters, drawn, divergent, acceptance, warm_up, seed)


def check_sampling(draws: int, warm_up: int, chains: int) -> None:
    """Refuse to sample before anything is computed."""
    for name, number, least in (
        ("draws", draws, LEAST_DRAWS),
        ("warm_up", warm_up, LEAST_DRAWS),
        ("chains", chains, 1),
    ):
        if number < least:
            raise StudyError(name, got=str(number), expected=f"at least {least}")
    check_sampler()


def check_sampler() -> None:
    """Refuse to sample where the extra `bayes` is not installed."""
    for module, name in (("blackjax", "blackjax"), ("arviz_stats", "arviz-stats")):
        if find_spec(module) is None:
            fix = 'pip install "sei-screening[bayes]"'
            what = f"the posterior sampler needs {name}"
            raise StudyError(what, got="not installed", expected="the extra bayes", fix=fix)
