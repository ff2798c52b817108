"""Stores behind S3 URLs, over real HTTP to a server of this process on loopback."""

import json
import os
import runpy
import socket
from pathlib import Path

import pytest

from screening.api.accessor import open_results
from screening.cli.app import run_command
from screening.errors import StudyError
from screening.run.completion import run_status
from screening.run.dask_cluster import local_workers
from screening.run.dask_executor import DaskExecutor
from screening.run.log import LOG_FILE, read_log
from screening.run.loop import resume, run_evaluator
from screening.run.outcome import ChunkError
from screening.store.location import ObjectPlace, object_place
from screening.store.lock import lock_owner, store_lock
from tests.pipeline.ramp_evaluator import RampEvaluator, assert_same_results

FOLDER = Path(__file__).parent
ramp_recipe = runpy.run_path(str(FOLDER / "ramp_recipe.py"))["ramp_recipe"]


@pytest.fixture(scope="module")
def bucket():
    """An empty bucket; endpoint and (made-up) credentials are in the environment, as users have them."""
    server_module = pytest.importorskip("moto.server", reason="moto is not installed")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "somebody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-somebody")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        import fsspec

        fsspec.filesystem("s3").mkdir("screens")
        yield "s3://screens"
    server.stop()


@pytest.mark.slow
def test_workers_write_and_resume_through_s3(bucket, capsys):
    url = f"{bucket}/W.zarr"
    with local_workers(2) as client:
        # slow enough that neither worker is done before the other begins
        executor = DaskExecutor.of(client, ramp_recipe(600, raise_at=310, pause=0.3))
        with pytest.raises(ChunkError, match=r"1 chunk set aside.*candidates 300 to 349"):
            run_evaluator(executor.description, url, chunk=50, progress=False, executor=executor)
        assert run_status(url).finished == 11
        assert run_command(["status", url]) == 0
        shown = capsys.readouterr().out
        assert "11 of 12 chunks finished" in shown
        assert "set aside: chunk from candidate 300: ArithmeticError: singular" in shown
        with pytest.raises(StudyError, match="exists already"):
            run_evaluator(executor.description, url, chunk=50, progress=False, executor=executor)
        executor = DaskExecutor.of(client, ramp_recipe(600))
        assert resume(url, executor.description, progress=False, executor=executor).evaluated == 50
    assert_same_results(url, 600)
    assert open_results(url).sizes["candidate"] == 600
    assert {event["worker"] for event in read_log(ObjectPlace(url)) if event["event"] == "chunk"} == {"0", "1"}
    stored = b"".join(ObjectPlace(url).read(name) or b"" for name in ("zarr.json", LOG_FILE))
    assert b"somebody" not in stored, "no credentials in the store"


@pytest.mark.slow
def test_threads_write_through_s3_one_run_at_a_time(bucket):
    url = f"{bucket}/T.zarr"
    place = ObjectPlace(url)
    with store_lock(place):
        with pytest.raises(StudyError, match=rf"T\.zarr is being written by another run: got process {os.getpid()} on"):
            run_evaluator(RampEvaluator(300), url, progress=False)
        assert lock_owner(place).startswith(f"process {os.getpid()} on ")
    dead = {"host": socket.gethostname(), "pid": os.getpid(), "started": 12.5}
    assert ObjectPlace(url + ".lock").create("owner", json.dumps(dead).encode())
    run_evaluator(RampEvaluator(300), url, chunk=50, progress=False)
    assert_same_results(url, 300)
    assert ObjectPlace(url + ".lock").read("owner") is None


@pytest.mark.slow
def test_bucket_that_is_not_there(bucket):
    with pytest.raises(StudyError, match=r"the object store cannot be reached: got \"s3://nowhere/R.zarr\""):
        run_evaluator(RampEvaluator(5), "s3://nowhere/R.zarr", progress=False)


@pytest.mark.parametrize(
    "url", ["s3://", "s3://bucket", "s3://bucket/", "s3:///R.zarr", "s3://b/../R.zarr", "s3://b/a\n"]
)
def test_urls_without_bucket_or_name(url):
    with pytest.raises(StudyError, match="not a usable URL"):
        object_place(url)


def test_paths_are_not_urls():
    assert object_place("s3/bucket/R.zarr") is None
    assert object_place(Path("R.zarr")) is None
    assert str(object_place("s3://bucket/a/R.zarr/")) == "s3://bucket/a/R.zarr"


@pytest.mark.slow
def test_a_report_of_a_store_behind_a_url(bucket, tmp_path):
    run_evaluator(RampEvaluator(60), f"{bucket}/P.zarr", progress=False)
    assert run_command(["report", f"{bucket}/P.zarr", "--html", str(tmp_path / "page.html")]) == 0
    assert "P.zarr" in (tmp_path / "page.html").read_text(encoding="utf-8")
