"""Known electrolytes; each value carries its quality and source."""

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from screening.materials.material import Material
from screening.materials.property_table import read_table


@functools.cache
def known_electrolytes() -> Mapping[str, Material]:
    """Electrolytes with tabled properties, by name; `electrolytes.csv` beside this module names the source of each value."""
    table = read_table(Path(__file__).with_name("electrolytes.csv"))
    return MappingProxyType(
        {name: Material(name, table.long_names.get(name, name), rows) for name, rows in table.entries.items()}
    )
