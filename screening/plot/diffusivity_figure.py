"""Apparent diffusivity over two quantities: of the candidates of a run, or of a grid of simulations."""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from screening.errors import StudyError, unknown_name
from screening.plot.axis_labels import quantity_label
from screening.plot.style import (
    FAINT,
    MOST_POINTS,
    OnAxes,
    heading,
    legend_below,
    new_figure,
    nothing_to_draw,
    plain_log_axis,
    spans_a_decade,
)
from screening.units import display_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_diffusivity_map(
    results: xr.Dataset,
    x: str,
    y: str,
    value: str = "apparent_diffusivity_randles_sevcik",
    ax: OnAxes = None,
) -> "Figure":
    """What an experimenter would read as a diffusion coefficient, over two quantities.

    Cells of a full grid are filled; other candidates are points, because nothing is interpolated. Where the scan-rate
    dependence does not allow to read a diffusivity (`apparent_diffusivity_valid` is 0) there is a grey cross.

    Args:
        results: from `open_results`, or any dataset that has the three variables (or coordinates) over the same dimensions,
            such as simulations joined by `xarray.concat`.
        x, y: names, such as "param_layer1_thickness".
        value: what the colour shows.
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure.

    Raises:
        StudyError: no such variable, one that is not a single number of each candidate, or nothing to draw.

    Example:
        >>> plot_diffusivity_map(sei.open_results("R.zarr"), "param_layer1_thickness", "param_layer1_diffusivity")  # doctest: +SKIP
    """
    from matplotlib.colors import LogNorm, Normalize

    for name in (x, y, value):
        if name not in results.variables:
            raise unknown_name("variable", name, [str(known) for known in results.variables])
    if "candidate" in results.dims:
        results = results.isel(candidate=slice(0, MOST_POINTS))
    codes = [name for name in ("status", "apparent_diffusivity_valid") if name in results]
    arrays = dict(
        zip([x, y, value, *codes], xr.broadcast(*(results[name] for name in (x, y, value, *codes))), strict=True)
    )
    if set(arrays[value].dims) != set(results[value].dims):
        raise StudyError(
            "quantity of a map",
            got=f"{x}, {y} along {', '.join(map(str, arrays[value].dims))}",
            expected=f"one number for each {value}",
            fix="choose one scan rate with .isel first",
        )
    flat = {name: array.values.ravel().astype(float) for name, array in arrays.items()}
    good = np.isfinite(flat[x]) & np.isfinite(flat[y]) & (flat.get("status", np.ones(1)) == 1)
    readable = good & np.isfinite(flat[value]) & (flat.get("apparent_diffusivity_valid", np.ones(1)) != 0)
    if not good.any():
        raise nothing_to_draw("no finished candidate")
    figure, (axis,) = new_figure(1, width=6.4, height=4.8, ax=ax)
    units = {name: str(results[name].attrs.get("units", "1")) for name in (x, y, value)}
    across, up, colours = (display_value(flat[name], unit)[0] for name, unit in units.items())
    labels = {name: quantity_label(name.replace("_randles_sevcik", ""), unit) for name, unit in units.items()}
    if readable.any():
        shown = colours[readable]
        norm = (LogNorm if spans_a_decade(shown) else Normalize)(shown.min(), shown.max())
        drawn = _cells(axis, across, up, np.where(readable, colours, np.nan), good, norm)
        if drawn is None:
            size = 26.0 if readable.sum() < 500 else 7.0
            drawn = axis.scatter(across[readable], up[readable], size, shown, norm=norm, linewidths=0, zorder=3)
        figure.colorbar(drawn, ax=axis).set_label(labels[value])
    other = good & ~readable
    if other.any():
        axis.plot(across[other], up[other], "x", color=FAINT, markersize=4, markeredgewidth=0.9, zorder=2,
                  label="cannot be read as a diffusivity")  # fmt: skip
        legend_below(axis, ax)
    for which, name, values in (("x", x, across[good]), ("y", y, up[good])):
        if spans_a_decade(values):
            plain_log_axis(axis, which)
        axis.set(**{f"{which}label": labels[name]})
    heading(axis, f"{int(readable.sum()):,} of {int(good.sum()):,} candidates with a diffusivity")
    return figure


def _cells(axis: "Axes", x: np.ndarray, y: np.ndarray, values: np.ndarray, good: np.ndarray, norm: Any) -> Any:
    """Filled cells where the points are a full grid, else None."""
    columns, rows = np.unique(x[good]), np.unique(y[good])
    if len(columns) * len(rows) != good.sum() or min(len(columns), len(rows)) < 2:
        return None
    grid = np.full((len(rows), len(columns)), np.nan)
    grid[np.searchsorted(rows, y[good]), np.searchsorted(columns, x[good])] = values[good]
    edges = [_edges(ends) for ends in (columns, rows)]
    return axis.pcolormesh(*edges, np.ma.masked_invalid(grid), norm=norm, cmap="viridis", zorder=1)


def _edges(values: np.ndarray) -> np.ndarray:
    """Borders halfway between neighbours, on the scale that the axis has."""
    logarithmic = spans_a_decade(values)
    places = np.log(values) if logarithmic else values
    middle = (places[1:] + places[:-1]) / 2
    ends = np.concatenate([[2 * places[0] - middle[0]], middle, [2 * places[-1] - middle[-1]]])
    return np.exp(ends) if logarithmic else ends
