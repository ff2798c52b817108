"""Measured data that lie outside the package: the folder that SEI_DATA names, and films seen by neutrons in it."""

import math
import os
import re
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from experiments.comparison import Reference

FOLDER = "linrr_neutron_sei"
SUMMARY = "niemann-et-al-summary.md"
CURRENTS = {"a": 0.5, "b": 0.5, "c": 1.0, "d": 2.0, "e": 3.0, "f": 3.0}  # mA cm-2 of tables S3 to S8
RUNS = ("201289", "201348", "207168", "207275", "207019", "207245")
ANGSTROM_PER_NANOMETRE = 10.0
VALUE = re.compile(r"(-?[\d.]+) ± ([\d.]+)")


@dataclass(frozen=True)
class Thickness:
    """A measured thickness.

    Attributes:
        value: nm.
        uncertainty: nm, as printed.
    """

    value: float
    uncertainty: float


@dataclass(frozen=True)
class NeutronFilms:
    """Films of Niemann et al. by neutron reflectometry.

    Attributes:
        outer: thickness of the film by key of CURRENTS.
        inner: of the layer between it and copper, where it was told apart.
        growth: (s, thickness of the film) by run.
    """

    outer: dict[str, Thickness]
    inner: dict[str, Thickness]
    growth: dict[str, tuple[tuple[float, Thickness], ...]]


def measured_file(name: str) -> Path | str:
    """A file of measured data.

    Args:
        name: below the folder that the environment variable SEI_DATA names.

    Returns:
        its path, or in words what is missing: the folder, the file, or the package that reads it.
    """
    folder = os.environ.get("SEI_DATA")
    if not folder:
        return "needs the measured data, which lie outside the package: set SEI_DATA to their folder"
    path = Path(folder) / name
    if not path.exists():
        return f"needs measured data not found in SEI_DATA: {name}"
    if path.suffix == ".xlsx" and not _importable("openpyxl"):
        return 'needs openpyxl, which reads the workbook: pip install "sei-screening[readers]"'
    return path


def _importable(package: str) -> bool:
    try:
        import_module(package)
    except ImportError:
        return False
    return True


def neutron_films() -> NeutronFilms | str:
    """The tables of the neutron experiment.

    Returns:
        films, or in words what is missing or damaged.
    """
    try:
        return _neutron_films()
    except ValueError as error:
        return f"needs an undamaged {FOLDER}: {error}"


def _neutron_films() -> NeutronFilms | str:
    """The tables; a ValueError where one does not hold what it should."""
    folder = measured_file(FOLDER)
    if isinstance(folder, str):
        return folder
    summary = measured_file(f"{FOLDER}/{SUMMARY}")
    if isinstance(summary, str):
        return summary
    outer, inner = _summary(summary)
    growth = {}
    for run in RUNS:
        found = sorted(folder.glob(f"*{run}-table.md"))
        if not found:
            return f"needs measured data not found in SEI_DATA: {FOLDER}/*{run}-table.md"
        growth[run] = _course(found[0])
    return NeutronFilms(outer, inner, growth)


def _summary(path: Path) -> tuple[dict[str, Thickness], dict[str, Thickness]]:
    """Outer and inner layer of tables S3 to S8."""
    sections = re.split(r"^#### T[Aa]ble S(\d).*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    numbered = dict(zip(sections[1::2], sections[2::2], strict=True))
    outer, inner = {}, {}
    for place, key in enumerate(CURRENTS):
        for line in numbered.get(str(3 + place), "").splitlines():
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) > 2 and cells[1] in ("SEI", "material"):
                (outer if cells[1] == "SEI" else inner)[key] = _thickness(cells[2], path)
        if key not in outer:
            raise ValueError(f"{path.name}: got no film in table S{3 + place}, expected a row SEI: restore the file")
    return outer, inner


def _course(path: Path) -> tuple[tuple[float, Thickness], ...]:
    """Thickness of the film over time."""
    lines = [[cell.strip() for cell in line.split("|")] for line in path.read_text(encoding="utf-8").splitlines()]
    column = lines[0].index("SEI thickness")
    return tuple((float(line[1]), _thickness(line[column], path)) for line in lines[2:] if len(line) > column)


def _thickness(text: str, path: Path) -> Thickness:
    found = VALUE.search(text)
    if found is None:
        raise ValueError(f"{path.name}: got {text!r}, expected a value ± its uncertainty: restore the file")
    return Thickness(*(float(one) / ANGSTROM_PER_NANOMETRE for one in found.groups()))


def complete(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    """Put what neutrons saw into the references that are measured data.

    Args:
        references: of the experiment; those keyed prior_, inner_ and growth_ have no value in the table.

    Returns:
        references with values, uncertainties, and two uncertainties as the tolerance of a growth; as they are without data.
    """
    films = neutron_films()
    if isinstance(films, str):
        return references
    return tuple(_completed(one, films) for one in references)


def _completed(reference: Reference, films: NeutronFilms) -> Reference:
    kind, _, name = reference.key.partition("_")
    if kind == "prior":
        seen = films.outer[name]
        return replace(reference, value=seen.value, uncertainty=seen.uncertainty)
    if kind == "inner":
        seen = films.inner[name]
        return replace(reference, value=seen.value, uncertainty=seen.uncertainty)
    if kind == "growth":
        grown = grown_by(films, name)
        return replace(reference, value=grown.value, uncertainty=grown.uncertainty, tolerance=2 * grown.uncertainty)
    if reference.key == "drawn_mean":
        mean, spread = pooled(films.outer)
        return replace(reference, value=mean, uncertainty=spread)
    return reference


def grown_by(films: NeutronFilms, run: str) -> Thickness:
    """Growth from the first to the last point of a run, nm."""
    (_, first), *_, (_, last) = films.growth[run]
    return Thickness(last.value - first.value, math.hypot(first.uncertainty, last.uncertainty))


def pooled(layers: dict[str, Thickness]) -> tuple[float, float]:
    """Mean and standard deviation of a film of which several were measured, nm; the latter holds their uncertainties too."""
    values = [one.value for one in layers.values()]
    mean = sum(values) / len(values)
    between = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    within = sum(one.uncertainty**2 for one in layers.values()) / len(values)
    return mean, math.sqrt(between + within)
