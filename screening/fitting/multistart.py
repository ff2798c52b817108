"""Many starts at once: Adam for the coarse way, then batched Levenberg-Marquardt within the bounds.

Levenberg-Marquardt is our own: all starts, and all places of a profile, are evaluated in one compiled batch, each with its own
damping and bounds, and a start whose simulation fails leaves the others as they are. Solvers in libraries fit one at a time.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Bool, Float

from kernels.status import Status
from screening.fitting.engine import Evaluation
from screening.fitting.parameters import FreeParameters
from screening.fitting.residuals import ROBUST

# Learning rate of Adam and longest step of Levenberg-Marquardt, as fractions of the unit box.
LEARNING_RATE, LARGEST_STEP = 0.08, 0.3
FIRST_DAMPING, LEAST_DAMPING, MOST_DAMPING = 1e-2, 1e-9, 1e6
# A start has converged when its step is shorter than this fraction of the box, or its cost falls by less than this fraction.
SMALL_STEP, SMALL_GAIN = 1e-6, 1e-7
# A start whose cost is this many times that of the best start is given up after `PATIENCE` iterations.
HOPELESS, PATIENCE = 1e3, 8
# Iterations after which a point above its ceiling is left.
CLIMB = 4
# Of many starts this share goes on, the ones that lie best before the first step, but no fewer than so many.
SHARE, FEWEST = 0.25, 8


class Evaluator(Protocol):
    """What the optimiser needs: the engine of simulations, or a law in closed form."""

    @property
    def parameters(self) -> FreeParameters:
        """The free quantities."""
        ...

    def evaluate(self, unit: Float[np.ndarray, "point parameter"]) -> Evaluation:
        """Residuals and Jacobian at points of the unit box."""
        ...


class StartStatus(IntEnum):
    """How a start ended."""

    PENDING = 0
    CONVERGED = 1
    ITERATIONS_EXHAUSTED = 2
    DIVERGED = 3
    GIVEN_UP = 4


@dataclass
class Starts:
    """All starts of a fit; costs are sums of squared residuals, the priors' included.

    Attributes:
        unit: `[start, parameter]`, where each ended in the unit box.
        cost: `[start]`; infinite where no simulation succeeded.
        status: `[start]`, `StartStatus`.
        iterations: `[start]`, Levenberg-Marquardt iterations.
    """

    unit: Float[np.ndarray, "start parameter"]
    cost: Float[np.ndarray, "start"]
    status: np.ndarray
    iterations: np.ndarray

    @property
    def best(self) -> int:
        """Number of the start with the lowest cost."""
        return int(np.argmin(self.cost))


@dataclass
class _Linear:
    """Cost, gradient and normal matrix at points, the priors' included; infinite cost where a simulation failed."""

    cost: Float[np.ndarray, "point"]
    gradient: Float[np.ndarray, "point parameter"]
    normal: Float[np.ndarray, "point parameter parameter"]


def best_of(loss: Float[np.ndarray, "start"]) -> np.ndarray:
    """Numbers of the starts that are worth derivatives, ascending: those of the lowest loss."""
    count = max(FEWEST, int(SHARE * len(loss)))
    return np.sort(np.argsort(loss, kind="stable")[:count])


def coarse_phase(
    engine: Evaluator, unit: Float[np.ndarray, "start parameter"], steps: int
) -> Float[np.ndarray, "start parameter"]:
    """Move all starts downhill by Adam, on a loss that large residuals do not dominate."""
    if not steps:
        return unit
    rule = optax.adam(optax.cosine_decay_schedule(LEARNING_RATE, steps + 1))
    with jax.enable_x64(True):
        state = rule.init(jnp.asarray(unit))
    update = jax.jit(rule.update)
    for _ in range(steps):
        gradient = _robust_gradient(engine, unit)
        # optax raises a float to its integer count, which strict promotion refuses
        with jax.enable_x64(True), jax.numpy_dtype_promotion("standard"):
            move, state = update(jnp.asarray(gradient), state, jnp.asarray(unit))
        unit = np.clip(unit + np.asarray(move), 0.0, 1.0)
    return unit


def polish(
    engine: Evaluator,
    unit: Float[np.ndarray, "start parameter"],
    iterations: int,
    free: Bool[np.ndarray, "start parameter"] | None = None,
    give_up: bool = True,
    enough: float = 0.0,
    ceiling: float = np.inf,
) -> Starts:
    """Batched Levenberg-Marquardt iterations within the unit box, every start with its own damping.

    The time steps follow the parameters: each evaluation chooses its own. A quantity at its bound whose step leads out
    is held for that iteration. A start has converged when it gains less than `enough`, and is left where it is when its
    cost is still above `ceiling` after `CLIMB` iterations.
    """
    count, width = unit.shape
    free = np.ones((count, width), bool) if free is None else free
    here = unit.copy()
    linear = _linearised(engine, here)
    damping = np.full(count, FIRST_DAMPING)
    status = np.where(np.isfinite(linear.cost), StartStatus.PENDING, StartStatus.DIVERGED)
    used = np.zeros(count, int)
    for iteration in range(iterations):
        active = np.flatnonzero(status == StartStatus.PENDING)
        if not len(active):
            break
        step = _steps(linear, here, damping, free, active)
        trial = np.clip(here[active] + step, 0.0, 1.0)
        length = np.abs(trial - here[active]).max(1)
        found = _linearised(engine, trial)
        used[active] += 1
        old = linear.cost[active]
        gain = (old - found.cost) / np.maximum(old, 1e-300)
        better = found.cost < old
        taken = active[better]
        here[taken] = trial[better]
        for name in ("cost", "gradient", "normal"):
            getattr(linear, name)[taken] = getattr(found, name)[better]
        damping[active] = np.clip(damping[active] * np.where(better, 0.2, 5.0), LEAST_DAMPING, MOST_DAMPING)
        small = (
            (length < SMALL_STEP)
            | (better & (gain < np.maximum(SMALL_GAIN, enough / np.maximum(old, 1e-300))))
            | (~better & (damping[active] >= MOST_DAMPING))
        )
        # the cost is known only to the tolerance of the time steps, so a rise this small counts as converged too
        stuck = ~better & np.isfinite(found.cost) & (found.cost - old < SMALL_GAIN * old)
        status[active[small | stuck]] = StartStatus.CONVERGED
        if iteration + 1 >= CLIMB:
            status[(status == StartStatus.PENDING) & (linear.cost > ceiling)] = StartStatus.GIVEN_UP
        if give_up and iteration + 1 >= PATIENCE:
            lost = (status == StartStatus.PENDING) & (linear.cost > HOPELESS * linear.cost.min())
            status[lost] = StartStatus.GIVEN_UP
    status[status == StartStatus.PENDING] = StartStatus.ITERATIONS_EXHAUSTED
    return Starts(here, linear.cost, status.astype(np.uint8), used)


def _steps(linear, here, damping, free, active):
    """Damped Gauss-Newton steps of the active starts, quantities held at their bounds left out."""
    gradient, normal = linear.gradient[active], linear.normal[active]
    outward = ((here[active] <= 0.0) & (gradient > 0)) | ((here[active] >= 1.0) & (gradient < 0))
    moves = free[active] & ~outward
    both = moves[:, :, None] & moves[:, None, :]
    diagonal = np.einsum("spp->sp", normal)
    largest = np.maximum(diagonal.max(1, keepdims=True), 1e-300)
    # Marquardt's scale, with a floor: a quantity without influence would otherwise jump across its box
    scale = damping[active, None] * np.maximum(diagonal, 1e-4 * largest)
    matrix = np.where(both, normal, 0.0)
    matrix = matrix + (np.where(moves, scale, largest))[:, :, None] * np.eye(here.shape[1])
    step = -np.linalg.solve(matrix, np.where(moves, gradient, 0.0)[:, :, None])[:, :, 0]
    longest = np.abs(step).max(1, keepdims=True)
    return step * np.minimum(1.0, LARGEST_STEP / np.maximum(longest, 1e-300))


def _linearised(engine, unit) -> _Linear:
    found = engine.evaluate(unit)
    residual, jacobian = found.residual, found.jacobian
    prior, slope = engine.parameters.prior_residuals(unit)
    good = _good(found)
    residual = np.where(good[:, None], residual, 0.0)
    jacobian = np.where(good[:, None, None], jacobian, 0.0)
    cost = np.sum(residual**2, 1) + np.sum(prior**2, 1)
    gradient = np.einsum("srp,sr->sp", jacobian, residual) + np.einsum("srp,sr->sp", slope, prior)
    normal = np.matmul(jacobian.transpose(0, 2, 1), jacobian) + np.matmul(slope.transpose(0, 2, 1), slope)
    return _Linear(np.where(good, cost, np.inf), gradient, normal)


def _robust_gradient(engine, unit):
    """Gradient of a loss to which residuals beyond `ROBUST` add in proportion; zero where a simulation failed."""
    found = engine.evaluate(unit)
    good = _good(found)
    residual = np.where(good[:, None], found.residual, 0.0)
    length = np.sqrt(1 + (residual / ROBUST) ** 2)
    prior, slope = engine.parameters.prior_residuals(unit)
    gradient = np.einsum("srp,sr->sp", np.where(good[:, None, None], found.jacobian, 0.0), residual / length)
    return gradient + np.einsum("srp,sr->sp", slope, prior)


def _good(found):
    """Points that were simulated and whose residuals and derivatives are all finite."""
    finite = np.isfinite(found.residual).all(1) & np.isfinite(found.jacobian).all((1, 2))
    return (found.status == Status.OK) & finite
