"""Posteriors in stores, reports and figures, and the command that samples them."""

import math
import sys

import numpy as np
import pytest
import xarray as xr

import screening as sei
from screening.cli.app import run_command
from screening.fitting.fit import fit
from screening.fitting.fit_dataset import dataset_of
from screening.fitting.marginals import between_bounds, correlated_pairs, marginals
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.fitting.posterior import _log_density
from screening.fitting.posterior_store import has_posterior
from screening.report.fit_page import fit_payload
from screening.report.report_file import write_report
from screening.sampling.distributions import Normal, Range
from screening.store.small_store import write_dataset
from tests.pipeline.fit_store import known_fit, known_posterior
from tests.pipeline.test_plot import assert_readable

# Two numbers about two layers: no voltammogram, so that a point costs nothing.
NUMBERS = """
title = "two numbers"
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "500 um"
[electrode]
kind = "metal"
exchange_current_density = "12 mA/cm^2"
[[film]]
name = "one"
[[film.layer]]
phase = "LiF"
thickness = { fit = true, prior = "normal", mean = "15 nm", standard_deviation = "1 nm", low = "10 nm", high = "20 nm" }
diffusivity = { fit = true, low = "1e-16 m^2/s", high = "1e-13 m^2/s" }
[protocol]
kind = "lsv"
start_potential = "0.1 V"
end_potential = "-0.35 V"
scan_rates = ["20 mV/s"]
[fit]
starts = 4
profiles = "none"
[[target]]
kind = "area_specific_resistance"
value = "30 ohm*cm^2"
standard_uncertainty = "5 %"
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return known_fit(tmp_path_factory.mktemp("sampled") / "F.zarr", posterior=known_posterior())


def test_marginals_are_those_of_the_draws(store):
    opened = sei.open_fit(store)
    draws = between_bounds(opened, opened.posterior_value.values).reshape(-1, 2)
    np.testing.assert_allclose(draws, known_posterior().unit.reshape(-1, 2), atol=1e-12)
    for place, one in enumerate(marginals(opened)):
        widths = np.diff(between_bounds(opened, np.stack([one.edges, one.edges], 1))[:, place])
        np.testing.assert_allclose(np.sum(one.density * widths), 1.0, rtol=1e-12)
        np.testing.assert_allclose(one.prior, 1.0)
        assert one.width == pytest.approx(2 * 1.96 * 0.05 / 0.95, rel=0.1)
    ((first, second, r),) = correlated_pairs(opened, 6)
    assert (first, second) == (0, 1)
    assert r == pytest.approx(-0.8, abs=0.05)


def test_a_normal_prior_is_drawn_as_one(store):
    opened = sei.open_fit(store)
    opened["prior_mean"][1], opened["prior_standard_deviation"][1] = 20.0, 2.0
    one = marginals(opened)[1]
    middle = np.sqrt(one.edges[1:] * one.edges[:-1])
    # density per share of the logarithm: that of the value is up to the sampler, the shape is a bell about the mean
    assert middle[one.prior.argmax()] == pytest.approx(20.0, rel=0.05)
    assert one.prior.max() > 5


def test_the_report_says_what_the_draws_say(store):
    payload = fit_payload(store)["posterior"]
    assert payload["warnings"] == []
    assert payload["words"].startswith("2 chains of 400 draws after 300 steps of warm-up; no path diverged")
    name, median, interval, fitted, width, reduction, samples = payload["rows"][0]
    assert name == "layer1_diffusivity"
    assert float(median.split()[0]) == pytest.approx(1e-12, rel=0.05)
    assert len(interval.split(" to ")) == len(fitted.split(" to ")) == 2
    assert 0.99 < float(reduction) < 1.01
    assert min(int(count) for count in samples.split(", ")) > 200
    assert float(width.split()[0]) == pytest.approx(20.6, rel=0.1)


@pytest.mark.parametrize(("bad", "words"), [({"apart": 1.0}, "have not met"), ({"divergent": 7}, "7 paths diverged")])
def test_bad_draws_are_no_secret(tmp_path, bad, words):
    store = known_fit(tmp_path / "F.zarr", posterior=known_posterior(**bad))
    payload = fit_payload(store)
    assert any(words in text for text in payload["posterior"]["warnings"])
    assert any("not to be relied on" in text for text in payload["notes"])
    figure = sei.plot.posterior_summary(sei.open_fit(store))
    assert words in figure.get_suptitle()


def test_the_figure_has_marginals_and_the_pair(store):
    figure = sei.plot.posterior_summary(sei.open_fit(store))
    first, second, pair = figure.axes
    assert first.get_xlabel() == "layer1 diffusivity (m² s⁻¹)"
    assert second.get_xlabel() == "electrode exchange current density (mA cm⁻²)"
    assert pair.get_title(loc="left").startswith("r = -0.79")
    assert_readable(figure)


def test_long_numbers_of_a_linear_axis_keep_apart(tmp_path):
    opened = sei.open_fit(known_fit(tmp_path / "F.zarr", posterior=known_posterior()))
    ends = {"bound_low": -0.25, "bound_high": -0.1, "interval_low": -0.183, "interval_high": -0.182}
    linear = opened.assign(
        logarithmic=xr.zeros_like(opened.logarithmic),
        posterior_value=-0.18 + 1e-4 * np.log(opened.posterior_value),
        parameter_unit=("parameter", np.array(["V", "V"], np.dtypes.StringDType())),
        **{name: ("parameter", [end, end]) for name, end in ends.items()},
    )
    assert_readable(sei.plot.posterior_summary(linear))


def test_fits_without_a_posterior_open_and_report(tmp_path):
    store = known_fit(tmp_path / "F.zarr")
    assert not has_posterior(sei.open_fit(store))
    assert fit_payload(store)["posterior"] is None
    with pytest.raises(sei.StudyError, match="no posterior to draw"):
        sei.plot.posterior_summary(sei.open_fit(store))


def test_reading_needs_no_sampler(store, tmp_path, monkeypatch):
    for module in ("blackjax", "arviz_stats"):
        monkeypatch.setitem(sys.modules, module, None)
    assert write_report(store, tmp_path / "fit.html").stat().st_size > 1e6
    assert has_posterior(sei.open_fit(store))


def test_a_uniform_prior_of_a_fraction_is_uniform_in_its_value():
    free = FreeParameters(
        (
            FreeParameter("transfer_coefficient", "a", "1", "a", Range(0.1, 0.9)),
            FreeParameter("offset", "b", "V", "b", Normal(0.0, 0.1, -math.inf, math.inf)),
        )
    )
    unit = np.array([[0.02, 0.5], [0.3, 0.5], [0.5, 0.5], [0.9, 0.5]])
    density = np.exp([float(_log_density(lambda unit: 0.0, free, one)) for one in unit])
    slope = free.entries[0].box.slope(unit[:, 0])
    np.testing.assert_allclose(density / density[0], slope / slope[0], rtol=1e-12)


def test_a_store_is_whole_whatever_interrupts_its_replacement(tmp_path, monkeypatch):
    target = tmp_path / "F.zarr"
    write_dataset(xr.Dataset({"a": ("x", [1.0])}), target)
    rename = type(target).rename

    def interrupted(path, to):
        if path.suffix == ".new":
            raise KeyboardInterrupt
        return rename(path, to)

    monkeypatch.setattr(type(target), "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_dataset(xr.Dataset({"a": ("x", [2.0])}), target)
    monkeypatch.undo()
    assert xr.open_zarr(target).a.values.tolist() == [1.0]
    assert [path.name for path in tmp_path.iterdir()] == ["F.zarr"]


@pytest.fixture(scope="module")
def fitted():
    return fit(NUMBERS)


@pytest.fixture
def folder(tmp_path, monkeypatch, fitted):
    """A folder with a fit file, where the fit itself takes no time."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fit.toml").write_text(NUMBERS)
    monkeypatch.setattr("screening.fitting.fit.fit", lambda problem, **given: fitted)
    return tmp_path


COMMAND = ["fit", "fit.toml", "--out", "F.zarr"]


def test_an_interrupt_while_sampling_leaves_the_fit(folder, monkeypatch, capsys):
    def interrupted(*given, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr("screening.fitting.posterior.sample_posterior", interrupted)
    assert run_command([*COMMAND, "--posterior", "10"]) == 130
    assert "the fit is stored already" in capsys.readouterr().err
    assert not has_posterior(sei.open_fit("F.zarr"))
    assert sorted(path.name for path in folder.iterdir()) == ["F.zarr", "fit.toml"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--posterior", "3"], "--posterior: draws of each chain: got 3, expected at least 4"),
        (["--posterior", "-1"], "--posterior: draws of each chain: got -1"),
        (["--posterior-plot", "p.png"], "--posterior-plot: no posterior to draw"),
        (["--posterior", "9", "--posterior-plot", "p.doc"], "ends in .png"),
    ],
)
def test_what_cannot_be_sampled_is_said_before_the_fit(folder, monkeypatch, capsys, more, words):
    monkeypatch.setattr("screening.fitting.fit.fit", None)
    assert run_command([*COMMAND, *more]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
    assert [path.name for path in folder.iterdir()] == ["fit.toml"]


@pytest.mark.parametrize(("how", "missing"), [("option", "blackjax"), ("file", "blackjax"), ("option", "arviz-stats")])
def test_a_missing_sampler_is_said_before_the_fit(folder, monkeypatch, capsys, how, missing):
    monkeypatch.setattr("screening.fitting.fit.fit", None)
    monkeypatch.setitem(sys.modules, missing.replace("-", "_"), None)
    if how == "file":
        (folder / "fit.toml").write_text(NUMBERS + "[posterior]\ndraws = 20\n")
    assert run_command([*COMMAND, *(["--posterior", "20"] if how == "option" else [])]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"needs {missing}" in line
    assert "sei-screening[bayes]" in line
    assert [path.name for path in folder.iterdir()] == ["fit.toml"]


def test_a_table_written_wrongly_is_refused(folder, capsys):
    (folder / "fit.toml").write_text(NUMBERS + "[posterior]\ndraws = 2\n")
    assert run_command(COMMAND) == 2
    assert "posterior.draws" in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_samples_stores_and_draws(folder, capsys):
    """Of the two numbers only the ratio is measured: its width is that of the target, the thickness keeps its prior."""
    pytest.importorskip("blackjax", reason="blackjax (extra bayes) samples the posterior")
    (folder / "fit.toml").write_text(NUMBERS + "[posterior]\ndraws = 700\nchains = 2\n")
    assert run_command([*COMMAND, "--posterior-plot", "posterior.png"]) == 0
    said = capsys.readouterr().out
    assert "posterior: 2 chains of 700 draws after 300 steps of warm-up" in said
    assert "warning" not in said
    opened = sei.open_fit("F.zarr")
    thickness, diffusivity = np.moveaxis(opened.posterior_value.values.reshape(-1, 2), 1, 0)
    assert np.mean(thickness) == pytest.approx(15e-9, rel=0.02)
    assert np.std(thickness) == pytest.approx(1e-9, rel=0.15)
    ratio = thickness / diffusivity
    assert np.std(np.log(ratio)) == pytest.approx(0.05, rel=0.15)
    assert correlated_pairs(opened, 1)[0][2] > 0.5
    assert (folder / "posterior.png").stat().st_size > 10_000
    # without sampling the same fit has the same store, but for the draws
    assert set(opened.data_vars) - set(dataset_of(fit(NUMBERS)).data_vars) == {
        name for name in opened.data_vars if name.startswith(("posterior_", "prior_"))
    }
