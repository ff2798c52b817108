"""A measured curve and the record of what was done to it."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from screening.errors import StudyError

_ARRAYS = ("potential", "time", "current", "current_density", "cycle")


@dataclass(frozen=True)
class ProcessingStep:
    """One thing that was done to a measured curve, with name, value and SI unit of everything needed to do it again."""

    name: str
    settings: tuple[tuple[str, float | int | str, str], ...] = ()

    def __str__(self) -> str:
        facts = (f"{name} = {_written(value)} {unit}".rstrip() for name, value, unit in self.settings)
        text = ", ".join(facts)
        return f"{self.name} ({text})" if text else self.name


@dataclass(frozen=True, eq=False)
class MeasuredCurve:
    """A measured curve in SI units; the arrays are read-only.

    Attributes:
        potential: [point], V, against the reference electrode of the measurement.
        current: [point], A, or None where the file has a current density only.
        current_density: [point], A m-2, or None before area normalisation.
        time: [point], s, or None where neither the file nor a scan rate tells it.
        cycle: [point], cycle number, or None where the file has none.
        scan_rate: V s-1, positive, or None.
        area: of the electrode, m2, or None.
        source: name of the file.
        format: e.g. "EC-Lab text".
        steps: what was done to the numbers of the file, in order.

    Example:
        >>> curve = MeasuredCurve(potential=[0.0, 0.1], current=[1e-6, 2e-6])
        >>> len(curve), curve.current_density is None
        (2, True)
    """

    potential: np.ndarray
    current: np.ndarray | None = None
    current_density: np.ndarray | None = None
    time: np.ndarray | None = None
    cycle: np.ndarray | None = None
    scan_rate: float | None = None
    area: float | None = None
    source: str = ""
    format: str = ""
    steps: tuple[ProcessingStep, ...] = field(default=())

    def __post_init__(self) -> None:
        for name in _ARRAYS:
            values = getattr(self, name)
            if values is not None:
                copy = np.array(values, dtype=int if name == "cycle" else float)
                copy.flags.writeable = False
                object.__setattr__(self, name, copy)
        self._check()

    def __len__(self) -> int:
        return len(self.potential)

    @property
    def currents(self) -> dict[str, np.ndarray]:
        """Current and current density, as far as the curve has them."""
        return {name: values for name in ("current", "current_density") if (values := getattr(self, name)) is not None}

    def replaced(self, step: ProcessingStep | None = None, **changes: Any) -> "MeasuredCurve":
        """The same curve with other values and one more recorded step."""
        steps = self.steps if step is None else (*self.steps, step)
        return dataclasses.replace(self, **{"steps": steps} | changes)

    def taken(self, points: "np.ndarray | slice", step: ProcessingStep | None = None) -> "MeasuredCurve":
        """A part of the curve."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        parts = {name: values[points] for name, values in arrays.items() if values is not None}
        return self.replaced(step, **parts)

    def _check(self) -> None:
        arrays = {name: values for name in _ARRAYS if (values := getattr(self, name)) is not None}
        if not self.currents:
            raise StudyError(
                "a curve without current", expected="current or current_density", fix="give one", where=self.source
            )
        shapes = {name: values.shape for name, values in arrays.items()}
        if len(set(shapes.values())) > 1 or self.potential.ndim != 1:
            got = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
            raise StudyError(
                "unequal lengths", got=got, expected="arrays of one length", fix="check the columns", where=self.source
            )
        if not len(self.potential):
            raise StudyError(
                "no data points", got="0 rows", expected="at least one", fix="check the file", where=self.source
            )
        for name, values in arrays.items():
            bad = np.flatnonzero(~np.isfinite(values))
            if len(bad):
                raise StudyError(
                    f"non-finite {name}",
                    got=f"{values[bad[0]]} at point {bad[0] + 1}",
                    expected="finite numbers",
                    fix="remove or repair those rows",
                    where=self.source,
                )
        for name, value in (("scan_rate", self.scan_rate), ("area", self.area)):
            if value is not None and not (np.isfinite(value) and value > 0):
                raise StudyError(
                    f"{name} is not positive", got=f"{value:g}", expected="a positive number", where=self.source
                )


def _written(value: float | int | str) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
