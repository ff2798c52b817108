"""Figures of one candidate and of cells: the numbers they are given, units on every axis, no text over another."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.container import BarContainer

import screening as sei
from screening.api.concentration import concentration_profiles
from screening.api.from_study import electrode_of
from screening.cli.app import run_command
from screening.model.draws import draw_candidates
from screening.plot.candidate_figure import draw_candidate
from screening.plot.cell_figures import plot_efficiency, plot_voltage_breakdown
from screening.plot.impedance_figure import plot_impedance
from screening.plot.layer_figure import plot_layers
from screening.plot.profile_figure import plot_profiles
from screening.run.study_run import find_study
from tests.pipeline.test_plot import assert_readable

VOLTAGES = {"equilibrium": np.array([3.0, 3.0]), "anode": np.array([0.1, 0.2]), "film": np.array([0.05, 0.9])}


def spectrum():
    frequency = np.geomspace(1e-2, 1e4, 31)
    values = 1e-4 * (5 + 40 / (1 + 1j * frequency))
    return xr.Dataset(
        {"impedance_real": ("frequency", values.real), "impedance_imaginary": ("frequency", values.imag)},
        {"frequency": frequency},
    )


def profiles():
    position = np.array([1e-9, 3e-9, 6e-9, 9e-9, 1e-6, 3e-5])
    return xr.Dataset(
        {
            "concentration": (("time", "position"), np.linspace(100.0, 2000.0, 18).reshape(3, 6), {"units": "mol m-3"}),
            "potential": ("time", [0.1, -0.1, 0.1]),
            "layer": ("position", [0, 0, 1, 1, 2, 2]),
        },
        {"time": [0.0, 1.0, 2.0], "position": position},
        {"layers": ["Li3N", "LiF", "electrolyte"], "faces": [5e-9, 1e-8]},
    )


def liquid_alone():
    chosen = profiles().isel(position=[4, 5]).assign(layer=("position", [0, 0]))
    return chosen.assign_attrs(layers=["liquid"], faces=[])


def films():
    layer = sei.Layer
    three = [layer("LiF", "5 nm", diffusivity="1e-13 m^2/s"), layer("Li3N", "12 nm", diffusivity="1e-13 m^2/s")]
    return {"best": sei.Stack(three), "other": sei.Stack([layer("LiH", "7e-9 m", diffusivity="1e-13 m^2/s")])}


FIGURES = {
    "impedance": lambda: plot_impedance(spectrum()),
    "profiles": lambda: plot_profiles(profiles()),
    "bare": lambda: plot_profiles(liquid_alone()),
    "layers": lambda: plot_layers(films()),
    "efficiency": lambda: plot_efficiency(np.linspace(-10, -1000, 12), {"A": np.linspace(0.9, 0.5, 12)}, limit=1100.0),
    "voltage": lambda: plot_voltage_breakdown(["10 mA/cm2", "500 mA/cm2"], VOLTAGES),
}


@pytest.mark.parametrize("name", FIGURES)
def test_text_is_readable_and_axes_have_units(name):
    figure = FIGURES[name]()
    assert_readable(figure)
    for axis in figure.axes:
        assert axis.get_xlabel().endswith((")", "(V)")), axis.get_xlabel()
        assert "(" in axis.get_xlabel()


def test_impedance_is_drawn_in_ohm_cm2():
    nyquist, magnitude, phase = plot_impedance(spectrum()).axes
    x, y = nyquist.lines[0].get_data()
    assert x.max() == pytest.approx(45.0, rel=1e-3)
    assert y.max() == pytest.approx(20.0, rel=1e-2)
    assert magnitude.lines[0].get_ydata()[0] == pytest.approx(45.0, rel=1e-3)
    assert phase.lines[0].get_ydata().min() >= 0
    near = xr.Dataset(
        {"impedance_real": ("frequency", [6.5e-4, 6.8e-4]), "impedance_imaginary": ("frequency", [0.0, 0.0])},
        {"frequency": [1e3, 1e-3]},
    )
    figure = plot_impedance(near)
    figure.draw_without_rendering()
    shown = [label.get_text() for label in figure.axes[1].get_yticklabels(which="both") if label.get_text()]
    assert shown
    assert not any("10^" in text for text in shown)


def test_profiles_jump_at_faces():
    film, liquid = plot_profiles(profiles()).axes
    drawn = [line.get_data() for line in film.lines if len(line.get_xdata()) == 2 and line.get_xdata()[1] > 1.0]
    np.testing.assert_allclose(drawn[0][0], [1.0, 3.0])
    np.testing.assert_allclose(drawn[1][0], [6.0, 9.0])
    assert film.get_xlim() == (0.0, pytest.approx(10.0))
    np.testing.assert_allclose(liquid.lines[0].get_xdata(), [1.0, 30.0])
    assert [text.get_text() for text in film.texts if text.get_text() != "a"] == ["Li₃N", "LiF"]


def test_layers_and_voltages_add_up():
    (axis,) = plot_layers(films()).axes
    widths = [bar.get_width() for bars in axis.containers if isinstance(bars, BarContainer) for bar in bars]
    np.testing.assert_allclose([width for width in widths if np.isfinite(width)], [12.0, 5.0, 7.0])
    (axis,) = plot_voltage_breakdown(["a", "b"], VOLTAGES).axes
    ends = {bar.get_y(): bar.get_x() + bar.get_width() for bars in axis.containers for bar in bars}
    np.testing.assert_allclose(sorted(ends.values()), [3.15, 4.1])


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plot_layers([sei.Stack()]),
        lambda: plot_efficiency(np.ones(3), {"a": np.ones(2)}),
        lambda: plot_voltage_breakdown(["a"], {"film": np.array([-1.0])}),
        lambda: plot_voltage_breakdown(["a"], {"film": np.array([np.nan])}),
        lambda: draw_candidate("profile", find_study("quick"), 0),
    ],
)
def test_what_cannot_be_drawn_is_said(draw):
    with pytest.raises(sei.StudyError) as caught:
        draw()
    assert "\n" not in str(caught.value)


def test_layers_of_a_candidate(tmp_path, capsys):
    assert run_command(["draw", "layers", "quick", "--candidate", "3", "--plot", str(tmp_path / "layers.svg")]) == 0
    assert (tmp_path / "layers.svg").read_text().startswith("<?xml")
    assert run_command(["draw", "layers", "quick", "--candidate", "64", "--plot", str(tmp_path / "no.svg")]) == 2
    assert run_command(["draw", "layer", "quick", "--plot", str(tmp_path / "no.svg")]) == 2
    assert "did you mean" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["layers.svg"]


def test_electrode_of_a_candidate():
    study = find_study("lidfob_vs_libf4", samples=4)
    batch = draw_candidates(study, 3, 4)
    again = sei.Metal(**vars(electrode_of(study, 3)))
    assert again.exchange_current_density.value == batch.sample.electrode.exchange_current_density[0]


@pytest.mark.slow
def test_surface_of_a_slow_sweep_follows_the_limiting_current():
    """c(0) / c = 1 - |j| / |j_lim| in a steady state, which a slow sweep is close to, and closest on its plateau."""
    study = find_study("quick", samples=4)
    found = concentration_profiles(study, 1, run=0, times=33)
    np.testing.assert_allclose(found.concentration.isel(time=0), 2000.0, rtol=1e-9)
    assert float(found.concentration.min()) > -1e-2
    limit = float(sei.simulate_study(study, 1).limiting_current_density)
    cathodic = found.current_density.values < -0.02 * limit
    assert cathodic.sum() > 8
    surface = found.concentration.isel(position=0).values[cathodic] / 2000.0
    steady = 1 + found.current_density.values[cathodic] / limit
    np.testing.assert_allclose(surface, steady, atol=0.25)
    plateau = np.abs(steady) < 0.015
    assert plateau.sum() >= 6
    np.testing.assert_allclose(surface[plateau], steady[plateau], atol=0.01)
    for kind in ("profiles", "impedance"):
        assert_readable(draw_candidate(kind, study, 1))
