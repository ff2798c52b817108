"""Gamry .DTA files: a tree of settings, then one table for each curve."""

import dataclasses
import re

from screening.errors import StudyError
from screening.readers.curve import ProcessingStep
from screening.readers.raw_table import Table, table_of_lines, unique_names
from screening.readers.text import read_number, truncated

FIRST_LINE = "EXPLAIN"
# OCVCURVE and the like are measured before the experiment and are left out
_CURVE = re.compile(r"(?:DISK|RING|Z)?CURVE(\d{0,6})\tTABLE(?:\t(\d{1,9}))?\s*$")
_ABORTED = "EXPERIMENTABORTED"


def read_gamry(text: str, where: str) -> Table:
    """Table of all curves of a Gamry .DTA file, one under the other; curve k of the file is cycle k."""
    lines = text.splitlines()
    starts = [(k, match) for k, line in enumerate(lines) if (match := _CURVE.match(line.rstrip()))]
    if not starts:
        raise StudyError(
            "no curve in the Gamry file",
            got=f"{len(lines)} lines",
            expected='a table that starts with "CURVE TABLE"',
            fix="check that the file is complete and that of a voltammogram",
            where=where,
        )
    disks = [entry for entry in starts if not entry[1][0].startswith("RING")]
    names, rows, cycles = (), [], []
    for number, (start, match) in enumerate(disks, 1):
        found = _headers(lines, start, where)
        if names and found != names:
            raise StudyError(
                "curves with different columns", got=", ".join(found), expected=", ".join(names), where=where
            )
        names = found
        body = _body(lines, start + 3)
        _check_count(body, match, lines, start, where)
        rows += [(line, text_of_row.lstrip().rstrip("\t ")) for line, text_of_row in body]
        cycles += [int(match[1] or number)] * len(body)
    rate = _scan_rate(lines)
    rings = len(starts) - len(disks)
    steps = (ProcessingStep("ring curves left out", (("curves", rings, ""),)),) if rings else ()
    table = table_of_lines("Gamry DTA", names, rows, "\t", where, text, scan_rate=rate, steps=steps)
    if len(disks) == 1:
        return table
    kept = [k for k, name in enumerate(table.names) if not name.startswith("Cycle")]
    names = (*(table.names[k] for k in kept), "cycle number")
    return dataclasses.replace(table, names=names, columns=(*(table.columns[k] for k in kept), cycles))


def _headers(lines: list[str], start: int, where: str) -> tuple[str, ...]:
    """Names and units stand in two rows: "Vf" over "V vs. Ref." becomes "Vf (V vs. Ref.)"."""
    if len(lines) < start + 3:
        raise truncated(
            f"{len(lines)} lines", f"headers and units after line {start + 1}", where, "copy the file again"
        )
    names, units = ([cell.strip() for cell in lines[start + k].strip().split("\t")] for k in (1, 2))
    units += [""] * (len(names) - len(units))
    return unique_names([f"{name} ({unit})" if unit else name for name, unit in zip(names, units, strict=False)])


def _body(lines: list[str], first: int) -> list[tuple[int, str]]:
    """Number and text of the rows; all are indented, which no setting is."""
    body = []
    for number, line in enumerate(lines[first:], first + 1):
        if line and not line[0].isspace():
            break
        if line.strip():
            body.append((number, line))
    return body


def _check_count(body: list, match: re.Match, lines: list[str], start: int, where: str) -> None:
    """Only the end of a file can be cut off, so only its last table can be too short."""
    last = not any(line.strip() for line in lines[body[-1][0] if body else start + 3 :])
    aborted = any(line.startswith(_ABORTED) for line in lines)
    if match[2] and len(body) < int(match[2]) and last and not aborted:
        got = f"{len(body)} rows in the table of line {start + 1}"
        raise truncated(got, f"{match[2]} rows as it says", where, "copy the file again")


def _scan_rate(lines: list[str]) -> float | None:
    cells = next((line.split("\t") for line in lines if line.startswith("SCANRATE\t")), [])
    # the label states the unit: "Scan Rate (mV/s)"
    if len(cells) < 4 or "mV/s" not in cells[3]:
        return None
    try:
        return abs(read_number(cells[2])) * 1e-3 or None
    except ValueError:
        return None
