"""Compositions as users write them: checked volume fractions and mixing rules by name."""

import math
from collections.abc import Mapping

from kernels.mixing import MIXING_RULES, MixingRule
from screening.errors import StudyError, shown, unknown_name

# Fractions are typed in decimals: three thirds of 0.333 are a mistake to point at, a rounded last digit is not.
LARGEST_SUM_ERROR = 1e-9


def find_rule(name: str, phases: int) -> MixingRule:
    """Look a mixing rule up by name."""
    if name not in MIXING_RULES:
        raise unknown_name("mixing rule", name, MIXING_RULES)
    rule = MIXING_RULES[name]
    if rule.phases is not None and phases != rule.phases:
        others = ", ".join(key for key, other in MIXING_RULES.items() if other.phases is None)
        raise StudyError(
            f"mixing rule {name} takes {rule.phases} phases",
            got=f"{phases} phases",
            expected=f"{rule.phases} phases",
            fix=f"choose one of {others}",
        )
    return rule


def check_fractions(fractions: Mapping[str, float]) -> None:
    """Refuse volume fractions that are not a composition."""
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
