"""Known electrolytes; each value carries its quality and source."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from screening.materials.entry import STANDARD_TEMPERATURE, Entry, entries_of, recommended_value
from screening.materials.property_table import read_table


@dataclass(frozen=True)
class KnownElectrolyte:
    """What is known of one electrolyte.

    Attributes:
        name: e.g. "2 M LiBF4/THF".
        long_name: in words.
        entries: every row of the table about it.
    """

    name: str
    long_name: str
    entries: tuple[Entry, ...]

    def values(self, quantity: str) -> tuple[Entry, ...]:
        """The rows of one quantity, the recommended one first."""
        return entries_of(self.entries, quantity)

    def value(self, quantity: str, temperature: float = STANDARD_TEMPERATURE) -> float:
        """The recommended value of one quantity."""
        return recommended_value(self.entries, self.name, quantity, temperature)


@functools.cache
def known_electrolytes() -> Mapping[str, KnownElectrolyte]:
    """Electrolytes with tabled properties.

    Source: `electrolytes.csv` beside this module names the source of each value.
    """
    table = read_table(Path(__file__).with_name("electrolytes.csv"))
    return MappingProxyType(
        {name: KnownElectrolyte(name, table.long_names.get(name, name), rows) for name, rows in table.entries.items()}
    )
