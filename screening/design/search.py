"""Many starts of a constrained gradient search in the unit box, and what the optimum hangs on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from screening.design.design_problem import DesignProblem, FilmSpace
from screening.design.design_space import FilmModel
from screening.errors import StudyError

ITERATIONS = 100
# A limit counts as kept within this share of its value.
KEPT = 1e-4
# Searches that start again near the best end, and how far from it in the unit box.
HOPS, HOP = 4, 0.03
# So near a bound, in the unit box, a quantity counts as at it.
AT_BOUND = 1e-6
# Step of the sensitivity, in the unit box.
STEP = 0.05


@dataclass(frozen=True)
class Sensitivity:
    """How the objective changes with one free quantity around the optimum.

    Attributes:
        name: of the quantity.
        unit: CF unit.
        value: at the optimum, SI.
        bounds: lower and upper, SI.
        at_bound: "low", "high" or "" where the optimum does not touch a bound.
        slope: derivative of the objective by the place in the bounds (0 to 1).
        change_down: change of the objective where the quantity alone is moved down by a twentieth of its range; NaN where
            it cannot be.
        change_up: likewise, up.
    """

    name: str
    unit: str
    value: float
    bounds: tuple[float, float]
    at_bound: str
    slope: float
    change_down: float
    change_up: float


@dataclass(frozen=True)
class Optimum:
    """The best design of one film.

    Attributes:
        film: its name.
        objective: SI.
        outputs: all outputs there, SI, "total_thickness" included.
        sensitivity: of each free quantity.
        kept: whether every limit is kept.
        starts: objective that each start reached, NaN where it failed or broke a limit.
        evaluations: of outputs and derivatives, all starts together.
    """

    film: str
    objective: float
    outputs: dict[str, float]
    sensitivity: tuple[Sensitivity, ...]
    kept: bool
    starts: Float[np.ndarray, "start"]
    evaluations: int


def optimise_film(
    problem: DesignProblem, space: FilmSpace, *, starts: int, seed: int, device: str | None = None
) -> Optimum:
    """The best design of one film.

    Source: sequential least squares programming, Kraft, ACM Trans. Math. Softw. 20, 262 (1994), 10.1145/192115.192124, with
        exact derivatives; every point is projected on the bounds.
    """
    film = FilmModel(problem.study, space.film, space.free, problem.wanted, device)
    units = space.free.starts(starts, seed)
    sign = -1.0 if problem.largest else 1.0
    sizes = np.array([max(abs(limit.value), 1e-300) for limit in problem.limits])
    signs = np.array([-1.0 if limit.below else 1.0 for limit in problem.limits])
    values = np.array([limit.value for limit in problem.limits])

    def margins(outputs):
        """Distance from each limit relative to it, negative where broken."""
        return signs * (outputs[1:] - values) / sizes

    def search(unit):
        """End of one start, and its objective: NaN where it failed or breaks a limit."""
        first = film(unit).values[0]
        scale = abs(first) if np.isfinite(first) and first != 0 else 1.0
        found = minimize(
            _finite(lambda at: sign * film(at).values[0] / scale),
            unit,
            jac=lambda at: sign * film(at).jacobian[0] / scale,
            bounds=[(0.0, 1.0)] * len(unit),
            constraints=_constraints(film, margins, signs / sizes) if len(sizes) else (),
            method="SLSQP",
            options={"maxiter": ITERATIONS, "ftol": 1e-9},
        )
        end = np.clip(np.where(np.abs(found.x - np.round(found.x)) < AT_BOUND, np.round(found.x), found.x), 0.0, 1.0)
        outputs = film(end).values
        good = np.isfinite(outputs).all() and np.all(margins(outputs) >= -KEPT)
        return end, outputs[0] if good else np.nan

    ends, reached = (np.array(part) for part in zip(*(search(unit) for unit in units), strict=True))
    kept = bool(np.isfinite(reached).any())
    if kept:
        end, objective = _hop(search, ends[np.nanargmax(-sign * reached)], -sign, seed)
        ends, reached = np.vstack([ends, end]), np.append(reached, objective)
        best = int(np.nanargmax(-sign * reached))
    else:
        finite = [number for number in range(starts) if np.isfinite(film(ends[number]).values).all()]
        if not finite:
            raise StudyError(
                "no start gave a finite result",
                got=f"{starts} starts of {problem.study.film_names[space.film]}",
                fix="narrow the ranges of the study, or raise --starts",
            )
        # the least broken one, to show what stands in the way
        best = max(finite, key=lambda number: float(margins(film(ends[number]).values).min()))
    outputs = film.outputs_at(ends[best])
    rows = _sensitivity(film, space, ends[best])
    name = problem.study.film_names[space.film]
    return Optimum(name, outputs[problem.objective], outputs, rows, kept, reached[:starts], film.evaluations)


def _hop(search, unit, sense, seed):
    """Search again from points near the best end: where the supply just meets the demand the objective has an edge, on which
    one search may stop early."""
    random = np.random.default_rng(seed)
    end, objective = unit, np.nan
    for _ in range(HOPS):
        found, value = search(np.clip(unit + random.normal(0.0, HOP, len(unit)), 0.0, 1.0))
        if np.isfinite(value) and not sense * value <= sense * objective:
            end, objective = found, value
            unit = found
    return end, objective


def _finite(function: Callable[[Any], float]) -> Callable[[Any], float]:
    """A large number in place of NaN, so that a step into a failed point is taken back."""

    def safe(at):
        value = function(at)
        return float(value) if np.isfinite(value) else 1e6

    return safe


def _constraints(film, margins, weights):
    return {
        "type": "ineq",
        "fun": lambda at: np.nan_to_num(margins(film(at).values), nan=-1.0),
        "jac": lambda at: weights[:, None] * film(at).jacobian[1:],
    }


def _sensitivity(film: FilmModel, space: FilmSpace, unit: Float[np.ndarray, "parameter"]) -> tuple[Sensitivity, ...]:
    centre, jacobian = film(unit)
    values = space.free.to_values(unit[None])[0]
    rows = []
    for place, entry in enumerate(space.free.entries):

        def change(step, place=place):
            moved = np.array(unit)
            moved[place] += step
            inside = 0.0 <= moved[place] <= 1.0
            return float(film(moved).values[0] - centre[0]) if inside else float("nan")

        at_bound = {0.0: "low", 1.0: "high"}.get(float(unit[place]), "")
        slope = float(jacobian[0, place])
        rows.append(
            Sensitivity(
                entry.name, entry.unit, float(values[place]), entry.bounds, at_bound, slope, change(-STEP), change(STEP)
            )
        )
    return tuple(rows)
