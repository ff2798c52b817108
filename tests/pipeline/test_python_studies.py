"""Python as a way in: arguments that are arrays, studies of objects, a user's own table of candidates, an existing client."""

import numpy as np
import pandas as pd
import pint
import pytest
import xarray as xr
from distributed import Client

import screening as sei

SWEEP = sei.LSV("0.1 V", "-0.3 V", ["20 mV/s", "100 mV/s"])
SHORT = {"steps": 40}


def one_layer(thickness="5 nm", diffusivity="1e-14 m^2/s", name="film"):
    return sei.Stack([sei.Layer("LiF", thickness, diffusivity)], name=name)


@pytest.fixture(scope="module")
def thicknesses():
    return sei.simulate(one_layer(["2 nm", "5 nm", "9 nm"]), SWEEP, **SHORT)


def test_a_list_is_an_axis_of_the_result(thicknesses):
    assert thicknesses.current_density.dims == ("layer1_thickness", "scan_rate", "curve_step")
    assert thicknesses.layer1_thickness.values.tolist() == [2e-9, 5e-9, 9e-9]
    assert thicknesses.layer1_thickness.attrs["units"] == "m"
    one = sei.simulate(one_layer("5 nm"), SWEEP, **SHORT)
    np.testing.assert_allclose(thicknesses.current_density[1], one.current_density, rtol=1e-6, atol=1e-6)
    again = sei.parse_study(thicknesses.attrs["study"])
    assert (again.n_candidates, again.digest) == (3, thicknesses.attrs["digest"])


def test_lists_are_crossed_and_arrays_of_one_axis_go_together(thicknesses):
    """One compilation serves all: three and four cases are calls of one shape."""
    from screening.api.simulate_study import _compiled

    before = len(_compiled)
    currents = pint.Quantity(np.array([1.0, 10.0]), "mA/cm^2")
    crossed = sei.simulate(one_layer(["2 nm", "5 nm"]), SWEEP, electrode=sei.Metal(currents), **SHORT)
    assert crossed.status.dims == ("electrode_exchange_current_density", "layer1_thickness")
    np.testing.assert_allclose(
        crossed.current_density.sel(layer1_thickness=5e-9)[1], thicknesses.current_density[1], rtol=1e-6, atol=1e-6
    )
    both = [
        xr.DataArray(values, dims="film", attrs={"units": units})
        for values, units in (([2.0, 9.0], "nm"), ([1e-14, 1e-15], "m2 s-1"))
    ]
    together = sei.simulate(one_layer(*both), SWEEP, temperature=["25 degC", "45 degC"], **SHORT)
    assert together.peak_current_density.dims == ("temperature", "film", "scan_rate")
    assert together.layer1_diffusivity.dims == ("film",)
    np.testing.assert_allclose(together.current_density[0, 0], thicknesses.current_density[0], rtol=1e-6, atol=1e-6)
    assert len(_compiled) == before
    zipped = sei.simulate(one_layer(["2 nm", "9 nm"], ["1e-14 m^2/s", "1e-15 m^2/s"]), SWEEP, zipped=True, **SHORT)
    assert zipped.status.dims == ("case",)
    np.testing.assert_allclose(zipped.current_density, together.current_density[0], rtol=1e-6, atol=1e-6)


BAD = {
    "no unit in a list": (lambda: one_layer(["2 nm", 5]), r"Layer.thickness\[1\]: no unit"),
    "array without unit": (lambda: one_layer(np.array([1.0, 2.0])), r"Layer.thickness\[0\]: no unit"),
    "empty list": (lambda: one_layer([]), "array of quantities"),
    "axes without names": (lambda: one_layer([["1 nm"], ["2 nm"]]), "dims="),
    "lengths that differ": (
        lambda: sei.simulate(one_layer(["1 nm", "2 nm"], ["1e-14 m^2/s"] * 3), SWEEP, zipped=True),
        "along case",
    ),
    "impedance of a list": (lambda: sei.impedance(one_layer(["1 nm", "2 nm"]), ["1 Hz"]), "an array: .*thickness"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_arrays_are_refused_in_one_line(name):
    call, message = BAD[name]
    with pytest.raises(sei.StudyError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def drawn_study(*films):
    return sei.make_study(films, SWEEP, samples=4, outputs=["limiting_current_density"], **SHORT)


DRAWN = one_layer(sei.Uniform("1 nm", "20 nm"), sei.LogUniform("1e-16 m^2/s", "1e-13 m^2/s"))


def test_a_study_of_objects_is_its_text():
    study = drawn_study(DRAWN, sei.Stack(name="bare"))
    assert study.film_names == ("film", "bare")
    assert study.n_candidates == 8
    assert sei.parse_study(study.text).digest == study.digest


def test_a_table_of_candidates_is_run_and_results_are_one(tmp_path):
    """Steady flux through layers in series, by hand; every film that has the quantities gets each row."""
    thickness, diffusivity = np.array([2.0, 5.0, 9.0]), np.array([1e-14, 1e-15, 1e-16])
    table = pd.DataFrame(
        {"layer1_thickness [nm]": thickness, "layer1_diffusivity": [f"{d} m^2/s" for d in diffusivity]}
    )
    sei.run_study(drawn_study(DRAWN), tmp_path / "R.zarr", candidates=table, progress=False)
    results = sei.open_results(tmp_path / "R.zarr")
    resistance = thickness * 1e-9 / diffusivity + 0.6 * 60e-6 / 2e-10
    np.testing.assert_allclose(results.limiting_current_density, 96485.33212 * 2000 / resistance, rtol=1e-9)
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        best = results.sei.top(2, "limiting_current_density")
        summary = sei.run_study(
            drawn_study(DRAWN), tmp_path / "again.zarr", candidates=best, client=client, progress=False
        )
        assert client.status == "running"
    assert summary.n_candidates == 2
    again = sei.open_results(tmp_path / "again.zarr")
    np.testing.assert_allclose(again.limiting_current_density, results.limiting_current_density[:2], rtol=1e-12)


BAD_TABLES = {
    "misspelt": ({"layer1_thicknes [nm]": [1.0]}, 'did you mean "layer1_thickness"'),
    "no unit": ({"layer1_thickness": [1.0], "layer1_diffusivity": ["1e-14 m^2/s"]}, r"layer1_thickness\[0\]: no unit"),
    "a column short": ({"layer1_thickness [nm]": [1.0]}, "a column layer1_diffusivity too"),
    "out of range": (
        {"layer1_thickness [nm]": [1.0, -1.0], "layer1_diffusivity [m2/s]": [1e-14, 1e-14]},
        "outside its physical range",
    ),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_bad_tables_are_refused(tmp_path, name):
    columns, message = BAD_TABLES[name]
    with pytest.raises(sei.StudyError, match=message):
        sei.run_study(drawn_study(DRAWN), tmp_path / "R.zarr", candidates=pd.DataFrame(columns))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"candidates": [1.0]}, "not a table"),
        ({"client": 3}, "not a dask client"),
        ({"scheduler": 3}, "client= takes a dask Client"),
        ({"client": "tcp://127.0.0.1:1", "workers": 2}, "more than one kind of workers"),
    ],
)
def test_wrong_types_are_refused(tmp_path, told, message):
    with pytest.raises(sei.StudyError, match=message):
        sei.run_study(drawn_study(DRAWN), tmp_path / "R.zarr", **told)


def test_lists_of_a_table_have_one_length():
    text = sei.make_study(one_layer(["1 nm", "2 nm"], ["1e-14 m^2/s"] * 2), SWEEP, design="table").text
    assert sei.parse_study(text).n_candidates == 2
    with pytest.raises(sei.StudyError, match="columns of a table differ in length"):
        sei.make_study(one_layer(["1 nm", "2 nm"], ["1e-14 m^2/s"] * 3), SWEEP, design="table")


def test_no_stray_names():
    assert set(dir(sei)) == {*sei.__all__, "plot"}
    assert sei.load_study("quick").film_names == ("LiDFOB",)


def test_results_are_tables_with_names_and_units(tmp_path):
    study = sei.make_study(
        [one_layer(sei.Uniform("1 nm", "9 nm"), name="LiF over Li2O"), sei.Stack(name="bare")],
        SWEEP,
        samples=2,
        outputs=["limiting_current_density"],
    )

    sei.run_study(study, tmp_path / "R.zarr", progress=False)
    results = sei.open_results(tmp_path / "R.zarr")
    assert set(results.sei.top(4).film_name.values) == {"LiF over Li2O"}  # a bare electrode is not ranked beside films
    frame = results.sei.to_pandas(where="film == 0")
    assert frame.film.tolist() == ["LiF over Li2O"] * 2
    assert frame.attrs["units"]["param_layer1_thickness"] == "m"
    one = sei.make_study(one_layer(sei.Uniform("1 nm", "9 nm")), SWEEP, samples=2, outputs=["limiting_current_density"])
    again = sei.run_study(one, tmp_path / "again.zarr", candidates=frame, progress=False)
    assert again.n_candidates == 2
    assert "2 films, 4 candidates" in repr(study)
    assert "<td>LiF over Li2O</td>" in study._repr_html_()


def test_curves_have_their_potential_along_them(thicknesses):
    lines = thicknesses.current_density.isel(layer1_thickness=0).plot.line(x="potential", hue="scan_rate")
    np.testing.assert_allclose(lines[0].get_xdata(), thicknesses.potential[0, 0])


def test_a_posterior_is_a_tree_of_arviz(tmp_path):
    from tests.pipeline.fit_store import known_fit, known_posterior

    tree = known_posterior().to_arviz()
    assert tree["posterior"]["layer1_diffusivity"].dims == ("chain", "draw")
    assert tree["posterior"]["layer1_diffusivity"].attrs["units"] == "m2 s-1"
    stored = sei.open_fit(known_fit(tmp_path / "F.zarr", posterior=known_posterior())).sei.to_arviz()
    np.testing.assert_allclose(stored["posterior"]["layer1_diffusivity"], tree["posterior"]["layer1_diffusivity"])
    with pytest.raises(sei.StudyError, match="no posterior"):
        sei.open_fit(known_fit(tmp_path / "G.zarr")).sei.to_arviz()
