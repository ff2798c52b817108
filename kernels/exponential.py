"""Exact time stepping of a decaying mode whose drive is constant or linear over the step."""

import jax.numpy as jnp
from jaxtyping import Array, Float

# Below this argument the closed forms lose digits to cancellation and the series is exact to rounding.
SERIES_BELOW = 0.03


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
    decay = jnp.exp(-x)
    small = x < SERIES_BELOW
    safe = jnp.where(small, 1.0, x)
    mean = (1 - decay) / safe
    series_w1 = 0.5 - x * (1 / 6 - x * (1 / 24 - x * (1 / 120 - x * (1 / 720 - x / 5040))))
    series_w0 = 0.5 - x * (1 / 3 - x * (1 / 8 - x * (1 / 30 - x * (1 / 144 - x / 840))))
    w1 = jnp.where(small, series_w1, (1 - mean) / safe)
    w0 = jnp.where(small, series_w0, (mean - decay) / safe)
    return decay, w0 * duration, w1 * duration
