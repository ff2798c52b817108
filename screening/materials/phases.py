"""Known phases of solid-electrolyte interphases; each value carries its quality and source."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from types import MappingProxyType

from screening.materials.entry import STANDARD_TEMPERATURE, Entry, entries_of, recommended_value
from screening.materials.property_table import MaterialTable, merge_entries, read_table


@dataclass(frozen=True)
class Phase:
    """One phase of an SEI.

    Attributes:
        name: formula, as study files name it.
        long_name: in words.
        conductivity: Li+ conductivity at 298 K in S m-1, or None where no sourced value exists.
        conductivity_low: lower end of the reported values in S m-1, or None.
        conductivity_high: upper end of the reported values in S m-1, or None.
        source: of the conductivities.
        entries: every row of the table about this phase.
    """

    name: str
    long_name: str
    conductivity: float | None
    conductivity_low: float | None
    conductivity_high: float | None
    source: str
    entries: tuple[Entry, ...] = ()

    def values(self, quantity: str) -> tuple[Entry, ...]:
        """The rows of one quantity, the recommended one first."""
        return entries_of(self.entries, quantity)

    def value(self, quantity: str, temperature: float = STANDARD_TEMPERATURE) -> float:
        """The recommended value of one quantity."""
        return recommended_value(self.entries, self.name, quantity, temperature)


@functools.cache
def known_phases() -> Mapping[str, Phase]:
    """Phases that study files may name.

    Returns:
        Read-only mapping from formula to `Phase`.

    Source: `phases.csv` beside this module names the source of each value.

    Example:
        >>> known_phases()["LiF"].conductivity
        1.57e-14
    """
    return MappingProxyType(merge_phases({}, read_table(Path(__file__).with_name("phases.csv"))))


def read_phases(path: str | PathLike[str], base: Mapping[str, Phase] | None = None) -> Mapping[str, Phase]:
    """Known phases together with those of a user's file, whose rows replace earlier ones of the same phase and quantity.

    Args:
        path: CSV or TOML, see `screening.materials.property_table.read_table`.
        base: phases to start from; the known ones if left out.

    Returns:
        Read-only mapping from name to `Phase`, as `parse_study(..., known_phases=...)` takes it.

    Raises:
        StudyError: a file that cannot be read, or the first row that is wrong.

    Example:
        `read_phases("my_phases.csv")["LiX"].conductivity`
    """
    return MappingProxyType(merge_phases(known_phases() if base is None else base, read_table(path)))


def merge_phases(base: Mapping[str, Phase], table: MaterialTable) -> dict[str, Phase]:
    """Phases together with those of a table, whose rows replace earlier ones of the same phase and quantity."""
    merged = dict(base)
    for name, added in table.entries.items():
        earlier = base.get(name)
        entries = merge_entries(earlier.entries if earlier else (), added)
        long_name = table.long_names.get(name) or (earlier.long_name if earlier else name)
        merged[name] = _phase(name, long_name, entries)
    return merged


def _phase(name: str, long_name: str, entries: tuple[Entry, ...]) -> Phase:
    rows = entries_of(entries, "conductivity")
    values = [row.value for row in rows if row.value is not None]
    lows = [end for row in rows for end in (row.low, row.value) if end is not None]
    highs = [end for row in rows for end in (row.value, row.high) if end is not None]
    return Phase(
        name=name,
        long_name=long_name,
        conductivity=values[0] if values else None,
        conductivity_low=min(lows, default=None),
        conductivity_high=max(highs, default=None),
        source="; ".join(dict.fromkeys(row.source for row in rows)) or "no conductivity in the table",
        entries=entries,
    )
