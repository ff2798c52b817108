"""Table [protocol]: sweeps, holds, pulses and rests, alone or in a sequence."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from screening.config.located import Located
from screening.config.scalar import physical
from screening.config.segment import Segment
from screening.config.strict_table import Table, check_kind
from screening.errors import StudyError
from screening.sampling.distributions import Fixed, Scalar

_Potential = Annotated[Scalar, physical("potential")]


def _as_list(raw: Any) -> Any:
    if raw == []:
        raise StudyError(
            "empty space", got="[]", expected="at least one scan rate", fix='write ["10 mV/s", "100 mV/s"]'
        )
    return raw if isinstance(raw, (list, tuple)) else [raw]


ScanRates = Annotated[tuple[Annotated[Scalar, physical("scan_rate")], ...], BeforeValidator(_as_list)]


class CyclicVoltammetry(Table):
    """`kind = "cv"`: start -> vertex -> end, and for further cycles end -> vertex -> end.

    Attributes:
        start_potential: where the first sweep starts.
        vertex_potential: where the scan turns.
        end_potential: where a cycle ends; the start if left out.
        scan_rates: one rate or a list; each gives one run of every candidate.
        cycles: number of cycles; 1 if left out.
    """

    kind: Literal["cv"]
    start_potential: Annotated[Scalar, physical("start_potential")]
    vertex_potential: Annotated[Scalar, physical("vertex_potential")]
    end_potential: Annotated[Scalar, physical("end_potential")] | None = None
    scan_rates: ScanRates
    cycles: int = Field(default=1, ge=1, le=10_000, strict=True)

    @model_validator(mode="after")
    def _turns(self) -> "CyclicVoltammetry":
        _apart(self.start_potential, self.vertex_potential, "start_potential", "vertex_potential")
        if self.end_potential is not None:
            _apart(self.end_potential, self.vertex_potential, "end_potential", "vertex_potential")
            vertex = self.vertex_potential.bounds[0]
            if (self.start_potential.bounds[0] < vertex) != (self.end_potential.bounds[0] < vertex):
                raise StudyError(
                    "end_potential is on the wrong side of vertex_potential: the scan would not turn",
                    got=f"start {_span(self.start_potential)}, vertex {_span(self.vertex_potential)}, "
                    f"end {_span(self.end_potential)}",
                    expected="start and end on the same side of the vertex",
                    fix='move end_potential, or use kind = "lsv"',
                    where="end_potential",
                )
        return self

    def segments(self, path: str) -> list[Segment]:
        """Two sweeps a cycle, at `path` in the study file."""
        start = Located(f"{path}.start_potential", "start_potential", self.start_potential)
        vertex = Located(f"{path}.vertex_potential", "vertex_potential", self.vertex_potential)
        end = start
        if self.end_potential is not None:
            end = Located(f"{path}.end_potential", "end_potential", self.end_potential)
        rates = _rates(path, self.scan_rates)
        out = [
            Segment("potential", start, vertex, scan_rates=rates),
            Segment("potential", vertex, end, scan_rates=rates),
        ]
        again = [
            Segment("potential", end, vertex, scan_rates=rates),
            Segment("potential", vertex, end, scan_rates=rates),
        ]
        return out + again * (self.cycles - 1)


class LinearSweep(Table):
    """`kind = "lsv"`: one sweep.

    Attributes:
        start_potential: where it starts.
        end_potential: where it ends.
        scan_rates: one rate or a list; each gives one run of every candidate.
    """

    kind: Literal["lsv"]
    start_potential: Annotated[Scalar, physical("start_potential")]
    end_potential: Annotated[Scalar, physical("end_potential")]
    scan_rates: ScanRates

    @model_validator(mode="after")
    def _moves(self) -> "LinearSweep":
        _apart(self.start_potential, self.end_potential, "start_potential", "end_potential")
        return self

    def segments(self, path: str) -> list[Segment]:
        """One sweep, at `path` in the study file."""
        start = Located(f"{path}.start_potential", "start_potential", self.start_potential)
        end = Located(f"{path}.end_potential", "end_potential", self.end_potential)
        return [Segment("potential", start, end, scan_rates=_rates(path, self.scan_rates))]


class Hold(Table):
    """`kind = "hold"`: constant potential, or constant current with cut-off potentials.

    Attributes:
        potential: held potential, or
        current: held current density, oxidation positive.
        duration: of the hold.
        lower_cutoff: ends a current hold when the potential falls below it.
        upper_cutoff: ends a current hold when the potential rises above it.
    """

    kind: Literal["hold"]
    potential: _Potential | None = None
    current: Annotated[Scalar, physical("current")] | None = None
    duration: Annotated[Scalar, physical("duration")]
    lower_cutoff: Annotated[Scalar, physical("lower_cutoff")] | None = None
    upper_cutoff: Annotated[Scalar, physical("upper_cutoff")] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Hold":
        _one_control(self.potential, self.current)
        _cutoffs(self.current, self.lower_cutoff, self.upper_cutoff)
        return self

    def segments(self, path: str) -> list[Segment]:
        """One segment, at `path` in the study file."""
        duration = Located(f"{path}.duration", "duration", self.duration)
        return [_level(path, self.potential, self.current, duration, self.lower_cutoff, self.upper_cutoff)]


class Pulse(Table):
    """`kind = "pulse"`: an on phase and a rest at open circuit, repeated.

    Attributes:
        potential: of the on phase, or
        current: of the on phase, oxidation positive.
        on_duration: of the on phase.
        off_duration: of the rest.
        cycles: number of pulses; 1 if left out.
        lower_cutoff: ends an on phase of constant current when the potential falls below it.
        upper_cutoff: ends an on phase of constant current when the potential rises above it.
    """

    kind: Literal["pulse"]
    potential: _Potential | None = None
    current: Annotated[Scalar, physical("current")] | None = None
    on_duration: Annotated[Scalar, physical("on_duration")]
    off_duration: Annotated[Scalar, physical("off_duration")]
    cycles: int = Field(default=1, ge=1, le=10_000, strict=True)
    lower_cutoff: Annotated[Scalar, physical("lower_cutoff")] | None = None
    upper_cutoff: Annotated[Scalar, physical("upper_cutoff")] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Pulse":
        _one_control(self.potential, self.current)
        _cutoffs(self.current, self.lower_cutoff, self.upper_cutoff)
        if self.current is not None and self.current.bounds == (0.0, 0.0):
            raise StudyError(
                "a pulse without current", got="0 A/m^2", expected="a current", fix='use kind = "rest"', where="current"
            )
        return self

    def segments(self, path: str) -> list[Segment]:
        """Two segments a pulse, at `path` in the study file."""
        on_duration = Located(f"{path}.on_duration", "on_duration", self.on_duration)
        off_duration = Located(f"{path}.off_duration", "off_duration", self.off_duration)
        on = _level(path, self.potential, self.current, on_duration, self.lower_cutoff, self.upper_cutoff)
        return [on, Segment("current", 0.0, 0.0, duration=off_duration)] * self.cycles


class Rest(Table):
    """`kind = "rest"`: open circuit.

    Attributes:
        duration: of the rest.
    """

    kind: Literal["rest"]
    duration: Annotated[Scalar, physical("duration")]

    def segments(self, path: str) -> list[Segment]:
        """One segment, at `path` in the study file."""
        return [Segment("current", 0.0, 0.0, duration=Located(f"{path}.duration", "duration", self.duration))]


_SINGLE_KINDS = ("cv", "lsv", "hold", "pulse", "rest")
Step = Annotated[
    CyclicVoltammetry | LinearSweep | Hold | Pulse | Rest, Field(discriminator="kind"), check_kind(*_SINGLE_KINDS)
]


class Sequence(Table):
    """`kind = "sequence"`: the other kinds one after another, as tables [[protocol.segment]].

    Attributes:
        steps: in order. Sweeps with several scan rates must all have the same number of them: run r takes the r-th rate
            of each.
    """

    kind: Literal["sequence"]
    steps: tuple[Step, ...] = Field(alias="segment", min_length=1)

    @model_validator(mode="after")
    def _equal_runs(self) -> "Sequence":
        counts = {len(step.scan_rates) for step in self.steps if isinstance(step, (CyclicVoltammetry, LinearSweep))}
        if len(counts - {1}) > 1:
            raise StudyError(
                "sweeps of one sequence with different numbers of scan rates",
                got=" and ".join(map(str, sorted(counts))),
                expected="the same number, or one",
                fix="give every sweep the same number of scan rates",
                where="segment",
            )
        return self

    def segments(self, path: str) -> list[Segment]:
        """Segments of all steps, at `path` in the study file."""
        return [
            segment
            for position, step in enumerate(self.steps)
            for segment in step.segments(f"{path}.segment[{position}]")
        ]


Protocol = Annotated[
    CyclicVoltammetry | LinearSweep | Hold | Pulse | Rest | Sequence,
    Field(discriminator="kind"),
    check_kind(*_SINGLE_KINDS, "sequence"),
]


def _rates(path: str, rates: tuple[Scalar, ...]) -> tuple[Located, ...]:
    return tuple(Located(f"{path}.scan_rates[{run}]", "scan_rate", rate) for run, rate in enumerate(rates))


def _level(
    path: str,
    potential: Scalar | None,
    current: Scalar | None,
    duration: Located,
    lower: Scalar | None,
    upper: Scalar | None,
) -> Segment:
    if potential is not None:
        level = Located(f"{path}.potential", "potential", potential)
        return Segment("potential", level, level, duration=duration)
    level = Located(f"{path}.current", "current", current or Fixed(0.0))
    return Segment(
        "current",
        level,
        level,
        duration=duration,
        lower_cutoff=Located(f"{path}.lower_cutoff", "lower_cutoff", lower) if lower is not None else float("-inf"),
        upper_cutoff=Located(f"{path}.upper_cutoff", "upper_cutoff", upper) if upper is not None else float("inf"),
    )


def _span(scalar: Scalar) -> str:
    low, high = scalar.bounds
    return f"{low:g} V" if low == high else f"{low:g} to {high:g} V"


def _apart(first: Scalar, second: Scalar, first_name: str, second_name: str) -> None:
    """Refuse a sweep without extent: the two ends must not meet for any candidate."""
    if max(first.bounds[0], second.bounds[0]) <= min(first.bounds[1], second.bounds[1]):
        same = first.bounds == second.bounds and first.bounds[0] == first.bounds[1]
        raise StudyError(
            f"{first_name} {'equals' if same else 'may meet'} {second_name}: there is nothing to sweep",
            got=f"{_span(first)} and {_span(second)}",
            expected="potentials apart for every candidate",
            fix=f"move {second_name}",
            where=second_name,
        )


def _one_control(potential: Scalar | None, current: Scalar | None) -> None:
    if (potential is None) == (current is None):
        raise StudyError(
            "contradictory control" if potential is not None else "missing key",
            got="both potential and current" if potential is not None else "neither potential nor current",
            expected="one of them",
            fix="remove one" if potential is not None else 'add potential = "..." or current = "..."',
        )


def _cutoffs(current: Scalar | None, lower: Scalar | None, upper: Scalar | None) -> None:
    if lower is None and upper is None:
        return
    if current is None:
        where = "lower_cutoff" if lower is not None else "upper_cutoff"
        raise StudyError("a held potential takes no cut-off", fix=f"remove {where}, or hold a current", where=where)
    if lower is not None and upper is not None and not lower.bounds[1] < upper.bounds[0]:
        raise StudyError(
            "lower_cutoff is not below upper_cutoff",
            got=f"{_span(lower)} and {_span(upper)}",
            expected="lower_cutoff < upper_cutoff",
            fix="swap them",
            where="lower_cutoff",
        )
    if current.bounds[1] < 0 and lower is None:
        _wrong_side("upper_cutoff", "lower_cutoff", "a reduction current lowers the potential")
    if current.bounds[0] > 0 and upper is None:
        _wrong_side("lower_cutoff", "upper_cutoff", "an oxidation current raises the potential")


def _wrong_side(given: str, wanted: str, reason: str) -> None:
    raise StudyError(
        f"cut-off on the wrong side: {reason}",
        got=given,
        expected=wanted,
        fix=f"use {wanted}, or change the sign of current",
        where=given,
    )
