"""Arguments that are quantities, one or an array of them: read, put on named axes, and written out as the columns of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import numpy as np

from screening.cf_attributes import described
from screening.config.fields import FIELDS
from screening.config.given_quantities import si_values
from screening.config.stored_inputs import value_name
from screening.config.study import Study
from screening.errors import StudyError
from screening.sampling.distributions import Choice, Fixed

if TYPE_CHECKING:
    import pint
    import xarray as xr

# Text such as "5 nm", a pint quantity, a number for what has no unit, or `Fixed` for a number in SI units; and a list or an
# array of them, along which a simulation is repeated.
Quantity: TypeAlias = Union[str, float, Fixed, "pint.Quantity", Sequence["Quantity"], "np.ndarray", "xr.DataArray"]


# The axis of lists that go together.
CASE = "case"


@dataclass(frozen=True)
class Along(Choice):
    """The SI values of one argument that is an array; without names, its axis goes by the name of the argument."""

    dims: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class Axes:
    """Axes of a simulation over arrays.

    Attributes:
        sizes: length of each by its name, in order.
        coordinates: arguments along them: name -> axes, SI values, attributes.
        columns: place in the study file -> values of all cases, the last axis fastest.
    """

    sizes: dict[str, int]
    coordinates: dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, Any]]]
    columns: dict[str, tuple[float, ...]]


def axes_of(study: Study, zipped: bool = False) -> Axes:
    """The axes of the arguments of a study that are arrays; lists are `zipped` along one axis, or each has its own."""
    sizes: dict[str, int] = {}
    coordinates, arrays = {}, {}
    for place in study.places(0):
        scalar = place.scalar
        if not isinstance(scalar, Along):
            continue
        name = value_name(place)
        dims = scalar.dims or ((CASE,) if zipped else (name,))
        values = np.reshape(scalar.values, scalar.shape)
        for dim, size in zip(dims, scalar.shape, strict=True):
            if sizes.setdefault(dim, size) != size:
                raise StudyError(
                    "arrays differ in length along an axis",
                    got=f"{size} along {dim}",
                    expected=f"{sizes[dim]}, as before",
                    fix="give arrays of one length, or axes of their own",
                    where=name,
                )
        coordinates[name] = dims, values, described(place.rule.unit, place.rule.long_name)
        arrays[place.path] = dims, values
    columns = {}
    for path, (dims, values) in arrays.items():
        order = sorted(range(len(dims)), key=lambda axis: list(sizes).index(dims[axis]))
        shape = [size if dim in dims else 1 for dim, size in sizes.items()]
        whole = np.broadcast_to(values.transpose(order).reshape(shape), list(sizes.values()))
        columns[path] = tuple(whole.ravel().tolist())
    return Axes(sizes, coordinates, columns)


def with_columns(tables: Any, columns: Mapping[str, Sequence[float]], path: str = "") -> Any:
    """Tables with lists in place of the entries at some paths."""
    if path in columns:
        return Choice(tuple(columns[path]))
    if isinstance(tables, Mapping):
        return {
            key: with_columns(entry, columns, f"{path}.{key}" if path else str(key)) for key, entry in tables.items()
        }
    if isinstance(tables, list):
        return [with_columns(entry, columns, f"{path}[{place}]") for place, entry in enumerate(tables)]
    return tables


def along(value: Any, field: str, where: str) -> Along | None:
    """The values of a list or array of quantities of a field, or None for a single one."""
    dims = tuple(str(dim) for dim in getattr(value, "dims", ())) if hasattr(value, "coords") else ()
    unit = str(value.attrs.get("units", "")) if hasattr(value, "coords") else ""
    whole = value.values if hasattr(value, "coords") else value
    if hasattr(whole, "magnitude") and hasattr(whole, "units"):
        whole, unit = whole.magnitude, f"{whole.units:~C}"
    if (
        not isinstance(whole, list | tuple | np.ndarray)
        or np.ndim(np.asarray(whole, object)) == 0
        or field not in FIELDS
    ):
        return None
    entries = np.asarray(whole, object)
    if not entries.size or (entries.ndim > 1 and not dims):
        fix = "give names to its axes: xarray.DataArray(values, dims=(...))" if entries.size else "add values"
        raise StudyError("array of quantities", got=f"shape {entries.shape}", expected="values", fix=fix, where=where)
    values = si_values(entries.ravel().tolist(), unit, field, where)
    return Along(tuple(values), dims, entries.shape)
