"""From the objects people build in Python to the tables of a study, and from these to the text of a study file."""

import dataclasses
import numbers
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, Union

import tomli_w
from pydantic import ValidationError

from screening.config.fields import FIELDS
from screening.config.located import RULE_OF_KEY
from screening.config.strict_table import Table, first_error
from screening.errors import StudyError, shown
from screening.sampling.distributions import Fixed
from screening.units import DIMENSIONS, parse_quantity

if TYPE_CHECKING:
    import pint

# Text such as "5 nm", a pint quantity, a number for what has no unit, or `Fixed` for a number in SI units.
Quantity: TypeAlias = Union[str, float, Fixed, "pint.Quantity"]


@dataclasses.dataclass(frozen=True)
class StudyTable:
    """An object that stands for one table of a study and is checked, as that is, when it is made."""

    _schema: ClassVar[type[Table]]
    _kind: ClassVar[str] = ""  # the key that tells tables of a union apart; "" where there is none

    def __post_init__(self) -> None:
        try:
            self._schema.model_validate(self.table(), context={"parameters": {}})
        except ValidationError as error:
            raise first_error(error, self.table()).at(type(self).__name__) from None

    def table(self) -> dict[str, Any]:
        """The table of a study file; fields that are None, or kept apart, are left out."""
        fields = [field.name for field in dataclasses.fields(self) if not field.metadata.get("apart")]
        given = {name: getattr(self, name) for name in fields}
        kind = {"kind": self._kind} if self._kind else {}
        return kind | {name: as_entry(value, name) for name, value in given.items() if value is not None}


def as_entry(value: Any, where: str = "") -> Any:
    """Text, number, `Fixed`, list or table as an entry of a table; a pint quantity becomes text with its unit."""
    if isinstance(value, str | bool | Fixed):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, list | tuple):
        return [as_entry(entry, f"{where}[{position}]") for position, entry in enumerate(value)]
    if hasattr(value, "units") and isinstance(getattr(value, "magnitude", None), numbers.Real):
        return f"{float(value.magnitude)!r} {value.units:~C}".rstrip()
    raise StudyError(
        "cannot be read as a quantity",
        got=shown(repr(value)),
        expected="text with a unit, a pint quantity, or a number without unit",
        fix='write it like "15 nm"',
        where=where,
    )


def as_table(value: Any, where: str = "") -> Any:
    """As `as_entry`, for a value that may be a table or a list of tables."""
    if isinstance(value, Mapping):
        return {str(key): as_table(entry, f"{where}.{key}") for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [as_table(entry, f"{where}[{position}]") for position, entry in enumerate(value)]
    return as_entry(value, where)


def expect(value: object, kind: Any, what: str, expected: str, fix: str, where: str) -> None:
    """Refuse what is not of this kind."""
    if not isinstance(value, kind):
        raise StudyError(what, got=shown(repr(value)), expected=expected, fix=fix, where=where)


def si_value(value: Quantity, dimension: str, where: str) -> float:
    """A quantity as a number in SI units."""
    if isinstance(value, Fixed):
        return value.value
    try:
        return parse_quantity(as_entry(value, where), dimension)
    except StudyError as error:
        raise error if error.where else error.at(where) from None


def study_text(tables: Mapping[str, Any]) -> str:
    """The study file of these tables; it reads as the same study, because `repr` of a float and SI units are exact."""
    return tomli_w.dumps({key: _written(entry, key) for key, entry in tables.items()})


def _written(entry: Any, key: str) -> Any:
    if isinstance(entry, Mapping):
        return {name: _written(value, name) for name, value in entry.items()}
    if isinstance(entry, list):
        return [_written(value, key) for value in entry]
    if not isinstance(entry, Fixed):
        return entry
    unit = DIMENSIONS[FIELDS[RULE_OF_KEY.get(key, key)].dimension].si
    return f"{entry.value!r} {unit}" if unit else entry.value
