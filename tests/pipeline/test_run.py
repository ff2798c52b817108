"""The run loop: same numbers however the work is cut, stopped and resumed."""

import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from screening.errors import StudyError
from screening.run import progress
from screening.run.loop import available_cores, resume, run_evaluator
from screening.run.outcome import ChunkError, RunInterrupted
from screening.run.progress import LineReporter, Meter
from screening.run.thread_executor import Block, ThreadExecutor
from screening.store.shards import IDENTITY
from tests.pipeline.ramp_evaluator import RampEvaluator, assert_same_results

SCRIPT = Path(__file__).with_name("ramp_evaluator.py")


@pytest.mark.parametrize(
    ("threads", "chunk", "block"),
    [(1, None, None), (2, 1, 5), (5, 37, 10), (2, 64, None), (1, 64, 1000), (5, 500, 5), (2, None, 1000)],
)
def test_results_do_not_depend_on_threads_chunk_and_block(tmp_path, threads, chunk, block):
    n = 12 if chunk == 1 else 300
    ramp = RampEvaluator(n, pause=0.001)
    summary = run_evaluator(ramp, tmp_path / "R.zarr", threads=threads, chunk=chunk, block=block, progress=False)
    assert_same_results(tmp_path / "R.zarr", n)
    failed = len(range(3, n, 7))
    assert (summary.n_candidates, summary.evaluated, summary.failed) == (n, n, failed)
    assert summary.status_counts == {1: n - failed, 2: failed}


def test_threads_evaluate_at_the_same_time(tmp_path):
    barrier = threading.Barrier(2, timeout=30)

    class Meeting(RampEvaluator):
        def evaluate(self, start, stop):
            barrier.wait()  # breaks unless two calls are under way together
            return super().evaluate(start, stop)

    run_evaluator(Meeting(40), tmp_path / "R.zarr", chunk=20, block=10, threads=2, progress=False)


def test_evaluation_waits_for_the_writer():
    """At most 2 * threads blocks run ahead of the shard that is being written, so memory is bounded."""
    evaluator = RampEvaluator(10_000)
    blocks = iter([_block(start) for start in range(0, 10_000, 10)])
    shards = ThreadExecutor(evaluator, 2).evaluated(blocks, lambda count: None)
    for written in (1, 2, 3):
        next(shards)
        time.sleep(0.05)
        assert len(evaluator.calls) <= 10 * written + 2 * 2
    shards.close()


def _block(start: int):
    return Block(start, start + 10, (start // 100 * 100, start // 100 * 100 + 100))


def test_kill_then_resume_equals_an_uninterrupted_run(tmp_path):
    path = tmp_path / "R.zarr"
    environment = {**os.environ, "PYTHONPATH": str(SCRIPT.parents[2])}
    process = subprocess.Popen([sys.executable, str(SCRIPT), str(path)], env=environment)
    ledger = path / "status" / "c"
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if ledger.exists() and sum(key.isdigit() for key in os.listdir(ledger)) >= 5:
                break
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    finished = {int(key) for key in os.listdir(ledger) if key.isdigit()}
    assert 5 <= len(finished) < 20, "the run must be killed in its middle"

    evaluator = RampEvaluator(2000)
    summary = resume(path, evaluator, progress=False)
    assert summary.evaluated == 2000 - 100 * len(finished)
    assert not finished & {start // 100 for start, _ in evaluator.calls}, "finished chunks are not computed again"
    assert_same_results(path, 2000)


@pytest.mark.parametrize("name", [*IDENTITY, "n_candidates"])
def test_resume_refuses_another_run_and_touches_nothing(tmp_path, name):
    class Other(RampEvaluator):
        @property
        def attributes(self):
            return {**super().attributes, name: "another"}

    path, lost = tmp_path / "R.zarr", tmp_path / "R.zarr" / "status" / "c" / "4"
    run_evaluator(RampEvaluator(300), path, chunk=64, progress=False)
    lost.unlink()
    other, got = (RampEvaluator(301), "301") if name == "n_candidates" else (Other(300), '"another"')
    with pytest.raises(StudyError, match=rf"resume: .*another run: got {name} {got}, expected its own") as caught:
        resume(path, other, progress=False)
    assert "\n" not in str(caught.value)
    assert other.calls == []
    assert not lost.exists()


class Interrupting(RampEvaluator):
    """Sends Ctrl-C to its own process at candidate 150, when the ledger has the chunks before it."""

    ledger: Path | None = None

    def evaluate(self, start, stop):
        if start <= 150 < stop:
            deadline = time.monotonic() + 30
            while self.ledger and not (self.ledger / "2").exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)
        return super().evaluate(start, stop)


def test_interrupt_keeps_finished_chunks_and_says_how_to_go_on(tmp_path):
    path = tmp_path / "R.zarr"
    evaluator = Interrupting(300)
    evaluator.ledger = path / "status" / "c"
    with pytest.raises(RunInterrupted, match=rf"interrupted: 3 of 6 chunks .*sei-screen resume {path}") as caught:
        run_evaluator(evaluator, path, chunk=50, block=50, threads=1, progress=False)
    assert caught.value.exit_code == 130
    assert sorted(os.listdir(path / "status" / "c")) == ["0", "1", "2"]
    resume(path, RampEvaluator(300), progress=False)
    assert_same_results(path, 300)


def test_interrupt_before_the_first_result_keeps_the_earlier_store(tmp_path):
    path = tmp_path / "R.zarr"
    run_evaluator(RampEvaluator(50), path, progress=False)
    with pytest.raises(RunInterrupted, match=r"earlier store .* is unchanged"):
        run_evaluator(Interrupting(300), path, overwrite=True, block=300, threads=1, progress=False)
    assert os.listdir(tmp_path) == ["R.zarr"]
    assert_same_results(path, 50)


def test_error_names_the_candidates_and_keeps_finished_chunks(tmp_path):
    class Broken(RampEvaluator):
        def evaluate(self, start, stop):
            if start <= 145 < stop:
                raise ArithmeticError("singular")
            return super().evaluate(start, stop)

    path = tmp_path / "R.zarr"
    with pytest.raises(ChunkError, match=r"candidates 140 to 149: ArithmeticError: singular") as caught:
        run_evaluator(Broken(300), path, chunk=50, block=10, threads=2, progress=False)
    assert isinstance(caught.value.__cause__, ArithmeticError)
    assert set(os.listdir(path / "status" / "c")) == {"0", "1"}
    resume(path, RampEvaluator(300), progress=False)
    assert_same_results(path, 300)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda columns: columns.pop("film"), "expected .*film"),
        (lambda columns: columns.update(extra=columns["film"]), "returned .*extra"),
        (lambda columns: columns.update(film=columns["film"][:-1]), r"'film' of shape \(9,\), expected \(10,\)"),
        (lambda columns: columns.update(status=columns["status"] * 0), "status 0"),
    ],
)
def test_wrong_answers_of_an_evaluator_are_not_stored(tmp_path, change, message):
    class Wrong(RampEvaluator):
        def evaluate(self, start, stop):
            columns = super().evaluate(start, stop)
            change(columns)
            return columns

    with pytest.raises(ChunkError, match=message):
        run_evaluator(Wrong(20), tmp_path / "R.zarr", block=10, progress=False)
    assert not (tmp_path / "R.zarr" / "status" / "c").exists()


@pytest.mark.parametrize("option", ["chunk", "block", "threads"])
@pytest.mark.parametrize("value", [0, -1, 2.5, "4", True])
def test_bad_counts_are_refused_before_anything_is_written(tmp_path, option, value):
    with pytest.raises(StudyError, match=f"{option}: cannot be used: got .*, expected a whole number"):
        run_evaluator(RampEvaluator(5), tmp_path / "R.zarr", **{option: value})
    assert not list(tmp_path.iterdir())


def test_empty_study_is_refused(tmp_path):
    with pytest.raises(StudyError, match="no candidates"):
        run_evaluator(RampEvaluator(0), tmp_path / "R.zarr")
    assert not list(tmp_path.iterdir())


def test_evaluator_without_digest_writes_nothing(tmp_path):
    with pytest.raises(ValueError, match="digest"):
        run_evaluator(RampEvaluator(5, digest=""), tmp_path / "R.zarr")
    assert not list(tmp_path.iterdir())


def test_memory_is_flat_in_the_number_of_candidates(tmp_path):
    peaks = []
    for n in (250_000, 1_000_000):
        tracemalloc.start()
        run_evaluator(RampEvaluator(n), tmp_path / f"{n}.zarr", chunk=2**16, block=2**13, threads=2, progress=False)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    one_shard = 2**16 * (8 + 8 + 1 + 3 * 4 + 4 + 1)
    assert peaks[1] < peaks[0] + one_shard
    assert peaks[1] < 12 * one_shard


def test_progress_lines_where_stderr_is_no_terminal(tmp_path, capsys):
    run_evaluator(RampEvaluator(300), tmp_path / "R.zarr", chunk=50, block=10)
    captured = capsys.readouterr()
    assert captured.out == ""
    line = captured.err.splitlines()[-1]
    assert line.startswith("screening: 300 of 300 candidates (100 %), ")
    assert "candidates/s" in line
    assert "CVs/s" in line
    assert "\x1b" not in captured.err


def test_progress_counts_what_an_earlier_run_did(capsys):
    with LineReporter(Meter(total=100, done=40, curves=1)) as reporter:
        reporter.advance(10)
    assert capsys.readouterr().err == "screening: 50 of 100 candidates (50 %)\n"


def test_a_line_comes_before_the_first_block(capsys, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.05)
    with LineReporter(Meter(total=100, done=40, curves=1)) as reporter:
        time.sleep(0.3)
        reporter.advance(60)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["screening: 40 of 100 candidates (40 %), compiling", "screening: 100 of 100 candidates (100 %)"]


def test_meter_leaves_compilation_out(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    meter = Meter(total=1000, done=0, curves=5)
    now[0] = 60.0  # the first block includes compilation
    meter.advance(100)
    assert meter.rate is None
    now[0] = 62.0
    meter.advance(200)
    assert meter.rate == pytest.approx(100.0)
    assert str(meter) == "100 candidates/s, 500 CVs/s, 7 s left"


def test_available_cores_follow_the_affinity():
    assert available_cores() == len(os.sched_getaffinity(0))
