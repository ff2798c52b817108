"""Files that commands write beside what they print: figures, and tables as CSV."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

import typer

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def check_figures(*paths: str | None) -> None:
    """Refuse figures that cannot be written, before anything is computed."""
    from screening.plot.style import check_figure_path

    for path in paths:
        if path is not None:
            check_figure_path(path)


def write_figure(figure: "Figure", path: str, csv: str | None = None) -> None:
    """Write a figure and say so, on stderr where stdout has the CSV."""
    from screening.plot.style import save_figure

    save_figure(figure, path)
    typer.echo(f"figure: {path}", err=csv == "-")


def write_csv(path: str, write: Callable[[TextIO], None], what: str) -> None:
    """Write CSV into a file and say what of, or to stdout where the path is "-"."""
    from screening.results.export import replacing

    if path == "-":
        write(sys.stdout)
        return
    with replacing(path, "--csv") as staging, staging.open("w", newline="", encoding="utf-8") as file:
        write(file)
    typer.echo(f"{what}: {path}")
