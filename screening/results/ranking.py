"""Open a result store and rank its candidates."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool

from kernels.status import Status
from screening.errors import StudyError, shown
from screening.store.columns import Column, column_names, find_column, flag_names
from screening.store.destination import read_attributes, store_place
from screening.store.expression import Expression, parse_condition, parse_sort
from screening.store.location import zarr_arguments
from screening.store.shards import CANDIDATE, STATUS

if TYPE_CHECKING:
    import xarray as xr

# Rows looked at in one go: columns of this length are a few MB each.
SCAN_ROWS = 2**18
# Outputs of the cathodic peak, and the one that says whether it is a maximum or only the end of the sweep.
CATHODIC_PEAK, IS_PEAK = ("peak_current_density", "peak_potential", "half_peak_potential"), "peak_is_maximum"
# Numbers of candidates, the values that they are sorted by, and whether these belong to a true peak; each `[row]`.
Rows = tuple[np.ndarray, np.ndarray, np.ndarray]


def open_store(path: str | os.PathLike[str], *, chunks: dict[str, int] | str | None = "shard") -> "xr.Dataset":
    """As `sei.open_results`, without the accessor `.sei`."""
    attributes = read_attributes(path)
    import xarray as xr

    wanted: Any = {CANDIDATE: attributes["shard"]} if chunks == "shard" else chunks
    dataset = xr.open_zarr(**zarr_arguments(store_place(path)), chunks=wanted)
    return dataset[[*attributes["variable_order"], STATUS]]  # consolidated metadata come in alphabetical order


def pieces(dataset: "xr.Dataset") -> Iterator[slice]:
    """The candidates of a run in pieces of whole shards that fit into memory."""
    n, shard = dataset.sizes[CANDIDATE], int(dataset.attrs.get("shard", SCAN_ROWS))
    step = shard * max(1, SCAN_ROWS // shard)
    for start in range(0, n, step):
        yield slice(start, min(start + step, n))


def good_rows(dataset: "xr.Dataset", rows: slice, condition: Expression | None) -> Bool[np.ndarray, "row"]:
    """Which of some candidates are ok and fulfil a condition."""
    good = dataset[STATUS].isel({CANDIDATE: rows}).values == Status.OK
    return good if condition is None else good & condition.evaluate(dataset, rows.start, rows.stop)


@dataclass(frozen=True)
class Ranking:
    """The best candidates of a run.

    Attributes:
        dataset: the results that were ranked.
        candidates: indices of the best, best first, shape [row].
        values: what they were sorted by, shape [row].
        sort, where: the expressions.
        status_counts: candidates of the run per status name.
        matched: candidates that are ok and fulfil `where`.
        without_value: those of them whose sort value is NaN, which are left out.
        unranked: films without layers, left out beside films with layers.
    """

    dataset: "xr.Dataset"
    candidates: np.ndarray
    values: np.ndarray
    sort: Expression
    where: Expression | None
    status_counts: dict[str, int]
    matched: int
    without_value: int
    unranked: tuple[str, ...] = ()

    @property
    def by_peak(self) -> bool:
        """Whether true peaks stand before currents where a sweep ends."""
        return _maximum_of(self.dataset, self.sort) is not None

    def selected(self) -> "xr.Dataset":
        """All variables of the ranked candidates, best first, with their index as coordinate `candidate`."""
        return self.dataset.isel({CANDIDATE: self.candidates}).assign_coords({CANDIDATE: self.candidates})


def rank(dataset: "xr.Dataset", sort: str | None = None, top: int | None = 20, where: str | None = None) -> Ranking:
    """The candidates with the largest value of an expression, among those that are ok.

    Of a peak's current or potential, true peaks come first: the current where a sweep ends is no property of the film.
    A film without layers, the bare electrode, is there to compare with and would lead nearly every ranking: beside films
    with layers it is ranked only where the condition names `film`, or where all candidates are asked for (`top` None).
    """
    if top is not None and (isinstance(top, bool) or not isinstance(top, int) or top < 1):
        fix = "leave it out, or ask for 10, say"
        raise StudyError(
            "number of rows", got=shown(top), expected="a whole number of at least 1", fix=fix, where="--top"
        )
    order = parse_sort(dataset, default_sort(dataset) if sort is None else sort)
    condition = None if where is None else parse_condition(dataset, where)
    asked = condition is not None and any(column.name == "film" for column in condition.columns.values())
    bare = {} if top is None or asked else _bare_films(dataset)
    maximum = _maximum_of(dataset, order)
    counts = np.zeros(256, dtype=np.int64)
    best: Rows = (np.empty(0, dtype=np.int64), np.empty(0), np.empty(0, dtype=bool))
    found: list[Rows] = []
    matched = without_value = 0
    for piece in pieces(dataset):
        status = dataset[STATUS].isel({CANDIDATE: piece}).values
        counts += np.bincount(status, minlength=256)
        if not (status == Status.OK).any():
            continue
        chosen = good_rows(dataset, piece, condition)
        if bare:
            chosen &= ~np.isin(dataset["film"].isel({CANDIDATE: piece}).values, list(bare.values()))
        values = np.asarray(order.evaluate(dataset, piece.start, piece.stop), dtype=np.float64)
        matched += int(np.count_nonzero(chosen))
        valued = chosen & ~np.isnan(values)
        without_value += int(np.count_nonzero(chosen & ~valued))
        rows = np.flatnonzero(valued)
        true_peak = np.ones(len(rows), bool) if maximum is None else maximum.read(dataset, piece)[rows] == 1
        found.append((rows + piece.start, values[rows], true_peak))
        if top is not None:
            best = _largest([best, found.pop()], top)
    if top is None:
        best = _largest([best, *found], None)
    names = flag_names(dataset[STATUS])
    status_counts = {names.get(code, f"status {code}"): int(counts[code]) for code in np.flatnonzero(counts).tolist()}
    return Ranking(dataset, best[0], best[1], order, condition, status_counts, matched, without_value, tuple(bare))


def _bare_films(dataset: "xr.Dataset") -> dict[str, int]:
    """Name and code of the films without layers, where others have some."""
    layers = list(dataset["film"].attrs.get("layers", [])) if "film" in dataset else []
    if not any(layers):
        return {}
    return {name: code for name, code in find_column(dataset, "film").flags.items() if not layers[code]}


def default_sort(dataset: "xr.Dataset") -> str:
    """What a run is ranked by where nothing is asked: its attribute `rank_by`, or its first output."""
    if dataset.attrs.get("rank_by"):
        return str(dataset.attrs["rank_by"])
    outputs = [
        name
        for name in column_names(dataset)
        if not name.startswith("param_") and "flag_meanings" not in dataset[name].attrs
    ]
    if not outputs:
        raise StudyError(
            "nothing to sort by", expected="a store with an output per candidate", fix="name one with --sort"
        )
    return outputs[0]


def _maximum_of(dataset: "xr.Dataset", order: Expression) -> Column | None:
    """Where the rows are sorted by their peak, the column that tells a true peak from the current at the vertex."""
    column = order.column
    if column is None or column.name not in CATHODIC_PEAK or IS_PEAK not in dataset:
        return None
    return replace(column, name=IS_PEAK)


def _largest(pieces: list[Rows], top: int | None) -> Rows:
    """Of the largest values; those of true peaks before the others."""
    rows, values, true_peak = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
    order = np.lexsort((rows, -values, ~true_peak))[:top]
    return rows[order], values[order], true_peak[order]
