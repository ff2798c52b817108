"""Draws the pictures of the page of figures by executing its blocks: `python docs/draw_figures.py`."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
PICTURES = DOCS / "images" / "figures"
COMMAND = (sys.executable, "-c", "from screening.cli.app import main; main()")


def work_through(page: Path, folder: Path) -> None:
    """Execute the commands and programs of a page in a folder, but for the posterior, which takes minutes to sample."""
    found = re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"))
    programs = []
    for language, text in found:
        if language == "toml":
            (folder / text.split()[2]).write_text(text, encoding="utf-8")
        elif language == "python":
            programs.append(text)
            if page.name.startswith("tutorial"):
                subprocess.run([sys.executable, "-c", programs.pop()], cwd=folder, check=True)
        elif language == "console":
            for name, line in re.findall(r"(?m)^\$ (sei-screen|python) (.*)$", text):
                command = COMMAND if name == "sei-screen" else COMMAND[:1]
                subprocess.run([*command, *shlex.split(line)], cwd=folder, check=True)
    program = re.sub(r".*posterior_summary.*\n", "", "".join(programs))
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True)


def draw() -> None:
    """Execute the tutorial of fits, whose store the page of figures shows, then that page, and keep what it shows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "experiments").symlink_to(DOCS.parent / "experiments")
        os.environ["MPLBACKEND"] = "agg"
        work_through(DOCS / "tutorial_fit.md", folder)
        page = DOCS / "figures.md"
        work_through(page, folder)
        PICTURES.mkdir(parents=True, exist_ok=True)
        for picture in set(re.findall(r"images/figures/(\w+\.png)", page.read_text(encoding="utf-8"))):
            shutil.copy(folder / picture, PICTURES / picture)


if __name__ == "__main__":
    draw()
