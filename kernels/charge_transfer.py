"""The scalar electrode equation of one time step: one root, overflow-safe, solved by a safeguarded Newton method.

Dividing the current by the sum of both rates, exp(L(x)) of `kernels.kinetics`, leaves only bounded terms,

    r(j) = (j / j_ref) exp(-L(x)) + A_ox(j) s(-x) - A_red(j) s(x),

with the logistic function s and x = n f (E - R j - eta_film(j) - E0). r has one root between the currents at which one
form runs out, for volts of overpotential, for j_ref -> infinity (Nernst) and for any series resistance R.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jax.ad_checkpoint import checkpoint_name
from jaxtyping import Array, Bool, Float

from kernels.electrodes.electrode import SurfaceActivities
from kernels.kinetics.rate_law import RateLaw
from kernels.stack import LayerStack, film_overpotential

# Newton steps taken always; smooth steps of a voltammogram need no more, others loop until they converge.
USUAL_ITERATIONS = 2
LARGEST_ITERATIONS = 120
# From this iteration on a step that ends within this share of the bracket from its other end is halved every second time.
LATE, TRIED_END = 8, 1e-3
# Rounding errors of the surface activity, in units of the last place.
ROUNDING = 8.0
# Name under which reverse mode keeps the root of a step, so that its iteration is not run a second time.
ROOT = "root"


class ElectrodeEquation(eqx.Module):
    """Everything the root of one step depends on; every field `[lane]` is traced.

    Attributes:
        activities: surface activities as functions of the current.
        source_potential: V, of the equivalent source behind the interface.
        source_resistance: ohm m2, in series with it.
        inverse_reference_current: m2 A-1 (zero: Nernstian).
        kinetics: rate law.
        thermal_slope: n F / (R T), V-1.
        formal_potential: V.
        film: layer stack `[layer, lane]` of the ohmic layers, or None when no layer is ohmic.
        temperature: K.
    """

    activities: SurfaceActivities
    source_potential: Float[Array, "lane"]
    source_resistance: Float[Array, "lane"]
    inverse_reference_current: Float[Array, "lane"]
    kinetics: RateLaw
    thermal_slope: Float[Array, "lane"]
    formal_potential: Any
    film: LayerStack | None
    temperature: Float[Array, "lane"]


def residual(
    equation: ElectrodeEquation, current: Float[Array, "lane"]
) -> tuple[Float[Array, "lane"], Float[Array, "lane"], Float[Array, "lane"]]:
    """Residual r(j), its slope dr/dj > 0, and the part of the slope that the reduced form (an inventory) causes.

    Args:
        equation: the step.
        current: `[lane]`, A m-2.

    Returns:
        r (dimensionless), dr/dj and its part in m2 A-1, each `[lane]`.
    """
    drop, drop_slope = jnp.zeros_like(current), equation.source_resistance
    if equation.film is not None:
        film_drop, film_slope = film_overpotential(equation.film, equation.temperature, current)
        drop, drop_slope = film_drop, drop_slope + film_slope
    overpotential = equation.source_potential - equation.source_resistance * current - drop - equation.formal_potential
    x = equation.thermal_slope * overpotential
    x_slope = -equation.thermal_slope * drop_slope
    shift = equation.activities.shift_at(current)
    if shift is not None:
        x = x + shift[0]
    positive = x > 0
    left = equation.activities.left_at(current)
    # One call for the three exponentials: calls, not arithmetic, are what a small batch spends its time on.
    exponents = jnp.stack([jnp.abs(x), equation.kinetics.log_favoured_rate(x), left])
    minor, slowness, missing = jnp.exp(-exponents)
    major_share = 1 / (1 + minor)
    minor_share = minor * major_share
    up = jnp.where(positive, major_share, minor_share)
    down = jnp.where(positive, minor_share, major_share)
    kinetic = equation.inverse_reference_current * major_share * slowness
    oxidised, oxidised_slope = equation.activities.oxidised_at(current), equation.activities.oxidised_slope
    reduced, reduced_slope = equation.activities.reduced_from(left, missing)
    value = kinetic * current + oxidised * down - reduced * up
    along_x = -kinetic * current * equation.kinetics.slope(x, up, down) - (oxidised + reduced) * up * down
    from_reduced = -reduced_slope * up
    if shift is not None:
        from_reduced = from_reduced + along_x * shift[1]
    return value, kinetic + oxidised_slope * down + from_reduced + along_x * x_slope, from_reduced


class Root(eqx.Module):
    """Root of the electrode equation; every field `[lane]`.

    Attributes:
        current: A m-2.
        converged: whether it was found.
        stiffness: slope of the equation caused by the reduced form relative to all other causes (never differentiated).
    """

    current: Float[Array, "lane"]
    converged: Bool[Array, "lane"]
    stiffness: Float[Array, "lane"]


def solve_current(
    equation: ElectrodeEquation, guess: Float[Array, "lane"], scale: Float[Array, "lane"], tolerance: float
) -> Root:
    """Current of the step, without derivatives.

    Args:
        equation: the step.
        guess: `[lane]`, A m-2, where to start (the linear extrapolation of the past).
        scale: `[lane]`, A m-2, the current that counts as large for this candidate.
        tolerance: relative size of the last Newton step at which a lane has converged.

    Returns:
        Root.

    Source: safeguarded Newton, Press et al., Numerical Recipes (2007), section 9.4.
    """
    frozen = jax.tree.map(lax.stop_gradient, equation)
    low, high = frozen.activities.bounds()
    low, high = jnp.minimum(low, high), jnp.maximum(low, high)
    scale = lax.stop_gradient(scale)
    # Rounding of the activities moves the root by about this much; asking for less would never end in float32.
    noise = ROUNDING * jnp.finfo(guess.dtype).eps * jnp.where(jnp.isfinite(low), jnp.abs(low), 0.0)

    def iterate(state):
        count, current, below, above, done, stiffness = state
        value, slope, from_reduced = residual(frozen, current)
        below = jnp.where(value <= 0, current, below)
        above = jnp.where(value >= 0, current, above)
        newton, other = current - value / slope, jnp.where(value <= 0, above, below)
        inside = (newton >= below) & (newton <= above)
        # A step to the other end of the bracket, which was tried, may go back and forth between the two for ever; halving every
        # second time ends that, and leaves the root to Newton's steps.
        late = (count >= LATE) & (count % 2 == 0)
        cycles = late & (jnp.abs(newton - other) < TRIED_END * jnp.abs(other - current))
        # The bracket begins at the currents at which a form runs out, and there a root is often: such an end is tried once. Far
        # from the root the slope can be negative (slow kinetics behind a large resistance), and then the end is the guess itself.
        end = jnp.clip(newton, below, above)
        untried = (count == 0) & (jnp.abs(end - current) > 0)
        following = jnp.where(inside & ~cycles, newton, jnp.where(untried, end, 0.5 * (below + above)))
        # A lane that has converged is left alone, so that its neighbours cannot change its last bits.
        following = jnp.where(done, current, following)
        # After a short step of Newton's the error is far smaller than the step, after a halving it is as large.
        allowed = jnp.where(inside & ~cycles, tolerance * (jnp.abs(following) + 1e-3 * scale), 0.0) + noise
        small = jnp.abs(following - current) <= allowed
        ratio = from_reduced / jnp.maximum(slope - from_reduced, jnp.finfo(slope.dtype).tiny)
        stiffness = jnp.where(done, stiffness, ratio)
        return count + 1, following, below, above, done | small | jnp.isnan(following), stiffness

    start = jnp.clip(lax.stop_gradient(guess), low, high)
    state = (jnp.asarray(0), start, low, high, jnp.zeros(start.shape, bool), jnp.zeros_like(start))
    for _ in range(USUAL_ITERATIONS):
        state = iterate(state)
    state = lax.while_loop(lambda s: (s[0] < LARGEST_ITERATIONS) & ~jnp.all(s[4]), iterate, state)
    return Root(lax.stop_gradient(state[1]), state[4], lax.stop_gradient(state[5]))


def differentiable_current(
    equation: ElectrodeEquation, guess: Float[Array, "lane"], scale: Float[Array, "lane"], tolerance: float
) -> Root:
    """The same with derivatives, in forward and reverse mode alike.

    The iteration is not differentiated: one Newton step at the root carries the derivative by the implicit function
    theorem.

    Args:
        equation: the step.
        guess: `[lane]`, A m-2, where to start.
        scale: `[lane]`, A m-2, the current that counts as large.
        tolerance: relative size of the last Newton step at which a lane has converged (static).

    Returns:
        Root.
    """
    found = solve_current(equation, guess, scale, tolerance)
    root = checkpoint_name(found.current, ROOT)
    value, slope, _ = residual(equation, root)
    polished = root - value / lax.stop_gradient(jnp.where(slope > 0, slope, 1.0))
    polished = jnp.where(jnp.isfinite(polished), jnp.clip(polished, *equation.activities.bounds()), root)
    return Root(polished, found.converged, found.stiffness)
