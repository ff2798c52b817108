"""Designs by name: from (axes, sample range) to unit coordinates and values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from screening.errors import StudyError, unknown_name
from screening.sampling.distributions import Choice, Distribution, Draws
from screening.sampling.latin_hypercube import latin_hypercube_points
from screening.sampling.sobol_sequence import sobol_points
from screening.sampling.streams import random_words, unit_interval

DESIGNS = ("sobol", "latin_hypercube", "random", "grid", "table")


@dataclass(frozen=True)
class Axis:
    """One varied quantity; its label, such as "film[0].layer[1].thickness", names its random stream unless it is of a posterior."""

    label: str
    dimension: int
    distribution: Distribution

    @property
    def stream(self) -> str:
        """Name of its random stream."""
        return self.distribution.stream if isinstance(self.distribution, Draws) else self.label


def growable(design: str) -> bool:
    """Whether samples can be added and those drawn stay: not to the strata of a Latin hypercube, nor to a full grid."""
    return design in ("sobol", "random")


def grid_size(axes: Sequence[Axis]) -> int:
    """Number of samples of the full grid."""
    return math.prod(_levels(axis) for axis in axes)


def table_length(axes: Sequence[Axis]) -> int:
    """Number of rows of a table whose columns are lists."""
    lengths = [axis.distribution.levels if isinstance(axis.distribution, Choice) else None for axis in axes]
    for axis, length in zip(axes, lengths, strict=True):
        if length is None or length != lengths[0]:
            raise StudyError(
                "columns of a table differ in length",
                got="a distribution" if length is None else f"{length} values",
                expected=f"a list of {lengths[0]} values, as of {axes[0].label}" if lengths[0] else "lists alone",
                fix="give lists of one length, or use another design",
                where=axis.label,
            )
    return lengths[0] or 1 if lengths else 1


def sample_values(
    design: str, axes: Sequence[Axis], samples: int, start: int, stop: int, *, seed: int
) -> dict[str, Float[np.ndarray, "sample"]]:
    """Values of every axis for the samples `start` to `stop`; the bits of a sample do not depend on the range."""
    unit = unit_coordinates(design, axes, samples, start, stop, seed=seed)
    return {axis.label: axis.distribution.quantile(row) for axis, row in zip(axes, unit, strict=True)}


def unit_coordinates(
    design: str, axes: Sequence[Axis], samples: int, start: int, stop: int, *, seed: int
) -> Float[np.ndarray, "axis sample"]:
    """Points of a design on the unit cube; only a Latin hypercube depends on the number of samples of the whole design."""
    labels = [axis.stream for axis in axes]
    if design == "sobol":
        dimensions = [axis.dimension for axis in axes]
        return sobol_points(dimensions, start, stop, seed=seed, labels=labels)
    if design == "latin_hypercube":
        return latin_hypercube_points(samples, start, stop, seed=seed, labels=labels)
    if design == "random":
        points = [unit_interval(random_words(seed, f"random {label}", start, stop)) for label in labels]
        return np.array(points).reshape(len(labels), stop - start)
    if design == "grid":
        return _grid_points(axes, start, stop)
    if design == "table":
        # the middle of level i of a list is its entry i, whatever the rounding
        return np.array([(np.arange(start, stop) + 0.5) / _levels(axis) for axis in axes]).reshape(-1, stop - start)
    raise unknown_name("design", design, DESIGNS)


def _grid_points(axes: Sequence[Axis], start: int, stop: int) -> Float[np.ndarray, "axis sample"]:
    points = np.empty((len(axes), stop - start))
    remainder = np.arange(start, stop, dtype=np.int64)
    for row in reversed(range(len(axes))):
        remainder, level = np.divmod(remainder, _levels(axes[row]))
        distribution = axes[row].distribution
        assert not isinstance(distribution, Draws)  # a study refuses a grid of a posterior
        points[row] = distribution.level_coordinates()[level]
    return points


def _levels(axis: Axis) -> int:
    levels = axis.distribution.levels
    if levels is None:
        raise StudyError(
            "a full grid needs the number of points of every range",
            got="no points",
            expected="points, a whole number of at least 1",
            fix="add points = 5 to its table, or use another design",
            where=axis.label,
        )
    return levels
