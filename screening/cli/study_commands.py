"""Commands that say what a study would run, and how far a run is."""

import json as json_text
import time
from typing import Annotated

import typer

from screening.cli.options import Samples, Store, Study

SECONDS_BETWEEN_LOOKS = 2.0


def validate(
    study: Study,
    samples: Samples = None,
    measure: Annotated[
        bool,
        typer.Option("--measure", help="compute for up to ten seconds, and say the minutes and core-hours of a run"),
    ] = False,
) -> None:
    """Check a study and print what would be run; writes nothing."""
    from screening.cli.summary import describe_study
    from screening.model.study_warnings import study_warnings
    from screening.run.loop import available_cores
    from screening.run.study_run import find_study

    chosen = find_study(study, samples=samples)
    typer.echo("\n".join(describe_study(chosen, available_cores())))
    for finding in study_warnings(chosen):
        typer.echo(f"warning: {finding}", err=True)
    if measure:
        from screening.model.study_evaluator import StudyEvaluator
        from screening.run.measured_cost import measure_cost
        from screening.run.study_run import calls_at_once

        evaluator = StudyEvaluator(chosen)
        typer.echo(str(measure_cost(evaluator, evaluator.block, calls_at_once(evaluator) or available_cores())))


def status(
    store: Store,
    follow: Annotated[
        bool, typer.Option("--follow", help="say it again whenever it changes, until the store is complete")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="one JSON object on one line")] = False,
) -> None:
    """How far a run is: finished, missing and failed candidates, speed, share of each worker."""
    from screening.run.completion import describe_status, run_status, status_facts, status_line

    found, said = run_status(store), ""
    while follow:
        line = json_text.dumps(status_facts(found)) if json else status_line(found)
        if line != said:
            typer.echo(line)
            said = line
        if found.complete:
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
        found = run_status(store)
    if not json:
        typer.echo("\n".join(describe_status(found, store)))
    elif not follow:
        typer.echo(json_text.dumps(status_facts(found)))
