"""What the instrument imposes: a sequence of segments of controlled potential or controlled current."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int


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
    segment_of_node = jnp.asarray(np.repeat(np.arange(len(drive.steps)), drive.steps).astype(np.int32))
    segment = segment_of_node[jnp.minimum(node, drive.total_steps - 1)]
    steps = jnp.asarray(np.asarray(drive.steps), drive.duration.dtype)[segment]
    into = (node - jnp.asarray(nodes[:-1])[segment]).astype(steps.dtype)

    def pick(values):
        return jnp.take_along_axis(values, segment[None, :], axis=0)[0]

    tick = (1 / ticks) / steps
    begin = (into + position.astype(steps.dtype) / ticks) / steps
    end = (into + (position + size).astype(steps.dtype) / ticks) / steps
    duration, start, stop = pick(drive.duration), pick(drive.start), pick(drive.stop)
    return DriveStep(
        duration=duration * (size.astype(tick.dtype) * tick),
        start=start + (stop - start) * begin,
        stop=start + (stop - start) * end,
        is_current=jnp.asarray(np.asarray(drive.controls) == "current")[segment],
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
