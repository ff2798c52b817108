"""Curves on chosen time nodes from a trajectory with its own, non-uniform time steps."""

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, PyTree

from kernels.observables.step_search import at_index, first_index

# A node may lie outside the trajectory by this fraction of its duration, because nodes and steps are rounded differently.
END_TOLERANCE = 1e-9


def resample(
    time_node: Float[Array, "node lane"],
    time: Float[Array, "step lane"],
    values: PyTree[Float[Array, "step lane"]],
) -> PyTree[Float[Array, "node lane"]]:
    """Values of each lane on its own time nodes, by linear interpolation between the two steps around each node.

    Args:
        time_node: `[node, lane]`, s, in any order.
        time: `[step, lane]`, s, non-decreasing; points may repeat.
        values: arrays `[step, lane]` (one, or any pytree of them: the search is done once).

    Returns:
        The same pytree with `[node, lane]` leaves: the stored value where a node is a step (the first of several
        points at one time), NaN where a node lies outside the trajectory. Differentiable in all three arguments.

    Example:
        >>> time = jnp.array([0.0, 1.0, 1.0, 3.0])[:, None]
        >>> resample(jnp.array([1.0, 2.0])[:, None], time, {"current": 10 * time})["current"][:, 0].tolist()
        [10.0, 20.0]
    """
    steps = time.shape[0]
    node, frozen = lax.stop_gradient(time_node), lax.stop_gradient(time)
    zero = jnp.zeros(node.shape, jnp.int32)
    upper = first_index(frozen, node, zero, jnp.full_like(zero, steps - 1))
    lower = jnp.maximum(upper - 1, 0)
    before, after = at_index(time, lower), at_index(time, upper)
    distinct = after > before
    weight = jnp.where(distinct, (time_node - before) / jnp.where(distinct, after - before, 1.0), 1.0)
    tolerance = END_TOLERANCE * (frozen[-1:] - frozen[:1])
    covered = (node >= frozen[:1] - tolerance) & (node <= frozen[-1:] + tolerance)

    def interpolate(value):
        # This form of the mean is exact at both ends.
        between = (1 - weight) * at_index(value, lower) + weight * at_index(value, upper)
        return jnp.where(covered, between, jnp.nan)

    return jax.tree.map(interpolate, values)
