"""Correction of the current for charging of the double layer."""

import numpy as np

from screening.errors import StudyError
from screening.readers.amount import read_areal_amount, read_si
from screening.readers.curve import MeasuredCurve, ProcessingStep
from screening.readers.scan_rate import sweep_slopes


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
