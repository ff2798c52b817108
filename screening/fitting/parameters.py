"""Free quantities of a fit: name, bounds, prior and start of each, and all of them as a point in the unit box."""

import math
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from screening.errors import StudyError, unknown_name
from screening.fitting.transforms import Affine, Box, Log, Logit
from screening.sampling.designs import Axis, sample_values
from screening.sampling.distributions import Distribution, Normal, Range

# A normal prior without bounds is searched over this many standard deviations on either side of its mean.
NORMAL_REACH = 6.0


@dataclass(frozen=True)
class FreeParameter:
    """One quantity that a fit may change.

    Attributes:
        name: as in columns of a study, without `param_`, e.g. "layer1_thickness" (layer 1 is the outermost).
        label: place in the fit file, e.g. "film[0].layer[0].thickness"; a shared one is "parameters.NAME".
        unit: CF unit.
        long_name: for people.
        prior: distribution of its values before the data are seen; its ends are the bounds.
        start: value of the first start, or None.
    """

    name: str
    label: str
    unit: str
    long_name: str
    prior: Distribution
    start: float | None = None

    @property
    def bounds(self) -> tuple[float, float]:
        """Lower and upper bound."""
        low, high = self.prior.bounds
        if isinstance(self.prior, Normal):
            reach = NORMAL_REACH * self.prior.standard_deviation
            low = self.prior.mean - reach if math.isinf(low) else low
            high = self.prior.mean + reach if math.isinf(high) else high
        return low, high

    @property
    def logarithmic(self) -> bool:
        """Whether the fit moves in its logarithm."""
        return isinstance(self.box.transform, Log)

    @property
    def box(self) -> Box:
        """Its coordinate: the logarithm for a log-uniform prior, else the value; within 0 and 1 the logit."""
        low, high = self.bounds
        if isinstance(self.prior, Range) and self.prior.logarithmic:
            return Box(Log(), low, high)
        if self.unit == "1" and low > 0.0 and high < 1.0 and isinstance(self.prior, Range):
            return Box(Logit(), low, high)
        return Box(Affine(high - low), low, high)

    def check_start(self) -> None:
        """Refuse a start outside the bounds."""
        low, high = self.bounds
        if self.start is not None and not low <= self.start <= high:
            raise StudyError(
                "the bounds exclude the start",
                got=f"start = {self.start:g}, low = {low:g}, high = {high:g} (SI)",
                expected="low <= start <= high",
                fix="move the start or the bounds",
                where=self.label,
            )


@dataclass(frozen=True)
class FreeParameters:
    """All free quantities, in the order of the fit file.

    Attributes:
        entries: the quantities.
    """

    entries: tuple[FreeParameter, ...]

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(entry.name for entry in self.entries)

    def index(self, name: str) -> int:
        """Position of a name."""
        if name not in self.names:
            raise unknown_name("free quantity", name, self.names)
        return self.names.index(name)

    def by_name(self, values: Any) -> dict[str, Any]:
        """One value a quantity, an array or a sequence, by its name."""
        listed = values.tolist() if isinstance(values, np.ndarray) else values
        return dict(zip(self.names, listed, strict=True))

    def widths(self, unit: Float[np.ndarray, "parameter"]) -> Float[np.ndarray, "parameter"]:
        """Change of each quantity, of its logarithm where the fit moves in that, by the unit coordinate at a point."""
        pairs = zip(self.entries, unit, strict=True)
        return np.array([one.box.width if one.logarithmic else float(one.box.slope(np.array(at))) for one, at in pairs])

    def to_values(self, unit: Any) -> Any:
        """Values `[point, parameter]`, SI, of points in the unit box; numpy or JAX."""
        columns = [entry.box.to_value(unit[:, place]) for place, entry in enumerate(self.entries)]
        return np.stack(columns, 1) if isinstance(unit, np.ndarray) else jnp.stack(columns, 1)

    def to_units(self, values: Float[np.ndarray, "point parameter"]) -> Float[np.ndarray, "point parameter"]:
        """Points in the unit box of values, clipped to it."""
        columns = [entry.box.to_unit(values[:, place]) for place, entry in enumerate(self.entries)]
        return np.clip(np.stack(columns, 1), 0.0, 1.0)

    def starts(self, count: int, seed: int) -> Float[np.ndarray, "start parameter"]:
        """Starts in the unit box: the file's own if every quantity has one, then a scrambled Sobol sequence of the priors."""
        unit = self.prior_draws(0, count, seed)
        for place, entry in enumerate(self.entries):
            if entry.start is not None:
                unit[0, place] = float(entry.box.to_unit(entry.start))
        return np.clip(unit, 0.01, 0.99) if count > 1 else unit

    def prior_draws(self, start: int, stop: int, seed: int) -> Float[np.ndarray, "draw parameter"]:
        """Draws `start` to `stop` of a scrambled Sobol sequence of the priors, in the unit box, the same in every range."""
        axes = [Axis(entry.label, place, entry.prior) for place, entry in enumerate(self.entries)]
        drawn = sample_values("sobol", axes, stop, start, stop, seed=seed)
        return self.to_units(np.stack([drawn[axis.label] for axis in axes], 1))

    def log_prior(self, unit: Any) -> Any:
        """Log density of the priors over the unit box `[..., parameter]`; numpy or JAX."""
        number = np if isinstance(unit, np.ndarray) else jnp
        total = number.zeros(unit.shape[:-1])
        for place, entry in enumerate(self.entries):
            box, prior = entry.box, entry.prior
            value = box.to_value(unit[..., place])
            if isinstance(prior, Normal):
                norm = (box.high - box.low) / (prior.standard_deviation * math.sqrt(2 * math.pi))
                total = total - ((value - prior.mean) / prior.standard_deviation) ** 2 / 2
                total = total + math.log(norm / prior.probability())
            elif isinstance(box.transform, Logit):
                # uniform in the value, not in the coordinate
                limits, span = box.transform, box.high - box.low
                total = total + number.log((value - limits.low) * (limits.high - value))
                total = total + math.log(box.width / span / (limits.high - limits.low))
        return total

    def prior_residuals(
        self, unit: Float[np.ndarray, "point parameter"]
    ) -> tuple[Float[np.ndarray, "point prior"], Float[np.ndarray, "point prior parameter"]]:
        """Deviations from normal priors in standard deviations, and their derivatives by the unit coordinates."""
        normal = [(place, entry) for place, entry in enumerate(self.entries) if isinstance(entry.prior, Normal)]
        residual = np.zeros((len(unit), len(normal)))
        slope = np.zeros((len(unit), len(normal), len(self)))
        for row, (place, entry) in enumerate(normal):
            prior = entry.prior
            assert isinstance(prior, Normal)
            residual[:, row] = (entry.box.to_value(unit[:, place]) - prior.mean) / prior.standard_deviation
            slope[:, row, place] = entry.box.slope(unit[:, place]) / prior.standard_deviation
        return residual, slope
