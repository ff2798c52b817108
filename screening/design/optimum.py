"""The best film of a study, and with an ammonia study its operating point."""

import os
from collections.abc import Sequence

from kernels.ammonia import attained_targets
from screening.config.study import AmmoniaStudy, Study
from screening.design.design_problem import DesignProblem, output_units, pose_design
from screening.design.design_space import THICKNESS
from screening.design.search import Optimum, Sensitivity, optimise_film
from screening.errors import StudyError, shown
from screening.run.study_run import find_study
from screening.units import format_quantity


def optimise(
    study: Study | str | os.PathLike[str],
    *,
    maximise: str | None = None,
    minimise: str | None = None,
    limits: Sequence[str] = (),
    largest_thickness: str | None = None,
    smallest_thickness: str | None = None,
    phases: Sequence[str] | None = None,
    least_desolvation: str | None = None,
    starts: int = 8,
    seed: int = 0,
    device: str | None = None,
) -> tuple[Optimum, ...]:
    """Best layer stack and operating point inside the ranges of a study, by gradients.

    Args:
        study: a study, its file or its name. What it varies is free within the ends of the
            distributions; every film is optimised on its own.
        maximise: output to make large, such as "limiting_current_density"; with several scan rates one of them is named,
            "peak_current_density[scan_rate=100 mV/s]". Or
        minimise: output to make small.
        limits: such as "cell_voltage <= 5 V".
        largest_thickness: of all layers together, such as "20 nm".
        smallest_thickness: likewise.
        phases: the only ones that films may contain; all if None.
        least_desolvation: barrier below which no outer face may be, such as "0.41 eV".
        starts: number of starts of each film.
        seed: their random seed.
        device: "cpu" or "gpu"; JAX's default if None.

    Returns:
        the best design of each allowed film, best first; films that cannot keep the limits come last.

    Raises:
        StudyError: a protocol with cut-offs, an unknown output, limit or phase, or no film left.

    Example:
        `sei.optimise("ammonia_screen", maximise="mean_ammonia_rate", limits=["energy_efficiency >= 0.25"])[0].outputs`
    """
    check_starts(starts)
    problem = pose_design(
        study if isinstance(study, Study) else find_study(study),
        maximise=maximise,
        minimise=minimise,
        limits=limits,
        largest_thickness=largest_thickness,
        smallest_thickness=smallest_thickness,
        phases=phases,
        least_desolvation=least_desolvation,
    )
    return optimise_problem(problem, starts=starts, seed=seed, device=device)


def check_starts(starts: int) -> None:
    """Refuse a number of starts that is none."""
    if isinstance(starts, bool) or not isinstance(starts, int) or starts < 1:
        expected = "a whole number of at least 1"
        raise StudyError("number of starts", got=shown(starts), expected=expected, fix="8 is usual", where="--starts")


def optimise_problem(
    problem: DesignProblem, *, starts: int = 8, seed: int = 0, device: str | None = None
) -> tuple[Optimum, ...]:
    """As `optimise`, of a design that is already posed."""
    found = [optimise_film(problem, space, starts=starts, seed=seed, device=device) for space in problem.films]
    sign = -1.0 if problem.largest else 1.0
    return tuple(sorted(found, key=lambda one: (not one.kept, sign * one.objective)))


def describe_designs(problem: DesignProblem, designs: Sequence[Optimum]) -> list[str]:
    """Designs in lines of text: the best in full, the others by their objective."""
    best = designs[0]
    units = _units(problem)
    verb = "largest" if problem.largest else "smallest"
    shown_value = format_quantity(best.objective, units[problem.objective])
    lines = [f"{verb} {problem.objective}: {shown_value}, film {best.film}{'' if best.kept else ', A LIMIT IS BROKEN'}"]
    reached = [value for value in best.starts.tolist() if value == value]
    agreeing = sum(abs(value - best.objective) <= 1e-3 * abs(best.objective) for value in reached)
    lines.append(f"  {agreeing} of {len(best.starts)} starts agree within 0.1 %, {best.evaluations} evaluations")
    for limit in problem.limits:
        sign = "<=" if limit.below else ">="
        value = format_quantity(best.outputs[limit.name], units[limit.name])
        lines.append(f"  limit {limit.name} {sign} {format_quantity(limit.value, units[limit.name])}: {value}")
    lines.append(
        f"quantities; {problem.objective} changes when one alone moves by a twentieth of its range, down and up:"
    )
    width = max(len(row.name) for row in best.sensitivity)
    lines += [_row(row, width, units[problem.objective]) for row in best.sensitivity]
    if isinstance(problem.study, AmmoniaStudy):
        lines.append(_targets(best))
    ordered = {name: best.outputs[name] for name in units}
    lines.append("there:")
    lines += [f"  {name} = {format_quantity(value, units[name])}" for name, value in ordered.items()]
    for other in designs[1:]:
        value = format_quantity(other.objective, units[problem.objective])
        lines.append(f"film {other.film}: {value}{'' if other.kept else ', a limit is broken'}")
    return lines


def _targets(best: Optimum) -> str:
    """How near the design comes to the targets of the REFUEL programme, by the clock."""
    found = attained_targets(
        best.outputs["current_density_mean"],
        best.outputs["faradaic_efficiency"],
        best.outputs["energy_efficiency"],
        float("inf"),
    )
    named = ("current", "rate", "faradaic_efficiency", "energy_efficiency")
    return "of the REFUEL targets: " + ", ".join(f"{name} {float(found[name]):.0%}" for name in named)


def _row(row: Sensitivity, width: int, unit: str) -> str:
    value = format_quantity(row.value, row.unit)
    low, high = (format_quantity(bound, row.unit) for bound in row.bounds)
    changes = ", ".join(
        "-" if change != change else f"{format_quantity(change, unit, digits=3)}"
        for change in (row.change_down, row.change_up)
    )
    bound = f", at its {row.at_bound} bound" if row.at_bound else ""
    return f"  {row.name:<{width}} = {value} ({low} to {high}{bound}): {changes}"


def _units(problem: DesignProblem) -> dict[str, str]:
    return output_units(problem.study) | {THICKNESS: "m"}
