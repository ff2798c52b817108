"""Exact time stepping of a decaying mode whose drive is a polynomial over the step."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

# Below this argument the closed forms lose digits to cancellation and seven terms of a series are exact to rounding.
SERIES_BELOW = 0.1
# exp(-40) is below rounding beside 1; much larger arguments would give denormal numbers, which are slow.
LARGEST_DECAY = 40.0
SERIES_TERMS = 7


def step_weights(
    rate: Float[Array, "..."], duration: Float[Array, "..."]
) -> tuple[Float[Array, "..."], Float[Array, "..."], Float[Array, "..."], Float[Array, "..."]]:
    """Weights of z' = -rate z + J: z1 = decay z0 + w0 J0 + w1 J1 + w2 b.

    J runs from J0 to J1 as J0 + s (J1 - J0) + b s (s - 1), s the share of the step that has passed; b is half the second
    difference of J. A constant drive J1 has the weight w0 + w1. A zero duration leaves z unchanged, a zero rate integrates.

    Args:
        rate: s-1, non-negative, any shape.
        duration: s, non-negative, broadcast against rate.

    Returns:
        decay (-), w0 (s), w1 (s), w2 (s).

    Source: phi-functions of exponential integrators, Hochbruck & Ostermann, Acta Numerica 19, 209 (2010),
        10.1017/S0962492910000048, eq. 2.10.

    Example:
        >>> [round(float(w), 4) for w in step_weights(jnp.asarray(0.0), jnp.asarray(2.0))]
        [1.0, 1.0, 1.0, -0.3333]
    """
    x = rate * duration
    decay = jnp.exp(-jnp.minimum(x, LARGEST_DECAY))
    small = x < SERIES_BELOW
    inverse = 1 / jnp.where(small, 1.0, x)
    # The weights of a constant, linear and quadratic drive, each from the one before; downwards where x is small.
    closed_mean = (1 - decay) * inverse
    closed_first = (1 - closed_mean) * inverse
    series = jnp.zeros_like(x)
    for power in reversed(range(SERIES_TERMS)):
        series = 2 / math.factorial(power + 3) - x * series
    second = jnp.where(small, series, (1 - 2 * closed_first) * inverse)
    w1 = jnp.where(small, 0.5 * (1 - x * second), closed_first)
    mean = jnp.where(small, 1 - x * w1, closed_mean)
    return decay, (mean - w1) * duration, w1 * duration, (second - w1) * duration
