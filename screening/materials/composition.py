"""Mixing rules by name."""

from kernels.mixing import MIXING_RULES, MixingRule
from screening.errors import StudyError, unknown_name


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
