"""Voltammograms by scan rate, peak currents against the root of the scan rate, and transients."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from kernels.observables.apparent_diffusivity import LARGEST_EXPONENT, SMALLEST_EXPONENT
from screening.errors import StudyError
from screening.plot.axis_labels import CURRENT_DENSITY, formula, potential_label, quantity_text, typeset
from screening.plot.style import FAINT, INK, PALETTE, OnAxes, heading, new_figure, scan_rate_colours
from screening.units import display_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_curves(curves: xr.Dataset, ax: OnAxes = None) -> "Figure":
    """The curves of one candidate.

    Args:
        curves: from `simulate_study` or `sei.simulate`, with dims (scan_rate, curve_step) or (curve_step,).
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure: the voltammograms, and for several scan rates the peak currents against sqrt(scan rate); for a protocol
        without sweeps current density and potential against time.

    Example:
        >>> plot_curves(sei.simulate_study(study, 3)).savefig("curves.png")  # doctest: +SKIP
    """
    if "scan_rate" not in curves.dims:
        figure, (left, right) = new_figure(2, ax=ax)
        _transient(left, curves, "current_density")
        _transient(right, curves, "potential")
        heading(left, _name(curves))
        return figure
    several = curves.sizes["scan_rate"] > 1 and "peak_current_density" in curves
    figure, axes = new_figure(2 if several else 1, width=10.0 if several else 6.0, ax=ax)
    _voltammograms(axes[0], curves)
    if several:
        _peak_currents(axes[1], curves)
    return figure


def plot_voltammograms(curves: xr.Dataset, ax: OnAxes = None) -> "Figure":
    """The voltammograms of one candidate at all its scan rates.

    Args:
        curves: from `simulate_study` or `sei.simulate`, with dims (scan_rate, curve_step).
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure.

    Raises:
        StudyError: the protocol has no sweep.

    Example:
        >>> plot_voltammograms(sei.simulate_study(study, 3)).savefig("family.png")  # doctest: +SKIP
    """
    _check_sweeps(curves, "scan_rate")
    figure, (axis,) = new_figure(1, width=6.0, ax=ax)
    _voltammograms(axis, curves)
    return figure


def plot_peak_currents(curves: xr.Dataset, ax: OnAxes = None) -> "Figure":
    """Cathodic peak currents against the root of the scan rate, with what they allow to conclude.

    Args:
        curves: from `simulate_study` or `sei.simulate`, at two scan rates or more.
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure; its heading gives b = d log |i_p| / d log v, and an apparent diffusivity only where that is one.

    Raises:
        StudyError: fewer than two scan rates.

    Source: Randles, Trans. Faraday Soc. 44, 327 (1948), 10.1039/TF9484400327; Sevcik, Collect. Czech. Chem. Commun. 13,
        349 (1948), 10.1135/cccc19480349.

    Example:
        >>> plot_peak_currents(sei.simulate_study(study, 3)).savefig("peaks.png")  # doctest: +SKIP
    """
    _check_sweeps(curves, "peak_current_density")
    if curves.sizes["scan_rate"] < 2 or "scan_rate_exponent" not in curves:
        raise StudyError(
            "peak currents against scan rate", got="one scan rate", expected="two or more", fix="add a scan rate"
        )
    figure, (axis,) = new_figure(1, width=5.6, ax=ax)
    _peak_currents(axis, curves)
    return figure


def _check_sweeps(curves: xr.Dataset, name: str) -> None:
    if "scan_rate" not in curves.dims or name not in curves.variables:
        raise StudyError(
            "no voltammograms",
            got="a protocol without sweeps",
            expected="a cv or an lsv",
            fix="use sei.plot.curve_summary",
        )


def _name(curves: xr.Dataset) -> str:
    layers = curves.attrs.get("layers")
    return formula(f"{curves.attrs.get('film', '')}: {f'{layers} (outside to inside)' if layers else 'bare electrode'}")


def _voltammograms(axis: "Axes", curves: xr.Dataset) -> None:
    rates = curves["scan_rate"].values
    order = np.argsort(rates)
    for rank, (run, colour) in enumerate(zip(order, scan_rate_colours(len(order)), strict=True)):
        one = curves.isel(scan_rate=int(run))
        current = display_value(one["current_density"].values, "A m-2")[0]
        label = quantity_text(float(rates[run]), "V s-1")
        axis.plot(one["potential"].values, current, color=colour, linewidth=1.4, label=label, zorder=3 + rank)
        if "peak_is_maximum" in one and bool(one["peak_is_maximum"]):
            height, _ = display_value(float(one["peak_current_density"]), "A m-2")
            axis.plot(float(one["peak_potential"]), height, "o", color=colour, markersize=4, zorder=30)
    axis.axhline(0.0, color=FAINT, linewidth=0.8, zorder=1)
    axis.set(xlabel=potential_label(curves), ylabel=CURRENT_DENSITY)
    legend = axis.legend(title="scan rate", frameon=False, fontsize=8, title_fontsize=8)
    legend.get_title().set_color(INK)
    heading(axis, _name(curves))


def _peak_currents(axis: "Axes", curves: xr.Dataset) -> None:
    rates = curves["scan_rate"].values
    order = np.argsort(rates)
    height = display_value(np.abs(curves["peak_current_density"].values), "A m-2")[0]
    rooted = np.sqrt(rates * 1e3)
    true_peak = curves["peak_is_maximum"].values.astype(bool)
    for run, colour in zip(order, scan_rate_colours(len(order)), strict=True):
        filled = colour if true_peak[run] else "none"
        axis.plot(rooted[run], height[run], "o", markeredgecolor=colour, markerfacecolor=filled, markersize=6, zorder=3)
    if not true_peak.all():
        axis.plot([], [], "o", markeredgecolor=INK, markerfacecolor="none", label="no maximum: end of the sweep")
    if np.isfinite(height).all():
        slope, intercept = np.polyfit(rooted, height, 1)
        span = np.array([0.0, rooted.max() * 1.05])
        line = "least-squares line; by Randles and Sevcik it meets 0"
        axis.plot(span, slope * span + intercept, color=FAINT, linewidth=1.2, zorder=2, label=line)
    axis.set_xlim(left=0.0)
    axis.set_ylim(0.0, 1.1 * float(np.nanmax(height)) or 1.0)
    axis.set_xlabel("root of scan rate (mV$^{1/2}$ s$^{-1/2}$)")
    axis.set_ylabel(f"cathodic peak |current density| ({typeset('mA/cm2')})")
    axis.legend(frameon=False, fontsize=8, loc="lower right")
    heading(axis, _verdict(curves))


def _verdict(curves: xr.Dataset) -> str:
    """What the scan-rate dependence allows to conclude, after Randles and Sevcik."""
    exponent = float(curves["scan_rate_exponent"])
    diffusivity = float(curves["apparent_diffusivity_randles_sevcik"])
    text = f"b = d log |i$_p$| / d log v = {exponent:.2f}"
    if bool(curves["apparent_diffusivity_valid"]):
        return f"{text}: D$_{{app}}$ = {diffusivity:.2e} {typeset('m2/s')}"
    if SMALLEST_EXPONENT <= exponent <= LARGEST_EXPONENT:
        return f"{text}, but no true peak: no D$_{{app}}$"
    return f"{text}, outside {SMALLEST_EXPONENT} to {LARGEST_EXPONENT}: no D$_{{app}}$"


def _transient(axis: "Axes", curves: xr.Dataset, name: str) -> None:
    values = display_value(curves[name].values, str(curves[name].attrs["units"]))[0]
    axis.plot(curves["time"].values, values, color=PALETTE[0], linewidth=1.4)
    axis.set(xlabel="time (s)", ylabel=potential_label(curves) if name == "potential" else CURRENT_DENSITY)
