"""Physical scalars together with their place in the study file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from screening.config.fields import FIELDS, LAW_ARGUMENT
from screening.config.own_laws import LawValue
from screening.physical_field import PhysicalField
from screening.sampling.distributions import Choice, Draws, Fixed, Normal, Range, Scalar, Shared


@dataclass(frozen=True)
class Located:
    """One scalar of a study and where it stands.

    Attributes:
        path: place in the study file, e.g. "film[0].layer[1].thickness".
        field: name of its rule in `FIELDS`.
        scalar: its value or distribution.
        part: phase of a mixture or reaction that it belongs to, as an identifier; "" outside of both.
    """

    path: str
    field: str
    scalar: Scalar
    part: str = ""

    @property
    def rule(self) -> PhysicalField:
        """Dimension and limits."""
        return FIELDS[self.field]

    @property
    def key(self) -> str:
        """Name among the scalars of its table: the field, with the phase of the mixture or the reaction in front.

        An argument of a law has its own name.
        """
        if self.field == LAW_ARGUMENT:
            return self.part
        return f"{self.part}_{self.field}" if self.part else self.field

    @property
    def label(self) -> str:
        """Name of the random stream: that of the shared parameter, or the place itself."""
        return f"parameters.{self.scalar.name}" if isinstance(self.scalar, Shared) else self.path

    @property
    def distribution(self) -> Fixed | Choice | Range | Normal | Draws:
        """What the value is drawn from."""
        return self.scalar.distribution if isinstance(self.scalar, Shared) else self.scalar

    @property
    def varied(self) -> bool:
        """Whether candidates differ in it."""
        return not isinstance(self.distribution, Fixed)


def scalars_of(table: Any, path: str = "", field: str = "", part: str = "") -> Iterator[Located]:
    """Every physical scalar below a table, in the order of the file format."""
    if isinstance(table, Scalar):
        yield Located(path, field, table, part)
    elif isinstance(table, LawValue):
        for name, argument in table.arguments:
            yield Located(f"{path}.{name}", LAW_ARGUMENT, argument, name)
    elif isinstance(table, tuple):
        for position, entry in enumerate(table):
            yield from scalars_of(entry, f"{path}[{position}]", field, part)
    elif isinstance(table, BaseModel):
        part = getattr(table, "part", part)
        for name, info in type(table).model_fields.items():
            key = info.alias or name
            place = f"{path}.{key}" if path else key
            rule = getattr(table, "rules", {}).get(key) or RULE_OF_KEY.get(key, key)
            yield from scalars_of(getattr(table, name), place, rule, part)


# Keys whose rule goes by another name: a list of scan rates holds scan rates.
RULE_OF_KEY = {"scan_rates": "scan_rate"}
