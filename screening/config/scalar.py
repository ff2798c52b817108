"""Reading one physical scalar of a study file: a value, a list, a distribution, or the name of a shared parameter."""

import math
from collections.abc import Mapping
from typing import Any

from pydantic import BeforeValidator

from screening.config.fields import FIELDS, LAW_ARGUMENT
from screening.config.own_laws import LawValue, find_layer_law
from screening.errors import StudyError, shown, unknown_name
from screening.physical_field import PhysicalField
from screening.sampling.distributions import Choice, Draws, Fixed, Normal, Range, Scalar, Shared
from screening.units import DIMENSIONS, parse_quantity

_DISTRIBUTIONS = {
    "uniform": ("low", "high", "points"),
    "log_uniform": ("low", "high", "points"),
    "normal": ("mean", "standard_deviation", "low", "high", "points"),
}


def physical(field: str, laws: bool = False, own: PhysicalField | None = None) -> BeforeValidator:
    """Validator of a physical scalar, for `Annotated[Scalar, physical("thickness")]`; `laws` may give it instead.

    A key of one table alone brings its rule as `own`; the others are those of `FIELDS`.
    """
    rule = FIELDS[field] if own is None else FIELDS.setdefault(field, own)

    def read(value: object, info: Any) -> Scalar | LawValue:
        parameters = (info.context or {}).get("parameters", {})
        if laws and isinstance(value, LawValue):
            return value
        if laws and isinstance(value, Mapping) and "law" in value:
            return _read_law(value, parameters)
        return read_scalar(value, rule, parameters)

    return BeforeValidator(read)


def read_scalar(value: object, rule: PhysicalField, parameters: Mapping[str, object]) -> Scalar:
    """Turn what the study file holds into a scalar and check its range.

    Args:
        value: text, number or table as TOML gives it; of a ready `Scalar`, in SI units, only the range is checked.
        rule: dimension and limits.
        parameters: raw `[parameters]` table for references such as "$thickness".

    Returns:
        The scalar, in SI units.

    Raises:
        StudyError: anything that is not a scalar of that dimension inside the limits.

    Example:
        >>> read_scalar({"list": ["1 nm", "2 nm"]}, FIELDS["thickness"], {})
        Choice(values=(1e-09, 2e-09))
    """
    if isinstance(value, Scalar):
        return _checked(value, rule)
    if isinstance(value, str) and value.strip().startswith("$"):
        name = value.strip()[1:]
        if name not in parameters:
            if not parameters:
                fix = f'add a table [parameters] with {name} = "..."'
                raise StudyError(
                    "unknown shared parameter", got=shown(value), expected="a name in [parameters]", fix=fix
                )
            raise unknown_name("shared parameter", name, parameters)
        raw = parameters[name]
        if isinstance(raw, str) and raw.strip().startswith("$"):
            raise StudyError("a shared parameter refers to another", got=shown(raw), expected="a value or distribution")
        try:
            distribution = _read_own(raw, rule)
        except StudyError as error:
            raise StudyError(
                f"${name}: {error.what}", got=error.got, expected=error.expected, fix=error.fix, where=error.where
            ) from None
        return Shared(name, distribution)
    return _read_own(value, rule)


def _read_law(value: Mapping[str, Any], parameters: Mapping[str, object]) -> LawValue:
    """A registered law and its arguments, which are plain numbers."""
    law = find_layer_law(value["law"])
    given = {name: entry for name, entry in value.items() if name != "law"}
    for name in given:
        if name not in law.arguments:
            raise unknown_name("argument", name, law.arguments, where=name)
    found = []
    for name, entry in given.items():
        try:
            found.append((name, read_scalar(entry, FIELDS[LAW_ARGUMENT], parameters)))
        except StudyError as error:
            raise error.at(name) from None
    return LawValue(law.name, tuple(found))


def _checked(scalar: Any, rule: PhysicalField) -> Any:
    """A ready scalar, whose unit and range fit."""
    if isinstance(scalar, Draws) and scalar.unit != rule.unit:
        raise StudyError(
            "posterior of another unit",
            got=f"{scalar.parameter} of {scalar.source} in {scalar.unit}",
            expected=f"a {rule.dimension} in {rule.unit}",
            fix='name another quantity of the fit: parameter = "..."',
        )
    ends = " to ".join(f"{end:g}" for end in dict.fromkeys(scalar.bounds))
    _check_limits(scalar, rule, f"{ends} {DIMENSIONS[rule.dimension].si}".rstrip())
    return scalar


def _read_own(value: object, rule: PhysicalField) -> Fixed | Choice | Range | Normal | Draws:
    if isinstance(value, Draws):
        return _checked(value, rule)
    if isinstance(value, Mapping):
        scalar = _read_choice(value, rule) if "list" in value else _read_distribution(value, rule)
    elif isinstance(value, list):
        raise StudyError(
            "not a single quantity", got=shown(value), expected="one quantity or a table", fix="write { list = [...] }"
        )
    else:
        scalar = Fixed(parse_quantity(value, rule.dimension, infinite=rule.infinite))
    _check_limits(scalar, rule, shown(value))
    return scalar


def _check_limits(scalar: Scalar, rule: PhysicalField, got: str) -> None:
    low, high = scalar.bounds
    if isinstance(scalar, Fixed) and not (math.isfinite(low) or (rule.infinite and not math.isnan(low))):
        raise StudyError("not finite", got=got, expected=f"a {rule.dimension}", fix="give a finite value")
    if not rule.admits(low, high):
        fix = rule.fix
        if isinstance(scalar, Normal) and math.isinf(high - low):
            fix = "a normal distribution reaches every value: truncate it with low = and high ="
        what = f"{rule.long_name} outside its physical range"
        raise StudyError(what, got=got, expected=rule.range_text(), fix=fix)


def _read_choice(table: Mapping[str, Any], rule: PhysicalField) -> Choice:
    for key in table:
        if key not in ("list", "unit"):
            raise StudyError(
                "a list cannot be combined with other keys", got=shown(key), expected="list alone", fix=f"remove {key}"
            )
    entries, unit = table["list"], table.get("unit", "")
    if not isinstance(unit, str):
        raise StudyError("unit of a list", got=shown(unit), expected="text", fix=f'write "{rule.unit}"', where="unit")
    if not isinstance(entries, list) or not entries:
        raise StudyError(
            "empty space" if entries == [] else "not a list",
            got=shown(entries),
            expected="at least one value in brackets",
            fix="add values to the list",
            where="list",
        )
    values = []
    for position, entry in enumerate(entries):
        bare = unit and isinstance(entry, int | float) and not isinstance(entry, bool)
        try:
            given = f"{entry!r} {unit}" if bare else entry
            values.append(parse_quantity(given, rule.dimension, infinite=rule.infinite))
        except StudyError as error:
            raise error.at(f"list[{position}]") from None
    return Choice(tuple(values))


def _read_distribution(table: Mapping[str, Any], rule: PhysicalField) -> Range | Normal:
    kind = table.get("distribution")
    if kind is None:
        expected = "list = [...] or distribution = " + " | ".join(f'"{name}"' for name in _DISTRIBUTIONS)
        raise StudyError("table of values without a kind", got=shown(table), expected=expected, fix="add one")
    if not isinstance(kind, str) or kind not in _DISTRIBUTIONS:
        raise unknown_name("distribution", str(kind), _DISTRIBUTIONS)
    for key in table:
        if key not in ("distribution", *_DISTRIBUTIONS[kind]):
            raise unknown_name("key", key, ("distribution", *_DISTRIBUTIONS[kind]), where=key)
    points = table.get("points")
    if points is not None and (isinstance(points, bool) or not isinstance(points, int) or points < 1):
        raise StudyError(
            "number of grid points", got=shown(points), expected="a whole number of at least 1", where="points"
        )
    if kind == "normal":
        return _read_normal(table, rule, points)
    low, high = _entry(table, "low", rule), _entry(table, "high", rule)
    _ordered(low, high, table)
    if kind == "log_uniform" and low <= 0:
        fix = "raise low, or use a uniform distribution"
        raise StudyError(
            "logarithm of a non-positive value", got=shown(table["low"]), expected="above zero", fix=fix, where="low"
        )
    return Range(low, high, logarithmic=kind == "log_uniform", points=points)


def _read_normal(table: Mapping[str, Any], rule: PhysicalField, points: int | None) -> Normal:
    mean, deviation = _entry(table, "mean", rule), _entry(table, "standard_deviation", rule, offset=False)
    low = _entry(table, "low", rule) if "low" in table else -math.inf
    high = _entry(table, "high", rule) if "high" in table else math.inf
    if deviation <= 0:
        raise StudyError(
            "standard deviation must be positive",
            got=shown(table["standard_deviation"]),
            expected="above zero",
            fix="give a single value for a fixed quantity",
            where="standard_deviation",
        )
    _ordered(low, high, table)
    normal = Normal(mean, deviation, low, high, points)
    if normal.probability() < 1e-12:
        fix = "move the mean or the ends, or use a uniform distribution"
        raise StudyError(
            "empty space: the truncation leaves nothing",
            got=shown(table),
            expected="ends near the mean",
            fix=fix,
        )
    return normal


def _ordered(low: float, high: float, table: Mapping[str, Any]) -> None:
    if not low < high:
        got = f"low = {shown(table['low'])}, high = {shown(table['high'])}"
        fix = "swap them" if low > high else "give a single value for a fixed quantity"
        raise StudyError("empty space: low is not below high", got=got, expected="low < high", fix=fix)


def _entry(table: Mapping[str, Any], key: str, rule: PhysicalField, *, offset: bool = True) -> float:
    if key not in table:
        raise StudyError("missing key", expected=f"{key} = a {rule.dimension}", fix=f"add {key}", where=key)
    try:
        return parse_quantity(table[key], rule.dimension, offset=offset)
    except StudyError as error:
        raise error.at(key) from None
