"""One part of a run that processes share which know nothing of each other, such as the jobs of an array."""

import re
from dataclasses import dataclass

from screening.errors import StudyError, shown

MOST_PARTS = 100_000


@dataclass(frozen=True)
class Part:
    """Every `of`-th chunk of a store, beginning with chunk `number` - 1.

    Example:
        >>> [index for index in range(8) if Part(2, 3).holds(index)]
        [1, 4, 7]
    """

    number: int
    of: int

    @classmethod
    def read(cls, told: str) -> "Part":
        """The part that "I/N" names."""
        found = re.fullmatch(r"\s*(\d{1,6})\s*/\s*(\d{1,6})\s*", told) if isinstance(told, str) else None
        part = cls(int(found[1]), int(found[2])) if found else cls(0, 0)
        if not 1 <= part.number <= part.of <= MOST_PARTS:
            expected, fix = f"I/N with I from 1 to N and N up to {MOST_PARTS}", "write 1/8 for the first of eight"
            raise StudyError("cannot be used", got=shown(told), expected=expected, fix=fix, where="--shard")
        return part

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def holds(self, index: int) -> bool:
        """Whether a chunk belongs to it."""
        return index % self.of == self.number - 1
