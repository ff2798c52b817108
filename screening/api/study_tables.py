"""From the objects people build in Python to the tables of a study, and from these to the text of a study file."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import tomli_w
from pydantic import ValidationError

from screening.api.array_arguments import Quantity, along
from screening.config.fields import FIELDS
from screening.config.given_quantities import as_entry
from screening.config.located import RULE_OF_KEY
from screening.config.strict_table import Table, all_faults
from screening.errors import StudyError, shown
from screening.sampling.distributions import Choice, Fixed
from screening.units import DIMENSIONS, parse_quantity


@dataclasses.dataclass(frozen=True)
class StudyTable:
    """An object that stands for one table of a study and is checked, as that is, when it is made."""

    _schema: ClassVar[type[Table]]
    _kind: ClassVar[str] = ""  # the key that tells tables of a union apart; "" where there is none
    _lists: ClassVar[tuple[str, ...]] = ()  # keys that are lists in a study file too

    def __post_init__(self) -> None:
        try:
            self._schema.model_validate(self.table(), context={"parameters": {}})
        except ValidationError as error:
            raise all_faults(error, self.table()).at(type(self).__name__) from None
        except StudyError as error:  # of an array that cannot be read
            raise error.at(type(self).__name__) from None

    def table(self) -> dict[str, Any]:
        """The table of a study file; fields that are None, or kept apart, are left out."""
        fields = [field.name for field in dataclasses.fields(self) if not field.metadata.get("apart")]
        given = {name: getattr(self, name) for name in fields}
        kind = {"kind": self._kind} if self._kind else {}
        entries = {}
        for name, value in given.items():
            if value is not None:
                array = None if name in self._lists else along(value, self._schema.rules.get(name, name), name)
                entries[name] = as_entry(value, name) if array is None else array
        return kind | entries


def as_table(value: Any, where: str = "") -> Any:
    """As `as_entry`, for a value that may be a table or a list of tables."""
    if isinstance(value, Mapping):
        return {str(key): as_table(entry, f"{where}.{key}") for key, entry in value.items()}
    key = where.rpartition(".")[2]
    if isinstance(value, list | tuple) and any(isinstance(entry, Mapping) for entry in value):
        return [as_table(entry, f"{where}[{position}]") for position, entry in enumerate(value)]
    array = along(value, key, where)
    return as_entry(value, where) if array is None else array


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
    if not isinstance(entry, Fixed | Choice):
        return entry
    unit = DIMENSIONS[FIELDS[RULE_OF_KEY.get(key, key)].dimension].si
    if isinstance(entry, Choice):
        return {"list": list(entry.values), "unit": unit} if unit else {"list": list(entry.values)}
    return f"{entry.value!r} {unit}" if unit else entry.value
