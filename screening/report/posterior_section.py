"""The posterior of a fit as its page shows it: marginals beside the priors, pairs, and what speaks against the draws."""

from typing import Any

import xarray as xr

from screening.fitting.marginals import correlated_pairs, marginals
from screening.fitting.posterior_store import has_posterior, stored_diagnostics
from screening.plot.style import thinned
from screening.report.page import packed, quantities_text
from screening.units import display_value

# Draws of the plots of pairs; more are thinned evenly, which the page says.
MOST_DRAWS = 1500
MOST_PAIRS = 6


def posterior_payload(fit: xr.Dataset) -> dict[str, Any] | None:
    """What the page says of a posterior, in its units; None for a fit without one."""
    if not has_posterior(fit):
        return None
    words, warnings = stored_diagnostics(fit)
    rows, shapes = [], []
    for place, (name, one) in enumerate(zip(fit["parameter"].values, marginals(fit), strict=True)):
        here = fit.isel(parameter=place)
        unit = str(here["parameter_unit"].values)
        rows.append(
            [
                str(name),
                quantities_text(here, unit, "posterior_median"),
                quantities_text(here, unit, "posterior_low", "posterior_high"),
                quantities_text(here, unit, "interval_low", "interval_high"),
                f"{100 * one.width:.2g} %",
                f"{float(here['posterior_scale_reduction']):.3f}",
                f"{float(here['posterior_bulk_samples']):.0f}, {float(here['posterior_tail_samples']):.0f}",
            ]
        )
        shapes.append({"edges": one.edges * display_value(1.0, unit)[0], "density": one.density, "prior": one.prior})
    divergent = fit["posterior_divergent"].values.ravel()
    chosen = thinned(len(divergent), MOST_DRAWS)
    values = fit["posterior_value"].values.reshape(len(divergent), -1)[chosen]
    factors = [display_value(1.0, str(unit))[0] for unit in fit["parameter_unit"].values]
    note = f" The pairs show one draw in {chosen[1]}." if len(chosen) < len(divergent) else ""
    return {
        "words": f"{words[:1].upper()}{words[1:]}.{note}",
        "warnings": warnings,
        "rows": rows,
        "marginals": shapes,
        "pairs": correlated_pairs(fit, MOST_PAIRS),
        "draws": [packed(values[:, place] * factor) for place, factor in enumerate(factors)],
        "divergent": divergent[chosen],
    }
