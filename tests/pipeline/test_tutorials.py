"""The blocks of the tutorials, executed in their order in an empty folder; edits of the package are applied to a copy."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import screening as sei
from screening.cli.app import run_command
from tests.pipeline.fit_store import known_fit, known_posterior

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("compiled_once")]
PAGES = (
    *(
        "quickstart.md",
        "tutorial_screen.md",
        "tutorial_fit.md",
        "tutorial_ammonia.md",
        "tutorial_cluster.md",
    ),
    *("add_phase.md", "add_mixing_rule.md", "add_protocol.md", "add_reaction.md"),
)
# what installs or builds is tested by CI itself
ELSEWHERE = ("make ", "pip ")
# a block that changes a file of the package: where, and which line it stands before or replaces
EDIT = re.compile(r"# in (\S+), (before|replace): (.*)\n")
# a block that is a new file of the package
NEW_FILE = re.compile(r"# new file (\S+)\n")
SEI_SCREEN = (sys.executable, "-c", "from screening.cli.app import main; main()")


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of each fenced block."""
    return re.findall(r"(?m)^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def commands(text: str) -> list[list[str]]:
    """Words of each command of a console block."""
    lines = re.findall(r"(?m)^\$ (.*)$", text)
    return [shlex.split(line) for line in lines if not line.startswith(ELSEWHERE)]


def copy_package(repository: Path, folder: Path) -> None:
    """The files that a page may change, and what running them needs."""
    for name in ("kernels", "screening", "docs", "tests"):
        shutil.copytree(repository / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "images"))
    shutil.copy(repository / "pyproject.toml", folder)
    (folder / "experiments").symlink_to(repository / "experiments")


def apply_edit(folder: Path, text: str) -> None:
    """Put a block into the file that its first line names."""
    header = EDIT.match(text)
    assert header, text
    path, place, mark = folder / header[1], header[2], header[3].strip()
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    found = [number for number, line in enumerate(lines) if line.strip().startswith(mark)]
    assert len(found) == 1, f"{header[1]}: {mark!r} begins {len(found)} lines"
    lines[found[0] : found[0] + (place == "replace")] = [text[header.end() :]]
    path.write_text("".join(lines), encoding="utf-8")


class Page:
    """One page being worked through, in the current folder."""

    def __init__(self, path: Path, repository: Path, folder: Path) -> None:
        self.blocks = blocks(path)
        self.folder = folder
        self.edited = any(EDIT.match(text) for _, text in self.blocks)
        self.package = folder / "package" if self.edited else repository
        if self.edited:
            copy_package(repository, self.package)
        self.environment = {**os.environ, "PYTHONPATH": str(self.package), "MPLBACKEND": "agg"}
        self.executed = 0
        self.printed: str | None = None

    def run(self) -> None:
        """Execute everything that can be."""
        for language, text in self.blocks:
            getattr(self, f"_{language}", lambda text: None)(text)

    def run_as_one(self) -> str:
        """Execute the commands, then all Python blocks as one program, whose text is returned."""
        program = "".join(text for language, text in self.blocks if language == "python")
        for language, text in self.blocks:
            if language == "console":
                self._console(text)
        self._python(program)
        return program

    def _process(self, words, cwd=None) -> str:
        done = subprocess.run(
            words, cwd=cwd, env=self.environment, capture_output=True, text=True, check=False, timeout=500
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.executed += 1
        return done.stdout

    def _console(self, text: str) -> None:
        for words in commands(text):
            if words[0] in ("python", "pytest"):  # in a checkout, which the copy is, if the page has one
                self._process(
                    [sys.executable, *(["-m", "pytest"] if words[0] == "pytest" else []), *words[1:]],
                    self.package if self.edited else None,
                )
            elif self.edited:
                self._process([*SEI_SCREEN, *words[1:]])
            else:
                assert words[0] == "sei-screen", words
                try:
                    code = run_command(words[1:])
                except SystemExit as end:
                    code = end.code
                assert code == 0, words
                self.executed += 1

    def _python(self, text: str) -> None:
        if EDIT.match(text):
            apply_edit(self.package, text)
        elif new := NEW_FILE.match(text):
            assert self.edited, "a page that adds a file changes one as well"
            (self.package / new[1]).write_text(text[new.end() :], encoding="utf-8")
        else:
            self.printed = self._process([sys.executable, "-c", text])

    def _text(self, text: str) -> None:
        """What the block above prints."""
        assert self.printed is not None, "a text block stands below a Python block and holds what that prints"
        assert self.printed == text
        self.printed = None

    def _toml(self, text: str) -> None:
        title = re.match(r"# file: (\S+)\n", text)
        assert title, "a TOML block says which file it is"
        (self.folder / title[1]).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_page_works(name, repository, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments").symlink_to(repository / "experiments")
    page = Page(repository / "docs" / name, repository, tmp_path)
    page.run()
    assert page.executed > 2
    if name.startswith("tutorial"):
        looks = {".png", ".html"} if name != "tutorial_cluster.md" else set()
        assert {".zarr", ".toml"} | looks <= {path.suffix for path in tmp_path.iterdir()}


def test_readme_works(repository, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (study, program) = [text for language, text in blocks(repository / "README.md") if language in ("toml", "python")]
    (tmp_path / "study.toml").write_text(study, encoding="utf-8")
    assert run_command(["validate", "study.toml"]) == 0
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "MPLBACKEND": "agg"})
    assert (tmp_path / "family.png").exists()


def test_figures_are_drawn(repository, tmp_path, monkeypatch):
    """The blocks of this page go on with the names of those above; the fit is the reader's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments").symlink_to(repository / "experiments")
    known_fit(tmp_path / "F.zarr", posterior=known_posterior())
    program = Page(repository / "docs" / "figures.md", repository, tmp_path).run_as_one()
    text = (repository / "docs" / "figures.md").read_text(encoding="utf-8")
    named = set(re.findall(r'"(\w+\.(?:svg|png|pdf))"\)', program)) | set(re.findall(r"(?m)^\$.* --plot (\S+)$", text))
    assert len(named) > 10
    assert named == {path.name for path in tmp_path.iterdir() if path.suffix in (".svg", ".png", ".pdf")}
    # the pictures of the page are those that its blocks draw, and its copies of them are there
    shown = set(re.findall(r"images/figures/(\w+\.png)", text))
    assert shown == {path.name for path in (repository / "docs" / "images" / "figures").iterdir()}
    assert shown <= named
    # every figure that `sei.plot` has, but one that draws two of the others and three that have commands
    undrawn = {name for name in sei.plot.__all__ if f"sei.plot.{name}(" not in program}
    assert undrawn == {"curve_summary", "distributions", "model_comparison", "pareto_front"}


def test_the_guide_to_python_prints_what_it_says(repository, tmp_path, monkeypatch):
    """Its blocks go on with the names of those above."""
    monkeypatch.chdir(tmp_path)
    page = Page(repository / "docs" / "python.md", repository, tmp_path)
    page.run_as_one()
    assert page.printed == "".join(text for language, text in page.blocks if language == "text")
