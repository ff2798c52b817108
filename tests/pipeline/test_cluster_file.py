"""Cluster files, what they hand to dask, and a real SLURM where there is one."""

import gc
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
import xarray as xr
from distributed import LocalCluster

from screening.cli.app import run_command
from screening.errors import StudyError
from screening.run import batch_system as jobs
from screening.run.batch_system import job_workers, load_cluster, make_cluster, queue_told
from screening.run.completion import run_status
from screening.run.dask_executor import DaskExecutor
from screening.run.log import read_log
from screening.run.loop import run_evaluator
from tests.pipeline.ramp_evaluator import RampEvaluator

FOLDER = Path(__file__).parent
ramp_recipe = runpy.run_path(str(FOLDER / "ramp_recipe.py"))["ramp_recipe"]
EXAMPLES = sorted((FOLDER.parents[1] / "experiments" / "clusters").glob("*.toml"))
SLURM = """
[cluster]
kind = "slurm"
jobs = 2
[cluster.options]
cores = 1
memory = "1GB"
interface = "lo"
"""


def cluster_file(folder: Path, text: str) -> str:
    (folder / "c.toml").write_text(text)
    return str(folder / "c.toml")


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_examples_are_valid(path):
    assert load_cluster(str(path)).jobs >= 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"--cluster: cluster|--cluster.*missing key"),
        ("[cluster]\njobs = 2", r"--cluster\.cluster\.kind: missing key"),
        ('[cluster]\nkind = "slrm"\njobs = 2', r'unknown kind of cluster: got "slrm".*did you mean "slurm"'),
        ('[cluster]\nkind = "slurm"\njobs = 0', r"--cluster\.cluster\.jobs"),
        ('[cluster]\nkind = "slurm"\njobs = 2\nwait_minutes = nan', r"--cluster\.cluster\.wait_minutes"),
        ('[cluster]\nkind = "slurm"\njob = 2', r'unknown key: got "job".*did you mean "jobs"'),
        ('[cluster]\nkind = "kubernetes"\njobs = 2', r"--cluster\.cluster\.encrypt: dask's operator does not encrypt"),
        ("[cluster\n", r"--cluster: cannot be read: got .*expected a TOML file"),
        ("kind = \udcff", r"--cluster: cannot be read"),
    ],
)
def test_wrong_files_are_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "c.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(StudyError, match=message) as caught:
        load_cluster(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["no-such-file.toml", ".", "a\0b", "x" * 5000])
def test_files_that_are_not_there(path):
    with pytest.raises(StudyError, match="--cluster: cannot be read"):
        load_cluster(path)


def test_job_script_pins_threads_and_encrypts(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "CERTIFICATES", tmp_path / "certificates")
    text = SLURM + 'job_script_prologue = ["module load python"]\nqueue = "night"\n'
    with make_cluster(load_cluster(cluster_file(tmp_path, text))) as cluster:
        script = cluster.job_script()
        assert cluster.scheduler_address.startswith("tls://127.0.0.1:")
        assert not cluster.workers
    lines = script.splitlines()
    assert "#SBATCH -p night" in lines
    assert lines.index("export NPROC=1") < lines.index("module load python")
    assert "--nthreads 1" in script
    assert (tmp_path / "certificates").stat().st_mode & 0o777 == 0o700


# the half-made cluster complains when it is collected
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_options_that_dask_does_not_take(tmp_path):
    text = SLURM.replace("jobs = 2", "jobs = 2\nencrypt = false") + 'colour = "red"\n'
    with pytest.raises(StudyError, match=r"--cluster: SLURMCluster does not start: got .*colour.*correct \[cluster"):
        make_cluster(load_cluster(cluster_file(tmp_path, text)))
    gc.collect()


def test_missing_package_says_which_extra(tmp_path, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(jobs.importlib, "import_module", missing)
    with pytest.raises(StudyError, match=r"dask_jobqueue is not installed: .*sei-screening\[cluster\]"):
        make_cluster(load_cluster(cluster_file(tmp_path, SLURM)))


def test_ctrl_c_stays_an_interrupt_once_the_packages_of_clusters_are_there(tmp_path):
    # in a process of its own, since a package is imported once
    script = """
import importlib.util, signal, sys
from screening.run.batch_system import load_cluster, make_cluster
make_cluster(load_cluster(sys.argv[1])).close()
assert "dask_jobqueue.runner" in sys.modules
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
if importlib.util.find_spec("dask_kubernetes"):
    import dask_kubernetes.operator
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
"""
    path = cluster_file(tmp_path, SLURM.replace("jobs = 2", "jobs = 2\nencrypt = false"))
    subprocess.run([sys.executable, "-W", "ignore", "-c", script, path], check=True, timeout=120)


class Batch(LocalCluster):
    """A batch system whose jobs are processes of this machine."""

    def __init__(self):
        own = {"dashboard": False}
        super().__init__(0, 1, host="127.0.0.1", dashboard_address="127.0.0.1:0", scheduler_kwargs=own)

    def scale(self, n=0, jobs=0):
        return super().scale(jobs or n)


def test_ctrl_c_of_a_cluster_run_says_how_to_go_on(tmp_path, film_text, monkeypatch, capsys):
    watched = []
    monkeypatch.setattr(jobs, "make_cluster", lambda table, dashboard: Batch())
    monkeypatch.setattr(jobs, "queue_told", lambda cluster: nullcontext(watched.append(len(cluster.worker_spec))))
    study, path = tmp_path / "film.toml", tmp_path / "R.zarr"
    study.write_text(film_text, encoding="utf-8")

    def interrupt():
        deadline = time.monotonic() + 60
        while sum(event["event"] == "chunk" for event in read_log(path)) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    options = [
        "--samples",
        "2000000",
        "--chunk",
        "2000",
        "--cluster",
        cluster_file(tmp_path, SLURM.replace("jobs = 2", "jobs = 1")),
    ]
    assert run_command(["run", str(study), "--out", str(path), *options]) == 130
    thread.join()
    line = capsys.readouterr().err.splitlines()[-1]
    assert re.search(rf"interrupted: \d+ of 1000 chunks are finished and kept in .*: sei-screen resume {path}", line)
    assert 2 <= run_status(str(path)).finished < 1000
    assert run_status(str(path)).owner == ""
    assert watched == [1]


@dataclass
class Queue:
    """What `queue_told` looks at of a cluster."""

    worker_spec: dict
    observed: set


def test_the_queue_is_told_when_its_numbers_change(capsys, monkeypatch):
    monkeypatch.setattr(jobs, "SECONDS_BETWEEN_COUNTS", 0.01)
    group = {"group": ["-0", "-1"]}
    queue = Queue({f"S-{number}": group for number in range(4)}, set())
    with queue_told(queue):
        time.sleep(0.2)
        queue.observed = {"S-1-0", "S-1-1"}
        time.sleep(0.2)
        queue.observed = {f"S-{number}-1" for number in range(4)}
        time.sleep(0.2)
    told = ["waiting for 4 jobs, 0 running", "waiting for 3 jobs, 1 running", "4 jobs running, none waiting"]
    assert capsys.readouterr().err.splitlines() == told


def test_a_dry_run_prints_the_job_script_and_starts_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(jobs, "CERTIFICATES", tmp_path / "certificates")
    command = ["run", "quick", "--out", str(tmp_path / "R.zarr"), "--dry-run"]
    before = threading.active_count()
    assert run_command([*command, "--cluster", cluster_file(tmp_path, SLURM + 'queue = "night"\n')]) == 0
    assert threading.active_count() == before
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0].startswith("#!")
    assert "#SBATCH -p night" in lines
    assert "export NPROC=1" in lines
    assert f"--tls-ca-file {tmp_path}/certificates/" in said.out
    assert "nothing was started; a run submits this 2 times" in said.err
    assert os.listdir(tmp_path) == ["c.toml"]
    assert run_command(command) == 2
    assert "--dry-run: no job has a script: got no --cluster" in capsys.readouterr().err


def slurm_answers() -> bool:
    if not (shutil.which("sbatch") and shutil.which("sinfo")):
        return False
    try:
        answer = subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True, timeout=20)
    except subprocess.TimeoutExpired:
        return False
    return answer.returncode == 0 and any(state in answer.stdout for state in ("idle", "mixed", "mix"))


# dask-jobqueue leaves the files of its certificates to the collector, which must run before the next test
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.slow
def test_half_of_the_slurm_jobs_are_cancelled(tmp_path, monkeypatch):
    """A real SLURM: two jobs, one of them cancelled in the middle, and the store is that of one process."""
    if not slurm_answers():
        pytest.skip("no SLURM that answers: sbatch is not on PATH, or sinfo shows no idle node (set SLURM_CONF)")
    # certificates where all jobs see them
    monkeypatch.setattr(jobs, "CERTIFICATES", tmp_path / "certificates")
    repository = FOLDER.parents[1]
    prologue = [f"export PYTHONPATH={repository}"]
    if "SLURM_CONF" in os.environ:
        prologue.append(f"export SLURM_CONF={os.environ['SLURM_CONF']}")
    quoted = ", ".join(f'"{line}"' for line in prologue)
    text = SLURM + f'job_script_prologue = [{quoted}]\nlog_directory = "{tmp_path}"\n'
    table = load_cluster(cluster_file(tmp_path, text.replace("jobs = 2", "jobs = 2\nwait_minutes = 2")))
    path, n = tmp_path / "R.zarr", 4000

    with job_workers(table) as client:
        client.wait_for_workers(2, timeout=120)
        first = next(iter(client.cluster.workers.values())).job_id

        def cancel():
            deadline = time.monotonic() + 60
            while sum(event["event"] == "chunk" for event in read_log(path)) < 10 and time.monotonic() < deadline:
                time.sleep(0.05)
            subprocess.run(["scancel", first], check=True)

        thread = threading.Thread(target=cancel)
        thread.start()
        executor = DaskExecutor.of(client, ramp_recipe(n, pause=0.2))
        run_evaluator(executor.description, path, chunk=50, block=50, progress=False, executor=executor)
        thread.join()
    dataset = xr.open_zarr(path).load()
    for name, values in RampEvaluator(n).evaluate(0, n).items():
        assert dataset[name].values.tobytes() == values.astype(dataset[name].dtype).tobytes(), name
    assert len({event["worker"] for event in read_log(path) if event["event"] == "chunk"}) >= 2
    del client, executor
    gc.collect()
