"""Whether the peaks of a fitted stack may be read as a diffusivity at all: the exponent of their current in the scan rate."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from kernels.experiment import run_experiment
from kernels.observables.apparent_diffusivity import LARGEST_EXPONENT, SMALLEST_EXPONENT, apparent_diffusivity
from kernels.observables.peaks import cathodic_peak
from screening.fitting.engine import Engine
from screening.fitting.fit_problem import FitProblem
from screening.fitting.linearise import candidates_at


def scan_rate_exponent(problem: FitProblem, unit: Float[np.ndarray, "parameter"]) -> float | None:
    """Exponent b of a stack's peak current in the scan rate, |j_p| ~ v^b, at a point of the unit box; NaN where a rate has no peak.

    None where no target is an apparent diffusivity.

    Source: the exponent 1/2 of diffusion control: Bard & Faulkner, Electrochemical Methods, 2nd ed. (2001), section 6.2.
    """
    if problem.study.n_runs < 2 or all(one.kind != "apparent_diffusivity" for one in problem.layout.scalars):
        return None
    engine = Engine(problem, threads=1)
    with jax.enable_x64(True), jax.default_device(engine.device):
        stack, _ = candidates_at(engine.recipe, problem.values, jnp.asarray(unit[None]))
        path = run_experiment(stack.sample, stack.drive, engine.numerics, engine.recipe.form.ohmic).trajectory
        peak = cathodic_peak(path.time, path.potential, path.current, path.segment, segments=problem.layout.segments)
        rates, height = jnp.asarray(problem.data.scan_rate), peak.current[:, None]
        return apparent_diffusivity(height, peak.is_peak[:, None], rates, 1.0).scan_rate_exponent.item()


def exponent_warnings(problem: FitProblem, unit: Float[np.ndarray, "parameter"]) -> list[str]:
    """One sentence where the peaks of the fitted stack are not those of diffusion; none where they are."""
    exponent = scan_rate_exponent(problem, unit)
    if exponent is None or SMALLEST_EXPONENT <= exponent <= LARGEST_EXPONENT:
        return []
    found = "has no peak at every scan rate" if np.isnan(exponent) else f"goes with the scan rate to the {exponent:.2f}"
    return [
        f"the peak current of the fitted stack {found}, not {SMALLEST_EXPONENT} to {LARGEST_EXPONENT}: the reported value is no "
        "diffusivity of a film"
    ]
