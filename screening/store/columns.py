"""Columns of a result store: one number per candidate, named as people type it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from screening.errors import StudyError, shown, unknown_name
from screening.store.shards import CANDIDATE
from screening.units import dimension_of_cf, format_quantity, parse_quantity

if TYPE_CHECKING:
    import xarray as xr

# A longer axis is a curve, which has no single value to rank by.
LONGEST_AXIS = 64
_SELECTOR = re.compile(r"\s*(?P<name>param/\w+|\w+)\s*(?:\[(?P<choices>[^\]]*)\])?\s*")


@dataclass(frozen=True)
class Column:
    """One number per candidate.

    Attributes:
        name: variable of the store, or "candidate" for the index itself.
        choice: index along each further dimension, such as {"scan_rate": 4}.
        label: how to type it, such as "peak_current_density[scan_rate=200 mV/s]".
        units: CF unit of the values.
        flags: meaning of each code, of a variable that has them.
    """

    name: str
    label: str
    units: str = "1"
    choice: Mapping[str, int] = field(default_factory=dict)
    flags: Mapping[str, int] = field(default_factory=dict)

    def read(self, dataset: "xr.Dataset", rows: slice | np.ndarray) -> np.ndarray:
        """Values of some candidates."""
        if self.name == CANDIDATE:
            if CANDIDATE in dataset.coords:  # a selection, which keeps the numbers of its candidates
                return dataset[CANDIDATE].isel({CANDIDATE: rows}).values
            return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
        return dataset[self.name].isel({CANDIDATE: rows, **self.choice}).values


def find_column(dataset: "xr.Dataset", text: str) -> Column:
    """The column that a text means."""
    match = _SELECTOR.fullmatch(text)
    if match is None:
        raise StudyError(
            "cannot be read as a variable",
            got=shown(text),
            expected="a name such as peak_current_density[scan_rate=100 mV/s]",
            fix="see the names in `sei-screen show`",
        )
    name = match["name"].replace("/", "_")
    known = column_names(dataset)
    if name != CANDIDATE and name not in known:
        if name in dataset.variables:
            raise StudyError("not one number per candidate", got=shown(name), expected=f"one of {', '.join(known)}")
        raise unknown_name("variable", match["name"], [CANDIDATE, *known])
    if name == CANDIDATE:
        return Column(CANDIDATE, CANDIDATE)
    asked = _choices(match["choices"] or "", text)
    dims = [str(dim) for dim in dataset[name].dims[1:]]
    for dim in asked:
        if dim not in dims:
            raise unknown_name(f"axis of {name}", dim, dims or ["(it has none)"])
    choice = {dim: _index(dataset[dim], dim, asked.get(dim)) for dim in dims}
    return _column(dataset, name, choice)


def expand_columns(dataset: "xr.Dataset", name: str) -> list[Column]:
    """Every column of one variable: one per scan rate, where it has that axis."""
    axes = [(str(dim), dataset.sizes[dim]) for dim in dataset[name].dims[1:]]
    choices = np.ndindex(*(size for _, size in axes))
    return [_column(dataset, name, dict(zip((dim for dim, _ in axes), at, strict=True))) for at in choices]


def column_names(dataset: "xr.Dataset") -> list[str]:
    """Variables with one number per candidate and point of short axes, so not the curves; in stored order."""
    return [
        str(name)
        for name, variable in dataset.variables.items()
        if name != CANDIDATE
        and variable.dims[:1] == (CANDIDATE,)
        and variable.dtype.kind in "biuf"
        and all(dataset.sizes[dim] <= LONGEST_AXIS for dim in variable.dims[1:])
    ]


def flag_names(variable: "xr.DataArray") -> dict[int, str]:
    """Meaning of each code of a variable that has codes, as the CF conventions store it."""
    about = variable.attrs
    meanings = list(about.get("flag_labels", [])) or str(about.get("flag_meanings", "")).split()
    return dict(zip(np.atleast_1d(about.get("flag_values", [])).tolist(), meanings, strict=False))


def flag_code(flags: Mapping[str, int], text: str) -> int:
    """The code of a meaning; blanks and underscores are the same, because CF stores the one for the other."""
    for meaning, code in flags.items():
        if meaning.replace(" ", "_") == text.replace(" ", "_"):
            return code
    raise unknown_name("value", text, flags)


def quantity(text: str, units: str) -> float:
    """A quantity such as "100 mV/s" in a given CF unit."""
    if (dimension := dimension_of_cf(units)) is not None:
        return parse_quantity(text, dimension.name)
    raise StudyError("quantity", got=shown(text), expected=f"a number in {units}", fix="write it without a unit")


def _column(dataset: "xr.Dataset", name: str, choice: Mapping[str, int]) -> Column:
    attributes = dataset[name].attrs
    label = ", ".join(f"{dim}={_axis_text(dataset[dim], index)}" for dim, index in choice.items())
    return Column(
        name,
        f"{name}[{label}]" if label else name,
        str(attributes.get("units", "1")),
        dict(choice),
        {meaning: code for code, meaning in flag_names(dataset[name]).items()},
    )


def _choices(text: str, whole: str) -> dict[str, str]:
    choices = {}
    for part in filter(str.strip, text.split(",")):
        dim, separator, value = part.partition("=")
        if not separator or not value.strip():
            raise StudyError(
                "axis value", got=shown(whole), expected="AXIS=VALUE in the brackets, such as [scan_rate=100 mV/s]"
            )
        choices[dim.strip()] = value.strip()
    return choices


def _index(axis: "xr.DataArray", dim: str, asked: str | None) -> int:
    values = axis.values
    numeric = values.dtype.kind in "fiu"
    if asked is None:
        return int(np.argmax(values)) if numeric else len(values) - 1
    if numeric:
        try:
            wanted = float(asked)
        except ValueError:
            wanted = quantity(asked, str(axis.attrs.get("units", "1")))
        index = int(np.argmin(np.abs(values - wanted)))
        if np.isclose(values[index], wanted, rtol=1e-6, atol=0.0):
            return index
    elif asked in (names := [str(value) for value in values]):
        return names.index(asked)
    raise StudyError(
        f"no such {dim}",
        got=shown(asked),
        expected=f"one of {', '.join(_axis_text(axis, index) for index in range(len(values)))}",
    )


def _axis_text(axis: "xr.DataArray", index: int) -> str:
    value = axis.values[index]
    if axis.dtype.kind in "fiu":
        return format_quantity(float(value), str(axis.attrs.get("units", "1")), digits=7)
    return str(value)
