"""Column headers of instrument files: which quantity, which unit."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from screening.errors import StudyError, near_matches, shown, unknown_name
from screening.readers.amount import REFERENCE, UNITS, unit_factor

# What a caller may name: a header, a header with its unit, or None to leave the quantity out.
ColumnChoice = str | tuple[str, str] | None

# Names without unit, in lower case, in order of preference: what was measured before what was asked for.
_NAMES: dict[str, tuple[tuple[str, ...], ...]] = {
    "potential": (
        ("ewe", "we(1).potential", "vf"),
        ("<ewe>",),
        ("e", "u", "v", "potential", "voltage", "electrode potential", "working electrode potential"),
        ("overpotential", "eta"),
        ("ecell", "<ecell>", "cell voltage", "cell potential"),
        ("potential applied", "applied potential", "control"),
    ),
    "current": (("<i>",), ("i", "im", "current", "we(1).current", "we current", "i1")),
    "current_density": (("<j>",), ("j", "current density")),
    "time": (
        ("total time", "cumulative time", "test time", "testtime"),
        ("time", "t", "elapsed time"),
        ("corrected time",),
    ),
    "cycle": (
        ("cycle number", "cycle", "cycle no", "cycle index", "cycle-index", "cycle count", "scan", "scan number"),
    ),
}


@dataclass(frozen=True)
class Column:
    """A column that was understood: SI value = number in the file * factor; of impedance, per area, its unit `assumed`."""

    name: str
    factor: float
    per_area: bool = False
    assumed: bool = False


def find_columns(
    names: Sequence[str], choices: Mapping[str, ColumnChoice] | None = None, where: str = ""
) -> dict[str, Column]:
    """The columns of potential, current, time and cycle, by their headers or by the caller's choice."""
    chosen = checked_choices(choices, _NAMES, where)
    found = {}
    for quantity in _NAMES:
        if quantity in chosen:
            column = _chosen_column(names, quantity, chosen[quantity], where)
        elif chosen.get({"current": "current_density", "current_density": "current"}.get(quantity, "")):
            continue  # the caller wants the other one
        else:
            column = matching_column(names, quantity, where)
        if column is not None:
            found[quantity] = column
    if "potential" not in found:
        raise _missing("potential", names, where)
    if "current" not in found and "current_density" not in found:
        raise _missing("current", names, where)
    return found


def checked_choices(
    choices: Mapping[str, ColumnChoice] | None, known: Collection[str], where: str
) -> dict[str, ColumnChoice]:
    """What a caller said of the columns, of known quantities alone."""
    for quantity in choices or {}:
        if quantity not in known:
            raise unknown_name("quantity", str(quantity), known, f"{where}: columns" if where else "columns")
    return dict(choices or {})


def chosen_header(names: Sequence[str], choice: str | tuple[str, str], where: str) -> tuple[str, str | None]:
    """The header that a caller chose, and its unit if the caller gave one."""
    header, given = (choice, None) if isinstance(choice, str) else choice
    if header not in names:
        raise unknown_name("column", header, names, where)
    return header, given


def only_one(fitting: Sequence[Column], quantity: str, where: str) -> Column | None:
    """The one column that fits a quantity, if any."""
    if len(fitting) > 1:
        raise StudyError(
            f"several columns fit {quantity}",
            got=", ".join(shown(column.name) for column in fitting),
            expected="one",
            fix=f'choose: columns={{"{quantity}": {shown(fitting[0].name)}}}',
            where=where,
        )
    return fitting[0] if fitting else None


def headers_shown(names: Sequence[str]) -> str:
    """The headers of a file in an error message."""
    return ", ".join(shown(name, 40) for name in names[:20]) or "no headers"


def split_header(header: str) -> list[tuple[str, str]]:
    """Ways to read a header as name (lower case) and unit, the likeliest first; the last has no unit."""
    text = re.sub(r" #\d+$", "", " ".join(header.split()))
    ways = []
    bracketed = re.fullmatch(r"(.*\S)\s*[(\[]([^()\[\]]+)[)\]]", text)
    if bracketed:
        ways.append(bracketed.groups())
    ways += [(text[: match.start()], text[match.end() :]) for match in re.finditer(r"[,/]|_(?=[A-Za-z]+$)", text)]
    ways.append((text, ""))
    return [(REFERENCE.sub("", name.strip()).replace("_", " ").casefold(), unit.strip()) for name, unit in ways]


def matching_column(names: Sequence[str], quantity: str, where: str) -> Column | None:
    """The column of a quantity by its header, if any."""
    wrong: StudyError | None = None
    for rank in _NAMES[quantity]:
        fitting: list[Column] = []
        for header in names:
            for name, unit in split_header(header):
                # "I/mA cm-2" is a current density, whatever its letter
                alias = quantity == "current_density" and any(name in r for r in _NAMES["current"]) and unit
                if name not in rank and not alias:
                    continue
                try:
                    factor = 1.0 if quantity == "cycle" else unit_factor(unit, quantity)
                except StudyError as error:
                    if not alias and wrong is None and not (quantity == "current" and _is_density(unit)):
                        wrong = _unit_error(error, header, quantity, where)
                    continue
                fitting.append(Column(header, factor))
                break
        if (found := only_one(fitting, quantity, where)) is not None:
            return found
    # a file may well hold other things named "t" or "v"; only what is needed must be understood
    if wrong is not None and quantity in ("potential", "current", "time"):
        raise wrong
    return None


def _is_density(unit: str) -> bool:
    try:
        return bool(unit_factor(unit, "current_density"))
    except StudyError:
        return False


def _chosen_column(names: Sequence[str], quantity: str, choice: ColumnChoice, where: str) -> Column | None:
    if choice is None:
        return None
    header, given = chosen_header(names, choice, where)
    if quantity == "cycle":
        return Column(header, 1.0)
    units = [given] if given is not None else [unit for _, unit in split_header(header)]
    last = StudyError("no unit")
    for unit in units:
        try:
            return Column(header, unit_factor(unit, quantity))
        except StudyError as error:
            last = error
    raise _unit_error(last, header, quantity, where)


def _unit_error(error: StudyError, header: str, quantity: str, where: str) -> StudyError:
    example = UNITS[quantity][3].partition(",")[0]
    return StudyError(
        error.what + f" in the column of {quantity}",
        got=shown(header),
        expected=error.expected,
        fix=f'give it: columns={{"{quantity}": ({shown(header)}, "{example}")}}',
        where=where,
    )


def _missing(quantity: str, names: Sequence[str], where: str) -> StudyError:
    known = {name for rank in _NAMES[quantity] for name in rank if len(name) > 2}
    likely = [header for header in names if any(near_matches(name, known) for name, _ in split_header(header))]
    near = (likely or list(names) or ["..."])[0]
    example = "I/mA" if quantity == "current" else "E (V)"
    return StudyError(
        f"no column of {quantity}",
        got=headers_shown(names),
        expected=f'a header such as "{example}"',
        fix=f'{"did you mean" if likely else "name it:"} columns={{"{quantity}": {shown(near)}}}',
        where=where,
    )
