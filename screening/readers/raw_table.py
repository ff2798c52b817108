"""A table of cells as it stands in a file, before quantities and units are understood."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from screening.errors import StudyError, shown
from screening.readers.curve import ProcessingStep
from screening.readers.text import no_rows, read_number, split_cells, truncated

# Rows whose notation tells whether the last number of a file was cut.
_ROWS_COMPARED = 50

_UNIT = re.compile(
    r"[(\[]?(?:[kmunpµμM]?(?:V|A|A\.?h|W|W\.?h|C|F|Hz|[Oo]hms?|Ω)|[munµμ]?s|sec|min|h|#|%|°C?|deg ?C?|rad)?"
    r"(?:\s*/?\s*[mc]?m(?:\^?-?2|²))?(?:\s+vs\.?\s[^)\]]+)?[)\]]?"
)


@dataclass(frozen=True)
class Table:
    """Cells of a file by column (text, numbers or None), with the line of each row and what the reader had to decide."""

    format: str
    names: tuple[str, ...]
    columns: Sequence[Sequence[Any] | np.ndarray]
    rows: Sequence[int]
    scan_rate: float | None = None
    steps: tuple[ProcessingStep, ...] = ()


def unique_names(headers: Sequence[Any]) -> tuple[str, ...]:
    """Headers, each once: the second "I/A" becomes "I/A #2", an empty third header "column 3"."""
    counts: dict[str, int] = {}
    names = []
    for number, header in enumerate(headers, 1):
        name = " ".join(str(header).split()) if header not in (None, "") else f"column {number}"
        counts[name] = counts.get(name, 0) + 1
        names.append(name if counts[name] == 1 else f"{name} #{counts[name]}")
    return tuple(names)


def joined_headers(above: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """The headers over the first numbers, from the rows before them; a row of units is joined with the names above it."""
    headers = above[-1] if above else []
    if len(above) < 2 or not any(headers) or not all(_UNIT.fullmatch(str(cell or "").strip()) for cell in headers):
        return headers
    pairs = zip(above[-2], headers, strict=False)
    return [f"{name} ({str(unit).strip().strip('()[]')})" if unit and name else name for name, unit in pairs]


def table_of_lines(
    format: str,
    names: Sequence[str],
    lines: Sequence[tuple[int, str]],
    delimiter: str | None,
    where: str,
    text: str,
    *,
    scan_rate: float | None = None,
    steps: tuple[ProcessingStep, ...] = (),
) -> Table:
    """Rows of a text as a table, with the checks for damage that text allows: of its end, too."""
    lines = [(number, line) for number, line in lines if line.strip()]
    if not lines:
        raise no_rows(where)
    rows = []
    for number, line in lines:
        cells = split_cells(line, delimiter)
        while len(cells) > len(names) and cells[-1] == "":
            cells.pop()
        if len(cells) != len(names):
            last = number == lines[-1][0] and len(cells) < len(names)
            comma = delimiter == "," and len(cells) == 2 * len(names)
            raise StudyError(
                "truncated file" if last else "damaged row",
                got=f"{len(cells)} cells in line {number}",
                expected=f"{len(names)} as in the header",
                fix="separate the columns by tab or semicolon" if comma else "copy or export the file again",
                where=where,
            )
        rows.append(cells)
    if not text.endswith(("\n", "\r")):
        _check_last_number([row[-1] for row in rows[-_ROWS_COMPARED - 1 :]], lines[-1][0], where)
    return Table(format, tuple(names), list(zip(*rows, strict=True)), [n for n, _ in lines], scan_rate, steps)


def column_numbers(table: Table, names: Sequence[str], where: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """The rows that are not blank in all of some columns, and the numbers of each column there."""
    cells = [table.columns[table.names.index(name)] for name in names]
    if all(isinstance(column, np.ndarray) for column in cells):
        kept = np.arange(len(table.rows))
        numbers = [np.asarray(column, float) for column in cells]
    else:
        kept = np.array([k for k, row in enumerate(zip(*cells, strict=True)) if any(c not in (None, "") for c in row)])
        kept = kept.astype(int)
        numbers = [_column(column, kept, name, table.rows, where) for name, column in zip(names, cells, strict=True)]
    if not len(kept):
        raise no_rows(where)
    for name, values in zip(names, numbers, strict=True):
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            k = int(kept[bad[0]])
            cell, row = table.columns[table.names.index(name)][k], table.rows[k]
            raise StudyError(
                "non-finite data",
                got=f"{shown(cell) if cell not in (None, '') else 'an empty cell'} in row {row} of {shown(name)}",
                expected="finite numbers",
                fix="remove or repair that row",
                where=where,
            )
    return kept, numbers


def _column(
    cells: Sequence[Any] | np.ndarray, kept: np.ndarray, name: str, rows: Sequence[int], where: str
) -> np.ndarray:
    values = np.empty(len(kept))
    for position, k in enumerate(kept):
        try:
            values[position] = read_number(cells[k])
        except ValueError:
            raise StudyError(
                "not a number",
                got=f"{shown(cells[k], 40)} in row {rows[k]} of {shown(name)}",
                expected="a number with decimal point or comma",
                fix="remove or repair that row",
                where=where,
            ) from None
    return values


def _check_last_number(cells: Sequence[str], line: int, where: str) -> None:
    """Refuse a last number whose exponent is shorter than all before it: the file was cut inside."""
    widths = [len(match[1]) if (match := re.search(r"[eE][+-]?(\d*)$", cell)) else -1 for cell in cells]
    if len(widths) > 2 and len(set(widths[:-1])) == 1 and widths[-1] < widths[0]:
        got = f"{shown(cells[-1])} at the end of line {line}, where the file stops"
        fix = "copy or export the file again, or end it with a line break if it is complete"
        raise truncated(got, "a number written like those before it", where, fix)
