"""Where sensitivities go: table, CSV, store, figure and page; and what is refused."""

import csv
import io
import re

import numpy as np
import pytest
import xarray as xr
from matplotlib.text import Text

import screening as sei
from screening.cli.app import run_command
from screening.model.derivatives import gradient_obstacle
from screening.model.draws import draw_candidates
from screening.plot.sensitivity_figure import plot_sensitivity
from screening.report.screening_page import screening_payload
from screening.run.study_run import find_study
from screening.sensitivities.gradients import study_gradients
from screening.sensitivities.sensitivity_store import open_sensitivity, save_sensitivity
from screening.sensitivities.sensitivity_table import describe_sensitivity, local_gradient
from tests.pipeline.known_evaluator import known_store, two_films
from tests.pipeline.known_sensitivity import known_sensitivity
from tests.pipeline.test_plot import assert_readable, curves
from tests.pipeline.test_sensitivity_study import LINEAR

HOLD = """[protocol]
kind = "hold"
current = "-1 mA/cm^2"
duration = "10 s"
lower_cutoff = "-0.2 V"
"""


@pytest.fixture(scope="module")
def known():
    return known_sensitivity(two_films(64))


@pytest.fixture(scope="module")
def stored(known, tmp_path_factory):
    return save_sensitivity(known, tmp_path_factory.mktemp("sensitivity") / "S.zarr")


def test_command_writes_table_csv_store_and_figure(tmp_path, capsys):
    (tmp_path / "study.toml").write_text(LINEAR)
    arguments = ["sensitivity", str(tmp_path / "study.toml"), "--what", "gradients", "--csv", str(tmp_path / "s.csv")]
    arguments += ["--out", str(tmp_path / "S.zarr"), "--plot", str(tmp_path / "s.svg")]
    assert run_command(arguments) == 0
    table = capsys.readouterr().out
    assert "three: film_area_specific_resistance = " in table
    assert "bare:" not in table
    # thicknesses 10, 12 and 10 nm of diffusivities 1, 4 and 4: shares of the resistance
    shares = np.array([10.0, 3.0, 2.5]) / 15.5
    names = ["layer1_thickness", "layer2_thickness", "shared_inner"]
    for name, share in zip(names, shares, strict=True):
        assert re.search(rf"(?m)^  {name} +\+{share:.3f}$", table), table
    rows = {row["input"]: row for row in csv.DictReader(io.StringIO((tmp_path / "s.csv").read_text()))}
    for name, share in zip(names, shares, strict=True):
        row = rows[f"param_{name}"]
        assert float(row["elasticity"]) == pytest.approx(share, rel=1e-8)
        ratio = float(row["output_value"]) / float(row["input_value"])
        assert float(row["derivative"]) == pytest.approx(share * ratio, rel=1e-8)
        assert (row["input_unit"], row["output_unit"]) == ("m", "ohm m2")
    assert (tmp_path / "s.svg").read_text().startswith("<?xml")
    found = open_sensitivity(tmp_path / "S.zarr", sei.parse_study(LINEAR, samples=8))
    np.testing.assert_allclose(found.elasticity.sel(film="three")[:, 0], shares[[2, 0, 1]], rtol=1e-12)
    # an earlier store is kept unless asked
    assert run_command([*arguments, "--candidate", "0"]) == 2
    assert run_command([*arguments, "--candidate", "0", "--overwrite"]) == 0
    assert open_sensitivity(tmp_path / "S.zarr").attrs["point"] == "candidate 0"


def test_gradients_at_a_candidate_are_of_its_film():
    study = sei.parse_study(LINEAR)
    found = study_gradients(study, candidate=2)
    batch = draw_candidates(study, 2, 3)
    thickness = batch.stack.thickness[0, ::-1] / np.array([1.0, 4.0, 4.0])
    expected = dict(
        zip(["layer1_thickness", "layer2_thickness", "shared_inner"], thickness / thickness.sum(), strict=True)
    )
    for name, share in expected.items():
        assert float(found.elasticity.sel(film="three", input=f"param_{name}").item()) == pytest.approx(
            share, rel=1e-12
        )
    assert np.isnan(found.derivative.sel(film="bare")).all()


def test_potentials_are_told_with_their_unit():
    entry = xr.Dataset(
        {
            "elasticity": ((), np.nan),
            "derivative": ((), 2e6),
            "output_unit": ((), "V"),
            "input_unit": ((), "m"),
        }
    )
    assert local_gradient(entry) == "+0.002 V per nm"
    assert local_gradient(entry.assign(derivative=np.nan)) == "-"
    assert local_gradient(entry.assign(elasticity=-0.25)) == "-0.250"


def test_table_has_both(known):
    lines = describe_sensitivity(known)
    assert "64 base samples" in lines[0]
    assert "the middle of the space" in lines[1]
    start = next(at for at, line in enumerate(lines) if line.startswith("LiDFOB: limiting_current_density"))
    assert lines[start + 1].split() == ["input", "alone", "in", "total", "rank", "correlation", "local"]
    assert "4 of 64 samples left out" in "\n".join(lines[start : start + 30])


def test_figure_has_a_row_for_each_film(known):
    few = known.isel(output=slice(0, 8))
    figure = plot_sensitivity(few)
    panels = [axis for axis in figure.axes if axis.get_title(loc="left")]
    assert len(panels) == 2
    drawn = {text.get_text() for axis in panels for text in axis.findobj(Text)}
    film = few.isel(film=0)
    place = np.argwhere(np.isfinite(film.total_order.values))[0]
    index, half = (float(film[name].values[tuple(place)]) for name in ("total_order", "total_order_half_width"))
    assert f"{index:.2f} ± {half:.2f}" in drawn
    assert_readable(plot_sensitivity(few.isel(film=[0])))
    narrow = few.isel(film=[0], input=place[:1])  # whose headings are wider than its columns
    assert_readable(plot_sensitivity(narrow))
    page = plot_sensitivity(known.isel(film=[0, 1, 0, 1, 0, 1]))
    assert page.get_figheight() <= 11.7 - 1.0  # an A4 page with its margins
    assert any("of each film" in text.get_text() for text in page.texts)
    with pytest.raises(sei.StudyError, match="nothing to draw"):
        plot_sensitivity(known.where(known.derivative > 1e9))


def test_page_shows_indices_with_intervals(known, stored, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "screening.report.best_stacks.simulate_study", lambda study, candidate: curves().assign(status=1)
    )
    store = known_store(tmp_path / "R.zarr", 8)
    shown = screening_payload(store, sensitivity=stored)["sensitivity"]
    assert shown["samples"] == 64
    assert len(shown["entries"]) == known.sizes["film"] * known.sizes["output"]
    entry = shown["entries"][0]
    assert entry["total_order"] == sorted(entry["total_order"], reverse=True)
    names = [str(name).removeprefix("param_").replace("_", " ") for name in known.input.values]
    strongest = names.index(entry["inputs"][0])
    assert entry["total_order"][0] == float(known.total_order[0, strongest, 0])
    assert entry["total_order_half_width"][0] == float(known.total_order_half_width[0, strongest, 0])
    assert entry["local"][0] == local_gradient(known.isel(film=0, output=0, input=strongest))
    assert screening_payload(store)["sensitivity"] is None


def test_sensitivities_of_another_study_are_refused(stored, tmp_path, capsys):
    with pytest.raises(sei.StudyError, match="another study"):
        open_sensitivity(stored, find_study("quick"))
    assert open_sensitivity(stored, two_films(3)).sizes["film"] == 2
    store = known_store(tmp_path / "R.zarr", 8)
    assert run_command(["report", str(store), "--sensitivity", str(store), "--html", str(tmp_path / "r.html")]) == 2
    assert "not a store of sensitivities" in capsys.readouterr().err
    assert not (tmp_path / "r.html").exists()


def test_cut_offs_have_no_gradients():
    head, _, _ = LINEAR.partition("[protocol]")
    head = head.replace(
        'outputs = ["film_area_specific_resistance"]', 'outputs = ["final_potential", "limiting_current_density"]'
    )
    study = sei.parse_study(head + HOLD)
    assert "cut-off" in gradient_obstacle(study)
    assert gradient_obstacle(study, ["limiting_current_density"]) == ""
    assert gradient_obstacle(sei.parse_study(head + HOLD.replace("lower_cutoff", "# lower_cutoff"))) == ""
    with pytest.raises(sei.StudyError, match="no local gradients") as caught:
        study_gradients(study)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--what", "gradient"], "did you mean"),
        (["--what", "gradients", "--candidate", "64"], "no such candidate"),
        (["--what", "gradients", "--output", "limiting_curent_density"], "did you mean"),
        (["--plot", "x.txt"], "--plot"),
    ],
)
def test_bad_questions(arguments, what, capsys):
    assert run_command(["sensitivity", "quick", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert what in line
