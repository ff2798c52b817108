"""Quantities with units: reading, refusing, showing."""

import re
from fractions import Fraction

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.errors import StudyError
from screening.units import DIMENSIONS, display_value, format_quantity, parse_quantity


@pytest.mark.parametrize(
    ("text", "dimension", "expected"),
    [
        ("15 nm", "length", 1.5e-8),
        ("5.75e-13 m^2/s", "diffusivity", 5.75e-13),
        ("100 mV/s", "scan rate", 0.1),
        ("100 mA/cm^2", "current density", 1000.0),
        ("20 ohm*cm^2", "area-specific resistance", 2e-3),
        ("20 ohm cm^2", "area-specific resistance", 2e-3),
        ("20 ohm-cm2", "area-specific resistance", 2e-3),
        ("1 Ω·cm²", "area-specific resistance", 1e-4),
        ("2 mol/L", "concentration", 2000.0),
        ("2 M", "concentration", 2000.0),
        ("25 degC", "temperature", 298.15),
        ("298.15 K", "temperature", 298.15),
        ("20 uF/cm^2", "area-specific capacitance", 0.2),
        ("20 µF/cm²", "area-specific capacitance", 0.2),
        ("1e-9 mol/cm^2", "amount per area", 1e-5),
        ("2.19e-5 S/m", "conductivity", 2.19e-5),
        ("-0.5 V", "potential", -0.5),
        ("2 min", "time", 120.0),
        ("1 A m-2", "current density", 1.0),
        ("0.4", "dimensionless number", 0.4),
        ("40 %", "dimensionless number", 0.4),
        (0.4, "dimensionless number", 0.4),
        (1, "dimensionless number", 1.0),
        ("  15   nm ", "length", 1.5e-8),
    ],
)
def test_reads_to_si(text, dimension, expected):
    assert parse_quantity(text, dimension) == expected


@pytest.mark.parametrize(
    ("value", "dimension", "parts"),
    [
        (15, "length", ["no unit", "got 15", "a length", '"15 nm"']),
        ("15", "length", ["no unit", 'got "15"', 'write it with its unit, e.g. "15 nm"']),
        (0.1, "scan rate", ["no unit", "a scan rate", '"0.1 mV/s"']),
        ("15 mA", "current density", ["wrong dimension (current)", 'got "15 mA"', '"100 mA/cm^2"']),
        ("3 nm", "dimensionless number", ["wrong dimension (length)"]),
        ("1 V/s", "potential", ["wrong dimension (scan rate)"]),
        ("15 nn", "length", ['unknown unit "nn"', 'did you mean "nm"']),
        ("15 mv", "potential", ['unknown unit "mv"', 'did you mean "mV"?']),
        ("1,5 nm", "length", ['got "1,5 nm"', "decimal point"]),
        ("nan nm", "length", ["not a number"]),
        (float("nan"), "dimensionless number", ["not a number"]),
        ("inf nm", "length", ["not finite"]),
        (float("inf"), "dimensionless number", ["not finite"]),
        ("1e400 nm", "length", ["not finite"]),
        ("1e306 km", "length", ["too large"]),
        ("thin", "length", ["cannot be read", "number followed by its unit"]),
        ("", "length", ["cannot be read"]),
        (True, "length", ["not a quantity", "got true"]),
        (None, "length", ["not a quantity"]),
        ("1 (m", "length", ["unit cannot be read"]),
        ("1 m^", "length", ["unit cannot be read"]),
        ("1 10 nm", "length", ["unit cannot be read"]),
        # these two kept pint busy for ever
        ("1 m^2^2^99", "length", ["unit cannot be read"]),
        ("1 m**999999", "length", ["unit cannot be read"]),
        ("1 nm\n; rm", "length", ["unit cannot be read"]),
        ("1 degC/s", "temperature", ["wrong dimension"]),
    ],
)
def test_refuses_in_one_line(value, dimension, parts):
    with pytest.raises(StudyError) as caught:
        parse_quantity(value, dimension)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_infinity_only_where_it_is_a_limit():
    assert parse_quantity("inf A/m^2", "current density", infinite=True) == float("inf")
    with pytest.raises(StudyError, match="wrong dimension"):
        parse_quantity("inf m", "current density", infinite=True)


@pytest.mark.parametrize(
    ("text", "hint"), [("25", '"25 degC"'), ("298", '"298 K"'), ("25 C", 'write "degC"'), ("77 F", 'write "degF"')]
)
def test_temperatures_are_answered_in_the_unit_that_was_meant(text, hint):
    with pytest.raises(StudyError, match=re.escape(hint)):
        parse_quantity(text, "temperature")


def test_angstrom_is_read():
    assert parse_quantity("5 \u00c5", "length") == parse_quantity("5 \u212b", "length") == 5e-10


def test_temperature_difference_has_no_zero():
    assert parse_quantity("5 K", "temperature", offset=False) == 5.0
    with pytest.raises(StudyError, match="offset zero"):
        parse_quantity("5 degC", "temperature", offset=False)


def test_unknown_dimension_is_refused():
    with pytest.raises(StudyError, match=r"unknown dimension.*near: length"):
        parse_quantity("1 m", "lenght")


@given(st.floats(min_value=1e-3, max_value=1e6))
def test_conversion_is_correctly_rounded(number):
    assert parse_quantity(f"{number!r} nm", "length") == float(Fraction(repr(number)) / 10**9)


@pytest.mark.parametrize("name", DIMENSIONS)
def test_each_dimension_agrees_with_pint(name):
    dimension = DIMENSIONS[name]
    assert parse_quantity(f"1 {dimension.cf}" if dimension.si else "1", name) == 1.0
    parse_quantity(dimension.example, name)
    display = dimension.display.replace("cm2", "cm^2").replace("m2/", "m^2/")
    ratio = pint.UnitRegistry().Quantity(1.0, dimension.si).to(display).magnitude
    assert dimension.display_factor == pytest.approx(ratio, rel=1e-12)


def test_shows_display_units():
    assert display_value(1000.0, "A m-2") == (100.0, "mA/cm2")
    assert format_quantity(1.5e-8, "m") == "15 nm"
    assert format_quantity(2e-3, "ohm m2") == "20 ohm cm2"
    assert format_quantity(0.5, "1") == "0.5"
    assert format_quantity(3.0, "kg") == "3 kg"
