"""What a fit found: estimates with their intervals, how far they are determined, and all that was computed on the way."""

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from screening.fitting.fit_problem import FitProblem
from screening.fitting.multistart import Starts
from screening.fitting.profile_likelihood import THRESHOLD, Profile
from screening.fitting.uncertainty import (
    TWO_SIDED_95,
    UNDETERMINED_SHARE,
    LinearUncertainty,
    determined_combinations,
    direction_words,
    entangled,
)

if TYPE_CHECKING:
    import xarray as xr

    from screening.fitting.posterior_draws import Posterior

# A quantity known to no better than this factor between the ends of its interval is only weakly identified.
WIDE_FACTOR = 10.0


class Identifiability(IntEnum):
    """What the data say about one quantity; weakly: its interval is closed, but wide, or a combination is known far better."""

    IDENTIFIED = 1
    WEAKLY_IDENTIFIED = 2
    ONLY_A_LOWER_LIMIT = 3
    ONLY_AN_UPPER_LIMIT = 4
    NOT_IDENTIFIED = 5

    @property
    def words(self) -> str:
        """For people."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True)
class FitResult:
    """A finished fit.

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

    @property
    def estimate(self) -> dict[str, float]:
        """Best values by name, SI."""
        return dict(zip(self.problem.parameters.names, self._values(self.unit), strict=True))

    @property
    def interval(self) -> dict[str, tuple[float, float]]:
        """95 % intervals by name, SI: the widest of the Jacobian's, the profile's and the equally good starts'.

        A side that the data leave open ends at the bound.
        """
        low, high, _ = self._ends()
        pairs = zip(self._values(low), self._values(high), strict=True)
        return dict(zip(self.problem.parameters.names, pairs, strict=True))

    @property
    def identifiability(self) -> dict[str, Identifiability]:
        """What the data say about each quantity, by name."""
        return dict(zip(self.problem.parameters.names, self._ends()[2], strict=True))

    @property
    def standard_uncertainty(self) -> dict[str, float]:
        """Local standard uncertainty by name: of the value, or where the fit moves in its logarithm of that (relative)."""
        entries = self.problem.parameters.entries
        widths = [
            entry.box.width if entry.logarithmic else float(entry.box.slope(np.array(self.unit[place])))
            for place, entry in enumerate(entries)
        ]
        return dict(zip(self.problem.parameters.names, (self.linear.deviations * widths).tolist(), strict=True))

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
        offset = len(layout.curves) * data.time.shape[0]
        lines = []
        for place in range(len(layout.scalars)):
            deviation = float(self.residual[offset + place])
            if abs(deviation) > 5.0:
                name = self.problem.names[len(layout.curves) + place]
                lines.append(
                    f"{name}: target outside the model's reach: asked {data.value[place]:.4g}, best {self.scalar[place]:.4g} "
                    f"({abs(deviation):.3g} standard uncertainties off)"
                )
        return lines

    @property
    def relative_rms(self) -> dict[str, float]:
        """Residual rms of each curve over its largest current, and of each spectrum over its largest magnitude, by name."""
        data, layout = self.problem.data, self.problem.layout
        found = {}
        for place, name in enumerate(self.problem.names[: len(self.problem.layout.curves)]):
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

    def to_dataset(self, posterior: "Posterior | None" = None) -> "xr.Dataset":
        """Everything as an `xarray.Dataset`, which `save_fit` writes; with draws from `sample_posterior` if given."""
        from screening.fitting.fit_dataset import dataset_of

        return dataset_of(self, posterior)

    def save(self, path: str, *, overwrite: bool = False, posterior: "Posterior | None" = None) -> None:
        """Write a zarr v3 store that `xarray.open_zarr` reads.

        Args:
            path: of the new store.
            overwrite: replace an earlier store of a fit, and nothing else.
            posterior: from `sample_posterior`, stored with the fit.

        Raises:
            StudyError: the place is taken or cannot be written.
        """
        from screening.fitting.fit_store import save_fit

        save_fit(self, path, overwrite=overwrite, posterior=posterior)

    def _values(self, unit):
        return self.problem.parameters.to_values(np.asarray(unit, float)[None])[0].tolist()

    def _ends(self):
        """Lower and upper ends in the unit box, and what they mean."""
        half = TWO_SIDED_95 * self.linear.deviations
        low, high = self.unit - half, self.unit + half
        closed = np.stack([low > 0.0, high < 1.0], 1)
        for profile in self.profiles:
            place = profile.parameter
            low[place], high[place] = min(low[place], profile.low), max(high[place], profile.high)
            closed[place] = profile.closed_low, profile.closed_high
        equal = self.starts.cost - self.cost <= THRESHOLD * self.linear.scale
        if equal.any():
            low = np.minimum(low, self.starts.unit[equal].min(0))
            high = np.maximum(high, self.starts.unit[equal].max(0))
        closed &= np.stack([low > 0.0, high < 1.0], 1)
        low, high = (
            np.where(closed[:, 0], np.maximum(low, 0.0), 0.0),
            np.where(closed[:, 1], np.minimum(high, 1.0), 1.0),
        )
        parameters = self.problem.parameters
        only_together = entangled(parameters, self.linear)
        flags = [
            _verdict(closed[place, 0], closed[place, 1], high[place] - low[place], place in only_together, entry)
            for place, entry in enumerate(parameters.entries)
        ]
        return low, high, flags


def _verdict(closed_low, closed_high, width, only_together, entry) -> Identifiability:
    if closed_low and closed_high:
        wide = width > UNDETERMINED_SHARE or (entry.logarithmic and width * entry.box.width > math.log(WIDE_FACTOR))
        return Identifiability.WEAKLY_IDENTIFIED if wide or only_together else Identifiability.IDENTIFIED
    if closed_low:
        return Identifiability.ONLY_A_LOWER_LIMIT
    return Identifiability.ONLY_AN_UPPER_LIMIT if closed_high else Identifiability.NOT_IDENTIFIED
