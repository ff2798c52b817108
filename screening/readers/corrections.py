"""Corrections of a curve: current per area, its sign, the ohmic drop, and the charging of the double layer."""

import numpy as np

from screening.errors import StudyError, shown
from screening.readers.amount import read_amount, read_areal_amount, read_si
from screening.readers.curve import MeasuredCurve, ProcessingStep
from screening.readers.scan_rate import sweep_slopes


def normalise_by_area(curve: MeasuredCurve, area: str | float) -> MeasuredCurve:
    """The curve with its current density: current divided by the area of the electrode.

    Example:
        >>> normalise_by_area(MeasuredCurve(potential=[0.0], current=[1e-3]), "1 cm^2").current_density.tolist()
        [10.0]
    """
    metres = read_amount(area, "area", "area")
    if curve.current is None or curve.current_density is not None:
        raise StudyError(
            "a current density already",
            got="a curve that is normalised",
            expected="a current in A",
            fix="leave the area out",
            where=curve.source,
        )
    step = ProcessingStep("area normalisation", (("area", metres, "m2"),))
    return curve.replaced(step, current_density=curve.current / metres, area=metres)


def flip_current_sign(curve: MeasuredCurve) -> MeasuredCurve:
    """The curve with the other sign of current, for files in which reduction is positive.

    Example:
        >>> flip_current_sign(MeasuredCurve(potential=[0.0], current=[1.0])).current.tolist()
        [-1.0]
    """
    return curve.replaced(
        ProcessingStep("current sign flipped"), **{name: -values for name, values in curve.currents.items()}
    )


def correct_ir_drop(curve: MeasuredCurve, series_resistance: str, share: float = 1.0) -> MeasuredCurve:
    """The curve with the ohmic drop taken off the potential: E - share * I * R_u, oxidation current positive.

    The scan rate that the electrode sees is no longer constant after it.

    Example:
        >>> correct_ir_drop(MeasuredCurve(potential=[1.0], current=[1e-3]), "100 ohm").potential.tolist()
        [0.9]
    """
    if isinstance(share, bool) or not 0 < share <= 1:
        raise StudyError("share out of range", got=shown(share), expected="above 0 and at most 1", where="share")
    resistance, of_area = read_areal_amount(series_resistance, "resistance", "series_resistance")
    current = curve.current_density if of_area else curve.current
    if current is None:
        raise StudyError(
            "no current density" if of_area else "no current",
            got=f"a resistance of {series_resistance}",
            expected="ohm for a current in A, ohm*cm^2 for a current density",
            fix="normalise by the area first" if of_area else "give it as ohm*cm^2",
            where=curve.source,
        )
    unit = "ohm m2" if of_area else "ohm"
    step = ProcessingStep("iR correction", (("series resistance", resistance, unit), ("share", float(share), "")))
    return curve.replaced(step, potential=curve.potential - share * resistance * current)


def subtract_capacitive_current(curve: MeasuredCurve, capacitance: str) -> MeasuredCurve:
    """The curve less the current that charges a constant capacitance: C dE/dt, with the rate of each sweep.

    Example:
        >>> curve = MeasuredCurve(potential=[0.0, 0.1, 0.2], time=[0.0, 1.0, 2.0], current=[1e-6] * 3)
        >>> subtract_capacitive_current(curve, "1 uF").current.round(12).tolist()
        [9e-07, 9e-07, 9e-07]
    """
    farads, of_area = read_areal_amount(capacitance, "capacitance", "capacitance")
    if curve.area is None and list(curve.currents) != ["current_density" if of_area else "current"]:
        raise StudyError(
            "no area to convert by",
            got=f"a capacitance of {capacitance}",
            expected="F for a current in A, F/cm^2 for a current density",
            fix="normalise by the area first",
            where=curve.source,
        )
    area = curve.area or 1.0
    factors = {"current": area, "current_density": 1.0} if of_area else {"current": 1.0, "current_density": 1 / area}
    slopes = sweep_slopes(curve)
    corrected = {name: values - factors[name] * farads * slopes for name, values in curve.currents.items()}
    step = ProcessingStep("capacitive correction", (("capacitance", farads, "F m-2" if of_area else "F"),))
    return curve.replaced(step, **corrected)


def estimate_capacitance(curve: MeasuredCurve, potential: str | float) -> float:
    """Capacitance (F, or F m-2 of a current density) from the gap between both sweeps where nothing reacts: (i_up - i_down)/2v.

    Example:
        >>> potential, current = [0.0, 0.1, 0.2, 0.3, 0.2, 0.1, 0.0], [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0]
        >>> curve = MeasuredCurve(potential=potential, current=current, time=list(range(7)))
        >>> round(estimate_capacitance(curve, 0.1), 9)
        10.0
    """
    volts = read_si(potential, "potential")
    slopes = sweep_slopes(curve)
    current = list(curve.currents.values())[-1]
    found = []
    for direction in (1.0, -1.0):
        crossing = np.flatnonzero(np.sign(slopes) == direction)
        # one run of neighbours is one sweep; the last one is nearest to a steady cycle
        runs = np.split(crossing, np.flatnonzero(np.diff(crossing) > 1) + 1)[-1]
        order = runs[np.argsort(curve.potential[runs], kind="stable")]
        if not len(order) or not curve.potential[order[0]] <= volts <= curve.potential[order[-1]]:
            raise StudyError(
                f"no sweep {'up' if direction > 0 else 'down'} through that potential",
                got=f"{volts:g} V",
                expected="a potential that both directions pass",
                where=curve.source,
            )
        found.append((float(np.interp(volts, curve.potential[order], current[order])), abs(float(slopes[order[0]]))))
    (up, rate_up), (down, rate_down) = found
    capacitance = (up - down) / (rate_up + rate_down)
    if not capacitance > 0:
        raise StudyError(
            "no capacitive gap",
            got=f"{up:.3g} up and {down:.3g} down",
            expected="more current on the way up",
            fix="choose a potential without reaction, or flip the sign of the current",
            where=curve.source,
        )
    return capacitance
