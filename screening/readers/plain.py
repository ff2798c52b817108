"""Delimited text with one row of headers: plain CSV, and the ASCII export of NOVA (Autolab)."""

import contextlib
import dataclasses
import re
from collections.abc import Sequence
from typing import Any

from screening.errors import StudyError
from screening.readers.header import find_columns, matching_column, split_header
from screening.readers.raw_table import Table, joined_headers, table_of_lines, unique_names
from screening.readers.text import clock_seconds, delimiter_of, is_number, no_rows, not_known, split_cells

_LONGEST_PREAMBLE = 300
_NOVA = re.compile(r"WE\(\d\)\.|Potential applied \(V\)")


def read_plain(text: str, where: str) -> Table:
    """Table of delimited text: headers stand in the row above the first numbers, whatever comes before it.

    Columns are separated by tabs, semicolons, commas or blanks; numbers have decimal points or, unless commas separate
    the columns, decimal commas. A row of units under the headers is joined with them. Columns without any header are
    called "column 1", "column 2" and so on. Rows may hold text between the numbers, as those of cyclers do, where the
    headers name a potential and a current; times such as 00:01:30 become seconds.
    """
    lines = text.splitlines()
    rows = [split_cells(line, delimiter_of(line)) for line in lines]
    first = first_row(rows)
    if first is None:
        raise _no_numbers(rows, where)
    if first and rows[first - 1][:2] == ["", ""] and not _is_numeric(rows[first]):
        got, fix = "a Neware export of cycles, steps and records in one", "export the layer of records alone"
        raise not_known(got, fix, where)
    delimiter, width = delimiter_of(lines[first]), len(rows[first])
    above = [
        cells for line, cells in zip(lines, rows[:first], strict=False) if line.strip() and not is_number(line.strip())
    ]
    headers = list(joined_headers(above)) or [""] * width
    if len(headers) > width and not any(headers[width:]):
        headers = headers[:width]
    if delimiter is None and len(headers) == width - 1:
        headers.append("")  # Ivium leaves the last column without a header
    nova = any(_NOVA.search(header) for header in headers)
    body = list(enumerate(lines[first:], first + 1))
    table = table_of_lines("NOVA text" if nova else "CSV", unique_names(headers), body, delimiter, where, text)
    return _with_seconds(table)


def row_under_headers(rows: Sequence[Sequence[Any]]) -> int | None:
    """Number of the row under headers of a potential and a current, which may hold text beside its numbers."""
    for k, cells in enumerate(rows):
        if len(cells) < 2 or any(map(is_number, cells)):
            continue
        names = unique_names(cells)
        with contextlib.suppress(StudyError):
            if matching_column(names, "potential", "") and (
                matching_column(names, "current", "") or matching_column(names, "current_density", "")
            ):
                return next((n for n in range(k + 1, len(rows)) if any(map(is_number, rows[n]))), None)
    return None


def first_row(rows: Sequence[Sequence[Any]]) -> int | None:
    """Number of the first row of data: under headers that tell what they are, or else the first of numbers alone."""
    first = row_under_headers(rows[:_LONGEST_PREAMBLE])
    return first if first is not None else next((k for k, row in enumerate(rows) if _is_numeric(row)), None)


def _is_numeric(row: Sequence[Any]) -> bool:
    filled = [cell for cell in row if cell not in (None, "")]
    return len(filled) > 1 and all(map(is_number, filled))


def _no_numbers(rows: list[list[str]], where: str) -> StudyError:
    for cells in rows:
        with contextlib.suppress(StudyError):
            find_columns(cells)
            return no_rows(where)
    got = f"text without a table of numbers, {len(rows)} lines"
    return not_known(got, "check that this is the file you mean", where)


def _with_seconds(table: Table) -> Table:
    """The table with its clock times in seconds."""
    names, columns = list(table.names), list(table.columns)
    for k, column in enumerate(columns):
        if clock_seconds(column[0]) is None:
            continue
        seconds = [clock_seconds(cell) for cell in column]
        if None not in seconds:
            columns[k] = seconds
            names[k] = f"{split_header(names[k])[0][0]} (s)"
    return dataclasses.replace(table, names=unique_names(names), columns=columns)
