"""Reading an impedance spectrum from a file of any known format."""

import os
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from screening.errors import StudyError
from screening.readers.curve import ProcessingStep
from screening.readers.header import ColumnChoice, matching_column
from screening.readers.instrument_file import file_content, table_of
from screening.readers.raw_table import column_numbers
from screening.readers.spectrum import MeasuredSpectrum
from screening.readers.spectrum_header import find_spectrum_columns
from screening.readers.sweeps import not_there


def read_spectrum(
    path: str | os.PathLike[str],
    *,
    cycle: int | None = None,
    columns: Mapping[str, ColumnChoice] | None = None,
    area: str | float | None = None,
    flip_imaginary: bool | None = None,
    sheet: str | None = None,
) -> MeasuredSpectrum:
    """Read an impedance spectrum from an instrument's file.

    The format is found from the content: EC-Lab text (.mpt) and binary (.mpr, needs galvani) of PEIS and GEIS, Gamry .DTA,
    ZPlot and ZView .z, CH Instruments, NOVA and PalmSens text, CSV, and Excel workbooks (need openpyxl). The headers tell
    unit and sign: `-Im(Z)/Ohm` is turned, `ω (rad/s)` becomes Hz, modulus and phase become both parts. Headers without a
    unit are taken as Hz, ohm and degrees, which is recorded.

    Args:
        path: of the file.
        cycle: of a file with several spectra: by the cycle number in the file, or counted from 1 where the frequency turns
            back.
        columns: which column is which, where the headers do not tell: quantity ("frequency", "real", "imaginary",
            "modulus", "phase") -> header, (header, unit), or None to leave it out.
        area: of the electrode, such as "0.0707 cm^2", or m2: turns ohm into ohm m2.
        flip_imaginary: whether the imaginary part has the other sign than its header says; needed only where it is inductive
            on the whole.
        sheet: of an Excel workbook with several.

    Returns:
        the spectrum in SI units, with a record of every step between the file and its numbers.

    Raises:
        StudyError: no such file, a foreign, truncated or damaged one, missing or ambiguous columns, wrong units, numbers that
            are not finite, no rows, several spectra, or no such cycle or sheet.

    Example:
        >>> spectrum = read_spectrum("peis.mpt", area="0.0707 cm^2")  # doctest: +SKIP
        >>> spectrum.frequency, spectrum.impedance  # doctest: +SKIP
    """
    where, data = file_content(path)
    table = table_of(data, where, sheet)
    found = find_spectrum_columns(table.names, columns, where)
    counted = matching_column(table.names, "cycle", where)
    wanted = [column.name for column in found.values()] + ([counted.name] if counted else [])
    _, numbers = column_numbers(table, wanted, where)
    values = {name: number * column.factor for (name, column), number in zip(found.items(), numbers, strict=False)}
    steps = list(table.steps)
    assumed = [column.name for column in found.values() if column.assumed]
    if assumed:
        steps.append(ProcessingStep("units assumed: Hz, ohm, degrees", (("columns", ", ".join(assumed), ""),)))
    # rows between spectra: open circuit, or a charge
    kept = values["frequency"] > 0
    if not kept.all():
        steps.append(ProcessingStep("rows without frequency left out", (("rows", int((~kept).sum()), ""),)))
    values = {name: number[kept] for name, number in values.items()}
    if not kept.any():
        raise StudyError("no spectrum", got="0 rows with a frequency", expected="an impedance at each", where=where)
    chosen, step = _chosen_cycle(values["frequency"], numbers[-1][kept] if counted else None, cycle, where)
    values = {name: number[chosen] for name, number in values.items()}
    if {"real", "imaginary"} <= set(values):
        impedance = np.asarray(values["real"] + 1j * values["imaginary"], np.complex128)
    else:
        impedance = np.asarray(values["modulus"] * np.exp(1j * values["phase"]), np.complex128)
    flip, why = _flipped(impedance, values.get("phase"), flip_imaginary, where)
    per_area = {found[name].per_area for name in ("real", "imaginary", "modulus") if name in found}
    if len(per_area) > 1:
        raise StudyError("parts of different units", got="ohm and ohm m2", expected="one unit", where=where)
    spectrum = MeasuredSpectrum(
        frequency=values["frequency"],
        impedance=np.conj(impedance) if flip else impedance,
        per_area=per_area.pop(),
        source=where,
        format=table.format,
        steps=(*steps, *step, *why),
    )
    return spectrum if area is None else spectrum.normalised(area)


def _chosen_cycle(
    frequency: np.ndarray, cycles: np.ndarray | None, cycle: int | None, where: str
) -> tuple[np.ndarray, tuple[ProcessingStep, ...]]:
    """Which points are those of one spectrum."""
    origin, numbers = "in the file", cycles
    if numbers is None or len(np.unique(numbers)) == 1:
        # a spectrum ends where the frequency turns
        ways = np.sign(np.diff(frequency))
        number, way, counts = 1, 0.0, [1]
        for step in ways:
            turned = way and step and step != way
            number, way = number + bool(turned), 0.0 if turned else (step or way)
            counts.append(number)
        if number > 1 or numbers is None:
            origin, numbers = "counted", np.array(counts)
    known = sorted({int(n) for n in numbers})
    if cycle is None:
        if len(known) > 1:
            raise StudyError(
                "several spectra",
                got=f"{len(known)}, numbered {known[0]} to {known[-1]} ({origin})",
                expected="the number of one",
                fix=f"choose: cycle={known[0]}",
                where=where,
            )
        return np.ones(len(frequency), bool), ()
    if cycle not in known:
        raise not_there("cycle", cycle, known, where)
    return numbers == cycle, (ProcessingStep("cycle selected", (("cycle", cycle, origin),)),)


def _flipped(
    impedance: NDArray[np.complex128], phase: np.ndarray | None, flip: bool | None, where: str
) -> tuple[bool, tuple[ProcessingStep, ...]]:
    """Whether the imaginary part has the other sign than its header says, and the record of that."""
    if flip is not None:
        return flip, (ProcessingStep("imaginary part flipped"),) if flip else ()
    shares = impedance.imag / np.maximum(np.abs(impedance), 1e-300)
    if np.median(shares) <= 0:
        return False, ()
    if phase is not None and shares @ np.sin(phase) < 0:
        return True, (ProcessingStep("imaginary part flipped, as the phase says"),)
    raise StudyError(
        "imaginary part of unclear sign: it is positive, that is inductive, on the whole",
        got=f"{int((shares > 0).sum())} of {len(shares)} points with Z'' > 0",
        expected="Z'' < 0 of a capacitive arc, or a header with a minus such as -Im(Z)/Ohm",
        fix="give flip_imaginary: true where the file has -Z'', false where the cell is inductive",
        where=where,
    )
