"""`sei.plot`: one name for every figure, documented, on axes of the caller's too; and the figures without a file of their own."""

import inspect

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import screening as sei
from tests.pipeline.known_evaluator import known_store
from tests.pipeline.test_plot import assert_readable, curves, data_of, transient
from tests.test_docs import _of_function


@pytest.mark.parametrize("name", sei.plot.__all__)
def test_every_figure_is_documented(name):
    function = getattr(sei.plot, name)
    assert _of_function(inspect.unwrap(function)) == []
    assert "Example" in function.__doc__
    assert name in dir(sei.plot)


def test_a_figure_that_is_none_is_no_attribute():
    with pytest.raises(AttributeError, match="no attribute"):
        _ = sei.plot.cv_famly


def test_names_stay_functions_when_their_modules_are_imported():
    for name in sei.plot.__all__:
        getattr(sei.plot, name)
    assert all(callable(getattr(sei.plot, name)) for name in sei.plot.__all__)


def test_curves_and_peaks_have_figures_of_their_own():
    (family,) = sei.plot.cv_family(curves()).axes
    assert family.get_xlabel() == "potential (V vs Li/Li⁺)"
    (peaks,) = sei.plot.peak_currents(curves()).axes
    assert peaks.get_xlabel() == "root of scan rate (mV$^{1/2}$ s$^{-1/2}$)"
    points = [data_of(line)[0] for line in peaks.lines if len(data_of(line)) == 1]
    np.testing.assert_allclose(points, [(np.sqrt(10), 100 * np.sqrt(0.1)), (10.0, 100.0)])
    for figure in (sei.plot.cv_family(curves()), sei.plot.peak_currents(curves())):
        assert_readable(figure)


def grid(valid=1):
    thickness, diffusivity = np.linspace(2e-9, 8e-9, 4), np.geomspace(1e-16, 1e-13, 5)
    value = np.outer(1e9 * thickness, diffusivity)
    codes = np.full(value.shape, valid, np.uint8)
    codes[0, 0] = 0
    dims = ("thickness", "diffusivity")
    return xr.Dataset(
        {
            "apparent_diffusivity_randles_sevcik": (dims, value, {"units": "m2 s-1"}),
            "apparent_diffusivity_valid": (dims, codes),
        },
        {
            "thickness": ("thickness", thickness, {"units": "m"}),
            "diffusivity": ("diffusivity", diffusivity, {"units": "m2 s-1"}),
        },
    )


def test_a_grid_fills_cells_with_its_numbers():
    data = grid()
    figure = sei.plot.diffusivity_map(data, "thickness", "diffusivity")
    axis, bar = figure.axes
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("thickness (nm)", "diffusivity (m² s⁻¹)")
    assert bar.get_ylabel() == "apparent diffusivity (m² s⁻¹)"
    cells = np.ma.filled(axis.collections[0].get_array().astype(float), np.nan).reshape(5, 4)
    expected = data.apparent_diffusivity_randles_sevcik.values.T.copy()
    expected[0, 0] = np.nan
    np.testing.assert_allclose(cells, expected)
    cross = next(line for line in axis.lines if line.get_marker() == "x")
    np.testing.assert_allclose(data_of(cross), [(2.0, 1e-16)])
    assert axis.get_title(loc="left") == "19 of 20 candidates with a diffusivity"
    assert_readable(figure)


def test_candidates_of_a_run_are_points(tmp_path):
    results = sei.open_results(known_store(tmp_path / "R.zarr", 32), chunks=None).load()
    results["apparent_diffusivity_valid"][:] = 1
    x, y = "param_layer1_thickness", "param_electrolyte_diffusion_layer_thickness"
    y = y if y in results else "param_layer2_thickness"
    figure = sei.plot.diffusivity_map(results, x, y)
    (points,) = [drawn for drawn in figure.axes[0].collections if len(drawn.get_offsets())]
    ok = results.status.values == 1
    np.testing.assert_allclose(points.get_offsets()[:, 0], results[x].values[ok] * 1e9)
    np.testing.assert_allclose(points.get_array(), results.apparent_diffusivity_randles_sevcik.values[ok])
    assert_readable(figure)


@pytest.mark.parametrize(
    ("draw", "what"),
    [
        (lambda: sei.plot.cv_family(transient()), "no voltammograms"),
        (lambda: sei.plot.peak_currents(curves(rates=(0.1,))), "two or more"),
        (lambda: sei.plot.diffusivity_map(grid(), "thicknes", "diffusivity"), "did you mean"),
        (lambda: sei.plot.diffusivity_map(grid().isel(thickness=0), "diffusivity", "thickness", "nothing"), "unknown"),
        (lambda: sei.plot.diffusivity_map(grid() * np.nan, "thickness", "diffusivity", "diffusivity"), "one number"),
    ],
)
def test_what_cannot_be_drawn_is_said(draw, what):
    with pytest.raises(sei.StudyError, match=what) as caught:
        draw()
    assert "\n" not in str(caught.value)


@pytest.fixture
def axes():
    figure, found = plt.subplots(1, 2)
    yield found
    plt.close(figure)


def test_every_figure_takes_axes():
    lacking = [name for name in sei.plot.__all__ if "ax" not in inspect.signature(getattr(sei.plot, name)).parameters]
    assert lacking == ["save"]


def test_panels_are_drawn_where_they_are_asked(axes):
    film = sei.Stack([sei.Layer("LiF", "5 nm", "1e-15 m^2/s"), sei.Layer("Li3N", "9 nm", "1e-15 m^2/s")])
    figure = sei.plot.layer_diagram([film], ax=axes[0])
    assert figure is axes[0].figure
    assert len(axes[0].patches) >= 2
    assert not axes[1].patches
    sei.plot.voltage_breakdown(["cell"], {"film": np.array([0.5])}, ax=axes[1])
    assert axes[1].patches
    figure.canvas.draw()


def test_a_wrong_number_of_axes_is_refused(axes):
    spectrum = sei.impedance([sei.Layer("LiF", "5 nm", "1e-13 m^2/s")], ["1 Hz", "1 kHz"])
    with pytest.raises(sei.StudyError, match="axes to draw on: got 2 of Axes, expected 3 axes"):
        sei.plot.nyquist_bode(spectrum, ax=axes)
