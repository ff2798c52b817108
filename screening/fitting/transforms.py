"""Coordinates in which a fit moves: a monotone map of each free quantity, and the unit box that its bounds become."""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Affine:
    """u = x / scale, for quantities of either sign; the scale is positive."""

    scale: float = 1.0

    def to_coordinate(self, value: Any) -> Any:
        """Coordinate of a value; numbers or arrays of any shape, numpy or JAX."""
        return value / self.scale

    def to_value(self, coordinate: Any) -> Any:
        """Value of a coordinate, the inverse of `to_coordinate`."""
        return coordinate * self.scale

    def slope(self, value: np.ndarray) -> np.ndarray:
        """Derivative of the value by the coordinate, at a value."""
        return np.full_like(value, self.scale)


@dataclass(frozen=True)
class Log:
    """u = ln x, for positive quantities that may vary over decades."""

    def to_coordinate(self, value: Any) -> Any:
        """Coordinate of a value; numbers or arrays of any shape, numpy or JAX."""
        return _namespace(value).log(value)

    def to_value(self, coordinate: Any) -> Any:
        """Value of a coordinate, the inverse of `to_coordinate`."""
        return _namespace(coordinate).exp(coordinate)

    def slope(self, value: np.ndarray) -> np.ndarray:
        """Derivative of the value by the coordinate, at a value."""
        return value


@dataclass(frozen=True)
class Logit:
    """u = ln((x - low) / (high - x)), for quantities strictly between two limits, such as a transfer coefficient."""

    low: float = 0.0
    high: float = 1.0

    def to_coordinate(self, value: Any) -> Any:
        """Coordinate of a value; numbers or arrays of any shape, numpy or JAX."""
        number = _namespace(value)
        out = number.log(value - self.low) - number.log(self.high - value)
        return float(out) if isinstance(value, float) else out

    def to_value(self, coordinate: Any) -> Any:
        """Value of a coordinate, the inverse of `to_coordinate`; no overflow however far out."""
        number = _namespace(coordinate)
        out = self.low + (self.high - self.low) * 0.5 * (1.0 + number.tanh(0.5 * coordinate))
        return float(out) if isinstance(coordinate, float) else out

    def slope(self, value: np.ndarray) -> np.ndarray:
        """Derivative of the value by the coordinate, at a value."""
        return (value - self.low) * (self.high - value) / (self.high - self.low)


Transform = Affine | Log | Logit


@dataclass(frozen=True)
class Box:
    """Bounds of one transformed quantity, as the interval from 0 to 1.

    z = (u - u(low)) / (u(high) - u(low)): the optimiser moves in z, where a step of 0.1 is a tenth of the allowed range
    whatever the quantity.
    """

    transform: Transform
    low: float
    high: float

    @property
    def width(self) -> float:
        """Length of the box in the transformed coordinate."""
        return float(self.transform.to_coordinate(self.high) - self.transform.to_coordinate(self.low))

    def to_unit(self, value: Any) -> Any:
        """Place in the box, 0 at the lower bound and 1 at the upper one."""
        return (self.transform.to_coordinate(value) - float(self.transform.to_coordinate(self.low))) / self.width

    def to_value(self, unit: Any) -> Any:
        """Value at a place in the box, the inverse of `to_unit`."""
        return self.transform.to_value(float(self.transform.to_coordinate(self.low)) + unit * self.width)

    def slope(self, unit: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
        """Derivative of the value by the place in the box, numpy only."""
        value = np.asarray(self.to_value(np.asarray(unit, float)))
        return self.transform.slope(value) * self.width


def _namespace(value: Any) -> Any:
    """numpy for numbers and numpy arrays (float64 whatever JAX is set to), JAX for traced ones."""
    return np if isinstance(value, (float, int, np.ndarray, np.generic)) else jnp
