"""Stores that grow, hostile stores, and disks that take nothing more."""

import errno
import json
import os
from pathlib import Path

import pytest
import xarray as xr

from screening.cli.app import run_command
from screening.errors import StudyError
from screening.model.draws import draw_candidates
from screening.run import study_run as study_runs
from screening.run.log import RunLog
from screening.run.loop import resume, run_evaluator
from screening.run.outcome import StoreError
from screening.store import growth, writer
from screening.store.destination import read_attributes
from screening.store.growth import check_growth, grow_store
from tests.pipeline.ramp_evaluator import RampEvaluator, assert_same_results


@pytest.mark.parametrize(("old", "new"), [(300, 700), (320, 340), (320, 400), (60, 1000)])
def test_grown_store_equals_a_new_one(tmp_path, old, new):
    path = tmp_path / "R.zarr"
    run_evaluator(RampEvaluator(old), path, chunk=100, progress=False)
    shard = min(100, old)
    larger = RampEvaluator(new, digest="d2")
    grow_store(path, read_attributes(path), larger)
    summary = resume(path, larger, progress=False)
    assert summary.evaluated == new - old // shard * shard, "whole shards that were finished stay"
    assert_same_results(path, new)
    unconsolidated = xr.open_zarr(path, consolidated=False)
    assert unconsolidated.sizes["candidate"] == new
    assert read_attributes(path)["digest"] == "d2"
    assert not list(path.rglob("*.partial"))


def test_growth_that_is_killed_leaves_the_old_store(tmp_path, monkeypatch):
    path = tmp_path / "R.zarr"
    run_evaluator(RampEvaluator(320), path, chunk=100, progress=False)
    write, seen = growth.write_file, []

    def killed(place, name, content):
        if len(seen) == 3:
            raise KeyboardInterrupt
        seen.append(name)
        write(place, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(growth, "write_file", killed)
        with pytest.raises(KeyboardInterrupt):
            grow_store(path, read_attributes(path), RampEvaluator(700, digest="d2"))
    assert xr.open_zarr(path).sizes["candidate"] == 320
    assert resume(path, RampEvaluator(320), progress=False).evaluated == 20
    assert_same_results(path, 320)
    grow_store(path, read_attributes(path), RampEvaluator(700, digest="d2"))
    resume(path, RampEvaluator(700, digest="d2"), progress=False)
    assert_same_results(path, 700)


@pytest.mark.parametrize(("new", "message"), [(300, "only grows"), (299, "only grows"), (10**8, "too many candidates")])
def test_growth_to_less_or_too_much_is_refused(tmp_path, new, message):
    path = tmp_path / "R.zarr"
    run_evaluator(RampEvaluator(300), path, chunk=100, progress=False)
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    with pytest.raises(StudyError, match=rf"--samples: .*{message}"):
        grow_store(path, read_attributes(path), RampEvaluator(new, digest="d2"))
    assert {file: file.read_bytes() for file in path.rglob("*") if file.is_file()} == before


def test_growth_needs_the_same_study_version_and_a_design_that_grows():
    stored = {"digest": "d1", "package_version": "1.0"}
    check_growth(stored, "d1", True, "sobol", "1.0")
    for digest, version in (("d2", "1.0"), ("d1", "1.1")):
        with pytest.raises(StudyError, match="belongs to another run"):
            check_growth(stored, digest, True, "sobol", version)
    with pytest.raises(StudyError, match='got design = "latin_hypercube"'):
        check_growth(stored, "d1", False, "latin_hypercube", "1.0")


def test_study_grows_through_the_command(tmp_path, film_text):
    path, film = tmp_path / "R.zarr", tmp_path / "film.toml"
    film.write_text(film_text, encoding="utf-8")
    assert run_command(["run", str(film), "--samples", "6", "--chunk", "4", "--quiet", "--out", str(path)]) == 0
    assert run_command(["resume", str(path), "--samples", "10", "--quiet"]) == 0
    dataset = xr.open_zarr(path).load()
    assert dataset.status.values.tolist() == [1] * 10
    study = study_runs.find_study(film, samples=10)
    assert dataset.attrs["digest"] == study.digest
    thickness = draw_candidates(study, 0, 10).stack.thickness[:, -1]
    assert dataset.param_layer1_thickness.values.tolist() == thickness.tolist()
    assert run_command(["resume", str(path), "--samples", "5", "--quiet"]) == 2


HOSTILE = {
    "study that is code": {"study": "__import__('os').system('touch hacked')"},
    "study of YAML": {"study": "!!python/object/apply:os.system ['touch hacked']"},
    "study that is no text": {"study": {"a": 1}},
    "samples that are no number": {"samples": "many"},
    "shard of nothing": {"shard": 0},
    "platform of its own": {"platform": "../../etc"},
}


@pytest.mark.parametrize("told", HOSTILE.values(), ids=HOSTILE)
def test_hostile_attributes_are_refused_and_run_nothing(tmp_path, monkeypatch, capsys, told):
    monkeypatch.chdir(tmp_path)
    run_evaluator(RampEvaluator(30), "R.zarr", progress=False)
    root = json.loads(Path("R.zarr/zarr.json").read_text())
    quick = study_runs.packaged_studies()["quick"].read_text(encoding="utf-8")
    root["attributes"] |= {"study": quick, "samples": 30, "platform": "cpu"} | told
    Path("R.zarr/zarr.json").write_text(json.dumps(root))
    before = sorted(str(file) for file in tmp_path.rglob("*"))
    assert run_command(["resume", "R.zarr"]) in (1, 2)
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert sorted(str(file) for file in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("codec", ["pickle", "json2", "vlen-utf8"])
def test_object_codecs_of_a_store_load_nothing(tmp_path, codec, capsys):
    path = tmp_path / "R.zarr"
    run_evaluator(RampEvaluator(30), path, progress=False)
    for name in ("zarr.json", "film/zarr.json"):
        text = (path / name).read_text()
        (path / name).write_text(text.replace('"zstd"', f'"{codec}"'))
    marker = tmp_path / "hacked"
    pickled = b"cposix\nsystem\n(S'touch " + str(marker).encode() + b"'\ntR."
    (path / "film" / "c" / "0").write_bytes(pickled)
    assert run_command(["show", str(path)]) in (1, 2)
    assert run_command(["status", str(path)]) in (0, 1, 2)
    assert len(capsys.readouterr().err.splitlines()) <= 2
    assert not marker.exists()


@pytest.mark.parametrize("name", ["../../outside", "/etc/passwd", "a/../../b"])
def test_variable_names_of_a_store_reach_no_other_files(tmp_path, capsys, name):
    path = tmp_path / "R.zarr"
    run_evaluator(RampEvaluator(30), path, progress=False)
    root = json.loads((path / "zarr.json").read_text())
    root["attributes"]["variable_order"] = [name]
    (path / "zarr.json").write_text(json.dumps(root))
    assert run_command(["show", str(path)]) in (1, 2)
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_disk_that_takes_no_more_keeps_what_is_finished(tmp_path, monkeypatch, code):
    path = tmp_path / "R.zarr"
    write = writer._write_region

    def full(array, start, stop, block):
        if start >= 200:
            raise OSError(code, os.strerror(code))
        write(array, start, stop, block)

    with monkeypatch.context() as patch:
        patch.setattr(writer, "_write_region", full)
        with pytest.raises(StoreError, match=rf"{os.strerror(code).lower()}; .*continue with: sei-screen resume"):
            run_evaluator(RampEvaluator(300), path, chunk=50, threads=1, progress=False)
    assert resume(path, RampEvaluator(300), progress=False).evaluated == 100
    assert_same_results(path, 300)


def test_log_that_cannot_be_written_is_no_silent_loss(tmp_path, monkeypatch):
    def full(self, event, **facts):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(RunLog, "write", full)
    with pytest.raises(StoreError, match="no space left"):
        run_evaluator(RampEvaluator(300), tmp_path / "R.zarr", chunk=50, progress=False)


def test_folder_without_permission_is_a_clear_error(tmp_path, monkeypatch, capsys):
    # the user of the tests may be allowed everything, so the system is made to refuse
    def refuse(*arguments, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StudyError, match=r"cannot be written: got .*permission denied.*expected a folder"):
        run_evaluator(RampEvaluator(30), tmp_path / "R.zarr", progress=False)
    assert os.listdir(tmp_path) == []
