"""What a design has to reach: one output made large, outputs within limits, and films that are allowed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from screening.config.study import Study
from screening.design.design_space import free_quantities
from screening.errors import StudyError, shown, unknown_name
from screening.fitting.parameters import FreeParameters
from screening.model.ammonia_outputs import ammonia_outputs
from screening.sampling.distributions import Fixed, Range
from screening.store.columns import quantity
from screening.units import parse_quantity

_LIMIT = re.compile(r"\s*(\w+)\s*(<=|>=|<|>)\s*(.+?)\s*")
THICKNESS = "total_thickness"


@dataclass(frozen=True)
class Limit:
    """An output that must stay on one side of a value.

    Attributes:
        name: of the output.
        value: SI.
        below: whether it must not exceed the value.
    """

    name: str
    value: float
    below: bool


@dataclass(frozen=True)
class FilmSpace:
    """One allowed film and its free quantities.

    Attributes:
        film: number in the study.
        free: quantities with their bounds.
    """

    film: int
    free: FreeParameters


@dataclass(frozen=True)
class DesignProblem:
    """A design.

    Attributes:
        study: with a table [ammonia]; its ranges are the space.
        objective: name of the output.
        largest: whether it is made large.
        limits: on outputs and on the total thickness.
        films: those that are allowed.
    """

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
    """Check what is asked of a design.

    Args:
        study: an ammonia study whose varied quantities are free within the ends of their distributions.
        maximise: output to make large, or
        minimise: output to make small.
        limits: such as "cell_voltage <= 5 V", on outputs.
        largest_thickness: of all layers together, with its unit.
        smallest_thickness: likewise.
        phases: the only ones that films may contain; all if None.
        least_desolvation: barrier below which no outer face may be, with its unit; faces without a barrier are excluded.

    Returns:
        DesignProblem.

    Raises:
        StudyError: an output, a limit or a phase that does not exist, or no film left.
    """
    if study.ammonia is None:
        raise StudyError(
            "a design needs the outputs of an ammonia study",
            got="no [ammonia]",
            expected="a table [ammonia]",
            fix="add it",
        )
    if (maximise is None) == (minimise is None):
        got = "neither" if maximise is None else "both"
        raise StudyError("objective of a design", got=got, expected="--maximise or --minimise", fix="give one output")
    units = output_units(study)
    objective = maximise if maximise is not None else minimise or ""
    if objective not in units:
        raise unknown_name("output", objective, units)
    found = [_limit(text, units) for text in limits]
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
    """Units of the outputs that change smoothly."""
    return {out.name: out.units for out in ammonia_outputs(study) if out.dtype == "float64"}


def _limit(text: str, units: dict[str, str]) -> Limit:
    match = _LIMIT.fullmatch(text)
    if match is None:
        raise StudyError(
            "cannot be read as a limit", got=shown(text), expected='an output and a value, such as "cell_voltage <= 5 V"',
            fix="correct it", where="--limit",
        )  # fmt: skip
    name, sign, value = match.groups()
    if name not in units:
        raise unknown_name("output", name, units, where="--limit")
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
    places = [place for place in study._places(film) if place.field == "interface_barrier"]
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
