"""What the page of a fit shows: estimates, data against model, residuals, profiles, posterior, correlation, starts."""

import os
from typing import Any

import numpy as np
import xarray as xr

from screening.errors import StudyError
from screening.fitting.fit_store import open_fit
from screening.fitting.information import Information
from screening.fitting.marginals import between_bounds, correlated_pairs, marginals
from screening.fitting.posterior_store import has_posterior, stored_diagnostics
from screening.plot.axis_labels import typeset
from screening.plot.style import thinned
from screening.report.page import packed, plain, quantities_text
from screening.report.provenance import provenance_rows
from screening.store.columns import flag_names
from screening.store.destination import local_path
from screening.units import display_value

# Points of each curve; a denser one is thinned evenly, which the page says.
MOST_POINTS = 2000
MOST_STARTS = 300
# Draws of the plots of pairs; more are thinned evenly, which the page says.
MOST_DRAWS = 1500
MOST_PAIRS = 6


def fit_payload(store: str | os.PathLike[str]) -> dict[str, Any]:
    """Everything the page of a fit shows, as plain JSON."""
    fit = open_fit(store)
    if "estimate" not in fit:
        fix = "report on the fit, or on the run that draws from it"
        raise StudyError("draws alone", got=os.fspath(store), expected="a fit with its estimates", fix=fix)
    notes = [f"beyond the reach of the model: {text}" for text in np.atleast_1d(fit.attrs.get("unreached", []))]
    notes += [f"warning: {text}" for text in np.atleast_1d(fit.attrs.get("warnings", []))]
    notes += [f"missing in the model: {text}" for text in np.atleast_1d(fit.attrs.get("missing", []))]
    counts = np.bincount(fit["point_target"].values.astype(int), minlength=fit.sizes["target"])
    if counts.max(initial=0) > MOST_POINTS:
        notes.append(f"Curves with more than {MOST_POINTS:,} points are thinned evenly to at most that many.")
    if fit.sizes["start"] > MOST_STARTS:
        notes.append(f"The best {MOST_STARTS} of {fit.sizes['start']:,} starts are shown.")
    posterior = posterior_payload(fit)
    if posterior is not None and posterior["warnings"]:
        notes.append("The posterior is not to be relied on yet; its section says why.")
    return plain(
        {
            "title": str(fit.attrs.get("title") or "Fit"),
            "store": os.path.basename(os.path.normpath(store)),
            "parameters": _parameters(fit),
            "combinations": list(np.atleast_1d(fit.attrs.get("combinations", []))),
            "directions": list(np.atleast_1d(fit.attrs.get("directions", []))),
            "information": _information(fit),
            "correlation": fit["correlation"].values,
            "curves": [_curve(fit, number) for number in np.flatnonzero(counts).tolist()],
            "spectra": _spectra(fit),
            "targets": _targets(fit),
            "posterior": posterior,
            "starts": _starts(fit),
            "notes": notes,
            "provenance": provenance_rows(fit.attrs, local_path(store)),
            "study": str(fit.attrs.get("fit", "")),
        }
    )


def _parameters(fit: xr.Dataset) -> list[dict[str, Any]]:
    words = _words(fit["identifiability"])
    found = []
    for place, name in enumerate(fit["parameter"].values):
        one = fit.isel(parameter=place)
        unit = str(one["parameter_unit"].values)
        factor, shown = display_value(1.0, unit)
        there = np.isfinite(one["profile_value"].values)
        found.append(
            {
                "name": str(name),
                "estimate": quantities_text(one, unit, "estimate"),
                "interval": quantities_text(one, unit, "interval_low", "interval_high"),
                "bounds": quantities_text(one, unit, "bound_low", "bound_high"),
                "verdict": words[place],
                "unit": "" if shown == "1" else typeset(shown),
                "value": float(one["estimate"]) * factor,
                "low": float(one["interval_low"]) * factor,
                "high": float(one["interval_high"]) * factor,
                "log": int(one["logarithmic"]),
                "profile": {
                    "value": one["profile_value"].values[there] * factor,
                    "rise": one["profile_rise"].values[there],
                },
            }
        )
    return found


def _information(fit: xr.Dataset) -> str:
    """Information criteria in a line; empty for a store of before they were kept."""
    if "chi2" not in fit.attrs:
        return ""
    chi2, points, effective, parameters, known = (
        fit.attrs[key] for key in ("chi2", "points", "effective_points", "fitted_parameters", "noise_known")
    )
    return Information(chi2, points, effective, parameters, bool(known), points).words


def _curve(fit: xr.Dataset, number: int) -> dict[str, Any]:
    rows = np.flatnonzero(fit["point_target"].values == number)
    one = fit.isel(point=rows[thinned(len(rows), MOST_POINTS)])
    factor, unit = display_value(1.0, "A m-2")
    numbers = {key: one[f"point_{key}"].values for key in ("time", "potential", "residual")}
    numbers |= {key: one[f"point_{key}"].values * factor for key in ("measured", "model")}
    return {
        "name": str(fit["target"].values[number]),
        "unit": typeset(unit),
        "rms": float(fit["target_relative_rms"].values[number]),
        **{key: packed(values) for key, values in numbers.items()},
    }


def _spectra(fit: xr.Dataset) -> list[dict[str, Any]]:
    if "spectrum_target" not in fit:
        return []
    factor, unit = display_value(1.0, "ohm m2")
    keys = ("measured_real", "measured_imaginary", "model_real", "model_imaginary")
    found = []
    for number in np.unique(fit["spectrum_target"].values).tolist():
        one = fit.isel(spectrum_point=np.flatnonzero(fit["spectrum_target"].values == number))
        columns = {key: packed(one[f"spectrum_{key}"].values * factor) for key in keys}
        name = str(fit["target"].values[int(number)])
        found.append(
            {"name": name, "unit": typeset(unit), "frequency": packed(one["spectrum_frequency"].values), **columns}
        )
    return found


def _targets(fit: xr.Dataset) -> list[dict[str, Any]]:
    """Single numbers, asked and found; SI, as the store has no unit for them."""
    asked, found = fit["target_value"].values, fit["target_model"].values
    return [
        {"name": str(name), "asked": float(asked[place]), "model": float(found[place])}
        for place, name in enumerate(fit["target"].values)
        if np.isfinite(asked[place])
    ]


def _starts(fit: xr.Dataset) -> dict[str, Any]:
    """The best starts: cost, how they ended, and where they began and ended between the bounds."""
    chosen = fit.isel(start=slice(0, MOST_STARTS))
    status = _words(fit["start_status"])
    return {
        "cost": chosen["start_cost"].values,
        "status": status[:MOST_STARTS],
        "first": between_bounds(fit, chosen["start_first"].values),
        "last": between_bounds(fit, chosen["start_last"].values),
        "counts": {name: status.count(name) for name in dict.fromkeys(status)},
    }


def _words(flags: xr.DataArray) -> list[str]:
    names = flag_names(flags)
    return [names.get(code, str(code)).replace("_", " ") for code in flags.values.tolist()]


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
