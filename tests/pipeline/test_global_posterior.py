"""Posteriors from one store of simulated priors: against integration, for several data sets, and through the command."""

import shutil

import numpy as np
import pytest

import screening as sei
from screening.cli.app import run_command
from screening.errors import StudyError
from screening.fitting.engine import Engine
from screening.fitting.fit import fit
from screening.fitting.fit_problem import parse_fit
from screening.fitting.global_posterior import global_posterior
from screening.fitting.posterior_store import stored_diagnostics
from screening.fitting.prior_simulations import compared, simulate_prior, starts_from
from tests.pipeline.fit_files import RATES, fit_text
from tests.pipeline.test_fit_sampled import NUMBERS

COUNT = 4096
# Two ohmic layers, the charge transfer into each of which is free: a spectrum does not tell which is which.
FACES = (
    """
title = "two faces"
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "1 um"
[electrode]
kind = "metal"
exchange_current_density = "1e5 A/m^2"
[protocol]
kind = "lsv"
start_potential = "0.1 V"
end_potential = "-0.35 V"
scan_rates = ["20 mV/s"]
[fit]
starts = 1
profiles = "none"
[[target]]
kind = "impedance"
name = "arc"
relative_uncertainty = 0.01
[[film]]
name = "two"
"""
    + 2
    * """
[[film.layer]]
phase = "LiF"
closure = "ohmic"
thickness = "5 nm"
conductivity = "1e-3 S/m"
interface_capacitance = "1 uF/cm^2"
interface_exchange_current_density = { fit = true, low = "0.1 A/m^2", high = "1000 A/m^2" }
"""
)


@pytest.fixture(scope="module")
def simulations(tmp_path_factory):
    path = tmp_path_factory.mktemp("prior") / "S.zarr"
    assert simulate_prior(NUMBERS, COUNT, path, progress=False).evaluated == COUNT
    return path


@pytest.mark.parametrize(("value", "uncertainty"), [("30", "5 %"), ("200", "20 %")])
def test_one_store_serves_data_sets_that_differ_in_their_numbers(simulations, value, uncertainty):
    """Two quantities behind one number: the joint density summed over a fine grid, thickness with its normal prior."""
    text = NUMBERS.replace("30 ohm", f"{value} ohm").replace('"5 %"', f'"{uncertainty}"')
    result = fit(text, simulations=simulations)
    found = global_posterior(result, simulations, draws=4000)
    assert found.weighing is not None
    assert found.weighing.simulations == COUNT
    assert found.weighing.pareto_shape < 0.7
    engine, share = Engine(result.problem), (np.arange(160) + 0.5) / 160
    ends = np.clip(
        [found.unit[..., 1].min() - 0.02, found.unit[..., 1].max() + 0.02], 0, 1
    )  # the second lies at a bound
    across = ends[0] + share * np.diff(ends)
    grid = np.stack(np.meshgrid(share, across, indexing="ij"), -1).reshape(-1, 2)
    thickness = 10e-9 + 10e-9 * grid[:, 0]
    density = -0.5 * np.sum(engine.residuals(grid) ** 2, 1) - 0.5 * ((thickness - 15e-9) / 1e-9) ** 2
    joint = np.exp(density - density.max()).reshape(160, 160)
    for place, axis in enumerate((share, across)):
        marginal = joint.sum(1 - place) / joint.sum()
        mean = marginal @ axis
        spread = np.sqrt(marginal @ (axis - mean) ** 2)
        drawn = found.unit[..., place].ravel()
        assert drawn.mean() == pytest.approx(mean, abs=0.1 * spread)
        ends = np.interp([0.025, 0.975], np.cumsum(marginal), axis + (axis[1] - axis[0]) / 2)
        assert np.quantile(drawn, [0.025, 0.975]) == pytest.approx(ends, abs=0.05 * np.diff(ends)[0])


def test_a_run_that_was_cut_short_ends_with_the_same_bits(simulations, tmp_path):
    copy = tmp_path / "S.zarr"
    shutil.copytree(simulations, copy)
    for name in ("status", "prediction"):
        shutil.rmtree(copy / name / "c")
    assert simulate_prior(NUMBERS, COUNT, copy, threads=1, progress=False).evaluated == COUNT
    before, after = sei.open_results(simulations).load(), sei.open_results(copy).load()
    np.testing.assert_array_equal(before.prediction.values, after.prediction.values)


def test_simulations_of_another_experiment_are_refused(simulations):
    other = NUMBERS.replace("12 mA", "13 mA")
    with pytest.raises(StudyError, match="simulations of another experiment"):
        fit(other, simulations=simulations)
    with pytest.raises(StudyError, match="belongs to another run"):
        simulate_prior(NUMBERS, COUNT + 1, simulations, progress=False)


def test_starts_lie_apart(simulations):
    starts = starts_from(parse_fit(NUMBERS), simulations, 4)
    gaps = np.abs(starts[:, None] - starts).max(2) + np.eye(len(starts))
    assert len(starts) > 1
    assert gaps.min() > 0.1


def test_the_command_keeps_the_posterior_and_says_how_it_came(tmp_path, capsys, simulations):
    path, store = tmp_path / "fit.toml", tmp_path / "F.zarr"
    path.write_text(NUMBERS)
    command = ["fit", str(path), "--out", str(store), "--global", str(COUNT), "--simulations", str(simulations)]
    assert run_command(command) == 0
    assert "Pareto shape of the weights" in capsys.readouterr().out
    opened = sei.open_fit(store)
    words, warnings = stored_diagnostics(opened)
    assert words.startswith("importance weights of 4,096 simulations of the priors")
    assert warnings == []
    assert opened.posterior_value.shape[2] == 2
    assert run_command([*command, "--overwrite", "--posterior", "100"]) == 2
    assert "--posterior" in capsys.readouterr().err


def test_kept_curves_are_those_of_the_model(tmp_path):
    """Residuals of stored draws against those that the fit simulates at the measured points themselves."""
    column = {"potential": np.linspace(0.1, -0.35, 100), "current": np.linspace(-1.0, -200.0, 100)}
    problem = parse_fit(fit_text(), data=dict.fromkeys(map(str, RATES), column))
    simulate_prior(problem, 16, tmp_path / "S.zarr", threads=1, progress=False)
    unit, cost = compared(problem, tmp_path / "S.zarr")
    exact = Engine(problem, threads=1).residuals(unit)
    good = np.isfinite(cost)
    assert good.sum() > 8
    assert cost[good] == pytest.approx(np.sum(exact[good] ** 2, 1), rel=2e-3)


def test_the_second_mode_is_found_where_a_fit_saw_one(tmp_path):
    """Arcs of 1 and 30 A/m2 by a circuit of two capacitances and resistances: either layer may have either, with equal weight."""
    thermal, hertz = 8.314462618 * 298.15 / 96485.33212, np.geomspace(0.01, 1e6, 15)
    arcs = sum(1 / (current / thermal + 2j * np.pi * hertz * 0.01) for current in (1.0, 30.0))
    measured = arcs + 2 * 5e-9 / 1e-3 + thermal / 1e5
    problem = parse_fit(FACES, data={"arc": {"frequency": hertz, "real": measured.real, "imaginary": measured.imag}})
    result = fit(problem)
    assert sorted(result.estimate.values()) == pytest.approx([1.0, 30.0], rel=1e-3)
    simulate_prior(problem, 2048, tmp_path / "S.zarr", progress=False)
    drawn = global_posterior(result, tmp_path / "S.zarr").values.reshape(-1, 2)
    outer = drawn[:, 0] > drawn[:, 1]
    assert outer.mean() == pytest.approx(0.5, abs=0.06)
    for mode, expected in ((outer, [30.0, 1.0]), (~outer, [1.0, 30.0])):
        assert np.median(drawn[mode], axis=0) == pytest.approx(expected, rel=0.01)
