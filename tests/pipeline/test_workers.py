"""Runs by worker processes: the same store as one process makes, whatever fails on the way."""

import errno
import os
import runpy
import signal
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
import xarray as xr
from distributed import Client, Scheduler, SpecCluster

from screening.cli.app import run_command
from screening.errors import StudyError
from screening.run import dask_cluster as cluster
from screening.run import dask_driver as driver
from screening.run import dask_executor
from screening.run.dask_cluster import local_workers, scheduler_at
from screening.run.dask_dashboard import scheduler_options
from screening.run.dask_executor import DaskExecutor
from screening.run.log import read_log
from screening.run.loop import resume, run_evaluator
from screening.run.outcome import ChunkError, RunInterrupted, StoreError, WorkersLost
from screening.run.worker_recipe import code_versions, describe
from screening.store.template import write_template
from tests.pipeline.listening import listening_addresses
from tests.pipeline.ramp_evaluator import RampEvaluator, assert_same_results

FOLDER = Path(__file__).parent
ramp_recipe = runpy.run_path(str(FOLDER / "ramp_recipe.py"))["ramp_recipe"]


@pytest.fixture(scope="module")
def client():
    with local_workers(2) as client:
        yield client


def run_by(client, path, n=300, *, chunk=50, block=20, overwrite=False, **told):
    crew = DaskExecutor.of(client, ramp_recipe(n, **told))
    run_evaluator(crew.description, path, chunk=chunk, block=block, overwrite=overwrite, progress=False, executor=crew)


def resume_by(client, path, n=300, **told):
    crew = DaskExecutor.of(client, ramp_recipe(n, **told))
    return resume(path, crew.description, block=20, progress=False, executor=crew)


def events(path: Path, kind: str) -> list[dict]:
    return [event for event in read_log(path) if event["event"] == kind]


def loops_that_run() -> int:
    return sum(thread.name == "IO loop" for thread in threading.enumerate())


@pytest.mark.parametrize("chunk", [1000, 37])
def test_store_equals_that_of_one_process(client, tmp_path, chunk):
    run_by(client, tmp_path / "W.zarr", 1000, chunk=chunk)
    run_evaluator(RampEvaluator(1000), tmp_path / "R.zarr", chunk=chunk, progress=False)
    assert_same_results(tmp_path / "W.zarr", 1000)
    for file in (tmp_path / "R.zarr").rglob("*"):
        if file.is_file() and file.name not in ("zarr.json", "run_log.jsonl"):
            assert (tmp_path / "W.zarr" / file.relative_to(tmp_path / "R.zarr")).read_bytes() == file.read_bytes()
    assert len(events(tmp_path / "W.zarr", "chunk")) == -(-1000 // chunk)
    assert set(os.listdir(tmp_path / "W.zarr")) == set(os.listdir(tmp_path / "R.zarr"))


def set_news(seconds):
    from screening.run import worker_task

    worker_task.SECONDS_BETWEEN_NEWS = seconds


def test_progress_is_told_inside_a_chunk_and_taken_back_with_it(client, tmp_path):
    path = tmp_path / "W.zarr"
    crew = DaskExecutor.of(client, ramp_recipe(300, pause=0.05, raise_at=299, once=tmp_path / "raised"))
    client.run(set_news, 0.01)
    try:
        write_template(path, crew.description, 300)
        told: list[int] = []
        reports = list(crew.compute(path, [(0, 300)], 30, told.append))
    finally:
        client.run(set_news, 2.0)
    assert (len(reports), sum(told)) == (1, 300)
    assert min(told) < 0, "the first attempt raised in its last block"
    assert max(told) < 300
    assert len(told) > 10


def test_both_workers_work_and_one_hands_out_no_more_than_a_few(client, tmp_path):
    run_by(client, tmp_path / "W.zarr", 2000, chunk=50, pause=0.01)
    assert {event["worker"] for event in events(tmp_path / "W.zarr", "chunk")} == {"0", "1"}


def test_window_bounds_what_the_scheduler_holds(client, tmp_path, monkeypatch):
    held = []
    submit = Client.submit

    def counted(self, function, *arguments, **options):
        held.append(self)
        return submit(self, function, *arguments, **options)

    monkeypatch.setattr(Client, "submit", counted)
    crew = DaskExecutor.of(client, ramp_recipe(100_000, hold=tmp_path / "go"))
    held.clear()
    description = crew.description
    with pytest.raises(RuntimeError, match="seen enough"):
        run_evaluator(description, tmp_path / "R.zarr", chunk=100, progress=False, executor=_Stopping(crew, held))
    assert len(held) == 2 * driver.SHARDS_PER_THREAD
    (tmp_path / "go").touch()


class _Stopping:
    """An executor whose work is stopped from outside while its workers hold."""

    def __init__(self, crew, held):
        self.crew, self.held = crew, held

    def size(self):
        return self.crew.size()

    def usual_block(self, shard):
        return self.crew.usual_block(shard)

    def compute(self, location, shards, block, advance):
        class Stop(threading.Thread):
            def run(thread):
                deadline = time.monotonic() + 20
                while len(self.held) < 8 and time.monotonic() < deadline:
                    time.sleep(0.01)
                time.sleep(0.5)
                os.kill(os.getpid(), signal.SIGINT)

        Stop(daemon=True).start()
        try:
            yield from self.crew.compute(location, shards, block, advance)
        except KeyboardInterrupt:
            raise RuntimeError("seen enough") from None


def test_nothing_listens_beyond_loopback(client):
    listening = listening_addresses(client)
    assert len(listening) >= 3
    assert set(listening) == {"127.0.0.1"}


def test_workers_have_one_thread_and_ignore_interrupts(client):
    assert set(client.run(lambda: os.getenv("NPROC")).values()) == {"1"}
    assert set(client.run(signal.getsignal, signal.SIGINT).values()) == {signal.SIG_IGN}


def test_error_that_passes_is_tried_again(client, tmp_path):
    run_by(client, tmp_path / "R.zarr", raise_at=120, once=tmp_path / "once")
    assert_same_results(tmp_path / "R.zarr", 300)
    assert events(tmp_path / "R.zarr", "failed") == []


def test_poisoned_chunk_is_set_aside_with_its_error(client, tmp_path):
    path = tmp_path / "R.zarr"
    with pytest.raises(ChunkError, match=r"1 chunk set aside.*candidates 100 to 149: ArithmeticError: singular"):
        run_by(client, path, raise_at=120)
    assert set(os.listdir(path / "status" / "c")) == {"0", "1", "3", "4", "5"}
    (failed,) = events(path, "failed")
    assert failed["start"] == 100
    assert resume_by(client, path).evaluated == 50
    assert_same_results(path, 300)


def test_worker_that_dies_is_replaced(client, tmp_path):
    run_by(client, tmp_path / "R.zarr", die_at=120, once=tmp_path / "once")
    assert_same_results(tmp_path / "R.zarr", 300)
    client.wait_for_workers(2, timeout=30)


@pytest.mark.slow
def test_only_the_chunk_that_kills_its_workers_is_set_aside(client, tmp_path):
    with pytest.raises(ChunkError, match="candidates 100 to 149: the worker died several times"):
        run_by(client, tmp_path / "R.zarr", die_at=120)
    assert len(os.listdir(tmp_path / "R.zarr" / "status" / "c")) == 5
    client.wait_for_workers(2, timeout=30)


def test_overwriting_waits_for_the_first_results(client, tmp_path):
    path = tmp_path / "R.zarr"
    run_by(client, path, 60)
    with pytest.raises(ChunkError, match="the earlier store is unchanged"):
        run_by(client, path, overwrite=True, raise_at=0)
    assert_same_results(path, 60)
    run_by(client, path, overwrite=True)
    assert_same_results(path, 300)
    assert os.listdir(tmp_path) == ["R.zarr"]
    assert len(events(path, "chunk")) == 6


def test_interrupt_says_how_to_go_on(client, tmp_path):
    path = tmp_path / "R.zarr"

    def interrupt():
        deadline = time.monotonic() + 30
        while len(events(path, "chunk")) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(
        RunInterrupted, match=rf"interrupted: \d+ of 60 chunks .*continue with: sei-screen resume {path}"
    ):
        run_by(client, path, 3000, pause=0.05)
    thread.join()
    assert os.listdir(tmp_path) == ["R.zarr"]
    resume_by(client, path, 3000)
    assert_same_results(path, 3000)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_disk_that_takes_no_more_stops_the_run(client, tmp_path, code):
    path, reason = tmp_path / "R.zarr", os.strerror(code).lower()
    with pytest.raises(StoreError, match=rf"cannot be written: {reason}; .*kept; continue with: sei-screen resume"):
        run_by(client, path, full_at=120, code=code, pause=0.05)
    assert resume_by(client, path).evaluated >= 50
    assert_same_results(path, 300)


@pytest.mark.parametrize("package", ["sei-screening", "jax", "llvmlite"])
def test_worker_with_another_version_is_refused(client, tmp_path, monkeypatch, package):
    others = tuple((name, "0.0.9" if name == package else version) for name, version in code_versions())
    recipe = ramp_recipe(300)
    monkeypatch.setattr(dask_executor, "code_versions", lambda: others)
    expected = rf'worker . has another version of {package}: got .*, expected "0\.0\.9"'
    with pytest.raises(StudyError, match=expected):
        DaskExecutor.of(client, recipe)
    late = DaskExecutor(client, recipe, describe(RampEvaluator(300)))  # one that joins when the run goes on already
    with pytest.raises(StudyError, match=expected):
        run_evaluator(late.description, tmp_path / "R.zarr", progress=False, executor=late)


def test_worker_with_another_calculation_is_refused(client, tmp_path):
    crew = DaskExecutor(client, ramp_recipe(300, digest="d2"), describe(RampEvaluator(300)))
    with pytest.raises(StudyError, match='would compute another run: got digest "d2", expected "d1"'):
        run_evaluator(crew.description, tmp_path / "R.zarr", progress=False, executor=crew)
    assert not (tmp_path / "R.zarr" / "status" / "c").exists()


def test_scheduler_by_address(client, tmp_path):
    with scheduler_at(client.scheduler.address) as other:
        run_by(other, tmp_path / "R.zarr")
    assert_same_results(tmp_path / "R.zarr", 300)
    assert len(client.nthreads()) == 2, "workers that were there before stay"


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x", "127.0.0.1:port", ""])
def test_scheduler_that_cannot_be_reached(monkeypatch, address):
    monkeypatch.setattr("screening.run.dask_cluster.CONNECT_SECONDS", 0.5)
    before = loops_that_run()
    with (
        pytest.raises(StudyError, match=r"--scheduler: cannot reach the dask scheduler: got ") as caught,
        scheduler_at(address),
    ):
        pass
    assert "\n" not in str(caught.value)
    assert loops_that_run() == before


@pytest.fixture(scope="module")
def begun(tmp_path_factory, film_text):
    """A store of a real study with one of its two chunks missing."""
    folder = tmp_path_factory.mktemp("begun")
    (folder / "film.toml").write_text(film_text, encoding="utf-8")
    path = folder / "R.zarr"
    assert run_command(["run", str(folder / "film.toml"), "--chunk", "32", "--quiet", "--out", str(path)]) == 0
    (path / "status" / "c" / "1").unlink()
    return path


def content(path: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(file): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


def missing(self, *arguments):
    raise ModuleNotFoundError("No module named 'screening'")


LINES = {
    "unreachable": 'cannot reach the dask scheduler: got "tcp://127.0.0.1:9"',
    "another version": 'expected "0.0.9", as the run has; install the same versions on the workers',
    "no package": "a worker has no sei-screening: got No module named 'screening'",
    "no workers": "has no worker: got none after 0 s; start some with",
}


@pytest.mark.parametrize("what", LINES)
def test_scheduler_that_cannot_be_used_leaves_earlier_results(client, begun, monkeypatch, capsys, what):
    """The one line by which a resume through it is refused; every file stays as it is."""
    address, empty = client.scheduler.address, nullcontext()
    if what == "unreachable":
        address = "tcp://127.0.0.1:9"
        monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    elif what == "another version":
        monkeypatch.setattr(cluster, "code_versions", lambda: tuple((name, "0.0.9") for name, _ in code_versions()))
    elif what == "no package":
        monkeypatch.setattr(Client, "run", missing)
    else:
        monkeypatch.setattr(cluster, "FIRST_WORKER_SECONDS", 0.2)
        options = {"host": "127.0.0.1", **scheduler_options(None)}
        empty = SpecCluster(scheduler={"cls": Scheduler, "options": options})
    before = content(begun.parent)
    with empty as alone:
        told = alone.scheduler_address if alone else address
        assert run_command(["resume", str(begun), "--scheduler", told]) == 2
    assert content(begun.parent) == before
    (line,) = capsys.readouterr().err.splitlines()
    assert LINES[what] in line


def test_run_without_workers_left(client, tmp_path):
    with scheduler_at(client.scheduler.address) as other:
        crew = DaskExecutor.of(other, ramp_recipe(300))
        description = crew.description
    with pytest.raises(WorkersLost, match=r"scheduler is gone.*continue with: sei-screen resume"):
        run_evaluator(description, tmp_path / "R.zarr", progress=False, executor=crew)
    assert os.listdir(tmp_path) == ["R.zarr"]


@pytest.mark.slow
@pytest.mark.usefixtures("compiled_once")
def test_study_by_workers_equals_threads_bit_for_bit(tmp_path):
    """Through the command: one process, then two workers that are interrupted in the middle, then one worker."""
    whole, pieces = tmp_path / "whole.zarr", tmp_path / "pieces.zarr"
    study = ["quick", "--samples", "160", "--chunk", "16", "--quiet"]
    assert run_command(["run", *study, "--out", str(whole), "--threads", "1"]) == 0
    assert run_command(["run", *study, "--out", str(pieces), "--workers", "2"]) == 0
    for chunk in ("0", "3", "9"):
        (pieces / "status" / "c" / chunk).unlink()
    assert run_command(["resume", str(pieces), "--workers", "1", "--quiet"]) == 0
    one, two = (xr.open_zarr(path, chunks=None).load() for path in (whole, pieces))
    assert one.attrs["platform"] == two.attrs["platform"] == "cpu"
    for name in one.variables:
        assert one[name].values.tobytes() == two[name].values.tobytes(), name
    assert sum(event["event"] == "chunk" for event in read_log(pieces)) == 13


@pytest.mark.slow
def test_killed_workers_and_drivers_lose_nothing(tmp_path, repository):
    """The short form of `tests/bench/chaos_campaign.py`."""
    campaign = runpy.run_path(str(repository / "tests" / "bench" / "chaos_campaign.py"))["campaign"]
    tally = campaign(tmp_path, kills=5, chunks=60, pause=0.1, seed=11)
    assert tally.kills >= 5
    assert tally.worker_kills
    assert tally.driver_kills
    assert tally.clean, tally
