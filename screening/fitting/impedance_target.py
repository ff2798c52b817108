"""Impedance spectra as targets of a fit."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from pydantic import BeforeValidator, Field

from kernels.experiment import Sample
from kernels.impedance import impedance
from screening.config.strict_table import Table
from screening.errors import StudyError, unknown_name
from screening.fitting.target_tables import quantity
from screening.readers.amount import read_amount
from screening.readers.spectrum import MeasuredSpectrum
from screening.readers.spectrum_file import read_spectrum

# Noise assumed where none is given, relative to the magnitude.
ASSUMED_NOISE = 0.01
COLUMNS = ("frequency", "real", "imaginary")
_Resistance = Annotated[float, quantity("area-specific resistance")]
_Frequency = Annotated[float, quantity("frequency")]


class ImpedanceTarget(Table):
    """`kind = "impedance"`: a measured spectrum about one potential, per area.

    Attributes:
        name: for people; the number of the target if left out.
        file: of an instrument, any format of `sei.read_spectrum`, relative to the fit file.
        sheet: of an Excel workbook with several.
        cycle: of a file with several spectra.
        flip_imaginary: whether the file has the other sign than its header says.
        area: of the electrode, e.g. "7.07 mm^2", for an impedance in ohm.
        frequency: e.g. `["1 kHz", "1 Hz"]`; left out with the next two where a file or Python gives the spectrum.
        real: real part, e.g. `["3 ohm*cm^2", "20 ohm*cm^2"]`.
        imaginary: imaginary part, negative for a capacitive arc.
        potential: of the terminal, on the scale of the protocol.
        window: frequencies that count, `["10 mHz", "100 kHz"]`; all if left out.
        weighting: "modulus": the standard deviation of either part is proportional to the magnitude at that frequency;
            "unit": it is one for all frequencies, relative to the root mean square of the magnitude.
        relative_uncertainty: that relative standard deviation; estimated from the residuals if left out.
    """

    kind: Literal["impedance"]
    name: str = ""
    file: str = ""
    sheet: str | None = None
    cycle: int | None = Field(default=None, ge=0, strict=True)
    flip_imaginary: bool | None = Field(default=None, strict=True)
    area: Annotated[float, BeforeValidator(lambda value: read_amount(value, "area", ""))] | None = None
    frequency: tuple[_Frequency, ...] = ()
    real: tuple[_Resistance, ...] = ()
    imaginary: tuple[_Resistance, ...] = ()
    potential: Annotated[float, quantity("potential")] = 0.0
    window: tuple[_Frequency, _Frequency] | None = None
    weighting: Literal["modulus", "unit"] = "modulus"
    relative_uncertainty: float | None = Field(default=None, gt=0, allow_inf_nan=False)


class Spectrum(NamedTuple):
    """One measured spectrum, SI.

    Attributes:
        angular_frequency: `[frequency]`, rad s-1.
        real: `[frequency]`, ohm m2.
        imaginary: `[frequency]`, ohm m2.
        weight: `[frequency]`, 1 / standard uncertainty of either part.
        potential: V.
    """

    angular_frequency: Any
    real: Any
    imaginary: Any
    weight: Any
    potential: Any


def place_spectrum(
    target: ImpedanceTarget, folder: Path, given: Mapping[str, Any] | MeasuredSpectrum | None, where: str
) -> Spectrum:
    """The numbers of a spectrum: from Python, from the target's file, or from its own lists."""
    if given is None and target.file:
        given = _from_file(folder / target.file, target, where)
    if isinstance(given, MeasuredSpectrum):
        measured = given
    else:
        measured = _from_columns({name: getattr(target, name) for name in COLUMNS} if given is None else given, where)
    if target.area is not None:
        measured = measured.normalised(target.area)
    if not measured.per_area:
        fix = 'add area = "7.07 mm^2"'
        got = "an impedance in ohm"
        raise StudyError("an impedance needs the electrode area", got=got, fix=fix, where=f"{where}.area")
    low, high = sorted(target.window or (0.0, np.inf))
    inside = (measured.frequency >= low) & (measured.frequency <= high)
    if not inside.any():
        got = f"{measured.frequency.min():g} to {measured.frequency.max():g} Hz"
        raise StudyError("no frequency in the window", got=got, fix="widen it", where=f"{where}.window")
    values = measured.impedance[inside]
    magnitude = np.abs(values)
    if not (magnitude > 0).all():
        raise StudyError("magnitudes must be positive", fix="remove the others", where=where)
    noise = target.relative_uncertainty or ASSUMED_NOISE
    scale = magnitude if target.weighting == "modulus" else np.full_like(magnitude, np.sqrt(np.mean(magnitude**2)))
    return Spectrum(
        2 * np.pi * measured.frequency[inside],
        values.real,
        values.imag,
        1 / (noise * scale),
        np.float64(target.potential),
    )


def _from_file(path: Path, target: ImpedanceTarget, where: str) -> MeasuredSpectrum:
    try:
        return read_spectrum(path, cycle=target.cycle, sheet=target.sheet, flip_imaginary=target.flip_imaginary)
    except StudyError as error:
        # the reader's advice is about arguments of Python, a fit file has keys
        fix = "write headers such as freq/Hz, Re(Z)/Ohm, -Im(Z)/Ohm into it" if "columns=" in error.fix else error.fix
        what = f"{error.where}: {error.what}"
        raise StudyError(what, got=error.got, expected=error.expected, fix=fix, where=f"{where}.file") from None


def _from_columns(columns: Mapping[str, Any], where: str) -> MeasuredSpectrum:
    """Columns in Hz and ohm m2."""
    for name in columns:
        if name not in COLUMNS:
            raise unknown_name("column", str(name), COLUMNS, where=where)
    if any(not len(columns.get(name, ())) for name in COLUMNS):
        fix = 'add file = "peis.mpt", or frequency = ["1 kHz", ...], real and imaginary, or give data={"name": ...} in Python'
        raise StudyError("missing key", expected="the measured spectrum", fix=fix, where=where)
    values = {name: np.asarray(column, float) for name, column in columns.items()}
    if len({column.shape for column in values.values()}) > 1:
        got = ", ".join(f"{name} {len(column)}" for name, column in values.items())
        fix = "give one value of each a frequency"
        raise StudyError("unequal lengths", got=got, expected="equal lengths", fix=fix, where=where)
    return MeasuredSpectrum(values["frequency"], values["real"] + 1j * values["imaginary"], per_area=True, source=where)


def spectrum_residuals(
    spectrum: Spectrum, sample: Sample, potential_offset: Float[Array, "start"], area_factor: Float[Array, "start"]
) -> Float[Array, "start residual"]:
    """Real parts, then imaginary parts: (model - measured) / standard uncertainty."""
    potential = jnp.asarray(spectrum.potential) - potential_offset
    model = impedance(sample, potential, jnp.asarray(spectrum.angular_frequency)) / area_factor[:, None]
    parts = [(jnp.real(model), spectrum.real), (jnp.imag(model), spectrum.imaginary)]
    weight = jnp.asarray(spectrum.weight)[None]
    return jnp.concatenate([(found - jnp.asarray(asked)[None]) * weight for found, asked in parts], 1)
