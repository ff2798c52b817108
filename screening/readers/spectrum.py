"""A measured impedance spectrum and the record of what was done to it."""

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screening.errors import StudyError
from screening.readers.amount import read_amount
from screening.readers.curve import ProcessingStep


@dataclass(frozen=True, eq=False)
class MeasuredSpectrum:
    """A measured impedance spectrum in SI units, in the order of the file; the arrays are read-only.

    Attributes:
        frequency: [point], Hz, positive.
        impedance: [point], complex, Z' + i Z'' in ohm, or in ohm m2 where `per_area`; Z'' < 0 is capacitive.
        per_area: whether the impedance is multiplied by the area of the electrode.
        source: name of the file.
        format: e.g. "EC-Lab text".
        steps: what was done to the numbers of the file, in order.

    Example:
        >>> spectrum = MeasuredSpectrum(frequency=[1e3, 1.0], impedance=[5 - 1j, 20 - 3j])
        >>> spectrum.normalised("1 cm^2").impedance.real.round(6).tolist()
        [0.0005, 0.002]
    """

    frequency: np.ndarray
    impedance: NDArray[np.complex128]
    per_area: bool = False
    source: str = ""
    format: str = ""
    steps: tuple[ProcessingStep, ...] = ()

    def __post_init__(self) -> None:
        for name, kind in (("frequency", float), ("impedance", complex)):
            copy = np.array(getattr(self, name), kind)
            copy.flags.writeable = False
            object.__setattr__(self, name, copy)
        if self.frequency.ndim != 1 or self.frequency.shape != self.impedance.shape or not len(self.frequency):
            got = f"frequency {self.frequency.shape}, impedance {self.impedance.shape}"
            raise StudyError("unequal lengths", got=got, expected="arrays of one length above 0", where=self.source)
        bad = np.flatnonzero(~(np.isfinite(self.impedance) & (self.frequency > 0) & np.isfinite(self.frequency)))
        if len(bad):
            raise StudyError(
                "not a point of a spectrum",
                got=f"{self.impedance[bad[0]]:g} at {self.frequency[bad[0]]:g} Hz, point {bad[0] + 1}",
                expected="a finite impedance at a positive frequency",
                fix="remove or repair that row",
                where=self.source,
            )

    def __len__(self) -> int:
        return len(self.frequency)

    def normalised(self, area: str | float) -> "MeasuredSpectrum":
        """The spectrum times the area of the electrode, such as "0.0707 cm^2" or m2."""
        metres = read_amount(area, "area", "area")
        if self.per_area:
            raise StudyError(
                "an impedance per area already",
                got="a spectrum in ohm m2",
                expected="an impedance in ohm",
                fix="leave the area out",
                where=self.source,
            )
        step = ProcessingStep("area normalisation", (("area", metres, "m2"),))
        return dataclasses.replace(self, impedance=self.impedance * metres, per_area=True, steps=(*self.steps, step))
