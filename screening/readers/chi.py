"""Text files of CH Instruments potentiostats."""

import re

from screening.readers.raw_table import Table, table_of_lines, unique_names
from screening.readers.text import delimiter_of, split_cells, truncated

_HEADERS = re.compile(r"\s*(?:Potential/m?V|Time/m?s(?:ec)?|Freq/Hz)\s*[,;\t ].*?/")
_SCAN_RATE = re.compile(r"Scan Rate \(V/s\)\s*=\s*(\d*\.?\d+(?:[eE][+-]?\d+)?)\s*$", re.MULTILINE)
# printed between the rows of the segments: their title and the peaks found by the instrument's software
_BETWEEN = re.compile(r"\s*(?:Segment \d+\s*:?|[EiA]\w*\s*=.*)\s*$")


def is_chi(text: str) -> bool:
    """Whether a text is that of CH Instruments: its settings, then a line such as "Potential/V, Current/A"."""
    head = text[:4000]
    return "Instrument Model:" in head and bool(re.search(r"Init E \(V\)\s*=|Instrument Model:\s*CHI", head))


def read_chi(text: str, where: str) -> Table:
    """Table of a CH Instruments text file, with the scan rate of its settings."""
    lines = text.splitlines()
    first = next((k for k, line in enumerate(lines) if _HEADERS.match(line)), None)
    if first is None:
        headers = 'column headers such as "Potential/V, Current/A"'
        raise truncated(f"{len(lines)} lines of settings", headers, where)
    delimiter = delimiter_of(lines[first].strip())
    names = unique_names(split_cells(lines[first].strip(", \t"), delimiter))
    rows = [(number, line) for number, line in enumerate(lines[first + 1 :], first + 2) if not _BETWEEN.match(line)]
    rate = _SCAN_RATE.search(text[:4000])
    return table_of_lines(
        "CH Instruments text",
        names,
        rows,
        delimiter,
        where,
        text,
        scan_rate=float(rate[1]) or None if rate else None,
    )
