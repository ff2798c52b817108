"""Correction of the potential for the resistance between working and reference electrode."""

from screening.errors import StudyError, shown
from screening.readers.amount import read_areal_amount
from screening.readers.curve import MeasuredCurve, ProcessingStep


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
