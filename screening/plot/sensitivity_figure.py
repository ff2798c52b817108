"""Sensitivities as a table of colours: shares of the variance with their intervals, and local gradients."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from screening.plot.axis_labels import spelled_out
from screening.plot.style import INK, heading, nothing_to_draw, number_cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# inches of a cell, and of the narrowest table, which its heading fits
WIDTH, HEIGHT, NARROWEST = 0.78, 0.46, 2.4
# Elasticities beyond this have the colour of this.
STRONGEST = 1.0


def plot_sensitivity(found: xr.Dataset) -> "Figure":
    """Total Sobol' indices with the half widths of their 95 % intervals, and elasticities, of every output and input.

    Args:
        found: from `study_sensitivity`, `study_gradients`, or both merged; of several scan rates the last is drawn.

    Returns:
        figure with a row for each film that varies; a column for the indices, one for the gradients.

    Raises:
        StudyError: nothing varies.

    Example:
        >>> save_figure(plot_sensitivity(study_sensitivity(study)), "sensitivity.png")  # doctest: +SKIP
    """
    from matplotlib.figure import Figure

    kinds = [name for name in ("total_order", "elasticity") if name in found]
    labels = [str(label) for label in found["output"].values]
    rows = list({label.partition("[")[0]: place for place, label in enumerate(labels)}.values())
    films = [
        film
        for film in range(found.sizes["film"])
        if any(np.isfinite(found[name].values[film][:, rows]).any() for name in kinds)
    ]
    if not films:
        raise nothing_to_draw("no output that varies", fix="vary a quantity")
    columns = {
        film: np.flatnonzero(np.any([np.isfinite(found[name].values[film]).any(axis=1) for name in kinds], axis=0))
        for film in films
    }
    width = 3.4 + len(kinds) * (max(WIDTH * max(map(len, columns.values())), NARROWEST) + 0.9)
    figure = Figure(figsize=(width, len(films) * (HEIGHT * len(rows) + 2.2)), layout="constrained")
    axes = figure.subplots(len(films), len(kinds), squeeze=False)
    for line, film in zip(axes, films, strict=True):
        one = found.isel(film=film, input=columns[film], output=rows)
        for axis, kind in zip(line, kinds, strict=True):
            _table(figure, axis, one, kind)
            if axis is not line[0]:
                axis.set_yticklabels([])
            heading(axis, f"{found['film'].values[film]!s}\n{_TITLES[kind]}")
    return figure


_TITLES = {
    "total_order": "share of the variance (1),\nwith all interactions",
    "elasticity": "d ln|output| / d ln|input| (1),\nblank: a potential, or a corner",
}


def _table(figure: "Figure", axis: "Axes", one: xr.Dataset, kind: str) -> None:
    """Cells of one film, inputs along x and outputs along y."""
    values = one[kind].values.T
    total = kind == "total_order"
    limit = 1.0 if total else STRONGEST
    if total:
        halves = one["total_order_half_width"].values.T
        texts = np.vectorize("{:.2f}\n±{:.2f}".format)(np.maximum(values, 0.0), halves)
        image = number_cells(axis, values, texts, "Blues", 0.0, limit, 7)
    else:
        image = number_cells(axis, values, np.vectorize("{:+.2f}".format)(values), "RdBu_r", -limit, limit, 7)
    axis.set_aspect("auto")
    names = [spelled_out(name) for name in one["input"].values]
    axis.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    outputs = [spelled_out(str(label).partition("[")[0]) for label in one["output"].values]
    axis.set_yticks(range(len(outputs)), outputs, fontsize=8)
    axis.tick_params(length=0, labelcolor=INK)
    axis.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axis, shrink=0.85, extend="neither" if total else "both")
    bar.ax.tick_params(labelsize=8)
