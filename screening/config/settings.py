"""Tables [sampling], [numerics] and [output]."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from screening.config.strict_table import Table
from screening.errors import StudyError

MAX_SAMPLES = 2**40


class Sampling(Table):
    """Table [sampling].

    Attributes:
        design: "sobol" (scrambled Sobol sequence), "latin_hypercube", "random", "grid" (every combination) or "table" (sample i
            takes entry i of every list).
        samples: number of samples of each film; 1 if left out and nothing is varied. A grid or a table derives it.
        seed: random seed.
    """

    design: Literal["sobol", "latin_hypercube", "random", "grid", "table"] = "sobol"
    samples: int | None = Field(default=None, strict=True, le=MAX_SAMPLES)
    seed: int = Field(default=0, ge=0, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _always_scrambled(cls, raw: object) -> object:
        # studies stored by earlier versions may say so
        if isinstance(raw, Mapping) and raw.get("scramble") is True:
            return {key: value for key, value in raw.items() if key != "scramble"}
        return raw

    @model_validator(mode="after")
    def _not_empty(self) -> "Sampling":
        if self.samples is not None and self.samples < 1:
            raise StudyError(
                "empty space", got=str(self.samples), expected="at least 1 sample", fix="raise samples", where="samples"
            )
        return self


class Numerics(Table):
    """Table [numerics].

    Attributes:
        steps: base time steps of one protocol run, shared out over its segments; they are split where the current
            bends.
        reduced_order: number of modes of the reduced transport model.
        cells_per_layer: finite-volume cells in each film layer.
        electrolyte_cells: finite-volume cells in the electrolyte.
        precision: of the time stepping; operators are always set up in float64.
        tolerance: of the time stepping, the largest bend of the current over a step relative to the largest current;
            0.0015 keeps 99 % of cathodic peaks within 1e-4, of stripping peaks within 7e-4 of a converged run.
        chunk: candidates stored together, the unit of writing and of resuming; chosen from the study's size if left
            out.
    """

    steps: int = Field(default=250, ge=20, le=10_000_000, strict=True)
    reduced_order: int = Field(default=28, ge=2, le=128, strict=True)
    cells_per_layer: int = Field(default=24, ge=1, le=10_000, strict=True)
    electrolyte_cells: int = Field(default=64, ge=4, le=100_000, strict=True)
    precision: Literal["float64", "float32"] = "float64"
    tolerance: float = Field(default=1.5e-3, gt=0, le=1e-1, allow_inf_nan=False, strict=True)
    chunk: int | None = Field(default=None, ge=1, le=2**24, strict=True)


class Output(Table):
    """Table [output].

    Attributes:
        curves: whether the curves of every candidate are stored.
        outputs: names of the outputs to store; all if left out.
    """

    curves: bool = Field(default=False, strict=True)
    outputs: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _named_once(self) -> "Output":
        if self.outputs is not None and (not self.outputs or len(set(self.outputs)) < len(self.outputs)):
            raise StudyError(
                "list of outputs",
                got=str(list(self.outputs)),
                expected="different names, at least one",
                fix="correct it",
                where="outputs",
            )
        return self
