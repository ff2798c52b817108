"""One run at a time on a store, the log of a run and `sei-screen status`."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from screening.cli.app import run_command
from screening.errors import StudyError
from screening.run.completion import run_status
from screening.run.log import LOG_FILE, RunLog, read_log
from screening.run.loop import resume, run_evaluator
from screening.store.lock import lock_owner, lock_path, store_lock
from tests.pipeline.ramp_evaluator import RampEvaluator

HOLD = """
import sys, time
from pathlib import Path
from screening.store.lock import store_lock
with store_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def write_lock(path: Path, **owner) -> None:
    own = psutil.Process()
    facts = {"host": socket.gethostname(), "pid": own.pid, "started": own.create_time(), **owner}
    lock_path(path).write_text(json.dumps(facts))


def test_second_run_is_refused_and_changes_nothing(tmp_path):
    path = tmp_path / "R.zarr"
    first = threading.Thread(
        target=lambda: run_evaluator(RampEvaluator(300, pause=0.02), path, chunk=10, threads=1, progress=False)
    )
    first.start()
    deadline = time.monotonic() + 30
    while not lock_path(path).exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    second = RampEvaluator(300)
    expected = (
        rf'R\.zarr is being written by another run: got process {os.getpid()} on ".*", expected one run at a time'
    )
    with pytest.raises(StudyError, match=expected) as caught:
        run_evaluator(second, tmp_path / "R.zarr", overwrite=True, progress=False)
    while not (path / "status" / "c").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    with pytest.raises(StudyError, match=expected):
        resume(path, second, progress=False)
    assert "\n" not in str(caught.value)
    assert second.calls == []
    assert run_status(path).owner.startswith(f"process {os.getpid()} on")
    first.join()
    assert run_status(path).owner == ""
    assert run_status(path).complete
    assert os.listdir(tmp_path) == ["R.zarr"]


def test_lock_of_a_killed_process_is_taken_over(tmp_path, repository):
    path = tmp_path / "R.zarr"
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StudyError, match=f"process {holder.pid} on"), store_lock(path):
            pass
        holder.kill()
        # a zombie until its parent asks, and dead all the same
        deadline = time.monotonic() + 10
        while lock_owner(path) and time.monotonic() < deadline:
            time.sleep(0.01)
        with store_lock(path):
            assert lock_owner(path).startswith(f"process {os.getpid()} ")
    assert not lock_path(path).exists()


STALE = [{"pid": 2**22 + 1}, {"started": 12.5}, {"pid": -5}, {"pid": "many"}, {"pid": None}, {"host": 3}]


@pytest.mark.parametrize("held", [*STALE, "", "{", "[1]", "[" * 100_000, "\0"], ids=lambda held: str(held)[:20])
def test_stale_senseless_and_torn_locks_hold_nobody_up(tmp_path, held):
    if isinstance(held, str):
        lock_path(tmp_path / "R.zarr").write_text(held)
    else:
        write_lock(tmp_path / "R.zarr", **held)
    with store_lock(tmp_path / "R.zarr"):
        pass
    assert not list(tmp_path.iterdir())


def test_lock_of_another_host_says_what_to_remove(tmp_path):
    write_lock(tmp_path / "R.zarr", host="node17")
    with pytest.raises(StudyError, match=r'on "node17".*or remove .*/\.R\.zarr\.lock if that run is dead'):
        run_evaluator(RampEvaluator(5), tmp_path / "R.zarr", progress=False)
    assert os.listdir(tmp_path) == [".R.zarr.lock"]


def test_only_one_of_many_gets_a_stale_lock(tmp_path):
    path = tmp_path / "R.zarr"
    write_lock(path, started=12.5)
    got, refused = [], []

    def attempt():
        barrier.wait()
        try:
            with store_lock(path):
                got.append(1)
                done.wait(20)
        except StudyError:
            refused.append(1)
            if len(refused) == 7:
                done.set()

    barrier, done = threading.Barrier(8), threading.Event()
    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (1, 7)
    assert not list(tmp_path.iterdir())


def test_log_of_a_run_is_json_lines(tmp_path):
    run_evaluator(RampEvaluator(300), tmp_path / "R.zarr", chunk=100, progress=False)
    events = [json.loads(line) for line in (tmp_path / "R.zarr" / LOG_FILE).read_text().splitlines()]
    assert [event["event"] for event in events] == ["start", "chunk", "chunk", "chunk", "end"]
    assert [event["start"] for event in events[1:-1]] == [0, 100, 200]
    assert all(abs(event["time"] - time.time()) < 100 for event in events)


def test_status_of_an_unfinished_store(tmp_path, capsys):
    path = tmp_path / "R.zarr"
    run_evaluator(RampEvaluator(300), path, chunk=100, progress=False)
    (path / "status" / "c" / "1").unlink()
    (path / "status" / "c" / "2").unlink()
    (path / LOG_FILE).unlink()
    log = RunLog(path)
    for name, start in (("0", 0), ("1", 100), ("0", 200)):
        log.write("chunk", start=start, stop=start + 100, seconds=0.5, worker=name)
    log.write("failed", start=100, stop=200, error="ArithmeticError: singular\n\x1b[2J")
    log.write("failed", start=0, stop=100, error="an old one, finished since")
    assert run_command(["status", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 of 3 chunks finished (33 %)"
    assert lines[1] == "candidates: 100 of 300 done (86 ok, 14 failed), 200 missing"
    assert lines[2] == "failed: 14 not_converged"
    assert "worker 0: 2 chunks, 200 candidates, 200 candidates/s" in lines
    assert "worker 1: 1 chunks, 100 candidates, 200 candidates/s" in lines
    assert [line for line in lines if "aside" in line] == [
        "set aside: chunk from candidate 100: ArithmeticError: singular [2J"
    ]
    assert lines[-1] == f"next: sei-screen resume {path}"


def test_foreign_lines_of_a_log_are_left_out(tmp_path):
    lines = [
        "",
        "{",
        "[]",
        '{"event": 3, "time": 1}',
        '{"event": "chunk"}',
        "[" * 100_000,
        '{"event": "end", "time": 1}',
    ]
    (tmp_path / "status").mkdir()
    (tmp_path / LOG_FILE).write_text("\n".join(lines) + '\n{"event": "chu')
    assert list(read_log(tmp_path)) == [{"event": "end", "time": 1}]


def test_status_reads_only(tmp_path):
    path = tmp_path / "R.zarr"
    run_evaluator(RampEvaluator(30), path, progress=False)
    before = {file: file.stat().st_mtime_ns for file in path.rglob("*")}
    assert run_status(path).complete
    assert {file: file.stat().st_mtime_ns for file in path.rglob("*")} == before
    assert run_command(["status", str(tmp_path)]) == 2


def test_termination_ends_as_an_interrupt_does(repository):
    """So that the lock goes with a job that its batch system ends."""
    code = "import os, screening.cli.app as c; c.app = lambda *a, **k: os.kill(os.getpid(), 15); c.main()"
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "sei-screen: interrupted\n")
