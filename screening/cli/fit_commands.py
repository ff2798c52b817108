"""Commands of `sei-screen` that fit measured curves, compare models of them, and plan which to measure."""

import math
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screening.cli.options import Device, Overwrite, Threads
from screening.cli.written_files import check_figures, write_figure
from screening.errors import StudyError, UnreachedTargetError, shown, unknown_name
from screening.store.columns import quantity
from screening.text_table import table_lines
from screening.units import format_quantity

if TYPE_CHECKING:
    from screening.fitting.experiment_design import Design
    from screening.fitting.fit_problem import FitProblem
    from screening.fitting.fit_result import FitResult
    from screening.fitting.fit_tables import PosteriorSettings
    from screening.fitting.parameters import FreeParameters
    from screening.fitting.posterior_draws import Posterior
    from screening.run.outcome import RunSummary


def fit(
    source: Annotated[str, typer.Argument(metavar="FIT.toml", help="a fit file")],
    out: Annotated[str, typer.Option(metavar="F.zarr", help="the new store of the fit")],
    starts: Annotated[int | None, typer.Option(metavar="N", help="number of starts, instead of the file's")] = None,
    plot: Annotated[str | None, typer.Option(metavar="FILE.png", help="data, model, residuals and profiles")] = None,
    posterior: Annotated[
        int | None,
        typer.Option(metavar="N", help="sample the posterior, N draws of each chain (extra bayes); 0 for none"),
    ] = None,
    posterior_plot: Annotated[
        str | None, typer.Option(metavar="FILE.png", help="marginals and pairs of the posterior")
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option("--global", metavar="N", help="posterior from N simulations of the priors (extra bayes)"),
    ] = None,
    simulations: Annotated[
        str | None,
        typer.Option(metavar="S.zarr", help="with --global: their store, new or to be used again"),
    ] = None,
    device: Device = None,
    threads: Threads = None,
    overwrite: Overwrite = False,
    data: Annotated[
        str | None, typer.Option(metavar="PATTERN|LIST.csv", help="fit every data set of these files, one by one")
    ] = None,
    workers: Annotated[int | None, typer.Option(metavar="N", help="with --data: fit in N processes")] = None,
    scheduler: Annotated[str | None, typer.Option(metavar="ADDRESS", help="with --data: a dask scheduler")] = None,
    cluster: Annotated[str | None, typer.Option(metavar="FILE", help="with --data: a cluster file")] = None,
) -> None:
    """Fit a model to measured curves: estimates, 95 % intervals, identifiability."""
    if data is not None:
        _refuse(
            {
                "--starts": starts,
                "--plot": plot,
                "--posterior": posterior,
                "--posterior-plot": posterior_plot,
                "--global": draws,
                "--simulations": simulations,
            },
            "beside --data",
        )
        _fit_datasets(source, data, out, device, threads, overwrite, (workers, scheduler, cluster))
        return
    _refuse({"--workers": workers, "--scheduler": scheduler, "--cluster": cluster}, "without --data")
    from screening.fitting.fit import fit as run_fit
    from screening.fitting.fit_problem import load_fit
    from screening.fitting.fit_store import FIT
    from screening.fitting.fit_summary import describe_fit
    from screening.store.small_store import check_dataset_target

    problem = load_fit(Path(source))
    check_figures(plot, posterior_plot)
    if draws is None:
        _refuse({"--simulations": simulations}, "without --global")
    else:
        _refuse({"--posterior": posterior}, "beside --global")
    sampling = None if draws is not None else _sampling(problem, posterior, posterior_plot)
    check_dataset_target(out, FIT, overwrite=overwrite)
    if draws is not None:
        from screening.fitting.population_monte_carlo import check_weights
        from screening.fitting.prior_simulations import simulate_prior

        check_weights()
        simulations = simulations or f"{out.rstrip('/').removesuffix('.zarr')}_simulations.zarr"
        simulate_prior(problem, draws, simulations, device=device, threads=threads)
        typer.echo(f"simulations: {simulations}")
    result = run_fit(problem, starts=starts, simulations=simulations, device=device, threads=threads)
    typer.echo("\n".join(describe_fit(result)))
    result.save(out, overwrite=overwrite)
    typer.echo(f"fit: {out}")
    if plot is not None:
        from screening.plot.fit_figure import plot_fit

        write_figure(plot_fit(result.to_dataset()), plot)
    if sampling is not None:
        _sample(result, sampling, out, posterior_plot, device)
    elif simulations is not None:
        from screening.fitting.global_posterior import global_posterior

        _keep(result, global_posterior(result, simulations, device=device, threads=threads), out, posterior_plot)
    if result.unreached:
        raise UnreachedTargetError("; ".join(result.unreached))


def _refuse(given: dict[str, object], when: str) -> None:
    name = next((name for name, value in given.items() if value is not None), None)
    if name is not None:
        raise StudyError(f"not understood {when}", got=name, fix="leave it out", where=name)


def _fit_datasets(
    source: str,
    data: str,
    out: str,
    device: str | None,
    threads: int | None,
    overwrite: bool,
    elsewhere: tuple[int | None, str | None, str | None],
) -> None:
    """Fit every data set into a store that `resume`, `status`, `show` and `report` understand."""
    from screening.fitting.batch_run import fit_datasets
    from screening.fitting.dataset_list import find_datasets
    from screening.fitting.fit_problem import read_fit
    from screening.run.workers import Placement

    placement = Placement(*elsewhere)
    placement.refuse_threads(threads)
    summary = fit_datasets(
        read_fit(source),
        Path(source).parent,
        find_datasets(data),
        out,
        device=device,
        threads=threads,
        overwrite=overwrite,
        placement=placement,
    )
    conclude_datasets(summary, out)


def conclude_datasets(summary: "RunSummary", out: str) -> None:
    """How many data sets were fitted, and why the others were not."""
    from screening.fitting.batch_run import reasons

    fitted = summary.n_candidates - summary.failed
    typer.echo(f"{fitted} of {summary.n_candidates} data sets fitted in {summary.seconds:.0f} s: {out}")
    for name, reason in reasons(out).items():
        typer.echo(f"not fitted: {name}: {reason}")
    typer.echo(f"next: sei-screen show {out} (the worst residuals first), sei-screen report {out} --html fits.html")


def _sampling(problem: "FitProblem", draws: int | None, plot: str | None) -> "PosteriorSettings | None":
    """What is to be sampled; nothing is loaded for a fit without."""
    settings = None
    if draws or (draws is None and problem.tables.posterior is not None):
        from screening.fitting.posterior import sampling_settings

        settings = sampling_settings(problem, draws)
    if settings is None and plot is not None:
        fix = "add --posterior N, or a table [posterior] to the fit file"
        raise StudyError("no posterior to draw", got=shown(plot), fix=fix, where="--posterior-plot")
    return settings


def _sample(result: "FitResult", settings: "PosteriorSettings", out: str, plot: str | None, device: str | None) -> None:
    """Sample the posterior of a stored fit and add it to the store."""
    from screening.fitting.posterior import sample_posterior
    from screening.run.interrupt import interrupts_at_once

    numbers = settings.model_dump()
    about = "{chains} x {draws} draws after {warm_up} steps".format(**numbers)
    typer.echo(f"sampling the posterior: {about}; the fit is stored already, Ctrl-C leaves it as it is", err=True)
    with interrupts_at_once():
        found = sample_posterior(result, numbers.pop("draws"), **numbers, device=device)
    _keep(result, found, out, plot)


def _keep(result: "FitResult", found: "Posterior", out: str, plot: str | None) -> None:
    """Print a posterior, add it to the store of its fit, and draw it."""
    from screening.fitting.fit_summary import describe_posterior

    typer.echo("\n".join(describe_posterior(found)))
    result.save(out, overwrite=True, posterior=found)
    typer.echo(f"posterior: {out}")
    if plot is not None:
        from screening.plot.posterior_figure import plot_posterior

        write_figure(plot_posterior(result.to_dataset(found)), plot)


def plan(
    sources: Annotated[
        list[str], typer.Argument(metavar="FIT.toml ...|R.zarr", help="fit files, or a run that draws from posteriors")
    ],
    at: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="where to plan; the middle of the bounds otherwise")
    ] = None,
    count: Annotated[int, typer.Option(metavar="N", help="voltammograms to choose")] = 3,
    noise: Annotated[
        float | None,
        typer.Option(
            metavar="X", help="error of a point over the largest current, 0.01; of a run that of a value, 0.1"
        ),
    ] = None,
    sort: Annotated[
        str | None, typer.Option(metavar="VAR", help="with R.zarr: the output that films are ranked by, as in show")
    ] = None,
    device: Device = None,
) -> None:
    """Which measurement tells most: of the free quantities of a fit, or of which film of a run is the best."""
    from screening.store.destination import is_result_store

    run = len(sources) == 1 and is_result_store(sources[0])
    noise = (0.1 if run else 0.01) if noise is None else noise
    if not 0 < noise < 1:
        raise StudyError("error of a point", got=f"{noise:g}", expected="above 0 and below 1", where="--noise")
    if run:
        from screening.results.next_experiment import plan_ranking, ranking_plan_lines
        from screening.results.ranking import open_store

        _refuse({"--at": at, "--device": device}, "of a run")
        found, now, measured = plan_ranking(open_store(sources[0], chunks=None), sort, noise)
        typer.echo("\n".join(ranking_plan_lines(found, now, measured, noise, count)))
        return
    _refuse({"--sort": sort}, "of a fit file")
    from screening.fitting.experiment_design import design_of, joint_design
    from screening.fitting.fit_problem import load_fit

    problems = {source: load_fit(Path(source)) for source in sources}
    designs = {
        source: design_of(problem, _values(problem, at or []), noise, device) for source, problem in problems.items()
    }
    joint = joint_design(designs) if len(designs) > 1 else designs[sources[0]]
    typer.echo("\n".join(describe_design(joint, problems[sources[0]].parameters, count)))


def describe_design(design: "Design", parameters: "FreeParameters", count: int) -> list[str]:
    """What each experiment would tell, and the best choice, in lines of text."""
    names = design.names
    rows = [("experiment", *names)]
    rows += [(label, *_uncertainties(design, parameters, [run])) for run, label in enumerate(design.experiments)]
    best = design.best(count)
    chosen = "; ".join(design.experiments[run] for run in best)
    together = ", ".join(
        f"{name} {text}" for name, text in zip(names, _uncertainties(design, parameters, best), strict=True)
    )
    lines = [*table_lines(rows), f"best {count}: {chosen}", f"together: {together}"]
    for first, second in combinations(names, 2):
        label = design.experiments[design.separating(first, second)]
        lines.append(f"{first} and {second}: best told apart by {label}")
    return lines


def _uncertainties(design: "Design", parameters: "FreeParameters", runs: Sequence[int]) -> list[str]:
    found = design.standard_uncertainty(runs)
    texts = []
    for entry in parameters.entries:
        size, (low, high) = found[entry.name], entry.bounds
        # beyond its bounds nothing is known
        if size > (math.log(high / low) if entry.logarithmic else high - low):
            texts.append("undetermined")
        else:
            texts.append(f"{100 * size:.2g} %" if entry.logarithmic else format_quantity(size, entry.unit, 2))
    return texts


def _values(problem: "FitProblem", given: list[str]) -> dict[str, float]:
    """Values of the free quantities, SI: those given, all or none."""
    entries = {entry.name: entry for entry in problem.parameters.entries}
    values: dict[str, float] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise StudyError("place of the plan", got=shown(text), expected="NAME=VALUE", where="--at")
        if name not in entries:
            raise unknown_name("free quantity", name, entries, where="--at")
        values[name] = quantity(value, entries[name].unit)
    if given:
        return values
    return {name: float(entry.box.to_value(0.5)) for name, entry in entries.items()}


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
