"""Tables of materials in CSV or TOML: one row a value."""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from screening.errors import StudyError, shown, unknown_name
from screening.materials.entry import COLUMNS, Entry, parse_entry

_LONG_NAME = "long_name"
_TOML_KEY = "value"


@dataclass(frozen=True)
class MaterialTable:
    """What one file says: names in words, and the rows of every material in the order of the file."""

    long_names: Mapping[str, str]
    entries: Mapping[str, tuple[Entry, ...]]


def read_table(path: str | PathLike[str]) -> MaterialTable:
    """Read a table of materials.

    A CSV file has the columns material, quantity, value, unit, low, high, temperature_law, quality, source; a TOML file has one
    table `[[value]]` a row with the same keys. A row with the quantity "long_name" names its material in words.
    """
    file = Path(path)
    if file.suffix.lower() not in _READERS:
        fix = "rename the file, or save it as CSV"
        raise StudyError("unknown kind of table", got=shown(str(path)), expected="a .csv or .toml file", fix=fix)
    return parse_table(read_text(file), file.name)


def read_text(path: str | PathLike[str]) -> str:
    """Text of a table of materials."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise StudyError(
            "table of materials cannot be read",
            got=f"{path} ({reason})",
            expected="a readable text file in UTF-8",
            fix="check the path",
        ) from error


def parse_table(text: str, name: str) -> MaterialTable:
    """Read the text of a table of materials."""
    long_names: dict[str, str] = {}
    entries: dict[str, list[Entry]] = {}
    for where, row in _READERS[Path(name).suffix.lower()](text, name):
        if row.get("quantity") == _LONG_NAME:
            long_names[_long_name_cell(row, "material", where)] = _long_name_cell(row, "value", where)
            continue
        entry = parse_entry(row, where)
        rows = entries.setdefault(entry.material, [])
        if entry in rows:
            what, fix = "the same row twice", "remove one"
            raise StudyError(what, got=f"{entry.quantity} of {entry.material}", fix=fix, where=where)
        rows.append(entry)
    if not entries:
        raise StudyError("table without values", got=shown(name), expected="at least one row", fix="add a row")
    return MaterialTable(long_names, {name: tuple(rows) for name, rows in entries.items()})


def merge_entries(base: tuple[Entry, ...], added: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Rows of one material after another table: its rows replace all earlier ones of the same quantity."""
    replaced = {entry.quantity for entry in added}
    return tuple(entry for entry in base if entry.quantity not in replaced) + added


def _csv_rows(text: str, name: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    reader = csv.DictReader(io.StringIO(text), restkey="(more)", strict=True)
    try:
        header = reader.fieldnames or ()
        for column in header:
            if column not in COLUMNS:
                raise unknown_name("column", column, COLUMNS, where=f"{name} line 1")
        for column in ("material", "quantity", "value", "quality", "source"):
            if column not in header:
                expected = f"the columns {', '.join(COLUMNS)}"
                raise StudyError("missing column", expected=expected, fix=f"add {column}", where=f"{name} line 1")
        for row in reader:
            where = f"{name} line {reader.line_num}"
            if "(more)" in row:
                fix = "put text that holds a comma in double quotes"
                raise StudyError("too many cells", expected=f"{len(header)} cells", fix=fix, where=where)
            yield where, {column: (cell or "").strip() for column, cell in row.items()}
    except csv.Error as error:
        where = f"{name} line {reader.line_num}"
        raise StudyError(
            "not CSV", got=str(error), expected="comma-separated cells", fix="check it", where=where
        ) from None


def _toml_rows(text: str, name: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyError("not TOML", got=str(error), expected="tables [[value]]", fix="check it", where=name) from None
    for key in content:
        if key != _TOML_KEY:
            raise unknown_name("key", key, [_TOML_KEY], where=name)
    rows = content.get(_TOML_KEY, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise StudyError(
            "not a list of tables", got=shown(rows), expected="tables [[value]]", fix="write [[value]]", where=name
        )
    for number, row in enumerate(rows):
        yield f"{name} value[{number}]", row


_READERS = {".csv": _csv_rows, ".toml": _toml_rows}


def _long_name_cell(row: Mapping[str, object], column: str, where: str) -> str:
    cell = row.get(column)
    if not isinstance(cell, str) or not cell.strip():
        fix = f"fill {column}"
        raise StudyError("long_name without text", got=shown(cell), expected="text", fix=fix, where=f"{where}.{column}")
    return cell.strip()
