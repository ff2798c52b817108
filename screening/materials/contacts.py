"""Which phases of an interphase are stable where they touch, and what they react to."""

import csv
import functools
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from screening.errors import StudyError, shown
from screening.materials.quantities import QUALITIES
from screening.text_table import table_lines

# What a layer touches beside other layers.
LITHIUM, ELECTROLYTE = "Li", "electrolyte"


@dataclass(frozen=True)
class Contact:
    """Two phases that touch.

    Attributes:
        phase: the first, which an unstable contact consumes.
        against: the second; "Li" is the electrode, "electrolyte" the liquid.
        stable: whether they stay what they are.
        products: of the reaction; "" if stable.
        reaction_energy: of one mole of the phase, with its unit; "" where none is known.
        window: of potentials against Li/Li+ in which the phase is stable; "" where none is known.
        volume_ratio: volume of product per volume consumed; None where it is not known.
        quality: "measured", "computed" or "estimated".
        source: who says so.
    """

    phase: str
    against: str
    stable: bool
    products: str
    reaction_energy: str
    window: str
    volume_ratio: float | None
    quality: str
    source: str

    def __str__(self) -> str:
        """The reaction in words."""
        energy = f" ({self.reaction_energy})" if self.reaction_energy else ""
        return "stable" if self.stable else f"reacts to {self.products}{energy}"


@functools.cache
def known_contacts() -> tuple[Contact, ...]:
    """Contacts whose stability is known; those that are not listed are not known.

    Returns:
        one a pair of phases.

    Source: `contacts.csv` beside this module names the source of each.

    Example:
        >>> [contact.products for contact in known_contacts() if contact.phase == "Li2CO3" and contact.against == "Li"]
        ['3 Li2O + C']
    """
    with Path(__file__).with_name("contacts.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_contact(row, f"contacts.csv line {number}") for number, row in enumerate(csv.DictReader(file), 2))


def find_contact(phase: str, against: str) -> Contact | None:
    """What is known of two phases that touch, whichever is named first; of two rows that in which `phase` is consumed."""
    pairs = {(contact.phase, contact.against): contact for contact in known_contacts()}
    return pairs.get((phase, against)) or pairs.get((against, phase))


def describe_contacts(phase: str) -> list[str]:
    """One line a contact of a phase: the pair, what happens, the window of potentials, quality and source; none unknown."""
    known = (one for one in known_contacts() if phase in (one.phase, one.against))
    rows = [(f"{one.phase} | {one.against}", str(one), one.window, one.quality, one.source) for one in known]
    return ["contacts", *table_lines(rows, indent=2)] if rows else []


def _contact(row: dict[str, str], where: str) -> Contact:
    wanted = {field.name for field in fields(Contact)}
    if set(row) != wanted or row["stable"] not in ("yes", "no") or row["quality"] not in QUALITIES or not row["source"]:
        expected = f"{', '.join(sorted(wanted))}; stable is yes or no, quality one of {', '.join(QUALITIES)}"
        raise StudyError("row of the table of contacts", got=shown(row), expected=expected, fix="check it", where=where)
    ratio = row["volume_ratio"]
    checked: dict[str, Any] = {**row, "stable": row["stable"] == "yes", "volume_ratio": float(ratio) if ratio else None}
    return Contact(**checked)
