"""Fit of a law in closed form to measured points, by the same starts, optimiser and uncertainty as a fit of simulations."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from kernels.status import Status
from screening.errors import StudyError
from screening.fitting.engine import Evaluation
from screening.fitting.multistart import Starts, polish
from screening.fitting.parameters import FreeParameters
from screening.fitting.uncertainty import LinearUncertainty, uncertainty_of, variance_scale

# A law costs little compared with a simulation, so every start is iterated to the end, without a coarse phase.
ITERATIONS = 200

Law = Callable[[Float[Array, "parameter"], Float[Array, "point"]], Float[Array, "point"]]


@dataclass(frozen=True)
class LawFit:
    """A fitted law.

    Attributes:
        parameters: the free quantities.
        unit: `[parameter]`, best point in the unit box.
        residual: `[point]`, law minus measured there, in the given uncertainties (one if none were given).
        linear: covariance and eigen-directions there.
        starts: where every start ended.
    """

    parameters: FreeParameters
    unit: Float[np.ndarray, "parameter"]
    residual: Float[np.ndarray, "point"]
    linear: LinearUncertainty
    starts: Starts

    @property
    def estimate(self) -> dict[str, float]:
        """Best values by name, SI."""
        values = self.parameters.to_values(self.unit[None])[0]
        return self.parameters.by_name(values)

    @property
    def standard_uncertainty(self) -> dict[str, float]:
        """Standard uncertainty by name, of the value, SI."""
        slopes = [entry.box.slope(self.unit[place]) for place, entry in enumerate(self.parameters.entries)]
        return self.parameters.by_name(self.linear.deviations * np.array(slopes))


class _LawEngine:
    """Residuals of a law and their Jacobian, for the optimiser."""

    def __init__(self, law: Law, x, measured, weight, parameters: FreeParameters, block: int) -> None:
        self.parameters = parameters
        self.block = block

        def residual(unit):
            return (law(parameters.to_values(unit[None])[0], jnp.asarray(x)) - measured) * weight

        self._compiled = jax.jit(jax.vmap(lambda unit: (residual(unit), jax.jacfwd(residual)(unit))))

    def evaluate(self, unit: Any) -> Evaluation:
        """Residuals at no more points than there are starts; always in one compiled shape."""
        count = len(unit)
        padded = unit[np.minimum(np.arange(self.block), count - 1)]
        with jax.enable_x64(True):
            residual, jacobian = self._compiled(jnp.asarray(padded))
        return Evaluation(
            np.asarray(residual)[:count], np.asarray(jacobian)[:count], np.full(count, Status.OK, np.uint8)
        )


def fit_law(
    law: Law,
    x: Float[np.ndarray, "point"],
    measured: Float[np.ndarray, "point"],
    parameters: FreeParameters,
    *,
    standard_uncertainty: Float[np.ndarray, "point"] | None = None,
    starts: int = 16,
    seed: int = 0,
) -> LawFit:
    """Fit the quantities of a law to measured points.

    Args:
        law: values `[parameter]` (SI, in the order of `parameters`) and x `[point]` to the law's values `[point]`, in JAX.
        x: `[point]`, where it was measured, in order.
        measured: `[point]`.
        parameters: free quantities with bounds and priors.
        standard_uncertainty: `[point]`, of the measured values; estimated from the residuals, as equal, if None.
        starts: number of starts, drawn from the priors.
        seed: random seed of the starts.

    Returns:
        LawFit.

    Raises:
        StudyError: data that are not finite, of unequal lengths, or fewer than the quantities.

    Source: as `screening.fitting.fit.fit`.

    Example:
        >>> from screening.fitting.parameters import FreeParameter
        >>> from screening.sampling.distributions import Range
        >>> slope = FreeParameter("slope", "slope", "V", "slope of the line", Range(0.0, 5.0))
        >>> x = np.linspace(0.0, 1.0, 5)
        >>> found = fit_law(lambda values, x: values[0] * x, x, 2.0 * x, FreeParameters((slope,)))
        >>> round(found.estimate["slope"], 6)
        2.0
    """
    x, measured = np.asarray(x, float), np.asarray(measured, float)
    known = standard_uncertainty is not None
    sigma = np.asarray(standard_uncertainty if known else np.ones_like(measured), float)
    if not x.shape == measured.shape == sigma.shape or x.ndim != 1:
        got = f"x {x.shape}, measured {measured.shape}, standard_uncertainty {sigma.shape}"
        raise StudyError("unequal lengths", got=got, expected="arrays of one length")
    if not (np.isfinite(x).all() and np.isfinite(measured).all() and np.isfinite(sigma).all() and (sigma > 0).all()):
        raise StudyError("data that cannot be fitted", expected="finite numbers, uncertainties above zero")
    if len(x) <= len(parameters):
        got = f"{len(x)} points for {len(parameters)} free quantities"
        raise StudyError("too few points", got=got, expected="more points than quantities")
    engine = _LawEngine(law, x, measured, 1 / sigma, parameters, starts)
    found = polish(engine, parameters.starts(starts, seed), ITERATIONS, give_up=False)
    if not np.isfinite(found.cost).any():
        raise StudyError("no start gave finite values", got=f"{starts} starts", fix="narrow the bounds")
    unit = found.unit[found.best]
    best = engine.evaluate(unit[None])
    residual, jacobian = best.residual[0], best.jacobian[0]
    scale = variance_scale(residual, [slice(None)], len(parameters), known)
    return LawFit(parameters, unit, residual, uncertainty_of(parameters, unit, jacobian, scale), found)
