"""A run in the plane of two quantities, with its Pareto front."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from screening.plot.axis_labels import formula, quantity_label
from screening.plot.style import (
    FAINT,
    INK,
    MOST_POINTS,
    OnAxes,
    colour_of,
    heading,
    legend_below,
    new_figure,
    spans_a_decade,
)
from screening.results.pareto import non_dominated
from screening.results.ranking import Ranking, good_rows
from screening.store.columns import flag_names
from screening.store.expression import Expression, parse_condition, parse_sort
from screening.store.shards import CANDIDATE
from screening.units import display_value

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_pareto(ranking: Ranking, second: str, where: str | None = None, ax: OnAxes = None) -> "Figure":
    """Candidates of each film, of a large run the first, with the front of each film, and the front of all.

    Args:
        ranking: from `screening.results.pareto.pareto_ranking`.
        second: the second quantity, as asked for there; it is drawn along the horizontal axis.
        where: the condition, as asked for there.
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure with one panel.

    Example:
        >>> plot_pareto(pareto_ranking(results, "faradaic_efficiency", "current_density"), "current_density")  # doctest: +SKIP
    """
    results = ranking.dataset
    horizontal, vertical = parse_sort(results, second), ranking.sort
    count = min(results.sizes[CANDIDATE], MOST_POINTS)
    good = good_rows(results, slice(0, count), None if where is None else parse_condition(results, where))
    x, y = (order.evaluate(results, 0, count) for order in (horizontal, vertical))
    good &= np.isfinite(x) & np.isfinite(y)
    film = results["film"].isel({CANDIDATE: slice(0, count)}).values
    names = flag_names(results["film"])
    figure, (axis,) = new_figure(1, width=6.4, height=4.4, ax=ax)
    for number in np.unique(film[good]).tolist():
        mine = good & (film == number)
        colour, label = colour_of(number), formula(names.get(number, "film"))
        size = 14.0 if mine.sum() < 500 else 5.0
        axis.scatter(*_shown(horizontal, x[mine], vertical, y[mine]), s=size, color=colour, alpha=0.35, linewidths=0)
        axis.plot([], [], "o", color=colour, markersize=4, label=label)
        edge = np.flatnonzero(mine)[non_dominated(np.stack([x[mine], y[mine]], 1), (True, True))]
        edge = edge[np.argsort(x[edge])]
        axis.plot(*_shown(horizontal, x[edge], vertical, y[edge]), color=colour, linewidth=1.0)
    front = [_at(results, order, ranking.candidates) for order in (horizontal, vertical)]
    shown = _shown(horizontal, front[0], vertical, front[1])
    axis.plot(*shown, "o", color="none", markeredgecolor=INK, markersize=5, label=f"front of all, {len(front[0])}")
    drawn = _shown(horizontal, np.concatenate([x[good], front[0]]), vertical, y[:0])[0]
    # a logarithmic axis would drop what is not positive, perhaps a whole film
    if spans_a_decade(drawn):
        axis.set_xscale("log")
    axis.set(xlabel=_label(horizontal), ylabel=_label(vertical))
    axis.grid(color=FAINT, linewidth=0.4, alpha=0.6)
    heading(axis, f"{int(good.sum()):,} candidates; lines: front of each film")
    # outside, because a front may pass any corner
    legend_below(axis, ax)
    return figure


def _at(results: xr.Dataset, order: Expression, rows: np.ndarray) -> np.ndarray:
    return np.asarray([order.evaluate(results, row, row + 1)[0] for row in rows.tolist()], dtype=np.float64)


def _reversed(order: Expression) -> bool:
    return order.column is not None and order.text.strip().startswith("-")


def _shown(horizontal: Expression, x: np.ndarray, vertical: Expression, y: np.ndarray) -> list[np.ndarray]:
    """In lab units, a variable that is to be small with its own sign."""
    found = []
    for order, values in ((horizontal, x), (vertical, y)):
        values = -values if _reversed(order) else values
        found.append(display_value(values, order.column.units)[0] if order.column else values)
    return found


def _label(order: Expression) -> str:
    if order.column is None:
        return order.text
    return quantity_label(order.column.name, order.column.units)
