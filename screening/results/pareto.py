"""The Pareto front of a run: candidates that no other beats in two quantities at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int

from screening.errors import StudyError
from screening.results.dominance import non_dominated
from screening.results.ranking import Ranking, good_rows, pieces, rank
from screening.store.columns import column_names, find_column
from screening.store.expression import Expression, parse_condition, parse_sort
from screening.store.shards import CANDIDATE, STATUS

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Front:
    """Candidates of a run that no other beats, ascending, and their values by objective, of which more is better."""

    orders: tuple[Expression, ...]
    condition: Expression | None
    candidates: Int[np.ndarray, "member"]
    values: Float[np.ndarray, "member objective"]


def find_front(dataset: "xr.Dataset", objectives: Sequence[str], where: str | None = None) -> Front:
    """The finished candidates that no other beats in one objective without being worse in another, piece by piece."""
    orders = tuple(parse_sort(dataset, text) for text in objectives)
    condition = None if where is None else parse_condition(dataset, where)
    rows, values = np.empty(0, dtype=np.int64), np.empty((0, len(orders)))
    for piece in pieces(dataset):
        chosen = good_rows(dataset, piece, condition)
        columns = [np.asarray(order.evaluate(dataset, piece.start, piece.stop), float) for order in orders]
        rows = np.concatenate([rows, np.flatnonzero(chosen) + piece.start])
        values = np.concatenate([values, np.stack(columns, 1)[chosen]])
        kept = non_dominated(values, (True,) * len(orders))
        rows, values = rows[kept], values[kept]
    return Front(orders, condition, rows, values)


def pareto_ranking(dataset: "xr.Dataset", first: str, second: str, where: str | None = None) -> Ranking:
    """The Pareto front as a ranking by its first quantity."""
    front = find_front(dataset, (first, second), where)
    rows, values = front.candidates, front.values
    if not len(rows):
        raise StudyError(
            "no Pareto front",
            got="no finished candidate with both quantities",
            expected="at least one",
            fix="finish the run, or choose other quantities",
        )
    best = np.lexsort((rows, -values[:, 1], -values[:, 0]))
    # its counts of the whole run are those of a ranking
    counted = rank(dataset, first, top=1, where=where)
    return Ranking(
        dataset, rows[best], values[best, 0], front.orders[0], front.condition,
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
    """Columns of a printed front: the two quantities, then codes, inputs and the rest."""
    dataset = ranking.dataset
    asked = (ranking.sort.column, parse_sort(dataset, second).column)
    names = [name for name in column_names(dataset) if name != STATUS]
    coded = [name for name in names if "flag_meanings" in dataset[name].attrs]
    inputs = [name for name in names if name.startswith("param_")]
    labels = [column.label for column in asked if column is not None]
    rest = [find_column(dataset, name).label for name in (*coded, *inputs, *names)]
    return list(dict.fromkeys([CANDIDATE, *labels, *rest]))
