"""Words on axes and in legends: names of stored variables, formulas and units as papers print them, shared texts."""

import re

import xarray as xr

from screening.units import display_value, format_quantity

_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d*|\)\d*|\(){2,}|[HNO]2")
_COUNTED = re.compile(r"([A-Z][a-z]?|\))(\d+)")
# elements that occur in films, electrolytes and electrodes; a number behind anything else is no subscript
_ELEMENTS = frozenset(
    re.findall(
        r"[A-Z][a-z]?|\)",
        "HLiBeBCNOFNaMgAlSiPSClKCaTiVCrMnFeCoNiCuZnGaGeAsBrSrYZrNbMoRuPdAgInSnSbICsBaLaTaWIrPtAuPbBi)",
    )
)


def formula(text: object) -> str:
    """A text with the numbers of its chemical formulas lowered: "LiF over Li2O" is "LiF over Li₂O"."""

    def lowered(match: re.Match[str]) -> str:
        word = match[0]
        counted = _COUNTED.findall(word)
        if not _FORMULA.fullmatch(word) or any(symbol not in _ELEMENTS for symbol, _ in counted):
            return word
        return _COUNTED.sub(lambda part: part[1] + part[2].translate(_LOWERED), word)

    return re.sub(r"[A-Za-z0-9()]+", lowered, str(text))


def typeset(unit: str) -> str:
    """A unit of the tables as papers print it: "mA/cm2" is "mA cm⁻²"."""
    found = []
    for place, part in enumerate(unit.replace("^", "").split("/")):
        for symbol, power in re.findall(r"([^\W\d]+|%)(-?\d+)?", part.replace("*", " ")):
            power = int(power or 1) * (-1 if place else 1)
            symbol = re.sub(r"^u(?=[A-Za-z])", "µ", symbol).replace("ohm", "Ω")
            found.append(symbol + ("" if power == 1 else str(power).translate(_RAISED)))
    return " ".join(found)


CURRENT_DENSITY = f"current density ({typeset('mA/cm2')}), oxidation positive"


def quantity_text(value: float, cf_unit: object, digits: int = 4) -> str:
    """An SI value with the unit that figures show, such as "100 mV s⁻¹"."""
    number, _, unit = format_quantity(value, str(cf_unit), digits).partition(" ")
    return f"{number} {typeset(unit)}".rstrip()


def number_text(value: float) -> str:
    """Three digits of a number, a very small or large one with its power of ten."""
    text = f"{value:.3g}"
    digits, power, exponent = text.partition("e")
    return f"{digits} × {power_of_ten(int(exponent))}" if power else text


def power_of_ten(exponent: int) -> str:
    """Such as "10⁻⁸"."""
    return f"10{str(exponent).translate(_RAISED)}"


def spelled_out(name: object) -> str:
    """The name of a stored variable in words: "param_layer1_thickness" is "layer1 thickness"."""
    return str(name).removeprefix("param_").replace("_", " ")


def name_and_rate(label: str) -> tuple[str, str]:
    """A column's name in words and its scan rate: "peak_potential[scan_rate=10 mV/s]" has "10 mV s⁻¹"."""
    name, _, choice = label.partition("[")
    number, _, unit = choice.rstrip("]").partition("=")[2].partition(" ")
    return spelled_out(name), f"{number} {typeset(unit)}".strip()


def with_unit(text: str, unit: str) -> str:
    """An axis label with its unit in brackets, which a pure number has not."""
    return f"{text} ({typeset(unit)})" if unit not in ("", "1") else text


def quantity_label(name: object, cf_unit: object) -> str:
    """An axis label of a stored variable: its name in words, and the unit in which figures show it."""
    return with_unit(spelled_out(name), display_value(1.0, str(cf_unit))[1])


def potential_label(curves: xr.Dataset) -> str:
    """Label of an axis of potentials, which count from lithium at a metal electrode."""
    return f"potential (V{' vs Li/Li⁺' if curves.attrs.get('electrode') == 'metal' else ''})"
