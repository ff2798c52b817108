"""Panels that put reference and model side by side, with the interval within which they count as agreeing."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from experiments.comparison import BOUNDS, KINDS, Reference, Row
from screening.plot.style import FAINT, INK, PALETTE, heading

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = dict(zip(KINDS, (*PALETTE[2::-1], PALETTE[3], PALETTE[4], PALETTE[5]), strict=True))
# standard uncertainties to either side that a panel of distances shows; what lies beyond is drawn as an arrow
FARTHEST = 8.0


def interval(reference: Reference) -> tuple[float, float]:
    """How far below and above a printed value a model may lie.

    Args:
        reference: with a value.

    Returns:
        (below, above), not negative, in the reference's unit; zero on the side that a bound closes.

    Example:
        >>> from experiments.comparison import read_references
        >>> interval(read_references("li_mediated")[0])
        (0.03, 0.03)
    """
    value, size = reference.value or 0.0, reference.tolerance
    if reference.tolerance_kind == "decades":
        return value * (1 - 10**-size), value * (10**size - 1)
    if reference.tolerance_kind in BOUNDS:
        return 0.0, 0.0
    half = size * abs(value) if reference.tolerance_kind == "relative" else size
    return half, half


def printed_point(
    axis: "Axes", place: float, row: Row, colour: str, label: str = "", scale: float = 1.0, **style
) -> None:
    """Draw a printed value over a place of the abscissa, with its interval; nothing where the source prints no number.

    Args:
        axis: to draw on.
        place: abscissa.
        row: of the printed value.
        colour: of the point.
        label: for the legend.
        scale: factor on the value, such as 100 for per cent.
        style: further arguments of `Axes.errorbar`.
    """
    if row.reference.value is None:
        return
    below, above = interval(row.reference)
    arrow = {"uplims": True} if row.reference.tolerance_kind == "at_most" else {}
    arrow = {"lolims": True} if row.reference.tolerance_kind == "at_least" else arrow
    if arrow:
        below = above = 0.06 * row.reference.value
    drawn = {"fmt": "o", "capsize": 3, "markersize": 5, "elinewidth": 1.2, "color": colour, "label": label or None}
    error = [[scale * below], [scale * above]]
    axis.errorbar([place], [scale * row.reference.value], yerr=error, **{**drawn, **arrow, **style})


def distances(axis: "Axes", rows: Sequence[Row], labels: Mapping[str, str], title: str) -> None:
    """Reference at zero with its interval, model at its distance from it, one line for each row.

    Args:
        axis: to draw on.
        rows: of an experiment.
        labels: short names by the key of each row to show, from top to bottom; rows without a distance are left out.
        title: of the panel.
    """
    found = {row.reference.key: row for row in rows}
    shown = [found[key] for key in labels if key in found and found[key].distance is not None][::-1]
    axis.axvspan(-2, 2, color=FAINT, alpha=0.35, linewidth=0)
    axis.axvline(0.0, color=INK, linewidth=0.8)
    for place, row in enumerate(shown):
        distance = row.distance or 0.0
        beyond = abs(distance) > FARTHEST
        marker = ("<" if distance < 0 else ">") if beyond else "o"
        colour = COLOURS[row.reference.kind]
        face = colour if row.verdict == "within" else "white"
        reach = float(np.clip(distance, -FARTHEST, FARTHEST))
        axis.plot([reach], [place], marker, color=colour, markerfacecolor=face, markersize=7, clip_on=False)
        if beyond:
            side = "left" if distance < 0 else "right"
            axis.annotate(
                f"{distance:+.0f}", (reach, place), xytext=(9 if side == "left" else -9, 0), textcoords="offset points",
                fontsize=8, ha=side, va="center",
            )  # fmt: skip
    axis.set_yticks(range(len(shown)), [labels[row.reference.key] for row in shown])
    axis.set(xlim=(-FARTHEST, FARTHEST), ylim=(-0.6, max(len(shown) - 0.4, 0.6)))
    axis.set_xlabel("model less reference (standard uncertainties)")
    for kind in dict.fromkeys(row.reference.kind for row in shown[::-1]):
        axis.plot([], [], "o", color=COLOURS[kind], label=kind)
    axis.plot([], [], "o", color=INK, markerfacecolor="white", label="open: outside")
    count = len(axis.get_legend_handles_labels()[1])
    axis.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=count)
    heading(axis, title)
