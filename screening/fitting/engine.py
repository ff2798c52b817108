"""Residuals and their Jacobian for many points at once: lanes of one compiled batch (points x scan rates)."""

from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from kernels.march import Plan
from kernels.status import Status
from screening.fitting.fit_problem import FitProblem
from screening.fitting.fit_tables import MEASUREMENT_FIELDS
from screening.fitting.linearise import Recipe, choose_steps, linearise
from screening.fitting.parameters import FreeParameters
from screening.fitting.residuals import LOGARITHMIC, robust_loss
from screening.model.devices import compiler_options, find_device
from screening.model.discretisation import derivative_numerics
from screening.sampling.distributions import Fixed

# Points x scan rates of one call; tangents multiply the memory, so fewer lanes than a screening. More lanes are no faster.
CPU_LANES = 32
GPU_LANES = 65_536
# A few points (a profile, the last starts) are evaluated in calls of a smaller compiled shape.
CPU_FEW, GPU_FEW = 8, 256
# The replay is compiled for a multiple of so many time steps.
ROW_BUCKET = 256


class Evaluation(NamedTuple):
    """Residuals at points.

    Attributes:
        residual: `[point, residual]`.
        jacobian: `[point, residual, parameter]`, by the unit coordinates.
        status: `[point]`, the worst of the point's runs, codes of `kernels.status`.
    """

    residual: Float[np.ndarray, "point residual"]
    jacobian: Float[np.ndarray, "point residual parameter"]
    status: np.ndarray


class Engine:
    """Evaluates points of the unit box for one problem.

    Args:
        problem: the fit.
        device: "cpu" or "gpu"; JAX's default if None.
        threads: calls at once; on a CPU the cores it may use, if None.

    Example:
        `Engine(problem).evaluate(problem.parameters.starts(16, 0)).residual.shape`
    """

    def __init__(self, problem: FitProblem, device: str | None = None, threads: int | None = None) -> None:
        from screening.run.loop import available_cores

        self.problem = problem
        self.device = find_device(device)
        cpu = self.device.platform == "cpu"
        self.few = CPU_FEW if cpu else GPU_FEW
        self.block = max(self.few, (CPU_LANES if cpu else GPU_LANES) // problem.layout.runs)
        self.threads = (threads or available_cores()) if cpu else 1
        self.numerics = derivative_numerics(problem.study)
        measurement = problem.tables.measurement
        fixed = [getattr(measurement, name) for name in MEASUREMENT_FIELDS]
        self.recipe = Recipe(
            problem.layout,
            problem.form,
            problem.parameters,
            tuple(entry.value if isinstance(entry, Fixed) else np.nan for entry in fixed),
            problem.choices,
        )
        self._options = tuple((compiler_options(self.device.platform) or {}).items())
        self._rows = ROW_BUCKET

    def with_numbers(self, **numbers: Any) -> "Engine":
        """The same compiled engine for a problem with other `values` or `data` of the same shapes."""
        other = copy(self)
        other.problem = replace(self.problem, **numbers)
        return other

    @property
    def rows(self) -> int:
        """Time steps that the compiled replay has room for so far."""
        return self._rows

    @property
    def parameters(self) -> FreeParameters:
        """The free quantities."""
        return self.problem.parameters

    def evaluate(self, unit: Float[np.ndarray, "point parameter"], plan: Plan | None = None) -> Evaluation:
        """Residuals and Jacobian at points.

        Args:
            unit: `[point, parameter]`, in the unit box.
            plan: time steps from `plan_of` for the same number of points; chosen anew if None.

        Returns:
            Evaluation; a point whose simulation failed has residuals that are not finite, and its status.
        """
        blocks = _blocks(len(unit), self._shape(len(unit)))

        def one(block):
            return self._evaluate_block(unit, block, plan)

        parts = self._side_by_side(one, blocks)
        return Evaluation(*(np.concatenate([part[place] for part in parts]) for place in range(3)))

    def plan_of(self, unit: Float[np.ndarray, "point parameter"]) -> Plan:
        """Time steps chosen at points, to repeat at points nearby.

        Args:
            unit: `[point, parameter]`; at most `few` points.

        Returns:
            Plan `[row, point * run]`, trimmed to the rows in use.
        """
        return self._march(_padded(unit, np.arange(len(unit)), self.few))[0]

    def costs(self, unit: Float[np.ndarray, "point parameter"]) -> Float[np.ndarray, "point"]:
        """Loss of points, to tell poor starts; infinite where they fail.

        Args:
            unit: `[point, parameter]`.

        Returns:
            `[point]`, to which residuals far beyond the noise add in proportion.
        """
        residual = self.residuals(unit)
        lost = ~np.all(np.isfinite(residual), axis=1)
        return np.where(lost, np.inf, robust_loss(np.where(lost[:, None], 0.0, residual)))

    def residuals(self, unit: Float[np.ndarray, "point parameter"]) -> Float[np.ndarray, "point residual"]:
        """Residuals of points without derivatives, of voltammograms a tenth of the work of `evaluate`; NaN where they fail.

        Args:
            unit: `[point, parameter]`.

        Returns:
            `[point, residual]`.
        """

        def one(block):
            if self.recipe.layout.needs_curves:
                _, statuses, every = self._march(_padded(unit, np.arange(*block), self.few))
                count = block[1] - block[0]
                residual, status = every[:count], np.asarray(statuses)[:count]
            else:
                residual, _, status = self._evaluate_block(unit[slice(*block)], (0, block[1] - block[0]), None)
            lost = np.not_equal(status, Status.OK) | ~np.all(np.isfinite(residual), axis=1)
            return np.where(lost[:, None], np.nan, residual)

        return np.concatenate(self._side_by_side(one, _blocks(len(unit), self.few)))

    def in_units(self, residual: Float[np.ndarray, "residual"]) -> tuple[np.ndarray, np.ndarray]:
        """What the model says, in the units of the targets, from residuals.

        Args:
            residual: `[residual]`.

        Returns:
            currents `[curve, node]` (A m-2, NaN where padded) and single numbers `[scalar]` (SI).
        """
        data, layout = self.problem.data, self.problem.layout
        split = len(layout.curves) * data.time.shape[0]
        weight = data.weight.T
        deviation = residual[:split].reshape(weight.shape) / np.where(weight > 0, weight, 1.0)
        current = np.where(weight > 0, data.current.T + deviation, np.nan)
        rest = residual[split : split + len(layout.scalars)] / data.scalar_weight
        logarithmic = np.array([target.kind in LOGARITHMIC for target in layout.scalars], bool)
        return current, np.where(logarithmic, data.value * np.exp(np.where(logarithmic, rest, 0.0)), data.value + rest)

    def spectra_in_units(self, residual: Float[np.ndarray, "residual"]) -> list[np.ndarray]:
        """Spectra of the model, from residuals.

        Args:
            residual: `[residual]`.

        Returns:
            complex `[frequency]`, ohm m2, of each spectrum.
        """
        data, layout = self.problem.data, self.problem.layout
        at = len(layout.curves) * data.time.shape[0] + len(layout.scalars)
        found = []
        for one in data.spectra:
            count = len(one.weight)
            real, imaginary = residual[at : at + count], residual[at + count : at + 2 * count]
            found.append(one.real + real / one.weight + 1j * (one.imaginary + imaginary / one.weight))
            at += 2 * count
        return found

    def _shape(self, points: int) -> int:
        """Points of one compiled call: the large shape pays once half of it is filled."""
        return self.few if 2 * points <= self.block else self.block

    def _side_by_side(self, one, blocks):
        """The first block compiles; then the others run together."""
        parts = [one(blocks[0])]
        if len(blocks) > 1:
            with ThreadPoolExecutor(self.threads) as pool:
                parts += list(pool.map(one, blocks[1:]))
        return parts

    def _march(self, padded):
        with jax.enable_x64(True), jax.default_device(self.device):
            compiled = _jitted(choose_steps, self._options)
            problem = self.problem
            plan, status, used, residual = compiled(self.recipe, self.numerics, problem.values, problem.data, padded)
            # never fewer than before: every other number of rows is another compilation
            self._rows = max(self._rows, min(-(-int(used) // ROW_BUCKET) * ROW_BUCKET, plan.node.shape[0]))
            rows = self._rows
            return jax.tree.map(lambda values: values[:rows], plan), np.asarray(status), np.asarray(residual)

    def _evaluate_block(self, unit, block, plan):
        padded = _padded(unit, np.arange(*block), self._shape(len(unit)))
        status = np.full(len(padded), Status.OK, np.uint8)
        if plan is None and self.recipe.layout.needs_curves:
            plan, status, _ = self._march(padded)
        with jax.enable_x64(True), jax.default_device(self.device):
            compiled = _jitted(linearise, self._options)
            problem = self.problem
            residual, jacobian = compiled(self.recipe, self.numerics, problem.values, problem.data, padded, plan)
            count = block[1] - block[0]
            return np.asarray(residual)[:count], np.asarray(jacobian)[:count], status[:count]


_COMPILED: dict[Any, Any] = {}


def _jitted(function, options):
    """One jitted function for all problems, so that another data set of the same shape compiles nothing."""
    key = (function, options)
    if key not in _COMPILED:
        _COMPILED[key] = jax.jit(function, static_argnums=0, compiler_options=dict(options) or None)
    return _COMPILED[key]


def _blocks(count, length):
    return [(first, min(first + length, count)) for first in range(0, count, length)]


def _padded(unit, rows, length):
    """Rows of the points, the last one repeated up to the compiled length."""
    return unit[np.minimum(np.arange(rows[0], rows[0] + length), rows[-1])]
