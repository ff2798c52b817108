"""Fits of measured voltammograms of two dissolved couples, and what Randles and Sevcik make of their raw peaks."""

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

import screening as sei
from experiments.catalogue import Parameters
from experiments.comparison import Unreached
from experiments.real_films.measured_data import measured_file
from kernels.constants import FARADAY, GAS_CONSTANT, STANDARD_TEMPERATURE

if TYPE_CHECKING:
    import xarray as xr

RUHEX_WORKBOOK = "ruhex_gc/0.96 mM RuHex on GCE.xlsx"
FE3_WORKBOOK = "fe3_fe2_pt/5 mM Fe(3) 1 M H2SO4 on PtE.xlsx"
RUHEX_RATES, FE3_RATES = (25, 50, 100, 200), (10, 20, 50, 100, 200)  # mV/s
RANDLES_SEVCIK = 0.446294694845
RUHEX = """
title = "Ru(NH3)6(3+) at glassy carbon"
[electrolyte]
diffusivity = {{ fit = true, low = "3e-10 m^2/s", high = "3e-9 m^2/s", start = "1e-9 m^2/s" }}
diffusion_layer_thickness = "2 mm"
[electrode]
kind = "couple"
formal_potential = {{ fit = true, prior = "uniform", low = "-0.25 V", high = "-0.1 V", start = "-0.17 V" }}
rate_constant = {{ fit = true, low = "1e-6 m/s", high = "1e-1 m/s", start = "1e-3 m/s" }}
oxidised_concentration = "{concentration} mol/m^3"
reduced_diffusivity = "{reduced_diffusivity} m^2/s"
[measurement]
current_offset = {{ fit = true, prior = "uniform", low = "-0.2 A/m^2", high = "0.2 A/m^2", start = "0 A/m^2" }}
[[film]]
name = "bare"
[protocol]
kind = "cv"
start_potential = "0.1 V"
vertex_potential = "-0.4 V"
end_potential = "0.1 V"
scan_rates = ["25 mV/s", "50 mV/s", "100 mV/s", "200 mV/s"]
[numerics]
electrolyte_cells = 96
[fit]
starts = 1
coarse_steps = 0
profiles = []
"""
FE3 = """
title = "Fe(III)/Fe(II) at platinum"
[parameters]
D = {{ fit = true, low = "1e-10 m^2/s", high = "3e-9 m^2/s", start = "5e-10 m^2/s" }}
[electrolyte]
diffusivity = "$D"
diffusion_layer_thickness = "2 mm"
[electrode]
kind = "couple"
formal_potential = {{ fit = true, prior = "uniform", low = "0.35 V", high = "0.55 V", start = "0.44 V" }}
rate_constant = {{ fit = true, low = "1e-7 m/s", high = "1e-2 m/s", start = "3e-5 m/s" }}
transfer_coefficient = {{ fit = true, prior = "uniform", low = "0.2", high = "0.8", start = "0.5" }}
oxidised_concentration = "{concentration} mol/m^3"
reduced_diffusivity = "$D"
[measurement]
current_offset = {{ fit = true, prior = "uniform", low = "-1 A/m^2", high = "1 A/m^2", start = "0 A/m^2" }}
[[film]]
name = "bare"
[protocol]
kind = "cv"
start_potential = "0.8 V"
vertex_potential = "0.1 V"
end_potential = "0.8 V"
scan_rates = ["10 mV/s", "20 mV/s", "50 mV/s", "100 mV/s", "200 mV/s"]
[numerics]
electrolyte_cells = 96
[fit]
starts = {starts}
coarse_steps = 0
profiles = {profiles}
"""
TARGET = """
[[target]]
kind = "curve"
name = "{rate} mV/s"
file = "{file}"
sheet = "{rate} mV s-1"
area = "{area} m^2"
{options}
"""
RUHEX_OPTIONS = 'window = ["-0.41 V", "0.05 V"]\npoints = 100'
FE3_OPTIONS = 'current = {{ column = "Current(I)", unit = "A" }}\npoints = {points}'
FE3_COLUMNS = {"current": ("Current(I)", "A")}


def ruhex_fit(used: Parameters, workbook: str) -> str:
    """Fit file of Ru(NH3)6(3+) at glassy carbon; the workbook's path goes into it as given."""
    area = np.pi * used["disc_radius"] ** 2
    targets = "".join(TARGET.format(rate=rate, file=workbook, area=area, options=RUHEX_OPTIONS) for rate in RUHEX_RATES)
    return RUHEX.format(**used) + targets


def fe3_fit(used: Parameters, workbook: str, starts: int = 1, profiles: str = "[]", points: int = 60) -> str:
    """Fit file of Fe(III) at platinum, one diffusivity for both ions.

    Args:
        used: parameters.
        workbook: path of the measured sheets.
        starts: of the fit; the first is near the literature values.
        profiles: names of quantities with a profile likelihood, as TOML.
        points: of each voltammogram.

    Returns:
        fit file.
    """
    area = np.pi * used["fe3_disc_radius"] ** 2
    options = FE3_OPTIONS.format(points=points)
    targets = "".join(TARGET.format(rate=rate, file=workbook, area=area, options=options) for rate in FE3_RATES)
    return FE3.format(concentration=used["fe3_concentration"], starts=starts, profiles=profiles) + targets


@lru_cache(maxsize=4)
def fit_once(text: str):
    """The result of a fit file, kept for the figure; the same text gives the same numbers."""
    return sei.fit(text)


def fitted_curves(used: Parameters) -> "dict[str, xr.Dataset]":
    """Fits of the couples whose data are at hand, as datasets by name."""
    fits = {"ruhex": (RUHEX_WORKBOOK, ruhex_fit), "fe3": (FE3_WORKBOOK, fe3_fit)}
    paths = {name: measured_file(workbook) for name, (workbook, _) in fits.items()}
    found = {}
    for name, path in paths.items():
        if not isinstance(path, str):
            with suppress(sei.StudyError):  # a damaged workbook has no curves; its rows say what is wrong
                found[name] = fit_once(fits[name][1](used, path.as_posix())).to_dataset()
    return found


def peak_diffusivity(file: str, rates, area: float, concentration: float, columns=None) -> float:
    """Randles-Sevcik diffusivity of raw cathodic peaks, from the slope of a line with an intercept.

    Args:
        file: workbook with a sheet for each scan rate.
        rates: mV s-1.
        area: m2.
        concentration: mol m-3.
        columns: of the sheets, where headings do not tell.

    Returns:
        m2 s-1.
    """
    options = {} if columns is None else {"columns": columns}
    peaks = []
    for rate in rates:
        curve = sei.read_curve(file, sheet=f"{rate} mV s-1", **options)
        peaks.append(-float(np.min(np.asarray(curve.current))) / area)
    root = np.sqrt(np.asarray(rates) / 1e3)
    slope = float(np.polyfit(root, peaks, 1)[0])
    thermal = GAS_CONSTANT * STANDARD_TEMPERATURE / FARADAY
    return (slope / (RANDLES_SEVCIK * FARADAY * concentration)) ** 2 * thermal


def ruhex(used: Parameters) -> dict[str, float | Unreached]:
    """Joint fit of the measured voltammograms of Ru(NH3)6(3+)."""
    keys = ("ruhex_d", "ruhex_e", "ruhex_rms", "ruhex_peaks")
    path = measured_file(RUHEX_WORKBOOK)
    if isinstance(path, str):
        return dict.fromkeys(keys, Unreached(path))
    file = path.as_posix()
    fitted = fit_once(ruhex_fit(used, file))
    area = np.pi * used["disc_radius"] ** 2
    values = (
        fitted.estimate["electrolyte_diffusivity"],
        fitted.estimate["electrode_formal_potential"],
        max(fitted.relative_rms.values()),
        peak_diffusivity(file, RUHEX_RATES, area, used["concentration"]),
    )
    return dict(zip(keys, values, strict=True))


def fe3(used: Parameters) -> dict[str, float | Unreached]:
    """Joint fit of the measured voltammograms of Fe(III)."""
    keys = ("fe3_d", "fe3_d_second", "fe3_d_literature", "fe3_k", "fe3_alpha", "fe3_rms", "fe3_peaks")
    path = measured_file(FE3_WORKBOOK)
    if isinstance(path, str):
        return dict.fromkeys(keys, Unreached(path))
    file = path.as_posix()
    fitted = fit_once(fe3_fit(used, file))
    low, high = fitted.interval["electrode_transfer_coefficient"]
    area = np.pi * used["fe3_disc_radius"] ** 2
    values = (
        *[fitted.estimate["D"]] * 3,
        fitted.estimate["electrode_rate_constant"],
        high - low,
        max(fitted.relative_rms.values()),
        peak_diffusivity(file, FE3_RATES, area, used["fe3_concentration"], FE3_COLUMNS),
    )
    return dict(zip(keys, values, strict=True))
