"""CSV export of PSTrace (PalmSens, EmStat): the curves of a measurement side by side, two columns each."""

import re
from collections.abc import Sequence

from screening.errors import StudyError
from screening.readers.raw_table import Table
from screening.readers.text import delimiter_of, is_number, no_rows, split_cells

FIRST = "Date and time:"
_UNIT = re.compile(r"[munpµμ]?[VACs]|Hz|°C")
_SCAN = re.compile(r"\bScan (\d{1,6})\b", re.IGNORECASE)


def read_palmsens(text: str, where: str) -> Table | None:
    """Table of the curves of current against potential of a PSTrace export, scan by scan; None where it has no such columns."""
    lines = text.splitlines()
    rows = [split_cells(line, delimiter_of(line)) for line in lines]
    row = next((k for k, cells in enumerate(rows) if _are_units(cells)), None)
    if row is None:
        return None
    units = rows[row]
    pairs = [k for k in range(0, len(units) - 1, 2) if units[k].endswith("V") and units[k + 1].endswith("A")]
    if not pairs:
        raise StudyError(
            "no current against a potential in the PSTrace export",
            got=", ".join(unit for unit in units if unit),
            expected="columns such as V, µA",
            fix="export the curve of i vs E",
            where=where,
        )
    titles = next((cells for cells in reversed(rows[:row]) if cells[0] and not cells[0].startswith("Date and")), [])
    titles = [*titles, *[""] * (len(units) - len(titles))]
    # the same potentials again with what else was measured, such as the reverse current of a pulse
    pairs = [k for k in pairs if "i vs e" in titles[k].casefold()] or pairs
    if len({(units[k], units[k + 1]) for k in pairs}) > 1:
        raise StudyError("curves of different units", got=", ".join(units), expected="one unit of current", where=where)
    body = [(number, cells) for number, cells in enumerate(rows[row + 1 :], row + 2)]
    end = next((k for k, (_, cells) in enumerate(body) if not any(map(is_number, cells))), len(body))
    numbers = [int(found[1]) if (found := _SCAN.search(titles[k])) else 0 for k in pairs]
    if 0 in numbers or len(set(numbers)) < len(numbers):
        numbers = list(range(1, len(pairs) + 1))
    columns: tuple[list, list, list] = ([], [], [])
    places = []
    for scan, k in sorted(zip(numbers, pairs, strict=True)):
        for number, cells in body[:end]:
            own = [*cells[k : k + 2], "", ""][:2]
            if any(own):
                places.append(number)
                for column, cell in zip(columns, (*own, scan), strict=True):
                    column.append(cell)
    if not places:
        raise no_rows(where)
    names = (f"E/{units[pairs[0]]}", f"I/{units[pairs[0] + 1]}", "cycle number")
    kept = 3 if len(pairs) > 1 else 2
    return Table("PSTrace CSV", names[:kept], columns[:kept], places)


def _are_units(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and all(_UNIT.fullmatch(cell) for cell in filled)
