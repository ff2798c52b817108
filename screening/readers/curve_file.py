"""Reading a measured curve from a file of any known format."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from screening.errors import StudyError
from screening.readers.corrections import normalise_by_area
from screening.readers.curve import MeasuredCurve, ProcessingStep
from screening.readers.header import Column, ColumnChoice, find_columns
from screening.readers.instrument_file import file_content, table_of
from screening.readers.raw_table import Table, column_numbers
from screening.readers.scan_rate import time_from_scan_rate, with_scan_rate
from screening.readers.spectrum_header import headers_of_spectrum
from screening.readers.spreadsheet import START, sheets_like
from screening.readers.sweeps import select_cycle, select_sweep

_MOST_CYCLES = 1e9


def read_curve(
    path: str | os.PathLike[str],
    *,
    cycle: int | None = None,
    scan: int | None = None,
    columns: Mapping[str, ColumnChoice] | None = None,
    area: str | float | None = None,
    scan_rate: str | float | None = None,
    sheet: str | None = None,
) -> MeasuredCurve:
    """Read a voltammogram or another curve of potential and current from an instrument's file.

    The format is found from the content: EC-Lab text (.mpt) and binary (.mpr, needs galvani), CH Instruments text, NOVA
    (Autolab) text, Gamry .DTA, PSTrace (PalmSens) CSV, Neware and PEC CSV, other CSV, and Excel workbooks (need openpyxl).
    The sign of the current is that of the file.

    Args:
        path: of the file.
        cycle: only this cycle, by its number in the file, or counted from 1 where the file has none.
        scan: only this sweep, from one turning point to the next, counted from 1 (within the cycle, if one is chosen).
        columns: which column is which, where the headers do not tell: quantity ("potential", "current",
            "current_density", "time", "cycle") -> header, (header, unit), or None to leave it out.
        area: of the electrode, such as "0.0707 cm^2", or m2: adds the current density.
        scan_rate: such as "100 mV/s", or V s-1, where the file has none or a wrong one.
        sheet: of an Excel workbook with several: its title, or a pattern that fits one such as "25 mV*".

    Returns:
        the curve in SI units, with a record of every step between the file and its numbers.

    Raises:
        StudyError: no such file, a foreign, truncated or damaged one, missing or ambiguous columns, wrong units,
            numbers that are not finite, no rows, or no such cycle, scan or sheet.

    Example:
        >>> curve = read_curve("cv.mpt", cycle=2, area="0.0707 cm^2")  # doctest: +SKIP
        >>> curve.potential, curve.current_density  # doctest: +SKIP
    """
    where, data = file_content(path)
    table = table_of(data, where, sheet)
    if columns is None:
        _refuse_spectrum(table.names, where)
    curve = _curve(table, find_columns(table.names, columns, where), where)
    if scan_rate is not None:
        curve = with_scan_rate(curve, scan_rate)
    elif curve.time is None and curve.scan_rate is not None:
        curve = time_from_scan_rate(curve)
    if cycle is not None:
        curve = select_cycle(curve, cycle)
    if scan is not None:
        curve = select_sweep(curve, scan)
    return curve if area is None else normalise_by_area(curve, area)


def read_sheets(path: str | os.PathLike[str], pattern: str = "*", **options: Any) -> dict[str, MeasuredCurve]:
    """Read the curves of several sheets of an Excel workbook.

    Args:
        path: of the workbook.
        pattern: of the titles of the sheets, such as "* mV s-1".
        options: of `read_curve`, for every sheet.

    Returns:
        the curves by the title of their sheet, in the order of the workbook.

    Raises:
        StudyError: no such sheet, or one that cannot be read.

    Example:
        >>> read_sheets("cv.xlsx", "* mV s-1", area="0.0707 cm^2")  # doctest: +SKIP
    """
    where, data = file_content(path)
    if not data.startswith(START):
        fix = "read it with read_curve"
        raise StudyError("only Excel workbooks have sheets", got=where, expected="an .xlsx file", fix=fix, where=where)
    return {title: read_curve(path, sheet=title, **options) for title in sheets_like(data, where, pattern)}


def _refuse_spectrum(names: tuple[str, ...], where: str) -> None:
    """An impedance spectrum has a potential and a current too, which are no curve."""
    found = headers_of_spectrum(names)
    if found is not None:
        raise StudyError(
            "an impedance spectrum is no curve",
            got=f'columns "{found[0]}" and "{found[1]}"',
            expected="potential and current of a sweep",
            fix="read it with sei.read_spectrum, fit it as a target of kind impedance, or say columns= where it is a curve",
            where=where,
        )


def _curve(table: Table, columns: Mapping[str, Column], where: str) -> MeasuredCurve:
    kept, numbers = column_numbers(table, [column.name for column in columns.values()], where)
    values: dict[str, Any] = {
        name: found * column.factor for (name, column), found in zip(columns.items(), numbers, strict=True)
    }
    if "cycle" in values:
        odd = (values["cycle"] != np.rint(values["cycle"])) | (np.abs(values["cycle"]) > _MOST_CYCLES)
        if np.any(odd):
            raise StudyError(
                "cycle numbers that are not whole",
                got=f"{values['cycle'][odd][0]:g}",
                expected="whole numbers",
                fix='leave them out: columns={"cycle": None}',
                where=where,
            )
    steps = table.steps
    if len(kept) < len(table.rows):
        steps = (*steps, ProcessingStep("blank rows left out", (("rows", len(table.rows) - len(kept), ""),)))
    return MeasuredCurve(**values, scan_rate=table.scan_rate, source=where, format=table.format, steps=steps)
