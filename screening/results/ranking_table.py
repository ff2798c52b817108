"""The ranked candidates as a table on a terminal, or as CSV."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from screening.results.ranking import Ranking
from screening.store.columns import Column, column_names, expand_columns, find_column
from screening.store.shards import CANDIDATE, STATUS
from screening.units import readable_value

if TYPE_CHECKING:
    import xarray as xr
    from rich.console import Console
    from rich.table import Table

# Columns of a table where none are asked for; the candidate, its film and what it is sorted by are the first of them.
SHOWN, LEADING = 6, 3
# Rows gathered in one go; a ranking of everything is written in pieces of this length.
ROWS = 2**18


def show_ranking(ranking: Ranking, columns: Sequence[str] | None = None, file: TextIO | None = None) -> None:
    """Print ranked candidates in lab units; `columns` may be ["all"]."""
    from rich.text import Text

    dataset, console = ranking.dataset, table_console(file)
    chosen = bool(columns) and list(columns) != ["all"]
    wanted = [find_column(dataset, name) for name in columns or ()] if chosen else _default_columns(ranking)
    visible, common, hidden = _laid_out(ranking, wanted, console.width - 1, not chosen, None if columns else SHOWN)
    console.print(
        rich_table([entry.heading for entry in visible], zip(*(entry.cells for entry in visible), strict=True))
    )
    if common:
        same = ", ".join(f"{entry.label} = {entry.cell(0, digits=7)} {entry.unit}".rstrip() for entry in common)
        console.print(Text(f"The same in all rows: {same}."))
    if hidden:
        names = list(dict.fromkeys(label.partition("[")[0] for label in hidden))
        console.print(Text(f"Not shown: {', '.join(names)} (--columns all, or their names; or write CSV)."))
    console.print(Text(footer(ranking)))


def table_console(file: TextIO | None = None) -> "Console":
    """Where tables are printed: as wide as the window or COLUMNS say, and a pipe without COLUMNS has no edge to fit to."""
    from rich.console import Console

    console = Console(file=file, highlight=False)
    if not console.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        console.width = 100_000
    return console


def write_ranking(ranking: Ranking, file: TextIO) -> None:
    """Write ranked candidates as CSV: every input and output, every scan rate, SI units named in the heading."""
    dataset = ranking.dataset
    chosen = stored_columns(dataset)
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([f"{column.label} ({column.units})" if column.units != "1" else column.label for column in chosen])
    for start in range(0, len(ranking.candidates), ROWS):
        rows = ranking.candidates[start : start + ROWS]
        values = [_plain(column, _gather(dataset, column, rows)) for column in chosen]
        writer.writerows(zip(*values, strict=True))


def stored_columns(dataset: "xr.Dataset") -> list[Column]:
    """The candidate, then every input and output, one column for each scan rate; the status is not among them."""
    chosen = [find_column(dataset, CANDIDATE)]
    for name in column_names(dataset):
        chosen += expand_columns(dataset, name) if name != STATUS else []
    return chosen


def footer(ranking: Ranking) -> str:
    """One line: how many candidates there are, how many failed and why, and how many were ranked."""
    counts = dict(ranking.status_counts)
    parts = [f"{counts.pop('ok', 0):,} ok"]
    pending = counts.pop("pending", 0)
    if counts:
        reasons = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        parts.append(f"{sum(counts.values()):,} failed ({reasons})")
    if pending:
        parts.append(f"{pending:,} not computed yet")
    text = f"{sum(ranking.status_counts.values()):,} candidates: {', '.join(parts)}"
    if ranking.where is not None:
        text += f"; {ranking.matched:,} ok ones fulfil {ranking.where.text}"
    if ranking.unranked:
        text += f"; without layers and not ranked: {', '.join(ranking.unranked)} (unless --where names film)"
    if ranking.without_value:
        text += f"; {ranking.without_value:,} of them have no {ranking.sort.text}"
    sort = ranking.sort
    reversed_column = sort.column is not None and sort.text.strip() == f"-{sort.column.name}"
    order = f"{sort.column.label}, smallest first" if sort.column and reversed_column else f"{sort.text}, largest first"
    before = ", true peaks before currents at the end of a sweep" if ranking.by_peak else ""
    return f"{text}. Sorted by {order}{before}."


@dataclass(frozen=True)
class _Entry:
    """One column of the printed table."""

    label: str
    unit: str
    values: list[Any]  # numbers in `unit`, or names of codes

    def cell(self, row: int, digits: int = 4) -> str:
        value = self.values[row]
        return f"{value:.{digits}g}" if isinstance(value, float) else str(value)

    @property
    def cells(self) -> list[str]:
        return [self.cell(row) for row in range(len(self.values))]

    @property
    def heading(self) -> list[str]:
        """The label on lines of moderate length, and the unit on the last."""
        return [*_folded(self.label), self.unit or "-"]

    @property
    def width(self) -> int:
        return max(map(len, (*self.heading, *self.cells))) + 3  # two spaces and a rule

    @property
    def is_common(self) -> bool:
        return len(self.values) > 1 and len(set(self.values)) == 1

    @property
    def is_empty(self) -> bool:
        return bool(self.values) and all(value != value for value in self.values)


def _entry(ranking: Ranking, column: Column | None) -> _Entry:
    if column is None:
        return _Entry(ranking.sort.text, "", ranking.values.tolist())
    values = _gather(ranking.dataset, column, ranking.candidates)
    unit = ""
    if values.dtype.kind == "f" and not column.flags:
        values, unit = readable_value(values.astype(np.float64), column.units)
    unit = "" if unit == "1" else unit
    return _Entry(column.label, unit, _plain(column, values))


def _default_columns(ranking: Ranking) -> list[Column | None]:
    """The candidate, its film, what it is sorted by (None: no column of the store), then outputs, inputs and codes."""
    dataset, sort = ranking.dataset, ranking.sort.column
    names = [name for name in column_names(dataset) if name != STATUS]
    flags = [name for name in names if "flag_meanings" in dataset[name].attrs]
    inputs = [name for name in names if name.startswith("param_")]
    outputs = [name for name in names if name not in flags and name not in inputs]
    film = ["film"] if "film" in names and len(find_column(dataset, "film").flags) > 1 else []
    first: list[Column | None] = [find_column(dataset, name) for name in (CANDIDATE, *film)]
    rest = [find_column(dataset, name) for name in (*outputs, *inputs, *flags)]
    listed = {"" if column is None else column.label: column for column in (*first, sort, *rest)}
    return list(listed.values())


def _laid_out(
    ranking: Ranking, columns: Sequence[Column | None], room: int, apart: bool, most: int | None
) -> tuple[list[_Entry], list[_Entry], list[str]]:
    """The columns that fit side by side, in order, those that all rows share, and the labels of the others.

    The first column always counts as fitting. A column beyond the edge is not read: in a store of a million candidates
    the rows of a ranking are far apart, and every column costs as many reads.
    """
    visible: list[_Entry] = []
    common: list[_Entry] = []
    hidden: list[str] = []
    full = False
    for place, column in enumerate(columns):
        full |= most is not None and len(visible) >= most
        if column is not None and full:
            hidden.append(column.label)
            continue
        entry = _entry(ranking, column)
        if apart and place >= LEADING and entry.is_common:
            common.append(entry)
        elif visible and (entry.width > room or (apart and entry.is_empty)):
            full |= entry.width > room
            hidden.append(entry.label)
        else:
            visible.append(entry)
            room -= entry.width
    return visible, common, hidden


def rich_table(headings: Sequence[Sequence[str]], rows: Iterable[Sequence[str]]) -> "Table":
    """A table of cells under headings of several lines each."""
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for heading in headings:  # Text, since rich would take "[scan_rate=...]" for markup
        table.add_column(Text("\n".join(heading)), justify="right", no_wrap=True)
    for cells in rows:
        table.add_row(*map(Text, cells))
    return table


def _gather(dataset: "xr.Dataset", column: Column, rows: np.ndarray) -> np.ndarray:
    """Values of scattered rows, read in the order of the store and handed back in the order asked."""
    order = np.argsort(rows)
    values = np.asarray(column.read(dataset, rows[order]))
    result = np.empty_like(values)
    result[order] = values
    return result


def _plain(column: Column, values: np.ndarray) -> list[Any]:
    if column.flags:
        names = {code: name for name, code in column.flags.items()}
        return [names.get(code, code) for code in values.tolist()]
    if values.dtype == np.float32:
        return values.astype(str).tolist()  # the shortest text of a float32, not the digits of its float64
    return values.tolist()


def _folded(label: str, length: int = 14) -> Iterator[str]:
    name, bracket, rest = label.partition("[")
    line = ""
    for part in name.replace("_", "_\0").split("\0"):
        if line and len(line) + len(part) > length:
            yield line
            line = ""
        line += part
    yield line
    if bracket:
        yield bracket + rest
