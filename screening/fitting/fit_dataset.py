"""A fit as an `xarray.Dataset`: dims parameter, direction, start, point, target, profile_place; chain and draw."""

from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from screening.fitting.multistart import StartStatus
from screening.version import git_commit, package_version

if TYPE_CHECKING:
    import xarray as xr

    from screening.fitting.fit_result import FitResult
    from screening.fitting.posterior_draws import Posterior

FORMAT, FORMAT_VERSION = "sei-screening fit", 1


def dataset_of(result: "FitResult", posterior: "Posterior | None" = None) -> "xr.Dataset":
    """Everything that a fit computed, in SI units."""
    import xarray as xr

    problem = result.problem
    names = problem.parameters.names
    entries = problem.parameters.entries
    low, high = np.array(list(result.interval.values())).T
    of_parameter = {
        "estimate": (list(result.estimate.values()), "best value"),
        "interval_low": (low, "lower end of the 95 % interval; the bound where the data leave this side open"),
        "interval_high": (high, "upper end of the 95 % interval; the bound where the data leave this side open"),
        "bound_low": ([entry.bounds[0] for entry in entries], "lower bound of the search"),
        "bound_high": ([entry.bounds[1] for entry in entries], "upper bound of the search"),
        "standard_uncertainty": (
            list(result.standard_uncertainty.values()),
            "local standard uncertainty; of the logarithm where logarithmic is 1",
        ),
    }
    variables: dict[str, Any] = {
        name: ("parameter", np.asarray(values, float), {"units": "see parameter_unit", "long_name": about})
        for name, (values, about) in of_parameter.items()
    }
    flags = type(next(iter(result.identifiability.values())))
    variables["identifiability"] = (
        "parameter",
        np.array([int(flag) for flag in result.identifiability.values()], np.uint8),
        _flags(flags, "what the data say about the quantity"),
    )
    variables["logarithmic"] = (
        "parameter",
        np.array([entry.logarithmic for entry in entries], np.uint8),
        _about("1", "1 where the fit moves in the logarithm"),
    )
    square = ("parameter", "parameter_other")
    widths = np.array(
        [
            entry.box.width if entry.logarithmic else float(entry.box.slope(np.array(at)))
            for entry, at in zip(entries, result.unit, strict=True)
        ]
    )
    variables["covariance"] = (
        square,
        result.linear.covariance * np.outer(widths, widths),
        _about("see parameter_unit", "covariance; of the logarithms where logarithmic is 1"),
    )
    variables["correlation"] = (square, result.correlation, _about("1", "correlation of the quantities"))
    variables["information_eigenvalue"] = (
        "direction",
        result.linear.eigenvalues,
        _about("1", "eigenvalue of the information of the data, coordinates from 0 to 1 between the bounds"),
    )
    variables["information_direction"] = (
        ("direction", "parameter"),
        result.linear.directions,
        _about("1", "its direction"),
    )
    order = result.best_starts
    starts = result.starts
    unit_about = "see parameter_unit"
    to_values = problem.parameters.to_values
    variables |= {
        "start_first": (("start", "parameter"), to_values(result.first[order]), _about(unit_about, "where it began")),
        "start_last": (("start", "parameter"), to_values(starts.unit[order]), _about(unit_about, "where it ended")),
        "start_cost": (
            "start",
            np.where(np.isfinite(starts.cost), starts.cost, np.nan)[order],
            _about("1", "sum of squared residuals"),
        ),
        "start_iterations": ("start", starts.iterations[order], _about("1", "Levenberg-Marquardt iterations")),
        "start_status": ("start", starts.status[order], _flags(StartStatus, "how it ended")),
    }
    variables |= _points(result)
    variables |= _spectra(result)
    variables |= _profiles(result)
    strings = np.dtypes.StringDType()
    coordinates = {
        "parameter": ("parameter", np.array(names, strings)),
        "parameter_other": ("parameter_other", np.array(names, strings)),
        "parameter_unit": ("parameter", np.array([entry.unit for entry in entries], strings)),
        "target": ("target", np.array(problem.names, strings)),
    }
    attributes = {
        "Conventions": "CF-1.11",
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "title": problem.study.title,
        "fit": problem.text,
        "study": problem.study.text,
        "digest": problem.study.digest,
        "seed": problem.tables.fit.seed,
        "cost": result.cost,
        "variance_scale": result.linear.scale,
        "variance_repeated": result.linear.repeated,
        "noise_known": int(problem.noise_known),
        "combinations": result.combinations,
        "directions": result.directions,
        "unreached": result.unreached,
        "package_version": package_version(),
        "git_commit": git_commit(),
        "jax_version": jax.__version__,
        "numpy_version": np.__version__,
        "device": result.device,
        "precision": "float64",
        "sign_convention": "oxidation positive",
    }
    if posterior is not None:
        from screening.fitting.posterior_store import posterior_variables

        sampled, about = posterior_variables(posterior)
        variables, attributes = variables | sampled, attributes | about
    return xr.Dataset(variables, coordinates, attributes)


def _points(result) -> dict[str, Any]:
    """Measured and fitted points of all curves one after another, and the single numbers."""
    problem = result.problem
    data, layout = problem.data, problem.layout
    here = [data.weight[:, curve] > 0 for curve in range(len(layout.curves))]

    def joined(column):
        return np.concatenate([column(curve)[here[curve]] for curve in range(len(here))]) if here else np.zeros(0)

    found = {
        "point_target": np.concatenate([np.full(mask.sum(), n) for n, mask in enumerate(here)])
        if here
        else np.zeros(0, int),
        "point_time": joined(lambda n: data.time[:, n]),
        "point_potential": joined(lambda n: problem.potential[:, n]),
        "point_measured": joined(lambda n: data.current[:, n]),
        "point_model": joined(lambda n: result.current[n]),
    }
    found["point_residual"] = (found["point_model"] - found["point_measured"]) * joined(lambda n: data.weight[:, n])
    about = {
        "point_target": ("1", "number of its target"),
        "point_time": ("s", "time since the start of the protocol"),
        "point_potential": ("V", "measured potential"),
        "point_measured": ("A m-2", "measured current density"),
        "point_model": ("A m-2", "current density of the model"),
        "point_residual": ("1", "model minus measured, in standard uncertainties"),
    }
    out: dict[str, Any] = {name: ("point", values, _about(*about[name])) for name, values in found.items()}
    curves, spectra = np.full(len(layout.curves), np.nan), np.full(len(data.spectra), np.nan)
    value = np.concatenate([curves, data.value, spectra])
    out["target_value"] = ("target", value, _about("SI", "value of a single number"))
    model = np.concatenate([curves, result.scalar, spectra])
    out["target_model"] = ("target", model, _about("SI", "that of the model"))
    rms = np.array([result.relative_rms.get(name, np.nan) for name in problem.names])
    about_rms = "residual rms of a curve over its largest current, of a spectrum over its largest magnitude"
    out["target_relative_rms"] = ("target", rms, _about("1", about_rms))
    return out


def _spectra(result) -> dict[str, Any]:
    """Measured and fitted points of all spectra one after another; none for a fit without."""
    spectra = result.problem.data.spectra
    if not spectra:
        return {}
    first = len(result.problem.names) - len(spectra)

    def joined(columns):
        return np.concatenate(columns)

    counts = [np.full(len(one.weight), first + place) for place, one in enumerate(spectra)]
    columns = {
        "spectrum_target": (joined(counts), "1", "number of its target"),
        "spectrum_frequency": (joined([one.angular_frequency for one in spectra]) / (2 * np.pi), "Hz", "frequency"),
        "spectrum_measured_real": (joined([one.real for one in spectra]), "ohm m2", "measured real part"),
        "spectrum_measured_imaginary": (
            joined([one.imaginary for one in spectra]),
            "ohm m2",
            "measured imaginary part",
        ),
        "spectrum_model_real": (joined([one.real for one in result.spectra]), "ohm m2", "real part of the model"),
        "spectrum_model_imaginary": (
            joined([one.imag for one in result.spectra]),
            "ohm m2",
            "imaginary part of the model",
        ),
    }
    return {name: ("spectrum_point", values, _about(*about)) for name, (values, *about) in columns.items()}


def _profiles(result) -> dict[str, Any]:
    """Profile likelihoods `[parameter, profile_place]`, NaN where there is none."""
    names = result.problem.parameters.names
    longest = max((len(profile.unit) for profile in result.profiles), default=0)
    value, rise = np.full((len(names), longest), np.nan), np.full((len(names), longest), np.nan)
    for profile in result.profiles:
        count = len(profile.unit)
        value[profile.parameter, :count] = result.problem.parameters.entries[profile.parameter].box.to_value(
            profile.unit
        )
        rise[profile.parameter, :count] = np.where(np.isfinite(profile.rise), profile.rise, np.nan)
    dims = ("parameter", "profile_place")
    return {
        "profile_value": (dims, value, _about("see parameter_unit", "value held")),
        "profile_rise": (dims, rise, _about("1", "rise of the cost, others fitted again; 3.84 ends the 95 % interval")),
    }


def _about(units: str, long_name: str) -> dict[str, Any]:
    return {"units": units, "long_name": long_name}


def _flags(kind: Any, long_name: str) -> dict[str, Any]:
    return {
        **_about("1", long_name),
        "flag_values": [int(flag) for flag in kind],
        "flag_meanings": " ".join(flag.name.lower() for flag in kind),
    }
