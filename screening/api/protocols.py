"""Protocols: sweeps, holds, pulses, rests and sequences of them."""

import collections.abc
from dataclasses import dataclass
from typing import Any, TypeAlias

from screening.api.array_arguments import Quantity
from screening.api.study_tables import StudyTable, expect
from screening.config import protocol as tables

Rates: TypeAlias = Quantity | collections.abc.Sequence[Quantity]


@dataclass(frozen=True)
class CV(StudyTable):
    """Cyclic voltammetry, start -> vertex -> end, and for further cycles end -> vertex -> end.

    Args:
        start_potential: where the first sweep starts.
        vertex_potential: where the scan turns.
        scan_rates: one rate or several; each gives one run.
        end_potential: where a cycle ends; the start if left out.
        cycles: number of cycles; 1 if left out.

    Raises:
        StudyError: a value that a study file would not be allowed either.

    Example:
        >>> CV("0.3 V", "-0.5 V", ["10 mV/s", "100 mV/s"]).cycles
        1
    """

    _schema = tables.CyclicVoltammetry
    _kind = "cv"
    _lists = ("scan_rates",)

    start_potential: Quantity
    vertex_potential: Quantity
    scan_rates: Rates
    end_potential: Quantity | None = None
    cycles: int = 1


@dataclass(frozen=True)
class LSV(StudyTable):
    """Linear sweep voltammetry.

    Args:
        start_potential: where the sweep starts.
        end_potential: where it ends.
        scan_rates: one rate or several; each gives one run.

    Raises:
        StudyError: a value that a study file would not be allowed either.

    Example:
        >>> LSV("0.3 V", "-0.5 V", "10 mV/s").end_potential
        '-0.5 V'
    """

    _schema = tables.LinearSweep
    _kind = "lsv"
    _lists = ("scan_rates",)

    start_potential: Quantity
    end_potential: Quantity
    scan_rates: Rates


@dataclass(frozen=True)
class Hold(StudyTable):
    """Constant potential, or constant current with cut-off potentials.

    Args:
        duration: of the hold.
        potential: held potential, or
        current: held current density, oxidation positive.
        lower_cutoff: ends a current hold when the potential falls below it.
        upper_cutoff: ends a current hold when the potential rises above it.

    Raises:
        StudyError: a value that a study file would not be allowed either.

    Example:
        >>> Hold("10 s", current="-10 mA/cm^2", lower_cutoff="-2 V").current
        '-10 mA/cm^2'
    """

    _schema = tables.Hold
    _kind = "hold"

    duration: Quantity
    potential: Quantity | None = None
    current: Quantity | None = None
    lower_cutoff: Quantity | None = None
    upper_cutoff: Quantity | None = None


@dataclass(frozen=True)
class Pulse(StudyTable):
    """An on phase of constant potential or current and a rest at open circuit, repeated.

    Args:
        on_duration: of the on phase.
        off_duration: of the rest.
        potential: of the on phase, or
        current: of the on phase, oxidation positive.
        cycles: number of pulses; 1 if left out.
        lower_cutoff: ends an on phase of constant current when the potential falls below it.
        upper_cutoff: ends an on phase of constant current when the potential rises above it.

    Raises:
        StudyError: a value that a study file would not be allowed either.

    Example:
        >>> Pulse("2 s", "30 s", current="-100 mA/cm^2", cycles=5).cycles
        5
    """

    _schema = tables.Pulse
    _kind = "pulse"

    on_duration: Quantity
    off_duration: Quantity
    potential: Quantity | None = None
    current: Quantity | None = None
    cycles: int = 1
    lower_cutoff: Quantity | None = None
    upper_cutoff: Quantity | None = None


@dataclass(frozen=True)
class Rest(StudyTable):
    """Open circuit.

    Args:
        duration: of the rest.

    Raises:
        StudyError: a value that a study file would not be allowed either.

    Example:
        >>> Rest("30 s").duration
        '30 s'
    """

    _schema = tables.Rest
    _kind = "rest"

    duration: Quantity


Step: TypeAlias = CV | LSV | Hold | Pulse | Rest


@dataclass(frozen=True, init=False)
class Sequence(StudyTable):
    """Other protocols one after another.

    Args:
        steps: in order. Sweeps with several scan rates must all have the same number of them: run r takes the r-th
            rate of each.

    Raises:
        StudyError: a step that cannot stand in a sequence.

    Example:
        >>> len(Sequence([Rest("10 s"), Hold("5 s", potential="-0.2 V")]).steps)
        2
    """

    _schema = tables.Sequence
    _kind = "sequence"

    steps: tuple[Step, ...]

    def __init__(self, steps: collections.abc.Sequence[Step]) -> None:
        object.__setattr__(self, "steps", tuple(steps))
        for position, step in enumerate(self.steps):
            known, where = "sei.CV, sei.LSV, sei.Hold, sei.Pulse or sei.Rest", f"Sequence.steps[{position}]"
            expect(step, Step, "not a step of a sequence", known, "put such steps in a list", where)
        self.__post_init__()

    def table(self) -> dict[str, Any]:
        """The table [protocol] of a study file."""
        return {"kind": self._kind, "segment": [step.table() for step in self.steps]}


AnyProtocol: TypeAlias = Step | Sequence
