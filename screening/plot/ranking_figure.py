"""What a screening found: distributions per film, and the layers of the best stacks."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from kernels.status import Status
from screening.config.study import Study, parse_study
from screening.model.draws import draw_candidates
from screening.plot.axis_labels import spelled_out, with_unit
from screening.plot.style import INK, colour_of, heading, layer_colours, new_figure, nothing_to_draw, plain_log_axis
from screening.results.ranking import Ranking, rank
from screening.store.columns import Column, find_column
from screening.store.shards import CANDIDATE, STATUS
from screening.units import display_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Enough for a distribution, little enough for memory: of a larger run the first candidates are drawn.
MOST_CANDIDATES = 2**20
BEST = 4
# Bars of a histogram; in between, their number grows with the root of that of the candidates.
FEWEST_BARS, MOST_BARS = 10, 60


def plot_ranking(results: xr.Dataset, sort: str | None = None, where: str | None = None) -> "Figure":
    """Distribution of the ranked quantity and of the limiting current in each film, and the best stacks of each film.

    Args:
        results: from `open_results`.
        sort, where: as in `screening.results.ranking.rank`.

    Returns:
        figure with three panels.

    Raises:
        StudyError: nothing finished that could be drawn, or an expression that cannot be used.

    Example:
        >>> plot_ranking(open_results("R.zarr")).savefig("ranking.png")  # doctest: +SKIP
    """
    ranking = rank(results, sort, top=1, where=where)
    if not len(ranking.candidates):
        raise nothing_to_draw("no finished candidate", fix="finish the run")
    study = parse_study(results.attrs["study"], samples=results.attrs["samples"])
    chosen = ranking.sort.column or find_column(results, "limiting_current_density")
    panels = [chosen]
    if "limiting_current_density" in results and chosen.name != "limiting_current_density":
        panels.append(find_column(results, "limiting_current_density"))
    films = [number for number in range(study.n_films) if _count(results, number)]
    figure, axes = new_figure(
        len(panels) + 1, width=4.2 * len(panels) + 5.2, height=4.4, ratios=(*[1.0] * len(panels), 1.25)
    )
    for axis, column in zip(axes, panels, strict=False):
        _distributions(axis, ranking, column, study, films)
    _stacks(axes[-1], results, study, films, sort, where)
    return figure


def best_of_film(
    results: xr.Dataset, study: Study, film: int, top: int, sort: str | None, where: str | None
) -> Ranking:
    """The best candidates of one film that also meet the condition."""
    condition = f"film == {film}" if study.n_films > 1 else None
    both = " and ".join(f"({part})" for part in (condition, where) if part) or None
    return rank(results, sort, top=top, where=both)


def _count(results: xr.Dataset, film: int) -> int:
    first = results[[STATUS, "film"]].isel({CANDIDATE: slice(0, MOST_CANDIDATES)})
    return int(np.sum((first["film"].values == film) & (first[STATUS].values == Status.OK)))


def _distributions(axis: "Axes", ranking: Ranking, column: Column, study: Study, films: list[int]) -> None:
    """Histograms on a logarithmic axis, the magnitude of the quantity, one colour per film."""
    results = ranking.dataset
    rows = slice(0, min(results.sizes[CANDIDATE], MOST_CANDIDATES))
    film = results["film"].isel({CANDIDATE: rows}).values
    good = results[STATUS].isel({CANDIDATE: rows}).values == Status.OK
    values, unit = display_value(np.abs(column.read(results, rows).astype(float)), column.units)
    good &= np.isfinite(values) & (values > 0)
    if ranking.where is not None:
        good &= ranking.where.evaluate(results, rows.start, rows.stop)
    if not good.any():
        raise nothing_to_draw(f"no positive {column.name}", "some")
    low, high = values[good].min(), values[good].max()
    bars = min(MOST_BARS, max(FEWEST_BARS, round(2.0 * float(np.sqrt(np.count_nonzero(good))))))
    bins = np.geomspace(low / 1.05, high * 1.05, bars + 1)
    for number in films:
        mine = values[good & (film == number)]
        if not len(mine):
            continue
        weights, colour = np.full(len(mine), 100.0 / len(mine)), colour_of(number)
        median = float(np.median(mine))
        label = f"{study.film_names[number]}, median {median:.3g} {unit}"
        axis.hist(mine, bins, weights=weights, histtype="stepfilled", color=colour, alpha=0.45, label=label)
        axis.hist(mine, bins, weights=weights, histtype="step", color=colour, linewidth=1.2)
        axis.axvline(median, color=colour, linewidth=1.2, linestyle="--")
    axis.set_xlim(bins[0], bins[-1])
    plain_log_axis(axis)
    axis.set_xlabel(with_unit(f"|{spelled_out(column.name)}|" if unit else spelled_out(column.name), unit))
    axis.set_ylabel("share of the film's candidates (%)")
    inside = column.label.partition("[")[2].rstrip("]").replace("_", " ").replace("=", " ")
    heading(axis, f"at {inside}" if inside else "steady state")
    axis.set_ylim(top=1.3 * axis.get_ylim()[1])  # room for the legend
    axis.legend(frameon=True, edgecolor="none", framealpha=1.0, fontsize=8, loc="upper left")


def _stacks(
    axis: "Axes", results: xr.Dataset, study: Study, films: list[int], sort: str | None, where: str | None
) -> None:
    """Layers of the best stacks of each film, electrode at the left."""
    colours = layer_colours(name for film in films for name in study.layer_names(film))
    labels: list[str] = []
    place = 0.0
    ticks: list[float] = []
    for film in films:
        title = study.film_names[film]
        ranking = best_of_film(results, study, film, BEST, sort, where)
        for candidate in ranking.candidates.tolist():
            thickness = draw_candidates(study, candidate, candidate + 1).stack.thickness[0] * 1e9
            left = 0.0
            for name, width in zip(reversed(study.layer_names(film)), thickness, strict=False):
                axis.barh(place, width, left=left, height=0.78, color=colours[name], edgecolor="white", linewidth=0.6)
                left += width
            ticks.append(place)
            labels.append(f"{title} #{candidate}")
            place += 1.0
        place += 0.6
    axis.set_yticks(ticks, labels, fontsize=8)
    axis.invert_yaxis()
    axis.set_xlabel("distance from the electrode (nm)")
    heading(axis, f"the best {BEST} stacks of each film" if len(films) > 1 else f"the best {BEST} stacks")
    for name, colour in colours.items():
        axis.barh(np.nan, np.nan, color=colour, label=name)
    axis.legend(frameon=False, fontsize=8, ncols=max(len(colours), 1), loc="upper center", bbox_to_anchor=(0.45, -0.13))
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0, labelcolor=INK)
