"""Excel workbooks (.xlsx), one sheet a curve."""

import fnmatch
import io
import re
import zipfile
from typing import Any

from screening.errors import StudyError, not_installed, shown, unknown_name
from screening.readers.curve import ProcessingStep
from screening.readers.plain import first_row
from screening.readers.raw_table import Table, joined_headers, unique_names
from screening.readers.text import no_rows, not_known

START = b"PK\x03\x04"
_MOST_BYTES = 1 << 30  # unpacked; a few megabytes can unpack to more than a machine has
_MOST_COLUMNS = 256
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*(m?)V\s*(?:/\s*s|s\^?[-−]1|s⁻¹)", re.IGNORECASE)


def read_spreadsheet(data: bytes, where: str, sheet: str | None = None) -> Table:
    """Table of one sheet of an Excel workbook, as last computed, through openpyxl; a title such as "25 mV s-1" is the scan rate."""
    book = _opened(data, where)
    try:
        title = _chosen_sheet([page.title for page in book.worksheets], sheet, where)
        # one stray cell can make a sheet a million rows long
        cells = enumerate(book[title].iter_rows(max_col=_MOST_COLUMNS, values_only=True), 1)
        rows = [(number, row) for number, row in cells if any(cell is not None for cell in row)]
        book.close()
    except StudyError:
        raise
    except Exception as error:  # openpyxl raises many kinds for damaged parts
        raise _damaged(f"{type(error).__name__} {shown(str(error), 60)}", where) from error
    return _table(rows, title, f"{where}[{title}]")


def sheets_like(data: bytes, where: str, pattern: str) -> list[str]:
    """The titles of the sheets of an Excel workbook that a pattern such as "* mV s-1" fits, in their order."""
    titles = [page.title for page in _opened(data, where).worksheets]
    found = [title for title in titles if fnmatch.fnmatchcase(title, pattern)]
    if not found:
        raise unknown_name("sheet", pattern, titles, where)
    return found


def _opened(data: bytes, where: str) -> Any:
    """The workbook, through openpyxl."""
    _check_archive(data, where)
    try:
        import openpyxl
    except ImportError:
        expected = "an installed openpyxl, or the sheet saved as CSV"
        raise not_installed(
            "Excel files need the package openpyxl", "readers", expected=expected, where=where
        ) from None
    try:
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises many kinds for damaged parts
        raise _damaged(f"{type(error).__name__} {shown(str(error), 60)}", where) from error


def _table(rows: list[tuple[int, tuple]], title: str, where: str) -> Table:
    first = first_row([row for _, row in rows])
    if first is None:
        raise no_rows(where, f"{len(rows)} rows without numbers", "choose another sheet")
    above = joined_headers([row for _, row in rows[:first]])
    body = [row for _, row in rows[first:]]
    used = [k for k in range(max(map(len, body))) if any(k < len(row) and row[k] is not None for row in body)]
    headers = [above[k] if k < len(above) else None for k in used]
    columns = [[row[k] if k < len(row) else None for row in body] for k in used]
    match = _RATE.search(title)
    rate = float(match[1]) * (1e-3 if match[2] else 1.0) if match else None
    steps = (ProcessingStep("scan rate from the name of the sheet", (("sheet", title, ""),)),) if rate else ()
    return Table("Excel", unique_names(headers), columns, [number for number, _ in rows[first:]], rate or None, steps)


def _chosen_sheet(titles: list[str], sheet: str | None, where: str) -> str:
    if sheet in titles:
        return str(sheet)
    if sheet is not None:
        titles = fnmatch.filter(titles, sheet) or titles
        if not fnmatch.fnmatchcase(titles[0], sheet):
            raise unknown_name("sheet", sheet, titles, where)
    if len(titles) != 1:
        raise StudyError(
            "several sheets",
            got=", ".join(shown(title, 30) for title in titles[:12]),
            expected="the name of one",
            fix=f"choose: sheet={shown(titles[0] if titles else '')}",
            where=where,
        )
    return titles[0]


def _check_archive(data: bytes, where: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _damaged(f"an archive without its end, {len(data)} bytes", where) from error
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise not_known("an archive that is no Excel workbook", "save it as .xlsx or CSV", where)
    size = sum(part.file_size for part in parts)
    if size > _MOST_BYTES:
        got = f"{size / 2**30:.1f} GiB unpacked"
        raise StudyError("too large", got=got, expected="at most 1 GiB", fix="save the sheet as CSV", where=where)


def _damaged(got: str, where: str) -> StudyError:
    what, fix = "truncated or damaged Excel file", "copy or save the file again"
    return StudyError(what, got=got, expected="a complete .xlsx file", fix=fix, where=where)
