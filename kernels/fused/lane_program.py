"""A function of lane-last arrays rewritten to one vector of lanes a row: what a GPU kernel can keep in registers.

The function is traced as it stands. Of every array `[..., lane]` in its trace each row becomes a vector of its own, so that
stacking, splitting, summing over modes and choosing a segment cost nothing or are plain arithmetic of vectors. A kernel
then needs elementwise operations and loops alone.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend import core

from kernels.fused.row_rules import ELEMENTWISE, ROW_RULES, NotOfLanes

# Stands for the number of lanes in a trace; a prime that is no number of modes, layers or segments.
MARK = 7919
# Rows of an array beyond which a kernel is too long to compile, as the integrals of Marcus-Hush-Chidsey kinetics are.
MOST_ROWS = 160
# Primitives that hold a function to be called in their place, and where.
CALLS = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "checkpoint": "jaxpr",
    "remat2": "jaxpr",
}
# Primitives that change no number.
UNCHANGED = {"stop_gradient", "copy", "name", "optimization_barrier"}


class LaneProgram:
    """A function of pytrees of lane-last arrays, traced once for any number of lanes.

    Args:
        function: of arrays `[..., lane]` and scalars; it may loop, and may ask of all lanes at once only `any`, `all`,
            `max`, `min` or `sum`.
        examples: arguments; of the arrays shapes and types count.

    Raises:
        NotOfLanes: the function cannot be rewritten.

    Example:
        >>> program = LaneProgram(lambda x: jnp.sum(x, axis=0), jnp.ones((2, 5), jnp.float32))
        >>> program([jnp.ones(4), jnp.arange(4.0)])[0].tolist()
        [1.0, 2.0, 3.0, 4.0]
    """

    def __init__(self, function: Callable[..., Any], *examples: Any) -> None:
        marked = jax.tree.map(_marked, examples)
        self._jaxpr, told = jax.make_jaxpr(function, return_shape=True)(*marked)
        self.out_rows = [row_count(shape.shape) for shape in jax.tree.leaves(told)]

    def __call__(self, rows: list[Any]) -> list[Any]:
        """Rows of the results for the rows of all arguments, each `[lane]`, in the order of leaves and of rows."""
        rows, given, lanes = list(rows), [], rows[0].shape
        for variable in self._jaxpr.jaxpr.invars:
            shape = variable.aval.shape[:-1]
            count = int(np.prod(shape))
            given.append(_array(rows[:count], shape))
            del rows[:count]
        return [_vector(row, lanes) for found in _evaluate(self._jaxpr, given) for row in found.ravel()]


def row_count(shape: tuple[int, ...]) -> int:
    """Number of vectors that an array of lanes is made of."""
    return int(np.prod(shape[:-1]))


def _marked(leaf):
    """Shape and type of an argument with the mark in place of its lanes."""
    if not leaf.ndim:
        raise NotOfLanes("an argument without lanes")
    return jax.ShapeDtypeStruct((*leaf.shape[:-1], MARK), leaf.dtype)


def _array(values, shape):
    """Array of objects of a shape."""
    rows = np.empty(len(values), object)
    for place, value in enumerate(values):  # one by one, lest NumPy takes a vector of lanes for several objects
        rows[place] = value
    return rows.reshape(shape)


def _has_lanes(aval) -> bool:
    """Whether the last axis is that of the lanes; places to look up have an axis of one behind it."""
    shape = aval.shape[:-1] if aval.shape[-2:] == (MARK, 1) else aval.shape
    if MARK in shape[:-1]:
        raise NotOfLanes(f"lanes before the last axis of {aval.shape}")
    return shape[-1:] == (MARK,)


def _outer(aval):
    """Shape of the rows of an array."""
    return aval.shape[: aval.shape.index(MARK)] if _has_lanes(aval) else aval.shape


def _known(value):
    """A constant as an array of scalars."""
    value = np.asarray(value)
    if MARK in value.shape:
        raise NotOfLanes("a constant with lanes")
    return _array([item.astype(value.dtype) for item in value.ravel()], value.shape)


def _evaluate(closed, given):
    """Results of a closed jaxpr for arrays of rows."""
    jaxpr = closed.jaxpr
    held = dict(zip(jaxpr.constvars, map(_known, closed.consts), strict=True))
    held |= dict(zip(jaxpr.invars, given, strict=True))

    def read(atom):
        if isinstance(atom, core.Literal):
            return _known(np.asarray(atom.val, atom.aval.dtype))  # pyright: ignore[reportAttributeAccessIssue]
        return held[atom]

    for equation in jaxpr.eqns:
        found = _apply(equation, [read(atom) for atom in equation.invars])
        held |= dict(zip(equation.outvars, found, strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _apply(equation, given):
    """Results of one equation."""
    name, avals = equation.primitive.name, [variable.aval for variable in equation.invars]
    out = equation.outvars[0].aval
    rows = int(np.prod(_outer(out)))
    if rows > MOST_ROWS and _has_lanes(out):
        raise NotOfLanes(f"{rows} numbers a lane")
    if name in UNCHANGED:
        return given
    if name in CALLS:
        inner = equation.params[CALLS[name]]
        return _evaluate(inner if isinstance(inner, core.ClosedJaxpr) else core.ClosedJaxpr(inner, ()), given)
    if name == "while":
        return _loop(equation, given)
    if name in ELEMENTWISE:
        return [_elementwise(equation, given, out)]
    if name.startswith("reduce_"):
        return [_reduced(name, equation.params["axes"], avals[0], given[0])]
    if name in ROW_RULES:
        outs = [variable.aval for variable in equation.outvars]
        shapes = [_outer(aval) for aval in outs]
        lanes = any(_has_lanes(aval) for aval in avals)
        if lanes and not all(map(_has_lanes, outs)):
            raise NotOfLanes(f"{name} of {avals[0].shape} to {out.shape}")
        found = ROW_RULES[name](given, equation.params, avals, shapes, lanes)
        return [_array(list(rows.ravel()), shape) for rows, shape in zip(found, shapes, strict=True)]
    raise NotOfLanes(f"the operation {name}")


def _elementwise(equation, given, out):
    """An operation row by row."""
    shape = _outer(out)
    columns = [np.broadcast_to(rows, shape).ravel() for rows in given]
    return _array([_one(equation, row) for row in zip(*columns, strict=True)], shape)


def _one(equation, row):
    """An operation of vectors and scalars; a kernel has no conversion to bool and no test for finite numbers."""
    name, params = equation.primitive.name, equation.params
    if all(isinstance(value, np.generic) for value in row):
        with jax.ensure_compile_time_eval():
            return np.asarray(equation.primitive.bind(*map(jnp.asarray, row), **params))[()]
    if name == "is_finite":
        return jnp.abs(row[0]) < np.asarray(np.inf, row[0].dtype)
    if name == "convert_element_type":
        if np.dtype(params["new_dtype"]).kind == "b":
            return row[0] != np.zeros((), row[0].dtype)
        return lax.convert_element_type(row[0], params["new_dtype"])
    return equation.primitive.bind(*_alike(row), **params)


def _alike(row):
    """Vectors and scalars made of one shape."""
    shape = max((np.shape(value) for value in row), key=len)
    return [value if np.shape(value) == shape else lax.full(shape, value) for value in map(_jax, row)]


def _jax(value):
    return value if isinstance(value, jax.Array) else jnp.asarray(value)


def _reduced(name, axes, aval, rows):
    """A reduction over rows, by turns, then over the lanes if those are asked for too."""
    combine = {
        "reduce_sum": lax.add,
        "reduce_prod": lax.mul,
        "reduce_max": lax.max,
        "reduce_min": lax.min,
        "reduce_and": lax.bitwise_and,
        "reduce_or": lax.bitwise_or,
    }.get(name)
    if combine is None:
        raise NotOfLanes(f"the operation {name}")
    over = tuple(axis for axis in axes if axis < rows.ndim)
    kept = np.moveaxis(rows, over, range(len(over)))
    kept = kept.reshape(-1, *kept.shape[len(over) :])
    totals = []
    for column in kept.reshape(kept.shape[0], -1).T:
        total = column[0]
        for other in column[1:]:
            total = combine(*_alike((total, other)))
        totals.append(_over_lanes(name, total) if len(over) < len(axes) else total)
    return _array(totals, kept.shape[1:])


def _over_lanes(name, vector):
    """One number of all lanes; booleans as integers, which every backend reduces."""
    if name in ("reduce_and", "reduce_or"):
        numbers = jnp.where(vector, jnp.int32(1), jnp.int32(0))
        return (jnp.min(numbers) if name == "reduce_and" else jnp.max(numbers)) == 1
    return {"reduce_sum": jnp.sum, "reduce_max": jnp.max, "reduce_min": jnp.min}[name](vector)


def _loop(equation, given):
    """A while loop whose carry is every row by itself."""
    params = equation.params
    ahead, behind = params["cond_nconsts"], params["cond_nconsts"] + params["body_nconsts"]
    for_condition, for_body, start = given[:ahead], given[ahead:behind], given[behind:]
    avals = [variable.aval for variable in equation.invars[behind:]]

    def flat(arrays):
        return tuple(row for rows in arrays for row in rows.ravel())

    def rebuilt(values):
        values, arrays = list(values), []
        for rows in start:
            arrays.append(_array(values[: rows.size], rows.shape))
            del values[: rows.size]
        return arrays

    lanes = next(row.shape for rows in given for row in rows.ravel() if np.ndim(row))
    whole = [
        _array([_vector(row, lanes if _has_lanes(aval) else ()) for row in rows.ravel()], rows.shape)
        for rows, aval in zip(start, avals, strict=True)
    ]
    found = lax.while_loop(
        lambda values: _evaluate(params["cond_jaxpr"], [*for_condition, *rebuilt(values)])[0].item(),
        lambda values: tuple(
            _vector(row, np.shape(old))
            for row, old in zip(
                flat(_evaluate(params["body_jaxpr"], [*for_body, *rebuilt(values)])), flat(whole), strict=True
            )
        ),
        flat(whole),
    )
    return rebuilt(found)


def _vector(value, shape):
    value = _jax(value)
    return value if value.shape == shape else lax.full(shape, value)
