"""Distributions of quantities, for the arguments of layers, electrodes and protocols of a study."""

from dataclasses import dataclass
from typing import Any

from screening.config.given_quantities import as_entry


@dataclass(frozen=True)
class Uniform:
    """A quantity drawn evenly between two ends.

    Args:
        low: smallest value, with its unit.
        high: largest value.
        points: levels of a full grid.

    Example:
        >>> Uniform("1 nm", "20 nm").table()["distribution"]
        'uniform'
    """

    low: Any
    high: Any
    points: int | None = None

    def table(self) -> dict[str, Any]:
        """The distribution as a study file has it."""
        kind = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type(self).__name__)
        given = {name: as_entry(value, name) for name, value in vars(self).items() if value is not None}
        return {"distribution": kind.lstrip("_")} | given


class LogUniform(Uniform):
    """A quantity drawn evenly in its logarithm, for what spans decades.

    Args:
        low: smallest value, with its unit.
        high: largest value.
        points: levels of a full grid.

    Example:
        >>> LogUniform("1e-16 m^2/s", "1e-13 m^2/s").table()["distribution"]
        'log_uniform'
    """


@dataclass(frozen=True)
class Normal:
    """A quantity drawn from a normal distribution, cut off at the ends that are given.

    Args:
        mean: with its unit.
        standard_deviation: with its unit.
        low: smallest value.
        high: largest value.
        points: levels of a full grid.

    Example:
        >>> Normal("10 nm", "2 nm", low="1 nm").table()["mean"]
        '10 nm'
    """

    mean: Any
    standard_deviation: Any
    low: Any = None
    high: Any = None
    points: int | None = None

    table = Uniform.table
