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
        """The rows of one quantity, the recommended one first.

        Args:
            quantity: key of `screening.materials.quantities.QUANTITIES`.

        Returns:
            The rows, none if the table has none.

        Raises:
            StudyError: unknown quantity.
        """
        return entries_of(self.entries, quantity)

    def value(self, quantity: str, temperature: float = STANDARD_TEMPERATURE) -> float:
        """The recommended value of one quantity.

        Args:
            quantity: key of `screening.materials.quantities.QUANTITIES`.
            temperature: K, for quantities with a temperature law.

        Returns:
            in the SI unit of the quantity.

        Raises:
            StudyError: unknown quantity, no value in the table, or a temperature that is not positive.
        """
        return recommended_value(self.entries, self.name, quantity, temperature)


@functools.cache
def known_electrolytes() -> Mapping[str, KnownElectrolyte]:
    """Electrolytes with tabled properties.

    Returns:
        Read-only mapping from name to `KnownElectrolyte`.

    Source: `electrolytes.csv` beside this module names the source of each value.

    Example:
        >>> known_electrolytes()["2 M LiBF4/THF"].value("salt_concentration")
        2000.0
    """
    table = read_table(Path(__file__).with_name("electrolytes.csv"))
    return MappingProxyType(
        {name: KnownElectrolyte(name, table.long_names.get(name, name), rows) for name, rows in table.entries.items()}
    )
