"""Exponential and logarithms as arithmetic of vectors, for code that has no library of them; traced into what uses them.

Errors stay below 2 units in the last place; an exponential below the normal range is zero.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

# Bits of the fraction, and the integer of the same size.
LAYOUT = {"float32": (23, jnp.int32), "float64": (52, jnp.int64)}
# ln(2) as a number of few digits, whose product with an exponent is exact, and the rest.
# Source: Cephes expf (S. L. Moshier) and fdlibm e_exp.c (Sun Microsystems).
LOG2 = {
    "float32": (0.693359375, -2.12194440054690581e-4),
    "float64": (6.93147180369123816490e-01, 1.90821492927058770002e-10),
}
# Terms of exp(r), |r| < ln(2) / 2, and of atanh(s) / s, |s| < 0.172; the first left out is below half a unit in the last place.
EXP_TERMS = {"float32": 8, "float64": 14}
ATANH_TERMS = {"float32": 5, "float64": 11}


def exp(x: jax.Array) -> jax.Array:
    """2**k exp(r) with x = k ln(2) + r; adding a number of the right size rounds to the integer k."""
    name, limits = x.dtype.name, np.finfo(x.dtype)
    fraction, integer = LAYOUT[name]
    rounding = 1.5 * 2.0**fraction
    bounded = jnp.clip(x, math.log(limits.tiny) - 0.1, math.log(limits.max) + 0.1)
    shifted = bounded * (1 / math.log(2)) + rounding
    k = shifted - rounding
    high, low = LOG2[name]
    r = bounded - k * high - k * low
    series = _polynomial(r, [1 / math.factorial(power) for power in range(EXP_TERMS[name])])
    # 2**(k - 1), as k itself may be one beyond the largest exponent
    power = lax.shift_left(_bits(shifted), jnp.full_like(x, fraction, integer)) + _bits(jnp.full_like(x, 0.5))
    return series * lax.bitcast_convert_type(power, x.dtype) * 2


def log(x: jax.Array, beside: jax.Array | float = 0.0) -> jax.Array:
    """k ln(2) + log(1 + f) with x = 2**k (1 + f), 1 + f from sqrt(1/2) to sqrt(2); `beside` is a small addend.

    Source: fdlibm e_log.c, log(1 + f) = f - f**2 / 2 + s (f**2 / 2 + R) with s = f / (2 + f) and R = 2 atanh(s) / s - 2.
    """
    name, limits = x.dtype.name, np.finfo(x.dtype)
    fraction, integer = LAYOUT[name]
    least = _bits(jnp.full_like(x, math.sqrt(0.5)))
    above = _bits(jnp.clip(x, limits.tiny, limits.max)) - least
    k = lax.shift_right_arithmetic(above, jnp.full_like(x, fraction, integer)).astype(x.dtype)
    f = lax.bitcast_convert_type((above & ((1 << fraction) - 1)) + least, x.dtype) - 1
    s, half = f / (2 + f), 0.5 * f * f
    rest = s * s * _polynomial(s * s, [2 / (2 * term + 1) for term in range(1, ATANH_TERMS[name])])
    high, low = LOG2[name]
    found = k * high - ((half - (s * (half + rest) + (k * low + beside))) - f)
    found = jnp.where(x < jnp.inf, found, x)
    return jnp.where(x > 0, found, jnp.where(x == 0, -jnp.inf, jnp.nan))


def log1p(x: jax.Array) -> jax.Array:
    """log(w) of w = 1 + x, and what rounding took from w."""
    w = 1 + x
    lost = jnp.where(x > 1, 1 - (w - x), x - (w - 1))
    found = log(w, jnp.where((w > 0) & (w < jnp.inf), lost / w, 0.0))
    return jnp.where(w == 1, x, found)


def asinh(x: jax.Array) -> jax.Array:
    """Logarithm of |x| + sqrt(1 + x**2), with the sign of x."""
    size = jnp.abs(x)
    large = size > float(np.finfo(x.dtype).eps) ** -0.5
    u = jnp.where(large, 0.0, size)
    found = jnp.where(large, log(size) + math.log(2), log1p(u + u * u / (1 + jnp.sqrt(1 + u * u))))
    return jnp.where(x < 0, -found, found)


def _polynomial(x, coefficients):
    """Sum of coefficients times powers, from the highest down."""
    total = jnp.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total


def _bits(x):
    return lax.bitcast_convert_type(x, LAYOUT[x.dtype.name][1])
