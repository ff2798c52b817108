"""Phases of a study's own: the key `phases` and the tables [[phase]], merged over the table that ships with the package."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from screening.errors import StudyError, shown, unknown_name
from screening.materials.entry import Entry, parse_entry
from screening.materials.phases import Phase, known_phases, merge_phases
from screening.materials.property_table import MaterialTable, parse_table, read_text
from screening.materials.quantities import QUANTITIES

_ABOUT = ("name", "long_name", "quality", "source")
_VALUE_KEYS = ("value", "low", "high", "temperature_law", "quality", "source")
_FIRST_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_PHASES_LINE = re.compile(r"^[ \t]*(?:phases|\"phases\"|'phases')[ \t]*=.*$", re.MULTILINE)


def study_phases(raw: Mapping[str, Any], known: Mapping[str, Phase] | None) -> Mapping[str, Phase] | None:
    """The phases that the layers of a study may name."""
    table, own = raw.get("phases"), raw.get("phase")
    if table is None and own is None:
        return known
    merged = dict(known_phases() if known is None else known)
    if table is not None:
        if not isinstance(table, str) or "\n" not in table:
            raise StudyError(
                "table of phases was not read",
                got=shown(table),
                expected='phases = "my_phases.csv" beside the study file, or the rows of such a table',
                fix="read the study with load_study, or put the rows between three quotes",
                where="phases",
            )
        kind = ".toml" if re.search(r"^\s*\[\[value\]\]", table, re.MULTILINE) else ".csv"
        merged = merge_phases(merged, parse_table(table.lstrip("\n"), f"phases{kind}"))
    if own is not None:
        if not isinstance(own, list) or not own or not all(isinstance(one, Mapping) for one in own):
            raise StudyError("wrong type", got=shown(own), expected="tables", fix="write [[phase]]", where="phase")
        for number, one in enumerate(own):
            try:
                merged = merge_phases(merged, _phase_table(one))
            except StudyError as error:
                raise error.at(f"phase[{number}]") from None
    return merged


def embed_phases(text: str, folder: Path) -> str:
    """Put the rows of the table that a study file names into its text, so that the text alone says everything."""
    try:
        table = tomllib.loads(text).get("phases")
    except tomllib.TOMLDecodeError:
        return text  # the reader of the study says what is wrong
    if not isinstance(table, str) or "\n" in table:
        return text
    try:
        path = folder / table
        if path.suffix.lower() not in (".csv", ".toml"):
            fix = "rename the file, or save it as CSV"
            raise StudyError("unknown kind of table", got=shown(table), expected="a .csv or .toml file", fix=fix)
        rows = read_text(path)
        parse_table(rows, path.name)  # so that messages name the file and its line
    except StudyError as error:
        raise error.at("phases") from None
    end = _FIRST_TABLE.search(text)
    head, rest = (text[: end.start()], text[end.start() :]) if end else (text, "")
    return _PHASES_LINE.sub(lambda line: f"# {line[0].strip()}\nphases = {_toml_text(rows)}", head, count=1) + rest


def _toml_text(rows: str) -> str:
    if "'''" not in rows:
        return f"'''\n{rows.rstrip()}\n'''"
    escaped = rows.rstrip().replace("\\", "\\\\").replace('"', '\\"')
    return f'"""\n{escaped}\n"""'


def _phase_table(raw: Mapping[str, Any]) -> MaterialTable:
    known = (*_ABOUT, *QUANTITIES)
    for key in raw:
        if key not in known:
            raise unknown_name("key", str(key), known, where=str(key))
    name = raw.get("name")
    if not isinstance(name, str) or not name.strip():
        raise StudyError("missing key", got=shown(name), expected="a name", fix='add name = "LiX"', where="name")
    entries: list[Entry] = []
    for quantity in QUANTITIES:
        if quantity in raw:
            entries.append(_entry(name, quantity, raw))
    if not entries:
        fix = 'add conductivity = "1e-9 S/m"'
        raise StudyError("phase without values", expected=f"one of {', '.join(QUANTITIES)}", fix=fix)
    long_name = raw.get("long_name")
    return MaterialTable({name: str(long_name)} if long_name else {}, {name: tuple(entries)})


def _entry(name: str, quantity: str, raw: Mapping[str, Any]) -> Entry:
    value = raw[quantity]
    row = {"material": name, "quantity": quantity, "quality": raw.get("quality", "estimated")}
    row["source"] = raw.get("source", "the study file")
    if isinstance(value, Mapping):
        for key in value:
            if key not in _VALUE_KEYS:
                raise unknown_name("key", str(key), _VALUE_KEYS, where=f"{quantity}.{key}")
        return parse_entry({**row, **value}, quantity)
    return parse_entry({**row, "value": value}, quantity)
