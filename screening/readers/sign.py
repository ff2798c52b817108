"""Sign convention of the current."""

from screening.readers.curve import MeasuredCurve, ProcessingStep


def flip_current_sign(curve: MeasuredCurve) -> MeasuredCurve:
    """The curve with the other sign of current, for files in which reduction is positive.

    Example:
        >>> flip_current_sign(MeasuredCurve(potential=[0.0], current=[1.0])).current.tolist()
        [-1.0]
    """
    return curve.replaced(
        ProcessingStep("current sign flipped"), **{name: -values for name, values in curve.currents.items()}
    )
