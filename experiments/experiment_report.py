"""Tables and pages of experiments: text for the terminal, CSV, and one self-contained HTML page."""

import base64
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from experiments.catalogue import Experiment, Parameters, run_parts
from experiments.comparison import KINDS, VERDICTS, Row, tolerance_text, unit_text
from experiments.experiment_store import place_of, record
from experiments.overview_figure import overview

COLUMNS = (
    *("kind", "quantity", "unit", "reference", "uncertainty", "model", "distance", "verdict"),
    *("reason", "outside", "tolerance", "why", "source", "place", "note"),
)
STYLE = """body { font: 15px/1.45 sans-serif; color: #222; max-width: 1200px; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; width: 100%; font-size: 13px }
td, th { border-bottom: 1px solid #ddd; padding: 4px 8px; text-align: left; vertical-align: top; overflow-wrap: anywhere }
td.number { text-align: right; white-space: nowrap }
td.verdict { white-space: nowrap }
tr.outside td.verdict { background: #fbd9cc }
tr.within td.verdict { background: #d5efe3 }
tr.other td.verdict { background: #eee }
img { max-width: 100% }
small { color: #555 }"""


@dataclass(frozen=True)
class Outcome:
    """A finished experiment.

    Attributes:
        experiment: what was run.
        rows: its comparison.
        table: CSV file.
        figure: PNG file.
        store: zarr store.
        contents: (name, dimensions, unit, meaning) of every curve in the store.
    """

    experiment: Experiment
    rows: tuple[Row, ...]
    table: Path
    figure: Path
    store: Path
    contents: tuple[tuple[str, str, str, str], ...] = ()


def number(value: float | None) -> str:
    """A value to four digits, or a dash."""
    return "-" if value is None else f"{value:.4g}"


def cells(row: Row) -> tuple[str, ...]:
    """The texts of a row in the order of COLUMNS."""
    reference = row.reference
    distance = "-" if row.distance is None else f"{row.distance:+.2g}"
    return (
        *(reference.kind, reference.quantity, unit_text(reference.unit), number(reference.value)),
        *(number(reference.uncertainty), number(row.model), distance, row.verdict, row.reason),
        *(reference.outside if row.verdict == "outside" else "", tolerance_text(reference), reference.why),
        *(reference.source, reference.place, reference.note),
    )


def leading(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows in the order of KINDS, predictions first; those of one kind stay in the order of the table."""
    order = list(KINDS)
    return tuple(sorted(rows, key=lambda row: order.index(row.reference.kind)))


def counted(rows: Sequence[Row]) -> dict[str, tuple[int, ...]]:
    """How many rows have each verdict, by kind.

    Args:
        rows: of one or more experiments.

    Returns:
        numbers in the order of VERDICTS by every kind that occurs, in the order of KINDS.
    """
    found = {
        kind: tuple(sum(row.reference.kind == kind and row.verdict == one for row in rows) for one in VERDICTS)
        for kind in KINDS
    }
    return {kind: numbers for kind, numbers in found.items() if any(numbers)}


def counts(rows: Sequence[Row]) -> str:
    """How many rows of each kind have each verdict, in words."""
    return "; ".join(
        f"{kind}: " + ", ".join(f"{number} {verdict}" for number, verdict in zip(numbers, VERDICTS, strict=True))
        for kind, numbers in counted(rows).items()
    )


def describe(experiment: Experiment, rows: Sequence[Row]) -> list[str]:
    """Lines for the terminal: reference, model and verdict of every row, kind by kind, then the counts.

    Args:
        experiment: that was run.
        rows: its comparison.

    Returns:
        lines.
    """
    width = max(len(row.reference.quantity) for row in rows)
    lines = [f"{experiment.name}: {experiment.title}"]
    kind = ""
    for row in leading(rows):
        if row.reference.kind != kind:
            kind = row.reference.kind
            lines.append(f"  {kind} ({KINDS[kind]})")
        unit = unit_text(row.reference.unit)
        pair = f"reference {number(row.reference.value):>9}  model {number(row.model):>9}  {unit:14}"
        lines.append(f"    {row.reference.quantity:{width}}  {pair}  {row.verdict}: {row.reason}")
    return [*lines, *(f"  {text}" for text in counts(rows).split("; "))]


def run_experiment(experiment: Experiment, folder: Path, changes: Parameters | None = None) -> Outcome:
    """Run an experiment; nothing is written unless all of it succeeds up to the files themselves.

    Args:
        experiment: to run.
        folder: for NAME.csv, NAME.png and NAME.zarr.
        changes: parameters in place of the experiment's, SI.

    Returns:
        Outcome.

    Raises:
        StudyError: something that is no store of an experiment stands in the place of the store.
    """
    from screening.plot.style import save_figure
    from screening.store.small_store import write_dataset

    store = place_of(folder, experiment.name)
    rows, parameters = run_parts(experiment, changes=changes)
    rows = leading(rows)
    curves = experiment.curves(parameters)
    drawn = experiment.draw(rows, parameters, curves)
    dataset = record(experiment, rows, parameters, curves)
    folder.mkdir(parents=True, exist_ok=True)
    write_dataset(dataset, store)
    table = folder / f"{experiment.name}.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(cells(row) for row in rows)
    figure = save_figure(drawn, folder / f"{experiment.name}.png")
    contents = tuple(
        (str(name), " x ".join(map(str, one.dims)), one.attrs["units"], one.attrs["long_name"])
        for name, one in curves.variables.items()
    )
    return Outcome(experiment, rows, table, figure, store, contents)


def page(outcomes: Sequence[Outcome], drawn: Path | None = None) -> str:
    """One HTML page with every table and figure, without anything from outside.

    Args:
        outcomes: finished experiments.
        drawn: figure of all of them together, PNG.

    Returns:
        HTML.
    """
    body = ["<h1>Experiments: reference against model</h1>", *_counted_table(outcomes)]
    if drawn is not None:
        image = base64.b64encode(drawn.read_bytes()).decode("ascii")
        body.append(
            f'<img alt="Model against reference, distances and verdicts by kind" src="data:image/png;base64,{image}">'
        )
    body.append("<ul>")
    for outcome in outcomes:
        name, title = escape(outcome.experiment.name), escape(outcome.experiment.title)
        body.append(f'<li><a href="#{name}">{title}</a>: {escape(counts(outcome.rows))}</li>')
    body.append("</ul>")
    for outcome in outcomes:
        body += _section(outcome)
    head = f'<meta charset="utf-8"><title>Experiments</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n' + "\n".join(body) + "\n</body></html>\n"


def _counted_table(outcomes: Sequence[Outcome]) -> list[str]:
    """Verdicts of all experiments together, by kind."""
    heads = "".join(f"<th>{name}</th>" for name in ("kind", *VERDICTS, "what agreement means"))
    lines = [f'<table class="counts"><tr>{heads}</tr>']
    for kind, numbers in counted([row for outcome in outcomes for row in outcome.rows]).items():
        columns = "".join(f'<td class="number">{number}</td>' for number in numbers)
        lines.append(f"<tr><td>{kind}</td>{columns}<td>{escape(KINDS[kind])}</td></tr>")
    return [*lines, "</table>"]


def _section(outcome: Outcome) -> list[str]:
    experiment = outcome.experiment
    image = base64.b64encode(outcome.figure.read_bytes()).decode("ascii")
    lines = [
        f'<h2 id="{escape(experiment.name)}">{escape(experiment.title)}</h2>',
        f"<p>{escape(experiment.source)}. {escape(' '.join(experiment.notes))}</p>",
        f'<img alt="{escape(experiment.title)}" src="data:image/png;base64,{image}">',
        "<table><tr>" + "".join(f"<th>{name}</th>" for name in COLUMNS) + "</tr>",
    ]
    for row in outcome.rows:
        shade = row.verdict if row.verdict in ("within", "outside") else "other"
        texts = dict(zip(COLUMNS, map(escape, cells(row)), strict=True))
        classes = {**dict.fromkeys(("reference", "uncertainty", "model", "distance"), "number"), "verdict": "verdict"}
        columns = "".join(f'<td class="{classes.get(name, "")}">{text}</td>' for name, text in texts.items())
        lines.append(f'<tr class="{shade}">{columns}</tr>')
    used = ", ".join(f"{escape(name)} = {value:g}" for name, value in experiment.parameters.items())
    lines += ["</table>", f"<p><small>Parameters (SI): {used}</small></p>"]
    heads = "".join(f"<th>{name}</th>" for name in ("variable", "dimensions", "unit", "meaning"))
    lines.append(
        f"<p>Store <code>{escape(outcome.store.name)}</code>, for <code>xarray.open_zarr</code>: this table as row_..., "
        "parameters, study texts, seed and versions as attributes, and the curves of the figure</p>"
        f'<table class="store"><tr>{heads}</tr>'
    )
    for entry in outcome.contents:
        lines.append("<tr>" + "".join(f"<td>{escape(unit_text(text))}</td>" for text in entry) + "</tr>")
    return [*lines, "</table>"]


def write_index(outcomes: Sequence[Outcome], folder: Path) -> Path:
    """Write the page of all experiments, and the figure and the counts of all of them together.

    Args:
        outcomes: finished experiments.
        folder: for index.html, overview.png and counts.csv.

    Returns:
        path of the page.
    """
    from screening.plot.style import save_figure

    rows = [row for outcome in outcomes for row in outcome.rows]
    drawn = save_figure(overview(rows), folder / "overview.png")
    with (folder / "counts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("experiment", "kind", *VERDICTS))
        for name, some in (*((one.experiment.name, one.rows) for one in outcomes), ("together", rows)):
            writer.writerows((name, kind, *numbers) for kind, numbers in counted(some).items())
    target = folder / "index.html"
    target.write_text(page(outcomes, drawn), encoding="utf-8")
    return target
