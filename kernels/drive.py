"""What the instrument imposes: a sequence of segments of controlled potential or controlled current."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

# Up to here values are picked by comparisons, which vectorise; a gather runs lane by lane.
FEW_SEGMENTS = 8


class Drive(eqx.Module):
    """Segments of one experiment per lane; the values are linear in time within a segment.

    Attributes:
        duration: `[segment, lane]`, s, traced.
        start: `[segment, lane]`, V or A m-2, traced.
        stop: `[segment, lane]`, V or A m-2, traced.
        lower_cutoff: `[segment, lane]`, V, ends a current segment; -inf for none.
        upper_cutoff: `[segment, lane]`, V, ends a current segment; inf for none.
        controls: "potential" or "current" per segment, static.
        steps: base time steps per segment, static.
    """

    duration: Float[Array, "segment lane"]
    start: Float[Array, "segment lane"]
    stop: Float[Array, "segment lane"]
    lower_cutoff: Float[Array, "segment lane"]
    upper_cutoff: Float[Array, "segment lane"]
    controls: tuple[str, ...] = eqx.field(static=True)
    steps: tuple[int, ...] = eqx.field(static=True)

    @property
    def total_steps(self) -> int:
        """Base time steps of the whole experiment."""
        return sum(self.steps)

    @property
    def has_current_control(self) -> bool:
        """Whether any segment imposes the current."""
        return "current" in self.controls


class DriveStep(eqx.Module):
    """What the drive imposes over one step; every field `[lane]`.

    Attributes:
        duration: s.
        start: V or A m-2 at the start of the step.
        stop: V or A m-2 at its end.
        is_current: whether the current is imposed.
        lower_cutoff: V.
        upper_cutoff: V.
        segment: index of the segment.
        elapsed: s since the start of the segment, at the end of the step.
    """

    duration: Array
    start: Array
    stop: Array
    is_current: Array
    lower_cutoff: Array
    upper_cutoff: Array
    segment: Array
    elapsed: Array


def first_nodes(drive: Drive) -> Int[np.ndarray, "segment_plus_one"]:
    """Index of the first base node of each segment, then the total.

    Args:
        drive: the experiment.

    Returns:
        `[segment + 1]`.
    """
    return np.concatenate([[0], np.cumsum(drive.steps)]).astype(np.int32)


def segment_at(drive: Drive, node: Int[Array, "lane"]) -> Int[Array, "lane"]:
    """Segment of each lane's base step; the last one for a finished lane.

    Args:
        drive: the experiment.
        node: `[lane]`, base step index.

    Returns:
        `[lane]`.
    """
    if len(drive.steps) > FEW_SEGMENTS:
        lookup = jnp.asarray(np.repeat(np.arange(len(drive.steps)), drive.steps).astype(np.int32))
        return lookup[jnp.minimum(node, drive.total_steps - 1)]
    segment = jnp.zeros_like(node)
    for first in first_nodes(drive)[1:-1]:
        segment = segment + (node >= first).astype(node.dtype)
    return segment


def of_segment(values: Any, segment: Int[Array, "lane"]) -> Array:
    """The value of each lane's segment.

    Args:
        values: `[segment]` or `[segment, lane]`.
        segment: `[lane]`.

    Returns:
        `[lane]`.
    """
    if len(values) > FEW_SEGMENTS:
        values = jnp.asarray(values)
        return values[segment] if values.ndim == 1 else jnp.take_along_axis(values, segment[None, :], axis=0)[0]
    chosen = jnp.broadcast_to(jnp.asarray(values[0]), segment.shape)
    for number in range(1, len(values)):
        chosen = jnp.where(segment == number, values[number], chosen)
    return chosen


def step_of(
    drive: Drive, node: Int[Array, "lane"], position: Int[Array, "lane"], size: Int[Array, "lane"], ticks: int
) -> DriveStep:
    """The part of a base step from `position` to `position + size`, in ticks of 1 / `ticks` of the base step.

    Args:
        drive: the experiment.
        node: `[lane]`, base step index; the total number of steps means finished (the last step is returned).
        position: `[lane]`, ticks into the base step.
        size: `[lane]`, ticks of this step.
        ticks: ticks per base step (static).

    Returns:
        DriveStep.
    """
    nodes = first_nodes(drive)
    segment = segment_at(drive, node)
    steps = of_segment(np.asarray(drive.steps, drive.duration.dtype), segment)
    into = (node - of_segment(nodes[:-1], segment)).astype(steps.dtype)

    def pick(values):
        return of_segment(values, segment)

    tick = of_segment((1 / ticks) / np.asarray(drive.steps, drive.duration.dtype), segment)
    begin = (into + position.astype(steps.dtype) / ticks) / steps
    end = (into + (position + size).astype(steps.dtype) / ticks) / steps
    duration, start, stop = pick(drive.duration), pick(drive.start), pick(drive.stop)
    return DriveStep(
        duration=duration * (size.astype(tick.dtype) * tick),
        start=start + (stop - start) * begin,
        stop=start + (stop - start) * end,
        is_current=pick(np.asarray(drive.controls) == "current"),
        lower_cutoff=pick(drive.lower_cutoff),
        upper_cutoff=pick(drive.upper_cutoff),
        segment=segment,
        elapsed=duration * end,
    )


def jumps_into(drive: Drive) -> Array:
    """Whether the imposed quantity jumps at the start of each segment (a change of control counts as a jump).

    Args:
        drive: the experiment.

    Returns:
        `[segment, lane]` of bool; the first segment always counts.
    """
    same_control = np.asarray([a == b for a, b in zip(drive.controls[1:], drive.controls[:-1], strict=True)], bool)
    moved = (drive.start[1:] != drive.stop[:-1]) | ~jnp.asarray(same_control)[:, None]
    return jnp.concatenate([jnp.ones((1, drive.start.shape[1]), bool), moved])


def turns_into(drive: Drive) -> Array:
    """Whether the rate of change of the imposed quantity jumps at the start of each segment.

    Args:
        drive: the experiment.

    Returns:
        `[segment, lane]` of bool.
    """
    rate = (drive.stop - drive.start) / drive.duration
    return jnp.concatenate([jnp.zeros((1, drive.start.shape[1]), bool), rate[1:] != rate[:-1]])
