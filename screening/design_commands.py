"""Commands of `sei-screen` that choose among candidates or design one."""

import sys
from typing import Annotated

import typer

StoreArgument = Annotated[str, typer.Argument(metavar="R.zarr", help="a result store")]


def pareto(
    store: StoreArgument,
    first: Annotated[str, typer.Argument(metavar="X", help="variable or expression to make large; -VAR small")],
    second: Annotated[str, typer.Argument(metavar="Y", help="likewise")],
    where: Annotated[str | None, typer.Option(metavar="EXPR", help="condition, such as \"film == 'LiDFOB'\"")] = None,
    csv: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="write all columns as CSV; - is stdout")
    ] = None,
    plot: Annotated[str | None, typer.Option(metavar="FILE.png", help="candidates and front in the plane")] = None,
) -> None:
    """Candidates that no other beats in two quantities at once."""
    from screening.pareto_front import front_columns, pareto_ranking
    from screening.results import open_results
    from screening.table import show_ranking, write_ranking, write_ranking_file

    if plot is not None:
        from screening.plot.style import check_figure_path

        check_figure_path(plot)
    ranking = pareto_ranking(open_results(store, chunks=None), first, second, where)
    if csv == "-":
        write_ranking(ranking, sys.stdout)
    elif csv is not None:
        write_ranking_file(ranking, csv)
        typer.echo(f"{len(ranking.candidates):,} rows: {csv}")
    else:
        show_ranking(ranking, front_columns(ranking, second))
    if plot is not None:
        from screening.plot.pareto import plot_pareto
        from screening.plot.style import save_figure

        save_figure(plot_pareto(ranking, second, where), plot)
        typer.echo(f"figure: {plot}", err=csv == "-")
