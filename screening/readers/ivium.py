"""Ivium files (.idf): settings with binary parts, then blocks of numbers without headers."""

import re

from screening.readers.raw_table import Table, table_of_lines
from screening.readers.text import not_known, truncated

BLOCK = b"primary_data"
EXPORT = "export the data from IviumSoft as text or CSV with column headers"


def read_ivium(data: bytes, where: str) -> Table:
    """Table of an Ivium file of impedance: Z', Z'' and frequency; the columns of other methods are not told by the file."""
    lines = data.decode("latin-1").replace("\0", "").splitlines()
    method = next((line[7:].strip() for line in lines if line.startswith("Method=")), "unknown")
    if method.casefold() != "impedance":
        raise not_known(f"an Ivium file of method {method}", EXPORT, where)
    rows = []
    for start in (k for k, line in enumerate(lines) if line.strip() == BLOCK.decode()):
        counts = [re.fullmatch(r"\s*(\d{1,7})\s*", line) for line in lines[start + 1 : start + 3]]
        if len(counts) < 2 or counts[0] is None or counts[1] is None:
            raise truncated(f"line {start + 1}", "the number of columns and rows under primary_data", where)
        block = list(enumerate(lines[start + 3 : start + 3 + int(counts[1][1])], start + 4))
        if len(block) < int(counts[1][1]):
            raise truncated(f"{len(block)} rows", f"{counts[1][1]} rows as it says", where)
        rows += block
    return table_of_lines("Ivium idf", ("Z'/ohm", "Z''/ohm", "f/Hz"), rows, None, where, "\n")
