"""Operating points of an ammonia cell as targets of a fit: one value of the fit file, or the rows of a CSV file."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import Field

from screening.config.ammonia_table import AmmoniaTable
from screening.config.fields import FIELDS
from screening.config.given_quantities import unit_of_heading
from screening.config.scalar import read_scalar
from screening.config.strict_table import Table
from screening.errors import StudyError, shown, unknown_name
from screening.fitting.target_tables import OPERATING_POINT, NumberTarget
from screening.physical_field import PhysicalField
from screening.sampling.distributions import Fixed

# Quantities that the instrument sets or that may differ between rows, and the table of the fit file that each stands in.
_NO_CONDITIONS = ("ageing_time", "lifetime_share", "largest_voltage")
CONDITIONS: Mapping[str, str] = {
    key: "ammonia"
    for key in AmmoniaTable.model_fields
    if (key in FIELDS or key in AmmoniaTable.rules) and key not in _NO_CONDITIONS
} | {"temperature": "conditions", "concentration": "electrolyte", "diffusion_layer_thickness": "electrolyte"}


class OperatingPointTarget(Table):
    """`kind = "faradaic_efficiency"`, `"energy_efficiency"`, `"cell_voltage"`, `"ammonia_rate"` or `"mean_ammonia_rate"`.

    Attributes:
        name: for people, and for rows given in Python.
        value: as measured, or
        file: a CSV file, one operating point a row: a column named as the kind, perhaps that name with `_uncertainty`,
            `name`, and conditions by their keys; units in the headings, `current [mA/cm^2]`, or in the entries.
        standard_uncertainty: one standard deviation of every value, or relative, "2 %"; a column of the file goes before it.
        at: conditions of the value or of all rows, `{ current = "100 mA/cm^2" }`; those of the fit file where left out.
    """

    kind: Literal["faradaic_efficiency", "energy_efficiency", "cell_voltage", "ammonia_rate", "mean_ammonia_rate"]
    name: str = ""
    value: Any = None
    file: str = ""
    standard_uncertainty: Any = None
    at: dict[str, Any] = Field(default_factory=dict)


class MeasuredPoint(NamedTuple):
    """One measured number of one operating point.

    Attributes:
        number: its value and uncertainty, SI.
        conditions: by key, SI.
        where: its place, for messages.
        name: for people.
    """

    number: NumberTarget
    conditions: dict[str, float]
    where: str
    name: str


def measured_points(targets: Sequence[Any], folder: Path, given: Mapping[str, Any]) -> list[MeasuredPoint]:
    """Every measured number of the targets that are operating points, in their order.

    Args:
        targets: of a fit file; those of other kinds are passed over.
        folder: that files are relative to.
        given: columns by the name of their target, instead of files.

    Returns:
        points.

    Raises:
        StudyError: a file, a column or a number that cannot be used.
    """
    found: list[MeasuredPoint] = []
    named = [target.name for target in targets if isinstance(target, OperatingPointTarget)]
    for name in given:
        if name not in named:
            raise unknown_name("target", name, [one for one in named if one], where="data")
    for place, target in enumerate(targets):
        if isinstance(target, OperatingPointTarget):
            here = f"target[{place}]"
            _check_conditions(target.at, f"{here}.at")
            try:
                found += _points_of(target, here, folder, given.get(target.name) if target.name else None)
            except OSError as error:
                what, got = f"file of a target: {(error.strerror or 'unreadable').lower()}", shown(target.file, 200)
                raise StudyError(what, got=got, fix="check the path", where=f"{here}.file") from None
    return found


def refuse_points(targets: Sequence[Any]) -> None:
    """Refuse operating points of an ammonia cell in a fit of voltammograms."""
    for number, target in enumerate(targets):
        if isinstance(target, OperatingPointTarget):
            raise StudyError(
                "target outside the model's reach: an operating point of an ammonia cell",
                got=f'kind = "{target.kind}" without [ammonia]',
                expected="tables [ammonia], [electrolyte] and one [[film]], and no protocol",
                fix="fit it in a file of its own",
                where=f"target[{number}]",
            )


def _points_of(target: OperatingPointTarget, where: str, folder: Path, given: Any) -> Iterator[MeasuredPoint]:
    if given is None and not target.file:
        if target.value is None:
            fix = f'add value = ..., or file = "cell.csv" with a column {target.kind}'
            raise StudyError("missing key", expected="a measured value", fix=fix, where=f"{where}.value")
        yield _point(target, where, target.name or where, target.value, target.standard_uncertainty, target.at)
        return
    if target.value is not None:
        raise StudyError(
            "value beside the rows of a table", got="both", expected="one", fix="remove value", where=where
        )
    source = "data" if given is not None else target.file
    columns = _columns(given if given is not None else folder / target.file)
    uncertainty = f"{target.kind}_uncertainty"
    known = ("name", *OPERATING_POINT, *(f"{kind}_uncertainty" for kind in OPERATING_POINT), *CONDITIONS)
    for name in columns:
        if name not in known:
            raise unknown_name("column", name, known, where=f"{where}: {source}")
    if target.kind not in columns:
        fix = f"add a column {target.kind}, with its unit as in cell_voltage [V]"
        raise StudyError(
            "missing column", got=", ".join(columns), expected=target.kind, fix=fix, where=f"{where}: {source}"
        )
    for row in range(len(columns[target.kind])):
        entry = {name: column[row] for name, column in columns.items() if not _empty(column[row])}
        if target.kind in entry:
            conditions = {name: cell for name, cell in entry.items() if name in CONDITIONS}
            deviation = entry.get(uncertainty, target.standard_uncertainty)
            here = f"{where}: {source} row {row + 1}"
            name = f"{entry.get('name') or f'{target.name or where} row {row + 1}'}: {target.kind}"
            yield _point(target, here, name, entry[target.kind], deviation, {**target.at, **conditions})


def _point(target, where, name, value, deviation, conditions) -> MeasuredPoint:
    if deviation is None:
        fix = f'add standard_uncertainty = "2 %", or a column {target.kind}_uncertainty'
        raise StudyError("missing key", expected="one standard deviation", fix=fix, where=where)
    try:
        number = NumberTarget.read(target.kind, value, deviation)
    except StudyError as error:
        raise error.at(where) from None
    found = {}
    for key, text in conditions.items():
        try:
            scalar = read_scalar(text, rule_of(key), {})
        except StudyError as error:
            raise error.at(f"{where}.{key}") from None
        if not isinstance(scalar, Fixed):
            raise StudyError("not one value", got=shown(text), fix="give one value a point", where=f"{where}.{key}")
        found[key] = scalar.value
    return MeasuredPoint(number, found, where, name)


def rule_of(condition: str) -> PhysicalField:
    """Dimension and limits of a condition."""
    return FIELDS[AmmoniaTable.rules.get(condition, condition)]


def _columns(source: Any) -> dict[str, list[Any]]:
    """Entries by name with the units of their headings, of a CSV file or of columns given in Python."""
    if isinstance(source, Path):
        with source.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
        head, body = (rows[0], rows[1:]) if rows else ([], [])
        cells = [[row[place].strip() if place < len(row) else "" for row in body] for place in range(len(head))]
        listed = dict(zip((name.strip() for name in head), cells, strict=True))
    else:
        listed = {str(name): list(source[name]) for name in source}
    if not listed or not all(listed.values()):
        raise StudyError("no rows", expected="one operating point a row", fix="add rows", where="target")
    found = {}
    for heading, column in listed.items():
        name, unit = unit_of_heading(heading)
        found[name] = [f"{cell} {unit}" if unit and _bare(cell) else cell for cell in column]
    return found


def _check_conditions(given: Mapping[str, Any], where: str) -> None:
    for name in given:
        if name not in CONDITIONS:
            raise unknown_name("condition", str(name), list(CONDITIONS), where=f"{where}.{name}")


def _bare(cell: Any) -> bool:
    """Whether an entry is a number without a unit."""
    try:
        float(cell)
    except (TypeError, ValueError):
        return False
    return not isinstance(cell, bool)


def _empty(cell: Any) -> bool:
    """Whether nothing was measured: no text, or the NaN of a data frame."""
    return cell is None or cell == "" or cell != cell
