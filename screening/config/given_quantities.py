"""Quantities as Python programs hold them: text, numbers, pint; alone, or as the entries of an array or a column."""

import numbers
import re
from collections.abc import Mapping, Sequence
from typing import Any

from screening.config.fields import FIELDS
from screening.errors import StudyError, shown
from screening.sampling.distributions import Choice, Fixed
from screening.units import parse_quantity

_HEADING = re.compile(r"\s*(?P<name>[^\[(]*?)\s*[\[(](?P<unit>[^\])]*)[\])]\s*")


def unit_of_heading(heading: str) -> tuple[str, str]:
    """Name and unit of a heading such as "current [mA/cm^2]" or "current (mA/cm^2)"; no unit is ""."""
    match = _HEADING.fullmatch(heading)
    return (match["name"], match["unit"]) if match else (heading, "")


def si_values(entries: Sequence[Any], unit: str, field: str, where: str) -> list[float]:
    """Entries of an array or of a column as numbers in SI units; `unit` is that of its bare numbers."""
    rule = FIELDS[field]
    values = []
    for place, entry in enumerate(entries):
        if isinstance(entry, Fixed):
            values.append(entry.value)
            continue
        plain = isinstance(entry, numbers.Real) and not isinstance(entry, bool)
        with_unit = f"{float(entry)!r} {unit}" if plain and unit not in ("", "1") else as_entry(entry, where)
        try:
            values.append(parse_quantity(with_unit, rule.dimension, infinite=rule.infinite))
        except StudyError as error:
            raise error.at(f"{where}[{place}]") from None
    return values


def as_entry(value: Any, where: str = "") -> Any:
    """Text, number, `Fixed`, list, distribution or table as an entry of a table; a pint quantity becomes text with its unit."""
    if isinstance(value, str | bool | Fixed | Choice):
        return value
    if isinstance(value, Mapping) and value:
        return {str(key): as_entry(entry, f"{where}.{key}") for key, entry in value.items()}
    make = getattr(value, "table", None)
    if make is not None:
        return make()
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, list | tuple):
        return [as_entry(entry, f"{where}[{position}]") for position, entry in enumerate(value)]
    units, magnitude = getattr(value, "units", None), getattr(value, "magnitude", None)
    if units is not None and isinstance(magnitude, numbers.Real):
        return f"{float(magnitude)!r} {units:~C}".rstrip()
    raise StudyError(
        "cannot be read as a quantity",
        got=shown(repr(value)),
        expected="text with a unit, a pint quantity, or a number without unit",
        fix='write it like "15 nm"',
        where=where,
    )
