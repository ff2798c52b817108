"""A fit: data against model, residuals, profile likelihoods and correlations."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from screening.fitting.marginals import between_bounds
from screening.fitting.profile_likelihood import THRESHOLD
from screening.plot.axis_labels import CURRENT_DENSITY
from screening.plot.impedance_figure import OHM_CM2, nyquist_axes
from screening.plot.style import (
    FAINT,
    INK,
    PALETTE,
    OnAxes,
    colour_of,
    drop_panel,
    heading,
    new_figure,
    number_cells,
    scan_rate_colours,
)
from screening.units import display_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_fit(fit: xr.Dataset, ax: OnAxes = None) -> "Figure":
    """Data and model, residuals, impedance, profiles of the quantities, and their correlation.

    Args:
        fit: from `FitResult.to_dataset` or `open_fit`.
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure of four axes: curves, their residuals, profiles, correlation. Impedance spectra take the place of the residuals, in a
        Nyquist plot, where there are no curves, and a fifth axes after them where there are; single numbers that of curves.

    Example:
        >>> save_figure(plot_fit(open_fit("F.zarr")), "fit.png")  # doctest: +SKIP
    """
    curves, spectra = fit.sizes["point"] > 0, "spectrum_target" in fit
    beside = curves and spectra
    ratios = (1.25, 1.0, *((1.0,) if beside else ()), 1.0, 0.9)
    figure, axes = new_figure(len(ratios), width=4.5 * len(ratios), height=5.0, ratios=ratios, ax=ax)
    if curves:
        _curves(axes[0], fit)
        _residuals(axes[1], fit)
    elif np.isfinite(fit["target_value"].values).any():
        _numbers(axes[0], fit)
    if spectra:
        _nyquist(axes[2 if beside else 1], fit)
    elif not curves:
        drop_panel(axes, 1)
    _profiles(axes[-2], fit)
    _correlation(figure, axes[-1], fit)
    if not curves and not np.isfinite(fit["target_value"].values).any():
        drop_panel(axes, 0)
    return figure


def _each_curve(fit):
    chosen = np.unique(fit["point_target"].values)
    for number, colour in zip(chosen, scan_rate_colours(len(chosen)), strict=True):
        yield (
            fit.isel(point=np.flatnonzero(fit["point_target"].values == number)),
            str(fit["target"].values[number]),
            colour,
        )


def _curves(axis: "Axes", fit: xr.Dataset) -> None:
    for one, name, colour in _each_curve(fit):
        potential = one["point_potential"].values
        measured, model = (display_value(one[key].values, "A m-2")[0] for key in ("point_measured", "point_model"))
        axis.plot(potential, measured, ".", color=colour, markersize=2.5, alpha=0.6)
        axis.plot(potential, model, color=colour, linewidth=1.2, label=name)
    axis.axhline(0.0, color=FAINT, linewidth=0.8, zorder=1)
    axis.set(xlabel="potential (V)", ylabel=CURRENT_DENSITY)
    axis.legend(frameon=False, fontsize=8)
    heading(axis, "data (dots) and model (lines)")


def _residuals(axis: "Axes", fit: xr.Dataset) -> None:
    for one, _, colour in _each_curve(fit):
        largest = np.abs(one["point_measured"].values).max()
        gap = 100 * (one["point_model"].values - one["point_measured"].values) / largest
        axis.plot(np.linspace(0, 1, len(gap)), gap, ".", color=colour, markersize=2.5)
    axis.axhline(0.0, color=INK, linewidth=0.8)
    axis.set(xlabel="share of the curve, in its order", ylabel="model - data (% of the largest current)")
    heading(axis, "residuals")


def _nyquist(axis: "Axes", fit: xr.Dataset) -> None:
    chosen = np.unique(fit["spectrum_target"].values)
    for number, colour in zip(chosen, scan_rate_colours(len(chosen)), strict=True):
        one = fit.isel(spectrum_point=np.flatnonzero(fit["spectrum_target"].values == number))
        one = one.sortby("spectrum_frequency")
        measured, model = (
            [one[f"spectrum_{which}_{part}"].values * OHM_CM2 for part in ("real", "imaginary")]
            for which in ("measured", "model")
        )
        axis.plot(measured[0], -measured[1], ".", color=colour, markersize=4, alpha=0.6)
        axis.plot(model[0], -model[1], color=colour, linewidth=1.2, label=str(fit["target"].values[number]))
    nyquist_axes(axis)
    axis.legend(frameon=False, fontsize=8)
    heading(axis, "impedance: data (dots) and model (lines)")


def _numbers(axis: "Axes", fit: xr.Dataset) -> None:
    single = fit.isel(target=np.flatnonzero(np.isfinite(fit["target_value"].values)))
    ratio = single["target_model"].values / single["target_value"].values
    axis.plot(range(len(ratio)), ratio, "o", color=PALETTE[0])
    axis.axhline(1.0, color=FAINT, linewidth=0.8, zorder=1)
    axis.set_xticks(range(len(ratio)), [str(name) for name in single["target"].values], rotation=30, ha="right")
    axis.set_ylabel("model / target")
    heading(axis, "single numbers")


def _profiles(axis: "Axes", fit: xr.Dataset) -> None:
    shares = between_bounds(fit, fit["profile_value"].values.T).T
    roots = np.sqrt(np.maximum(fit["profile_rise"].values, 0.0))
    for place, name in enumerate(fit["parameter"].values):
        if np.isfinite(shares[place]).any():
            look = {"color": colour_of(place), "linewidth": 1.0, "markersize": 4, "label": str(name)}
            axis.plot(shares[place], roots[place], ".-", **look)
    axis.axhline(np.sqrt(THRESHOLD), color=INK, linewidth=0.8, linestyle="--")
    axis.set(ylim=(0.0, 5.0), xlim=(0.0, 1.0))
    axis.set(xlabel="place between the bounds", ylabel="root of the rise of the cost")
    if axis.get_legend_handles_labels()[0]:
        axis.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    heading(axis, "profile likelihood (dashed: 95 %)")


def _correlation(figure: "Figure", axis: "Axes", fit: xr.Dataset) -> None:
    names = [str(name) for name in fit["parameter"].values]
    values = fit["correlation"].values
    image = number_cells(axis, values, np.vectorize("{:.2f}".format)(values), "RdBu_r", -1.0, 1.0, 8)
    axis.set_xticks(range(len(names)), [str(place + 1) for place in range(len(names))])
    axis.set_yticks(range(len(names)), [f"{name}  {place + 1}" for place, name in enumerate(names)])
    figure.colorbar(image, ax=axis, shrink=0.8)
    heading(axis, "correlation")
