"""The Pareto front of a run: candidates that no other beats in two quantities at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from screening.errors import StudyError
from screening.results.ranking import Ranking, good_rows, pieces, rank
from screening.store.columns import column_names, find_column
from screening.store.expression import Expression, parse_condition, parse_sort
from screening.store.shards import CANDIDATE, STATUS

if TYPE_CHECKING:
    import xarray as xr


# From here on, most rows are seen to be beaten by the front of a few, which costs less than to sort them all.
MANY, FEW = 20_000, 4096


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


def non_dominated(
    values: Float[np.ndarray, "candidate objective"], maximise: tuple[bool, ...]
) -> Bool[np.ndarray, "candidate"]:
    """The Pareto front: candidates than which no other is at least as good in all objectives and better in one.

    Source:
        Kung, Luccio and Preparata, J. ACM 22, 469 (1975), 10.1145/321906.321910, for sorting by one objective first.
    """
    if values.ndim != 2 or values.shape[1] != len(maximise):
        raise ValueError(f"objectives: got values {values.shape} and {len(maximise)} directions, expected one for each")
    front = np.zeros(len(values), dtype=bool)
    rows = np.flatnonzero(~np.isnan(values).any(axis=1))
    gains = np.where(maximise, values[rows], -values[rows])  # large is good from here on
    find = _of_many if gains.shape[1] != 2 else _of_two if len(gains) < MANY else _of_two_of_many
    front[rows[find(gains)]] = True
    return front


def _of_two_of_many(gains: np.ndarray) -> np.ndarray:
    few = gains[:: len(gains) // FEW]
    first, second = few[_of_two(few)].T
    order = np.argsort(first, kind="stable")
    first, second = first[order], second[order]  # ascending, descending
    right = np.searchsorted(first, gains[:, 0], side="right")  # members whose first objective is larger
    beaten = np.append(second, -np.inf)[right] >= gains[:, 1]
    left = np.flatnonzero(~beaten | (right == len(first)))
    return left[_of_two(gains[left])]


def _of_two(gains: np.ndarray) -> np.ndarray:
    """Sorted by the first objective, the front is where the second exceeds everything before."""
    if not len(gains):
        return np.empty(0, dtype=np.int64)
    order = np.lexsort((-gains[:, 1], -gains[:, 0]))
    first, second = gains[order].T
    before = np.concatenate([[-np.inf], np.maximum.accumulate(second)[:-1]])
    new = second > before
    new[0] = True
    # equal rows follow each other in this order and share the fate of the first
    begins = np.concatenate([[True], (first[1:] != first[:-1]) | (second[1:] != second[:-1])])
    return np.sort(order[new[np.flatnonzero(begins)][np.cumsum(begins) - 1]])


def _of_many(gains: np.ndarray) -> np.ndarray:
    """By descending sum a row is beaten by earlier rows only, and by a member of the front if by any."""
    with np.errstate(invalid="ignore"):
        order = np.lexsort((*-gains.T, -np.nan_to_num(gains.sum(axis=1))))
    front: list[int] = []
    best = np.empty((0, gains.shape[1]))
    for row in order:
        mine = gains[row]
        if not ((best >= mine).all(axis=1) & (best > mine).any(axis=1)).any():
            front.append(int(row))
            best = np.vstack([best, mine])
    return np.sort(np.array(front, dtype=np.int64))
