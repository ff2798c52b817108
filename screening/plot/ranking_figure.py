"""What a screening found: distributions per film, and the layers of the best stacks."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from screening.config.study import Study, parse_study
from screening.model.draws import draw_candidates
from screening.plot.axis_labels import formula, name_and_rate, number_text, spelled_out, with_unit
from screening.plot.style import (
    INK,
    OnAxes,
    colour_of,
    draw_films,
    heading,
    layer_colours,
    new_figure,
    nothing_to_draw,
    plain_log_axis,
)
from screening.results.ranking import Ranking, good_rows, rank
from screening.store.columns import Column, find_column
from screening.store.shards import CANDIDATE
from screening.units import display_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LIMIT, SHARE = "limiting_current_density", "film_share_of_limit"
# Enough for a distribution, little enough for memory: of a larger run the first candidates are drawn.
MOST_CANDIDATES = 2**20
# Bars of the stacks figure, shared by the films, of which each has at most BEST and at least one.
MOST_STACKS, BEST = 16, 4
# Bars of a histogram; in between, their number grows with the root of that of the candidates.
FEWEST_BARS, MOST_BARS = 10, 60
# A column that spans less than this is one number, of which a distribution would show the rounding.
ONE_VALUE = 1.001


def plot_ranking(results: xr.Dataset, sort: str | None = None, where: str | None = None, ax: OnAxes = None) -> "Figure":
    """Distribution of the ranked quantity and of the limiting current in each film, and the best stacks of each film.

    Args:
        results: from `open_results`.
        sort, where: as in `screening.results.ranking.rank`.
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure with a row for each film: its histograms, whose heights are those of its own candidates, with the medians,
        and its best stacks. A limiting current that all candidates share is left out; beside its median stands the share
        of the electrolyte's own that the film takes away.

    Raises:
        StudyError: nothing finished that could be drawn, or an expression that cannot be used.

    Example:
        >>> plot_ranking(open_results("R.zarr")).savefig("ranking.png")  # doctest: +SKIP
    """
    ranking = rank(results, sort, top=1, where=where)
    if not len(ranking.candidates):
        raise nothing_to_draw("no finished candidate", fix="finish the run")
    study = parse_study(results.attrs["study"], samples=results.attrs["samples"])
    chosen = ranking.sort.column or find_column(results, LIMIT)
    panels = [(chosen, *_read(ranking, chosen))]
    if LIMIT in results and chosen.name != LIMIT:
        second = find_column(results, LIMIT)
        values, film = _read(ranking, second)
        if len(values) and values.max() > ONE_VALUE * values.min():
            panels.append((second, values, film))
    if not len(panels[0][1]):
        raise nothing_to_draw(f"no positive {chosen.name}", "some")
    films = np.unique(np.concatenate([film for _, _, film in panels])).tolist()
    height = max(4.2, 1.8 + 0.62 * len(films))
    figure, axes = new_figure(
        len(panels) + 1, width=4.2 * len(panels) + 5.6, height=height, ratios=(*[1.0] * len(panels), 1.25), ax=ax
    )
    for axis, (column, values, film) in zip(axes, panels, strict=False):
        shares = _median_shares(ranking) if column.name == LIMIT and SHARE in results else {}
        _distributions(axis, column, values, film, study, films, shares, named=axis is axes[0])
    _stacks(axes[-1], results, study, films, sort, where)
    return figure


def best_of_film(
    results: xr.Dataset, study: Study, film: int, top: int, sort: str | None, where: str | None
) -> Ranking:
    """The best candidates of one film that also meet the condition."""
    condition = f"film == {film}" if study.n_films > 1 else None
    both = " and ".join(f"({part})" for part in (condition, where) if part) or None
    return rank(results, sort, top=top, where=both)


def _read(ranking: Ranking, column: Column, least: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Magnitudes of a column in its display unit, and the film of each, where they are above the least."""
    results = ranking.dataset
    rows = slice(0, min(results.sizes[CANDIDATE], MOST_CANDIDATES))
    values, _ = display_value(np.abs(column.read(results, rows).astype(float)), column.units)
    good = good_rows(results, rows, ranking.where) & np.isfinite(values) & (values > least)
    return values[good], results["film"].isel({CANDIDATE: rows}).values[good]


def _distributions(
    axis: "Axes",
    column: Column,
    values: np.ndarray,
    film: np.ndarray,
    study: Study,
    films: list[int],
    shares: dict[int, float],
    named: bool,
) -> None:
    """A histogram for each film, one above the other on one logarithmic axis, with its median and what the film takes of it."""
    low, high = values.min(), values.max()
    bars = min(MOST_BARS, max(FEWEST_BARS, round(2.0 * float(np.sqrt(len(values))))))
    bins = np.geomspace(low / 1.05, high * 1.05, bars + 1)
    for row, number in enumerate(films):
        mine, colour = values[film == number], colour_of(number)
        axis.axhline(row, color=INK, linewidth=0.6, zorder=1)
        if not len(mine):
            continue
        counts = np.histogram(mine, bins)[0]
        height = row - 0.68 * counts / counts.max()  # the axis is turned over, so that the first film is on top
        axis.stairs(height, bins, baseline=row, fill=True, color=colour, alpha=0.5, zorder=2)
        axis.stairs(height, bins, baseline=row, color=colour, linewidth=1.1, zorder=3)
        median = float(np.median(mine))
        axis.plot([median, median], [row, row - 0.72], color=colour, linewidth=1.4, linestyle="--", zorder=4)
        place = np.log(median / bins[0]) / np.log(bins[-1] / bins[0])
        side = "left" if place < 0.15 else "right" if place > 0.85 else "center"
        text = number_text(median) + (f" (film {100 * shares[number]:.0f} %)" if number in shares else "")
        axis.text(median, row - 0.76, text, fontsize=8, color=INK, ha=side, va="bottom")
    axis.set_xlim(bins[0], bins[-1])
    plain_log_axis(axis)
    unit = display_value(1.0, column.units)[1]
    axis.set_xlabel(with_unit(f"|{spelled_out(column.name)}|" if unit else spelled_out(column.name), unit))
    axis.set_ylim(len(films) - 0.9, -1.08)
    axis.set_yticks(range(len(films)), [formula(study.film_names[number]) if named else "" for number in films])
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    rate = name_and_rate(column.label)[1]
    title = f"medians at {rate}" if rate else "medians"
    heading(axis, f"{title}, and the share that the film takes" if shares else title)


def _median_shares(ranking: Ranking) -> dict[int, float]:
    """How much of the electrolyte's own limiting current each film takes away, at the median."""
    share, film = _read(ranking, find_column(ranking.dataset, SHARE), least=-1.0)
    return {number: float(np.median(share[film == number])) for number in np.unique(film).tolist()}


def _stacks(
    axis: "Axes", results: xr.Dataset, study: Study, films: list[int], sort: str | None, where: str | None
) -> None:
    """Layers of the best stacks of each film, electrode at the left."""
    films = [film for film in films if study.layer_names(film)]
    colours = layer_colours(name for film in films for name in study.layer_names(film))
    best = min(BEST, max(1, MOST_STACKS // max(len(films), 1)))
    labels: list[str] = []
    rows: list[tuple[float, list[tuple[str, float]]]] = []
    for number, film in enumerate(films):
        inward = study.layer_names(film)[::-1]
        for candidate in best_of_film(results, study, film, best, sort, where).candidates.tolist():
            thickness = draw_candidates(study, candidate, candidate + 1).stack.thickness[0] * 1e9
            rows.append((len(rows) + 0.6 * number, list(zip(inward, thickness.tolist(), strict=False))))
            labels.append(f"{formula(study.film_names[film])} #{candidate}")
    draw_films(axis, rows, colours, 0.78)
    axis.set_yticks([place for place, _ in rows], labels, fontsize=8)
    axis.invert_yaxis()
    number = f"{best} stacks" if best > 1 else "stack"
    heading(axis, f"the best {number} of each film" if len(films) > 1 else f"the best {number}")
    columns = min(max(len(colours), 1), 7)
    axis.legend(frameon=False, fontsize=8, ncols=columns, loc="upper center", bbox_to_anchor=(0.45, -0.14))
