"""What a design has to reach: one output made large, outputs within limits, and films that are allowed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from screening.config.study import Study
from screening.design.design_space import THICKNESS, free_quantities
from screening.errors import StudyError, shown, unknown_name
from screening.fitting.parameters import FreeParameters
from screening.model.asked_outputs import analysed_columns, outputs_of
from screening.model.derivatives import gradient_obstacle
from screening.sampling.distributions import Fixed, Range
from screening.store.columns import quantity
from screening.units import parse_quantity

_LIMIT = re.compile(r"\s*(\w+(?:\[[^\]]*\])?)\s*(<=|>=|<|>)\s*(.+?)\s*")


@dataclass(frozen=True)
class Limit:
    """An output (SI) that must stay below a value, or above it."""

    name: str
    value: float
    below: bool


@dataclass(frozen=True)
class FilmSpace:
    """An allowed film, by its number in the study, and its free quantities with their bounds."""

    film: int
    free: FreeParameters


@dataclass(frozen=True)
class DesignProblem:
    """A design inside the ranges of a study: the output made large or small, the limits, and the films that are allowed."""

    study: Study
    objective: str
    largest: bool
    limits: tuple[Limit, ...]
    films: tuple[FilmSpace, ...]

    @property
    def wanted(self) -> tuple[str, ...]:
        """Objective first, then what the limits are about."""
        return (self.objective, *(limit.name for limit in self.limits))


def pose_design(
    study: Study,
    *,
    maximise: str | None = None,
    minimise: str | None = None,
    limits: Sequence[str] = (),
    largest_thickness: str | None = None,
    smallest_thickness: str | None = None,
    phases: Sequence[str] | None = None,
    least_desolvation: str | None = None,
) -> DesignProblem:
    """Check what is asked of a design."""
    if (maximise is None) == (minimise is None):
        got = "neither" if maximise is None else "both"
        raise StudyError("objective of a design", got=got, expected="--maximise or --minimise", fix="give one output")
    units = output_units(study)
    objective = _labelled(study, maximise if maximise is not None else minimise or "", units, "")
    found = [_limit(study, text, units) for text in limits]
    obstacle = gradient_obstacle(study, [name.partition("[")[0] for name in (objective, *(one.name for one in found))])
    if obstacle:
        raise StudyError(obstacle, expected="segments of fixed duration", fix="remove the cut-offs")
    for text, below, option in ((largest_thickness, True, "largest"), (smallest_thickness, False, "smallest")):
        if text is not None:
            found.append(Limit(THICKNESS, _quantity(text, "length", f"--{option}-thickness"), below))
    barrier = None if least_desolvation is None else _quantity(least_desolvation, "energy", "--least-desolvation")
    films, reasons = [], []
    for number, name in enumerate(study.film_names):
        reason = _forbidden(study, number, phases)
        free = None if reason else _with_barrier(study, number, free_quantities(study, number), barrier)
        if free is None:
            reasons.append(f"{name}: {reason or 'a barrier below the least'}")
        elif not len(free):
            raise StudyError(
                "nothing to design", got=f"film {name} with fixed values", fix="give a quantity a distribution"
            )
        else:
            films.append(FilmSpace(number, free))
    if phases is not None:
        known = {phase for number in range(study.n_films) for phase in _phases(study, number)}
        for phase in phases:
            if phase not in known:
                raise unknown_name("phase of this study", phase, sorted(known), where="--phases")
    if not films:
        raise StudyError(
            "no film is allowed", got="; ".join(reasons), expected="at least one", fix="loosen the constraints"
        )
    return DesignProblem(study, objective, maximise is not None, tuple(found), tuple(films))


def output_units(study: Study) -> dict[str, str]:
    """Units of the outputs that change smoothly, by label: one for each scan rate where there are several."""
    units = {out.name: out.units for out in outputs_of(study)}
    return {label: units[name] for label, name, _ in analysed_columns(study)}


def _labelled(study: Study, name: str, units: dict[str, str], where: str) -> str:
    """The label that a user means: an output that has one value may be named without its scan rate."""
    if name in units:
        return name
    of_name = [label for label, output, _ in analysed_columns(study) if output == name]
    if len(of_name) == 1:
        return of_name[0]
    if of_name:
        raise StudyError(
            "an output of several scan rates", got=name, expected="one of " + ", ".join(of_name), fix="name the rate",
            where=where,
        )  # fmt: skip
    raise unknown_name("output", name, units, where=where)


def _limit(study: Study, text: str, units: dict[str, str]) -> Limit:
    match = _LIMIT.fullmatch(text)
    if match is None:
        raise StudyError(
            "cannot be read as a limit", got=shown(text), expected='an output and a value, such as "cell_voltage <= 5 V"',
            fix="correct it", where="--limit",
        )  # fmt: skip
    name, sign, value = match.groups()
    name = _labelled(study, name, units, "--limit")
    return Limit(name, float(value) if _is_number(value) else quantity(value, units[name]), sign.startswith("<"))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _quantity(text: str, dimension: str, where: str) -> float:
    try:
        return parse_quantity(text, dimension)
    except StudyError as error:
        raise error.at(where) from None


def _phases(study: Study, film: int) -> set[str]:
    found = set()
    for layer in study.films[film].layers:
        found |= {phase.label for phase in layer.mixture} or {layer.phase or layer.label}
    return found


def _forbidden(study: Study, film: int, phases: Sequence[str] | None) -> str:
    if not study.films[film].layers:
        return "a bare electrode"
    others = _phases(study, film) - set(phases) if phases is not None else set()
    return f"contains {', '.join(sorted(others))}" if others else ""


def _with_barrier(study: Study, film: int, free: FreeParameters, least: float | None) -> FreeParameters | None:
    """The free quantities with the barriers of outer faces raised; None where the film cannot have such a barrier."""
    if least is None:
        return free
    places = [place for place in study.places(film) if place.field == "interface_barrier"]
    if not places:
        return None
    entries = {entry.label: entry for entry in free.entries}
    for place in places:
        if isinstance(place.distribution, Fixed):
            if place.distribution.value < least:
                return None
            continue
        low, high = entries[place.label].bounds
        if high <= least:
            return None
        entries[place.label] = replace(entries[place.label], prior=Range(max(low, least), high))
    return FreeParameters(tuple(entries.values()))
