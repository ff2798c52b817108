"""Quantities with units at the edge of the package: text to SI floats, SI floats to display units."""

import decimal
import functools
import math
import re
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from screening.errors import StudyError, near_matches, shown

Number = TypeVar("Number", float, np.ndarray)


@dataclass(frozen=True)
class Dimension:
    """A physical dimension as users meet it.

    Attributes:
        name: e.g. "current density", as error messages call it.
        si: SI unit in pint's notation, the unit of every stored float.
        cf: the same unit in CF notation, for the `units` attribute of stored variables.
        example: a quantity as users may write it.
        display: unit of tables and plots.
        display_factor: display value = SI value * display_factor.
    """

    name: str
    si: str
    cf: str
    example: str
    display: str
    display_factor: float


DIMENSIONS: dict[str, Dimension] = {
    dimension.name: dimension
    for dimension in (
        Dimension("dimensionless number", "", "1", "0.5", "", 1.0),
        Dimension("length", "m", "m", "15 nm", "nm", 1e9),
        Dimension("time", "s", "s", "30 s", "s", 1.0),
        Dimension("temperature", "K", "K", "25 degC", "K", 1.0),
        Dimension("potential", "V", "V", "100 mV", "V", 1.0),
        Dimension("scan rate", "V/s", "V s-1", "100 mV/s", "mV/s", 1e3),
        Dimension("current density", "A/m^2", "A m-2", "100 mA/cm^2", "mA/cm2", 0.1),
        Dimension("charge density", "C/m^2", "C m-2", "10 mC/cm^2", "mC/cm2", 0.1),
        Dimension("diffusivity", "m^2/s", "m2 s-1", "5.75e-13 m^2/s", "m2/s", 1.0),
        Dimension("velocity", "m/s", "m s-1", "1e-5 m/s", "m/s", 1.0),
        Dimension("concentration", "mol/m^3", "mol m-3", "2 mol/L", "mol/L", 1e-3),
        Dimension("amount per area", "mol/m^2", "mol m-2", "1e-9 mol/cm^2", "nmol/cm2", 1e5),
        Dimension("conductivity", "S/m", "S m-1", "2.19e-5 S/m", "S/m", 1.0),
        Dimension("area-specific resistance", "ohm*m^2", "ohm m2", "20 ohm*cm^2", "ohm cm2", 1e4),
        Dimension("area-specific capacitance", "F/m^2", "F m-2", "20 uF/cm^2", "uF/cm2", 1e2),
        # energies are per ion (eV); per mole of ions (kJ/mol) is read too
        Dimension("energy", "J", "J", "0.60 eV", "eV", 1 / 1.602176634e-19),
        Dimension("frequency", "1/s", "s-1", "1e13 1/s", "1/s", 1.0),
        Dimension("pressure", "Pa", "Pa", "1 bar", "bar", 1e-5),
        Dimension("molar flux", "mol/m^2/s", "mol m-2 s-1", "20 nmol/cm^2/s", "nmol/cm2/s", 1e5),
        Dimension("gas solubility", "mol/m^3/Pa", "mol m-3 Pa-1", "6 mol/m^3/bar", "mol/m^3/bar", 1e5),
        Dimension("density", "kg/m^3", "kg m-3", "2.64 g/cm^3", "g/cm^3", 1e-3),
        Dimension("molar mass", "kg/mol", "kg mol-1", "25.94 g/mol", "g/mol", 1e3),
        Dimension("molar volume", "m^3/mol", "m3 mol-1", "9.8 cm^3/mol", "cm^3/mol", 1e6),
        Dimension("dynamic viscosity", "Pa*s", "Pa s", "0.53 mPa*s", "mPa*s", 1e3),
    )
}

# Near matches come from these alone: pint knows a thousand units, most of which no electrochemist means.
_USUAL_UNITS = re.findall(
    r"\w+",
    "nm um mm cm m s ms min h K degC V mV uV A mA uA nA C mC mol mmol umol nmol L mL M mM S mS uS ohm kohm mohm F uF mF "
    "eV Pa kPa bar meter second minute hour kelvin volt ampere coulomb mole liter siemens farad",
)

# Dimensions that no field has, named only to tell a user what was written instead.
_OTHER_DIMENSIONS = {
    "A": "current",
    "C": "charge",
    "ohm": "resistance",
    "F": "capacitance",
    "mol": "amount",
    "m^2": "area",
}
# A temperature without a unit above this was meant in kelvin.
HOTTEST_IN_CELSIUS = 150.0
_AVOGADRO = decimal.Decimal("6.02214076e23")
_NUMBER = re.compile(r"\s*([+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|(?:inf|nan)(?=\s|$)))\s*(.*?)\s*", re.DOTALL)
_UNIT_TEXT = re.compile(r"[A-Za-z0-9_*/^()%+\- ]*")
# One signed digit: towers and huge exponents would keep the parser busy for ever.
_EXPONENT = re.compile(r"(?<=[A-Za-z)])\s*(?:\^|\*\*)\s*[+-]?\d(?!\d)")
# both code points of micro (sign, Greek letter), of ohm and of angstrom (sign, letter), multiplication signs, the true minus
_SPELLINGS = str.maketrans(
    {
        "\u00b5": "u",
        "\u03bc": "u",
        "\u2126": "ohm",
        "\u03a9": "ohm",
        "\u00c5": "angstrom",
        "\u212b": "angstrom",
        "·": "*",
        "⋅": "*",
        "×": "*",
        "−": "-",
    }
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def dimension_of(name: str) -> Dimension:
    """The dimension of a name such as "current density".

    Example:
        >>> dimension_of("length").cf
        'm'
    """
    if name not in DIMENSIONS:
        raise StudyError(
            "unknown dimension",
            got=shown(name),
            expected=f"one of {', '.join(DIMENSIONS)}",
            fix="near: " + (", ".join(near_matches(name, DIMENSIONS)) or "none"),
        )
    return DIMENSIONS[name]


def parse_quantity(value: object, dimension: str, *, infinite: bool = False, offset: bool = True) -> float:
    """Read a quantity with its unit, such as "15 nm", and return it in SI units.

    Args:
        value: text from the study file; bare numbers are accepted for dimensionless quantities only.
        dimension: name of the dimension, a key of `DIMENSIONS`.
        infinite: whether "inf UNIT" is allowed (limits such as a reversible electrode).
        offset: whether units with an offset zero (degC) are allowed; a temperature difference refuses them.

    Returns:
        The value in the SI unit of the dimension.

    Raises:
        StudyError: no unit, unknown unit, wrong dimension, not a number, or not finite.

    Example:
        >>> round(parse_quantity("100 mV/s", "scan rate"), 12)
        0.1
    """
    wanted = dimension_of(dimension)
    number, unit = _split(value, wanted)
    if math.isnan(number):
        raise _refusal("not a number", value, wanted, "give a number")
    if math.isinf(number) and not infinite:
        raise _refusal("not finite", value, wanted, "give a finite value")
    try:
        scale, zero = _conversion(unit, dimension)
    except StudyError as error:
        raise _refusal(error.what, value, wanted, error.fix) from None
    if zero and not offset:
        raise _refusal(
            "a difference cannot have a unit with an offset zero", value, wanted, f'write it in "{wanted.si}"'
        )
    if math.isinf(number):
        return number
    # Decimal, so that "15 nm" is the same float as 1.5e-8
    converted = float(decimal.Decimal(repr(number)) * scale + zero)
    if math.isinf(converted):
        raise _refusal("too large", value, wanted, "give a smaller value")
    return converted


def display_value(value: Number, cf_unit: str) -> tuple[Number, str]:
    """An SI value, or an array of them, in the unit that tables and plots show; a unit that no dimension has stays.

    Example:
        >>> display_value(1000.0, "A m-2")
        (100.0, 'mA/cm2')
    """
    dimension = dimension_of_cf(cf_unit)
    return (value, cf_unit) if dimension is None else (value * dimension.display_factor, dimension.display)


def dimension_of_cf(cf_unit: str) -> Dimension | None:
    """The dimension whose values are stored in a CF unit, if any."""
    return next((dimension for dimension in DIMENSIONS.values() if dimension.cf == cf_unit), None)


def readable_value(value: Number, cf_unit: str) -> tuple[Number, str]:
    """As `display_value`, with lengths of a micrometre and more in um: films are counted in nm, diffusion layers in um."""
    converted, unit = display_value(value, cf_unit)
    long = np.abs(converted) >= 1e3
    if unit == "nm" and np.any(long) and np.all(long | np.isnan(converted)):
        return converted * 1e-3, "um"
    return converted, unit


def format_quantity(value: float, cf_unit: str, digits: int = 4) -> str:
    """An SI value with its display unit.

    Example:
        >>> format_quantity(1.5e-8, "m")
        '15 nm'
    """
    converted, unit = readable_value(value, cf_unit)
    return f"{converted:.{digits}g} {unit}".rstrip()


def _split(value: object, wanted: Dimension) -> tuple[float, str]:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if wanted.si and not math.isnan(value):
            raise _refusal(
                "no unit", value, wanted, f'write it with its unit, e.g. "{value} {_example_unit(wanted, value)}"'
            )
        return float(value), ""
    if not isinstance(value, str):
        raise _refusal("not a quantity", value, wanted, "give a number and its unit as one string")
    match = _NUMBER.fullmatch(value)
    if match is None or match[2].startswith(","):
        fix = "use a decimal point" if match is not None else "give a number followed by its unit"
        raise _refusal("cannot be read as a quantity", value, wanted, fix)
    if not match[2] and wanted.si:
        raise _refusal(
            "no unit",
            value,
            wanted,
            f'write it with its unit, e.g. "{match[1]} {_example_unit(wanted, float(match[1]))}"',
        )
    return float(match[1]), match[2]


def _example_unit(wanted: Dimension, number: float) -> str:
    if wanted.name == "temperature" and number > HOTTEST_IN_CELSIUS:
        return wanted.si
    return wanted.example.partition(" ")[2]


def _refusal(what: str, value: object, wanted: Dimension, fix: str) -> StudyError:
    article = "an" if wanted.name[0] in "aeiou" else "a"
    return StudyError(what, got=shown(value), expected=f'{article} {wanted.name} such as "{wanted.example}"', fix=fix)


@functools.cache
def _registry():
    import pint  # imported here because it takes half a second, which `--help` need not wait for

    return pint.UnitRegistry()


@functools.lru_cache(maxsize=1024)
def _conversion(unit: str, dimension: str) -> tuple[decimal.Decimal, decimal.Decimal]:
    """Scale and zero so that SI = value * scale + zero."""
    import pint

    wanted = dimension_of(dimension)
    text = unit.replace("°C", "degC").translate(_SPELLINGS).translate(_SUPERSCRIPTS)
    # "m-3" and "cm2" as CF writes them, and "ohm-cm^2" as instruments do
    text = re.sub(r"(?<=[A-Za-z0-9])-(?=[A-Za-z])", "*", text)
    text = re.sub(r"(?<=[A-Za-z])([+-]?\d+)", r"^\1", text)
    plain = _EXPONENT.sub("", text)
    if not _UNIT_TEXT.fullmatch(text) or re.search(r"\^|\*\*|[02-9]|\d\d|[+-]", plain):
        raise _refusal("unit cannot be read", unit, wanted, "write it like the example")
    registry = _registry()
    try:
        parsed = registry.parse_units(text)
    except pint.UndefinedUnitError as error:
        name = str(error.unit_names if isinstance(error.unit_names, str) else error.unit_names[0])
        same = [usual for usual in _USUAL_UNITS if usual.casefold() == name.casefold()]
        near = same or near_matches(name, _USUAL_UNITS, cutoff=0.5)
        fix = (
            "did you mean " + " or ".join(f'"{match}"' for match in near) + "?" if near else "write it like the example"
        )
        raise _refusal(f'unknown unit "{name}"', unit, wanted, fix) from None
    except Exception:  # pint's tokenizer raises many kinds for text such as "m^" or "(m"; all mean the same to the user
        raise _refusal("unit cannot be read", unit, wanted, "write it like the example") from None
    target = registry.parse_units(wanted.si)
    share = decimal.Decimal(1)
    if wanted.si == "J" and parsed.dimensionality == registry.parse_units("J/mol").dimensionality:
        target, share = registry.parse_units("J/mol"), 1 / _AVOGADRO
    if parsed.dimensionality != target.dimensionality:
        names = {d.si: d.name for d in DIMENSIONS.values()} | _OTHER_DIMENSIONS
        same = (name for si, name in names.items() if registry.parse_units(si).dimensionality == parsed.dimensionality)
        given = next(same, str(parsed.dimensionality))
        fix = f'write "deg{text}"' if wanted.name == "temperature" and text in "CF" else "give a unit of that dimension"
        raise _refusal(f"wrong dimension ({given})", unit, wanted, fix)
    zero, one = (float(registry.Quantity(number, parsed).to(target).magnitude) for number in (0.0, 1.0))
    # 15 digits drop the rounding of pint's own product of factors (1 mol/L would be 999.9999999999999 mol/m3)
    return decimal.Decimal(f"{one - zero:.15g}") * share, decimal.Decimal(f"{zero:.15g}")
