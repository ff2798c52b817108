"""Column headers of impedance spectra: which quantity, which unit, which sign."""

import contextlib
import math
import re
from collections.abc import Mapping, Sequence

from screening.errors import StudyError, shown
from screening.readers.amount import unit_factor
from screening.readers.header import (
    Column,
    ColumnChoice,
    checked_choices,
    chosen_header,
    headers_shown,
    only_one,
    split_header,
)

# Names without unit and minus sign, in lower case, with straight quotes.
_NAMES: dict[str, tuple[str, ...]] = {
    "frequency": ("freq", "freq.", "frequency", "f", "omega", "ω", "angular frequency"),
    "real": ("re(z)", "z'", "zre", "zreal", "z real", "z re", "real(z)", "re", "real"),
    "imaginary": ("im(z)", 'z"', "zim", "zimag", "zimg", "z imag", "z im", "imag(z)", "im", "imag", "imaginary"),
    "modulus": ("|z|", "zmod", "z mod", "z", "mod", "modulus", "magnitude", "impedance"),
    "phase": ("phase(z)", "zphz", "phase", "phase angle", "phz", "theta", "θ"),
}
_ANGULAR = ("omega", "ω", "angular frequency")
_DEGREES = ("", "deg", "deg.", "degree", "degrees", "°")
_QUOTES = str.maketrans({"′": "'", "’": "'", "″": '"', "”": '"', "−": "-", "–": "-"})


def find_spectrum_columns(
    names: Sequence[str], choices: Mapping[str, ColumnChoice] | None, where: str
) -> dict[str, Column]:
    """The columns of frequency, both parts of the impedance, or its modulus and phase, by their headers or by choice."""
    chosen = checked_choices(choices, _NAMES, where)
    found = {}
    for quantity in _NAMES:
        column = (
            _chosen(names, quantity, chosen[quantity], where)
            if quantity in chosen
            else _matching(names, quantity, where)
        )
        if column is not None:
            found[quantity] = column
    lacking = next((name for name in ("frequency", "real", "imaginary") if name not in found), None)
    if "frequency" in found and {"modulus", "phase"} <= set(found):
        lacking = None
    if lacking is not None:
        example = {"frequency": "freq/Hz", "real": "Re(Z)/Ohm", "imaginary": "-Im(Z)/Ohm"}[lacking]
        raise StudyError(
            f"no column of the {lacking} part of the impedance" if lacking != "frequency" else "no column of frequency",
            got=headers_shown(names),
            expected=f'a header such as "{example}"',
            fix=f'name it: columns={{"{lacking}": ("{names[0]}", "{example.partition("/")[2]}")}}',
            where=where,
        )
    return found


def headers_of_spectrum(names: Sequence[str]) -> tuple[str, str] | None:
    """The headers of a frequency and of an impedance, if a table has both."""
    found = {}
    for quantity in _NAMES:
        with contextlib.suppress(StudyError):
            found[quantity] = _matching(names, quantity, "")
    parts = [column.name for name in ("real", "imaginary", "modulus") if (column := found.get(name)) is not None]
    frequency = found.get("frequency")
    return (frequency.name, parts[0]) if frequency is not None and parts else None


def _ways(header: str) -> list[tuple[str, str, bool]]:
    """Name, unit and whether a minus sign or "neg." stands before the name."""
    ways = []
    for name, unit in split_header(header):
        plain = name.translate(_QUOTES).replace("''", '"')
        bare = re.sub(r"^(?:-\s*|neg\.?\s+)", "", plain)
        ways.append((bare, unit, bare != plain))
    return ways


def _matching(names: Sequence[str], quantity: str, where: str) -> Column | None:
    fitting, wrong = [], None
    for header in names:
        for name, unit, negative in _ways(header):
            if name not in _NAMES[quantity]:
                continue
            try:
                fitting.append(_column(header, name, unit, quantity, negative))
            except StudyError as error:
                wrong = wrong or error.at(f"{where}: {header}")
                continue
            break
    if not fitting and wrong is not None and quantity in ("frequency", "real", "imaginary"):
        raise wrong
    return only_one(fitting, quantity, where)


def _chosen(names: Sequence[str], quantity: str, choice: ColumnChoice, where: str) -> Column | None:
    if choice is None:
        return None
    header, given = chosen_header(names, choice, where)
    ways = _ways(header)
    name, unit, negative = next((way for way in ways if way[0] in _NAMES[quantity]), ways[0])
    try:
        return _column(header, name, unit if given is None else given, quantity, negative)
    except StudyError as error:
        raise error.at(f"{where}: {header}") from None


def _column(header: str, name: str, unit: str, quantity: str, negative: bool) -> Column:
    factor, per_area = 1.0, False
    if quantity == "phase":
        if unit.casefold() not in (*_DEGREES, "rad"):
            raise StudyError("wrong unit", got=shown(unit), expected="deg or rad", fix="correct the unit")
        factor = 1.0 if unit.casefold() == "rad" else math.pi / 180
    elif quantity == "frequency":
        factor = unit_factor(unit, "frequency") if unit else 1.0
        if name in _ANGULAR or "rad" in unit:
            factor /= 2 * math.pi
    elif unit:
        try:
            factor = unit_factor(unit, "resistance")
        except StudyError:
            factor, per_area = unit_factor(unit, "specific_resistance"), True
    return Column(header, -factor if negative else factor, per_area, not unit)
