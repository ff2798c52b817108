"""Models of the same data side by side: what each leaves unexplained, and what each says of the quantities they share."""

from typing import TYPE_CHECKING

import numpy as np

from screening.fitting.comparison import Comparison
from screening.plot.style import (
    FAINT,
    INK,
    OnAxes,
    colour_of,
    drop_panel,
    heading,
    legend_below,
    new_figure,
    plain_log_axis,
    scan_rate_colours,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Residual panels; a figure of more models shows the best ones.
MOST_MODELS = 4


def plot_comparison(comparison: Comparison, ax: OnAxes = None) -> "Figure":
    """Residuals of each model, the best first, and the shared quantities with their 95 % intervals.

    Args:
        comparison: from `sei.compare`.
        ax: axes to draw on, one for each of at most four models and one for the quantities; a new figure if left out.

    Returns:
        figure; without curves the residual panels are empty.

    Example:
        >>> save_figure(plot_comparison(sei.compare("a.toml", "b.toml")), "models.png")  # doctest: +SKIP
    """
    order = np.argsort(comparison.delta_aicc, kind="stable")[:MOST_MODELS].tolist()
    figure, axes = new_figure(len(order) + 1, width=3.6 * (len(order) + 1), height=4.2, ax=ax)
    largest = 0.0
    for axis, place in zip(axes, order, strict=False):
        largest = max(largest, _residuals(axis, comparison, place))
    for axis in axes[:-1]:
        axis.set_ylim(-1.1 * largest or None, 1.1 * largest or None)
    if largest:
        axes[0].set_ylabel("model - data (% of the largest current)")
        axes[0].legend(frameon=False, fontsize=8, markerscale=3)
    _quantities(axes, comparison, order, ax)
    return figure


def _residuals(axis: "Axes", comparison: Comparison, place: int) -> float:
    """Draw the residuals of one model; returns the largest, %."""
    result, largest = comparison.results[place], 0.0
    problem = result.problem
    count = len(problem.layout.curves)
    for curve, colour in zip(range(count), scan_rate_colours(count), strict=True):
        here = problem.data.weight[:, curve] > 0
        measured = problem.data.current[here, curve]
        gap = 100 * (result.current[curve, here] - measured) / np.abs(measured).max()
        largest = max(largest, float(np.abs(gap).max()))
        axis.plot(problem.potential[here, curve], gap, ".", color=colour, markersize=2.5, label=problem.names[curve])
    axis.axhline(0.0, color=INK, linewidth=0.8)
    axis.set_xlabel("potential (V)")
    short = comparison.names[place].rpartition("/")[2].removesuffix(".toml")
    heading(axis, f"{short}: weight {comparison.weights[place]:.2g}")
    return largest


def _quantities(axes: list["Axes"], comparison: Comparison, order: list[int], ax: OnAxes) -> None:
    """Estimates of the shared quantities over those of the best model, on the last axes."""
    axis, best = axes[-1], comparison.results[order[0]]
    shared = [
        name
        for name, entry in zip(best.problem.parameters.names, best.problem.parameters.entries, strict=True)
        if entry.logarithmic and sum(name in result.estimate for result in comparison.results) > 1
    ]
    if not shared:
        drop_panel(axes, len(axes) - 1)
        return
    for rank, place in enumerate(order):
        result = comparison.results[place]
        for row, name in enumerate(shared):
            if name not in result.estimate:
                continue
            value, (low, high) = result.estimate[name], result.interval[name]
            scaled = np.array([low, value, high]) / best.estimate[name]
            height = row + 0.12 * (rank - (len(order) - 1) / 2)
            short = comparison.names[place].rpartition("/")[2].removesuffix(".toml")
            axis.plot(scaled[[0, 2]], [height, height], color=colour_of(rank), linewidth=1.2)
            axis.plot(scaled[1], height, "o", color=colour_of(rank), markersize=5, label=short if row == 0 else None)
    axis.axvline(1.0, color=FAINT, linewidth=0.8, zorder=1)
    axis.set_xscale("log")
    axis.set_yticks(range(len(shared)), [name.removeprefix("electrode_").replace("_", " ") for name in shared])
    axis.set_ylim(len(shared) - 0.5, -0.5)
    axis.set_xlabel("estimate over that of the best model")
    plain_log_axis(axis)
    legend_below(axis, ax, ncols=2)

    heading(axis, "quantities, 95 % intervals")
