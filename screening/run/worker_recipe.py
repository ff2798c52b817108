"""How a worker comes by the calculation: from text, never from an object that someone pickled."""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from screening.model.variables import Coordinate, Evaluator, VariableSpec
from screening.version import package_version

if TYPE_CHECKING:
    from screening.config.study import Study


@dataclass(frozen=True, eq=False)
class Recipe:
    """A function of a module that the workers have too, and the text that it makes an evaluator from."""

    build: Callable[[str], Evaluator]
    text: str

    def make(self) -> Evaluator:
        """The evaluator."""
        return self.build(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recipe) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, str, str]:
        # a function that travels by value is another object in each task
        return self.build.__module__, self.build.__qualname__, self.text


def study_recipe(study: "Study", device: str | None = None) -> Recipe:
    """The recipe of a study."""
    text = json.dumps({"study": study.text, "samples": study.sampling.samples, "device": device})
    return Recipe(build_study, text)


def build_study(text: str) -> Evaluator:
    """The evaluator of a study."""
    from screening.config.study import parse_study
    from screening.model.study_evaluator import StudyEvaluator

    told = json.loads(text)
    return StudyEvaluator(parse_study(told["study"], samples=told["samples"]), told["device"])


@dataclass(frozen=True)
class Description:
    """What the driver knows of an evaluator that lives on the workers; it satisfies `Evaluator` but computes nothing.

    The driver asks a worker for it, because only the workers need to have the device.
    """

    n_candidates: int
    variables: tuple[VariableSpec, ...]
    coordinates: Mapping[str, Coordinate]
    attributes: Mapping[str, Any]
    stretch: int | None = None

    def evaluate(self, start: int, stop: int) -> Mapping[str, np.ndarray]:
        """Refuse: the workers compute."""
        raise NotImplementedError("a description computes nothing; its workers do")


def describe(evaluator: Evaluator) -> Description:
    """Everything about an evaluator but its function."""
    return Description(
        evaluator.n_candidates,
        tuple(evaluator.variables),
        dict(evaluator.coordinates),
        dict(evaluator.attributes),
        getattr(evaluator, "stretch", None),
    )


@functools.cache
def code_versions() -> tuple[tuple[str, str], ...]:
    """Versions that decide the numbers, of the process that asks."""
    from importlib.metadata import PackageNotFoundError, version

    def installed(name: str) -> str:
        try:
            return version(name)
        except PackageNotFoundError:  # llvmlite may be missing, but then everywhere
            return "none"

    names = ("jax", "numpy", "llvmlite")
    return (("sei-screening", package_version()), *((name, installed(name)) for name in names))
