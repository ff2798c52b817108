"""Exact time stepping of a decaying mode whose drive is a polynomial over the step."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

# Below this argument the closed forms lose digits to cancellation, and so many terms of a series are exact to rounding.
SERIES = {"float32": (0.3, 5), "float64": (0.1, 7)}
# exp(-40) is below rounding beside 1; much larger arguments would give denormal numbers, which are slow.
LARGEST_DECAY = 40.0


def step_shares(
    x: Float[Array, "..."], inverse: Float[Array, "..."]
) -> tuple[Float[Array, "..."], Float[Array, "..."], Float[Array, "..."], Float[Array, "..."]]:
    """Weights of z' = -rate z + J over a step h: z1 = decay z0 + h (mean J0 + linear (J1 - J0 - b) + square b).

    J runs from J0 to J1 as J0 + s (J1 - J0) + b s (s - 1), s the share of the step that has passed; b is half the second
    difference of J. A zero duration leaves z unchanged, a zero rate integrates.

    Args:
        x: rate h, non-negative, any shape.
        inverse: 1 / x where x is no small number, anything finite elsewhere; given, as a product is cheaper than a division.

    Returns:
        decay, mean, linear, square (dimensionless).

    Source: phi-functions of exponential integrators, Hochbruck & Ostermann, Acta Numerica 19, 209 (2010),
        10.1017/S0962492910000048, eq. 2.10.

    Example:
        >>> [round(float(w), 4) for w in step_shares(jnp.asarray(0.0), jnp.asarray(1.0))]
        [1.0, 1.0, 0.5, 0.3333]
    """
    below, terms = SERIES[x.dtype.name]
    decay = jnp.exp(-jnp.minimum(x, LARGEST_DECAY))
    small = x < below
    # The weights of a constant, linear and quadratic drive, each from the one before; downwards where x is small.
    closed_mean = (1 - decay) * inverse
    closed_linear = (1 - closed_mean) * inverse
    series = jnp.full_like(x, 2 / math.factorial(terms + 2))
    for power in reversed(range(terms - 1)):
        series = 2 / math.factorial(power + 3) - x * series
    square = jnp.where(small, series, (1 - 2 * closed_linear) * inverse)
    linear = jnp.where(small, 0.5 * (1 - x * square), closed_linear)
    mean = jnp.where(small, 1 - x * linear, closed_mean)
    return decay, mean, linear, square
