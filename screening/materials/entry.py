"""One row of a table of materials: a value with its range, temperature law, quality and source."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kernels.constants import BOLTZMANN, STANDARD_TEMPERATURE
from screening.errors import StudyError, shown, unknown_name
from screening.materials.quantities import QUALITIES, QUANTITIES
from screening.units import dimension_of, format_quantity, parse_quantity

COLUMNS = ("material", "quantity", "value", "unit", "low", "high", "temperature_law", "quality", "source")
TEMPERATURE_LAWS = ("arrhenius", "arrhenius_product")
_LAW = re.compile(r"(\w+)\s+(.+?)(?:\s+at\s+(.+))?")


@dataclass(frozen=True)
class TemperatureLaw:
    """How a value changes with temperature.

    Attributes:
        kind: "arrhenius" (the value is Arrhenius) or "arrhenius_product" (its product with T is, as hopping conductivities).
        activation_energy: J per ion.
        reference_temperature: K, where the listed value holds.
    """

    kind: str
    activation_energy: float
    reference_temperature: float = STANDARD_TEMPERATURE

    def factor(self, temperature: float) -> float:
        """Value at a temperature relative to the listed one.

        Source: Arrhenius' law, as `kernels.laws.arrhenius`.
        """
        difference = (temperature - self.reference_temperature) / (temperature * self.reference_temperature)
        factor = math.exp(self.activation_energy / BOLTZMANN * difference)
        return factor * (self.reference_temperature / temperature if self.kind == "arrhenius_product" else 1.0)


@dataclass(frozen=True)
class Entry:
    """One value of one material, in SI units; no value where only a range is known, no law where none is."""

    material: str
    quantity: str
    value: float | None
    low: float | None
    high: float | None
    law: TemperatureLaw | None
    quality: str
    source: str

    @property
    def unit(self) -> str:
        """CF unit of the value."""
        return QUANTITIES[self.quantity].unit

    def at(self, temperature: float) -> float | None:
        """The value at a temperature."""
        if not 0 < temperature < math.inf:
            raise StudyError(
                "not an absolute temperature",
                got=f"{temperature:g} K",
                expected="a finite temperature above 0 K",
                fix='write "25 degC" or "298.15 K"',
            )
        if self.value is None or self.law is None:
            return self.value
        return self.value * self.law.factor(temperature)

    def text(self) -> str:
        """The value, its range and its temperature law, for people."""
        low, high = (None if end is None else format_quantity(end, self.unit) for end in (self.low, self.high))
        ends = f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}" if high else ""
        parts = [] if self.value is None else [format_quantity(self.value, self.unit)]
        parts += [f"({ends})" if parts else ends] if ends else []
        if self.law is not None:
            kind = "Arrhenius" if self.law.kind == "arrhenius" else "Arrhenius in value times T"
            parts.append(f"[{kind}, {format_quantity(self.law.activation_energy, 'J')}]")
        return " ".join(parts)


def parse_entry(row: Mapping[str, object], where: str) -> Entry:
    """Read one row."""
    for column in row:
        if column not in COLUMNS:
            raise unknown_name("column", str(column), COLUMNS, where=where)
    material, quantity, quality, source = (_text(row, c, where) for c in ("material", "quantity", "quality", "source"))
    if quantity not in QUANTITIES:
        raise unknown_name("quantity", quantity, QUANTITIES, where=f"{where}.quantity")
    if quality not in QUALITIES:
        raise unknown_name("quality", quality, QUALITIES, where=f"{where}.quality")
    value, low, high = (_number(row, column, quantity, where) for column in ("value", "low", "high"))
    if value is None and low is None and high is None:
        expected = "a value, or one end of a range"
        raise StudyError("row without a number", expected=expected, fix="fill value, low or high", where=where)
    given = [end for end in (low, value, high) if end is not None]
    if given != sorted(given):
        got = " ".join(f"{column} = {row[column]}" for column in ("low", "value", "high") if row.get(column))
        raise StudyError("range out of order", got=got, expected="low <= value <= high", fix="swap them", where=where)
    return Entry(material, quantity, value, low, high, _law(row, where), quality, source)


def _text(row: Mapping[str, object], column: str, where: str) -> str:
    cell = row.get(column)
    if not isinstance(cell, str) or not cell.strip():
        fixes = {"source": "name the paper with its DOI, or say what the estimate rests on"}
        expected = f"one of {', '.join(QUALITIES)}" if column == "quality" else "text"
        what, got = ("missing cell", "") if cell is None or cell == "" else ("not text", shown(cell))
        raise StudyError(
            what, got=got, expected=expected, fix=fixes.get(column, f"fill {column}"), where=f"{where}.{column}"
        )
    return cell.strip()


def _number(row: Mapping[str, object], column: str, quantity: str, where: str) -> float | None:
    cell, unit = row.get(column), str(row.get("unit") or "").strip()
    if cell is None or cell == "":
        return None
    rule = QUANTITIES[quantity]
    text: object = cell
    if unit and isinstance(cell, (str, int, float)) and not isinstance(cell, bool):
        text = f"{cell} {unit}"
    try:
        number = parse_quantity(text, rule.dimension)
    except StudyError as error:
        raise error.at(f"{where}.{column}") from None
    if not rule.admits(number):
        raise StudyError(
            f"{rule.long_name} out of range",
            got=shown(text),
            expected=rule.range_text(),
            fix=rule.fix,
            where=f"{where}.{column}",
        )
    return number


def _law(row: Mapping[str, object], where: str) -> TemperatureLaw | None:
    cell, place = row.get("temperature_law"), f"{where}.temperature_law"
    if cell is None or cell == "":
        return None
    match = _LAW.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if match is None:
        example = '"arrhenius 0.66 eV" or "arrhenius 0.66 eV at 293.15 K"'
        raise StudyError(
            "temperature law cannot be read",
            got=shown(cell),
            expected=example,
            fix="write a law, its activation energy and, unless it is 298.15 K, the temperature of the value",
            where=place,
        )
    kind, energy, reference = match.groups()
    if kind not in TEMPERATURE_LAWS:
        raise unknown_name("temperature law", kind, TEMPERATURE_LAWS, where=place)
    try:
        barrier = parse_quantity(energy, "energy")
        temperature = STANDARD_TEMPERATURE if reference is None else parse_quantity(reference, "temperature")
    except StudyError as error:
        raise error.at(place) from None
    if barrier < 0 or temperature <= 0:
        expected = f"an activation energy of at least 0 {dimension_of('energy').display} and a temperature above 0 K"
        raise StudyError(
            "temperature law out of range", got=shown(cell), expected=expected, fix="check it", where=place
        )
    return TemperatureLaw(kind, barrier, temperature)
