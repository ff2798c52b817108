"""Write docs/schema.md, and the generated tables of docs/store.md, from the models: `python docs/generate_schema.py`.

What is printed is what the code checks: keys, types, defaults and limits come from the tables of `screening.config` and
`screening.fitting`, meanings from their docstrings, outputs from the registries. A test compares the pages with this script.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_origin

from model_fields import default_words, fields_of, limits_of, meanings, rule_of, type_words, words_of
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from screening.config.ammonia_table import AmmoniaTable
from screening.config.contact import ContactTable
from screening.config.electrode_tables import CoupleElectrode, MetalElectrode
from screening.config.environment import Conditions, ElectrolyteTable
from screening.config.film import FilmTable, LayerTable
from screening.config.mixture import MixturePhase
from screening.config.protocol import CyclicVoltammetry, Hold, LinearSweep, Pulse, Rest, Sequence
from screening.config.reactions_table import BranchTable, ReactionsTable
from screening.config.settings import Numerics, Output, Sampling
from screening.config.study import AmmoniaStudy, ReactionStudy, Study, VoltammetryStudy
from screening.fitting import target_tables as targets
from screening.fitting.fit_tables import FitSettings, FitTables, Measurement, PosteriorSettings
from screening.fitting.impedance_target import ImpedanceTarget
from screening.fitting.operating_point_target import OperatingPointTarget
from screening.materials.quantities import QUALITIES, QUANTITIES
from screening.physical_field import PhysicalField
from screening.run.batch_system import ClusterTable
from screening.units import DIMENSIONS

DOCS = Path(__file__).resolve().parent
FRONT = "---\nhide: [navigation]  # wide tables\n---\n"
NOTE = "<!-- written by docs/generate_schema.py: change the models, then run it -->"
# numbers that a validator reads from text with a unit; of targets, whose unit depends on their kind
WRITTEN_WITH_UNIT = ("value", "standard_uncertainty", "area")
INTRODUCTION = """\
# Study files: every key
Study files, fit files and cluster files are TOML. A key that is not listed here is refused, with the nearest one that is.
An example: `sei-screen init study.toml`; how layers are written: [materials in study files](materials.md).

A **quantity** is one of

| written | is |
|---|---|
| `"15 nm"` | a value with its unit; any unit of the same dimension. A dimensionless quantity is a bare number |
| `{ list = ["5 nm", "10 nm"] }` | these values |
| `{ distribution = "uniform", low = "2 nm", high = "20 nm" }` | evenly between two ends; `points = 5` says how many a grid takes |
| `{ distribution = "log_uniform", low = "1e-16 m^2/s", high = "1e-12 m^2/s" }` | evenly in the logarithm; `points` likewise |
| `{ distribution = "normal", mean = "5 nm", standard_deviation = "1 nm" }` | normal; `low`, `high` and `points` may be added |
| `{ distribution = { posterior = "F.zarr" } }` | [drawn from the posterior of a fit](fit.md#from-a-posterior-to-a-screening) |
| `"$name"` | the shared parameter of this name in `[parameters]`, which is one of the above |

Units, limits and defaults are SI, which is how values are stored; a file may use any unit of the same dimension. Energies are
per ion (`"0.60 eV"`; `"58 kJ/mol"` is read too).
"""

STUDY_TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("Top level", Study),
    ("Top level of voltammetry", VoltammetryStudy),
    ("Top level of an ammonia study", AmmoniaStudy),
    ("Top level of a study of reactions", ReactionStudy),
    ("[sampling]", Sampling),
    ("[conditions]", Conditions),
    ("[electrolyte]", ElectrolyteTable),
    ('[electrode], kind = "metal"', MetalElectrode),
    ('[electrode], kind = "couple"', CoupleElectrode),
    ("[[film]]", FilmTable),
    ("[[film.layer]]", LayerTable),
    ("[[film.layer.mixture]]", MixturePhase),
    ("[[contact]]", ContactTable),
    ('[protocol], kind = "cv"', CyclicVoltammetry),
    ('[protocol], kind = "lsv"', LinearSweep),
    ('[protocol], kind = "hold"', Hold),
    ('[protocol], kind = "pulse"', Pulse),
    ('[protocol], kind = "rest"', Rest),
    ('[protocol], kind = "sequence"', Sequence),
    ("[ammonia]", AmmoniaTable),
    ("[reactions]", ReactionsTable),
    ("[[reactions.branch]]", BranchTable),
    ("[numerics]", Numerics),
    ("[output]", Output),
)
FIT_TABLES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("Top level of a fit file", FitTables),
    ("[fit]", FitSettings),
    ("[posterior]", PosteriorSettings),
    ("[measurement]", Measurement),
    ('[[target]], kind = "curve"', targets.CurveTarget),
    ("Columns of a curve", targets.ColumnTable),
    ('[[target]], kind = "peak_current" or "peak_potential"', targets.PeakTarget),
    ('[[target]], kind = "apparent_diffusivity"', targets.ApparentDiffusivityTarget),
    ('[[target]], kind = "limiting_current" or "area_specific_resistance"', targets.SteadyTarget),
    ('[[target]], kind = "impedance"', ImpedanceTarget),
    ("[[target]] of an operating point of an ammonia cell", OperatingPointTarget),
)
CLUSTER_TABLES: tuple[tuple[str, type[BaseModel]], ...] = (("[cluster]", ClusterTable),)


def table_lines(model: type[BaseModel]) -> Iterator[str]:
    """The markdown table of a model.

    Raises:
        ValueError: a field has no meaning in the docstring.
    """
    about = meanings(model)
    yield from ("| key | takes | default | meaning |", "|---|---|---|---|")
    inherited = Study.model_fields if issubclass(model, Study) and model is not Study else {}
    for name, key, info in fields_of(model):
        if name in inherited:
            continue
        if name == "kind" and get_origin(info.annotation) is Literal:
            about.setdefault(name, "which table this is.")
        if not about.get(name):
            raise ValueError(f"{model.__name__}.{name}: no meaning, expected a line below Attributes: add it")
        rule = rule_of(info)
        dimension = rule.dimension if isinstance(rule, PhysicalField) else rule or ""
        takes = type_words(info.annotation)
        if rule:
            unit = DIMENSIONS[dimension].si
            takes = f"quantity{' or list' if takes.startswith('list') else ''}{f' in {unit}' if unit else ''}"
        elif takes == "number" and name in WRITTEN_WITH_UNIT:
            takes = "quantity"
        takes = ", ".join(part for part in (takes, limits_of(rule, info)) if part)
        yield _row(f"`{key}`", takes, default_words(model, name, info, dimension), words_of(about[name], rule))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _section(tables: tuple[tuple[str, type[BaseModel]], ...]) -> Iterator[str]:
    for heading, model in tables:
        about = inspect.cleandoc(model.__doc__ or "").partition("\n\nAttributes:")[0].split("\n\n")
        # the heading says which table it is; how Python reads a study is not the file's business
        said = r"^(Table |`)\[.*?\]+`?(?:: |\.|; )?|^`kind = .*?: |^A checked study file\.$|^Read one with .*"
        about = [re.sub(said, "", " ".join(text.split())).strip() for text in about]
        yield f"### {heading}\n"
        yield from ((text[:1].upper() + text[1:] + "\n") for text in about if text)
        yield from (*table_lines(model), "")


def _own_phases() -> Iterator[str]:
    yield from ("### [[phase]]", "A phase of the study's own, see [own phases](materials.md#own-phases).", "")
    yield from ("| key | takes | default | meaning |", "|---|---|---|---|")
    yield _row("`name`", "text", "**required**", "Name that layers refer to.")
    yield _row("`long_name`", "text", "", "Name in words.")
    qualities = ", ".join(f'`"{word}"`' for word in QUALITIES)
    yield _row("`quality`", qualities, '`"estimated"`', "What the values are.")
    yield _row("`source`", "text", '`"the study file"`', "Who says so.")
    for key, quantity in QUANTITIES.items():
        unit = DIMENSIONS[quantity.dimension].si
        takes = f"value or table{f', in {unit}' if unit else ''}"
        limits = limits_of(quantity, FieldInfo())
        words = quantity.long_name[:1].upper() + quantity.long_name[1:]
        yield _row(f"`{key}`", f"{takes}, {limits}" if limits else takes, "", f"{words}.")
    yield ""


def schema_page() -> str:
    """Text of docs/schema.md."""
    lines = [INTRODUCTION, "## Study files", *_section(STUDY_TABLES), *_own_phases()]
    free = 'A free quantity is `{ fit = true, low = "...", high = "..." }`: [fitting](fit.md).'
    lines += ["## Fit files", f"The tables of a study and these. {free}", ""]
    lines += [*_section(FIT_TABLES), "## Cluster files", "", *_section(CLUSTER_TABLES)]
    return FRONT + NOTE + "\n" + "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    from generate_store_tables import store_page

    (DOCS / "schema.md").write_text(schema_page(), encoding="utf-8")
    (DOCS / "store.md").write_text(store_page((DOCS / "store.md").read_text(encoding="utf-8")), encoding="utf-8")
