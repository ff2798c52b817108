"""Known phases and electrolytes; each value carries its quality and source."""

import functools
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from types import MappingProxyType

from screening.materials.material import Material
from screening.materials.property_table import MaterialTable, merge_entries, read_table

Phase = Material


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
        >>> read_phases("my_phases.csv")["LiX"].conductivity  # doctest: +SKIP
    """
    return MappingProxyType(merge_phases(known_phases() if base is None else base, read_table(path)))


def merge_phases(base: Mapping[str, Phase], table: MaterialTable) -> dict[str, Phase]:
    """Phases together with those of a table, whose rows replace earlier ones of the same phase and quantity."""
    merged = dict(base)
    for name, added in table.entries.items():
        earlier = base.get(name)
        entries = merge_entries(earlier.entries if earlier else (), added)
        long_name = table.long_names.get(name) or (earlier.long_name if earlier else name)
        merged[name] = Phase(name, long_name, entries)
    return merged


@functools.cache
def known_electrolytes() -> Mapping[str, Material]:
    """Electrolytes with tabled properties, by name; `electrolytes.csv` beside this module names the source of each value."""
    return MappingProxyType(merge_phases({}, read_table(Path(__file__).with_name("electrolytes.csv"))))
