"""A physical scalar that users may give: its dimension, name and limits."""

from dataclasses import dataclass

from screening.units import DIMENSIONS


@dataclass(frozen=True)
class PhysicalField:
    """What a study file or a table of materials may say of one physical scalar.

    Attributes:
        dimension: key of `screening.units.DIMENSIONS`.
        long_name: for the stored variable.
        above: exclusive lower limit in SI units, or None.
        below: exclusive upper limit, or None.
        least: inclusive lower limit, or None.
        most: inclusive upper limit, or None.
        infinite: whether infinity is meant to be used.
        fix: what to do about a value outside the limits.
    """

    dimension: str
    long_name: str
    above: float | None = None
    below: float | None = None
    least: float | None = None
    most: float | None = None
    infinite: bool = False
    fix: str = "give a value inside this range"

    @property
    def unit(self) -> str:
        """CF unit of the stored variable."""
        return DIMENSIONS[self.dimension].cf

    def range_text(self) -> str:
        """The limits in words, for messages."""
        unit = "" if self.unit == "1" else f" {DIMENSIONS[self.dimension].si}"
        limits = ((self.above, "above"), (self.least, "at least"), (self.below, "below"), (self.most, "at most"))
        return " and ".join(f"{word} {limit:g}{unit}" for limit, word in limits if limit is not None)

    def admits(self, low: float, high: float | None = None) -> bool:
        """Whether `low`, or all values from `low` to `high`, are inside the limits."""
        high = low if high is None else high
        return not (
            (self.above is not None and not low > self.above)
            or (self.least is not None and not low >= self.least)
            or (self.below is not None and not high < self.below)
            or (self.most is not None and not high <= self.most)
        )
