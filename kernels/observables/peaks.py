"""Cathodic and anodic current peaks of a voltammogram, located between the time steps."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from kernels.observables.step_search import (
    at_index,
    first_index,
    first_index_at_most,
    largest,
    last_index_at_most,
    step_blocks,
)

# The parabola is used only where the curve is smooth on the scale of a step. When the Li inventory runs out, the current
# rises linearly and falls to zero within one tiny step; a parabola through that corner would overshoot it.
LARGEST_SPACING_RATIO = 4.5
LARGEST_NEIGHBOUR_DIFFERENCE = 0.05
# The step that reaches the peak must start from at least this share of it, because a jump of the potential raises the
# current within one step without a peak.
SMALLEST_SHARE_BEFORE = 0.5
# On both sides the current must fall below the peak by this share, so that rounding on a plateau is not a peak.
SMALLEST_PROMINENCE = 1e-3
# Relative to the largest current of the whole curve, so that rounding about zero is not a peak.
SMALLEST_HEIGHT = 1e-9


class Peak(eqx.Module):
    """One current peak per lane; every field is traced.

    `current`, `potential` and `time` are also given where `is_peak` is false: they then describe the largest current
    that the curve rises to (a segment end with the current still rising, or a plateau). They are NaN only where the
    current never rises in the direction asked for.

    Attributes:
        current: `[lane]`, A m-2, signed (cathodic negative).
        potential: `[lane]`, V.
        time: `[lane]`, s.
        half_peak_potential: `[lane]`, V, where the current passes half the peak on the same segment before the peak;
            NaN if it never does.
        is_peak: `[lane]`, whether it is a maximum inside a segment.
        is_smooth: `[lane]`, whether current and potential are smooth functions of the candidate's properties: true for the
            vertex of a parabola and the end of a segment, false for a corner (a Li inventory that runs out), which is
            located only to the nearest time step.
    """

    current: Float[Array, "lane"]
    potential: Float[Array, "lane"]
    time: Float[Array, "lane"]
    half_peak_potential: Float[Array, "lane"]
    is_peak: Bool[Array, "lane"]
    is_smooth: Bool[Array, "lane"]


def cathodic_peak(
    time: Float[Array, "step lane"],
    potential: Float[Array, "step lane"],
    current: Float[Array, "step lane"],
    segment: Int[Array, "step lane"],
    segments: Sequence[int] | None = None,
) -> Peak:
    """Largest cathodic (most negative) current that each curve rises to.

    Args:
        time: `[step, lane]`, s, non-decreasing, not necessarily uniform; identical points may repeat anywhere.
        potential: `[step, lane]`, V.
        current: `[step, lane]`, A m-2, oxidation positive.
        segment: `[step, lane]`, index of the protocol segment, non-decreasing.
        segments: segments to search, static; None searches all of them.

    Returns:
        Peak. At a fixed choice of steps it is a smooth function of the arrays.

    Source: vertex of the parabola through the largest point and its nearest distinct neighbours (quadratic Newton
        interpolation, third order in the spacing); peak and half-peak potential as defined by Nicholson & Shain 1964,
        10.1021/ac60210a007.

    Example:
        >>> time = jnp.linspace(0.0, 2.0, 41)[:, None]
        >>> peak = cathodic_peak(time, -time, (time - 1.01) ** 2 - 1.0, jnp.zeros((41, 1), jnp.int32))
        >>> round(peak.current.item(), 9), round(peak.potential.item(), 9), peak.is_peak.item()
        (-1.0, -1.01, True)
    """
    return _find_peak(-1, time, potential, current, segment, segments)


def anodic_peak(
    time: Float[Array, "step lane"],
    potential: Float[Array, "step lane"],
    current: Float[Array, "step lane"],
    segment: Int[Array, "step lane"],
    segments: Sequence[int] | None = None,
) -> Peak:
    """Largest anodic (most positive) current that each curve rises to.

    Args:
        time: `[step, lane]`, s, non-decreasing, not necessarily uniform; identical points may repeat anywhere.
        potential: `[step, lane]`, V.
        current: `[step, lane]`, A m-2, oxidation positive.
        segment: `[step, lane]`, index of the protocol segment, non-decreasing.
        segments: segments to search, static; None searches all of them.

    Returns:
        Peak, as for `cathodic_peak`.

    Source: as for `cathodic_peak`.

    Example:
        >>> time = jnp.linspace(0.0, 2.0, 41)[:, None]
        >>> peak = anodic_peak(time, time, 1.0 - (time - 1.01) ** 2, jnp.zeros((41, 1), jnp.int32))
        >>> round(peak.current.item(), 9), round(peak.potential.item(), 9)
        (1.0, 1.01)
    """
    return _find_peak(1, time, potential, current, segment, segments)


def _find_peak(direction, time, potential, current, segment, segments) -> Peak:
    """Peak of direction * current; direction is 1 (anodic) or -1 (cathodic)."""
    curve = step_blocks(current)
    at_step, index = largest(step_blocks(_rising_current(current, segment, segments)), direction)
    index = jnp.minimum(index, time.shape[0] - 1)
    left, right, start, end = _surroundings(lax.stop_gradient(time), segment, index)
    inside = (left >= start) & (right < end)

    triple = jnp.stack([left, index, right])
    times, potentials = at_index(time, triple), at_index(potential, triple)
    offset, height, peak_potential, smooth = _vertex(times, potentials, direction * at_index(current, triple), inside)

    found = at_step > SMALLEST_HEIGHT * jnp.maximum(largest(curve, 1)[0], largest(curve, -1)[0])
    level = (1 - SMALLEST_PROMINENCE) * at_step
    risen = last_index_at_most(curve, direction, level, index) >= start
    fallen = first_index_at_most(curve, direction, level, index) < end

    foot = last_index_at_most(curve, direction, lax.stop_gradient(height) / 2, index)
    crosses = found & (foot >= start)
    pair = jnp.stack([foot, foot + 1])
    half_potential = _crossing(at_index(potential, pair), direction * at_index(current, pair), height / 2, crosses)
    return Peak(
        current=jnp.where(found, direction * height, jnp.nan),
        potential=jnp.where(found, peak_potential, jnp.nan),
        time=jnp.where(found, times[1] + offset, jnp.nan),
        half_peak_potential=jnp.where(crosses, half_potential, jnp.nan),
        is_peak=found & inside & risen & fallen,
        is_smooth=found & (smooth | ~inside),
    )


def _rising_current(current, segment, segments) -> Float[Array, "step lane"]:
    """The current at the steps that it reaches by moving away from zero, zero elsewhere."""
    # The largest such current is an interior maximum or the last point of a segment, and not the decay after a jump of the
    # potential. Of repeated points only the first counts, because the others do not rise.
    before, after = current[:-1], current[1:]
    anodic = (after > before) & (before >= SMALLEST_SHARE_BEFORE * after)
    cathodic = (after < before) & (before <= SMALLEST_SHARE_BEFORE * after)
    keep = (anodic | cathodic) & (segment[1:] == segment[:-1])
    if segments is not None:
        chosen = jnp.zeros_like(keep)
        for number in segments:
            chosen = chosen | (segment[1:] == number)
        keep = keep & chosen
    return jnp.concatenate([jnp.zeros_like(current[:1]), jnp.where(keep, after, 0)])


def _surroundings(time, segment, index) -> tuple[Int[Array, "lane"], ...]:
    """Nearest distinct neighbours (-1 and the number of steps if there are none) and the segment [start, end)."""
    steps = time.shape[0]
    index = index[None, :]
    zero, past = jnp.zeros_like(index), jnp.full_like(index, steps)
    now, number = at_index(time, index), at_index(segment, index)
    left = first_index(time, now, zero, index) - 1
    right = first_index(time, now, index, past, beyond=True)
    start = first_index(segment, number, zero, index)
    end = first_index(segment, number, index, past, beyond=True)
    return left[0], right[0], start[0], end[0]


def _vertex(times, potentials, heights, inside) -> tuple[Float[Array, "lane"], ...]:
    """Time to the vertex from the middle of three points, height and potential there (the middle point if not smooth)."""
    before, after = times[1] - times[0], times[2] - times[1]
    rise, fall = heights[1] - heights[0], heights[1] - heights[2]
    smooth = (
        inside
        & (jnp.maximum(before, after) <= LARGEST_SPACING_RATIO * jnp.minimum(before, after))
        & (jnp.maximum(rise, fall) <= LARGEST_NEIGHBOUR_DIFFERENCE * heights[1])
        & (jnp.minimum(rise, fall) >= 0)
        & (rise + fall > 0)
    )
    # Steps of length one where the parabola is not used, so that the unused branch does not divide by zero.
    before, after = jnp.where(smooth, before, 1.0), jnp.where(smooth, after, 1.0)

    def newton(values):
        first, second = (values[1] - values[0]) / before, (values[2] - values[1]) / after
        return (first * after + second * before) / (before + after), (second - first) / (before + after)

    slope, curvature = newton(heights)
    offset = jnp.where(smooth, -slope / (2 * jnp.where(smooth, curvature, -1.0)), 0.0)
    height = heights[1] + offset * slope / 2
    potential_slope, potential_curvature = newton(potentials)
    return offset, height, potentials[1] + offset * (potential_slope + offset * potential_curvature), smooth


def _crossing(potentials, heights, level, crosses) -> Float[Array, "lane"]:
    """Potential where the height passes a level between two points `[2, lane]`."""
    gain = jnp.where(crosses, heights[1] - heights[0], 1.0)
    return potentials[0] + (level - heights[0]) / gain * (potentials[1] - potentials[0])
