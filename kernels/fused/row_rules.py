"""How operations that move whole rows look where each row is a vector of its own: they only arrange objects.

A rule gets the arrays of rows, the parameters of the primitive, the abstract values of its arguments, the shapes of the
results' rows, and whether the arguments have lanes; it returns one array of rows a result.
"""

import jax.numpy as jnp
import numpy as np

# Primitives that Pallas compiles for a card, all of them lane by lane.
ELEMENTWISE = frozenset(
    """abs add and asin asinh acosh atan2 atanh ceil clamp convert_element_type cos cosh div eq exp exp2 expm1 floor ge gt
    integer_pow is_finite le log log1p logistic lt max min mul ne neg not or pow rem rsqrt select_n shift_left
    shift_right_arithmetic shift_right_logical sign sin sinh sqrt square sub tan tanh xor""".split()  # noqa: SIM905
)


class NotOfLanes(Exception):
    """A function does something that is no arithmetic of single lanes."""


def _broadcast(given, params, avals, shapes, lanes):
    # a scalar row may stand for a vector of equal lanes, so the last axis of the result needs no care
    (shape,), rows = shapes, given[0]
    sizes = [1] * len(shape)
    for dim, size in zip(params["broadcast_dimensions"], rows.shape, strict=False):
        if dim < len(shape):
            sizes[dim] = size
    return [np.broadcast_to(rows.reshape(sizes), shape)]


def _reshape(given, params, avals, shapes, lanes):
    return [given[0].reshape(shapes[0])]


def _transpose(given, params, avals, shapes, lanes):
    order = params["permutation"]
    return [np.transpose(given[0], order[:-1] if lanes else order)]


def _concatenate(given, params, avals, shapes, lanes):
    return [np.concatenate(given, axis=params["dimension"])]


def _slice(given, params, avals, shapes, lanes):
    strides = params["strides"] or (1,) * len(params["start_indices"])
    spans = [slice(*span) for span in zip(params["start_indices"], params["limit_indices"], strides, strict=True)]
    return [given[0][tuple(spans[: given[0].ndim])]]


def _split(given, params, avals, shapes, lanes):
    ends = np.cumsum(params["sizes"])[:-1]
    return np.split(given[0], ends, axis=params["axis"])


def _stack(given, params, avals, shapes, lanes):
    return [np.stack(given, axis=params["axis"])]


def _unstack(given, params, avals, shapes, lanes):
    pieces = np.split(given[0], len(shapes), axis=params["axis"])
    return [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]


def _rev(given, params, avals, shapes, lanes):
    return [np.flip(given[0], params["dimensions"])]


def _iota(given, params, avals, shapes, lanes):
    numbers = np.arange(params["shape"][params["dimension"]]).astype(params["dtype"])
    sizes = [-1 if axis == params["dimension"] else 1 for axis in range(len(params["shape"]))]
    rows = np.empty(params["shape"], object)
    rows[...] = np.vectorize(numbers.dtype.type, otypes=[object])(numbers.reshape(sizes))
    return [rows]


def _gather(given, params, avals, shapes, lanes):
    # One row for each lane, picked by its number. A table of constants is compared only where it changes.
    table, places = given
    numbers = params["dimension_numbers"]
    one_by_one = params["slice_sizes"] == (1,) * len(avals[0].shape) and numbers.collapsed_slice_dims == (0,)
    if not one_by_one or table.ndim != 1 or numbers.start_index_map != (0,):
        raise NotOfLanes("a gather of more than one row")
    found = np.empty(places.size, object)
    for number, place in enumerate(places.ravel()):
        found[number] = _picked(table, place)
    return [found]


def _picked(table, place):
    """The row of a table that each lane's number names."""
    known = all(isinstance(row, np.generic) for row in table)
    shape = np.shape(place) if known else max((np.shape(row) for row in table), key=len)
    chosen = jnp.broadcast_to(jnp.asarray(table[0]), shape)
    for number in range(1, len(table)):
        if not (known and table[number] == table[number - 1]):
            chosen = jnp.where(place >= number, table[number], chosen)
    return chosen


ROW_RULES = {
    "broadcast_in_dim": _broadcast,
    "reshape": _reshape,
    "squeeze": _reshape,
    "expand_dims": _reshape,
    "transpose": _transpose,
    "concatenate": _concatenate,
    "slice": _slice,
    "split": _split,
    "stack": _stack,
    "unstack": _unstack,
    "rev": _rev,
    "iota": _iota,
    "gather": _gather,
}
