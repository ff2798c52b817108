"""Materials as lines of text: an overview, and every value of one with its quality and source."""

import dataclasses
from collections.abc import Iterable

from screening.materials.electrolytes import KnownElectrolyte
from screening.materials.phases import Phase
from screening.materials.quantities import QUANTITIES

Material = Phase | KnownElectrolyte


def list_materials(materials: Iterable[Material]) -> list[str]:
    """One line a material: name, name in words, conductivity and how many values the table has."""
    rows = [(material.name, material.long_name, _conductivity(material), _count(material)) for material in materials]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]]) for row in rows
    ]


def describe_material(material: Material) -> list[str]:
    """Every value of one material with its unit, range, temperature law, quality and source."""
    rows = [
        (QUANTITIES[entry.quantity].long_name, entry.text(), entry.quality, entry.source)
        for quantity in QUANTITIES
        for entry in material.values(quantity)
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines, previous = [f"{material.name}: {material.long_name}"], ""
    for name, *cells, source in rows:
        shown = ["" if name == previous else name, *cells]
        lines.append("  " + "  ".join([*(c.ljust(w) for c, w in zip(shown, widths, strict=True)), source]))
        previous = name
    return lines


def _conductivity(material: Material) -> str:
    entries = material.values("conductivity")
    if not entries:
        return "no conductivity"
    first = dataclasses.replace(entries[0], law=None)
    return f"{first.text()}, {first.quality}"


def _count(material: Material) -> str:
    return "1 value" if len(material.entries) == 1 else f"{len(material.entries)} values"
