"""All experiments at a glance: model against reference, distances in standard uncertainties, and verdicts, each by kind."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.comparison import KINDS, VERDICTS, Row
from experiments.paired_panels import COLOURS, interval
from screening.plot.style import FAINT, INK, PALETTE, drop_panel, heading, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# kinds whose rows have two sides, the most telling drawn last
PAIRED = ("audit", "fitted", "held out", "prediction")
# ends of the parity plot in medians of a unit; what lies beyond is an arrow at the edge
LOWEST, HIGHEST = 1e-5, 1e4


def overview(rows: Sequence[Row]) -> "Figure":
    """Model against reference, distances of the two-sided rows, and verdicts, by kind.

    Args:
        rows: of all experiments together.

    Returns:
        Figure.
    """
    figure, axes = new_figure(2, width=13.5, height=7.6, ratios=(1.15, 1.0), rows=2)
    left, above, _, below = axes
    # one tall panel on the left
    grid = left.get_gridspec()
    drop_panel(axes, 2)
    left.set_subplotspec(grid[:, 0])
    _parity(left, rows)
    _distances_by_kind(above, rows)
    _verdicts_by_kind(below, rows)
    return figure


def parity_points(rows: Sequence[Row]) -> list[tuple[Row, float, float, float]]:
    """Rows of two sides as points of a parity plot: reference and model as shares of the median reference of their unit.

    Args:
        rows: of all experiments together.

    Returns:
        (row, reference, model, unit's median) of every row with a distance whose two values have one sign; magnitudes.
    """
    pairs = [
        (row, row.reference.value or 0.0, row.model or 0.0)
        for row in rows
        if row.distance is not None and row.reference.kind in PAIRED
    ]
    units = {row.reference.unit: 0.0 for row, _, _ in pairs}
    for unit in units:
        units[unit] = float(np.median([abs(value) for row, value, _ in pairs if row.reference.unit == unit]))
    return [
        (row, abs(value) / units[row.reference.unit], abs(model) / units[row.reference.unit], units[row.reference.unit])
        for row, value, model in pairs
        if value * model > 0
    ]


def _parity(axis, rows) -> None:
    """Printed value with its interval along, the model's up; on the line they agree."""
    line = np.array([LOWEST, HIGHEST])
    axis.plot(line, line, color=INK, linewidth=0.8)
    for factor in (0.5, 2.0):
        axis.plot(line, factor * line, "--", color=FAINT, linewidth=0.9)
    points = parity_points(rows)
    for kind in PAIRED:
        for row, value, model, unit in points:
            if row.reference.kind != kind:
                continue
            below, above = (end / unit for end in interval(row.reference))
            reach = float(np.clip(model, 1.3 * LOWEST, HIGHEST / 1.3))
            marker = "o" if reach == model else ("^" if model > reach else "v")
            axis.errorbar(
                [value], [reach], xerr=[[min(below, 0.999 * value)], [above]], fmt=marker, color=COLOURS[kind], markersize=5.5,
                elinewidth=0.9, markerfacecolor=COLOURS[kind] if row.verdict == "within" else "white", zorder=3,
            )  # fmt: skip
            if reach != model:
                text = f"{np.log10(model / value):+.1f} decades"
                axis.annotate(text, (value, reach), xytext=(7, -3), textcoords="offset points", fontsize=8)
    for kind in PAIRED[::-1]:
        count = sum(row.reference.kind == kind for row, *_ in points)
        axis.plot([], [], "o", color=COLOURS[kind], label=f"{kind} ({count})")
    axis.plot([], [], "o", color=INK, markerfacecolor="white", label="open: outside")
    axis.plot([], [], "--", color=FAINT, label="factor of 2")
    axis.set(xscale="log", yscale="log", xlim=(1e-4, HIGHEST), ylim=(LOWEST, HIGHEST))
    axis.set(xlabel="reference, with its interval", ylabel="model")
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    paired = sum(row.distance is not None and row.reference.kind in PAIRED for row in rows)
    left_out = f"magnitudes; not shown because signs differ: {paired - len(points)}"
    axis.annotate(left_out, (0.98, 0.02), xycoords="axes fraction", fontsize=8, ha="right")
    heading(axis, "model against reference, both over the median reference of their unit")


def _distances_by_kind(axis, rows) -> None:
    kinds = [kind for kind in KINDS if any(row.distance is not None and row.reference.kind == kind for row in rows)]
    axis.axhspan(-2, 2, color=FAINT, alpha=0.35, linewidth=0)
    axis.axhline(0.0, color=INK, linewidth=0.8)
    for column, kind in enumerate(kinds):
        some = sorted(
            (row.distance, row.verdict) for row in rows if row.distance is not None and row.reference.kind == kind
        )
        # side by side from the lowest to the highest, so that no point hides another
        place = column + (np.arange(len(some)) - (len(some) - 1) / 2) * 0.8 / max(len(some), 2)
        face = [COLOURS[kind] if verdict == "within" else "white" for _, verdict in some]
        axis.scatter(
            place, [distance for distance, _ in some], s=34, c=face, edgecolors=COLOURS[kind], linewidths=1.2, zorder=3
        )
    axis.set_yscale("symlog", linthresh=2.0)
    ticks = [-1000, -100, -10, -2, 0, 2, 10, 100, 1000, 10000]
    axis.set_yticks(ticks, [f"{tick:+d}" if tick else "0" for tick in ticks])
    axis.set_xticks(range(len(kinds)), kinds)
    axis.set(xlim=(-0.6, len(kinds) - 0.4), ylabel="standard uncertainties")
    axis.annotate("two standard uncertainties", (-0.55, 2.1), fontsize=8, color=INK, va="bottom")
    heading(axis, "distance of the model from the reference (filled: within its interval)")


def _verdicts_by_kind(axis, rows) -> None:
    colours = {"within": PALETTE[2], "outside": PALETTE[1], "not comparable": FAINT}
    kinds = list(KINDS)[::-1]
    left = np.zeros(len(kinds))
    numbers = {
        verdict: np.array(
            [sum(row.verdict == verdict and row.reference.kind == kind for row in rows) for kind in kinds]
        )
        for verdict in VERDICTS
    }
    for verdict, some in numbers.items():
        axis.barh(range(len(kinds)), some, left=left, color=colours[verdict], height=0.65, label=verdict)
        left = left + some
    labels = [
        f"{kind}\n{' / '.join(str(some[place]) for some in numbers.values())}" for place, kind in enumerate(kinds)
    ]
    axis.set_yticks(range(len(kinds)), labels)
    axis.set(xlabel="rows")
    axis.legend(frameon=False, fontsize=8, loc="upper right")
    heading(axis, "verdicts by what agreement means")
