"""Volume fractions as users write them."""

import math
from collections.abc import Mapping

from screening.errors import StudyError, shown

# Fractions are typed in decimals: three thirds of 0.333 are a mistake to point at, a rounded last digit is not.
LARGEST_SUM_ERROR = 1e-9


def check_fractions(fractions: Mapping[str, float]) -> None:
    """Refuse volume fractions of phases that are outside 0 to 1 or do not add up to 1.

    Example:
        >>> check_fractions({"LiF": 0.4, "Li2CO3": 0.6})
    """
    if not fractions:
        fix = "name at least one phase"
        raise StudyError("composition without phases", expected="volume fractions that add up to 1", fix=fix)
    for phase, fraction in fractions.items():
        if not 0 <= fraction <= 1:  # also not a number
            raise StudyError(
                "volume fraction out of range",
                got=f"{fraction:g}",
                expected="a number from 0 to 1",
                fix="give the share of the volume",
                where=phase,
            )
    total = math.fsum(fractions.values())
    if abs(total - 1) > LARGEST_SUM_ERROR:
        raise StudyError(
            f"volume fractions add up to {total:.10g}",
            got=shown(dict(fractions)),
            expected="a sum of 1",
            fix="change one of them, or leave one out as the balance",
        )
