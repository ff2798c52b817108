"""One row for each film: how many of its candidates pass a threshold, their median and their best."""

import os
from typing import TextIO

import numpy as np

from kernels.status import Status
from screening.errors import StudyError
from screening.results.ranking import SCAN_ROWS, default_sort, open_store
from screening.results.ranking_table import rich_table, table_console
from screening.store.columns import find_column, quantity
from screening.store.expression import parse_condition, parse_sort
from screening.store.shards import CANDIDATE, STATUS
from screening.units import display_value, format_quantity


def show_films(
    path: str | os.PathLike[str],
    *,
    sort: str | None = None,
    threshold: str | None = None,
    where: str | None = None,
    file: TextIO | None = None,
) -> None:
    """Print for each film the share of its candidates that pass a threshold, the median and the best of what is ranked by."""
    dataset = open_store(path, chunks=None)
    order = parse_sort(dataset, default_sort(dataset) if sort is None else sort)
    condition = None if where is None else parse_condition(dataset, where)
    column = order.column
    if column is None:
        raise StudyError("--per-film takes a variable", got=order.text, expected="one of the store", where="--sort")
    values, films, rows = [], [], []
    for start in range(0, dataset.sizes[CANDIDATE], SCAN_ROWS):
        stop = min(start + SCAN_ROWS, dataset.sizes[CANDIDATE])
        good = dataset[STATUS].isel({CANDIDATE: slice(start, stop)}).values == Status.OK
        if condition is not None:
            good &= condition.evaluate(dataset, start, stop)
        rows.append(np.flatnonzero(good) + start)
        values.append(column.read(dataset, slice(start, stop))[good].astype(float))
        films.append(dataset["film"].isel({CANDIDATE: slice(start, stop)}).values[good])
    value, film, row = np.concatenate(values), np.concatenate(films), np.concatenate(rows)
    smallest = order.text.strip().startswith("-")
    gain = -value if smallest else value
    unit = display_value(1.0, column.units)[1]
    headings = [["film"], ["candidates"], ["median", unit], ["best", unit], ["candidate", "of the best"]]
    bound = np.nan
    if threshold is not None:
        bound = _bound(threshold, column.units, cathodic=smallest and bool(np.nanmax(value, initial=-np.inf) <= 0))
        headings.insert(2, ["passing", "%"])
    table = []
    for name, code in find_column(dataset, "film").flags.items():
        mine = film == code
        known = mine & np.isfinite(value)
        best = int(np.flatnonzero(known)[np.argmax(gain[known])]) if known.any() else None
        numbers = ["–"] * 3
        if best is not None:
            shown = display_value(np.array([np.median(value[known]), value[best]]), column.units)[0]
            numbers = [*(f"{one:.4g}" for one in shown), str(row[best])]
        share = np.count_nonzero(gain[known] >= (-bound if smallest else bound)) / max(np.count_nonzero(mine), 1)
        passing = [] if threshold is None else [f"{100 * share:.1f}"]
        table.append([name, f"{np.count_nonzero(mine):,}", *passing, *numbers])
    console = table_console(file)
    console.print(rich_table(headings, table))
    passes = (
        "" if threshold is None else f" Passing: {'<=' if smallest else '>='} {format_quantity(bound, column.units)}."
    )
    console.print(f"{column.label}, {'smallest' if smallest else 'largest'} is best.{passes}", markup=False)


def _bound(threshold: str, units: str, cathodic: bool) -> float:
    """The threshold in SI; of cathodic currents, which are negative, a positive one means the magnitude."""
    try:
        bound = quantity(threshold, units)
    except StudyError as error:
        raise error.at("--threshold") from None
    return -bound if cathodic and bound > 0 else bound
