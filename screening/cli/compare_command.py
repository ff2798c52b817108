"""`sei-screen compare`: several models of the same data."""

from pathlib import Path
from typing import Annotated

import typer

from screening.cli.options import Device, Threads
from screening.cli.written_files import check_figures, write_figure


def compare(
    sources: Annotated[list[str], typer.Argument(metavar="A.toml B.toml ...", help="fit files with the same targets")],
    starts: Annotated[int | None, typer.Option(metavar="N", help="starts of each, instead of the files'")] = None,
    plot: Annotated[str | None, typer.Option(metavar="FILE.png", help="residuals and quantities of the models")] = None,
    device: Device = None,
    threads: Threads = None,
) -> None:
    """Fit models to the same data: which explains it best for the quantities it needs."""
    from screening.fitting.comparison import compare as run_comparison

    check_figures(plot)
    found = run_comparison(*map(Path, sources), starts=starts, device=device, threads=threads)
    typer.echo("\n".join(found.describe()))
    if plot is not None:
        from screening.plot.comparison_figure import plot_comparison

        write_figure(plot_comparison(found), plot)
