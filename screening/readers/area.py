"""Current density from current."""

from screening.errors import StudyError
from screening.readers.amount import read_amount
from screening.readers.curve import MeasuredCurve, ProcessingStep


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
