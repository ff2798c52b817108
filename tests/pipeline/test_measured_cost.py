"""What `validate --measure` says of a run's cost."""

import re

import pytest

from screening.cli.app import run_command
from screening.run import measured_cost
from screening.run.measured_cost import measure_cost
from tests.pipeline.ramp_evaluator import RampEvaluator


def test_the_cost_of_a_run_is_that_of_its_measured_part():
    ramp = RampEvaluator(1_000_000, pause=0.01)
    cost = measure_cost(ramp, 50, 2, seconds=0.2)
    starts = [start for start, _ in ramp.calls[1:]]
    assert cost.measured == 50 * len(starts)
    assert 0 < cost.rate <= 2 * 50 / 0.01, "two threads, and no call is shorter than its pause"
    assert cost.core_hours == pytest.approx(2 * 1e6 / cost.rate / 3600, rel=1e-12)
    assert len(set(starts)) == len(starts)
    assert min(starts) < 250_000 < 750_000 < max(starts), "from all over the study"


def test_a_study_smaller_than_a_block_is_measured_too():
    assert measure_cost(RampEvaluator(7), 50, 2, seconds=0.0).measured == 14


def test_validate_measures_where_it_is_asked(tmp_path, film_text, monkeypatch, capsys):
    monkeypatch.setattr(measured_cost, "MEASURED_SECONDS", 0.1)
    (tmp_path / "film.toml").write_text(film_text, encoding="utf-8")
    assert run_command(["validate", str(tmp_path / "film.toml"), "--samples", "900", "--measure"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"measured: [\d,]+ candidates/s by \d+ threads", said)
    assert re.search(r"a run of 900 candidates: .* here; [\d.e+-]+ core-hours", said)
    assert [path.name for path in tmp_path.iterdir()] == ["film.toml"]
