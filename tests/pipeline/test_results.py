"""Open, rank, filter and print results; what people type is never executed."""

import csv
import io
import warnings

import numpy as np
import pytest
import xarray as xr

from screening.api.accessor import open_results
from screening.errors import StudyError
from screening.results.film_summary import show_films
from screening.results.ranking import open_store, rank
from screening.results.ranking_table import footer, show_ranking, write_ranking
from screening.run.loop import run_evaluator
from screening.store.columns import find_column
from screening.store.expression import parse_condition
from screening.units import readable_value
from tests.pipeline.ramp_evaluator import RampEvaluator

N = 500


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    target = tmp_path_factory.mktemp("results") / "R.zarr"
    run_evaluator(RampEvaluator(N, curve_steps=80), target, chunk=128, progress=False)
    return target


@pytest.fixture(scope="module")
def results(path):
    return open_results(path)


@pytest.fixture(scope="module")
def expected():
    columns = RampEvaluator(N).evaluate(0, N)
    columns["fastest"] = columns["peak_current_density"][:, 1].astype(np.float32)
    columns["slowest"] = columns["peak_current_density"][:, 0].astype(np.float32)
    columns["ok"] = columns["status"] == 1
    columns["index"] = np.arange(N)
    return columns


def test_results_are_lazy_and_carry_their_provenance(path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = open_results(path)
    assert dataset.current_density.chunks[0] == (128, 128, 128, 116)
    assert dataset.attrs["study"] == "name = 'ramp'\n"
    assert (dataset.attrs["digest"], dataset.attrs["seed"]) == ("d1", 7)
    assert open_results(path, chunks=None).current_density.chunks is None


@pytest.mark.parametrize("sort", ["peak_current_density", "-peak_current_density", "abs(peak_current_density)"])
def test_ranking_agrees_with_numpy(results, expected, sort):
    values = {"p": expected["fastest"], "-": -expected["fastest"], "a": abs(expected["fastest"])}[sort[0]]
    best = sorted(np.flatnonzero(expected["ok"]), key=lambda index: (-values[index], index))
    ranking = rank(results, sort, top=13)
    assert ranking.candidates.tolist() == best[:13]
    np.testing.assert_array_equal(ranking.values, values[best[:13]])
    assert rank(results, sort, top=None).candidates.tolist() == best
    assert ranking.status_counts == {"ok": 429, "not_converged": 71}


def test_ranking_does_not_depend_on_the_pieces_it_reads(results, monkeypatch):
    whole = rank(results, "charge_density", top=30, where="film == 'LiBF4'").candidates
    monkeypatch.setattr("screening.results.ranking.SCAN_ROWS", 1)
    assert rank(results, "charge_density", top=30, where="film == 'LiBF4'").candidates.tolist() == whole.tolist()


def test_ties_keep_the_order_of_the_candidates(results, expected):
    ranking = rank(results, "param_thickness", top=None)
    best = np.flatnonzero(expected["ok"])
    assert ranking.candidates.tolist() == sorted(best, key=lambda index: (-expected["param_thickness"][index], index))


def test_candidates_without_a_value_are_left_out_and_counted(results):
    ranking = rank(results, "sqrt(charge_density)", top=None)
    assert ranking.without_value + len(ranking.candidates) == ranking.matched == 429
    assert ranking.without_value > 100


def test_selected_candidates_are_a_dataset(results, expected):
    chosen = rank(results, "charge_density", top=5).selected().load()
    np.testing.assert_array_equal(chosen.charge_density, expected["charge_density"][chosen.candidate].astype("f4"))
    assert chosen.sizes["curve_step"] == 80


def test_true_peaks_rank_before_currents_at_the_vertex():
    """Larger currents where the sweep merely ends come after every true peak, at the scan rate that is sorted by."""
    count, rates = 6, [0.01, 0.1]
    maximum = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [1, 1], [0, 0]], np.uint8)
    made = xr.Dataset(
        {
            "peak_current_density": (
                ("candidate", "scan_rate"),
                -np.outer(np.arange(1.0, 7.0), [1.0, 2.0]),
                {"units": "A m-2"},
            ),
            "peak_is_maximum": (("candidate", "scan_rate"), maximum),
            "status": ("candidate", np.ones(count, np.uint8)),
        },
        {"scan_rate": ("scan_rate", rates, {"units": "V s-1"})},
    )
    assert rank(made, "-peak_current_density").candidates.tolist() == [4, 3, 2, 5, 1, 0]
    assert rank(made, "-peak_current_density[scan_rate=10 mV/s]", top=2).candidates.tolist() == [4, 2]
    assert "true peaks before" in footer(rank(made, "-peak_current_density"))
    assert rank(made, "0 - peak_current_density").candidates.tolist() == [5, 4, 3, 2, 1, 0]


def test_a_run_names_what_it_is_ranked_by(results):
    assert rank(results).sort.text == "peak_current_density"  # without rank_by, the first output
    assert rank(results.assign_attrs(rank_by="-charge_density")).sort.text == "-charge_density"


@pytest.mark.parametrize(
    ("where", "oracle"),
    [
        ("param_thickness > 50 nm", lambda e: e["index"] % 100 + 1 > 50),
        ("param_thickness>50nm", lambda e: e["index"] % 100 + 1 > 50),
        ("param/thickness > 0.05 µm", lambda e: e["index"] % 100 + 1 > 50),
        ("param_thickness > '50 nm'", lambda e: e["index"] % 100 + 1 > 50),
        ("param_thickness > 50.5e-9 m", lambda e: e["param_thickness"] > 50.5e-9),
        ("peak_current_density < -10 mA/cm^2", lambda e: e["fastest"] < -100),
        ("peak_current_density < -10 mA/cm2 and film == 'LiBF4'", lambda e: (e["fastest"] < -100) & (e["film"] == 1)),
        ("-100 A m-2 <= peak_current_density", lambda e: e["fastest"] >= -100),
        ("peak_current_density[scan_rate=10 mV/s] < -10 mA/cm^2", lambda e: e["slowest"] < -100),
        ("peak_current_density[scan_rate=0.01] < -100 A m-2", lambda e: e["slowest"] < -100),
        ("param_thickness > 50.5 nm", lambda e: e["param_thickness"] > 50.5e-9),
        ("param_thickness == 30 nm", lambda e: e["index"] % 100 == 29),
        ("param_thickness != 30 nm", lambda e: e["index"] % 100 != 29),
        ("candidate == 301", lambda e: e["index"] == 301),
        ("20 nm < param_thickness <= 30 nm", lambda e: (e["index"] % 100 >= 20) & (e["index"] % 100 < 30)),
        ("not (film == 'LiBF4' or candidate > 10)", lambda e: (e["film"] == 0) & (e["index"] <= 10)),
        ("param_thickness - 1 nm > 50 nm", lambda e: e["param_thickness"] - 1e-9 > 50e-9),
        ("abs(peak_current_density) / 2 > 100", lambda e: abs(e["fastest"].astype(float)) / 2 > 100),
        ("film != 'LiDFOB'", lambda e: e["film"] == 1),
        ("1 / (candidate - 4) > 0", lambda e: e["index"] >= 4),
        ("2 > 1", lambda e: e["index"] >= 0),
        ("9**9**9**9 > 1", lambda e: e["index"] >= 0),
    ],
)
def test_conditions_agree_with_numpy(results, expected, where, oracle):
    found = rank(results, "candidate", top=None, where=where).candidates
    assert sorted(found) == np.flatnonzero(oracle(expected) & expected["ok"]).tolist()
    assert len(found) > 0


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("peak_current_density < -100", "number without a unit: got -100 beside a value in mA/cm2"),
        ("param_thickness + 1 > 5 nm", "number without a unit"),
        ("__import__('os').system('touch hacked') == 0", "not allowed"),
        ("open('hacked', 'w') == 0", "not allowed"),
        ("exec('x') == 0", 'unknown function: got "exec"'),
        ("().__class__.__bases__ == 0", "not allowed"),
        ("film.values > 0", "not allowed"),
        ("[1 for _ in film] == 0", "not allowed"),
        ("(lambda: 1)() == 0", "not allowed"),
        ("f'{film}' == 0", "not allowed"),
        ("film[0] > 1", "AXIS=VALUE"),
        ("(film := 3) > 1", "not allowed"),
        ("film > 1 if film else film", "not allowed"),
        ("film > 1; film", "cannot be read"),
        ("abs(film, out=film) > 1", "not allowed"),
        ("film & 1 > 0", "not allowed"),
        ("film in (1, 2)", "not allowed"),
        ("film > True", "not allowed"),
        ("film > None", "not allowed"),
        ("candidate > 1j", "cannot be read|expected a"),
        ("film > b'a'", "not allowed"),
        ("film = 1", "cannot be read"),
        ("film > ", "cannot be read"),
        ("", "cannot be read"),
        ("film > 1\x00", "cannot be read"),
        ("(" * 400 + "film > 1" + ")" * 400, "cannot be read|nested"),
        ("-" * 980 + "1 > 0", "cannot be read|nested"),
        ("film > 1 or " * 1000 + "film > 1", "too long"),
        ("film", "not a condition"),
        ("film and 1 > 0", "number where a condition belongs"),
        ("(film > 1) + 1 > 0", "condition where a number belongs"),
        ("'LiF' == 'LiF'", "text where a number belongs"),
        ("film == 'LiDFOP'", 'unknown value: .* did you mean "LiDFOB"'),
        ("param_thicknes > 1", 'unknown variable: got "param_thicknes".* did you mean "param_thickness"'),
        ("nonsense > 1", "unknown variable: .* use a known variable"),
        ("param_thickness > 5 V", "wrong dimension"),
        ("param_thickness > 5 nmm", "nm"),
        ("film > 3 nm", "unknown value"),
        ("candidate > 3 nm", "wrong dimension"),
        ("param_thickness * 2 > 5 nm", "quantity without a partner"),
        ("current_density > 1", "not one number per candidate"),
        ("scan_rate > 1", "not one number per candidate"),
        ("peak_current_density[scan_rate=30 mV/s] < 0", "no such scan_rate: .*10 mV/s, 200 mV/s, 50 mV/s"),
        ("peak_current_density[scan=30 mV/s] < 0", "unknown axis"),
        ("peak_current_density[scan_rate=30 nm] < 0", "wrong dimension"),
        ("film[scan_rate=30 mV/s] < 0", "unknown axis"),
    ],
)
def test_other_expressions_are_refused_in_one_line(results, tmp_path, monkeypatch, where, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match=rf"^--where: .*({message})") as caught:
        parse_condition(results, where)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("top", "sort"), [(0, "film"), (-1, "film"), (2.5, "film"), (True, "film"), (3, "film > 1")])
def test_bad_top_and_sort_are_refused(results, top, sort):
    with pytest.raises(StudyError, match=r"^--top|^--sort"):
        rank(results, sort, top)


def test_an_axis_left_out_is_its_largest_value(results):
    column = find_column(results, "peak_current_density")
    assert column.label == "peak_current_density[scan_rate=200 mV/s]"
    assert column.choice == {"scan_rate": 1}


def printed(path, columns=None, **options) -> str:
    file = io.StringIO()
    show_ranking(rank(open_store(path, chunks=None), **options), columns, file)
    return file.getvalue()


def test_table_shows_lab_units_and_counts_failures(path, expected):
    text = printed(path, sort="-peak_current_density", top=3, where="param_thickness > 20 nm", columns=["all"])
    best = int(np.flatnonzero(expected["ok"])[np.argmin(expected["fastest"][expected["ok"]])])
    row = next(line for line in text.splitlines() if f" {best} " in line)
    assert f" {expected['fastest'][best] / 10:.4g} " in row
    assert f" {expected['param_thickness'][best] * 1e9:.4g} " in row
    assert "mA/cm2" in text
    assert "[scan_rate=200 mV/s]" in text
    assert "LiDFOB" in text or "LiBF4" in text
    assert "The same in all rows: param_temperature = 298.15 K." in text
    assert "500 candidates: 429 ok, 71 failed (71 not_converged); 343 ok ones fulfil param_thickness > 20 nm." in text
    assert text.rstrip().endswith("Sorted by peak_current_density[scan_rate=200 mV/s], smallest first.")
    assert "\x1b" not in text


def test_table_of_an_expression_shows_its_value(path, expected):
    text = printed(path, sort="param_thickness / 2", top=1)
    assert "param_thickness / 2" in text
    assert " 5e-08 " in text


def test_table_with_chosen_columns(path):
    text = printed(path, sort="candidate", top=2, columns=["candidate", "peak_current_density[scan_rate=10 mV/s]"])
    assert "[scan_rate=10 mV/s]" in text
    assert "thickness" not in text
    with pytest.raises(StudyError, match="unknown variable"):
        printed(path, columns=["nonsense"])


def test_columns_that_do_not_fit_are_named(path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("FORCE_COLOR", "1")
    text = printed(path, sort="charge_density", top=2)
    assert "Not shown: " in text
    assert max(len(line) for line in _without_escapes(text) if "│" in line) <= 60


def test_six_columns_outputs_first_and_the_width_of_a_pipe(path, monkeypatch):
    def headings(**options):
        lines = printed(path, sort="charge_density", top=2, **options).splitlines()
        return [
            name.strip()
            for name in lines[lines.index(next(one for one in lines if "candidate" in one))].split("┃")[1:-1]
        ]

    monkeypatch.delenv("COLUMNS", raising=False)
    assert headings()[:2] == ["candidate", "film"]
    monkeypatch.setattr("screening.results.ranking_table.SHOWN", 4)
    assert len(headings()) == 4
    assert len(headings(columns=["all"])) > len(headings())
    monkeypatch.setenv("COLUMNS", "40")
    assert max(len(line) for line in printed(path, sort="charge_density").splitlines() if "│" in line) <= 40


def test_long_lengths_are_in_micrometres():
    assert readable_value(np.array([5.02e-5, 6e-5]), "m")[1] == "um"
    np.testing.assert_allclose(readable_value(np.array([5.02e-5, np.nan]), "m")[0], [50.2, np.nan])
    assert [readable_value(np.array(some), "m")[1] for some in ([5e-9, 6e-5], [np.nan], [])] == ["nm"] * 3


def test_one_row_for_each_film(path, expected):
    file = io.StringIO()
    show_films(path, sort="-peak_current_density", threshold="15 mA/cm2", where="param_thickness > 20 nm", file=file)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in file.getvalue().splitlines() if "│" in line]
    assert [row[0] for row in rows] == ["LiDFOB", "LiBF4"]
    for code, row in enumerate(rows):
        mine = expected["ok"] & (expected["film"] == code) & (expected["param_thickness"] > 20e-9)
        fastest = expected["fastest"] / 10
        best = np.flatnonzero(mine)[np.argmin(fastest[mine])]
        shares = [
            f"{100 * np.mean(fastest[mine] <= -15):.1f}",
            f"{np.median(fastest[mine]):.4g}",
            f"{fastest[best]:.4g}",
        ]
        assert row[1:] == [str(mine.sum()), *shares, str(best)]
    assert 0 < float(rows[0][2]) < 100
    assert "Passing: <= -15 mA/cm2" in file.getvalue()
    with pytest.raises(StudyError, match=r"^--threshold"):
        show_films(path, threshold="15 nm")
    show_films(path, sort="peak_current_density", threshold="15 mA/cm2", where="param_thickness > 20 nm", file=file)
    shares = [line.split("│")[3].strip() for line in file.getvalue().splitlines() if "│" in line]
    assert shares == 2 * [row[2] for row in rows]


def test_the_bare_electrode_is_ranked_only_when_asked_for(results, expected):
    about = {"flag_labels": ["bare metal", "LiF over Li2O"], "layers": ["", "LiF | Li2O"]}
    named = results.assign(film=results.film.assign_attrs(about))
    ranking = rank(named, "charge_density", 5)
    assert set(expected["film"][ranking.candidates]) == {1}
    assert "without layers and not ranked: bare metal" in footer(ranking)
    assert ranking.matched == np.count_nonzero(expected["ok"] & (expected["film"] == 1))
    for text in ("film == 'bare metal'", "film == 'bare_metal'"):
        assert set(expected["film"][rank(named, "charge_density", 5, text).candidates]) == {0}
    # everything is everything
    assert len(rank(named, "charge_density", None).candidates) == expected["ok"].sum()
    assert set(expected["film"][rank(results, "charge_density", 50).candidates]) == {0, 1}


def test_no_color(path, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    text = printed(path, sort="charge_density", top=2)
    assert not any(f"\x1b[3{code}" in text for code in range(8))


def _without_escapes(text: str) -> list[str]:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()


def test_table_of_nothing(path):
    text = printed(path, where="candidate > 10000")
    assert "0 ok ones fulfil" in text


def test_csv_has_every_scan_rate_in_si_and_full_precision(path, expected):
    file = io.StringIO(newline="")
    write_ranking(rank(open_store(path, chunks=None), "-candidate", None, "film == 'LiBF4'"), file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    indices = [int(row["candidate"]) for row in rows]
    assert indices == np.flatnonzero(expected["ok"] & (expected["film"] == 1)).tolist()
    for row, index in zip(rows, indices, strict=True):
        assert float(row["param_thickness (m)"]) == expected["param_thickness"][index]
        text = row["peak_current_density[scan_rate=50 mV/s] (A m-2)"]
        assert np.float32(text) == np.float32(expected["peak_current_density"][index, 2])
        assert row["film"] == "LiBF4"
    assert not any(name.startswith("current_density") for name in rows[0])


def test_csv_written_in_pieces_is_the_same(results, monkeypatch):
    whole, pieces = io.StringIO(), io.StringIO()
    write_ranking(rank(results, "charge_density", None), whole)
    monkeypatch.setattr("screening.results.ranking_table.ROWS", 17)
    write_ranking(rank(results, "charge_density", None), pieces)
    assert pieces.getvalue() == whole.getvalue()
