"""Values that one scalar may take: fixed, chosen from a list, or drawn from a distribution."""

import abc
from dataclasses import InitVar, dataclass

import numpy as np
from jaxtyping import Float

from screening.units import format_quantity


@dataclass(frozen=True, repr=False)
class Fixed:
    """One value in SI units; with its CF unit it shows itself as people write it, such as `10 nm`."""

    value: float
    unit: InitVar[str] = ""  # of its text alone: the digest of a study and comparisons know the value

    def __post_init__(self, unit: str) -> None:
        object.__setattr__(self, "_unit", unit)

    def __repr__(self) -> str:
        unit = getattr(self, "_unit", "")
        return format_quantity(self.value, unit, digits=6) if unit else f"Fixed({self.value!r})"

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value."""
        return self.value, self.value

    @property
    def nominal(self) -> float:
        """A typical value."""
        return self.value


@dataclass(frozen=True)
class Choice:
    """One of several values with equal chance, in the user's order."""

    values: tuple[float, ...]

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value."""
        return min(self.values), max(self.values)

    @property
    def nominal(self) -> float:
        """A typical value."""
        return sorted(self.values)[len(self.values) // 2]

    @property
    def levels(self) -> int:
        """Number of levels of a full grid."""
        return len(self.values)

    def level_coordinates(self) -> Float[np.ndarray, "level"]:
        """Unit coordinates of the grid levels."""
        return (np.arange(self.levels) + 0.5) / self.levels

    def quantile(self, unit: Float[np.ndarray, "sample"]) -> Float[np.ndarray, "sample"]:
        """Values at unit coordinates."""
        index = np.minimum((unit * self.levels).astype(np.int64), self.levels - 1)
        return np.array(self.values)[index]


class Continuous(abc.ABC):
    """What every value between two ends has in common."""

    low: float
    high: float
    points: int | None

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value."""
        return self.low, self.high

    @property
    def nominal(self) -> float:
        """A typical value: the median, which is the geometric middle of a logarithmic range."""
        return float(self.quantile(np.array([0.5]))[0])

    @property
    def levels(self) -> int | None:
        """Number of levels of a full grid."""
        return self.points

    @abc.abstractmethod
    def quantile(self, unit: Float[np.ndarray, "sample"]) -> Float[np.ndarray, "sample"]:
        """Values at unit coordinates."""


@dataclass(frozen=True)
class Range(Continuous):
    """Uniform, or uniform in the logarithm; `points` levels of a full grid, the ends included."""

    low: float
    high: float
    logarithmic: bool = False
    points: int | None = None

    def level_coordinates(self) -> Float[np.ndarray, "level"]:
        """Unit coordinates of the grid levels, both ends included (a single level is the middle)."""
        return np.linspace(0.0, 1.0, self.points or 0) if self.points != 1 else np.array([0.5])

    def quantile(self, unit: Float[np.ndarray, "sample"]) -> Float[np.ndarray, "sample"]:
        """Values at unit coordinates."""
        if self.logarithmic:
            values = self.low * np.exp(unit * (np.log(self.high) - np.log(self.low)))
        else:
            values = self.low + unit * (self.high - self.low)
        # the ends exactly: a grid has them, and rounding must not leave the range
        return np.where(unit >= 1.0, self.high, np.clip(values, self.low, self.high))


@dataclass(frozen=True)
class Normal(Continuous):
    """Normal distribution, truncated where ends are given; `points` levels of a full grid, medians of equal probability."""

    mean: float
    standard_deviation: float
    low: float = -np.inf
    high: float = np.inf
    points: int | None = None

    def level_coordinates(self) -> Float[np.ndarray, "level"]:
        """Unit coordinates of the grid levels."""
        return (np.arange(self.points or 0) + 0.5) / (self.points or 1)

    def quantile(self, unit: Float[np.ndarray, "sample"]) -> Float[np.ndarray, "sample"]:
        """Values at unit coordinates."""
        from scipy.special import ndtr, ndtri  # here, as it costs 0.1 s, which studies without a normal save

        lower, upper = ((end - self.mean) / self.standard_deviation for end in (self.low, self.high))
        # Far above the mean the cumulative probability rounds to 1: work in the mirrored, lower tail.
        sign = -1.0 if lower > 0 else 1.0
        first, last = (ndtr(lower), ndtr(upper)) if sign > 0 else (ndtr(-upper), ndtr(-lower))
        share = unit if sign > 0 else 1.0 - unit
        deviates = sign * ndtri(first + share * (last - first))
        return np.clip(self.mean + self.standard_deviation * deviates, self.low, self.high)

    def probability(self) -> float:
        """Probability that the normal before truncation gives to [low, high]."""
        from scipy.special import ndtr

        lower, upper = ((end - self.mean) / self.standard_deviation for end in (self.low, self.high))
        return float(ndtr(-lower) - ndtr(-upper)) if lower > 0 else float(ndtr(upper) - ndtr(lower))


@dataclass(frozen=True, repr=False)
class Draws:
    """Draws of one quantity from a posterior; quantities of the same source are drawn together, row by row."""

    source: str
    parameter: str
    unit: str
    values: tuple[float, ...]

    def __repr__(self) -> str:
        return f"Draws({self.parameter!r} of {self.source!r}, {len(self.values)})"

    @property
    def stream(self) -> str:
        """Name of the random stream, one for all quantities of the source, so that a candidate takes one row of it."""
        return f"posterior {self.source}"

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value."""
        return min(self.values), max(self.values)

    @property
    def nominal(self) -> float:
        """A typical value: the median."""
        return float(np.median(self.values))

    @property
    def levels(self) -> None:
        """Levels of a full grid, which draws have not."""

    def quantile(self, unit: Float[np.ndarray, "sample"]) -> Float[np.ndarray, "sample"]:
        """Values at unit coordinates, which choose the row and say nothing about the size of the value."""
        return Choice(self.values).quantile(unit)


@dataclass(frozen=True)
class Shared:
    """A reference to a named parameter of the study; every place that names it takes the same draw."""

    name: str
    distribution: Fixed | Choice | Range | Normal | Draws

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest value."""
        return self.distribution.bounds

    @property
    def nominal(self) -> float:
        """A typical value."""
        return self.distribution.nominal


Distribution = Choice | Range | Normal | Draws
Scalar = Fixed | Choice | Range | Normal | Draws | Shared
