"""Delimited text with one row of headers: plain CSV, and the ASCII export of NOVA (Autolab)."""

import re

from screening.errors import StudyError
from screening.readers.header import find_columns
from screening.readers.raw_table import Table, table_of_lines, unique_names
from screening.readers.text import delimiter_of, is_number, no_rows, not_known, split_cells

_NOVA = re.compile(r"WE\(\d\)\.|Potential applied \(V\)")
_UNIT = re.compile(
    r"[(\[]?(?:[kmunpµμM]?(?:V|A|A\.?h|W|W\.?h|C|F|Hz|[Oo]hms?|Ω)|[munµμ]?s|sec|min|h|#|%|°C?|deg ?C?|rad)?"
    r"(?:\s*/?\s*[mc]?m(?:\^?-?2|²))?(?:\s+vs\.?\s[^)\]]+)?[)\]]?"
)


def read_plain(text: str, where: str) -> Table:
    """Table of delimited text: headers stand in the row above the first numbers, whatever comes before it.

    Columns are separated by tabs, semicolons, commas or blanks; numbers have decimal points or, unless commas separate
    the columns, decimal commas. A row of units under the headers is joined with them. Columns without any header are
    called "column 1", "column 2" and so on.
    """
    lines = text.splitlines()
    first = next((k for k, line in enumerate(lines) if _is_numeric(line)), None)
    if first is None:
        raise _no_numbers(lines, where)
    delimiter = delimiter_of(lines[first])
    width = len(split_cells(lines[first], delimiter))
    above = [
        split_cells(line, delimiter_of(line)) for line in lines[:first] if line.strip() and not is_number(line.strip())
    ]
    headers = above[-1] if above else []
    if len(above) > 1 and any(headers) and all(_UNIT.fullmatch(cell) for cell in headers):
        units, headers = headers, above[-2]
        headers = [
            f"{name} ({unit.strip('()[]')})" if unit else name for name, unit in zip(headers, units, strict=False)
        ]
    headers = headers or [""] * width
    if len(headers) > width and not any(headers[width:]):
        headers = headers[:width]
    nova = any(_NOVA.search(header) for header in headers)
    rows = list(enumerate(lines[first:], first + 1))
    ended = text.endswith(("\n", "\r"))
    return table_of_lines("NOVA text" if nova else "CSV", unique_names(headers), rows, delimiter, where, ended=ended)


def _is_numeric(line: str) -> bool:
    cells = split_cells(line, delimiter_of(line))
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and all(map(is_number, filled))


def _no_numbers(lines: list[str], where: str) -> StudyError:
    for line in lines:
        try:
            find_columns(split_cells(line, delimiter_of(line)))
        except StudyError:
            continue
        return no_rows(where)
    got = f"text without a table of numbers, {len(lines)} lines"
    return not_known(got, "check that this is the file you mean", where)
