"""Commands of `sei-screen` for the experiments that ship with the package.

The package `experiments` builds on this one, never the other way round, so it is looked up by name when a command needs it,
as packaged studies are.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from screening.errors import StudyError, near_matches, shown

experiment = typer.Typer(help="Published systems: reference beside model, with verdicts.")


def _package(module: str) -> Any:
    from screening.run.study_run import PACKAGE_OF_STUDIES

    try:
        return import_module(f"{PACKAGE_OF_STUDIES}.{module}")
    except ModuleNotFoundError as error:
        raise StudyError(
            "experiments are not installed",
            got=str(error),
            expected="the package experiments",
            fix="install sei-screening",
        ) from error


@experiment.command("list")
def list_experiments() -> None:
    """The experiments by name."""
    catalogue = _package("catalogue")
    for name in catalogue.NAMES:
        typer.echo(f"{name:14} {catalogue.find_experiment(name).title}")


@experiment.command("run")
def run_experiments(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="an experiment, see `experiment list`")] = None,
    everything: Annotated[bool, typer.Option("--all", help="every experiment, and one page index.html")] = False,
    out: Annotated[
        str, typer.Option(metavar="DIR", help="folder for tables, figures, stores and the page")
    ] = "experiments-out",
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="a parameter of NAME in SI; may be repeated")
    ] = None,
) -> None:
    """Compare one experiment, or all, with what its source reports."""
    catalogue, report = _package("catalogue"), _package("experiment_report")
    if everything == (name is not None):
        raise StudyError(
            "which experiment", got="both" if name else "neither", expected="a NAME or --all", fix="give one of them"
        )
    if everything and change:
        raise StudyError(
            "a parameter belongs to one experiment",
            got="--all",
            expected="a NAME",
            fix="name the experiment",
            where="--set",
        )
    chosen = [_found(catalogue, one) for one in (catalogue.NAMES if name is None else (name,))]
    changes = _changes(chosen[0], change or [])
    folder = _folder(out)
    for one in chosen:  # before the first is computed, so that a refusal writes nothing
        _package("experiment_store").place_of(folder, one.name)
    outcomes = [report.run_experiment(one, folder, changes) for one in chosen]
    for outcome in outcomes:
        typer.echo("\n".join(report.describe(outcome.experiment, outcome.rows)))
        typer.echo(f"table: {outcome.table}\nfigure: {outcome.figure}\nstore: {outcome.store}")
    if everything:
        typer.echo(f"page: {report.write_index(outcomes, folder)}")


def _found(catalogue: Any, name: str) -> Any:
    if name in catalogue.NAMES:
        return catalogue.find_experiment(name)
    near = near_matches(name, catalogue.NAMES)
    raise StudyError(
        "no such experiment",
        got=shown(name, 200),
        expected=f"one of {', '.join(catalogue.NAMES)}",
        fix=f'did you mean "{near[0]}"?' if near else "see sei-screen experiment list",
    )


def _changes(chosen: Any, texts: list[str]) -> dict[str, float]:
    """Parameters as typed, each NAME=VALUE."""
    changes = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name not in chosen.parameters:
            near = near_matches(name, chosen.parameters) or list(chosen.parameters)[:1]
            raise StudyError(
                "no such parameter", got=shown(text), expected=f"one of {', '.join(chosen.parameters)}",
                fix=f'did you mean "{near[0]}"?', where="--set",
            )  # fmt: skip
        try:
            changes[name] = float(value)
        except ValueError:
            raise StudyError(
                "not a number",
                got=shown(text),
                expected="NAME=VALUE in SI units",
                fix=f"write {name}={chosen.parameters[name]:g}",
                where="--set",
            ) from None
    return changes


def _folder(out: str) -> Path:
    folder = Path(out)
    above = next((path for path in (folder, *folder.absolute().parents) if path.exists()), Path("/"))
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise StudyError(
            "cannot be written", got=shown(out, 200), expected="a folder", fix="choose another", where="--out"
        )
    return folder
