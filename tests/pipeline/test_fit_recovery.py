"""A fit finds what made the data, says how sure it is, and stores it all."""

import numpy as np
import pytest
import xarray as xr

import screening as sei
from screening.cli.app import run_command
from screening.fitting.fit_store import open_fit
from screening.fitting.identifiability import Identifiability
from tests.pipeline.fit_files import (
    RATES,
    SETTINGS,
    TRUTH,
    curve_targets,
    fit_text,
    modelled_curves,
    synthetic,
    true_curves,
)

IDENTIFIED = ("electrode_exchange_current_density", "layer2_diffusivity")
UNKNOWABLE = "layer1_diffusivity"


@pytest.fixture(scope="module")
def curves():
    return true_curves()


@pytest.fixture(scope="module")
def modelled():
    return modelled_curves()


@pytest.fixture(scope="module")
def result(modelled):
    settings = SETTINGS + f'profiles = ["{UNKNOWABLE}"]\n'
    return sei.fit(fit_text(settings=settings), data=synthetic(modelled, 0), threads=1)


@pytest.mark.slow
def test_identifiable_quantities_are_found(result):
    for name in IDENTIFIED:
        low, high = result.interval[name]
        assert result.identifiability[name] == Identifiability.IDENTIFIED
        assert low < TRUTH[name] < high
        assert high / low < 1.6
    assert result.cost == pytest.approx(200, rel=0.35)
    assert max(result.relative_rms.values()) == pytest.approx(0.01, rel=0.25)


@pytest.mark.slow
def test_a_layer_without_influence_is_flagged_and_its_interval_is_wide(result):
    flag = result.identifiability[UNKNOWABLE]
    assert flag in (Identifiability.ONLY_A_LOWER_LIMIT, Identifiability.NOT_IDENTIFIED)
    low, high = result.interval[UNKNOWABLE]
    assert high == pytest.approx(1e-10)
    assert low < TRUTH[UNKNOWABLE] < high


@pytest.mark.slow
def test_thickness_and_diffusivity_of_one_layer_are_determined_only_as_their_ratio(curves):
    text = fit_text(D1='"5e-12 m^2/s"', J0='"12 mA/cm^2"')
    thickness = '{ fit = true, low = "1 nm", high = "50 nm" }'
    text = text.replace('phase = "Li2CO3"\nthickness = "5 nm"', f'phase = "Li2CO3"\nthickness = {thickness}')
    found = sei.fit(text, data=synthetic(curves, 1), threads=1)
    assert Identifiability.IDENTIFIED not in found.identifiability.values()
    assert any("layer2_thickness / layer2_diffusivity is determined to" in line for line in found.combinations)
    ratio = found.estimate["layer2_thickness"] / found.estimate["layer2_diffusivity"]
    assert ratio == pytest.approx(5e-9 / 5e-15, rel=0.02)
    assert found.correlation[0, 1] > 0.99


def test_a_diverging_start_does_not_spoil_the_others(modelled):
    from screening.fitting.engine import Engine
    from screening.fitting.fit_problem import parse_fit
    from screening.fitting.multistart import StartStatus, polish

    problem = parse_fit(fit_text(), data=synthetic(modelled, 0))
    engine = Engine(problem, threads=1)
    good = problem.parameters.starts(2, 0)
    alone = polish(engine, good, 3)
    # far outside the box: a diffusivity of zero to machine precision, which the kernels refuse
    bad = np.array([[np.nan, 0.5, 0.5]])
    mixed = polish(engine, np.concatenate([good[:1], bad, good[1:]]), 3)
    assert mixed.status[1] == StartStatus.DIVERGED
    np.testing.assert_array_equal(mixed.unit[[0, 2]], alone.unit)
    np.testing.assert_array_equal(mixed.cost[[0, 2]], alone.cost)


@pytest.mark.slow
def test_several_numbers_are_fitted_together_and_an_impossible_one_is_named():
    targets = (
        '[[target]]\nkind = "area_specific_resistance"\nvalue = "1.6 ohm*cm^2"\nstandard_uncertainty = "3 %"\n'
        '[[target]]\nkind = "apparent_diffusivity"\nname = "CV"\nvalue = "1 m^2/s"\nstandard_uncertainty = "5 %"\n'
    )
    found = sei.fit(fit_text(targets, SETTINGS.replace("8", "4")), threads=1)
    assert len(found.unreached) >= 1
    assert "target outside the model's reach" in found.unreached[-1]


@pytest.mark.slow
def test_the_store_holds_the_fit(result, tmp_path):
    path = tmp_path / "F.zarr"
    result.save(path)
    stored = open_fit(path)
    with xr.open_zarr(path) as plain:
        assert plain.attrs["fit"] == result.problem.text
    assert stored.sizes["parameter"] == 3
    assert stored.sizes["start"] == 8
    assert stored.estimate.sel(parameter="layer2_diffusivity").item() == result.estimate["layer2_diffusivity"]
    np.testing.assert_allclose(np.diag(stored.correlation), 1.0)
    assert float((stored.point_residual**2).sum()) == pytest.approx(result.cost, rel=1e-9)
    assert stored.start_cost.values[0] == np.nanmin(stored.start_cost.values)
    with pytest.raises(sei.StudyError, match="exists already"):
        result.save(path)
    result.save(path, overwrite=True)


def test_the_command_prints_stores_and_plots(modelled, tmp_path, monkeypatch, capsys):
    data = synthetic(modelled, 0)
    text = fit_text(curve_targets(), SETTINGS + 'profiles = "none"\n')
    for rate in RATES:
        table = np.stack([data[str(rate)]["potential"], data[str(rate)]["current"]], 1)
        heading = "potential (V),current density (A/m2)"
        np.savetxt(tmp_path / f"{rate}.csv", table, delimiter=",", header=heading, comments="")
        text = text.replace(f'name = "{rate}"\n', f'name = "{rate}"\nfile = "{rate}.csv"\n')
    (tmp_path / "FIT.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    command = ["fit", "FIT.toml", "--out", "F.zarr", "--starts", "4", "--plot", "f.png", "--threads", "1"]
    assert run_command(command) == 0
    out = capsys.readouterr().out
    assert "95 % interval" in out
    assert "layer2_diffusivity" in out
    assert (tmp_path / "f.png").stat().st_size > 10_000
    assert open_fit(tmp_path / "F.zarr").sizes["start"] == 4
    assert run_command(command) == 2
    assert "exists already" in capsys.readouterr().err
    # another model of the same data: of equal shape, so that it compiles nothing
    (tmp_path / "WRONG.toml").write_text(text.replace("transference_number = 0.4", "transference_number = 0.7"))
    command = ["compare", "WRONG.toml", "FIT.toml", "--starts", "2", "--plot", "c.png", "--threads", "1"]
    assert run_command(command) == 0
    wrong, good = capsys.readouterr().out.splitlines()[1:3]
    assert wrong.split()[0] == "WRONG.toml"
    assert float(wrong.split()[3]) > 10
    assert good.split()[2:5] == ["3", "0", "1"]
    assert (tmp_path / "c.png").stat().st_size > 10_000


@pytest.mark.slow
def test_the_truth_lies_in_nine_of_ten_intervals_and_nothing_unidentifiable_looks_identified(curves):
    inside, seeds = 0, 20
    for seed in range(seeds):
        found = sei.fit(fit_text(), data=synthetic(curves, 100 + seed), threads=1)
        assert found.identifiability[UNKNOWABLE] != Identifiability.IDENTIFIED
        low, high = found.interval[UNKNOWABLE]
        assert high > 10 * low
        inside += sum(found.interval[name][0] < TRUTH[name] < found.interval[name][1] for name in IDENTIFIED)
    assert inside >= 0.9 * seeds * len(IDENTIFIED)
