"""Baselines: a line fitted in a window, or a measured blank."""

import itertools

import numpy as np

from screening.errors import StudyError, shown
from screening.readers.amount import read_si
from screening.readers.curve import MeasuredCurve, ProcessingStep
from screening.readers.sweeps import sweep_bounds

_UNITS = {"current": "A", "current_density": "A m-2"}


def subtract_line(curve: MeasuredCurve, window: tuple[str | float, str | float]) -> MeasuredCurve:
    """The curve less a straight line of current against potential, fitted in a window for each sweep on its own.

    Example:
        >>> curve = MeasuredCurve(potential=[0.0, 0.1, 0.2, 0.3], current=[0.0, 1.0, 2.0, 9.0])
        >>> subtract_line(curve, (0.0, 0.2)).current.round(12).tolist() == [0.0, 0.0, 0.0, 6.0]
        True
    """
    low, high = sorted(_potential(edge) for edge in window)
    bounds = sweep_bounds(curve.potential)
    inside = (curve.potential >= low) & (curve.potential <= high)
    settings: list[tuple[str, float | int | str, str]] = [("window from", low, "V"), ("to", high, "V")]
    corrected = {}
    for name, values in curve.currents.items():
        corrected[name], unit = values.copy(), _UNITS[name]
        for number, (start, stop) in enumerate(itertools.pairwise(bounds), 1):
            chosen = start + np.flatnonzero(inside[start:stop])
            if len(np.unique(curve.potential[chosen])) < 3:
                raise StudyError(
                    "too few points for a baseline",
                    got=f"{len(chosen)} points of sweep {number} between {low:g} and {high:g} V",
                    expected="at least 3",
                    fix="widen the window, or select a sweep first",
                    where=curve.source,
                )
            slope, intercept = np.polyfit(curve.potential[chosen], values[chosen], 1).tolist()
            corrected[name][start:stop] -= intercept + slope * curve.potential[start:stop]
            settings += [
                (f"{name} at 0 V, sweep {number}", intercept, unit),
                (f"slope, sweep {number}", slope, f"{unit} V-1"),
            ]
    return curve.replaced(ProcessingStep("line subtracted", tuple(settings)), **corrected)


def subtract_blank(curve: MeasuredCurve, blank: MeasuredCurve) -> MeasuredCurve:
    """The curve less a blank measured in the same way, by potential and direction of sweep.

    Sweep k of the curve takes sweep k of the blank, or else the blank's last one of that direction that covers it, or all
    of that direction together.

    Example:
        >>> curve = MeasuredCurve(potential=[0.0, 0.1, 0.2], current=[1.0, 2.0, 3.0])
        >>> blank = MeasuredCurve(potential=[0.0, 0.2], current=[0.5, 1.5])
        >>> subtract_blank(curve, blank).current.tolist()
        [0.5, 1.0, 1.5]
    """
    rates = (curve.scan_rate, blank.scan_rate)
    if rates[0] and rates[1] and abs(rates[1] / rates[0] - 1) > 0.05:
        raise StudyError(
            "a blank of another scan rate",
            got=f"{rates[1]:g} V/s",
            expected=f"{rates[0]:g} V/s",
            fix="use the blank of that scan rate",
            where=curve.source,
        )
    for name in curve.currents:
        if name not in blank.currents:
            raise StudyError(
                f"a blank without {name}",
                got=shown(blank.source),
                expected="the same kind of current as the curve",
                fix="normalise both by the area",
                where=curve.source,
            )
    corrected = {name: values.copy() for name, values in curve.currents.items()}
    blanks = _directed_sweeps(blank.potential)
    for number, (part, direction) in enumerate(_directed_sweeps(curve.potential)):
        chosen = _blank_points(blank.potential, blanks, number, direction, curve.potential[part], curve.source)
        order = np.argsort(blank.potential[chosen], kind="stable")
        known = blank.potential[chosen][order]
        for name, values in corrected.items():
            values[part] -= np.interp(curve.potential[part], known, blank.currents[name][chosen][order])
    return curve.replaced(ProcessingStep("blank subtracted", (("blank", blank.source, ""),)), **corrected)


def _potential(edge: str | float) -> float:
    volts = read_si(edge, "potential")
    if not np.isfinite(volts):
        raise StudyError("not a window", got=shown(edge), expected="two finite potentials", where="window")
    return volts


def _directed_sweeps(potential: np.ndarray) -> list[tuple[slice, float]]:
    """Each sweep with the turning point that it starts from, and its direction."""
    bounds = sweep_bounds(potential)
    starts = np.maximum(bounds[:-1] - 1, 0)
    return [
        (slice(start, stop), float(np.sign(potential[stop - 1] - potential[begin])))
        for begin, start, stop in zip(starts, bounds[:-1], bounds[1:], strict=True)
    ]


def _blank_points(
    potential: np.ndarray,
    blanks: list[tuple[slice, float]],
    number: int,
    direction: float,
    needed: np.ndarray,
    where: str,
) -> np.ndarray:
    same = [k for k, (_, of) in enumerate(blanks) if of == direction]
    if not same:
        raise StudyError(
            "a blank without that direction",
            got=f"{len(blanks)} sweep(s)",
            expected=f"a sweep to {'higher' if direction > 0 else 'lower'} potentials",
            fix="measure the blank over a whole cycle",
            where=where,
        )
    points = np.arange(len(potential))
    preferred = ([number] if number in same else []) + same[::-1]
    # a cycle that starts between its turning points has one direction in two parts
    choices = [points[blanks[k][0]] for k in preferred] + [np.concatenate([points[blanks[k][0]] for k in same])]
    for chosen in choices:
        known = potential[chosen]
        # turning points of two measurements differ by about a sample
        slack = 2 * np.ptp(known) / max(len(known) - 1, 1)
        if known.min() - slack <= needed.min() and needed.max() <= known.max() + slack:
            return chosen
    raise StudyError(
        "a blank of another range",
        got=f"{known.min():.4g} to {known.max():.4g} V",
        expected=f"{needed.min():.4g} to {needed.max():.4g} V",
        fix="measure the blank over the same range",
        where=where,
    )
