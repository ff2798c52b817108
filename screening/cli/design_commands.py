"""Commands of `sei-screen` that choose among candidates or design one."""

from typing import Annotated

import typer

from screening.cli.options import Csv, Device, Store, Study
from screening.cli.written_files import check_figures, write_csv, write_figure


def pareto(
    store: Store,
    first: Annotated[str, typer.Argument(metavar="X", help="variable or expression to make large; -VAR small")],
    second: Annotated[str, typer.Argument(metavar="Y", help="likewise")],
    where: Annotated[str | None, typer.Option(metavar="EXPR", help="condition, such as \"film == 'LiDFOB'\"")] = None,
    csv: Csv = None,
    plot: Annotated[str | None, typer.Option(metavar="FILE.png", help="candidates and front in the plane")] = None,
) -> None:
    """Candidates that no other beats in two quantities at once."""
    from screening.results.pareto import front_columns, pareto_ranking
    from screening.results.ranking import open_store
    from screening.results.ranking_table import show_ranking, write_ranking

    check_figures(plot)
    ranking = pareto_ranking(open_store(store, chunks=None), first, second, where)
    if csv is not None:
        write_csv(csv, lambda file: write_ranking(ranking, file), f"{len(ranking.candidates):,} rows")
    else:
        show_ranking(ranking, front_columns(ranking, second))
    if plot is not None:
        from screening.plot.pareto_figure import plot_pareto

        write_figure(plot_pareto(ranking, second, where), plot, csv)


def optimise(
    study: Study,
    maximise: Annotated[str | None, typer.Option(metavar="OUTPUT", help="output to make large")] = None,
    minimise: Annotated[str | None, typer.Option(metavar="OUTPUT", help="output to make small")] = None,
    limit: Annotated[
        list[str] | None, typer.Option(metavar="LIMIT", help="such as 'cell_voltage <= 5 V'; may be repeated")
    ] = None,
    largest_thickness: Annotated[str | None, typer.Option(metavar="LENGTH", help="of all layers together")] = None,
    smallest_thickness: Annotated[str | None, typer.Option(metavar="LENGTH", help="of all layers together")] = None,
    phases: Annotated[
        str | None, typer.Option(metavar="LIST", help="the only phases allowed, such as LiF,Li3N")
    ] = None,
    least_desolvation: Annotated[
        str | None, typer.Option(metavar="ENERGY", help="barrier that no outer face may be below")
    ] = None,
    starts: Annotated[int, typer.Option(metavar="N", help="starts of each film")] = 8,
    seed: Annotated[int, typer.Option(metavar="N", help="random seed of the starts")] = 0,
    device: Device = None,
) -> None:
    """Best film (and operating point of an ammonia cell) inside the ranges of a study, by gradients, and what it hangs on."""
    from screening.design.design_problem import pose_design
    from screening.design.optimum import check_starts, describe_designs, optimise_problem
    from screening.run.study_run import find_study

    check_starts(starts)
    problem = pose_design(
        find_study(study),
        maximise=maximise,
        minimise=minimise,
        limits=limit or (),
        largest_thickness=largest_thickness,
        smallest_thickness=smallest_thickness,
        phases=None if phases is None else [phase.strip() for phase in phases.split(",")],
        least_desolvation=least_desolvation,
    )
    designs = optimise_problem(problem, starts=starts, seed=seed, device=device)
    typer.echo("\n".join(describe_designs(problem, designs)))
    if not designs[0].kept:
        raise typer.Exit(1)
