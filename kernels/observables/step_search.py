"""Searches along the steps of every lane at once: monotone bisection and extremes by blocks of steps.

Indices carry no gradient. Everything here is gathers and plain reductions, so lanes never mix and nothing is scattered.
"""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int, Shaped

# Steps per block, around the square root of 1000 steps: a search then reads about 3 % of all steps twice.
BLOCK_SIZES = range(16, 65)
USUAL_BLOCK_SIZE = 25


def at_index(values: Shaped[Array, "step lane"], index: Int[Array, "node lane"]) -> Shaped[Array, "node lane"]:
    """Values of each lane at its own indices; indices outside the array are clipped to its ends.

    Args:
        values: `[step, lane]`.
        index: `[node, lane]`.

    Returns:
        `[node, lane]`, differentiable in `values`.

    Example:
        >>> at_index(jnp.array([[1.0], [5.0]]), jnp.array([[1], [0]])).tolist()
        [[5.0], [1.0]]
    """
    return jnp.take_along_axis(values, index, axis=0, mode="clip")


@partial(jax.jit, static_argnames="beyond")
def first_index(
    values: Shaped[Array, "step lane"],
    target: Shaped[Array, "node lane"],
    low: Int[Array, "node lane"],
    high: Int[Array, "node lane"],
    beyond: bool = False,
) -> Int[Array, "node lane"]:
    """Smallest index in [low, high) whose value reaches the target (is beyond it, if asked), else `high`.

    Args:
        values: `[step, lane]`, non-decreasing within [low, high), repeats allowed.
        target: `[node, lane]`, in the unit of the values.
        low: `[node, lane]`, first index searched.
        high: `[node, lane]`, one past the last index searched.
        beyond: static; true looks for value > target, false for value >= target.

    Returns:
        `[node, lane]`, after ceil(log2(steps + 1)) halvings.

    Example:
        >>> ramp, zero = jnp.arange(8.0)[:, None], jnp.zeros((1, 1), jnp.int32)
        >>> first_index(ramp, jnp.full((1, 1), 3.0), zero, zero + 8).item()
        3
    """

    def halve(_, bounds):
        low, high = bounds
        middle = (low + high) // 2
        excess = at_index(values, middle) - target
        holds = excess > 0 if beyond else excess >= 0
        searching = low < high
        return jnp.where(searching & ~holds, middle + 1, low), jnp.where(searching & holds, middle, high)

    return lax.fori_loop(0, values.shape[0].bit_length(), halve, (low, high))[0]


class StepBlocks(eqx.Module):
    """Values cut into blocks of steps, with the extremes of every block; only the block size is static.

    One pass over the data serves all later searches: each reads the extremes first and then one or two blocks.

    Attributes:
        values: `[block, within, lane]`, the last block filled up with the last step.
        minimum: `[block, lane]`.
        maximum: `[block, lane]`.
    """

    values: Float[Array, "block within lane"]
    minimum: Float[Array, "block lane"]
    maximum: Float[Array, "block lane"]


def step_blocks(values: Float[Array, "step lane"]) -> StepBlocks:
    """Cut `[step, lane]` values into blocks; gradients stop here.

    Args:
        values: `[step, lane]`.

    Returns:
        StepBlocks with 16 to 64 steps a block, whichever needs the least filling (filling copies the array).

    Example:
        >>> step_blocks(jnp.zeros((1000, 3))).values.shape
        (40, 25, 3)
    """
    steps, lanes = values.shape
    size = min(BLOCK_SIZES, key=lambda size: (-steps % size, abs(size - USUAL_BLOCK_SIZE)))
    values = lax.stop_gradient(values)
    if steps % size:
        values = jnp.pad(values, ((0, -steps % size), (0, 0)), mode="edge")
    blocks = values.reshape(-1, size, lanes)
    return StepBlocks(blocks, blocks.min(axis=1), blocks.max(axis=1))


def largest(blocks: StepBlocks, direction: int) -> tuple[Float[Array, "lane"], Int[Array, "lane"]]:
    """Largest direction * value of each lane and the first index that has it.

    Args:
        blocks: cut values.
        direction: 1 or -1, static.

    Returns:
        direction * value `[lane]` and index `[lane]`; NaN and an index past the blocks for a lane that holds NaN.
    """
    tops = _block_maximum(blocks, direction)
    best = jnp.max(tops, axis=0)
    block = _first_true(tops == best[None, :])
    return best, block * blocks.values.shape[1] + _first_true(_inside(blocks, block, direction) == best[None, :])


def last_index_at_most(
    blocks: StepBlocks, direction: int, level: Float[Array, "lane"], before: Int[Array, "lane"]
) -> Int[Array, "lane"]:
    """Last index below `before` where direction * value <= level, or -1.

    Args:
        blocks: cut values.
        direction: 1 or -1, static.
        level: `[lane]`, in the unit of the values.
        before: `[lane]`, the search starts just below this index.

    Returns:
        `[lane]`.
    """
    count, size, _ = blocks.values.shape
    own = before // size
    low = _block_maximum(blocks, -direction) >= -level[None, :]
    earlier = _last_true(low & (_rows(count) < own[None, :]))
    in_own = (_inside(blocks, own, direction) <= level[None, :]) & (_rows(size) < (before - own * size)[None, :])
    last = _last_true(in_own)
    in_earlier = _last_true(_inside(blocks, earlier, direction) <= level[None, :])
    return jnp.where(last >= 0, own * size + last, jnp.where(earlier >= 0, earlier * size + in_earlier, -1))


def first_index_at_most(
    blocks: StepBlocks, direction: int, level: Float[Array, "lane"], after: Int[Array, "lane"]
) -> Int[Array, "lane"]:
    """First index above `after` where direction * value <= level, or one past the blocks.

    Args:
        blocks: cut values.
        direction: 1 or -1, static.
        level: `[lane]`, in the unit of the values.
        after: `[lane]`, the search starts just above this index.

    Returns:
        `[lane]`.
    """
    count, size, _ = blocks.values.shape
    own = after // size
    low = _block_maximum(blocks, -direction) >= -level[None, :]
    later = _first_true(low & (_rows(count) > own[None, :]))
    in_own = (_inside(blocks, own, direction) <= level[None, :]) & (_rows(size) > (after - own * size)[None, :])
    first = _first_true(in_own)
    in_later = _first_true(_inside(blocks, later, direction) <= level[None, :])
    missing = jnp.where(later < count, later * size + in_later, count * size)
    return jnp.where(first < size, own * size + first, missing)


def _block_maximum(blocks: StepBlocks, direction: int) -> Float[Array, "block lane"]:
    return blocks.maximum if direction > 0 else -blocks.minimum


def _inside(blocks: StepBlocks, block: Int[Array, "lane"], direction: int) -> Float[Array, "within lane"]:
    values = jnp.take_along_axis(blocks.values, block[None, None, :], axis=0, mode="clip")[0]
    return values if direction > 0 else -values


def _rows(count: int) -> Int[Array, "row 1"]:
    return jnp.arange(count, dtype=jnp.int32)[:, None]


def _first_true(mask: Bool[Array, "row lane"]) -> Int[Array, "lane"]:
    # On CPUs XLA vectorises a minimum over indices but not argmax, which makes this several times faster.
    return jnp.min(jnp.where(mask, _rows(mask.shape[0]), mask.shape[0]), axis=0)


def _last_true(mask: Bool[Array, "row lane"]) -> Int[Array, "lane"]:
    return jnp.max(jnp.where(mask, _rows(mask.shape[0]), -1), axis=0)
