"""The films behind reported diffusivities: known maps in, the answer of the closed form out."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import screening as sei
from experiments.cv_derived_d.answer import REPORTED, answer, figure, table
from experiments.cv_derived_d.ranking import FITS, draw_posteriors, effective_rows, weigh
from screening.errors import StudyError
from screening.fitting.engine import Engine
from screening.fitting.fit_estimates import FitEstimates
from screening.fitting.fit_problem import load_fit
from screening.fitting.peak_exponent import scan_rate_exponent

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "cv_derived_d"

FARADAY, THERMAL = 96485.33212, 8.314462618 * 298.15 / 96485.33212
BULK = 2000.0
RATES = np.array([1e-3, 1e-2, 1e-1])


def resistors() -> xr.Dataset:
    """Films so thin that each is a resistor: the peak is F c K D / L at every scan rate; one of them failed."""
    axes = ([10e-9, 20e-9], [0.1, 1.0], [100.0], np.geomspace(1e-19, 1e-11, 41))
    thickness, partition, exchange, diffusivity = (part.ravel() for part in np.meshgrid(*axes, indexing="ij"))
    peak = -FARADAY * BULK * partition * diffusivity / thickness
    status = np.ones(peak.size, np.uint8)
    status[7], peak[7] = 3, np.nan
    columns = {
        "param_layer1_thickness": thickness,
        "param_layer1_partition_coefficient": partition,
        "param_electrode_exchange_current_density": exchange,
        "param_layer1_diffusivity": diffusivity,
        "scan_rate_exponent": np.zeros(peak.size),
        "status": status,
    }
    found = {name: ("candidate", values) for name, values in columns.items()}
    found["peak_current_density"] = (("candidate", "scan_rate"), np.repeat(peak[:, None], 3, 1))
    return xr.Dataset(found, {"scan_rate": RATES})


@pytest.mark.parametrize("area_factor", [1.0, 2.5])
def test_resistors_return_their_permeability(area_factor):
    """Randles and Sevcik read F c K D / L a as 0.4463 F c sqrt(D_app F v / RT): K D / L = 0.4463 sqrt(D_app F v / RT) / a."""
    rows = table(resistors(), area_factor)
    assert len(rows) == 2 * 3 * 4
    for film, rate, thickness, partition, exchange, diffusivity, exponent in rows:
        permeability = 0.446294694845 * np.sqrt(REPORTED[film] * rate / THERMAL) / area_factor
        assert diffusivity * partition / thickness == pytest.approx(permeability, rel=1e-9)
        assert (exchange, exponent) == (100.0, 0.0)
    # 10 mV/s, K = 1, 10 to 20 nm; with liquid and kinetics in series the page on the experiment has 2.3e-15 to 4.6e-15
    lines = answer(rows)
    assert len(lines) == 1 + 2 * 3
    if area_factor == 1.0:
        assert "2.11e-15 to 4.22e-15" in next(line for line in lines if line.startswith("LiDFOB   10 mV/s"))


def test_figure_shows_the_map_and_the_band():
    left, right = figure(resistors()).axes
    drawn = [np.asarray(line.get_xydata()) for line in left.lines if len(line.get_xdata()) > 30]
    assert len(drawn) == 2 * 3
    expected = (1e-15 / 10e-9 / 0.446294694845) ** 2 * THERMAL / 1e-3
    assert np.exp(np.interp(np.log(1e-15), *np.log(drawn[0]).T)) == pytest.approx(expected, rel=1e-6)
    assert left.get_ylabel() == "apparent diffusivity, Randles-Sevcik (m$^2$/s)"
    assert "exponent" in right.get_ylabel()


@pytest.mark.slow
@pytest.mark.parametrize(("diffusivity", "exponent", "warned"), [(4e-16, 0.0, True), (1e-18, 0.5, False)])
def test_a_fit_warns_where_the_peaks_of_its_stack_are_not_those_of_diffusion(diffusivity, exponent, warned):
    """15 nm at 5 to 100 mV/s: a resistor knows no scan rate, a film thicker than its diffusion layer obeys the root of it."""
    problem = load_fit(FOLDER / "fit_lidfob.toml")
    values = {"layer1_thickness": 15e-9, "layer1_diffusivity": diffusivity, "layer1_partition_coefficient": 1.0}
    values |= {"electrode_exchange_current_density": 100.0, "area_factor": 2.0}
    unit = problem.parameters.to_units(np.array([[values[name] for name in problem.parameters.names]]))[0]
    assert scan_rate_exponent(problem, unit) == pytest.approx(exponent, abs=0.02)
    nothing: list = [None] * (len(fields(FitEstimates)) - 2)
    assert len(FitEstimates(problem, unit, *nothing).warnings) == warned


def test_both_packaged_fits_ask_for_the_reported_numbers():
    for salt, name in (("LiDFOB", "fit_lidfob"), ("LiBF4", "fit_libf4")):
        problem = load_fit(FOLDER / f"{name}.toml")
        assert problem.data.value.tolist() == [REPORTED[salt]]
        assert len(problem.parameters) == 5


@pytest.mark.parametrize("apparent", [1e-15, 3e-14, 4e-13, 5.75e-13, 2e-12])
def test_the_area_factor_is_integrated_and_drawn(apparent):
    """Against sums over a fine grid of the logarithm of the area: the likelihood of the stack, and the median of the draws."""
    value, spread = 5.75e-13, 0.2
    grid = np.linspace(0.0, np.log(10.0), 200_001)
    likelihood = np.exp(-(((np.log(apparent) + 2 * grid - np.log(value)) / spread) ** 2) / 2)
    weight, factor = weigh(np.full(4001, apparent), value, spread, (1.0, 10.0))
    whole = np.trapezoid(likelihood, grid) / (np.sqrt(2 * np.pi) * spread / 2)
    assert weight == pytest.approx(whole, rel=1e-4, abs=0.0)
    median = np.exp(grid[np.searchsorted(np.cumsum(likelihood), likelihood.sum() / 2)])
    assert np.median(factor) == pytest.approx(median, rel=0.02)
    assert weigh(np.array([np.nan]), value, spread, (1.0, 10.0))[0].tolist() == [0.0]


def test_as_many_draws_are_taken_as_are_effective():
    weight = np.arange(200.0)
    assert len(effective_rows(weight, 10_000)) == 2 * int(weight.sum() ** 2 / np.sum(weight**2) / 2)
    assert len(effective_rows(weight, 51)) == 50
    with pytest.raises(StudyError, match="prior and data hardly meet: got 1 effective"):
        effective_rows(np.array([1.0, 0.0, 1e-9]), 100)


@pytest.mark.slow
def test_the_fits_agree_with_the_draws(tmp_path):
    """Residuals of the draws by the fits' own simulation are standard normal, as one number with 20 % asks."""
    draw_posteriors(tmp_path, prior=1024, draws=64)
    for film, name in FITS.items():
        engine = Engine(load_fit(FOLDER / name))
        drawn = sei.open_fit(tmp_path / f"{film}.zarr").posterior_value.values.reshape(64, 5)
        assert np.mean(engine.costs(engine.parameters.to_units(drawn))) == pytest.approx(1.0, abs=0.5)
