"""Table of known phases; each value carries its source."""

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True)
class Phase:
    """One phase of an SEI.

    Attributes:
        name: formula, as study files name it.
        long_name: in words.
        conductivity: Li+ conductivity at 298 K in S m-1, or None where no sourced value exists.
        conductivity_low: lower end of the reported range in S m-1, or None.
        conductivity_high: upper end of the reported range in S m-1, or None.
        source: of the values.
    """

    name: str
    long_name: str
    conductivity: float | None
    conductivity_low: float | None
    conductivity_high: float | None
    source: str


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
    with Path(__file__).with_name("phases.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return MappingProxyType(
        {
            row["phase"]: Phase(
                name=row["phase"],
                long_name=row["long_name"],
                conductivity=_number(row["conductivity"]),
                conductivity_low=_number(row["conductivity_low"]),
                conductivity_high=_number(row["conductivity_high"]),
                source=row["source"],
            )
            for row in rows
        }
    )


def _number(text: str) -> float | None:
    return float(text) if text else None
