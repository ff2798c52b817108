"""Exact time stepping of a decaying mode whose drive is constant or linear over the step."""

import jax.numpy as jnp
from jaxtyping import Array, Float

# Below this argument the closed form of w1 loses digits to cancellation and five terms of its series are exact to
# rounding.
SERIES_BELOW = 0.01
# exp(-40) is below rounding beside 1; much larger arguments would give denormal numbers, which are slow.
LARGEST_DECAY = 40.0


def step_weights(
    rate: Float[Array, "..."], duration: Float[Array, "..."]
) -> tuple[Float[Array, "..."], Float[Array, "..."], Float[Array, "..."]]:
    """Weights of z' = -rate z + J with J linear from J0 to J1: z1 = decay z0 + w0 J0 + w1 J1.

    A constant drive J1 has the weight w0 + w1. A zero duration leaves z unchanged, a zero rate integrates.

    Args:
        rate: s-1, non-negative, any shape.
        duration: s, non-negative, broadcast against rate.

    Returns:
        decay (-), w0 (s), w1 (s).

    Source: phi-functions of exponential integrators, Hochbruck & Ostermann, Acta Numerica 19, 209 (2010),
        10.1017/S0962492910000048, eq. 2.10.

    Example:
        >>> [float(w) for w in step_weights(jnp.asarray(0.0), jnp.asarray(2.0))]
        [1.0, 1.0, 1.0]
    """
    x = rate * duration
    decay = jnp.exp(-jnp.minimum(x, LARGEST_DECAY))
    small = x < SERIES_BELOW
    inverse = 1 / jnp.where(small, 1.0, x)
    closed_mean = (1 - decay) * inverse
    w1 = jnp.where(small, 0.5 - x * (1 / 6 - x * (1 / 24 - x * (1 / 120 - x / 720))), (1 - closed_mean) * inverse)
    # w0 + w1 is the weight of a constant drive, (1 - decay) / x = 1 - x w1.
    mean = jnp.where(small, 1 - x * w1, closed_mean)
    return decay, (mean - w1) * duration, w1 * duration
