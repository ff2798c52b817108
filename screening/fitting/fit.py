"""The fit from file to result."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from screening.errors import StudyError
from screening.fitting.engine import Engine
from screening.fitting.fit_problem import FitProblem, problem_of
from screening.fitting.fit_result import FitResult
from screening.fitting.missing_terms import missing_terms
from screening.fitting.multistart import FEWEST, Starts, StartStatus, best_of, coarse_phase, polish
from screening.fitting.prior_simulations import starts_from
from screening.fitting.profile_likelihood import profile_likelihoods
from screening.fitting.uncertainty import linear_uncertainty
from screening.run.threads import single_threaded_blas

# If a profile meets a point whose cost is lower by this fraction, the fit settles again from that point.
BETTER_ELSEWHERE = 1e-4
SETTLING_ITERATIONS = 20


def fit(
    source: str | Path | FitProblem,
    *,
    data: Mapping[str, Any] | None = None,
    starts: int | None = None,
    simulations: str | Path | None = None,
    device: str | None = None,
    threads: int | None = None,
) -> FitResult:
    """Fit a model to measured curves and numbers, or to operating points of an ammonia cell, and say how far they determine it.

    Args:
        source: path of a fit file, its text, or a problem.
        data: curves and spectra by the name of their target, instead of files: from `sei.read_curve` and
            `sei.read_spectrum`, or columns "potential", "current" and perhaps "time" in the units of the target; of an ammonia
            cell columns of operating points, with units in their names.
        starts: number of starts, instead of the file's.
        simulations: store of draws from the priors (`simulate_prior`), the best of which are the starts.
        device: "cpu" or "gpu"; JAX's default if left out.
        threads: calls at once; the usable cores if left out.

    Returns:
        FitResult.

    Raises:
        StudyError: an input that cannot be used, in one line; or no start could be simulated.

    Source: Levenberg-Marquardt, Marquardt, J. SIAM 11, 431 (1963), 10.1137/0111030; profile likelihood, Raue et al.,
        Bioinformatics 25, 1923 (2009), 10.1093/bioinformatics/btp358.

    Example:
        >>> text = '''
        ... electrolyte.concentration = "2 mol/L"
        ... electrolyte.diffusivity = "2e-10 m^2/s"
        ... electrolyte.transference_number = 0.4
        ... electrolyte.diffusion_layer_thickness = "60 um"
        ... electrode = { kind = "metal", exchange_current_density = "10 mA/cm^2" }
        ... protocol = { kind = "lsv", start_potential = "0.1 V", end_potential = "-0.3 V", scan_rates = "20 mV/s" }
        ... target = [{ kind = "area_specific_resistance", value = "30 ohm*cm^2", standard_uncertainty = "5 %" }]
        ... [[film]]
        ... name = "one layer"
        ... [[film.layer]]
        ... phase = "LiF"
        ... thickness = "15 nm"
        ... diffusivity = { fit = true, low = "1e-16 m^2/s", high = "1e-13 m^2/s" }
        ... '''
        >>> result = fit(text)
        >>> f"{result.estimate['layer1_diffusivity']:.2e}", result.identifiability["layer1_diffusivity"].words
        ('6.66e-16', 'identified')
    """
    problem = problem_of(source, data)
    settings = problem.tables.fit
    count = settings.starts if starts is None else starts
    if count < 1:
        raise StudyError("number of starts", got=str(count), expected="at least 1", where="--starts")
    engine = Engine(problem, device, threads)
    with single_threaded_blas():
        if simulations is None:
            first = problem.parameters.starts(count, settings.seed)
        else:
            first = starts_from(problem, simulations, count)
            count = len(first)
        found = _from_starts(engine, first)
        if not np.isfinite(found.cost).any():
            raise StudyError(
                "no start could be simulated",
                got=f"{count} starts, all {StartStatus.DIVERGED.name.lower()}",
                expected="at least one inside the model's range",
                fix="narrow the bounds, or try the study with sei-screen simulate",
            )
        return _conclude(problem, engine, first, found)


def _from_starts(engine: Engine, first: np.ndarray) -> Starts:
    """Where the starts end; of many the poor ones are given up before a derivative is taken."""
    settings, count = engine.problem.tables.fit, len(first)
    marched = count > FEWEST and engine.problem.layout.needs_curves
    loss = engine.costs(first) if marched else np.zeros(count)
    kept = best_of(loss) if marched else np.arange(count)
    found = polish(engine, coarse_phase(engine, first[kept], settings.coarse_steps), settings.iterations)
    every = Starts(first.copy(), loss, np.full(count, StartStatus.GIVEN_UP, np.uint8), np.zeros(count, int))
    every.status[~np.isfinite(loss)] = StartStatus.DIVERGED
    for name in ("unit", "cost", "status", "iterations"):
        getattr(every, name)[kept] = getattr(found, name)
    return every


def _conclude(problem: FitProblem, engine: Engine, first: np.ndarray, found: Starts) -> FitResult:
    """Uncertainty around the best start; once more from a better point if a profile meets one."""
    chosen = _chosen(problem)
    unit, cost = found.unit[found.best], float(found.cost[found.best])
    for attempt in range(3):
        settled = polish(engine, unit[None], SETTLING_ITERATIONS, give_up=False)
        if settled.cost[0] <= cost:
            unit, cost = settled.unit[0], float(settled.cost[0])
        linear, residual, jacobian = linear_uncertainty(engine, unit)
        profiles, better, lowest = profile_likelihoods(engine, unit, cost, linear, chosen)
        if attempt == 2 or cost - lowest <= BETTER_ELSEWHERE * linear.scale + BETTER_ELSEWHERE * cost:
            break
        unit, cost = better, lowest
    layout, nodes = problem.layout, problem.data.time.shape[0]
    current, scalar = engine.in_units(residual)
    assert current.shape == (len(layout.curves), nodes)
    device = f"{engine.device.platform}: {engine.device.device_kind}"
    spectra = tuple(engine.spectra_in_units(residual))
    result = FitResult(
        problem, unit, cost, linear, residual, current, scalar, spectra, found, first, tuple(profiles), device
    )
    if problem.data.background is not None:
        none = problem.data._replace(background=np.zeros_like(problem.data.background))
        without = engine.in_units(engine.with_numbers(data=none).evaluate(unit[None]).residual[0])[0]
        result = replace(result, background=current - without)
    return replace(result, missing=missing_terms(engine, unit, residual, jacobian)) if result.misfit else result


def _chosen(problem: FitProblem) -> tuple[int, ...]:
    asked = problem.tables.fit.profiles
    if asked == "all":
        return tuple(range(len(problem.parameters)))
    return () if asked == "none" else tuple(problem.parameters.index(name) for name in asked)
