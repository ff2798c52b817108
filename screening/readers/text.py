"""Text of instrument files: encoding, delimiters, cells and numbers."""

import contextlib
import csv
import re
from typing import Any

import numpy as np

from screening.errors import StudyError

NOT_KNOWN = "not a known instrument file"
_CLOCK = re.compile(r"(\d+):([0-5]\d):([0-5]\d(?:[.,]\d+)?)")


def not_known(got: str, fix: str, where: str) -> StudyError:
    """The error of a file of another kind."""
    known = "EC-Lab .mpt or .mpr, text of CH Instruments, NOVA, Gamry, PSTrace or ZView, CSV or xlsx"
    return StudyError(NOT_KNOWN, got=got, expected=known, fix=fix, where=where)


def truncated(got: str, expected: str, where: str, fix: str = "copy or export the file again") -> StudyError:
    """The error of a file whose end is missing."""
    return StudyError("truncated file", got=got, expected=expected, fix=fix, where=where)


def no_rows(where: str, got: str = "0 rows", fix: str = "export it again") -> StudyError:
    """The error of a file without data."""
    return StudyError("no data rows", got=got, expected="numbers under the headers", fix=fix, where=where)


def decode_text(data: bytes, where: str) -> str:
    """Text of a file in UTF-8, UTF-16 or Latin-1."""
    text = None
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if "\0" in text:
        raise not_known("a binary file", "export it as text", where)
    return text


def delimiter_of(line: str) -> str | None:
    """The delimiter of a line: tab, semicolon or comma, or None for blanks."""
    return next((character for character in "\t;," if character in line), None)


def split_cells(line: str, delimiter: str | None) -> list[str]:
    """The cells of a line, without blanks and quotes around them."""
    if delimiter is None:
        return line.split()
    cells = line.split(delimiter)
    if '"' in line:
        with contextlib.suppress(csv.Error):  # a cell too long for it is none of a table
            cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    return [cell.strip() for cell in cells]


def read_number(cell: Any) -> float:
    """The number of a cell, with decimal point or comma; NaN for an empty cell, ValueError for other text."""
    if cell is None or cell == "":
        return float("nan")
    if isinstance(cell, str):
        if "_" in cell:  # Python would read 1_0 as ten
            raise ValueError(cell)
        return float(cell.replace(",", "."))
    if isinstance(cell, (int, float, np.number)) and not isinstance(cell, bool):
        return float(cell)
    raise ValueError(cell)


def is_number(cell: Any) -> bool:
    """Whether a cell holds a number; an empty one does not."""
    try:
        read_number(cell)
    except ValueError:
        return False
    return cell is not None and cell != ""


def clock_seconds(cell: Any) -> float | None:
    """Seconds of a time such as "01:02:03.5"; None for other text."""
    match = _CLOCK.fullmatch(cell) if isinstance(cell, str) else None
    return None if match is None else 3600.0 * int(match[1]) + 60.0 * int(match[2]) + read_number(match[3])
