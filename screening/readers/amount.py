"""Amounts with the units of instrument files, in SI."""

import re

from screening.errors import StudyError, shown
from screening.units import parse_quantity

# quantity -> (how its unit becomes that of a dimension of the package, that dimension, its name, examples)
UNITS: dict[str, tuple[str, str, str, str]] = {
    "potential": ("({})", "potential", "a potential", "V, mV"),
    "time": ("({})", "time", "a time", "s, min"),
    "current": ("({})/m^2", "current density", "a current", "A, mA, uA"),
    "current_density": ("({})", "current density", "a current density", "mA/cm2, A/m2"),
    "area": ("ohm*({})", "area-specific resistance", "an area", "cm^2, mm^2"),
    "resistance": ("({})*m^2", "area-specific resistance", "a resistance", "ohm, kohm"),
    "specific_resistance": ("({})", "area-specific resistance", "an impedance", "ohm, ohm cm^2"),
    "frequency": ("({})", "frequency", "a frequency", "Hz, kHz"),
    "capacitance": ("({})/m^2", "area-specific capacitance", "a capacitance", "uF, mF"),
}
REFERENCE = re.compile(r"\s+(?:vs\.?|against)\s.*$", re.IGNORECASE)
_PER_AREA = re.compile(r"m\s*(?:\^|\*\*)?\s*[-−]?[2²]")


def unit_factor(unit: str, quantity: str) -> float:
    """SI value of one unit of a header, such as "mA" or "V vs. Ref."."""
    frame, dimension, kind, examples = UNITS[quantity]
    text = re.sub(r"(?<=[A-Za-z])\.(?=[A-Za-z])", " ", REFERENCE.sub("", unit.strip()))
    text = re.sub(r"\bSec(?:onds)?\b", "s", text.replace("Ohm", "ohm"))
    try:
        return parse_quantity("1 " + frame.format(text), dimension)
    except StudyError:
        raise StudyError(
            "wrong unit" if text else "no unit",
            got=shown(unit) if text else "",
            expected=f"the unit of {kind} such as {examples}",
            fix="correct the unit",
        ) from None


def read_amount(value: object, quantity: str, name: str) -> float:
    """A positive setting of a correction, such as "0.07 cm^2", in SI units."""
    number, factor = value, 1.0
    if isinstance(value, str):
        match = re.fullmatch(r"\s*([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*(\S.*?)\s*", value)
        if match is None:
            expected = f'a number and its unit such as "1 {UNITS[quantity][3].partition(",")[0]}"'
            raise StudyError("cannot be read", got=shown(value), expected=expected, where=name)
        try:
            # one product, so that "50 mm^2" is the float 5e-5
            number, factor = float(match[1]), unit_factor(match[2], quantity)
        except StudyError as error:
            raise error.at(name) from None
        except ValueError:
            number = None
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 < number < float("inf"):
        raise StudyError("not a positive amount", got=shown(value), expected=UNITS[quantity][2], where=name)
    return float(f"{number * factor:.15g}")


def read_si(value: str | float, dimension: str) -> float:
    """A quantity such as "100 mV/s", or a number that is SI already, of a dimension of the package."""
    return parse_quantity(value, dimension) if isinstance(value, str) else float(value)


def read_areal_amount(value: object, quantity: str, name: str) -> tuple[float, bool]:
    """A positive setting such as "35 ohm" or "20 ohm*cm^2" in SI units, and whether it is of an area."""
    if not isinstance(value, str):
        example = {"resistance": '"35 ohm" or "20 ohm*cm^2"', "capacitance": '"2 uF" or "20 uF/cm^2"'}[quantity]
        raise StudyError("no unit", got=shown(value), expected=f"{UNITS[quantity][2]} such as {example}", where=name)
    if not _PER_AREA.search(value):
        return read_amount(value, quantity, name), False
    try:
        amount = parse_quantity(value, f"area-specific {quantity}")
    except StudyError as error:
        raise error.at(name) from None
    if not amount > 0:
        raise StudyError("not a positive amount", got=shown(value), expected=UNITS[quantity][2], where=name)
    return amount, True
