"""A store of a fit with made-up numbers, with every part that a fit can have."""

import numpy as np
import xarray as xr

from screening.fitting.fit_store import FIT
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.fitting.posterior_draws import Posterior
from screening.fitting.posterior_store import posterior_variables
from screening.sampling.distributions import Range

ENDS = {"flag_values": [0, 1, 2, 3, 4], "flag_meanings": "pending converged iterations_exhausted diverged given_up"}


def known_posterior(apart: float = 0.0, divergent: int = 0) -> Posterior:
    """Two chains of 400 independent draws of the two quantities of `known_fit`, with a correlation of -0.8.

    Args:
        apart: how far the chains lie from each other, in standard deviations.
        divergent: number of divergent paths.

    Returns:
        Posterior around the estimates, of 0.05 of the way between the bounds.
    """
    generator = np.random.default_rng(3)
    shape = generator.normal(size=(2, 400, 2)) @ np.linalg.cholesky([[1.0, -0.8], [-0.8, 1.0]]).T
    centre = np.array([0.5, np.log(20.0) / np.log(100.0)])
    unit = centre + 0.05 * (shape + apart * np.array([-0.5, 0.5])[:, None, None])
    parameters = FreeParameters(
        (
            FreeParameter("layer1_diffusivity", "d", "m2 s-1", "diffusivity", Range(1e-14, 1e-10, True)),
            FreeParameter("electrode_exchange_current_density", "j", "A m-2", "current", Range(1.0, 100.0, True)),
        )
    )
    astray = (np.arange(800) < divergent).reshape(2, 400)
    return Posterior(parameters, unit, astray, np.full((2, 400), 0.85), warm_up=300, seed=0)


def known_fit(path, name: str = "peak", posterior: Posterior | None = None):
    """Two curves, a spectrum, a single number, two quantities and six starts.

    Args:
        path: of the new store.
        name: of the third target and of the fit.
        posterior: draws to be stored too.

    Returns:
        the path.
    """
    import warnings

    potential = np.concatenate([np.linspace(0.1, -0.4, 60), np.linspace(-0.4, 0.1, 60)])
    measured = np.concatenate([-scale * np.exp(-(((potential + 0.2) / 0.1) ** 2)) for scale in (10.0, 20.0)])
    frequency = np.geomspace(0.1, 1e4, 20)
    arc = 0.01 / (1 + 1j * frequency / 30)
    share = np.linspace(0.05, 0.95, 12).reshape(6, 2)
    low, high = np.array([1e-14, 1.0]), np.array([1e-10, 100.0])
    strings = np.dtypes.StringDType()
    words = "identified weakly_identified only_a_lower_limit only_an_upper_limit not_identified"
    unit = {"units": "see parameter_unit"}
    profile = np.array([np.geomspace(1e-13, 1e-11, 9), np.geomspace(5.0, 80.0, 9)])
    dataset = xr.Dataset(
        {
            "estimate": ("parameter", [1e-12, 20.0], unit),
            "interval_low": ("parameter", [5e-13, 10.0], unit),
            "interval_high": ("parameter", [2e-12, 100.0], unit),
            "bound_low": ("parameter", low, unit),
            "bound_high": ("parameter", high, unit),
            "identifiability": ("parameter", np.array([1, 3], np.uint8), {"flag_values": [1, 2, 3, 4, 5], "flag_meanings": words}),
            "logarithmic": ("parameter", np.array([1, 1], np.uint8)),
            "correlation": (("parameter", "parameter_other"), [[1.0, -0.6], [-0.6, 1.0]]),
            "start_first": (("start", "parameter"), low * (high / low) ** share),
            "start_last": (("start", "parameter"), np.tile([1e-12, 20.0], (6, 1))),
            "start_cost": ("start", np.linspace(100.0, 900.0, 6)),
            "start_status": ("start", np.array([1, 1, 1, 2, 3, 4], np.uint8), ENDS),
            "point_target": ("point", np.repeat([0, 1], 120)),
            "point_time": ("point", np.tile(np.linspace(0.0, 10.0, 120), 2)),
            "point_potential": ("point", np.tile(potential, 2)),
            "point_measured": ("point", measured),
            "point_model": ("point", measured * 1.01),
            "point_residual": ("point", np.sin(np.arange(240.0))),
            "target_value": ("target", [np.nan, np.nan, 5.0, np.nan]),
            "target_model": ("target", [np.nan, np.nan, 5.1, np.nan]),
            "target_relative_rms": ("target", [0.01, 0.01, np.nan, 0.02]),
            "spectrum_target": ("spectrum_point", np.full(20, 3)),
            "spectrum_frequency": ("spectrum_point", frequency),
            "spectrum_measured_real": ("spectrum_point", arc.real),
            "spectrum_measured_imaginary": ("spectrum_point", arc.imag),
            "spectrum_model_real": ("spectrum_point", arc.real * 1.01),
            "spectrum_model_imaginary": ("spectrum_point", arc.imag * 1.01),
            "profile_value": (("parameter", "profile_place"), profile),
            "profile_rise": (("parameter", "profile_place"), np.tile((np.arange(9.0) - 4) ** 2, (2, 1))),
        },
        {
            "parameter": ("parameter", np.array(["layer1_diffusivity", "electrode_exchange_current_density"], strings)),
            "parameter_unit": ("parameter", np.array(["m2 s-1", "A m-2"], strings)),
            "target": ("target", np.array([f"20 mV/s {name}", "100 mV/s", name, f"arc {name}"], strings)),
        },
        {
            "format": FIT.format, "format_version": 1, "title": name, "fit": "[fit]\nstarts = 6", "seed": 0,
            "cost": 100.0, "combinations": [], "directions": ["1 layer1_diffusivity"], "unreached": [],
        },
    )  # fmt: skip
    if posterior is not None:
        sampled, about = posterior_variables(posterior)
        dataset = dataset.assign(sampled).assign_attrs(about)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata")
        warnings.filterwarnings("ignore", message=".*does not have a Zarr V3 specification")
        dataset.to_zarr(path, zarr_format=3, consolidated=True)
    return path
