"""The Pareto front of a run: candidates that no other beats in two quantities at once."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from kernels.status import Status
from screening.errors import StudyError
from screening.results import SCAN_ROWS, Ranking, rank
from screening.store.columns import column_names, find_column
from screening.store.expression import parse_condition, parse_sort
from screening.store.layout import CANDIDATE, STATUS

if TYPE_CHECKING:
    import xarray as xr


def undominated(first: Float[np.ndarray, "point"], second: Float[np.ndarray, "point"]) -> Bool[np.ndarray, "point"]:
    """Points that no other point equals or exceeds in both coordinates and exceeds in one.

    Args:
        first: `[point]`, larger is better, no NaN.
        second: `[point]`, likewise.

    Returns:
        `[point]`; equal points share their fate.

    Source: sort and sweep, Kung, Luccio & Preparata, J. ACM 22, 469 (1975), 10.1145/321906.321910.

    Example:
        >>> undominated(np.array([1.0, 2.0, 1.5]), np.array([3.0, 1.0, 1.0])).tolist()
        [True, True, False]
    """
    order = np.lexsort((-second, -first))
    x, y = first[order], second[order]
    begins = np.ones(len(x), dtype=bool)
    begins[1:] = x[1:] != x[:-1]
    # points with equal first coordinate: the highest of them against all with a larger one
    group = np.cumsum(begins) - 1
    highest = y[begins]
    before = np.concatenate([[-np.inf], np.maximum.accumulate(highest)])[: len(highest)]
    kept = np.empty(len(x), dtype=bool)
    leads = highest > before
    leads[:1] = True  # nothing lies beyond the largest first coordinate, however low it is
    kept[order] = (y == highest[group]) & leads[group]
    return kept


def pareto_ranking(dataset: "xr.Dataset", first: str, second: str, where: str | None = None) -> Ranking:
    """The Pareto front as a ranking by its first quantity.

    Args:
        dataset: from `open_results`.
        first: variable or expression to make large; a leading minus makes it small.
        second: likewise.
        where: a condition as in `screening.results.rank`.

    Returns:
        ranking of the front, largest first quantity first.

    Raises:
        StudyError: an expression that cannot be used, or no finished candidate with both quantities.
    """
    orders = parse_sort(dataset, first), parse_sort(dataset, second)
    condition = None if where is None else parse_condition(dataset, where)
    rows, values = np.empty(0, dtype=np.int64), np.empty((2, 0))
    for start in range(0, dataset.sizes[CANDIDATE], SCAN_ROWS):
        stop = min(start + SCAN_ROWS, dataset.sizes[CANDIDATE])
        chosen = dataset[STATUS].isel({CANDIDATE: slice(start, stop)}).values == Status.OK
        if condition is not None:
            chosen &= condition.evaluate(dataset, start, stop)
        found = np.stack([np.asarray(order.evaluate(dataset, start, stop), dtype=np.float64) for order in orders])
        here = np.flatnonzero(chosen & ~np.isnan(found).any(axis=0))
        rows = np.concatenate([rows, here + start])
        values = np.concatenate([values, found[:, here]], axis=1)
        kept = undominated(*values)
        rows, values = rows[kept], values[:, kept]
    if not len(rows):
        raise StudyError(
            "no Pareto front",
            got="no finished candidate with both quantities",
            expected="at least one",
            fix="finish the run, or choose other quantities",
        )
    best = np.lexsort((rows, -values[1], -values[0]))
    # its counts of the whole run are those of a ranking
    counted = rank(dataset, first, top=1, where=where)
    return Ranking(
        dataset, rows[best], values[0, best], orders[0], condition,
        counted.status_counts, counted.matched, counted.without_value,
    )  # fmt: skip


def pareto(dataset: "xr.Dataset", first: str, second: str, where: str | None = None) -> "xr.Dataset":
    """Candidates of a run that no other beats in two quantities at once.

    Args:
        dataset: from `open_results`.
        first: variable or expression to make large; a leading minus makes it small.
        second: likewise.
        where: a condition, such as "film == 'LiDFOB'".

    Returns:
        all variables of the front `[candidate]`, largest first quantity first, with the index as coordinate `candidate`.

    Raises:
        StudyError: an expression that cannot be used, or no finished candidate with both quantities.

    Example:
        `sei.pareto(sei.open_results("R.zarr"), "faradaic_efficiency", "current_density")`
    """
    return pareto_ranking(dataset, first, second, where).selected()


def front_columns(ranking: Ranking, second: str) -> list[str]:
    """Columns of a printed front: the two quantities, then codes, inputs and the rest.

    Args:
        ranking: from `pareto_ranking`.
        second: the second quantity, as asked for.

    Returns:
        names for `screening.table.show_ranking`; an expression that is no variable has no column.
    """
    dataset = ranking.dataset
    asked = (ranking.sort.column, parse_sort(dataset, second).column)
    names = [name for name in column_names(dataset) if name != STATUS]
    coded = [name for name in names if "flag_meanings" in dataset[name].attrs]
    inputs = [name for name in names if name.startswith("param_")]
    labels = [column.label for column in asked if column is not None]
    rest = [find_column(dataset, name).label for name in (*coded, *inputs, *names)]
    return list(dict.fromkeys([CANDIDATE, *labels, *rest]))
