"""Text of instrument files: encoding, delimiters, cells and numbers."""

import contextlib
import csv
from typing import Any

import numpy as np

from screening.errors import StudyError


def decode_text(data: bytes, where: str) -> str:
    """Text of a file in UTF-8, UTF-16 or Latin-1.

    Args:
        data: content of the file.
        where: name of the file.

    Returns:
        the text, without byte order mark.

    Raises:
        StudyError: a binary file.

    Example:
        >>> decode_text("µA".encode("latin-1"), "a.txt")
        'µA'
    """
    text = None
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if "\0" in text:
        raise StudyError(
            "not a known instrument file",
            got="a binary file",
            expected="EC-Lab .mpt or .mpr, CH Instruments, NOVA or Gamry text, CSV or xlsx",
            fix="export it as text",
            where=where,
        )
    return text


def delimiter_of(line: str) -> str | None:
    """The delimiter of a line: tab, semicolon or comma, or None for blanks.

    Args:
        line: a header or a row.

    Returns:
        one character, or None.

    Example:
        >>> delimiter_of("0,1;0,2")
        ';'
    """
    return next((character for character in "\t;," if character in line), None)


def split_cells(line: str, delimiter: str | None) -> list[str]:
    """The cells of a line, without blanks and quotes around them.

    Args:
        line: without its end.
        delimiter: from `delimiter_of`.

    Returns:
        the cells.

    Example:
        >>> split_cells('"E, V", 1', ",")
        ['E, V', '1']
    """
    if delimiter is None:
        return line.split()
    cells = line.split(delimiter)
    if '"' in line:
        with contextlib.suppress(csv.Error):  # a cell too long for it is none of a table
            cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    return [cell.strip() for cell in cells]


def read_number(cell: Any) -> float:
    """The number of a cell, with decimal point or comma.

    Args:
        cell: text or a number.

    Returns:
        the number, which may be infinite or NaN; NaN for an empty cell.

    Raises:
        ValueError: not a number.

    Example:
        >>> read_number("1,5E-003")
        0.0015
    """
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
    """Whether a cell holds a number.

    Args:
        cell: text or a number.

    Returns:
        False for empty cells too.

    Example:
        >>> is_number("1e-3"), is_number("V")
        (True, False)
    """
    try:
        read_number(cell)
    except ValueError:
        return False
    return cell is not None and cell != ""
