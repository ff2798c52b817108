"""The columns of a screening that its report shows, with their units, ranges and histograms."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from screening.plot.axis_labels import name_and_rate, typeset
from screening.plot.style import spans_a_decade
from screening.store.columns import Column, column_names, expand_columns, find_column
from screening.store.shards import CANDIDATE, STATUS
from screening.units import display_value

# Of a larger store the first candidates are read for histograms and fronts: any beginning of a Sobol design is balanced.
MOST_READ = 2**22
# Scan rates beyond the largest are left out where a store would have more columns than a page can carry.
MOST_COLUMNS = 120
BINS = 40
# Values that differ by less are one value, of which a histogram would show the rounding.
ONE_VALUE = 1e-5


@dataclass(frozen=True)
class Shown:
    """One column of the report: "film", "input", "derived", "flag" or "output"; shown value = SI value * factor."""

    column: Column
    role: str
    meaning: str
    unit: str
    factor: float

    def payload(self) -> dict[str, Any]:
        """What the page needs to know of the column, without its values."""
        name, rate = name_and_rate(self.column.label)
        return {
            "label": self.column.label,
            "name": name,
            "at": rate,
            "role": self.role,
            "meaning": self.meaning,
            "unit": typeset(self.unit),
            "codes": {str(code): name for name, code in self.column.flags.items()},
        }


def shown_columns(dataset: xr.Dataset) -> list[Shown]:
    """Columns of a store in its order: inputs and outputs, one for each scan rate."""
    names = [name for name in column_names(dataset) if name != STATUS]
    expanded = {name: expand_columns(dataset, name) for name in names}
    if sum(map(len, expanded.values())) > MOST_COLUMNS:
        expanded = {name: [find_column(dataset, name)] for name in names}
    return [
        Shown(column, _role(dataset, name), str(dataset[name].attrs.get("long_name", "")), *_unit(column))
        for name, columns in expanded.items()
        for column in columns
    ]


def read_shown(dataset: xr.Dataset, shown: list[Shown], rows: slice | np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Number and values, in its unit, of every column; each variable is read once."""
    name, values = "", np.empty(0)
    for number, entry in enumerate(shown):
        column = entry.column
        if column.name != name:
            name, values = column.name, dataset[column.name].isel({CANDIDATE: rows}).values
        dims = [str(dim) for dim in dataset[name].dims[1:]]
        yield number, values[(slice(None), *(column.choice[dim] for dim in dims))] * entry.factor


def histogram(values: np.ndarray, film: np.ndarray, n_films: int, unit: str = "") -> dict[str, Any] | None:
    """Counts of one column in each film, on a logarithmic axis of magnitudes where one sign spans a wide range."""
    finite = np.isfinite(values)
    here, of_film = values[finite].astype(float), film[finite]
    if not len(here):
        return None
    low, high = float(here.min()), float(here.max())
    sign = 1 if low > 0 else -1 if high < 0 else 0
    size = np.abs(here)
    log = sign if sign and unit not in ("", "V") and spans_a_decade(size) else 0
    constant = high - low <= ONE_VALUE * max(abs(low), abs(high))
    if log:
        edges = np.geomspace(size.min() * (1 - 1e-9), size.max() * (1 + 1e-9), BINS + 1)
        here = size
    else:
        margin = max(abs(low), 1e-300) * 0.05 if constant else (high - low) * 1e-9
        edges = np.linspace(low - margin, high + margin, (1 if constant else BINS) + 1)
    place = np.clip(np.searchsorted(edges, here, side="right") - 1, 0, len(edges) - 2)
    counts = np.zeros((n_films, len(edges) - 1), dtype=np.int64)
    np.add.at(counts, (np.clip(of_film, 0, n_films - 1), place), 1)
    medians = [float(np.median(here[of_film == one])) if (of_film == one).any() else None for one in range(n_films)]
    return {"edges": edges, "counts": counts, "log": log, "medians": medians, "without": int((~finite).sum())}


def _role(dataset: xr.Dataset, name: str) -> str:
    if name == "film":
        return "film"
    if name.startswith("param_"):
        return "input"
    if name.startswith("layer") and name[5:6].isdigit():
        return "derived"
    return "flag" if dataset[name].dtype.kind in "biu" else "output"


def _unit(column: Column) -> tuple[str, float]:
    factor, unit = display_value(1.0, column.units)
    if "diffusion_layer" in column.name and unit == "nm":  # films are counted in nm, diffusion layers in um
        factor, unit = 1e6, "um"
    return ("" if unit == "1" else unit), factor
