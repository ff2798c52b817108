"""The blocks of the tutorials, executed in their order in an empty folder."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from screening.cli import run_command

pytestmark = pytest.mark.slow
PAGES = ("quickstart.md", "tutorial_screen.md", "tutorial_fit.md")
# what installs or builds is tested by CI itself
ELSEWHERE = ("make ", "pip ")


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of each fenced block."""
    return re.findall(r"(?m)^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", PAGES)
def test_tutorial_works(name, repository, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments").symlink_to(repository / "experiments")
    environment = {**os.environ, "PYTHONPATH": str(repository), "MPLBACKEND": "agg"}
    executed = 0
    for language, text in blocks(repository / "docs" / name):
        if language == "console":
            for line in re.findall(r"(?m)^\$ (.*)$", text):
                if line.startswith(ELSEWHERE):
                    continue
                words = shlex.split(line)
                assert words[0] == "sei-screen", line
                try:
                    code = run_command(words[1:])
                except SystemExit as end:
                    code = end.code
                assert code == 0, line
                executed += 1
        elif language == "python":
            done = subprocess.run(
                [sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            executed += 1
        elif language == "toml":
            title = re.match(r"# file: (\S+)\n", text)
            assert title, "a TOML block says which file it is"
            (tmp_path / title[1]).write_text(text, encoding="utf-8")
    assert executed > 2
    written = {path.suffix for path in tmp_path.iterdir()}
    if name.startswith("tutorial"):
        assert {".zarr", ".png", ".html", ".toml"} <= written
