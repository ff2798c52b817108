"""The one place that knows Pallas: a kernel over blocks of lanes, and whether a card can run it.

Pallas has two routes to a CUDA device. Triton takes any number of threads a block and any card from compute capability 8.0
on; it is the one used here. Where it cannot be had the usual route is taken, which is said once.
"""

import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from kernels.fused.row_loop import RowLoop, stored, usable

# Lanes of a block, a lane a thread: one warp, so that few lanes wait for the slowest of them.
BLOCK = 32
# Oldest card that Triton compiles for.
LEAST_CAPABILITY = 8.0


def run_lanes(
    body: Callable[..., None],
    inputs: Sequence[Array],
    outputs: Sequence[jax.ShapeDtypeStruct],
    block: int,
    interpret: bool,
) -> list[Array]:
    """Run a kernel for every block of lanes.

    A last block that is not full begins earlier: the lanes that it shares with the one before get the same numbers twice.

    Args:
        body: called with `read(number of the input, row)`, `write(number of the output, row, vector)`; rows may be traced.
        inputs: `[row, lane]`.
        outputs: shapes `[row, lane]`.
        block: lanes of a block, a power of two.
        interpret: without a card, for tests.

    Returns:
        outputs `[row, lane]`.
    """
    from jax.experimental import (
        pallas as pl,
    )  # as long to import as the rest of the kernels, and of no use without a card

    lanes = inputs[0].shape[-1]
    if lanes < block:
        fill = [(0, 0), (0, block - lanes)]
        inputs = [jnp.pad(values, fill, mode="edge") for values in inputs]
        outputs = [jax.ShapeDtypeStruct((shape.shape[0], block), shape.dtype) for shape in outputs]
    width = max(lanes, block)

    def kernel(*refs):
        given, found = refs[: len(inputs)], refs[len(inputs) :]
        first = jnp.minimum(pl.program_id(0) * block, width - block)
        span = pl.ds(first, block)

        def write(number, row, values):
            found[number][row, span] = values

        body(lambda number, row: given[number][row, span], write)

    call = pl.pallas_call(
        kernel,
        out_shape=list(outputs),
        grid=(-(-width // block),),
        interpret=interpret,
        compiler_params=None if interpret else _triton(max(1, block // 32)),
    )
    found = call(*inputs)
    return [values[:, :lanes] for values in found] if lanes < block else list(found)


def any_lane(condition: Array) -> Array:
    """Whether a condition holds in any lane of a block; booleans have no reduction of their own in a kernel."""
    return jnp.max(jnp.where(condition, jnp.int32(1), jnp.int32(0))) == 1


def on_blocks(loop: RowLoop, inputs: list[Array], block: int = BLOCK, interpret: bool = False) -> list[Array]:
    """A loop over rows as one kernel of a card.

    Args:
        loop: what is repeated.
        inputs: `[row, lane]`, of `loop.given`.
        block: lanes of a block (static).
        interpret: without a card, for tests (static).

    Returns:
        arrays of `loop.found`.
    """
    rows = loop.found[0].shape[0]

    def body(read, write):
        fixed, state, first = loop.parts([usable(read(number, row), dtype) for number, row, dtype in loop.inputs])

        def write_row(row, values):
            for number, value in enumerate(values):
                write(number, row, stored(value))

        def condition(carry):
            return (carry[0] < rows) & any_lane(loop.unfinished([*fixed, *carry[1]])[0])

        def advance(carry):
            found = loop.step([*fixed, *carry[1]])
            write_row(carry[0], found[len(state) :])
            return carry[0] + 1, tuple(found[: len(state)])

        write_row(0, first)
        used, state = lax.while_loop(condition, advance, (jnp.int32(1), tuple(state)))
        last = loop.filler([*state, *first])

        def fill(row, nothing):
            write_row(row, last)
            return nothing

        lax.fori_loop(used, jnp.int32(rows), fill, jnp.int32(0))
        for (number, row), value in zip(loop.state_places, state, strict=True):
            write(number, row, stored(value))
        write(len(loop.found) - 1, 0, jnp.full((block,), used))

    return run_lanes(body, inputs, [stored(shape) for shape in loop.found], block, interpret)


def by_platform(routes: dict[str, Callable[..., Any]], usual: Callable[..., Any], *arguments: Any) -> Any:
    """Result of the function for the platform that is compiled for.

    Args:
        routes: functions by JAX's name of a platform.
        usual: the function for every other platform.
        arguments: pytrees of arrays.

    Returns:
        what either returns.
    """
    if not routes:
        return usual(*arguments)
    if jax.default_backend() == "cpu":  # nothing else to compile for
        return routes.get("cpu", usual)(*arguments)
    return lax.platform_dependent(*arguments, default=usual, **routes)


@cache
def card_found() -> bool:
    """Whether this process has a card that kernels can be compiled for; says once where it has one that cannot.

    Returns:
        True or False, the same for the life of the process.
    """
    try:
        cards = jax.devices("gpu")
    except RuntimeError:
        return False
    capable = [
        float(getattr(card, "compute_capability", 0) or 0) >= LEAST_CAPABILITY for card in cards if _is_nvidia(card)
    ]
    found = len(capable) == len(cards) and all(capable) and _has_triton()
    if not found:
        tell_usual(f"{cards[0].device_kind} or this version of JAX")
    return found


@cache
def tell_usual(reason: str) -> None:
    """Say once that the slower route is taken."""
    warnings.warn(f"no fused stepping for {reason}: the time steps run as single operations, slower", stacklevel=2)


def _is_nvidia(card) -> bool:
    return "rocm" not in str(card.client.platform_version).lower()


def _has_triton() -> bool:
    try:
        _triton(1)
    except ImportError:
        return False
    return True


def _triton(warps) -> Any:
    """What Triton's compiler is told; imported late, because it is announced to go."""
    from jax.experimental.pallas import triton

    return triton.CompilerParams(num_warps=warps, num_stages=1)
