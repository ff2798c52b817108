"""What voltammograms of films report as a diffusivity: the map of `experiments.cv_derived_d` for one thickness.

The paper varied the scan rate and does not say how: read as the law of Randles and Sevcik is used, the slope of the peak
current against the root of the scan rate gives the diffusivity. One peak alone gives another number.
"""

import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

import screening as sei
from experiments.catalogue import Parameters
from experiments.comparison import Unreached
from experiments.cv_derived_d.answer import apparent_diffusivity, crossings, slope_diffusivity
from experiments.li_mediated.lithium_cells import SALTS

SCAN_RATES = (1, 5, 10, 20, 50, 100)  # mV/s
SINGLE_RATES = (1, 10, 100)  # of which each alone is read too
SLOPE_FROM = SCAN_RATES.index(5)  # the slope is read from 5 to 100 mV/s
STUDY = """
title = "Apparent diffusivity of a film on lithium"
# the sweep starts at equilibrium on plated lithium, as in experiments/cv_derived_d/map.toml
[sampling]
design = "grid"
[electrolyte]
concentration = "{salt} mol/m^3"
diffusivity = "{liquid_diffusivity} m^2/s"
transference_number = 0
diffusion_layer_thickness = "5 mm"
[electrode]
kind = "metal"
exchange_current_density = "100 mA/cm^2"
initial_inventory = "1e-2 mol/m^2"
[[film]]
name = "film"
[[film.layer]]
phase = "LiF"
thickness = "{film_thickness} m"
diffusivity = {{ distribution = "log_uniform", low = "1e-20 m^2/s", high = "1e-11 m^2/s", points = 46 }}
[protocol]
kind = "lsv"
start_potential = "0 V"
end_potential = "-0.8 V"
scan_rates = ["1 mV/s", "5 mV/s", "10 mV/s", "20 mV/s", "50 mV/s", "100 mV/s"]
"""


def study(used: Parameters) -> str:
    """Study file of the map."""
    return STUDY.format(**used)


@lru_cache(maxsize=2)
def _map(text: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "map.zarr"
        sei.run_study(sei.parse_study(text), store, progress=False)
        results = sei.open_results(store, chunks=None).load()
    order = np.argsort(results.param_layer1_diffusivity.values)
    rates = np.array(SCAN_RATES) / 1e3
    peaks = results.peak_current_density.values[order]
    slope = slope_diffusivity(peaks[:, SLOPE_FROM:], rates[SLOPE_FROM:])
    film, exponent = results.param_layer1_diffusivity.values[order], results.scan_rate_exponent.values[order]
    return film, apparent_diffusivity(peaks, rates[None, :]), slope, exponent


def apparent_map(used: Parameters) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Film diffusivity, what peaks and slopes report of it, and the exponent of the peak current.

    Args:
        used: parameters.

    Returns:
        `[film]` m2 s-1; `[film, scan rate]` m2 s-1 from each peak alone; `[film]` m2 s-1 from the slope over 5 to 100 mV/s;
        `[film]`. NaN where a sweep has no peak.
    """
    return _map(study(used))


def cv_diffusivities(used: Parameters) -> dict[str, float | Unreached]:
    """Films whose simulated voltammograms return the reported diffusivities, and whether those may be read at all."""
    film, apparent, slope, exponent = apparent_map(used)
    found: dict[str, float | Unreached] = {}
    behind: dict[tuple[str, str], float] = {}
    read = {str(rate): apparent[:, SCAN_RATES.index(rate)] for rate in SINGLE_RATES} | {"slope": slope}
    for salt in SALTS:
        reported = used[f"reported_d_{salt}"]
        for name, values in read.items():
            good = np.isfinite(values)
            places = crossings(film[good], values[good], reported)
            found[f"cv_{salt}_{name}"] = (
                places[0]
                if places
                else Unreached("no film of the map returns the reported value when read in this way")
            )
            behind[salt, name] = places[0] if places else float("nan")
        found[f"cv_exponent_{salt}"] = float(np.interp(np.log(behind[salt, "slope"]), np.log(film), exponent))
        found[f"cv_return_{salt}"] = float(np.exp(np.interp(np.log(reported), np.log(film), np.log(read["10"]))))
    found["cv_ratio"] = behind["LiDFOB", "10"] / behind["LiBF4", "10"]
    found["cv_slope_ratio"] = behind["LiDFOB", "slope"] / behind["LiBF4", "slope"]
    return found
