"""Concentration across film and diffusion layer at several times."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from screening.plot.axis_labels import formula
from screening.plot.style import FAINT, INK, OnAxes, heading, layer_colours, new_figure, scan_rate_colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_profiles(profiles: xr.Dataset, ax: OnAxes = None) -> "Figure":
    """Concentration against the distance from the electrode, in the film and in the liquid.

    Args:
        profiles: from `screening.api.concentration.concentration_profiles`.
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure: the film with its layers shaded, and the diffusion layer; of a bare electrode the latter alone.

    Example:
        >>> save_figure(plot_profiles(concentration_profiles(study, 3)), "profiles.svg")  # doctest: +SKIP
    """
    layers = list(profiles.attrs["layers"])
    of_layer = profiles["layer"].values
    film = of_layer < len(layers) - 1
    figure, axes = new_figure(2 if film.any() else 1, width=10.5 if film.any() else 6.0, height=4.4, ax=ax)
    parts = [(film, 1e9, "nm")] if film.any() else []
    parts.append((~film, 1e6, "µm"))
    concentration = profiles["concentration"].values * 1e-3
    position = profiles["position"].values
    for axis, (chosen, factor, unit) in zip(axes, parts, strict=True):
        for row, colour in enumerate(scan_rate_colours(profiles.sizes["time"])):
            volts = round(float(profiles["potential"][row]), 6) + 0.0  # rounding of a sweep through zero is zero
            label = f"{float(profiles['time'][row]):.3g} s, {volts:.3g} V"
            for number in np.unique(of_layer[chosen]):
                here = of_layer == number  # the concentration jumps between layers, so no line joins them
                x, y = position[here] * factor, concentration[row, here]
                axis.plot(x, y, color=colour, linewidth=1.3, label=label, zorder=3)
                label = None
        axis.set(xlabel=f"distance from the electrode ({unit})", ylabel="concentration (mol L⁻¹)")
        axis.set_ylim(bottom=min(0.0, float(concentration.min())))
        axis.axhline(0.0, color=FAINT, linewidth=0.8, zorder=1)
    if film.any():
        _shade(axes[0], layers, np.asarray(profiles.attrs["faces"], float) * 1e9)
    heading(axes[-1], formula(layers[-1]))
    axes[-1].legend(frameon=False, fontsize=8, title="time, potential", title_fontsize=8)
    return figure


def _shade(axis, layers, faces) -> None:
    """Bands and names of the layers."""
    ends = [0.0, *faces]
    colours = layer_colours(layers[:-1])
    for name, left, right in zip(layers[:-1], ends, ends[1:], strict=False):
        axis.axvspan(left, right, color=colours[name], alpha=0.35, linewidth=0, zorder=0)
        where = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "bottom"}
        axis.annotate(formula(name), ((left + right) / 2, 1.01), fontsize=9, color=INK, **where)
    axis.set_xlim(0.0, ends[-1])
