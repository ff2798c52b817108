"""From the objects people build in Python to the tables of a study file."""

import dataclasses
import numbers
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from screening.errors import StudyError, shown

if TYPE_CHECKING:
    import pint

    from screening.config.strict_table import Table

# Text such as "5 nm", a pint quantity, or a number for what has no unit.
Quantity: TypeAlias = Union[str, float, "pint.Quantity"]


def written(value: Any, where: str = "") -> Any:
    """A value as TOML can hold it.

    Args:
        value: text, number, pint quantity, or a list of them.
        where: name of the field, for the error.

    Returns:
        text, number or list; a pint quantity becomes text with its unit.

    Raises:
        StudyError: it is none of these.

    Example:
        >>> written(0.4), written(["10 mV/s"])
        (0.4, ['10 mV/s'])
    """
    if isinstance(value, str | bool):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, list | tuple):
        return [written(entry, f"{where}[{position}]") for position, entry in enumerate(value)]
    if hasattr(value, "units") and isinstance(getattr(value, "magnitude", None), numbers.Real):
        return f"{float(value.magnitude)!r} {value.units:~C}".rstrip()
    raise StudyError(
        "cannot be read as a quantity",
        got=shown(repr(value)),
        expected="text with a unit, a pint quantity, or a number without unit",
        fix='write it like "15 nm"',
        where=where,
    )


def written_tables(value: Any, where: str = "") -> Any:
    """As `written`, for a value that may be a table, or a list of tables.

    Args:
        value: what `written` takes, or tables of it.
        where: name of the field, for the error.

    Returns:
        text, number, list or table.

    Raises:
        StudyError: it is none of these.

    Example:
        >>> written_tables({"mixture": [{"phase": "LiF", "fraction": 0.5}]})
        {'mixture': [{'phase': 'LiF', 'fraction': 0.5}]}
    """
    if isinstance(value, Mapping):
        return {str(key): written_tables(entry, f"{where}.{key}") for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [written_tables(entry, f"{where}[{position}]") for position, entry in enumerate(value)]
    return written(value, where)


def table_of(thing: Any, **more: Any) -> dict[str, Any]:
    """The table of a study file that a dataclass stands for; fields that are None, or kept apart, are left out.

    Args:
        thing: a dataclass whose fields have the names of the study file.
        more: further keys.

    Returns:
        the table.

    Raises:
        StudyError: a field holds something that is no quantity.

    Example:
        >>> from screening.api.films import Electrolyte
        >>> table_of(Electrolyte())["transference_number"]
        0.4
    """
    fields = (field for field in dataclasses.fields(thing) if not field.metadata.get("apart"))
    found = {field.name: getattr(thing, field.name) for field in fields}
    return more | {name: written(value, name) for name, value in found.items() if value is not None}


def check(table: Mapping[str, Any], schema: "type[Table]", name: str) -> None:
    """Check a table as a study file's would be checked.

    Args:
        table: from `table_of`.
        schema: the table's class in `screening.config`.
        name: of the class that people see.

    Raises:
        StudyError: what is wrong, in one line.

    Example:
        >>> from screening.config.environment import Conditions
        >>> check({"temperature": "25 degC"}, Conditions, "Conditions")
    """
    from pydantic import ValidationError

    from screening.config.strict_table import first_error

    try:
        schema.model_validate(table, context={"parameters": {}})
    except ValidationError as error:
        raise first_error(error, table).at(name) from None
