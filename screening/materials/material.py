"""What the tables know of one material."""

from dataclasses import dataclass

from kernels.constants import STANDARD_TEMPERATURE
from screening.errors import StudyError, unknown_name
from screening.materials.entry import Entry
from screening.materials.quantities import QUANTITIES


@dataclass(frozen=True)
class Material:
    """What the tables know of one phase or electrolyte.

    Attributes:
        name: formula or name, as study files write it.
        long_name: in words.
        entries: every row of the table about it.
    """

    name: str
    long_name: str
    entries: tuple[Entry, ...]

    def values(self, quantity: str) -> tuple[Entry, ...]:
        """The rows of one quantity.

        Args:
            quantity: key of `screening.materials.quantities.QUANTITIES`.

        Returns:
            The rows, the recommended one first; none if the table has none.

        Raises:
            StudyError: unknown quantity.

        Example:
            >>> from screening.materials.phases import known_phases
            >>> [row.quality for row in known_phases()["Li3N"].values("conductivity")]
            ['computed', 'measured', 'measured']
        """
        if quantity not in QUANTITIES:
            raise unknown_name("quantity", quantity, QUANTITIES)
        return tuple(entry for entry in self.entries if entry.quantity == quantity)

    def value(self, quantity: str, temperature: float = STANDARD_TEMPERATURE) -> float:
        """The recommended value of one quantity: that of its first row that has more than a range.

        Args:
            quantity: key of `screening.materials.quantities.QUANTITIES`.
            temperature: K, for quantities with a temperature law.

        Returns:
            in the SI unit of the quantity.

        Raises:
            StudyError: unknown quantity, no value in the table, or a temperature that is not positive.
        """
        rows = self.values(quantity)
        value = next((value for row in rows if (value := row.at(temperature)) is not None), None)
        if value is not None:
            return value
        ranges = ", ".join(row.text() for row in rows)
        raise StudyError(
            f"no {QUANTITIES[quantity].long_name} of {self.name} in the table",
            got=f"only the range {ranges}" if ranges else "",
            expected="a value",
            fix=f"give the {quantity} itself, or add a row to a table of your own",
        )

    @property
    def conductivity(self) -> float | None:
        """Recommended Li+ conductivity at 298 K in S m-1, or None where no sourced value exists."""
        return next((row.value for row in self.values("conductivity") if row.value is not None), None)

    @property
    def conductivity_low(self) -> float | None:
        """Lower end of the reported conductivities in S m-1, or None."""
        rows = self.values("conductivity")
        return min((end for row in rows for end in (row.low, row.value) if end is not None), default=None)

    @property
    def conductivity_high(self) -> float | None:
        """Upper end of the reported conductivities in S m-1, or None."""
        rows = self.values("conductivity")
        return max((end for row in rows for end in (row.value, row.high) if end is not None), default=None)

    @property
    def source(self) -> str:
        """Where the conductivities are from."""
        sources = dict.fromkeys(row.source for row in self.values("conductivity"))
        return "; ".join(sources) or "no conductivity in the table"
