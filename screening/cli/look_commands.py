"""Commands that show what was found, and the one that writes a study to begin with."""

import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screening.cli.flags import as_typed
from screening.cli.options import Candidate, Device, Overwrite, Samples, Study, StudyOrStore, Threads
from screening.cli.written_files import check_figures, write_csv, write_figure
from screening.errors import StudyError
from screening.store.new_file import not_writable, path_error

if TYPE_CHECKING:
    from screening.config.study import Study as CheckedStudy


def init(
    file: Annotated[str, typer.Argument(metavar="FILE", help="the new study file; - is stdout")] = "study.toml",
    salt: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="the film that this salt leaves on lithium, as a prior, with its sources"),
    ] = None,
) -> None:
    """Write a commented study to begin with."""
    from screening.materials.salts import salt_study

    text = starter_text() if salt is None else salt_study(salt)
    if file == "-":
        typer.echo(text, nl=False)
        return
    write_starter(file, text)
    typer.echo(f"study: {file}\nnext: {as_typed()} validate {file}")


def study_or_store(text: str, samples: int | None = None) -> "CheckedStudy":
    """A study by file or name, or that of a result store."""
    from screening.run.study_run import find_study
    from screening.store.destination import is_result_store

    if not is_result_store(text):
        return find_study(text, samples=samples)
    from screening.api.accessor import open_results

    if samples is not None:
        raise StudyError(
            "samples of a store", got=str(samples), expected="those of its run", fix="leave it out", where="--samples"
        )
    return open_results(text, chunks=None).sei.study


def simulate(
    study: StudyOrStore,
    candidate: Candidate = 0,
    plot: Annotated[str | None, typer.Option(metavar="FILE.png", help="figure of the curves")] = None,
    csv: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="write time, potential and current; - is stdout")
    ] = None,
    out: Annotated[str | None, typer.Option(metavar="R.zarr", help="store of the curves")] = None,
    samples: Samples = None,
    device: Device = None,
    overwrite: Overwrite = False,
) -> None:
    """Full curves of one candidate."""
    from screening.api.simulate_study import CURVES, save_curves, simulate_study
    from screening.results.export import write_curves
    from screening.store.small_store import check_dataset_target

    chosen = study_or_store(study, samples)
    check_figures(plot)
    if out is not None:
        check_dataset_target(out, CURVES, overwrite=overwrite)
    curves = simulate_study(chosen, candidate, device=device)
    from screening.cli.summary import describe_curves

    typer.echo("\n".join(describe_curves(curves)), err=csv == "-")
    if csv is not None:
        write_csv(csv, lambda file: write_curves(curves, file), "points")
    if out is not None:
        save_curves(curves, out, overwrite=overwrite)
        typer.echo(f"curves: {out}", err=csv == "-")
    if plot is not None and int(curves.status) == 1:
        from screening.plot.curve_figures import plot_curves

        write_figure(plot_curves(curves), plot, csv)
    if int(curves.status) != 1:
        raise typer.Exit(1)


def draw(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="profiles, impedance or layers")],
    study: StudyOrStore,
    plot: Annotated[str, typer.Option(metavar="FILE.png", help="the figure; .png, .svg or .pdf")],
    candidate: Candidate = 0,
    device: Device = None,
) -> None:
    """A figure of one candidate: concentration profiles, impedance, or its layers to scale."""
    from screening.plot.candidate_figure import draw_candidate

    check_figures(plot)
    write_figure(draw_candidate(kind, study_or_store(study), candidate, device=device), plot)


def report(
    store: Annotated[str, typer.Argument(metavar="R.zarr|F.zarr", help="a result store, or the store of a fit")],
    html: Annotated[str, typer.Option(metavar="FILE.html", help="the page")],
    sort: Annotated[str | None, typer.Option(metavar="VAR", help="what to rank by, as in show")] = None,
    where: Annotated[str | None, typer.Option(metavar="EXPR", help="which candidates to rank, as in show")] = None,
    sensitivity: Annotated[
        str | None, typer.Option(metavar="S.zarr", help="of `sei-screen sensitivity --out`, shown on the page")
    ] = None,
) -> None:
    """One self-contained page about a run or a fit, which a browser shows without a network."""
    from screening.report.report_file import write_report

    typer.echo(f"report: {write_report(store, html, sort=sort, where=where, sensitivity=sensitivity)}")


def sensitivity(
    study: Study,
    samples: Annotated[
        int, typer.Option(metavar="N", help="base samples of each film; n inputs take (n + 2) N candidates")
    ] = 256,
    what: Annotated[str, typer.Option(metavar="all|indices|gradients", help="what to compute")] = "all",
    candidate: Annotated[
        int | None, typer.Option(metavar="I", help="where the gradients are taken; the middle of the space if left out")
    ] = None,
    output: Annotated[list[str] | None, typer.Option(metavar="NAME", help="an output; repeat it for more")] = None,
    log: Annotated[bool, typer.Option("--log", help="indices of the logarithm of outputs that have one sign")] = False,
    csv: Annotated[str | None, typer.Option("--csv", metavar="FILE", help="write all numbers; - is stdout")] = None,
    plot: Annotated[str | None, typer.Option(metavar="FILE.png", help="a figure; .png, .svg or .pdf")] = None,
    out: Annotated[str | None, typer.Option(metavar="S.zarr", help="a store, for report --sensitivity")] = None,
    overwrite: Overwrite = False,
    device: Device = None,
    threads: Threads = None,
) -> None:
    """Which input decides which output: Sobol' indices, rank correlations and local gradients."""
    from screening.errors import unknown_name
    from screening.model.derivatives import gradient_obstacle
    from screening.model.draws import draw_candidates
    from screening.run.study_run import find_study
    from screening.sensitivities.gradients import study_gradients
    from screening.sensitivities.sensitivity_store import SENSITIVITIES, save_sensitivity
    from screening.sensitivities.sensitivity_table import describe_sensitivity, write_sensitivity
    from screening.sensitivities.study_sensitivity import study_sensitivity
    from screening.store.small_store import check_dataset_target

    if what not in ("all", "indices", "gradients"):
        raise unknown_name("kind of sensitivity", what, ("all", "indices", "gradients"), where="--what")
    check_figures(plot)
    if out is not None:
        check_dataset_target(out, SENSITIVITIES, overwrite=overwrite)
    chosen, found = find_study(study), None
    obstacle = gradient_obstacle(chosen, output) if what == "all" else ""
    if candidate is not None:
        draw_candidates(chosen, candidate, candidate + 1)  # said before anything is computed
    if what != "gradients":
        found = study_sensitivity(
            chosen, samples=samples, outputs=output, logarithm=log, device=device, threads=threads
        )
    if what != "indices" and not obstacle:
        gradients = study_gradients(chosen, candidate=candidate, outputs=output, device=device)
        both = gradients if found is None else found.merge(gradients)
        found = both.assign_attrs(point=gradients.attrs["point"])
    assert found is not None
    if csv != "-":
        typer.echo("\n".join(describe_sensitivity(found)))
    if obstacle:
        typer.echo(obstacle, err=csv == "-")
    if csv is not None:
        write_csv(csv, lambda file: write_sensitivity(found, file), "indices")
    if out is not None:
        typer.echo(f"sensitivities: {save_sensitivity(found, out, overwrite=overwrite)}", err=csv == "-")
    if plot is not None:
        from screening.plot.sensitivity_figure import plot_sensitivity

        write_figure(plot_sensitivity(found), plot, csv)


def starter_text() -> str:
    """The commented study to begin with."""
    return (files("screening") / "starter.toml").read_text(encoding="utf-8")


def write_starter(path: str | os.PathLike[str], text: str) -> None:
    """Write a study to begin with into a new file."""
    target = Path(path)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        fix = "choose another name; nothing is replaced"
        raise path_error("exists already", path, "a new file", fix, "FILE") from None
    except (OSError, ValueError) as error:
        reason = error if isinstance(error, OSError) else str(error)
        raise not_writable(path, reason, "FILE", "a file in an existing folder") from None
