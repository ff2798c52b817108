"""Current at a given potential and at the end of a sweep, with a measure of how flat the curve is there."""

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from kernels.observables.step_search import at_index, first_index


class PlateauCurrent(eqx.Module):
    """Current at the end of a sweep; every field is traced.

    Attributes:
        current: `[lane]`, A m-2; NaN if the curve has no point of the sweep.
        potential: `[lane]`, V, where the sweep ends.
        logarithmic_slope: `[lane]`, |d ln|j| / dE| over the last part of the sweep, V-1; NaN if that part is missing
            or the current changes sign in it.
        is_plateau: `[lane]`, whether that slope is small enough to call the current limiting.
    """

    current: Float[Array, "lane"]
    potential: Float[Array, "lane"]
    logarithmic_slope: Float[Array, "lane"]
    is_plateau: Bool[Array, "lane"]


def current_at_potential(
    target: Float[Array, "lane"],
    potential: Float[Array, "step lane"],
    current: Float[Array, "step lane"],
    segment: Int[Array, "step lane"],
    sweep: int,
) -> Float[Array, "lane"]:
    """Current where one sweep passes a potential, by linear interpolation between the two points around it.

    Args:
        target: `[lane]`, V.
        potential: `[step, lane]`, V, monotone within the sweep (a potential-controlled segment), repeats allowed.
        current: `[step, lane]`, A m-2.
        segment: `[step, lane]`, index of the protocol segment, non-decreasing.
        sweep: the segment to read, static; cathodic or anodic.

    Returns:
        `[lane]`, A m-2, exact at the points of the curve; NaN where the sweep does not reach the target. Differentiable
        in target, potential and current.

    Source: none needed (linear interpolation, second order in the step).

    Example:
        >>> ramp = jnp.array([0.0, -0.1, -0.2])[:, None]
        >>> current_at_potential(jnp.array([-0.15]), ramp, 10 * ramp, jnp.zeros((3, 1), jnp.int32), sweep=0).item()
        -1.5
    """
    start, end = _sweep_bounds(segment, sweep)
    frozen = lax.stop_gradient(potential)
    ends = at_index(frozen, jnp.concatenate([start, end - 1]))
    order = jnp.where(ends[1] < ends[0], -1, 1).astype(frozen.dtype)[None, :]
    upper = first_index(frozen, lax.stop_gradient(target)[None, :], start, end, order=order)[0]
    lower = jnp.maximum(upper - 1, start[0])
    pair = jnp.stack([lower, upper])
    potentials, currents = at_index(potential, pair), at_index(current, pair)
    at_start = (upper == start[0]) & (potentials[1] == target)
    passed = (upper > start[0]) & (upper < end[0])
    width = jnp.where(passed, potentials[1] - potentials[0], 1.0)
    weight = (target - potentials[0]) / width
    between = (1 - weight) * currents[0] + weight * currents[1]
    return jnp.where(passed, between, jnp.where(at_start & (end[0] > start[0]), currents[1], jnp.nan))


def plateau_current(
    potential: Float[Array, "step lane"],
    current: Float[Array, "step lane"],
    segment: Int[Array, "step lane"],
    sweep: int,
    window: Float[Array, ""] | float = 0.025,
    largest_slope: Float[Array, ""] | float = 0.5,
) -> PlateauCurrent:
    """Current at the end of a sweep (of a cathodic sweep: at its most negative potential).

    This is the limiting current only where the curve is flat, which `is_plateau` states; a curve still in its kinetic
    or ohmic rise, or in the t^(-1/2) decay behind a peak, is not. Over 25 mV the default slope is a change of 1.3 %,
    against 50 to 100 % in a Tafel region.

    Args:
        potential: `[step, lane]`, V, monotone within the sweep.
        current: `[step, lane]`, A m-2.
        segment: `[step, lane]`, index of the protocol segment, non-decreasing.
        sweep: the segment to read, static.
        window: V, width of the last part of the sweep, over which the slope is taken.
        largest_slope: V-1, largest slope of a plateau.

    Returns:
        PlateauCurrent.

    Source: a definition of this package; the thresholds are choices.

    Example:
        `plateau_current(potential, current, segment, sweep=0).is_plateau`
    """
    start, end = _sweep_bounds(segment, sweep)
    present = (end > start)[0]
    ends = jnp.concatenate([start, end - 1])
    potentials, last = at_index(potential, ends), at_index(current, ends)[1]
    inner_potential = potentials[1] - window * jnp.sign(lax.stop_gradient(potentials[1] - potentials[0]))
    inner = current_at_potential(inner_potential, potential, current, segment, sweep)
    same_sign = present & (inner * last > 0)
    ratio = jnp.where(same_sign, last, 1.0) / jnp.where(same_sign, inner, 1.0)
    slope = jnp.where(same_sign, jnp.abs(jnp.log(ratio)) / window, jnp.nan)
    return PlateauCurrent(
        current=jnp.where(present, last, jnp.nan),
        potential=jnp.where(present, potentials[1], jnp.nan),
        logarithmic_slope=slope,
        is_plateau=slope <= largest_slope,
    )


def _sweep_bounds(segment: Int[Array, "step lane"], sweep: int) -> tuple[Int[Array, "1 lane"], Int[Array, "1 lane"]]:
    """First step of a segment and one past its last, equal if the lane has no such segment."""
    steps, lanes = segment.shape
    zero, past = jnp.zeros((1, lanes), jnp.int32), jnp.full((1, lanes), steps, jnp.int32)
    number = jnp.full_like(zero, sweep)
    start = first_index(segment, number, zero, past)
    return start, first_index(segment, number, start, past, beyond=True)
