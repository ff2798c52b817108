"""Whole cells: faradaic efficiency against current, and what their voltage is made of."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from screening.errors import StudyError
from screening.plot.axis_labels import formula, spelled_out, typeset
from screening.plot.style import FAINT, OnAxes, colour_of, heading, ink_on, legend_below, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Parts below this share of the largest voltage have no number in their bar, which would not fit.
LABELLED_SHARE = 0.07


def plot_efficiency(
    current_density: Float[np.ndarray, "point"],
    efficiency: Mapping[str, Float[np.ndarray, "point"]],
    *,
    limit: float | None = None,
    ax: OnAxes = None,
) -> "Figure":
    """Faradaic efficiency against the magnitude of the current density.

    Args:
        current_density: `[point]`, A m-2, either sign.
        efficiency: for each curve its label and values `[point]`, between 0 and 1; NaN where there is none.
        limit: limiting current density in A m-2, drawn as a line.
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure.

    Raises:
        StudyError: no curve, or one of another length.

    Example:
        >>> plot_efficiency(np.array([5.0, 20.0]), {"LiDFOB": np.array([0.52, 0.61])}).axes[0].get_ylabel()
        'faradaic efficiency (%)'
    """
    if not efficiency or any(len(values) != len(current_density) for values in efficiency.values()):
        raise StudyError("curves of efficiency", expected="at least one, each as long as the currents", where="--plot")
    figure, (axis,) = new_figure(1, width=6.4, ax=ax)
    order = np.argsort(np.abs(current_density))
    current = np.abs(np.asarray(current_density, float))[order] * 0.1
    for place, (label, values) in enumerate(efficiency.items()):
        shown = 100 * np.asarray(values, float)[order]
        axis.plot(current, shown, ".-", color=colour_of(place), linewidth=1.4, label=formula(label))
    if limit is not None:
        axis.axvline(abs(limit) * 0.1, color=FAINT, linewidth=1.2, linestyle="--", label="limiting current", zorder=1)
    axis.set_ylim(0.0, 105.0)
    axis.set_xlim(left=0.0)
    axis.set(xlabel=f"|current density| ({typeset('mA/cm2')})", ylabel="faradaic efficiency (%)")
    axis.legend(frameon=False, fontsize=8)
    heading(axis, "faradaic efficiency")
    return figure


def plot_voltage_breakdown(
    labels: Sequence[str], parts: Mapping[str, Float[np.ndarray, "cell"]], ax: OnAxes = None
) -> "Figure":
    """What the voltage of each cell is made of, as stacked bars.

    Args:
        labels: of the cells.
        parts: for each part its name and values `[cell]`, V, none negative; in the order of the bars.
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure.

    Raises:
        StudyError: no part, one of another length, or one that is negative or not a number.

    Example:
        >>> parts = {"equilibrium": np.array([3.0]), "film": np.array([0.4])}
        >>> plot_voltage_breakdown(["10 mA/cm2"], parts).axes[0].get_xlabel()
        'voltage (V)'
    """
    values = {name: np.atleast_1d(np.asarray(part, float)) for name, part in parts.items()}
    if not values or any(len(part) != len(labels) or not (part >= 0).all() for part in values.values()):
        raise StudyError(
            "parts of a voltage",
            expected="at least one, each with a number of 0 V or more for every cell",
            where="--plot",
        )
    figure, (axis,) = new_figure(1, width=7.6, height=1.9 + 0.5 * len(labels), ax=ax)
    places, left = np.arange(len(labels)), np.zeros(len(labels))
    largest = float(np.sum(list(values.values()), axis=0).max())
    for place, (name, part) in enumerate(values.items()):
        colour = colour_of(place)
        axis.barh(places, part, left=left, height=0.66, color=colour, edgecolor="white", linewidth=0.6,
                  label=spelled_out(name))  # fmt: skip
        for row in np.flatnonzero(part >= LABELLED_SHARE * largest):
            middle, ink = left[row] + part[row] / 2, ink_on(colour)
            axis.text(middle, row, f"{part[row]:.2f}", ha="center", va="center", fontsize=8, color=ink)
        left += part
    axis.set_yticks(places, list(labels))
    axis.invert_yaxis()
    axis.set_xlabel("voltage (V)")
    axis.tick_params(axis="y", length=0)
    heading(axis, "parts of the cell voltage")
    legend_below(axis, ax)
    return figure
