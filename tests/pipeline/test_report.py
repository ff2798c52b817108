"""Reports as files: what they carry, what they say about what they leave out, and that text stays text."""

import base64
import json
import re
import shutil

import numpy as np
import pytest

import screening as sei
from screening.cli.app import run_command
from screening.model.draws import draw_candidates
from screening.plot.axis_labels import formula
from screening.plot.style import PHASE_COLOURS
from screening.report.carried_candidates import BEST, FRONT, SHARE, carried_rows, front_members
from screening.report.page import plain, render_page
from screening.report.page_columns import histogram
from screening.report.report_file import check_page_path
from screening.report.screening_page import screening_payload
from tests.pipeline.known_evaluator import known_store
from tests.pipeline.test_plot import curves as plain_curves

HOSTILE = "</script></title><script>window.hacked=1</script><img src=x onerror=window.hacked=1>"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return known_store(tmp_path_factory.mktemp("report") / "R.zarr", 64)


@pytest.fixture(scope="module", autouse=True)
def nothing_is_simulated():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "screening.report.best_stacks.simulate_study", lambda study, candidate: curves(film=str(candidate))
        )
        yield


@pytest.fixture(scope="module")
def payload(store):
    return screening_payload(store)


def curves(film: str = "LiDFOB"):
    return plain_curves().assign(status=1).assign_attrs(film=film)


def numbers(payload, label):
    place = [column["label"] for column in payload["columns"]].index(label)
    return np.frombuffer(base64.b64decode(payload["data"][place]), "<f4")


def make_hostile(store, place):
    """A copy whose every text that a stranger chooses tries to run a script."""
    shutil.copytree(store, place)
    about = json.loads((place / "zarr.json").read_text())
    about["attributes"] |= {"title": HOSTILE, "device": HOSTILE, HOSTILE: HOSTILE}
    about["attributes"]["study"] = about["attributes"]["study"].replace('"LiDFOB"', f"'{HOSTILE}'") + "# " + HOSTILE
    for name, array in about["consolidated_metadata"]["metadata"].items():
        if name.startswith("param"):
            array["attributes"]["long_name"] = HOSTILE
    (place / "zarr.json").write_text(json.dumps(about))
    return place


def test_small_run_is_carried_whole_in_lab_units(store, payload):
    results = sei.open_results(store, chunks=None)
    ok = np.flatnonzero(results.status.values == 1)
    assert payload["candidates"] == ok.tolist()
    assert payload["complete"]
    assert payload["notes"] == []
    expected = results.peak_current_density.values[ok, 0] / 10
    np.testing.assert_allclose(numbers(payload, "peak_current_density[scan_rate=10 mV/s]"), expected, rtol=1e-6)
    np.testing.assert_allclose(
        numbers(payload, "param_layer1_thickness"), results.param_layer1_thickness.values[ok] * 1e9, rtol=1e-6
    )
    assert payload["counts"] == {"ok": 127, "not_converged": 1}
    assert payload["failed"] == [{"name": "not_converged", "examples": [5]}]


def test_histograms_are_of_all_candidates(store, payload):
    results = sei.open_results(store, chunks=None)
    labels = [column["label"] for column in payload["columns"]]
    bars = payload["histograms"][str(labels.index("limiting_current_density"))]
    ok = results.status.values == 1
    for film in (0, 1):
        mine = results.limiting_current_density.values[ok & (results.film.values == film)] / 10
        assert sum(bars["counts"][film]) == len(mine)
        assert bars["medians"][film] == pytest.approx(np.median(mine))
        np.testing.assert_array_equal(bars["counts"][film], np.histogram(mine, bars["edges"])[0])


def test_best_stacks_are_drawn_from_the_outside(store, payload):
    study = sei.parse_study(sei.open_results(store, chunks=None).attrs["study"], samples=64)
    best = payload["stacks"][0]
    batch = draw_candidates(study, best["candidate"], best["candidate"] + 1)
    assert [layer["name"] for layer in best["layers"]] == ["LiF", "Li₂CO₃", "Li₃N"]
    np.testing.assert_allclose([layer["thickness"] for layer in best["layers"]], batch.stack.thickness[0][::-1] * 1e9)
    assert {stack["film"] for stack in payload["stacks"]} == {"LiDFOB", "LiBF₄"}
    assert payload["phase_colours"] == {formula(name): PHASE_COLOURS[name] for name in ("LiF", "Li2CO3", "Li3N", "LiH")}


def test_voltammograms_of_the_best_of_each_film(store, payload):
    shown = payload["curves"]
    ranking = sei.open_results(store, chunks=None).sei
    best = [int(ranking.top(1, where=f"film == '{film}'").candidate[0]) for film in ("LiDFOB", "LiBF4")]
    assert [one["title"] for one in shown] == [f"LiDFOB #{best[0]}", f"LiBF₄ #{best[1]}"]
    known = curves()
    for line, run in zip(shown[0]["lines"], (1, 0), strict=True):  # the slowest first
        drawn = [np.frombuffer(base64.b64decode(line[key]), "<f4") for key in "xy"]
        np.testing.assert_allclose(drawn[0], known.potential[run], rtol=1e-6)
        np.testing.assert_allclose(drawn[1], known.current_density[run] / 10, rtol=1e-6, atol=1e-9)
    assert [line["name"] for line in shown[0]["lines"]] == ["10 mV s⁻¹", "100 mV s⁻¹"]


def test_large_run_carries_the_best_the_fronts_and_a_fair_share():
    ok = np.arange(1, 100_001)
    best = np.arange(50_000, 60_000)[::-1]
    carried = carried_rows(ok, best, np.array([7, 59_999]), len(ok))
    assert len(carried.candidates) <= 8000
    assert not carried.complete
    marks = dict(zip(carried.candidates.tolist(), carried.marks.tolist(), strict=True))
    assert all(marks[candidate] & BEST for candidate in best[:1500].tolist())
    assert marks[7] & FRONT
    assert marks[59_999] & FRONT
    share = carried.candidates[(carried.marks & SHARE) > 0]
    assert len(share) == 4000
    assert abs(np.mean(share) - 50_000) < 4 * 29_000 / np.sqrt(4000)
    assert abs(np.mean(share % 2) - 0.5) < 4 * 0.5 / np.sqrt(4000)


def test_carried_fronts_are_those_of_all_candidates():
    from screening.results.pareto import non_dominated

    values = np.random.default_rng(1).normal(size=(3000, 3))
    values[5] = np.nan
    members = front_members(values)
    for pair in ((0, 1), (0, 2), (1, 2)):
        for directions in ((True, True), (True, False), (False, True), (False, False)):
            front = np.flatnonzero(non_dominated(values[:, pair], directions))
            assert np.isin(front, members).all()
    assert len(members) < 200


def test_thinning_is_said(store, monkeypatch):
    monkeypatch.setattr("screening.report.carried_candidates.MOST_CARRIED", 60)
    for module in ("carried_candidates", "screening_page"):
        monkeypatch.setattr(f"screening.report.{module}.BEST_CARRIED", 20)
    monkeypatch.setattr("screening.report.carried_candidates.MOST_ON_FRONTS", 10)
    (note,) = screening_payload(store)["notes"]
    assert re.search(r"carries \d+ of the 127 candidates that are ok", note)


@pytest.mark.parametrize(
    ("values", "unit", "log"),
    [
        ([1.0, 200.0], "nm", 1),
        ([-1.0, -200.0], "nm", -1),
        ([-1.0, 200.0], "nm", 0),
        ([1.0, 200.0], "V", 0),
        ([3.0], "nm", 0),
        ([82.70171, 82.70172], "nm", 0),
    ],
)
def test_axes_of_histograms(values, unit, log):
    bars = histogram(np.array([*values, np.nan]), np.zeros(len(values) + 1, int), 1, unit)
    assert bars is not None
    assert (bars["log"], bars["without"], bars["counts"].sum()) == (log, 1, len(values))
    constant = max(values) - min(values) < 1e-4  # one bar, wide enough to read its axis
    assert (len(bars["edges"]) == 2, np.ptp(bars["edges"]) > 0.05 * max(values)) == (constant, True)
    assert histogram(np.array([np.nan]), np.zeros(1, int), 1) is None


def test_text_of_a_stranger_stays_text(store, tmp_path):
    hostile = make_hostile(store, tmp_path / "hostile.zarr")
    page = tmp_path / "page.html"
    assert run_command(["report", str(hostile), "--html", str(page)]) == 0
    text = page.read_text()
    assert "window.hacked" in text  # the text is there, as data
    assert "<script>window.hacked" not in text
    assert "<img" not in re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    content = re.search(r'<script type="application/json" id="payload">(.*?)</script>', text, re.DOTALL)
    assert content is not None
    assert json.loads(content[1])["title"] == HOSTILE


def test_page_names_its_scripts_and_asks_for_nothing(payload):
    page = render_page("screening", payload)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    scripts = policy[1].partition("script-src")[2].partition(";")[0]
    assert "unsafe" not in scripts
    assert scripts.count("sha256-") == page.count("<script>")
    head = page.partition("<script")[0]
    assert not re.search(r"https?:|@import|url\(", head)


def test_not_a_number_never_reaches_a_page():
    assert plain({"a": [np.float64(np.nan), np.int64(2), np.inf]}) == {"a": [None, 2, None]}
    with pytest.raises(ValueError, match="JSON"):
        render_page("fit", {"title": "x", "bad": float("nan")})


@pytest.mark.parametrize("place", ["page", "page.png", "", "file/page.html", "folder.html"])
def test_places_without_a_page_are_refused(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(sei.StudyError, match=r"^--html: ") as caught:
        check_page_path(place)
    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.html"]


@pytest.mark.parametrize("arguments", [["no.zarr"], ["R", "--sort", "nonsense"], ["R", "--where", "film =="]])
def test_bad_input_writes_nothing(store, tmp_path, capsys, arguments):
    first = str(store) if arguments[0] == "R" else str(tmp_path / arguments[0])
    assert run_command(["report", first, "--html", str(tmp_path / "page.html"), *arguments[1:]]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
