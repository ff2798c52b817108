"""ZPlot and ZView files (.z, and the Z60W export of Autolab): nine columns in a fixed order."""

import re

from screening.readers.raw_table import Table, table_of_lines
from screening.readers.text import delimiter_of, truncated

_FIRST = re.compile(r'(?:ZPLOT2 ASCII|"?(?:ZPlotW|ZView Calculated|Z60W) Data File\b.*)')
_LAST_BEFORE_DATA = re.compile(r"""\s*(?:End Comments|"?\s*Freq\s*\(Hz\).*Z'\(a\).*)""")
_NAMES = ("Freq/Hz", "Ampl", "Bias", "Time/s", "Z'/ohm", "Z''/ohm", "GD", "Err", "Range")


def is_zview(first: str) -> bool:
    """Whether the first line is that of a ZView file."""
    return _FIRST.fullmatch(first) is not None


def read_zview(text: str, where: str) -> Table:
    """Table of a ZView file, under its line of headers or "End Comments"."""
    lines = text.splitlines()
    start = max((k for k, line in enumerate(lines) if _LAST_BEFORE_DATA.match(line)), default=len(lines))
    rows = [(number, line) for number, line in enumerate(lines[start + 1 :], start + 2) if line.strip()]
    if not rows:
        raise truncated(f"{len(lines)} lines without data", 'rows under "End Comments"', where)
    return table_of_lines("ZView", _NAMES, rows, delimiter_of(rows[0][1]), where, text)
