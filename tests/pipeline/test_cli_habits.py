"""Habits of the command line: a study to begin with, examples that are true, flags behind every command, completion."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer.main

import screening as sei
from screening.cli import app as cli
from screening.cli.app import run_command
from screening.cli.examples import EXAMPLES
from screening.cli.flags import Flags, as_typed, take_flags
from screening.cli.look_commands import starter_text
from screening.model.study_evaluator import StudyEvaluator

COMMAND = [sys.executable, "-c", "from screening.cli.app import main; main()"]
GROUP = typer.main.get_command(cli.app)


def test_starter_is_a_study(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_command(["init"]) == 0
    assert run_command(["validate", "study.toml"]) == 0
    out = capsys.readouterr().out
    assert "768 candidates x 3 scan rates" in out
    study = sei.load_study(tmp_path / "study.toml")
    assert study.film_names == ("fluoride outside", "hydride outside", "bare")
    # films keep the names that were typed, and a film without layers can be told from the others
    about = next(variable for variable in StudyEvaluator(study).variables if variable.name == "film").attributes
    assert about["flag_labels"] == list(study.film_names)
    assert about["flag_meanings"] == "fluoride_outside hydride_outside bare"
    assert about["layers"] == ["LiF | Li3N", "LiH | Li3N", ""]
    # what is commented out are the defaults
    raw = tomllib.loads(re.sub(r"(?m)^# (\[\w+\]|\w+ = )", r"\1", starter_text()))
    assert raw["numerics"] | raw["output"] == {"steps": 250, "precision": "float64", "curves": False}
    assert study.numerics.steps == 250
    assert study.numerics.precision == "float64"


def test_the_next_command_can_be_typed(tmp_path, monkeypatch):
    program = tmp_path / "bin" / "sei-screen"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["bin/sei-screen", "init"])
    monkeypatch.setenv("PATH", "")
    assert as_typed() == os.path.join("bin", "sei-screen")  # where the shell would not find it by its name
    monkeypatch.setenv("PATH", str(program.parent))
    assert as_typed() == "sei-screen"
    monkeypatch.setattr(sys, "argv", ["/somewhere/pytest"])
    assert as_typed() == "sei-screen"


def test_starter_says_what_to_do_next_and_every_line_explains(capsys):
    assert run_command(["init", "-"]) == 0
    assert capsys.readouterr().out == starter_text()
    tables = re.findall(r"(?m)^((?:#.*\n)*)\[(?!\[film\.layer)", starter_text())
    assert sum(bool(comment) for comment in tables) >= 6


def test_starter_replaces_nothing(tmp_path, capsys):
    mine = tmp_path / "study.toml"
    mine.write_text("mine")
    for place in (mine, tmp_path / "no" / "study.toml", tmp_path):
        assert run_command(["init", str(place)]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert mine.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [mine]


def test_every_command_has_an_example():
    assert set(GROUP.commands) <= set(EXAMPLES)


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_examples_are_true(line):
    """The command, its options and the number of its arguments exist."""
    words = shlex.split(line.partition(" | ")[0])
    assert words[0] == "sei-screen"
    command = GROUP.commands[words[1]]
    assert line in command.epilog
    given = words[2:]
    if given and given[0] in getattr(command, "commands", {}):
        command, given = command.commands[given[0]], given[1:]
    options = {name for param in command.params for name in param.opts if name.startswith("-")}
    assert {word for word in given if word.startswith("--")} <= options
    context = command.make_context(words[1], list(given), resilient_parsing=False)
    assert context.params or not command.params


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_help_shows_the_examples_unfilled(name, capsys):
    assert run_command([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"    {line}\n" in out for line in EXAMPLES[name])


def test_flags_stand_anywhere():
    assert take_flags(["--quiet", "show", "R", "--verbose"]) == (Flags(quiet=True, verbose=True), ["show", "R"])
    # a run stops its progress too, and what goes to a pipe is asked for
    assert take_flags(["run", "--quiet"]) == (Flags(), ["run", "--quiet"])
    assert take_flags(["init", "-", "--quiet"]) == (Flags(), ["init", "-"])
    assert take_flags(["init", "--", "--debug"]) == (Flags(), ["init", "--", "--debug"])


def test_quiet_verbose_and_debug(tmp_path, capsys):
    study = str(tmp_path / "study.toml")
    assert run_command(["init", study, "--quiet"]) == 0
    assert tuple(capsys.readouterr()) == ("", "")
    assert run_command(["validate", study, "--verbose", "--quiet"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(r"sei-screen .*, Python 3.*\n\d+\.\d s, at most \d+ MB of memory\n", captured.err)
    assert run_command(["init", study, "--quiet"]) == 2
    assert "exists already" in capsys.readouterr().err
    with pytest.raises(sei.StudyError, match="exists already"):
        run_command(["init", study, "--debug"])


def test_completion(repository: Path):
    environment = {**os.environ, "PYTHONPATH": str(repository), "_SEI_SCREEN_COMPLETE": "complete_bash"}
    environment |= {"COMP_WORDS": "sei-screen re", "COMP_CWORD": "1"}
    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"resume", "report"} <= set(done.stdout.split())


def test_exit_codes_are_documented(repository: Path):
    text = (repository / "docs" / "cli.md").read_text(encoding="utf-8")
    for code in (0, cli.FAILED, cli.BAD_INPUT, cli.INTERRUPTED, cli.BROKEN_PIPE):
        assert re.search(rf"(?m)^\| {code} \|", text), code
    for name in GROUP.commands:
        assert f"`{name}`" in text, name
