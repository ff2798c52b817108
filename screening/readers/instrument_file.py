"""The table of a file of any known format, found from its content."""

import os
from pathlib import Path

from screening.errors import StudyError
from screening.readers.chi import is_chi, read_chi
from screening.readers.eclab import BINARY_START, TEXT_FIRST_LINES, read_mpr, read_mpt
from screening.readers.gamry import FIRST_LINE, read_gamry
from screening.readers.ivium import BLOCK, EXPORT, read_ivium
from screening.readers.palmsens import FIRST, read_palmsens
from screening.readers.plain import read_plain
from screening.readers.raw_table import Table
from screening.readers.spreadsheet import START, read_spreadsheet
from screening.readers.text import NOT_KNOWN, decode_text, not_known
from screening.readers.zview import is_zview, read_zview

_FOREIGN = {
    b"%PDF": "a PDF document",
    b"\x89HDF": "an HDF5 file",
    b"\xd0\xcf\x11\xe0": "an old Office document (.xls)",
    b"\x89PNG": "a picture",
    b"\x1f\x8b": "a gzip archive",
}

# What to do with files that only the instrument's own program reads.
_EXPORTS = {
    ".idf": EXPORT,
    ".ids": EXPORT,
    ".isc": "export it from Thales or Zahner Analysis as text or CSV",
    ".ism": "export it from Thales or Zahner Analysis as text or CSV",
    ".isw": "export it from Thales or Zahner Analysis as text or CSV",
    ".nda": "export it from Neware's BTSDA as CSV, the layer of records alone",
    ".ndax": "export it from Neware's BTSDA as CSV, the layer of records alone",
    ".nox": "export it from NOVA as ASCII",
    ".pssession": "export it from PSTrace as CSV",
    ".res": "export it from MITS Pro as CSV or xlsx",
    ".bin": "convert it to text in the CHI software",
}


def file_content(path: str | os.PathLike[str]) -> tuple[str, bytes]:
    """Name and bytes of a file that is not empty."""
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        got = error.strerror or str(error)
        raise StudyError("file cannot be read", got=got, fix="check the path", where=str(path)) from None
    if not data.strip():
        got, fix = f"{len(data)} bytes", "copy or export it again"
        raise StudyError("empty file", got=got, expected="measured data", fix=fix, where=file.name)
    return file.name, data


def table_of(data: bytes, where: str, sheet: str | None) -> Table:
    """The table of a file; of one that is not known, what its program must export."""
    try:
        return _table(data, where, sheet)
    except StudyError as error:
        advice = _EXPORTS.get(Path(where).suffix.lower())
        if advice is None or error.what != NOT_KNOWN:
            raise
        raise StudyError(error.what, got=error.got, expected=error.expected, fix=advice, where=where) from None


def _table(data: bytes, where: str, sheet: str | None) -> Table:
    if data.startswith(START):
        return read_spreadsheet(data, where, sheet)
    if sheet is not None:
        raise StudyError("only Excel workbooks have sheets", got=f'sheet="{sheet}"', fix="leave it out", where=where)
    if data.startswith(BINARY_START):
        return read_mpr(data, where)
    kind = next((kind for start, kind in _FOREIGN.items() if data.startswith(start)), None)
    if kind is not None:
        raise not_known(kind, "export it as text or xlsx", where)
    if BLOCK in data:
        return read_ivium(data, where)
    text = decode_text(data, where)
    first = text.lstrip().split("\n", 1)[0].strip()
    if first in TEXT_FIRST_LINES:
        return read_mpt(text.lstrip(), where)
    if first == FIRST_LINE:
        return read_gamry(text.lstrip(), where)
    if is_zview(first):
        return read_zview(text, where)
    if first.startswith(FIRST) and (curves := read_palmsens(text, where)) is not None:
        return curves
    return read_chi(text, where) if is_chi(text) else read_plain(text, where)
