"""Whether the peaks of a fitted stack may be read as a diffusivity at all: the exponent of their current in the scan rate."""

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from kernels.experiment import run_experiment
from kernels.observables.apparent_diffusivity import LARGEST_EXPONENT, SMALLEST_EXPONENT, apparent_diffusivity
from kernels.observables.peaks import cathodic_peak
from screening.fitting.engine import Engine
from screening.fitting.linearise import candidates_at

if TYPE_CHECKING:
    from screening.fitting.fit_result import FitResult


def scan_rate_exponent(result: "FitResult") -> float | None:
    """Exponent b of the fitted stack's peak current in the scan rate, |j_p| ~ v^b.

    Args:
        result: of a fit.

    Returns:
        b over the scan rates of the fit, NaN where a rate has no peak; None where no target is an apparent diffusivity.

    Source: the exponent 1/2 of diffusion control: Bard & Faulkner, Electrochemical Methods, 2nd ed. (2001), section 6.2.

    Example:
        `scan_rate_exponent(fit("FIT.toml"))`
    """
    problem = result.problem
    if problem.study.n_runs < 2 or all(one.kind != "apparent_diffusivity" for one in problem.layout.scalars):
        return None
    engine = Engine(problem, threads=1)
    with jax.enable_x64(True), jax.default_device(engine.device):
        stack, _ = candidates_at(engine.recipe, problem.values, jnp.asarray(result.unit[None]))
        path = run_experiment(stack.sample, stack.drive, engine.numerics, engine.recipe.form.ohmic).trajectory
        peak = cathodic_peak(path.time, path.potential, path.current, path.segment, segments=problem.layout.segments)
        rates, height = jnp.asarray(problem.data.scan_rate), peak.current[:, None]
        return apparent_diffusivity(height, peak.is_peak[:, None], rates, 1.0).scan_rate_exponent.item()


def exponent_warning(result: "FitResult") -> list[str]:
    """A line of warning where the peaks of the fitted stack are not those of diffusion; none where they are."""
    exponent = scan_rate_exponent(result)
    if exponent is None or SMALLEST_EXPONENT <= exponent <= LARGEST_EXPONENT:
        return []
    found = "has no peak at every scan rate" if np.isnan(exponent) else f"goes with the scan rate to the {exponent:.2f}"
    return [
        f"warning: the peak current of the fitted stack {found}, not {SMALLEST_EXPONENT} to {LARGEST_EXPONENT}: the reported "
        "value is no diffusivity of a film"
    ]
