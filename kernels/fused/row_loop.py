"""Rows of a loop over time, all in one kernel: the state of a few lanes stays in registers until the last of them is done."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from kernels.fused.lane_program import LaneProgram, row_count

Attempt = Callable[[Any, Any], tuple[Any, Any]]


class RowLoop(NamedTuple):
    """What a kernel repeats, for one vector of lanes a row.

    Attributes:
        step: of constants and state to state and row.
        unfinished: of constants and state to whether a lane is going.
        filler: of state and first row to the row that fills what a lane does not use.
        given: constants, state and first row, arrays `[..., lane]`.
        sizes: number of vectors of the three.
        found: rows, state and number of rows used, `[row, lane]`.
    """

    step: LaneProgram
    unfinished: LaneProgram
    filler: LaneProgram
    given: list[Any]
    sizes: list[int]
    found: list[jax.ShapeDtypeStruct]

    def parts(self, vectors: list[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """Constants, state and first row among all vectors given."""
        state, row, _ = np.cumsum(self.sizes)
        return vectors[:state], vectors[state:row], vectors[row:]

    @property
    def inputs(self) -> list[tuple[int, int, np.dtype]]:
        """Number of the array, row and type of every vector given."""
        return [
            (number, row, leaf.dtype) for number, leaf in enumerate(self.given) for row in range(row_count(leaf.shape))
        ]

    @property
    def state_places(self) -> list[tuple[int, int]]:
        """Number of the array and row of every vector of the state among what is found."""
        arrays = enumerate(self.found[self.sizes[2] : -1], self.sizes[2])
        return [(number, row) for number, shape in arrays for row in range(shape.shape[0])]


Kernel = Callable[[RowLoop, list[Array]], list[Array]]


def fused_rows(
    attempt: Attempt,
    going: Callable[[Any, Any], Array],
    tail: Callable[[Any, Any], Any],
    constants: Any,
    held: Any,
    first_row: Any,
    rows: int,
    kernel: Kernel,
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
        kernel: what runs the loop for every block of lanes (static).

    Returns:
        rows used by the slowest lane, the last state, and all rows `[row, lane]`.

    Raises:
        NotOfLanes: a function is no arithmetic of single lanes.
    """
    given = jax.tree.leaves((constants, held, first_row))
    held_leaves, held_outline = jax.tree.flatten(held)
    row_leaves, row_outline = jax.tree.flatten(first_row)
    lanes = given[0].shape[-1]
    loop = RowLoop(
        step=LaneProgram(attempt, constants, held),
        unfinished=LaneProgram(going, constants, held),
        filler=LaneProgram(tail, held, first_row),
        given=given,
        sizes=[sum(row_count(leaf.shape) for leaf in jax.tree.leaves(part)) for part in (constants, held, first_row)],
        found=[
            *(jax.ShapeDtypeStruct((rows, lanes), leaf.dtype) for leaf in row_leaves),
            *(jax.ShapeDtypeStruct((row_count(leaf.shape), lanes), leaf.dtype) for leaf in held_leaves),
            jax.ShapeDtypeStruct((1, lanes), jnp.int32),
        ],
    )
    found = kernel(loop, [stored(leaf).reshape(-1, lanes) for leaf in given])
    found = [usable(values, shape.dtype) for values, shape in zip(found, loop.found, strict=True)]
    final = [values.reshape(leaf.shape) for values, leaf in zip(found[len(row_leaves) : -1], held_leaves, strict=True)]
    trajectory = jax.tree.unflatten(row_outline, found[: len(row_leaves)])
    return jnp.max(found[-1]), jax.tree.unflatten(held_outline, final), trajectory


def stored(values: Any) -> Any:
    """Booleans as bytes, which memory can hold; of a shape alone too."""
    if np.dtype(values.dtype).kind != "b":
        return values
    if isinstance(values, jax.ShapeDtypeStruct):
        return jax.ShapeDtypeStruct(values.shape, jnp.uint8)
    return jnp.where(values, jnp.int32(1), jnp.int32(0)).astype(jnp.uint8)


def usable(values: Array, dtype: Any) -> Array:
    """Bytes that were booleans as booleans."""
    return values != 0 if np.dtype(dtype).kind == "b" else values
