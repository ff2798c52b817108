"""How models of one comparison stand to each other: whether their data are the same, and which is a special case of which."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from screening.errors import StudyError
from screening.fitting.background import LINE, NONE
from screening.fitting.fit_problem import FitProblem
from screening.fitting.fit_tables import MEASUREMENT_FIELDS


def check_same_data(one: FitProblem, name: str, other: FitProblem, other_name: str) -> None:
    """Refuse models that are fitted to other measurements, other points of them, or other uncertainties."""
    parts = {
        "targets": lambda problem: (problem.names, [scalar.kind for scalar in problem.layout.scalars]),
        "potentials": lambda problem: problem.potential,
        "currents": lambda problem: problem.data.current,
        "uncertainties of currents": lambda problem: problem.data.weight,
        "values": lambda problem: problem.data.value,
        "uncertainties of values": lambda problem: problem.data.scalar_weight,
        "spectra": lambda problem: [np.asarray(part) for spectrum in problem.data.spectra for part in spectrum],
    }
    for part, values in parts.items():
        if not _equal(values(one), values(other)):
            raise StudyError(
                "models of different data cannot be compared",
                got=f"other {part} in {name} than in {other_name}",
                expected="the same [[target]] tables",
                fix="give all fit files the same data, window, points and uncertainties",
                where="compare",
            )


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    return np.array_equal(one, other)


def special_case(small: FitProblem, large: FitProblem) -> bool | None:
    """Whether a model that is a special case of another lies at a bound of it; None where it is no special case.

    It is one where it fixes some of what the other frees, at values within the bounds there, and both agree in the rest.
    """
    mine, theirs = ({one.label: one for one in problem.parameters.entries} for problem in (small, large))
    kinds = (small.tables.measurement.background, large.tables.measurement.background)
    wider = kinds[0] == kinds[1] or kinds[0] == NONE or kinds[1] == LINE
    plain = [replace(problem.form, labels=(), columns=()) for problem in (small, large)]
    if mine.keys() - theirs.keys() or not wider or plain[0] != plain[1]:
        return None
    if mine.keys() == theirs.keys() and kinds[0] == kinds[1]:
        return None
    values, wanted = _fixed(small), _fixed(large)
    at_bound = False
    for label in values.keys() | wanted.keys():
        if label in mine:
            continue
        if label not in theirs:
            if values.get(label) != wanted.get(label):
                return None
            continue
        low, high = theirs[label].bounds
        if not low <= values.get(label, math.nan) <= high:
            return None
        at_bound |= values[label] in (low, high)
    return at_bound


def _fixed(problem: FitProblem) -> dict[str, float]:
    """Values by label of what a fit file fixes, [measurement] included; NaN where it is free."""
    found = dict(zip(problem.form.labels, problem.values.tolist(), strict=True))
    measurement = problem.tables.measurement
    return found | {f"measurement.{name}": getattr(measurement, name).nominal for name in MEASUREMENT_FIELDS}
