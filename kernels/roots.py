"""Roots of increasing scalar functions, one per lane, with derivatives by the implicit function theorem.

One search stays apart: in the hot loop `kernels.charge_transfer` starts from a good guess, unrolls its first steps, has its slope
in closed form and stops at a tolerance of its own.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

# Bisection alone settles 64 bits in this many steps; Newton steps inside the bracket need about ten.
LARGEST_ITERATIONS = 100


def monotone_root(
    function: Callable[[Float[Array, "*lane"]], Float[Array, "*lane"]],
    low: Float[Array, "*lane"],
    high: Float[Array, "*lane"],
) -> Float[Array, "*lane"]:
    """Root of an increasing function in a bracket, lane by lane, by Newton steps that fall back on bisection.

    Derivatives, forward and reverse and of any order, come from the implicit function theorem applied to everything that
    `function` closes over; nothing is differentiated through the iterations.

    Args:
        function: elementwise and increasing in its argument, with function(low) <= 0 <= function(high).
        low: `[*lane]`, lower end of the bracket.
        high: `[*lane]`, upper end.

    Returns:
        `[*lane]`, the roots, to the rounding error of `function`.

    Source: Press et al., Numerical Recipes, section 9.4 (safeguarded Newton); Blondel et al. (2022),
        10.48550/arXiv.2105.15183 (implicit differentiation).

    Example:
        >>> monotone_root(lambda x: x**3 - 8.0, jnp.array(0.0), jnp.array(5.0)).item()
        2.0
    """
    low, high = lax.stop_gradient(low), lax.stop_gradient(high)

    def solve(residual, start):
        def unfinished(state):
            lower, upper, _, step, _ = state
            small = jnp.finfo(start.dtype).eps * jnp.maximum(jnp.abs(lower), jnp.abs(upper))
            return (jnp.abs(step) > small) & (upper - lower > small)

        def iterate(state):
            lower, upper, x, step, iteration = state
            value, slope = jax.jvp(residual, (x,), (jnp.ones_like(x),))
            # A lane that is done stays as it is, so that its root does not depend on how long its neighbours take.
            active = unfinished(state)
            lower = jnp.where(active & (value <= 0), x, lower)
            upper = jnp.where(active & (value >= 0), x, upper)
            newton = -value / jnp.where(slope > 0, slope, 1.0)
            inside = (x + newton > lower) & (x + newton < upper)
            # a Newton step that does not halve the one before creeps along a flat part of the function
            trusted = (slope > 0) & inside & (jnp.abs(newton) <= 0.5 * jnp.abs(step))
            middle = 0.5 * (lower + upper)
            taken = jnp.where(value == 0, 0.0, jnp.where(trusted, newton, middle - x))
            taken = jnp.where(active, taken, 0.0)
            return lower, upper, x + taken, taken, iteration + 1

        state = (low, high, start, high - low, jnp.zeros((), jnp.int32))

        def proceed(state):
            return (state[4] < LARGEST_ITERATIONS) & jnp.any(unfinished(state))

        return lax.while_loop(proceed, iterate, state)[2]

    def solve_tangent(linear, right):
        return right / linear(jnp.ones_like(right))

    return lax.custom_root(function, 0.5 * (low + high), solve, solve_tangent)
