"""What the rows of an experiment may claim: the kind that each is given, checked against what moves it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.calibration_targets import Calibration
from experiments.catalogue import Experiment, run_parts
from experiments.comparison import BOUNDS, Row

# a value has moved when it differs by more than rounding
ROUNDING = 1e-9


@dataclass(frozen=True)
class Movements:
    """What changes of one parameter at a time do to the rows of an experiment.

    Attributes:
        rows: unchanged, in the order of the table.
        moved: keys of the rows whose value moved, by parameter.
        flipped: keys of the rows whose verdict changed, by parameter.
    """

    rows: tuple[Row, ...]
    moved: Mapping[str, frozenset[str]]
    flipped: Mapping[str, frozenset[str]]


def movements(experiment: Experiment, parts: tuple[str, ...] | None = None, step: float = 0.1) -> Movements:
    """Change every parameter by a share of its value, up and down, and see which rows move with it.

    Args:
        experiment: to run.
        parts: names of its model parts; all if left out.
        step: share.

    Returns:
        Movements.

    Example:
        >>> from experiments.catalogue import find_experiment
        >>> found = movements(find_experiment("enrr_targets"), ("catalysts",))
        >>> "yield_bi_qd" in found.moved["loading"], "yield_bi_qd" in found.moved["lithium_duty"]
        (True, False)
    """
    rows, used = run_parts(experiment, parts)
    moved, flipped = {}, {}
    for name, value in used.items():
        changed = [run_parts(experiment, parts, {name: factor * value})[0] for factor in (1 - step, 1 + step)]
        pairs = [pair for one in changed for pair in zip(rows, one, strict=True)]
        moved[name] = frozenset(first.reference.key for first, second in pairs if _differ(first.model, second.model))
        flipped[name] = frozenset(first.reference.key for first, second in pairs if first.verdict != second.verdict)
    return Movements(rows, moved, flipped)


def _differ(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return (first is None) != (second is None)
    return abs(first - second) > ROUNDING * max(abs(first), abs(second))


def misclaims(
    rows: Sequence[Row],
    moved: Mapping[str, frozenset[str]],
    flipped: Mapping[str, frozenset[str]],
    calibrations: Sequence[Calibration],
) -> list[str]:
    """Rows that claim more than what moves them allows.

    Args:
        rows: of an experiment, with their kinds.
        moved: keys of the rows that move, by parameter, as in `Movements`.
        flipped: keys of the rows whose verdict changes, by parameter.
        calibrations: of the experiment.

    Returns:
        one sentence for every false claim; none if all are true.
    """
    found = []
    targets = {key for one in calibrations for key in one.targets}
    named = bool(calibrations) and all(one.parameters for one in calibrations)
    fixed = {name for one in calibrations for name in one.parameters}
    for row in rows:
        reference, key, kind = row.reference, row.reference.key, row.reference.kind
        touched = sorted(name for name in fixed if key in moved.get(name, ()))
        one_sided = reference.tolerance_kind in BOUNDS
        if key in targets and kind != "fitted":
            found.append(f"{key} is called {kind}, but a calibration was given it")
        if kind == "fitted" and key not in targets:
            found.append(f"{key} is called fitted, but no calibration was given it")
        if kind in ("prediction", "audit") and touched:
            found.append(f"{key} is called {kind}, but it moves with the calibrated {touched[0]}")
        if kind in ("prediction", "held out") and one_sided:
            found.append(f"{key} is called {kind}, but it is one-sided")
        if kind in ("prediction", "held out") and _tells_nothing(row):
            found.append(f"{key} is called {kind}, but its tolerance reaches from the reference to zero")
        if kind == "held out" and named and row.model is not None and not touched:
            found.append(f"{key} is called held out, but it moves with nothing that was calibrated")
        if kind == "bound" and not (one_sided or _tells_nothing(row)):
            found.append(f"{key} is called a bound, but it is two-sided")
        if kind == "structural":
            found += [
                f"{key} is called structural, but {name} changes its verdict"
                for name, keys in flipped.items()
                if key in keys
            ]
    return found


def _tells_nothing(row: Row) -> bool:
    """Whether a model that always answers zero would agree; the zero of a potential is a convention and no such answer."""
    reference = row.reference
    if reference.unit.startswith("V vs"):
        return False
    return reference.tolerance_kind == "absolute" and 0 < abs(reference.value or 0.0) <= reference.tolerance
