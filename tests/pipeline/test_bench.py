"""The benchmark command runs, says what it measured, and reaches the error that speeds are stated at; no time is asserted."""

import json

import pytest

from screening.bench.gradient_cost import gradient_report, measure_gradient
from screening.bench.stages import measure_stages, stages_report
from screening.cli.app import run_command
from screening.run.study_run import find_study


@pytest.mark.slow
def test_bench_prints_and_writes_what_it_measured(tmp_path, capsys):
    file = tmp_path / "bench.json"
    assert run_command(["bench", "--candidates", "64", "--threads", "1", "--json", str(file)]) == 0
    out = capsys.readouterr().out
    found = json.loads(file.read_text(encoding="utf-8"))
    assert (found["study"], found["scan_rates"], found["stacks"], found["failed"]) == ("lidfob_vs_libf4", 5, 64, 0)
    assert found["voltammograms_per_second"]["passes"] == 5
    assert 0 < found["voltammograms_per_second"]["lowest"] <= found["voltammograms_per_second"]["highest"]
    assert "CVs/s (median of 5 passes" in out
    # 32 stacks at five scan rates, against far finer steps, cells, modes and digits
    print(found["peak_error"])
    assert found["peak_error"]["largest"] < 6e-4
    assert found["peak_error"]["percentile_99"] < 5e-4


@pytest.mark.slow
def test_a_gradient_holds_little_more_than_the_curves():
    """One state a step: the inside of a step is computed again."""
    study = find_study("lidfob_vs_libf4", samples=4)
    found = measure_gradient(study)
    print(gradient_report(found))
    assert found["lanes"] == 16 * 5
    assert 0 < found["gradient_bytes"] < 4 * found["curve_bytes"]


@pytest.mark.slow
def test_stages_of_a_device():
    """On a CPU here; `sei-screen bench --device gpu` prints them."""
    found = measure_stages(find_study("lidfob_vs_libf4", samples=4), "cpu")
    assert found["voltammograms"] == 80
    # a step of ten modes is some thousand operations, and writes six numbers
    assert 500 < found["operations"] / found["rows"] < 3000
    assert found["bytes"] > 24 * found["rows"]
    text = "\n".join(stages_report(found | {"kind": "NVIDIA H100 80GB HBM3", "seconds": {"stepping": 4e-6}}))
    print(text)
    assert "20,000,000" in text
    assert f"{found['operations'] * 2e7 / 67e12:.1%} of its arithmetic" in text
    assert "not known" in stages_report(found)[-1]
