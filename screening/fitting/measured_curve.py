"""Measured curves: read from an instrument's file, and placed on the time axis of the protocol."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from screening.errors import StudyError, unknown_name
from screening.fitting.target_tables import ColumnTable, CurveTarget
from screening.readers.amount import unit_factor
from screening.readers.corrections import flip_current_sign, normalise_by_area
from screening.readers.curve import MeasuredCurve
from screening.readers.curve_file import read_curve

# A scan has been reversed once the potential moved back by this fraction of the sweep; less is noise of the instrument.
TURNED = 0.1
# Points may lie outside a sweep by this fraction of its potential range.
OVERSHOOT = 0.02
FEWEST_POINTS = 4
COLUMNS = ("potential", "current", "time")


def measured_curve(
    target: CurveTarget, folder: Path, given: Mapping[str, Any] | MeasuredCurve | None, where: str
) -> MeasuredCurve:
    """The curve of a target, with its current density."""
    if isinstance(given, MeasuredCurve):
        curve = given
    elif given is not None:
        curve = _from_columns(given, target, where)
    elif target.file:
        try:
            curve = _from_file(folder / target.file, target)
        except StudyError as error:
            # the reader's advice is about arguments of Python, a fit file has keys
            fix = 'name it: current = { column = "I", unit = "uA" }' if "columns=" in error.fix else error.fix
            raise StudyError(
                f"{error.where}: {error.what}", got=error.got, expected=error.expected, fix=fix, where=f"{where}.file"
            ) from None
    else:
        fix = 'add file = "curve.mpt", or give data={"name": ...} in Python'
        raise StudyError("missing key", expected="the measured curve", fix=fix, where=f"{where}.file")
    if target.flip_sign:
        curve = flip_current_sign(curve)
    if target.area is not None:
        curve = normalise_by_area(curve, target.area)
    if curve.current_density is None:
        fix = 'add area = "7.07 mm^2"'
        raise StudyError("a current needs the electrode area", got="a current in A", fix=fix, where=f"{where}.area")
    if len(curve) < FEWEST_POINTS:
        got = f"{len(curve)} points"
        fix = "give the whole curve"
        raise StudyError("too few points", got=got, expected=f"at least {FEWEST_POINTS}", fix=fix, where=where)
    if curve.time is not None and np.any(np.diff(curve.time) < 0):
        fix = "sort the points"
        raise StudyError("time runs back", expected="times that do not decrease", fix=fix, where=where)
    return curve


def _from_file(path: Path, target: CurveTarget) -> MeasuredCurve:
    chosen: dict[str, Any] = {} if target.time is None else {"time": _choice(target.time)}
    if target.potential is not None:
        chosen["potential"] = _choice(target.potential)
    if target.current is not None:
        chosen["current_density" if _is_density(target.current.unit) else "current"] = _choice(target.current)
    elif target.area is not None:
        chosen["current_density"] = None
    curve = read_curve(path, cycle=target.cycle, scan=target.scan, columns=chosen, sheet=target.sheet)
    return curve if target.time is not None else curve.replaced(time=None)


def _from_columns(given: Mapping[str, Any], target: CurveTarget, where: str) -> MeasuredCurve:
    for name in given:
        if name not in COLUMNS:
            raise unknown_name("column", str(name), COLUMNS, where=where)
    for name in COLUMNS[:2]:
        if name not in given:
            raise StudyError("missing column", got=", ".join(given), expected=name, where=where)
    unit = target.current.unit if target.current is not None else "A" if target.area is not None else "A/m^2"
    density = _is_density(unit)
    values = {name: np.asarray(column, float) for name, column in given.items()}
    time = values.get("time")
    current = values["current"] * unit_factor(unit, "current_density" if density else "current")
    return MeasuredCurve(
        potential=values["potential"] * (unit_factor(target.potential.unit, "potential") if target.potential else 1.0),
        current=None if density else current,
        current_density=current if density else None,
        time=None if time is None else time * (unit_factor(target.time.unit, "time") if target.time else 1.0),
        source=where,
    )


def _choice(column: ColumnTable) -> tuple[str, str]:
    return column.column, column.unit


def _is_density(unit: str) -> bool:
    try:
        return bool(unit_factor(unit, "current_density"))
    except StudyError:
        return False


def times_on_protocol(
    curve: MeasuredCurve, ends: Sequence[tuple[float, float]], durations: Sequence[float], where: str
) -> tuple[Float[np.ndarray, "point"], Float[np.ndarray, "point"]]:
    """Times at which a protocol of sweeps passes the points of a curve.

    With a time column the first point is placed by its potential and the others follow. Without one each sweep is cut
    out by where the potential turns, and its points are placed by their potentials.
    """
    low, high = min(min(pair) for pair in ends), max(max(pair) for pair in ends)
    slack = OVERSHOOT * (high - low)
    if curve.potential.min() < low - slack or curve.potential.max() > high + slack:
        raise StudyError(
            "target outside the model's reach: the curve leaves the potentials of the protocol",
            got=f"{curve.potential.min():g} to {curve.potential.max():g} V",
            expected=f"{low:g} to {high:g} V",
            fix="extend [protocol], or give window and cut the curve",
            where=where,
        )
    begins = np.concatenate([[0.0], np.cumsum(durations)])
    if curve.time is not None:
        start, stop = ends[0]
        offset = (curve.potential[0] - start) / (stop - start) * durations[0] if start != stop else 0.0
        time = curve.time - curve.time[0] + max(offset, 0.0)
        inside = (time <= begins[-1]).astype(float)
        return np.clip(time, 0.0, begins[-1]), inside
    time, inside = np.zeros(len(curve.potential)), np.zeros(len(curve.potential))
    here = 0
    for number, (start, stop) in enumerate(ends):
        if here >= len(time) or start == stop:
            continue
        direction, span = np.sign(stop - start), abs(stop - start)
        rest = direction * curve.potential[here:]
        back = np.flatnonzero(rest < np.maximum.accumulate(rest) - TURNED * span)
        length = int(np.argmax(rest[: back[0]])) + 1 if len(back) else len(rest)
        share = (curve.potential[here : here + length] - start) / (stop - start)
        time[here : here + length] = begins[number] + np.clip(share, 0.0, 1.0) * durations[number]
        inside[here : here + length] = 1.0
        here += length
    return time, inside
