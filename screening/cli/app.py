"""Command line `sei-screen`.

Exit codes: 0 success, 1 the calculation failed, 2 bad input (a line for each fault on stderr: what, got, expected, fix;
nothing is written), 130 interrupted, 141 the reader of a pipe went away.
"""

import os
import re
import signal
import sys
from typing import Annotated, NoReturn

import typer

from screening.cli.compile_cache import remember_compiled
from screening.cli.design_commands import optimise, pareto
from screening.cli.examples import add_examples
from screening.cli.experiment_commands import experiment
from screening.cli.fit_commands import compare, fit, plan
from screening.cli.flags import as_typed, speaking, take_flags
from screening.cli.look_commands import draw, init, report, sensitivity, simulate
from screening.cli.options import (
    Cluster,
    Csv,
    Dashboard,
    Device,
    Overwrite,
    Quiet,
    Samples,
    Scheduler,
    Store,
    Study,
    Threads,
    Workers,
)
from screening.cli.study_commands import status, validate
from screening.cli.written_files import check_figures, write_csv, write_figure
from screening.errors import StudyError, StudyErrors, UnreachedTargetError, shown

BAD_INPUT, FAILED, INTERRUPTED, BROKEN_PIPE = 2, 1, 130, 141

app = typer.Typer(
    name="sei-screen",
    help="Screen solid-electrolyte-interphase layer stacks by simulated voltammetry.",
    epilog="Exit codes: 0 success, 1 the calculation failed, 2 bad input, 130 interrupted, 141 the reader of a pipe went away. "
    "--debug, --quiet and --verbose work behind every command. NO_COLOR is respected.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Shard = Annotated[
    str | None,
    typer.Option(metavar="I/N", help="compute the Ith of N parts of one store, each in its own process or array job"),
]


def _print_version(asked: bool) -> None:
    if asked:
        from screening.version import package_version

        typer.echo(f"sei-screen {package_version()}")
        raise typer.Exit()


@app.callback(invoke_without_command=True)
def _common(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", callback=_print_version, help="print the version")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="show the traceback of an error")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="print errors only")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="say versions, time and memory on stderr")] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def run(
    study: Study,
    out: Annotated[str, typer.Option(metavar="R.zarr", help="the new result store")],
    samples: Samples = None,
    device: Device = None,
    threads: Threads = None,
    chunk: Annotated[int | None, typer.Option(metavar="N", help="candidates written together")] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    cluster: Cluster = None,
    dashboard: Dashboard = None,
    shard: Shard = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="with --cluster: print the script of its jobs and start nothing")
    ] = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Evaluate all candidates of a study into a zarr store."""
    from screening.run.study_run import find_study, run_study

    chosen = find_study(study, samples=samples)
    if dry_run:
        from screening.run.batch_system import job_script
        from screening.store.destination import check_run_target

        check_run_target(out, overwrite)
        script, how_many = job_script(cluster)
        typer.echo(script)
        typer.echo(f"dry run: nothing was started; a run submits this {how_many} times", err=True)
        return
    summary = run_study(
        chosen,
        out,
        device=device,
        threads=threads,
        chunk=chunk,
        overwrite=overwrite,
        progress=not quiet,
        workers=workers,
        scheduler=scheduler,
        cluster=cluster,
        dashboard=dashboard,
        shard=shard,
    )
    _conclude(summary, chosen, out, quiet)


@app.command()
def resume(
    store: Store,
    samples: Annotated[
        int | None, typer.Option(metavar="N", help="grow the study to N samples of each film first")
    ] = None,
    device: Device = None,
    threads: Threads = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    cluster: Cluster = None,
    dashboard: Dashboard = None,
    quiet: Quiet = False,
) -> None:
    """Continue an interrupted run; finished chunks are never recomputed or lost."""
    from screening.config.study import parse_study
    from screening.run.study_run import resume as resume_run
    from screening.store.destination import read_attributes

    if "batch_fit" in read_attributes(store):
        from screening.cli.fit_commands import conclude_datasets
        from screening.fitting.batch_run import resume_datasets
        from screening.run.workers import Placement

        placement = Placement(workers, scheduler, cluster, dashboard)
        placement.refuse_threads(threads)
        told = {"device": device, "threads": threads, "progress": not quiet, "placement": placement}
        conclude_datasets(resume_datasets(store, **told), store)
        return
    summary = resume_run(
        store,
        samples=samples,
        device=device,
        threads=threads,
        progress=not quiet,
        workers=workers,
        scheduler=scheduler,
        cluster=cluster,
        dashboard=dashboard,
    )
    attributes = read_attributes(store)
    _conclude(summary, parse_study(attributes["study"], samples=attributes["samples"]), store, quiet)


@app.command()
def show(
    store: Store,
    top: Annotated[int | None, typer.Option(metavar="N", help="rows; 20 on screen, all in CSV if left out")] = None,
    sort: Annotated[
        str | None, typer.Option(metavar="VAR", help="variable or expression, largest first; -VAR smallest first")
    ] = None,
    where: Annotated[
        str | None, typer.Option(metavar="EXPR", help="condition, such as 'peak_potential > -0.2 V'")
    ] = None,
    csv: Csv = None,
    plot: Annotated[str | None, typer.Option(metavar="FILE.png", help="distributions and best stacks")] = None,
    columns: Annotated[
        str | None, typer.Option(metavar="LIST", help="columns by name, parted by commas; all for every one")
    ] = None,
    per_film: Annotated[bool, typer.Option("--per-film", help="one row for each film: median and best")] = False,
    threshold: Annotated[
        str | None, typer.Option(metavar="QUANTITY", help="with --per-film, the share that passes: '50 mA/cm2'")
    ] = None,
) -> None:
    """Rank the candidates of a run: a table, a row for each film, CSV, or a figure."""
    from screening.results.ranking import open_store, rank
    from screening.results.ranking_table import show_ranking, write_ranking

    check_figures(plot)
    results = open_store(store, chunks=None)
    if csv is not None:
        # before the file is opened, because a wrong expression must not leave an empty one
        ranking = rank(results, sort, top, where)
        write_csv(csv, lambda file: write_ranking(ranking, file), f"{len(ranking.candidates):,} rows")
    elif per_film or threshold is not None:
        from screening.results.film_summary import show_films

        show_films(store, sort=sort, threshold=threshold, where=where)
    else:
        chosen = None if columns is None else re.split(r"\s*,\s*(?![^\[]*\])", columns.strip())
        show_ranking(rank(results, sort, 20 if top is None else top, where), chosen)
    if plot is not None:
        from screening.plot.ranking_figure import plot_ranking

        write_figure(plot_ranking(results, sort, where), plot, csv)


@app.command()
def phases(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="one phase or electrolyte: all its values")] = None,
) -> None:
    """The known phases and electrolytes; with NAME every value and contact with its quality and source."""
    from screening.errors import unknown_name
    from screening.materials.contacts import describe_contacts
    from screening.materials.listing import describe_material, list_materials
    from screening.materials.phases import known_electrolytes, known_phases

    known = {**known_phases(), **known_electrolytes()}
    if name is not None and name not in known:
        raise unknown_name("phase", name, known)
    of_one = [] if name is None else [*describe_material(known[name]), *describe_contacts(name)]
    typer.echo("\n".join(of_one or list_materials(known.values())))


@app.command()
def bench(
    json: Annotated[str | None, typer.Option(metavar="FILE", help="write the numbers as JSON; - is stdout")] = None,
    candidates: Annotated[int, typer.Option(metavar="N", help="stacks of one timed pass")] = 8192,
    steps: Annotated[int | None, typer.Option(metavar="N", help="base steps, instead of the default")] = None,
    threads: Threads = None,
    device: Device = None,
    full: Annotated[
        bool, typer.Option("--full", help="also other ways to compute the same, see the documentation")
    ] = False,
) -> None:
    """Speed of this machine in voltammograms per second, with the error reached."""
    from screening.bench.screening_speed import run_bench

    run_bench(json, candidates=candidates, steps=steps, threads=threads, device=device, full=full)


app.command()(status)
app.command()(validate)
app.command()(fit)
app.command()(plan)
app.command()(compare)
# an objective such as -peak_potential is no option
app.command(context_settings={"ignore_unknown_options": True})(pareto)
app.command()(optimise)
app.command()(init)
app.command()(simulate)
app.command()(draw)
app.command()(report)
app.command()(sensitivity)
app.add_typer(experiment, name="experiment")
add_examples(app)


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # how batch systems end a job: as by Ctrl-C
    remember_compiled(os.environ)
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run one command, as typed after `sei-screen`, and turn every error into one line on stderr; gives the exit code.

    Example:
        >>> run_command(["phases", "LiX"])
        2
    """
    # accepted behind the command too, where people put them
    flags, arguments = take_flags(arguments)
    with speaking(flags):
        return _run(arguments, flags.debug)


def _run(arguments: list[str], debug: bool) -> int:
    try:
        code = app(arguments, prog_name="sei-screen", standalone_mode=False)
        sys.stdout.flush()
        if code == INTERRUPTED:  # what typer makes of Ctrl-C
            return _complain("interrupted", INTERRUPTED)
        return code if isinstance(code, int) else 0
    except BrokenPipeError:
        return _end_of_pipe()
    except SystemExit as error:
        # typer leaves so, with exit code 1, where a pipe breaks inside a command
        if isinstance(error.__context__, BrokenPipeError):
            return _end_of_pipe()
        raise
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except Exception as error:
        if debug:
            raise
        return _refuse(error, arguments)


def _refuse(error: Exception, arguments: list[str]) -> int:
    from screening.run.outcome import ChunkError, RunInterrupted, StoreError, WorkersLost

    if isinstance(error, StudyErrors):
        print("\n".join([f"sei-screen: {len(error.faults)} faults", *map(str, error.faults)]), file=sys.stderr)
        return BAD_INPUT
    if isinstance(error, StudyError):
        return _complain(str(error), BAD_INPUT)
    if isinstance(error, RunInterrupted | ChunkError | StoreError | WorkersLost | UnreachedTargetError):
        return _complain(str(error), error.exit_code)
    if hasattr(error, "format_message"):  # what typer says about wrong options
        path = getattr(getattr(error, "ctx", None), "command_path", "sei-screen")
        got = _given(arguments, getattr(getattr(error, "param", None), "opts", []))
        return _complain(f"{error.format_message().rstrip('.')}{got}; see {path} --help", BAD_INPUT)  # type: ignore[attr-defined]
    if isinstance(error, MemoryError):
        return _complain("out of memory; use fewer threads or fewer steps", FAILED)
    return _complain(f"{type(error).__name__}: {error}; --debug shows where", FAILED)


def _given(arguments: list[str], names: list[str]) -> str:
    """What stands after an option, which typer's message leaves out."""
    for place, argument in enumerate(arguments):
        option, equals, value = argument.partition("=")
        if option in names and (equals or place + 1 < len(arguments)):
            return f", got {shown(value if equals else arguments[place + 1])}"
    return ""


def _end_of_pipe() -> int:
    # the interpreter flushes stdout once more at its end
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE


def _complain(text: str, code: int) -> int:
    print("sei-screen: " + " ".join(text.split()), file=sys.stderr)
    return code


def _conclude(summary, study, out: str, quiet: bool) -> None:
    if quiet:
        return
    from screening.cli.summary import describe_run

    then = f"status {out}" if summary.missing else f"show {out} --top 10"
    typer.echo("\n".join([*describe_run(summary, study), f"next: {as_typed()} {then}"]))
