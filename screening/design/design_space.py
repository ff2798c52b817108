"""The free quantities of one film of a study, and what a design wants of it as a function of them."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from kernels.status import Status
from screening.config.study import Study
from screening.errors import StudyError
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.model.asked_outputs import analysed_columns
from screening.model.derivatives import derivatives_of
from screening.model.devices import find_device
from screening.model.draws import batch_at
from screening.model.study_evaluator import StudyEvaluator
from screening.sampling.distributions import Choice, Draws

THICKNESS = "total_thickness"


class Wanted(NamedTuple):
    """What a design asks about at one point of the unit box.

    Attributes:
        values: `[wanted]`, NaN where the point fails.
        jacobian: `[wanted, parameter]`, by the unit coordinates; zero where an output has no derivative.
    """

    values: Float[np.ndarray, "wanted"]
    jacobian: Float[np.ndarray, "wanted parameter"]


def free_quantities(study: Study, film: int) -> FreeParameters:
    """The quantities of a film that the study varies, between the ends of their distributions."""
    places = {place.label: place for place in reversed(study.places(film))}
    sources = [(column.name, column.sources[film]) for column in study.columns if column.sources]
    # named as the store names its columns
    names = {source.label: name.removeprefix("param_") for name, source in sources if source is not None}
    found = []
    for axis in study.space.axes[film]:
        place = places[axis.label]
        if isinstance(axis.distribution, Choice | Draws):
            what = (
                "a list has nothing between its values"
                if isinstance(axis.distribution, Choice)
                else "a posterior is no range"
            )
            raise StudyError(
                what,
                got=axis.label,
                expected="a distribution",
                fix='write { distribution = "uniform", low = "...", high = "..." }, or one value',
                where=axis.label,
            )
        shared = axis.label.startswith("parameters.")
        name = axis.label.removeprefix("parameters.") if shared else names[axis.label]
        found.append(FreeParameter(name, axis.label, place.rule.unit, place.rule.long_name, axis.distribution))
    return FreeParameters(tuple(found))


class FilmModel:
    """Wanted outputs of one film and their derivatives; labels are those of `analysed_columns`, or the total thickness."""

    def __init__(
        self, study: Study, film: int, free: FreeParameters, wanted: tuple[str, ...], device: str | None = None
    ) -> None:
        self.study, self.film, self.free, self.wanted = study, film, free, wanted
        self.evaluations = 0
        columns = {label: (name, run) for label, name, run in analysed_columns(study)}
        self._columns = [columns.get(label) for label in wanted]
        self._device = find_device(device)
        names = tuple(dict.fromkeys(column[0] for column in self._columns if column is not None))
        self._derivatives = derivatives_of(study, names, self._device) if names else None
        self._last: tuple[bytes, Any] = (b"", None)

    def values_at(self, unit: Float[np.ndarray, "parameter"]) -> Float[np.ndarray, "parameter"]:
        """Values of the free quantities, SI, at a point of the unit box."""
        return np.asarray(self.free.to_values(np.clip(unit, 0.0, 1.0)[None])[0])

    def __call__(self, unit: Float[np.ndarray, "parameter"]) -> Wanted:
        """Wanted outputs and derivatives at a point of the unit box; the last point is remembered."""
        unit = np.clip(unit, 0.0, 1.0)
        if self._last[0] != unit.tobytes():
            self.evaluations += 1
            self._last = (unit.tobytes(), self._evaluate(unit))
        return self._last[1]

    def outputs_at(self, unit: Float[np.ndarray, "parameter"]) -> dict[str, float]:
        """All outputs at a point as a run computes them, by label, and the total thickness."""
        values = self.values_at(unit)
        batch = batch_at(self.study, self.film, self._drawn(values), 1)
        evaluator = StudyEvaluator(self.study, self._device.platform)
        evaluator.block = 1
        found = evaluator.evaluate_batch(batch)
        labelled = {
            label: float(found[name][0] if run is None else found[name][0, run])
            for label, name, run in analysed_columns(self.study)
        }
        return labelled | {THICKNESS: float(self._thickness(values)[0])}

    def _drawn(self, values):
        return {entry.label: np.array([value]) for entry, value in zip(self.free.entries, values, strict=True)}

    def _evaluate(self, unit: Float[np.ndarray, "parameter"]) -> Wanted:
        values = self.values_at(unit)
        found = None if self._derivatives is None else self._derivatives([self.film], [values])
        rows, slopes = [], []
        for column in self._columns:
            if column is None or found is None:
                row, slope = self._thickness(values)
            else:
                name, run = column
                at = (0,) if run is None else (0, run)
                row, slope = found.outputs[name][0][at], found.outputs[name][1][(slice(len(values)), *at)]
            rows.append(row)
            slopes.append(slope)
        good = found is None or bool(np.all(np.asarray(found.status[0]) == Status.OK))
        along = np.array([entry.box.slope(one) for entry, one in zip(self.free.entries, unit, strict=True)])
        jacobian = np.array(slopes) * along
        jacobian = np.where(np.isfinite(jacobian), jacobian, 0.0)
        return Wanted(np.array(rows, float) if good else np.full(len(rows), np.nan), jacobian)

    def _thickness(self, values):
        """Thickness of all layers together, m, and its derivatives."""
        labels = [entry.label for entry in self.free.entries]
        total, slope = 0.0, np.zeros(len(labels))
        for place in self.study.places(self.film):
            if place.field == "thickness":
                if place.label in labels:
                    at = labels.index(place.label)
                    total, slope[at] = total + values[at], slope[at] + 1.0
                else:
                    total += place.distribution.nominal
        return total, slope
