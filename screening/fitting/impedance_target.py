"""Impedance spectra as targets of a fit."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from pydantic import Field

from kernels.experiment import Sample
from kernels.impedance import impedance
from screening.config.strict_table import Table
from screening.errors import StudyError, unknown_name
from screening.fitting.target_tables import quantity

# Noise assumed where none is given, relative to the magnitude.
ASSUMED_NOISE = 0.01
COLUMNS = ("frequency", "real", "imaginary")
_Resistance = Annotated[float, quantity("area-specific resistance")]


class ImpedanceTarget(Table):
    """`kind = "impedance"`: a measured spectrum about one potential, per area.

    Attributes:
        name: for people; the number of the target if left out.
        frequency: e.g. `["1 kHz", "1 Hz"]`; may be left out with the next two where Python gives the spectrum.
        real: real part, e.g. `["3 ohm*cm^2", "20 ohm*cm^2"]`.
        imaginary: imaginary part, negative for a capacitive arc.
        potential: of the terminal, on the scale of the protocol.
        relative_uncertainty: of each part, one standard deviation over the magnitude at that frequency; estimated from the
            residuals if left out.
    """

    kind: Literal["impedance"]
    name: str = ""
    frequency: tuple[Annotated[float, quantity("frequency")], ...] = ()
    real: tuple[_Resistance, ...] = ()
    imaginary: tuple[_Resistance, ...] = ()
    potential: Annotated[float, quantity("potential")] = 0.0
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


def place_spectrum(target: ImpedanceTarget, given: Mapping[str, Any] | None, where: str) -> Spectrum:
    """The numbers of a spectrum."""
    columns = {name: getattr(target, name) for name in COLUMNS} if given is None else dict(given)
    for name in columns:
        if name not in COLUMNS:
            raise unknown_name("column", str(name), COLUMNS, where=where)
    if any(not len(columns.get(name, ())) for name in COLUMNS):
        fix = 'add frequency = ["1 kHz", ...], real and imaginary, or give data={"name": ...} in Python'
        raise StudyError("missing key", expected="the measured spectrum", fix=fix, where=where)
    values = {name: np.asarray(column, float) for name, column in columns.items()}
    if len({column.shape for column in values.values()}) > 1:
        got = ", ".join(f"{name} {len(column)}" for name, column in values.items())
        fix = "give one value of each a frequency"
        raise StudyError("unequal lengths", got=got, expected="equal lengths", fix=fix, where=where)
    for name, column in values.items():
        bad = np.flatnonzero(~np.isfinite(column))
        if len(bad):
            got = f"{column[bad[0]]} at point {bad[0] + 1}"
            fix = "remove that frequency"
            raise StudyError(f"non-finite {name}", got=got, expected="finite numbers", fix=fix, where=where)
    magnitude = np.hypot(values["real"], values["imaginary"])
    if not (values["frequency"] > 0).all() or not (magnitude > 0).all():
        raise StudyError("frequencies and magnitudes must be positive", fix="remove the others", where=where)
    noise = target.relative_uncertainty or ASSUMED_NOISE
    return Spectrum(
        2 * np.pi * values["frequency"],
        values["real"],
        values["imaginary"],
        1 / (noise * magnitude),
        np.float64(target.potential),
    )


def spectrum_residuals(
    spectrum: Spectrum, sample: Sample, potential_offset: Float[Array, "start"], area_factor: Float[Array, "start"]
) -> Float[Array, "start residual"]:
    """Real parts, then imaginary parts: (model - measured) / standard uncertainty."""
    potential = jnp.asarray(spectrum.potential) - potential_offset
    model = impedance(sample, potential, jnp.asarray(spectrum.angular_frequency)) / area_factor[:, None]
    parts = [(jnp.real(model), spectrum.real), (jnp.imag(model), spectrum.imaginary)]
    weight = jnp.asarray(spectrum.weight)[None]
    return jnp.concatenate([(found - jnp.asarray(asked)[None]) * weight for found, asked in parts], 1)
