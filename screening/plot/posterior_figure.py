"""A posterior: marginals beside the priors and the interval of the fit, and the pairs that hang together most."""

from typing import TYPE_CHECKING

import xarray as xr

from screening.errors import StudyError
from screening.fitting.marginals import Marginal, correlated_pairs, marginals
from screening.fitting.posterior_store import has_posterior, stored_diagnostics
from screening.plot.axis_labels import quantity_label
from screening.plot.style import FAINT, INK, PALETTE, OnAxes, heading, new_figure, plain_log_axis, thinned
from screening.units import display_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

MOST_MARGINALS, MOST_PAIRS, COLUMNS = 8, 4, 4
# Draws of one plot of a pair.
MOST_DRAWS = 2000


def plot_posterior(fit: xr.Dataset, ax: OnAxes = None) -> "Figure":
    """Marginals of the posterior beside the priors and the interval of the fit, and the strongest correlations.

    Args:
        fit: from `open_fit`, with a posterior.
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure of at most eight quantities and four pairs; its title says what speaks against the draws.

    Raises:
        StudyError: the fit has no posterior.

    Example:
        >>> save_figure(plot_posterior(open_fit("F.zarr")), "posterior.png")  # doctest: +SKIP
    """
    if not has_posterior(fit):
        raise StudyError(
            "no posterior to draw",
            got=f"fit {str(fit.attrs.get('title', ''))!r}",
            expected="one with draws",
            fix="fit again with --posterior 500",
        )
    words, warnings = stored_diagnostics(fit)
    shown, pairs = marginals(fit)[:MOST_MARGINALS], correlated_pairs(fit, MOST_PAIRS)
    count = len(shown) + len(pairs)
    columns, rows = min(count, COLUMNS), -(-count // COLUMNS)
    figure, axes = new_figure(columns, width=max(3.8 * columns, 7.0), height=0.8 + 3.7 * rows, rows=rows, ax=ax)
    for place, one in enumerate(shown):
        _marginal(axes[place], fit.isel(parameter=place), one)
    for axis, pair in zip(axes[len(shown) : count], pairs, strict=True):
        _pair(axis, fit, *pair)
    for axis in axes[count:]:
        axis.remove()
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=4, frameon=False, fontsize=9)
    verdict = "not to be relied on yet: " + "; ".join(warnings) if warnings else words
    figure.suptitle(verdict, fontsize=9, color=PALETTE[1] if warnings else INK, ha="left", x=0.01, wrap=True)
    return figure


def _name(one: xr.Dataset) -> str:
    return quantity_label(one["parameter"].values, one["parameter_unit"].values)


def _marginal(axis: "Axes", one: xr.Dataset, shape: Marginal) -> None:
    factor, _ = display_value(1.0, str(one["parameter_unit"].values))
    edges = shape.edges * factor
    interval = (float(one[f"interval_{side}"]) * factor for side in ("low", "high"))
    axis.axvspan(*interval, color=PALETTE[4], alpha=0.15, linewidth=0, label="95 % interval of the fit")
    axis.stairs(shape.density, edges, fill=True, color=PALETTE[0], alpha=0.45, label="posterior")
    axis.stairs(shape.prior, edges, color=FAINT, linewidth=1.5, baseline=None, label="prior")
    axis.axvline(float(one["estimate"]) * factor, color=INK, linewidth=0.9, label="estimate")
    axis.set_xlim(edges[0], edges[-1])
    if one["logarithmic"] and edges[0] > 0:
        plain_log_axis(axis)
    else:
        _plain_ticks(axis.xaxis)
    axis.set_ylim(bottom=0.0)
    axis.set(xlabel=_name(one), ylabel="density (uniform between the bounds: 1)")
    heading(axis, f"{100 * shape.width:.2g} % of the prior's width")


def _pair(axis: "Axes", fit: xr.Dataset, first: int, second: int, correlation: float) -> None:
    divergent = fit["posterior_divergent"].values.ravel().astype(bool)
    chosen = thinned(len(divergent), MOST_DRAWS)
    sides = [fit.isel(parameter=place) for place in (first, second)]
    columns = [
        one["posterior_value"].values.ravel()[chosen] * display_value(1.0, str(one["parameter_unit"].values))[0]
        for one in sides
    ]
    astray = divergent[chosen]
    axis.plot(columns[0][~astray], columns[1][~astray], ".", color=PALETTE[0], markersize=2.5, alpha=0.4)
    axis.plot(columns[0][astray], columns[1][astray], "x", color=PALETTE[1], markersize=5)
    for which, one, column in zip("xy", sides, columns, strict=True):
        if one["logarithmic"] and column.min() > 0:
            axis.set(**{f"{which}scale": "log"})  # whose limits are those of the data
            plain_log_axis(axis, which)
        else:
            _plain_ticks(axis.xaxis if which == "x" else axis.yaxis)
    axis.set(xlabel=_name(sides[0]), ylabel=_name(sides[1]))
    heading(axis, f"r = {correlation:.2f}")


def _plain_ticks(along: "Axis") -> None:
    """A few numbers in full: an interval may be narrow far from zero."""
    from matplotlib.ticker import MaxNLocator, ScalarFormatter

    along.set_major_locator(MaxNLocator(4))
    along.set_major_formatter(ScalarFormatter(useOffset=False))
