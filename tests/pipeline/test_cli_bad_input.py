"""Bad input on the command line: exit code 2, one line that says what, got, expected and fix, and nothing written."""

import os
import re
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from screening.cli.app import run_command
from screening.run.loop import run_evaluator
from screening.run.study_run import packaged_studies
from tests.pipeline.ramp_evaluator import RampEvaluator

QUICK = packaged_studies()["quick"].read_text(encoding="utf-8")
THICK = 'thickness = "5 nm"'

# name: (what stands in the study, what is put there instead, and parts of the line); the wording of all the others is
# tested where studies are read (test_study_errors.py, test_study_protocol.py)
STUDIES = {
    "negative thickness": (THICK, 'thickness = "-5 nm"', ["layer[2].thickness", 'got "-5 nm"', "above 0 m", "; give"]),
    "broken TOML": (THICK, "thickness = 5 nm", ["not valid TOML", "got ", "; texts and quantities need quotes, e.g."]),
}
HERE = {
    "t.toml": QUICK.encode(),
    "file": b"mine",
    "folder": {"keep": b"mine"},
    "f.png": {},
    "binary.toml": bytes(range(256)),
}
# what is typed, and parts of the line
ARGUMENTS = {
    "no such file": ("run a/b/nowhere --out R.zarr", ['got "a/b/nowhere"', "expected the path", "; check the path"]),
    "nearly a file": ("run tt.toml --out R.zarr", ['got "tt.toml"', "expected the path", '; did you mean "t.toml"?']),
    "nearly a name": ("run quikc --out R.zarr", ['got "quikc"', "nitrogen_reduction, quick", 'mean "quick"?']),
    "folder as study": ("run folder --out R.zarr", ["is a directory", 'got "folder"', "a TOML file", "; check"]),
    "binary junk": ("run binary.toml --out R.zarr", ["not UTF-8 text", '"binary.toml"', "a TOML file", "; convert it"]),
    "foreign folder": ("run t.toml --out folder", ["--out: exists already", 'got "folder"', "a new path", "; choose"]),
    "foreign file": ("run t.toml --out file", ["--out: exists already", 'got "file"', "a new path",
        "; choose another"]),
    "overwrite folder": ("run t.toml --out folder --overwrite", ["not a result store", '"folder"', "sei-screen run",
        ";"]),
    "overwrite file": ("run t.toml --out file --overwrite", ["not a result store", '"file"', "sei-screen run",
        "; choose"]),
    "below a file": ("run t.toml --out file/R.zarr", ["cannot be written", '"file/R.zarr"', "a place under",
        "; choose"]),
    "a URL": ("run t.toml --out gs://a/R.zarr", ["gs://a/R.zarr", "expected a path on a local disk", "; write to"]),
    "nowhere": ("run t.toml --out=", ["expected a path on a local disk", "; write to"]),
    "a bucket": ("run t.toml --out s3://a", ['got "s3://a"', 'expected "s3://bucket/R.zarr"',
        "; give bucket and name"]),
    "a bucket to look at": ("status s3://a/", ['got "s3://a/"', 'expected "s3://bucket/R.zarr"', "; give bucket"]),
    "no workers": ("run t.toml --out R.zarr --workers 0", ["--workers", "got 0", "from 1 to 1024", "; leave it out"]),
    "workers twice": ("run t.toml --out R.zarr --workers 2 --scheduler tcp://h:1", ["got --workers and --scheduler",
        "expected one of them", "; leave the others out"]),
    "workers and threads": ("run t.toml --out R.zarr --workers 2 --threads 2", ["--threads: threads of this process",
        "got 2", "; leave --threads out"]),
    "workers and a cluster": ("run t.toml --out R.zarr --workers 2 --cluster c.toml", ["got --workers and --cluster",
        "expected one of them", "; leave the others out"]),
    "too many workers": ("run t.toml --out R.zarr --workers 1000000", ["--workers", "got 1000000", "from 1 to 1024"]),
    "no cluster file": ("run t.toml --out R.zarr --cluster no.toml", ["--cluster: cannot be read", "no such file",
        "expected a TOML file", "; see docs/cluster.md"]),
    "status of nothing": ("status no.zarr", ["no such result store", "no.zarr", "; run it first"]),
    "no place": ("run t.toml", ["Missing option '--out'", "; see sei-screen run --help"]),
    "samples of zero": ("run t.toml --out a/b/R.zarr --samples 0", ["got 0", "at least 1 sample", "; raise samples"]),
    "samples of none": ("run t.toml --out R.zarr --samples=ten", ["'--samples'", "valid integer", 'got "ten"',
        "; see"]),
    "no threads": ("run t.toml --out R.zarr --threads 0", ["threads", "got 0", "at least 1", "; leave it out"]),
    "no such option": ("run t.toml --out R.zarr --sample 3", ["No such option", "--sample",
        "; see sei-screen run --help"]),
    "no such command": ("rum t.toml", ["No such command 'rum'", "'run'", "; see sei-screen --help"]),
    "no such device": ("run t.toml --out a/R.zarr --device abacus", ["got abacus", '"cpu" or "gpu"', "; choose one"]),
    "simulate: device": ("simulate t.toml --out c.zarr --device abacus", ["got abacus", '"cpu" or "gpu"', "; choose"]),
    "simulate: candidate": ("simulate t.toml --candidate 64 --plot c.png", ["got 64", "from 0 to 63", "; ask for"]),
    "simulate: below zero": ("simulate t.toml --candidate=-1", ["got -1", "from 0 to 63", "; ask for existing"]),
    "simulate: figure": ("simulate t.toml --plot c.txt", ["--plot", 'got "c.txt"', ".png, .pdf or .svg", "; write"]),
    "simulate: below a file": ("simulate t.toml --out c.zarr --plot file/c.png", ['"file/c.png"', "writable",
        "; choose"]),
    "simulate: on a folder": ("simulate t.toml --out folder --overwrite", ["not a store of curves", '"folder"',
        "; choose"]),
    "simulate: on results": ("simulate t.toml --out R --overwrite", ["not a store of curves", '"R"',
        "; choose another"]),
    "run on results": ("run t.toml --out R", ["exists already", 'got "R"', "a new path", "--overwrite"]),
    "resume: nothing": ("resume nowhere", ["no such result store", 'got "nowhere"', "expected the --out", "; run it"]),
    "resume: a folder": ("resume folder", ["not a result store", 'got "folder"', "a zarr v3 group",
        "; give the --out"]),
    "resume: a file": ("resume t.toml", ["not a result store", 'got "t.toml"', "a zarr v3 group", "; give the --out"]),
    "show: a folder": ("show folder --csv t.csv", ["not a result store", 'got "folder"', "a zarr v3 group", "; give"]),
    "show: no rows": ("show R --top 0", ["--top", "got 0", "at least 1", "; leave it out"]),
    "show: sort": ("show R --sort thicknes --csv t.csv", ["--sort", 'got "thicknes"', "expected one of", "; "]),
    "show: empty sort": ("show R --sort= --csv t.csv", ["--sort", 'got ""']),
    "show: where": ("show R --where charge_density>1mm --csv t.csv", ["--where", "wrong dimension (length)", "1mm",
        ";"]),
    "show: code": ("show R --where exit() --plot g.png", ["--where", "exit"]),
    "show: lost table": ("show R --csv no/folder/t.csv", ["--csv", '"no/folder/t.csv"', "an existing folder",
        "; choose"]),
    "show: kept table": ("show R --csv t.toml --where film=='x'", ["--where", "unknown value", 'got "x"', "LiDFOB"]),
    "show: figure": ("show R --plot file/f.png", ["--plot", '"file/f.png"', "writable place", "; choose another"]),
    "show: figure on a folder": ("show R --plot f.png", ["--plot", '"f.png" (is a directory)', "writable", "; choose"]),
    "phases": ("phases Li2C03", ["unknown phase", 'got "Li2C03"', "expected one of LiF", 'did you mean "Li2CO3"']),
    "validate": ("validate folder", ["is a directory", 'got "folder"', "a TOML file", "; check the path"]),
    "bench": ("bench --candidates many", ["'--candidates'", 'got "many"', "; see sei-screen bench --help"]),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    for name, content in HERE.items():
        if isinstance(content, bytes):
            (tmp_path / name).write_bytes(content)
        else:
            (tmp_path / name).mkdir()
            for inner, data in content.items():
                (tmp_path / name / inner).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def listing(folder: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def assert_refused(code: int, streams: tuple[str, str], parts: list[str]) -> None:
    out, err = streams
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("sei-screen: ")
    assert err.endswith("\n")
    assert "Traceback" not in err
    assert [part for part in parts if part not in err] == [], err


@pytest.mark.parametrize("command", ["run", "simulate", "validate"])
@pytest.mark.parametrize("name", STUDIES)
def test_bad_study(folder, capfd, name, command):
    there, instead, parts = STUDIES[name]
    assert QUICK.count(there) in (1, 2)
    (folder / "bad.toml").write_text(QUICK.replace(there, instead, 1))
    before = listing(folder)
    place = {"run": ["--out", "new/R.zarr"], "simulate": ["--out", "new/c.zarr", "--plot", "new/c.png"], "validate": []}
    code = run_command([command, "bad.toml", *place[command]])
    assert_refused(code, capfd.readouterr(), parts)
    assert listing(folder) == before


@pytest.mark.parametrize("name", ARGUMENTS)
def test_bad_arguments(folder, capfd, name):
    typed, parts = ARGUMENTS[name]
    if re.search(r"\bR( |$)", typed):
        run_evaluator(RampEvaluator(20), folder / "R", progress=False)
    before = listing(folder)
    assert_refused(run_command(typed.split(" ")), capfd.readouterr(), parts)
    assert listing(folder) == before


@pytest.mark.skipif(jax.default_backend() == "gpu", reason="this machine has the GPU that is asked for")
def test_bad_input_of_a_real_process(repository, folder):
    before = listing(folder)
    command = [sys.executable, "-c", "from screening.cli.app import main; main()"]
    arguments = ["run", "t.toml", "--out", "new/R.zarr", "--device", "gpu"]
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    process = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, timeout=120)
    assert_refused(process.returncode, (process.stdout, process.stderr), ["got ", "expected ", "; "])
    assert listing(folder) == before


def test_debug_shows_the_traceback(folder):
    with pytest.raises(ValueError, match="no such result store"):
        run_command(["resume", "nowhere", "--debug"])
