"""Tables [fit] and [measurement] of a fit file, and all of its own; the other tables are those of a study."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from screening.config.scalar import read_scalar
from screening.config.strict_table import Table, check_kind
from screening.errors import StudyError, shown
from screening.fitting.background import NONE
from screening.fitting.impedance_target import ImpedanceTarget
from screening.fitting.operating_point_target import OperatingPointTarget
from screening.fitting.target_tables import (
    OPERATING_POINT,
    ApparentDiffusivityTarget,
    CurveTarget,
    PeakTarget,
    SteadyTarget,
)
from screening.physical_field import PhysicalField
from screening.sampling.distributions import Fixed, Scalar

# What lies between the model and the instrument. These rules are no part of a study.
MEASUREMENT_FIELDS = {
    "potential_offset": PhysicalField("potential", "measured potential minus that of the model's scale"),
    "current_offset": PhysicalField("current density", "constant current density beside the model's"),
    "area_factor": PhysicalField("dimensionless number", "true area over the area used to normalise", above=0.0),
}

# Fewer draws of a chain have no halves to compare.
LEAST_DRAWS = 4


def _free_physical(field: str) -> BeforeValidator:
    def read(value: object, info: Any) -> Scalar:
        return read_scalar(value, MEASUREMENT_FIELDS[field], (info.context or {}).get("parameters", {}))

    return BeforeValidator(read)


class FitSettings(Table):
    """Table [fit].

    Attributes:
        starts: number of starts, drawn from the priors.
        seed: random seed of the starts.
        coarse_steps: steps of Adam before the Levenberg-Marquardt iterations.
        iterations: at most so many Levenberg-Marquardt iterations.
        profiles: "all", "none", or names of the quantities whose profile likelihood is computed.
    """

    starts: int = Field(default=16, ge=1, le=100_000, strict=True)
    seed: int = Field(default=0, ge=0, strict=True)
    coarse_steps: int = Field(default=10, ge=0, le=10_000, strict=True)
    iterations: int = Field(default=30, ge=1, le=10_000, strict=True)
    profiles: Literal["all", "none"] | tuple[str, ...] = "all"

    @model_validator(mode="before")
    @classmethod
    def _one_optimiser(cls, raw: Any) -> Any:
        if isinstance(raw, Mapping) and "coarse_optimiser" in raw:
            raise StudyError(
                "coarse_optimiser is no key any more",
                got=shown(raw["coarse_optimiser"]),
                expected="coarse_steps alone, which are Adam's",
                fix="remove the line",
                where="coarse_optimiser",
            )
        return raw


class PosteriorSettings(Table):
    """Table [posterior]: after the fit, draws from the posterior by the no-U-turn sampler (extra `bayes`).

    Attributes:
        draws: of each chain.
        warm_up: steps of each chain that tune the sampler and are thrown away.
        chains: number of chains.
    """

    draws: int = Field(default=500, ge=LEAST_DRAWS, le=1_000_000, strict=True)
    warm_up: int = Field(default=300, ge=LEAST_DRAWS, le=1_000_000, strict=True)
    chains: int = Field(default=2, ge=1, le=1000, strict=True)


class Measurement(Table):
    """Table [measurement]: what lies between the model and the instrument; each may be free.

    Attributes:
        potential_offset: measured minus model potential (a reference electrode on another scale).
        current_offset: constant current density of the cell beside the model's.
        area_factor: true area over the area that currents were divided by.
        background: current beside the model's, a constant ("offset") or a line in the potential ("line") of each curve, or one
            line of all of them ("shared_line"); always free, and fitted exactly at no cost. "none" if left out.
    """

    potential_offset: Annotated[Scalar, _free_physical("potential_offset")] = Fixed(0.0)
    current_offset: Annotated[Scalar, _free_physical("current_offset")] = Fixed(0.0)
    area_factor: Annotated[Scalar, _free_physical("area_factor")] = Fixed(1.0)
    background: Literal["none", "offset", "line", "shared_line"] = "none"

    @model_validator(mode="after")
    def _one_offset(self) -> "Measurement":
        if self.background != NONE and not isinstance(self.current_offset, Fixed):
            raise StudyError(
                "one constant current for two quantities",
                got=f'current_offset free and background = "{self.background}"',
                expected="one of them",
                fix="remove current_offset",
                where="background",
            )
        return self


KINDS = (
    *("curve", "peak_current", "peak_potential", "apparent_diffusivity"),
    *("limiting_current", "area_specific_resistance", "impedance"),
    *OPERATING_POINT,
)
TargetTable = Annotated[
    CurveTarget | PeakTarget | ApparentDiffusivityTarget | SteadyTarget | ImpedanceTarget | OperatingPointTarget,
    Field(discriminator="kind"),
    check_kind(*KINDS),
]


class FitTables(Table):
    """The tables of a fit file that a study does not have.

    Attributes:
        fit: settings.
        posterior: what is sampled after the fit; nothing if left out.
        measurement: between model and instrument.
        targets: what the model is fitted to.
    """

    fit: FitSettings = FitSettings()
    posterior: PosteriorSettings | None = None
    measurement: Measurement = Measurement()
    targets: tuple[TargetTable, ...] = Field(alias="target")
