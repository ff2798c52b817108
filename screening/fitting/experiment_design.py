"""Which experiments determine the quantities best: Fisher information of each, and a D-optimal choice."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from screening.errors import StudyError, unknown_name
from screening.fitting.engine import Engine
from screening.fitting.fit_problem import FitProblem
from screening.fitting.residuals import ResidualLayout, TargetData
from screening.units import format_quantity

# Points of a planned voltammogram, evenly in time; each has an independent error.
PLANNED_POINTS = 200
# Information far below that of any experiment, which keeps the inverse finite.
VANISHING = 1e-6
# Experiments are exchanged as long as the log-determinant grows by more than this.
SMALLEST_GAIN = 1e-9


@dataclass(frozen=True)
class Design:
    """How much candidate experiments say about the free quantities at one point.

    Attributes:
        names: of the free quantities.
        experiments: `[run]`, what each voltammogram is, such as "20 mV/s" or "cold.toml at 20 mV/s".
        scan_rates: `[run]`, V s-1.
        information: `[run, parameter, parameter]`, J^T J of each voltammogram alone, in the unit box.
        widths: `[parameter]`, change of the quantity (of its logarithm where the fit moves in that) across the box.
    """

    names: tuple[str, ...]
    experiments: tuple[str, ...]
    scan_rates: Float[np.ndarray, "run"]
    information: Float[np.ndarray, "run parameter parameter"]
    widths: Float[np.ndarray, "parameter"]

    def standard_uncertainty(self, runs: Any) -> dict[str, float]:
        """Standard uncertainties that these runs together would give, by name; relative where logarithmic."""
        covariance = np.linalg.inv(self._total(runs))
        return dict(zip(self.names, (np.sqrt(np.diag(covariance)) * self.widths).tolist(), strict=True))

    def best(self, count: int) -> tuple[int, ...]:
        """D-optimal choice of experiments: the largest determinant of the information.

        Runs are added one by one, then exchanged one by one for as long as the determinant grows.

        Source: exchange of single points, Fedorov, Theory of Optimal Experiments (1972).
        """
        if count < 1:
            raise StudyError("number of voltammograms", got=str(count), expected="at least 1")
        chosen: list[int] = []
        for _ in range(count):
            chosen = self._with_one_more(chosen)
        best = self._gain(chosen)
        while True:
            exchanged = max(
                (self._with_one_more(chosen[:place] + chosen[place + 1 :]) for place in range(count)), key=self._gain
            )
            if self._gain(exchanged) <= best + SMALLEST_GAIN:
                return tuple(sorted(chosen))
            chosen, best = exchanged, self._gain(exchanged)

    def separating(self, first: str, second: str) -> int:
        """The experiment whose voltammogram alone tells two quantities apart best."""
        places = [self._place(first), self._place(second)]
        weakest = []
        for information in self.information:
            covariance = np.linalg.inv(information + VANISHING * np.eye(len(self.names)))
            weakest.append(np.linalg.eigvalsh(covariance[np.ix_(places, places)])[-1])
        return int(np.argmin(weakest))

    def _with_one_more(self, chosen):
        return max(([*chosen, run] for run in range(len(self.scan_rates))), key=self._gain)

    def _gain(self, runs):
        return np.linalg.slogdet(self._total(runs))[1]

    def _total(self, runs):
        return self.information[list(runs)].sum(0) + VANISHING * np.eye(len(self.names))

    def _place(self, name):
        if name not in self.names:
            raise unknown_name("free quantity", name, self.names)
        return self.names.index(name)


def design_of(problem: FitProblem, values: dict[str, float], noise: float = 0.01, device: str | None = None) -> Design:
    """Fisher information of a voltammogram at every scan rate of a fit file.

    Args:
        problem: whose free quantities, protocol and scan rates are taken; its targets do not matter.
        values: of all free quantities by name, SI, about which the design is made.
        noise: standard uncertainty of a point over the largest current of its voltammogram.
        device: "cpu" or "gpu"; JAX's default if None.

    Returns:
        Design.

    Raises:
        StudyError: a value is missing or outside its bounds, or the simulation fails there.

    Source: Fisher information of independent normal errors; Walter & Pronzato, Identification of Parametric Models (1997).
    """
    entries = problem.parameters.entries
    if problem.drive is None:
        got, fix = "a fit of [ammonia]", "plan with [electrode] and [protocol]"
        raise StudyError("no voltammogram to plan", got=got, expected="a fit of voltammograms", fix=fix)
    for entry in entries:
        low, high = entry.bounds
        if entry.name not in values or not low <= values[entry.name] <= high:
            got = f"{values[entry.name]:g}" if entry.name in values else ""
            expected = f"a value from {low:g} to {high:g} (SI)"
            raise StudyError("design", got=got, expected=expected, fix="give it in values", where=entry.name)
    unit = problem.parameters.to_units(np.array([[values[entry.name] for entry in entries]]))
    runs = problem.study.n_runs
    found = Engine(_planned(problem), device).evaluate(unit)
    residual = found.residual[0].reshape(runs, PLANNED_POINTS)
    jacobian = found.jacobian[0].reshape(runs, PLANNED_POINTS, len(entries))
    if not (np.isfinite(residual).all() and np.isfinite(jacobian).all()):
        raise StudyError("the simulation failed at these values", expected="another point", where="values")
    scaled = jacobian / (noise * np.abs(residual).max(1))[:, None, None]
    rates = np.asarray(problem.study.scan_rates, float)
    information = np.einsum("rnp,rnq->rpq", scaled, scaled)
    labels = tuple(format_quantity(rate, "V s-1") for rate in rates)
    return Design(problem.parameters.names, labels, rates, information, problem.parameters.widths(unit[0]))


def joint_design(designs: Mapping[str, Design]) -> Design:
    """Designs of several protocols or conditions (vertex potentials, temperatures) as one choice of experiments."""
    found = list(designs.items())
    if not found:
        raise StudyError("joint design", got="no design", expected="at least one")
    label, first = found[0]
    for other, design in found[1:]:
        if design.names != first.names or not np.allclose(design.widths, first.widths, rtol=1e-12):
            got = f"{', '.join(design.names)} in {other}, {', '.join(first.names)} in {label}"
            expected = "the same free quantities, in the same order, with the same bounds"
            raise StudyError("joint design", got=got, expected=expected, fix="free the same quantities in both files")
    experiments = tuple(f"{name} at {one}" for name, design in found for one in design.experiments)
    rates = np.concatenate([design.scan_rates for _, design in found])
    return Design(
        first.names, experiments, rates, np.concatenate([design.information for _, design in found]), first.widths
    )


def _planned(problem: FitProblem) -> FitProblem:
    """The problem with one curve of zero current at every scan rate as its targets: residuals are currents then."""
    runs = problem.study.n_runs
    share = np.linspace(0.0, 1.0, PLANNED_POINTS + 1)[1:]
    assert problem.drive is not None, "voltammograms are planned"
    time = share[:, None] * problem.drive.duration.sum(0)[None, :]
    old = problem.layout
    layout = ResidualLayout(runs, tuple(range(runs)), (), old.segments)
    none = np.zeros(0)
    data = TargetData(time, np.zeros_like(time), np.ones_like(time), none, none, none, problem.data.scan_rate)
    return replace(problem, layout=layout, data=data, potential=np.zeros_like(time), names=tuple(map(str, range(runs))))
