"""EC-Lab files of Bio-Logic instruments: the text export (.mpt) and the binary file (.mpr)."""

import io
import re

import numpy as np

from screening.errors import StudyError, not_installed, shown
from screening.readers.raw_table import Table, table_of_lines, unique_names
from screening.readers.text import is_number, read_number, truncated

TEXT_FIRST_LINES = ("EC-Lab ASCII FILE", "BT-Lab ASCII FILE")
BINARY_START = b"BIO-LOGIC MODULAR FILE"


def read_mpt(text: str, where: str) -> Table:
    """Table of an EC-Lab text export with any header length, decimal points or commas; the scan rate is the header's `dE/dt`."""
    lines = text.splitlines()
    count = re.fullmatch(r"Nb header lines\s*:\s*(\d{1,6})\s*", lines[1]) if len(lines) > 1 else None
    if count is None:
        got = shown(lines[1], 40) if len(lines) > 1 else f"{len(lines)} lines"
        raise StudyError(
            "truncated file" if len(lines) < 2 else "damaged EC-Lab header",
            got=got,
            expected='"Nb header lines : N" in line 2',
            fix="export it again",
            where=where,
        )
    length = int(count[1])
    if len(lines) < length or length < 3:
        raise truncated(f"{len(lines)} lines", f"{length} lines of header and the data", where)
    names = lines[length - 1].rstrip("\t ").split("\t")
    if len(names) < 2:
        raise StudyError(
            "damaged EC-Lab header",
            got=f"{shown(lines[length - 1], 40)} in line {length}",
            expected="column headers separated by tabs",
            fix="export it again",
            where=where,
        )
    rows = list(enumerate(lines[length:], length + 1))
    rate = _scan_rate(lines[2 : length - 1])
    return table_of_lines("EC-Lab text", unique_names(names), rows, "\t", where, text, scan_rate=rate)


def read_mpr(data: bytes, where: str) -> Table:
    """Table of an EC-Lab binary file through the package galvani (extra `readers`), without its scan rate."""
    try:
        from galvani import BioLogic
    except ImportError:
        what, expected = "EC-Lab binary files need the package galvani", "an installed galvani, or the text export .mpt"
        raise not_installed(what, "readers", expected=expected, where=where) from None
    try:
        records = BioLogic.MPRfile(io.BytesIO(data)).data
    except Exception as error:  # galvani raises many kinds, assertions among them, for damage of one kind or another
        cut = "unexpected end" in str(error).casefold() or not str(error)
        raise StudyError(
            "truncated or damaged file" if cut else "EC-Lab binary file cannot be read",
            got=f"{type(error).__name__} {shown(str(error), 80)} from galvani",
            expected="a complete .mpr file of a version that galvani knows",
            fix="copy the file again, or export it as text (.mpt)",
            where=where,
        ) from error
    names = records.dtype.names or ()
    columns = [np.asarray(records[name], float) for name in names]
    return Table("EC-Lab binary", unique_names(names), columns, range(1, len(records) + 1))


def _scan_rate(header: list[str]) -> float | None:
    """`dE/dt` of the technique's settings; None where it changes between sequences."""
    values = next((line.split()[1:] for line in header if re.match(r"dE/dt\s+[\d.,+-]", line)), [])
    units = next((line.split()[2:] for line in header if line.startswith("dE/dt unit")), [])
    if len(values) != 1 or len(units) != 1 or units[0] not in ("mV/s", "V/s") or not is_number(values[0]):
        return None
    rate = abs(read_number(values[0])) * (1e-3 if units[0] == "mV/s" else 1.0)
    return rate or None
