"""Rows of a loop over time, all in one kernel: the state of a block of lanes stays in registers until its last lane is done."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Int

from kernels.fused.lane_kernel import BLOCK, any_lane, run_lanes
from kernels.fused.lane_program import LaneProgram, row_count

Attempt = Callable[[Any, Any], tuple[Any, Any]]


def fused_rows(
    attempt: Attempt,
    going: Callable[[Any, Any], Array],
    tail: Callable[[Any, Any], Any],
    constants: Any,
    held: Any,
    first_row: Any,
    rows: int,
    block: int = BLOCK,
    interpret: bool = False,
) -> tuple[Int[Array, ""], Any, Any]:
    """Call `attempt` until no lane is going or the rows are used up; each block of lanes ends on its own.

    Args:
        attempt: (constants, held) to (held, row).
        going: (constants, held) to `[lane]`, which lanes are not done.
        tail: (held, first row) to the row that fills what a lane does not use.
        constants: pytree of `[..., lane]` arrays; numbers that are no arrays stay as they are.
        held: pytree of `[..., lane]` arrays, the state.
        first_row: pytree of `[lane]` arrays, row 0.
        rows: number of rows (static).
        block: lanes of a block (static).
        interpret: without a card, for tests (static).

    Returns:
        rows used by the slowest lane, the last state, and all rows `[row, lane]`.

    Raises:
        NotOfLanes: a function is no arithmetic of single lanes.
    """
    step = LaneProgram(attempt, constants, held)
    unfinished = LaneProgram(going, constants, held)
    filler = LaneProgram(tail, held, first_row)
    given, outline = jax.tree.flatten((constants, held, first_row))
    parts = jax.tree.unflatten(outline, [row_count(leaf.shape) for leaf in given])
    sizes = [sum(jax.tree.leaves(part)) for part in parts]
    held_leaves, held_outline = jax.tree.flatten(held)
    row_leaves, row_outline = jax.tree.flatten(first_row)
    lanes = given[0].shape[-1]
    inputs = [_stored(leaf).reshape(-1, lanes) for leaf in given]
    outputs = [
        *(jax.ShapeDtypeStruct((rows, lanes), _stored(leaf).dtype) for leaf in row_leaves),
        *(jax.ShapeDtypeStruct((row_count(leaf.shape), lanes), _stored(leaf).dtype) for leaf in held_leaves),
        jax.ShapeDtypeStruct((1, lanes), jnp.int32),
    ]

    def body(read, write):
        vectors = [
            _usable(read(number, row), leaf.dtype)
            for number, leaf in enumerate(given)
            for row in range(row_count(leaf.shape))
        ]
        fixed, state, first = (
            vectors[begin : begin + size] for begin, size in zip(np.cumsum([0, *sizes]), sizes, strict=False)
        )

        def write_row(row, values):
            for number, value in enumerate(values):
                write(number, row, _stored(value))

        def condition(carry):
            return (carry[0] < rows) & any_lane(unfinished([*fixed, *carry[1]])[0])

        def advance(carry):
            found = step([*fixed, *carry[1]])
            write_row(carry[0], found[len(state) :])
            return carry[0] + 1, tuple(found[: len(state)])

        write_row(0, first)
        used, state = lax.while_loop(condition, advance, (jnp.int32(1), tuple(state)))
        last = filler([*state, *first])

        def fill(row, nothing):
            write_row(row, last)
            return nothing

        lax.fori_loop(used, jnp.int32(rows), fill, jnp.int32(0))
        places = [
            (number, row)
            for number, leaf in enumerate(held_leaves, len(row_leaves))
            for row in range(row_count(leaf.shape))
        ]
        for (number, row), value in zip(places, state, strict=True):
            write(number, row, _stored(value))
        write(len(outputs) - 1, 0, jnp.full((block,), used))

    found = run_lanes(body, inputs, outputs, block, interpret)
    trajectory = [_usable(values, leaf.dtype) for values, leaf in zip(found, row_leaves, strict=False)]
    final = [
        _usable(values.reshape(leaf.shape), leaf.dtype)
        for values, leaf in zip(found[len(row_leaves) : -1], held_leaves, strict=True)
    ]
    return jnp.max(found[-1]), jax.tree.unflatten(held_outline, final), jax.tree.unflatten(row_outline, trajectory)


def _stored(values):
    """Booleans as bytes, which memory can hold."""
    return jnp.where(values, jnp.int32(1), jnp.int32(0)).astype(jnp.uint8) if values.dtype.kind == "b" else values


def _usable(values, dtype):
    """Bytes that were booleans as booleans."""
    return values != 0 if np.dtype(dtype).kind == "b" else values
