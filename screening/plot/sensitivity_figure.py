"""Sensitivities as a table of colours: shares of the variance with their intervals, and local gradients."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from screening.plot.axis_labels import formula, spelled_out
from screening.plot.style import INK, OnAxes, heading, new_figure, nothing_to_draw, number_cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# inches of a cell, what the names at the left and below the cells take, and the narrowest panel, which its heading fits
WIDTH, HEIGHT, LEFT, BELOW, NARROWEST = 0.62, 0.27, 2.3, 2.0, 1.8
# A page of a journal holds so many inches of cells; beyond them each film shows only its first outputs.
TALLEST = 8.5
# Elasticities beyond this have the colour of this.
STRONGEST = 1.0


def plot_sensitivity(found: xr.Dataset, ax: OnAxes = None) -> "Figure":
    """Total Sobol' indices with the half widths of their 95 % intervals, and elasticities, of every output and input.

    Args:
        found: from `study_sensitivity`, `study_gradients`, or both merged; of several scan rates the last is drawn.
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure with a block of rows for each film that varies, which fits a page; a panel for the indices, one for the
        gradients. Of many films each shows its first outputs.

    Raises:
        StudyError: nothing varies.

    Example:
        >>> save_figure(plot_sensitivity(study_sensitivity(study)), "sensitivity.png")  # doctest: +SKIP
    """
    kinds = [name for name in ("total_order", "elasticity") if name in found]
    labels = [str(label) for label in found["output"].values]
    latest = list({label.partition("[")[0]: place for place, label in enumerate(labels)}.values())
    known = np.isfinite(found[kinds[0]].values)  # [film, input, output]
    films = [film for film in range(found.sizes["film"]) if known[film][:, latest].any()]
    if not films:
        raise nothing_to_draw("no output that varies", fix="vary a quantity")
    most = max(1, int(TALLEST / HEIGHT / len(films)) - 1)  # a blank row parts the films
    outputs = {film: [place for place in latest if known[film][:, place].any()] for film in films}
    cut = max(map(len, outputs.values())) > most
    rows = [(film, place) for film in films for place in (*outputs[film][:most], -1)][:-1]
    columns = np.flatnonzero(known[films].any(axis=(0, 2)))
    width = LEFT + len(kinds) * (max(WIDTH * len(columns), NARROWEST) + 1.1)
    figure, axes = new_figure(len(kinds), width=width, height=HEIGHT * len(rows) + BELOW, ax=ax)
    for axis, kind in zip(axes, kinds, strict=True):
        _table(figure, axis, found, kind, rows, columns)
    films_named = [f"{formula(found['film'].values[film])}: " if len(films) > 1 else "" for film, _ in rows]
    names = [
        name + spelled_out(labels[place].partition("[")[0]) if place >= 0 else ""
        for name, (_, place) in zip(films_named, rows, strict=True)
    ]
    axes[0].set_yticks(range(len(rows)), names, fontsize=7)
    if cut:
        figure.supxlabel(f"the first {most} outputs of each film", fontsize=8, color=INK, x=0.01, ha="left")
    return figure


_TITLES = {
    "total_order": "share of the variance (1),\nwith all interactions",
    "elasticity": "d ln|output| / d ln|input| (1),\nblank: a potential, or a corner",
}


def _table(
    figure: "Figure", axis: "Axes", found: xr.Dataset, kind: str, rows: list[tuple[int, int]], columns: np.ndarray
) -> None:
    """Cells of all films, inputs along x and outputs along y, with a blank row between films."""

    def cells(name: str) -> np.ndarray:
        values = found[name].values
        blank = np.full(len(columns), np.nan)
        return np.array([values[film, columns, place] if place >= 0 else blank for film, place in rows])

    values = cells(kind)
    total = kind == "total_order"
    limit = 1.0 if total else STRONGEST
    if total:
        texts = np.vectorize("{:.2f} ± {:.2f}".format)(np.maximum(values, 0.0), cells("total_order_half_width"))
        image = number_cells(axis, values, texts, "Blues", 0.0, limit, 6)
    else:
        image = number_cells(axis, values, np.vectorize("{:+.2f}".format)(values), "RdBu_r", -limit, limit, 6)
    axis.set_aspect("auto")
    names = [spelled_out(name) for name in found["input"].values[columns]]
    axis.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axis.set_yticks([])
    axis.tick_params(length=0, labelcolor=INK)
    axis.spines[:].set_visible(False)
    heading(axis, _TITLES[kind])
    bar = figure.colorbar(
        image, ax=axis, shrink=min(1.0, 3.0 / (HEIGHT * len(rows))), extend="neither" if total else "both"
    )
    bar.ax.tick_params(labelsize=7)
