"""Pareto fronts: against brute force, through the command line, and as a figure."""

import csv
import io

import numpy as np
import pytest

import screening as sei
from screening.cli.app import run_command
from screening.results.pareto import pareto_ranking
from screening.run.loop import run_evaluator
from tests.pipeline.ramp_evaluator import RampEvaluator


@pytest.fixture(scope="module")
def ramp(tmp_path_factory):
    """A store in which the thickness rises over the first hundred candidates and again over the next, i % 7 == 3 failed."""
    store = str(tmp_path_factory.mktemp("pareto") / "R.zarr")
    run_evaluator(RampEvaluator(250), store, chunk=64, progress=False)
    return store


FRONT = [i for i in reversed(range(100)) if i % 7 != 3]


def test_front_of_a_store_in_python(ramp):
    results = sei.open_results(ramp, chunks=None)
    front = sei.pareto(results, "param_thickness", "-candidate")
    assert front.candidate.values.tolist() == FRONT
    np.testing.assert_allclose(front.param_thickness, (np.array(FRONT) + 1) * 1e-9)
    narrowed = sei.pareto(results, "param_thickness", "-candidate", where="param_thickness < 20.5 nm")
    assert narrowed.candidate.values.tolist() == [i for i in FRONT if i < 20]


def test_pieces_of_a_large_store_give_the_same_front(ramp, monkeypatch):
    monkeypatch.setattr("screening.results.ranking.SCAN_ROWS", 17)
    ranking = pareto_ranking(sei.open_results(ramp, chunks=None), "param_thickness", "-candidate")
    assert ranking.candidates.tolist() == FRONT


def test_front_on_the_command_line(ramp, tmp_path, capsys):
    arguments = ["pareto", ramp, "--csv", "-", "--where", "candidate < 30", "--", "param_thickness", "-candidate"]
    assert run_command(arguments) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [int(row["candidate"]) for row in rows] == [i for i in FRONT if i < 30]
    file, figure = tmp_path / "front.csv", tmp_path / "front.png"
    command = ["pareto", ramp, "--csv", str(file), "--plot", str(figure), "--", "param_thickness", "-candidate"]
    assert run_command(command) == 0
    assert len(file.read_text().splitlines()) == len(FRONT) + 1
    assert figure.read_bytes().startswith(b"\x89PNG")
    capsys.readouterr()
    assert run_command(["pareto", ramp, "param_thickness", "-candidate"]) == 0  # as the help says
    table = capsys.readouterr().out
    assert "param_thickness" in table
    assert "Sorted by param_thickness" in table


BAD = {
    "unknown variable": (["thikness", "candidate"], "param_thickness"),
    "a condition in place of a number": (["param_thickness > 3 nm", "candidate"], "not a number"),
    "nothing left": (["param_thickness", "candidate", "--where", "candidate < 0"], "no Pareto front"),
    "a figure without a format": (["param_thickness", "candidate", "--plot", "front.txt"], ".png"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line(case, ramp, capsys):
    arguments, hint = BAD[case]
    assert run_command(["pareto", ramp, *arguments]) == 2
    message = capsys.readouterr().err
    assert len(message.splitlines()) == 1
    assert hint in message
