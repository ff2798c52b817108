"""Tables as aligned lines of text."""

import html
import io
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text


def table_lines(rows: Iterable[Sequence[str]], indent: int = 0) -> list[str]:
    """Rows of cells as lines in which the columns stand under each other, two blanks apart."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*map(Text, row))
    text = io.StringIO()
    # wide enough for every source of a table of materials, so that no cell is wrapped
    Console(file=text, width=10_000, color_system=None).print(table)
    return [" " * indent + line.rstrip() for line in text.getvalue().splitlines()]


def html_table(title: str, rows: Iterable[Sequence[str]]) -> str:
    """A short table for notebooks, the first row as its head."""
    head, *body = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows]
    lines = "".join(f"<tr>{row}</tr>" for row in body)
    return f"<b>{html.escape(title)}</b><table><tr>{head.replace('td>', 'th>')}</tr>{lines}</table>"
