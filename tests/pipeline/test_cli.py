"""The command line from outside: a packaged study by name from an empty folder, run, show, resume, simulate."""

import csv
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import screening as sei
from screening.cli.app import run_command
from screening.model.draws import draw_candidates
from screening.model.study_evaluator import StudyEvaluator

pytestmark = pytest.mark.usefixtures("compiled_once")
SAMPLES, CHUNK = 12, 4
RUN = ["run", "quick", "--samples", str(SAMPLES), "--chunk", str(CHUNK), "--threads", "2"]
COMMAND = [sys.executable, "-c", "from screening.cli.app import main; main()"]


def start(repository: Path, folder: Path, *arguments: str) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(repository), "NO_COLOR": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*COMMAND, *arguments], cwd=folder, env=environment, **pipes)


def assert_same_store(first: Path, second: Path) -> None:
    one, two = (sei.open_results(path, chunks=None).load() for path in (first, second))
    assert list(one.variables) == list(two.variables)
    assert one.attrs.keys() == two.attrs.keys()
    assert {key for key in one.attrs if one.attrs[key] != two.attrs[key]} <= {"created"}
    for name in one.variables:
        assert one[name].values.tobytes() == two[name].values.tobytes(), name


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run of the packaged study, made in an empty folder."""
    folder = tmp_path_factory.mktemp("empty")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        # the folder of a new store is made, as `make screen` needs it
        assert run_command([*RUN, "--out", "results/R.zarr", "--quiet"]) == 0
    assert [path.name for path in folder.iterdir()] == ["results"]
    assert [path.name for path in (folder / "results").iterdir()] == ["R.zarr"]
    return folder / "results" / "R.zarr"


def test_run_says_what_it_did(tmp_path, capfd, finished):
    assert run_command([*RUN, "--out", str(tmp_path / "R.zarr")]) == 0
    out, err = capfd.readouterr()
    assert out.splitlines()[0] == "12 candidates: 12 ok"
    assert "24 voltammograms in" in out
    assert out.splitlines()[-1] == f"next: sei-screen show {tmp_path / 'R.zarr'} --top 10"
    assert err.splitlines()[-1].startswith("screening: 12 of 12 candidates (100 %)")
    assert_same_store(tmp_path / "R.zarr", finished)


def test_store_is_plain_zarr_with_units(finished):
    dataset = xr.open_zarr(finished, consolidated=True).load()
    assert dataset.sizes["candidate"] == SAMPLES
    assert dataset.status.dtype == np.uint8
    assert dataset.status.values.tolist() == [1] * SAMPLES
    assert all(variable.attrs["units"] and variable.attrs["long_name"] for variable in dataset.data_vars.values())
    assert all(variable.dims[0] == "candidate" for variable in dataset.data_vars.values())
    study = sei.parse_study(dataset.attrs["study"], samples=SAMPLES)
    assert dataset.attrs["digest"] == study.digest
    thickness = draw_candidates(study, 0, SAMPLES).stack.thickness[:, -1]
    assert dataset.param_layer1_thickness.values.tolist() == thickness.tolist()


def test_show_ranks_filters_and_sorts(finished, capsys):
    peaks = sei.open_results(finished).peak_current_density
    order = np.argsort(peaks.sel(scan_rate=0.1).values)
    assert run_command(["show", str(finished), "--top", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = [line.split("│")[1:3] for line in lines if line.startswith("│")]
    assert [int(number) for number, _ in shown] == order[:3].tolist()
    assert [float(value) for _, value in shown] == pytest.approx(np.sort(peaks.sel(scan_rate=0.1))[:3] / 10, rel=1e-3)
    assert lines[-1].startswith("12 candidates: 12 ok. Sorted by peak_current_density")
    where = "peak_current_density[scan_rate=10 mV/s] < -9 mA/cm^2 and candidate >= 6"
    sort = "param_layer1_thickness"
    assert run_command(["show", str(finished), "--sort", sort, "--where", where, "--csv", "-"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    thickness = sei.open_results(finished).param_layer1_thickness.values
    expected = [number for number in np.argsort(-thickness) if number >= 6 and peaks[number].sel(scan_rate=0.01) < -90]
    assert [int(row[0]) for row in rows[1:]] == expected
    assert float(rows[1][rows[0].index("param_layer1_thickness (m)")]) == thickness[expected[0]]


def test_show_writes_csv_and_figure(finished, tmp_path, capsys):
    table, figure = tmp_path / "t.csv", tmp_path / "new" / "f.png"
    assert run_command(["show", str(finished), "--csv", str(table), "--plot", str(figure)]) == 0
    assert capsys.readouterr().out.splitlines() == [f"12 rows: {table}", f"figure: {figure}"]
    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    stored = sei.open_results(finished).load()
    assert len(rows) == SAMPLES
    for row in rows:
        written = float(row["peak_potential[scan_rate=10 mV/s] (V)"])
        assert written == float(stored.peak_potential.sel(scan_rate=0.01)[int(row["candidate"])])
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_resume_of_a_finished_store_changes_nothing(finished, capsys, monkeypatch):
    def untouched():
        return {path: path.stat().st_mtime_ns for path in finished.rglob("*") if path.is_file()}

    before = untouched()
    monkeypatch.setattr(StudyEvaluator, "evaluate", None)  # any call would fail
    assert run_command(["resume", str(finished)]) == 0
    assert "nothing was left to compute" in capsys.readouterr().out
    assert untouched() == before


def test_interrupted_run_is_resumed_bit_for_bit(finished, tmp_path, capsys, monkeypatch):
    evaluate, store = StudyEvaluator.evaluate, tmp_path / "R.zarr"

    def interrupted(self, first, stop):
        if first >= 2 * CHUNK:
            raise KeyboardInterrupt
        return evaluate(self, first, stop)

    with monkeypatch.context() as patch:
        patch.setattr(StudyEvaluator, "evaluate", interrupted)
        assert run_command([*RUN, "--out", str(store), "--quiet"]) == 130
    line = f"sei-screen: interrupted: 2 of 3 chunks are finished and kept in {store}; continue with: sei-screen resume"
    assert capsys.readouterr().err.splitlines() == [f"{line} {store}"]
    assert run_command(["show", str(store)]) == 0
    assert "8 ok, 4 not computed yet" in capsys.readouterr().out

    asked = []
    monkeypatch.setattr(StudyEvaluator, "evaluate", lambda self, a, b: asked.append((a, b)) or evaluate(self, a, b))
    assert run_command(["resume", str(store), "--threads", "1"]) == 0
    assert asked == [(8, 12)]
    assert_same_store(store, finished)


def test_lost_chunks_are_computed_again(finished, tmp_path):
    store = tmp_path / "R.zarr"
    shutil.copytree(finished, store)
    for chunk in ("0", "2"):  # the status is written last, so without it nothing of the chunk counts
        (store / "status" / "c" / chunk).unlink()
        (store / "peak_potential" / "c" / chunk / "0").write_bytes(b"torn")
    assert run_command(["resume", str(store), "--quiet"]) == 0
    assert_same_store(store, finished)


def test_simulate_gives_the_curves_of_a_candidate(finished, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = ["--samples", str(SAMPLES), "--candidate", "3", "--plot", "c.svg", "--out", "c.zarr"]
    assert run_command(["simulate", "quick", *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "candidate 3, LiDFOB: LiF | Li2CO3 | Li3N; status ok"
    assert "  limited_by = electrolyte" in lines or "  limited_by = film" in lines
    assert not any(line.endswith("nan") for line in lines)
    assert lines[-2:] == ["curves: c.zarr", "figure: c.svg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.svg", "c.zarr"]
    curves, stored = xr.open_zarr("c.zarr").load(), sei.open_results(finished).isel(candidate=3).load()
    # the same candidate of the run's store, as a table
    assert run_command(["simulate", str(finished), "--candidate", "3", "--csv", "-"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == ["scan_rate (V s-1)", "time (s)", "potential (V)", "current_density (A m-2)"]
    assert len(rows) == 1 + curves.current_density.size
    np.testing.assert_array_equal([float(row[3]) for row in rows[1:]], curves.current_density.values.ravel())
    assert {float(row[0]) for row in rows[1:]} == set(curves.scan_rate.values.tolist())
    assert run_command(["simulate", str(finished), "--samples", "4"]) == 2
    # compiled for one candidate, so equal up to rounding, which the directions that the reduction hardly needs amplify to
    # a few 1e-9, below the reduction's own error of 1e-7
    for name in (name for name in stored.data_vars if name in curves):
        np.testing.assert_allclose(curves[name], stored[name], rtol=1e-7, err_msg=str(name))
    assert dict(curves.sizes) == {"scan_rate": 2, "curve_step": 251}
    assert curves.current_density.min("curve_step").values == pytest.approx(
        stored.peak_current_density.values, rel=2e-3
    )
    assert run_command(["simulate", "quick", "--out", "c.zarr"]) == 2
    assert run_command(["simulate", "quick", "--out", "c.zarr", "--overwrite", "--samples", str(SAMPLES)]) == 0
    assert xr.open_zarr("c.zarr").attrs["candidate"] == 0


def test_python_calls_equal_the_commands(finished, tmp_path):
    summary = sei.run_study("quick", tmp_path / "R.zarr", samples=SAMPLES, chunk=CHUNK, threads=1, progress=False)
    assert (summary.n_candidates, summary.evaluated, summary.failed) == (SAMPLES, SAMPLES, 0)
    assert_same_store(summary.path, finished)
    (summary.path / "status" / "c" / "1").unlink()
    assert sei.resume(summary.path, progress=False).evaluated == CHUNK
    assert_same_store(summary.path, finished)


def test_closed_pipe_is_no_error(repository, finished, tmp_path):
    with start(repository, tmp_path, "show", str(finished), "--csv", "-") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(120) == 141
