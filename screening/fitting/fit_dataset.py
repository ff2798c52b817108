"""A fit as an `xarray.Dataset`: dims parameter, direction, start, point, target, profile_place; chain and draw."""

from enum import IntEnum
from typing import Any

import jax
import numpy as np
import xarray as xr

from screening.cf_attributes import described
from screening.fitting.fit_estimates import FitEstimates
from screening.fitting.fit_store import FIT, FORMAT_VERSION
from screening.fitting.identifiability import Identifiability
from screening.fitting.information import Information
from screening.fitting.multistart import StartStatus
from screening.fitting.posterior_draws import Posterior
from screening.fitting.posterior_store import IN_UNIT, posterior_variables
from screening.version import git_commit, package_version

PARAMETER, POINT, SPECTRUM_POINT = ("parameter",), ("point",), ("spectrum_point",)
SQUARE, START, PROFILE = ("parameter", "parameter_other"), ("start", "parameter"), ("parameter", "profile_place")


def dataset_of(found: FitEstimates, posterior: Posterior | None = None) -> xr.Dataset:
    """Everything that a fit computed, in SI units; its attributes hold the fit file, versions and device."""
    problem = found.problem
    variables = (
        _quantities(found) | _starts(found) | _points(found) | _targets(found) | _spectra(found) | _profiles(found)
    )
    strings = np.dtypes.StringDType()
    names = np.array(problem.parameters.names, strings)
    coordinates = {
        "parameter": ("parameter", names),
        "parameter_other": ("parameter_other", names),
        "parameter_unit": ("parameter", np.array([entry.unit for entry in problem.parameters.entries], strings)),
        "target": ("target", np.array(problem.names, strings)),
    }
    attributes = {
        "Conventions": "CF-1.11",
        "format": FIT.format,
        "format_version": FORMAT_VERSION,
        "title": problem.study.title,
        "fit": problem.text,
        "study": problem.study.text,
        "digest": problem.study.digest,
        "seed": problem.tables.fit.seed,
        "cost": found.cost,
        "variance_scale": found.linear.scale,
        "variance_repeated": found.linear.repeated,
        "starts_at_best": found.starts_at_best,
        "noise_known": int(problem.noise_known),
        "combinations": found.combinations,
        "directions": found.directions,
        "unreached": found.unreached,
        "warnings": found.warnings,
        "missing": [term.words for term in found.missing],
        **_information(found.information),
        "package_version": package_version(),
        "git_commit": git_commit(),
        "jax_version": jax.__version__,
        "numpy_version": np.__version__,
        "device": found.device,
        "precision": "float64",
        "sign_convention": "oxidation positive",
    }
    if posterior is not None:
        sampled, about = posterior_variables(posterior)
        variables, attributes = variables | sampled, attributes | about
    return xr.Dataset(variables, coordinates, attributes)


def _information(found: Information) -> dict[str, Any]:
    """What the criteria are made of, and the criteria that are finite, as JSON knows no other numbers."""
    criteria = {"aic": found.aic, "aicc": found.aicc, "bic": found.bic}
    return {
        "chi2": found.chi2,
        "points": found.points,
        "effective_points": found.effective,
        "fitted_parameters": found.parameters,
        **{name: value for name, value in criteria.items() if np.isfinite(value)},
    }


def _quantities(found: FitEstimates) -> dict[str, Any]:
    """Estimates, intervals, and how far the data determine them."""
    parameters, linear = found.problem.parameters, found.linear
    low, high = np.array(list(found.interval.values())).T
    bounds = np.array([entry.bounds for entry in parameters.entries])
    widths = parameters.widths(found.unit)
    flags = np.array([int(flag) for flag in found.identifiability.values()], np.uint8)
    logarithmic = np.array([entry.logarithmic for entry in parameters.entries], np.uint8)
    of_side = "end of the 95 % interval; the bound where the data leave this side open"
    local = "local standard uncertainty; of the logarithm where logarithmic is 1"
    of_logarithms = "covariance; of the logarithms where logarithmic is 1"
    eigenvalue = "eigenvalue of the information of the data, coordinates from 0 to 1 between the bounds"
    return {
        "estimate": _variable(PARAMETER, _listed(found.estimate), IN_UNIT, "best value"),
        "interval_low": _variable(PARAMETER, low, IN_UNIT, f"lower {of_side}"),
        "interval_high": _variable(PARAMETER, high, IN_UNIT, f"upper {of_side}"),
        "bound_low": _variable(PARAMETER, bounds[:, 0], IN_UNIT, "lower bound of the search"),
        "bound_high": _variable(PARAMETER, bounds[:, 1], IN_UNIT, "upper bound of the search"),
        "standard_uncertainty": _variable(PARAMETER, _listed(found.standard_uncertainty), IN_UNIT, local),
        "identifiability": _variable(PARAMETER, flags, "1", "what the data say about the quantity", Identifiability),
        "logarithmic": _variable(PARAMETER, logarithmic, "1", "1 where the fit moves in the logarithm"),
        "covariance": _variable(SQUARE, linear.covariance * np.outer(widths, widths), IN_UNIT, of_logarithms),
        "correlation": _variable(SQUARE, found.correlation, "1", "correlation of the quantities"),
        "information_eigenvalue": _variable(("direction",), linear.eigenvalues, "1", eigenvalue),
        "information_direction": _variable(("direction", "parameter"), linear.directions, "1", "its direction"),
    }


def _starts(found: FitEstimates) -> dict[str, Any]:
    """Every start, the best first."""
    order, starts, to_values = found.best_starts, found.starts, found.problem.parameters.to_values
    cost = np.where(np.isfinite(starts.cost), starts.cost, np.nan)[order]
    return {
        "start_first": _variable(START, to_values(found.first[order]), IN_UNIT, "where it began"),
        "start_last": _variable(START, to_values(starts.unit[order]), IN_UNIT, "where it ended"),
        "start_cost": _variable(("start",), cost, "1", "sum of squared residuals"),
        "start_iterations": _variable(("start",), starts.iterations[order], "1", "Levenberg-Marquardt iterations"),
        "start_status": _variable(("start",), starts.status[order], "1", "how it ended", StartStatus),
    }


def _points(found: FitEstimates) -> dict[str, Any]:
    """Measured and fitted points of all curves one after another."""
    data, potential = found.problem.data, found.problem.potential
    here = [data.weight[:, curve] > 0 for curve in range(len(found.problem.layout.curves))]

    def joined(columns):
        return np.concatenate([column[mask] for column, mask in zip(columns, here, strict=True)] or [np.zeros(0)])

    counts = np.repeat(np.arange(len(here)), [mask.sum() for mask in here])
    measured, model = joined(data.current.T[: len(here)]), joined(found.current)
    residual = (model - measured) * joined(data.weight.T[: len(here)])
    nothing = np.zeros_like(found.current)
    background = joined((nothing if found.background is None else found.background)[: len(here)])
    return {
        "point_background": _variable(POINT, background, "A m-2", "background in the current density of the model"),
        "point_target": _variable(POINT, counts, "1", "number of its target"),
        "point_time": _variable(POINT, joined(data.time.T[: len(here)]), "s", "time since the start of the protocol"),
        "point_potential": _variable(POINT, joined(potential.T[: len(here)]), "V", "measured potential"),
        "point_measured": _variable(POINT, measured, "A m-2", "measured current density"),
        "point_model": _variable(POINT, model, "A m-2", "current density of the model"),
        "point_residual": _variable(POINT, residual, "1", "model minus measured, in standard uncertainties"),
    }


def _targets(found: FitEstimates) -> dict[str, Any]:
    """Single numbers, asked and found, and how far curves and spectra are off."""
    problem = found.problem
    curves, spectra = np.full(len(problem.layout.curves), np.nan), np.full(len(problem.data.spectra), np.nan)
    value = np.concatenate([curves, problem.data.value, spectra])
    model = np.concatenate([curves, found.scalar, spectra])
    rms = np.array([found.relative_rms.get(name, np.nan) for name in problem.names])
    about = "residual rms of a curve over its largest current, of a spectrum over its largest magnitude"
    return {
        "target_value": _variable(("target",), value, "SI", "value of a single number"),
        "target_model": _variable(("target",), model, "SI", "that of the model"),
        "target_relative_rms": _variable(("target",), rms, "1", about),
    }


def _spectra(found: FitEstimates) -> dict[str, Any]:
    """Measured and fitted points of all spectra one after another; none for a fit without."""
    spectra, area = found.problem.data.spectra, "ohm m2"
    if not spectra:
        return {}
    first = len(found.problem.names) - len(spectra)
    counts = np.repeat(first + np.arange(len(spectra)), [len(one.weight) for one in spectra])
    hertz = np.concatenate([one.angular_frequency for one in spectra]) / (2 * np.pi)
    model = np.concatenate(found.spectra)
    real, imaginary = (np.concatenate([getattr(one, part) for one in spectra]) for part in ("real", "imaginary"))
    return {
        "spectrum_target": _variable(SPECTRUM_POINT, counts, "1", "number of its target"),
        "spectrum_frequency": _variable(SPECTRUM_POINT, hertz, "Hz", "frequency"),
        "spectrum_measured_real": _variable(SPECTRUM_POINT, real, area, "measured real part"),
        "spectrum_measured_imaginary": _variable(SPECTRUM_POINT, imaginary, area, "measured imaginary part"),
        "spectrum_model_real": _variable(SPECTRUM_POINT, np.real(model), area, "real part of the model"),
        "spectrum_model_imaginary": _variable(SPECTRUM_POINT, np.imag(model), area, "imaginary part of the model"),
    }


def _profiles(found: FitEstimates) -> dict[str, Any]:
    """Profile likelihoods, NaN where there is none."""
    entries = found.problem.parameters.entries
    longest = max((len(profile.unit) for profile in found.profiles), default=0)
    value, rise = np.full((len(entries), longest), np.nan), np.full((len(entries), longest), np.nan)
    for profile in found.profiles:
        count = len(profile.unit)
        value[profile.parameter, :count] = entries[profile.parameter].box.to_value(profile.unit)
        rise[profile.parameter, :count] = np.where(np.isfinite(profile.rise), profile.rise, np.nan)
    about = "rise of the cost, others fitted again; 3.84 ends the 95 % interval"
    return {
        "profile_value": _variable(PROFILE, value, IN_UNIT, "value held"),
        "profile_rise": _variable(PROFILE, rise, "1", about),
    }


def _listed(by_name: dict[str, float]) -> np.ndarray:
    return np.array(list(by_name.values()), float)


def _variable(
    dims: tuple[str, ...], values: Any, units: str, long_name: str, flags: type[IntEnum] | tuple[str, ...] = ()
) -> tuple[Any, ...]:
    return dims, values, described(units, long_name, flags)
