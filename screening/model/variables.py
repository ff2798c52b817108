"""What the run loop needs to know about a calculation: its variables, its axes and one function of an index range."""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

RESERVED_NAMES = frozenset({"candidate", "status"})


@dataclass(frozen=True)
class VariableSpec:
    """One output or input per candidate, registered once.

    Args:
        name: a Python identifier, so that it can be typed in `--where`; inputs start with `param_`.
        dims: dimensions after `candidate`, for example `()` or `("scan_rate", "curve_step")`.
        dtype: a float, signed or unsigned integer type; floats of unfinished candidates read as NaN.
        units: CF string of the stored SI value, for example "A m-2"; "1" for a pure number.
        long_name: what it is, in words.
        attributes: further attributes, for example `flag_values` and `flag_meanings`.

    Raises:
        ValueError when one of these is not usable.

    Example:
        VariableSpec("peak_current_density", ("scan_rate",), "float32", "A m-2", "cathodic peak current density")
    """

    name: str
    dims: tuple[str, ...] = ()
    dtype: str = "float32"
    units: str = "1"
    long_name: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", self.name) or keyword.iskeyword(self.name):
            raise ValueError(f"variable name: got {self.name!r}, expected letters, digits and underscores")
        if self.name in RESERVED_NAMES:
            raise ValueError(f"variable name: got {self.name!r}, which the store uses itself; choose another name")
        if np.dtype(self.dtype).kind not in "fiu":
            raise ValueError(f"dtype of {self.name!r}: got {self.dtype!r}, expected a float or integer type")
        if not self.units or not self.long_name:
            raise ValueError(f"variable {self.name!r}: expected units and long_name, got an empty one")


@dataclass(frozen=True)
class Coordinate:
    """Values along one small axis: numbers or short names.

    Args:
        values: shape [axis]; SI numbers, integers or strings.
        units: CF string, "1" for a pure number, an index or names.
        long_name: what it is, in words.
    """

    values: np.ndarray
    units: str = "1"
    long_name: str = ""

    def __post_init__(self):
        values = np.asarray(self.values)
        if values.ndim != 1 or values.size == 0 or values.dtype.kind not in "fiuUT":
            raise ValueError(f"coordinate: got shape {values.shape} of {values.dtype}, expected a filled 1-D axis")
        object.__setattr__(self, "values", values)


class Evaluator(Protocol):
    """A calculation for candidates 0 ... n_candidates - 1, the same numbers however they are cut into calls.

    `evaluate` is called from several threads at once, so it must not change shared state, and what is local to a
    thread (such as `jax.enable_x64`) must be entered inside it. Every dimension named by a variable is a coordinate.
    """

    @property
    def n_candidates(self) -> int:
        """Number of candidates of the whole study."""
        ...

    @property
    def variables(self) -> tuple[VariableSpec, ...]:
        """Everything stored per candidate except `status`."""
        ...

    @property
    def coordinates(self) -> Mapping[str, Coordinate]:
        """The small axes, by dimension name; `scan_rate`, where present, also counts the voltammograms."""
        ...

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Provenance for the store: study text, seed, digest, versions, device, precision, git commit (JSON values).

        `digest` (of the resolved study) is required. `rank_by` names the default sort expression of the table.
        """
        ...

    def evaluate(self, start: int, stop: int) -> Mapping[str, np.ndarray]:
        """Variables of candidates start ... stop - 1, each of shape [candidate, *dims], and "status" (uint8)."""
        ...
