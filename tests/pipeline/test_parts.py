"""Parts of a run in processes that know nothing of each other: one store, that of a plain run, whoever dies."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from screening.cli import study_commands
from screening.cli.app import run_command
from screening.errors import StudyError
from screening.run.completion import run_status
from screening.run.log import LOG_FILE, read_log
from screening.run.loop import resume, run_evaluator, run_part
from screening.run.part import Part
from screening.store.destination import StagedStore
from screening.store.lock import part_lock, store_lock
from screening.store.writer import StatusReader
from tests.pipeline.ramp_evaluator import RampEvaluator

SCRIPT = Path(__file__).with_name("ramp_evaluator.py")
HOW = {"chunk": 100, "block": 50, "threads": 2, "progress": False}


def contents(store: Path) -> dict[str, bytes]:
    """Every file of a store but those that hold moments."""
    files = (path for path in store.rglob("*") if path.is_file() and path.name != Path(LOG_FILE).name)
    return {str(path.relative_to(store)): path.read_bytes() for path in files if path != store / "zarr.json"}


def test_three_processes_fill_one_store_and_one_is_killed(tmp_path, repository):
    store, plain = tmp_path / "S.zarr", tmp_path / "plain.zarr"
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    parts = [
        subprocess.Popen([sys.executable, str(SCRIPT), str(store), f"{number}/3"], env=environment)
        for number in (1, 2, 3)
    ]
    deadline = time.monotonic() + 60
    while not any(one["event"] == "chunk" and one["part"] == "2/3" for one in read_log(store)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    parts[1].kill()
    with pytest.raises(StudyError, match=r"is being written by another run.*part [13]/3.*one run at a time"):
        resume(store, RampEvaluator(2000), progress=False)
    assert "(part 1/3)" in run_status(store).owner
    assert [part.wait(60) for part in parts] == [0, -9, 0]
    finished = StatusReader(store).finished()
    missing = set(range(20)) - finished
    assert missing
    assert {index % 3 for index in missing} == {1}
    again = run_part(RampEvaluator(2000), store, Part(2, 3), **HOW)
    assert again.evaluated == 100 * len(missing)
    assert again.missing == 0
    run_evaluator(RampEvaluator(2000), plain, **HOW)
    assert contents(store) == contents(plain)
    chunks = [one["start"] for one in read_log(store) if one["event"] == "chunk"]
    assert len(chunks) == len(set(chunks))
    assert {f"of part {number}/3" for number in (1, 2, 3)} == set(run_status(store).workers)
    assert sorted(os.listdir(tmp_path)) == ["S.zarr", "plain.zarr"]


def test_a_plain_resume_computes_what_a_part_left(tmp_path):
    first = run_part(RampEvaluator(300), tmp_path / "S.zarr", Part(3, 4), chunk=50, progress=False)
    assert (first.evaluated, first.missing, first.failed) == (50, 250, 7)
    with pytest.raises(StudyError, match="chunks of another length: got 60, expected 50; leave --chunk out"):
        run_part(RampEvaluator(300), tmp_path / "S.zarr", Part(1, 4), chunk=60, progress=False)
    with pytest.raises(StudyError, match="belongs to another run: got digest"):
        run_part(RampEvaluator(300, digest="d2"), tmp_path / "S.zarr", Part(1, 4), progress=False)
    assert resume(tmp_path / "S.zarr", RampEvaluator(300), progress=False).evaluated == 250


def test_who_may_write_together(tmp_path):
    store = tmp_path / "S.zarr"
    with part_lock(store, 1, 3), part_lock(store, 2, 3):
        for other in (part_lock(store, 1, 3), part_lock(store, 1, 4), store_lock(store)):
            with pytest.raises(StudyError, match=r"written by another run: got process \d+ .*\(part 1/3\)"), other:
                pass
    with store_lock(store), pytest.raises(StudyError, match="written by another run"), part_lock(store, 1, 3):
        pass
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("told", ["", "0/3", "4/3", "1", "1/0", "a/b", "-1/3", "1/1000000"])
def test_other_parts_are_refused(told):
    with pytest.raises(StudyError, match=r"--shard: cannot be used: got .*I/N with I from 1 to N"):
        Part.read(told)


def test_two_commands_make_the_store_of_one(tmp_path, film_text, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("film.toml").write_text(film_text, encoding="utf-8")
    common = ["run", "film.toml", "--samples", "900", "--chunk", "250", "--out"]
    assert run_command([*common, "S.zarr", "--shard", "2/2"]) == 0
    told = capsys.readouterr().out
    assert "500 of other parts missing" in told
    assert "status S.zarr" in told
    assert run_command([*common, "S.zarr", "--shard", "1/2"]) == 0
    assert "900 ok\n" in capsys.readouterr().out
    assert run_command([*common, "S.zarr", "--shard", "1/2"]) == 0
    assert "nothing was left to compute" in capsys.readouterr().out
    assert run_command([*common, "plain.zarr"]) == 0
    assert contents(tmp_path / "S.zarr") == contents(tmp_path / "plain.zarr")
    assert run_command([*common, "S.zarr", "--shard", "1/2", "--overwrite"]) == 2
    assert run_command([*common, "s3://a/S.zarr", "--shard", "1/2"]) == 2
    assert "--shard: parts need a disk" in capsys.readouterr().err


def test_status_follows_a_run_and_is_json_for_programs(tmp_path, monkeypatch, capsys):
    store = tmp_path / "S.zarr"
    monkeypatch.setattr(study_commands, "SECONDS_BETWEEN_LOOKS", 0.02)
    run_part(RampEvaluator(300), store, Part(1, 2), chunk=50, progress=False)
    assert run_command(["status", str(store), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["complete"], facts["chunks"], facts["finished_chunks"], facts["written_by"]) == (False, 6, 3, "")
    assert facts["status"] == {"pending": 150, "ok": 129, "not_converged": 21}
    assert facts["workers"]["of part 1/2"]["chunks"] == 3
    rest = threading.Timer(
        0.3, lambda: run_part(RampEvaluator(300, pause=0.4), store, Part(2, 2), threads=1, progress=False)
    )
    rest.start()
    assert run_command(["status", str(store), "--follow"]) == 0
    rest.join()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "3 of 6 chunks finished (50 %), no run is under way"
    assert any(line.startswith(("4 of 6 chunks finished (67 %)", "5 of 6 chunks finished (83 %)")) for line in lines)
    assert len(set(lines)) >= len(lines) - 1, "a line only where something changed"
    assert "candidates: 300 of 300 done (257 ok, 43 failed), 0 missing" in lines


def test_rates_of_parts_add_up_only_while_they_work(tmp_path):
    run_evaluator(RampEvaluator(10), tmp_path / "S.zarr", chunk=5, progress=False)

    def rate(*events):
        lines = (json.dumps({"event": name, "part": part, "time": time} | facts) for name, part, time, facts in events)
        (tmp_path / "S.zarr" / LOG_FILE).write_text("\n".join(lines) + "\n")
        return run_status(tmp_path / "S.zarr").rate

    def part(name, begin, seconds):
        chunks = [("chunk", name, begin + k * seconds, {"start": 5 * k, "stop": 5 * k + 5}) for k in (0, 1)]
        return [("start", name, begin, {}), *chunks]

    first, second = part("1/2", 100.0, 1.0), part("2/2", 200.0, 0.5)
    assert rate(*first, *second) == pytest.approx(5.0 + 10.0)
    assert rate(*first, ("end", "1/2", 102.0, {}), *second) == pytest.approx(10.0)
    assert rate(*first, ("end", "1/2", 102.0, {}), *second, ("end", "2/2", 202.0, {})) == pytest.approx(10.0)


def test_of_two_parts_that_make_the_store_the_slower_leaves_it(tmp_path):
    first, second = (StagedStore.beside(tmp_path / "S.zarr") for _ in range(2))
    for number, staged in enumerate((first, second)):
        assert isinstance(staged.staging, Path)
        staged.staging.mkdir()
        (staged.staging / "zarr.json").write_text(str(number))
        staged.publish_first()
        staged.discard()
    assert (first.published, second.published) == (True, False)
    assert (tmp_path / "S.zarr" / "zarr.json").read_text() == "0"
    assert os.listdir(tmp_path) == ["S.zarr"]
