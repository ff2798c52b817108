"""From measured operating points to arrays: which points are distinct, and what each number is compared with."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from screening.config.ammonia_table import AmmoniaTable
from screening.config.environment import Conditions, ElectrolyteTable
from screening.config.study import AmmoniaStudy
from screening.errors import StudyError
from screening.fitting.fit_tables import FitTables
from screening.fitting.operating_point_target import CONDITIONS, MeasuredPoint, OperatingPointTarget, rule_of
from screening.fitting.placed_targets import PlacedTargets, number_weight
from screening.fitting.residuals import ResidualLayout, ScalarTarget, TargetData
from screening.fitting.target_tables import SteadyTarget
from screening.sampling.distributions import Fixed
from screening.units import DIMENSIONS

_TABLES = {"ammonia": AmmoniaTable, "conditions": Conditions, "electrolyte": ElectrolyteTable}


def with_conditions(raw: dict[str, Any], points: Sequence[MeasuredPoint]) -> dict[str, Any]:
    """The tables of a study with conditions of the first point where they leave out what every point brings along."""
    tables = dict(raw)
    for name in dict.fromkeys(name for point in points for name in point.conditions):
        key = CONDITIONS[name]
        table = tables.get(key, {})
        usual = _TABLES[key].model_fields[name].default
        if not isinstance(table, dict) or name in table or isinstance(usual, Fixed):
            continue
        lacking = next((point for point in points if name not in point.conditions), None)
        if lacking is not None:
            fix = f"give it for every point, or {name} in [{key}] for the others"
            raise StudyError("condition of some points only", got="nothing", fix=fix, where=f"{lacking.where}.{name}")
        unit = DIMENSIONS[rule_of(name).dimension].si
        tables[key] = {**table, name: f"{points[0].conditions[name]!r} {unit}".rstrip()}
    return tables


def place_points(tables: FitTables, study: AmmoniaStudy, points: Sequence[MeasuredPoint]) -> PlacedTargets:
    """Place all targets of a fit of an ammonia cell.

    Args:
        tables: of the fit file.
        study: the rest of it.
        points: measured numbers of its operating points.

    Returns:
        PlacedTargets; runs are the distinct operating points.

    Raises:
        StudyError: a target that no operating point has, or a condition that cannot be used.
    """
    steady = []
    for place, target in enumerate(tables.targets):
        if isinstance(target, SteadyTarget):
            steady.append((target, target.name or f"target[{place}]"))
        elif not isinstance(target, OperatingPointTarget):
            raise StudyError(
                "target outside the model's reach: a cell of [ammonia] has no voltammogram",
                got=f'kind = "{target.kind}"',
                expected="an efficiency, a cell voltage, a rate, a limiting current or a film resistance",
                fix="fit it in a file with [electrode] and [protocol]",
                where=f"target[{place}]",
            )
    read = [_conditions(point, study) for point in points]
    fixed = {place.label: place.distribution.nominal for place in study.places(0) if not place.varied}
    labels = list(dict.fromkeys(label for one in read for label in one))
    rows = [tuple(one.get(label, fixed[label]) for label in labels) for one in read]
    runs = list(dict.fromkeys(rows)) or [()]
    numbers = [*((point.number, runs.index(row)) for point, row in zip(points, rows, strict=True))]
    numbers += [(target, 0) for target, _ in steady]
    return PlacedTargets(
        layout=ResidualLayout(len(runs), (), tuple(ScalarTarget(number.kind, run) for number, run in numbers), ()),
        data=TargetData(
            time=np.zeros((0, 0)),
            current=np.zeros((0, 0)),
            weight=np.zeros((0, 0)),
            value=np.array([number.value for number, _ in numbers]),
            scalar_weight=np.array([number_weight(number) for number, _ in numbers]),
            concentration=np.full(len(numbers), np.nan),
            scan_rate=np.zeros(0),
            conditions={label: np.array([run[at] for run in runs]) for at, label in enumerate(labels)},
        ),
        potential=np.zeros((0, 0)),
        names=(*(point.name for point in points), *(name for _, name in steady)),
        noise_known=True,
    )


def _conditions(point: MeasuredPoint, study: AmmoniaStudy) -> dict[str, float]:
    """Values by label, SI."""
    places = {place.path: place for place in study.places(0)} | dict(study.own_places[0])
    found = {}
    for name, value in point.conditions.items():
        place = places[f"{CONDITIONS[name]}.{name}"]
        if place.varied or place.label != place.path:
            what, where = "condition of a point that the fit file frees or shares", f"{point.where}.{name}"
            raise StudyError(what, got=f"{value:g}", fix=f"remove it, or give {name} one value", where=where)
        found[place.label] = value
    return found
