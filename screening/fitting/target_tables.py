"""The tables [[target]] of a fit file: what the model is compared with."""

import contextlib
import math
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from screening.config.strict_table import Table, all_faults
from screening.errors import StudyError, shown
from screening.readers.amount import read_amount, unit_factor
from screening.units import parse_quantity


def quantity(dimension: str) -> BeforeValidator:
    """Validator of one fixed quantity with a unit, as a float in SI."""
    return BeforeValidator(lambda value: value if isinstance(value, float) else parse_quantity(value, dimension))


class ColumnTable(Table):
    """A column, where the headings of the file do not tell: `{ column = "E1", unit = "V" }`.

    Attributes:
        column: its heading; may be left out for a column given in Python.
        unit: of its values.
    """

    column: str = ""
    unit: str


def _unit_of(*quantities: str) -> AfterValidator:
    """Validator that the unit of a column is that of one of these quantities."""

    def check(column: ColumnTable) -> ColumnTable:
        for quantity in quantities[:-1]:
            with contextlib.suppress(StudyError):
                unit_factor(column.unit, quantity)
                return column
        try:
            unit_factor(column.unit, quantities[-1])
        except StudyError as error:
            raise error.at("unit") from None
        return column

    return AfterValidator(check)


def _check_uncertainty(deviation: float | None) -> None:
    if deviation is not None and deviation <= 0:
        raise StudyError(
            "standard uncertainty must be positive",
            got=f"{deviation:g}",
            expected="above zero",
            fix="give one standard deviation",
            where="standard_uncertainty",
        )


class CurveTarget(Table):
    """`kind = "curve"`: a measured voltammogram of one scan rate.

    Attributes:
        name: for people; the number of the target if left out.
        file: of an instrument, any format of `sei.read_curve`, relative to the fit file.
        sheet: of an Excel workbook with several.
        cycle: only this cycle of the file.
        scan: only this sweep of the file or cycle.
        flip_sign: whether reduction is positive in the file.
        scan_rate: of the protocol's, which this curve belongs to; that of the file, or the only one of the protocol, if
            left out.
        potential: its column, on the protocol's scale; found from the headings if left out.
        current: its column, a current (needs `area`) or a current density; found from the headings if left out.
        time: its column; times follow from the potentials if left out.
        area: of the electrode, e.g. "7.07 mm^2", for currents in amperes.
        standard_uncertainty: noise of the current density, one standard deviation, or
        relative_uncertainty: the same relative to the curve's largest current. If both are left out the noise is
            estimated from the residuals.
        window: potentials that count, `["-0.3 V", "0.1 V"]`; all if left out.
        points: the curve is thinned to at most so many points, evenly in their order.
    """

    kind: Literal["curve"]
    name: str = ""
    file: str = ""
    sheet: str | None = None
    cycle: int | None = Field(default=None, ge=0, strict=True)
    scan: int | None = Field(default=None, ge=1, strict=True)
    flip_sign: bool = Field(default=False, strict=True)
    scan_rate: Annotated[float, quantity("scan rate")] | None = None
    potential: Annotated[ColumnTable, _unit_of("potential")] | None = None
    current: Annotated[ColumnTable, _unit_of("current", "current_density")] | None = None
    time: Annotated[ColumnTable, _unit_of("time")] | None = None
    area: Annotated[float, BeforeValidator(lambda value: read_amount(value, "area", ""))] | None = None
    standard_uncertainty: Annotated[float, quantity("current density")] | None = None
    relative_uncertainty: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    window: tuple[Annotated[float, quantity("potential")], Annotated[float, quantity("potential")]] | None = None
    points: int = Field(default=300, ge=4, le=100_000, strict=True)

    @model_validator(mode="after")
    def _usable(self) -> "CurveTarget":
        if self.standard_uncertainty is not None and self.relative_uncertainty is not None:
            raise StudyError(
                "uncertainty given twice",
                got="standard_uncertainty and relative_uncertainty",
                expected="one of them",
                fix="remove one",
            )
        _check_uncertainty(self.standard_uncertainty)
        return self


# What each single number is measured in.
_DIMENSIONS = {
    "peak_current": "current density",
    "peak_potential": "potential",
    "apparent_diffusivity": "diffusivity",
    "limiting_current": "current density",
    "area_specific_resistance": "area-specific resistance",
    "faradaic_efficiency": "dimensionless number",
    "energy_efficiency": "dimensionless number",
    "cell_voltage": "potential",
    "ammonia_rate": "molar flux",
    "mean_ammonia_rate": "molar flux",
}
# Numbers of an operating point of an ammonia cell, which may be zero (under argon).
OPERATING_POINT = ("faradaic_efficiency", "energy_efficiency", "cell_voltage", "ammonia_rate", "mean_ammonia_rate")
# Numbers of either sign; of the others a magnitude is asked.
_SIGNED = ("peak_current", "peak_potential")


class NumberTarget(Table):
    """A target that is a single number.

    Attributes:
        name: for people.
        value: as measured.
        standard_uncertainty: one standard deviation.
    """

    completed: ClassVar[frozenset[str]] = frozenset({"value", "standard_uncertainty"})

    kind: str
    name: str = ""
    value: float
    standard_uncertainty: float

    @model_validator(mode="before")
    @classmethod
    def _read(cls, raw: Any) -> Any:
        return (
            _in_si(raw, _DIMENSIONS[raw["kind"]]) if isinstance(raw, dict) and raw.get("kind") in _DIMENSIONS else raw
        )

    @model_validator(mode="after")
    def _usable(self) -> "NumberTarget":
        _check_uncertainty(self.standard_uncertainty)
        low = 0.0 if self.kind in OPERATING_POINT else math.ulp(0.0)
        high = 1.0 if self.kind.endswith("_efficiency") else math.inf
        if self.kind not in _SIGNED and not low <= self.value <= high:
            expected = (
                "a value above zero" if low else "a value from 0 to 1" if high == 1 else "a value of at least zero"
            )
            raise StudyError(
                "target outside the model's reach",
                got=f"{self.value:g}",
                expected=expected,
                fix="give its magnitude",
                where="value",
            )
        return self

    @classmethod
    def read(cls, kind: str, value: Any, standard_uncertainty: Any) -> Self:
        """One number of a row of a table, as written there."""
        raw = {"kind": kind, "value": value, "standard_uncertainty": standard_uncertainty}
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise all_faults(error, raw) from None


class PeakTarget(NumberTarget):
    """`kind = "peak_current"` or `kind = "peak_potential"`: one peak of one scan rate.

    Attributes:
        value: current density (cathodic negative) or potential.
        scan_rate: of the protocol's; may be left out where the protocol has one.
        peak: "cathodic" or "anodic".
    """

    kind: Literal["peak_current", "peak_potential"]
    scan_rate: Annotated[float, quantity("scan rate")] | None = None
    peak: Literal["cathodic", "anodic"] = "cathodic"


class ApparentDiffusivityTarget(NumberTarget):
    """`kind = "apparent_diffusivity"`: what peaks at all scan rates of the protocol give by a peak current law.

    Attributes:
        value: as reported.
        law: "randles_sevcik", "berzins_delahay" or "irreversible".
        line: "with_intercept" (peak current against root of scan rate), "through_origin", or "each" (mean over the scan
            rates of the value from one peak alone; the only one for a single scan rate).
        concentration: that the experimenter put into the law; that of the model if left out.
    """

    kind: Literal["apparent_diffusivity"]
    law: Literal["randles_sevcik", "berzins_delahay", "irreversible"] = "randles_sevcik"
    line: Literal["with_intercept", "through_origin", "each"] = "with_intercept"
    concentration: Annotated[float, quantity("concentration")] | None = None


class SteadyTarget(NumberTarget):
    """`kind = "limiting_current"` (magnitude) or `kind = "area_specific_resistance"` (of the film alone)."""

    kind: Literal["limiting_current", "area_specific_resistance"]


def _in_si(raw: dict[str, Any], dimension: str) -> dict[str, Any]:
    """The table with `value` and `standard_uncertainty` read as quantities; a text such as "3 %" is relative."""
    read = dict(raw)
    for key in ("value", "standard_uncertainty"):
        given = raw.get(key)
        if given is None or (key == "value" and isinstance(given, float)):
            continue
        try:
            if key == "standard_uncertainty" and isinstance(given, str) and given.strip().endswith("%"):
                share = float(given.strip()[:-1]) / 100
                read[key] = abs(share * float(read["value"]))
            elif not isinstance(given, float):
                read[key] = parse_quantity(given, dimension, offset=key == "value")
        except StudyError as error:
            raise error.at(key) from None
        except (ValueError, KeyError, TypeError):
            raise StudyError(
                "not a standard uncertainty", got=shown(given), expected=f'a {dimension} or "3 %"', where=key
            ) from None
    return read
