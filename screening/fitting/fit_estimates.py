"""The numbers of a finished fit: estimates with their intervals, how far they are determined, what the model gives there."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from screening.fitting.fit_problem import FitProblem
from screening.fitting.identifiability import Identifiability, Intervals, equally_good, find_intervals
from screening.fitting.information import Information, information_of
from screening.fitting.missing_terms import MissingTerm
from screening.fitting.multistart import Starts
from screening.fitting.peak_exponent import exponent_warnings
from screening.fitting.profile_likelihood import Profile
from screening.fitting.uncertainty import LinearUncertainty, determined_combinations, direction_words, structure

# A single number further off than so many standard uncertainties is beyond the reach of the model.
OUT_OF_REACH = 5.0
# Structure of the residuals beyond this, in standard deviations of what independent noise has, is a misfit of the model.
STRUCTURED = 4.0


@dataclass(frozen=True)
class FitEstimates:
    """What a fit found.

    Attributes:
        problem: what was fitted.
        unit: `[parameter]`, best point in the unit box.
        cost: sum of squared residuals there, the priors' included.
        linear: covariance and eigen-directions there.
        residual: `[residual]`, in standard uncertainties.
        current: `[curve, node]`, A m-2, of the model at the measured points; NaN where padded.
        scalar: `[scalar]`, of the model, SI.
        spectra: complex `[frequency]` of each impedance target, ohm m2, of the model.
        starts: where every start ended.
        first: `[start, parameter]`, where every start began, in the unit box.
        profiles: of the chosen quantities.
        device: that computed it.
        background: `[curve, node]`, A m-2, the part of `current` that is background; None without one.
        missing: terms that the residuals ask for, where they have a structure.
    """

    problem: FitProblem
    unit: Float[np.ndarray, "parameter"]
    cost: float
    linear: LinearUncertainty
    residual: Float[np.ndarray, "residual"]
    current: Float[np.ndarray, "curve node"]
    scalar: Float[np.ndarray, "scalar"]
    spectra: tuple[np.ndarray, ...]
    starts: Starts
    first: Float[np.ndarray, "start parameter"]
    profiles: tuple[Profile, ...]
    device: str
    background: Float[np.ndarray, "curve node"] | None = None
    missing: tuple[MissingTerm, ...] = ()

    @property
    def estimate(self) -> dict[str, float]:
        """Best values by name, SI."""
        return self.problem.parameters.by_name(self._values(self.unit))

    @property
    def interval(self) -> dict[str, tuple[float, float]]:
        """95 % intervals by name, SI: the widest of the Jacobian's, the profile's and the equally good starts'.

        A side that the data leave open ends at the bound.
        """
        low, high = (self._values(end) for end in self._intervals[:2])
        return self.problem.parameters.by_name(zip(low, high, strict=True))

    @property
    def identifiability(self) -> dict[str, Identifiability]:
        """What the data say about each quantity, by name."""
        closed = (Identifiability.IDENTIFIED, Identifiability.WEAKLY_IDENTIFIED)
        flags = [
            Identifiability.MODEL_MISFIT if self.misfit and flag in closed else flag for flag in self._intervals.flags
        ]
        return self.problem.parameters.by_name(flags)

    @cached_property
    def misfit(self) -> bool:
        """Whether the residuals of the curves have a structure that noise of independent points has not."""
        nodes = self.problem.data.time.shape[0]
        curves = [slice(k * nodes, (k + 1) * nodes) for k in range(len(self.problem.layout.curves))]
        return structure([self.residual[part] for part in curves]) > STRUCTURED

    @property
    def standard_uncertainty(self) -> dict[str, float]:
        """Local standard uncertainty by name: of the value, or where the fit moves in its logarithm of that (relative)."""
        parameters = self.problem.parameters
        return parameters.by_name(self.linear.deviations * parameters.widths(self.unit))

    @property
    def correlation(self) -> Float[np.ndarray, "parameter parameter"]:
        """Correlation matrix of the quantities."""
        return self.linear.correlation

    @property
    def combinations(self) -> list[str]:
        """Combinations that the data determine although they do not determine the quantities alone, in words."""
        return determined_combinations(self.problem.parameters, self.linear)

    @property
    def directions(self) -> list[str]:
        """Eigen-directions of the information in words, the best determined first."""
        return direction_words(self.problem.parameters, self.linear)

    @property
    def unreached(self) -> list[str]:
        """Targets that the model does not reach within the bounds, in words; empty for a fit that explains its data."""
        layout, data = self.problem.layout, self.problem.data
        offset, lines = len(layout.curves) * data.time.shape[0], []
        for place in range(len(layout.scalars)):
            deviation = abs(float(self.residual[offset + place]))
            if deviation > OUT_OF_REACH:
                name = self.problem.names[len(layout.curves) + place]
                lines.append(
                    f"{name}: target outside the model's reach: asked {data.value[place]:.4g}, best {self.scalar[place]:.4g} "
                    f"({deviation:.3g} standard uncertainties off)"
                )
        return lines

    @cached_property
    def warnings(self) -> list[str]:
        """Why a reported number may not be read as what it is called, in sentences; empty where nothing speaks against it."""
        return exponent_warnings(self.problem, self.unit)

    @property
    def information(self) -> Information:
        """Information criteria, by which models of the same data are told apart."""
        return information_of(self.problem, self.residual, self.linear.repeated)

    @property
    def relative_rms(self) -> dict[str, float]:
        """Residual rms of each curve over its largest current, and of each spectrum over its largest magnitude, by name."""
        data, layout = self.problem.data, self.problem.layout
        found = {}
        for place, name in enumerate(self.problem.names[: len(layout.curves)]):
            here = data.weight[:, place] > 0
            gap = self.current[place][here] - data.current[here, place]
            found[name] = float(np.sqrt(np.mean(gap**2)) / np.abs(data.current[here, place]).max())
        names = self.problem.names[len(layout.curves) + len(layout.scalars) :]
        for name, model, asked in zip(names, self.spectra, data.spectra, strict=True):
            measured = asked.real + 1j * asked.imaginary
            found[name] = float(np.sqrt(np.mean(np.abs(model - measured) ** 2)) / np.abs(measured).max())
        return found

    @property
    def best_starts(self) -> np.ndarray:
        """Numbers of the starts, best first."""
        return np.argsort(self.starts.cost, kind="stable")

    @property
    def starts_at_best(self) -> int:
        """Number of starts that ended as good as the best point, within the rise of the cost that ends a 95 % interval."""
        return int(equally_good(self.starts, self.cost, self.linear.scale).sum())

    @cached_property
    def _intervals(self) -> Intervals:
        return find_intervals(self.problem.parameters, self.unit, self.cost, self.linear, self.profiles, self.starts)

    def _values(self, unit):
        return self.problem.parameters.to_values(np.asarray(unit, float)[None])[0].tolist()
