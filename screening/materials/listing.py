"""Materials as lines of text: an overview, and every value of one with its quality and source."""

import dataclasses
from collections.abc import Iterable

from screening.materials.material import Material
from screening.materials.quantities import QUANTITIES
from screening.text_table import table_lines


def list_materials(materials: Iterable[Material]) -> list[str]:
    """One line a material: name, name in words, conductivity and how many values the table has."""
    return table_lines((one.name, one.long_name, _conductivity(one), _count(one)) for one in materials)


def describe_material(material: Material) -> list[str]:
    """Every value of one material with its unit, range, temperature law, quality and source."""
    rows = [
        ("" if place else QUANTITIES[quantity].long_name, entry.text(), entry.quality, entry.source)
        for quantity in QUANTITIES
        for place, entry in enumerate(material.values(quantity))
    ]
    return [f"{material.name}: {material.long_name}", *table_lines(rows, indent=2)]


def _conductivity(material: Material) -> str:
    entries = material.values("conductivity")
    if not entries:
        return "no conductivity"
    first = dataclasses.replace(entries[0], law=None)
    return f"{first.text()}, {first.quality}"


def _count(material: Material) -> str:
    return "1 value" if len(material.entries) == 1 else f"{len(material.entries)} values"
