"""The calculation behind a run: ranges of a study's candidates in, stored variables out, one compilation per study."""

from typing import Any, Protocol

import jax
import numpy as np

from kernels.experiment import Numerics
from kernels.status import Status
from screening.cf_attributes import flag_attributes
from screening.config.stored_inputs import FILM, Column
from screening.config.study import OperationStudy, Study, VoltammetryStudy
from screening.model.blocks import Blocks
from screening.model.devices import compiler_options, find_device, stepping_compiler
from screening.model.draws import CandidateBatch, draw_candidates, usable
from screening.model.operating_points import PointCalculation
from screening.model.outputs import CURVE_STEP, RUN, Output, curve_points
from screening.model.variables import Coordinate, VariableSpec
from screening.model.voltammetry import VoltammetryCalculation
from screening.version import git_commit, package_version


class Calculation(Protocol):
    """What the kinds of study compute.

    Attributes:
        outputs: stored, in order.
        attributes: provenance that belongs to the kind.
    """

    outputs: tuple[Output, ...]
    attributes: dict[str, Any]

    def block(self, platform: str) -> int:
        """Candidates of one compiled call."""
        ...

    def jitted(self, options: dict[str, int] | None) -> Any:
        """Compiled function of what `inputs` gives, to outputs and status with the candidate first."""
        ...

    def order(self, batch: CandidateBatch) -> np.ndarray:
        """Order in which candidates are computed; it changes no result."""
        ...

    def inputs(self, batch: CandidateBatch, rows: np.ndarray) -> tuple:
        """Arguments of the compiled function for some rows of a batch."""
        ...


def calculation_of(study: Study, numerics: Numerics | None = None) -> Calculation:
    """The calculation of a study; `numerics` replace those of the study."""
    if isinstance(study, OperationStudy):
        return PointCalculation(study)
    assert isinstance(study, VoltammetryStudy)
    return VoltammetryCalculation(study, numerics)


class StudyEvaluator:
    """Evaluates ranges of a study's candidates (see `screening.model.variables.Evaluator`).

    Args:
        study: the study.
        device: "cpu" or "gpu"; the default device of JAX if None.
        numerics: other numerical choices than the study's.

    Raises:
        StudyError: the device is not there, or the study asks for an output that it cannot give.

    Example:
        >>> from screening.config.study import load_study
        >>> evaluator = StudyEvaluator(load_study("experiments/thickness_ladder.toml"))
        >>> evaluator.evaluate(0, 2)["peak_current_density"].shape
        (2, 3)
    """

    def __init__(self, study: Study, device: str | None = None, numerics: Numerics | None = None) -> None:
        self.study = study
        self.calculation = calculation_of(study, numerics)
        self.outputs = self.calculation.outputs
        self.device = find_device(device)
        self.devices = jax.local_devices(backend=self.device.platform)
        self._blocks = Blocks(max(1, min(self.calculation.block(self.device.platform), study.n_candidates)))
        self._jitted = self.calculation.jitted(compiler_options(self.device.platform))

    @property
    def block(self) -> int:
        """Candidates per compiled call; becomes smaller where the device has no room for them."""
        return self._blocks.length

    @block.setter
    def block(self, length: int) -> None:
        self._blocks.length = length

    @property
    def stretch(self) -> int:
        """Candidates per call of `evaluate` in a run: several blocks share its fixed costs where there are plenty."""
        return 4 * self.block if self.n_candidates >= 32 * self.block else self.block

    @property
    def n_candidates(self) -> int:
        """Number of candidates of the study."""
        return self.study.n_candidates

    @property
    def marches(self) -> bool:
        """Whether voltammograms are simulated."""
        return any(out.needs_curve for out in self.outputs)

    @property
    def variables(self) -> tuple[VariableSpec, ...]:
        """Inputs, then outputs."""
        inputs = [_input_variable(self.study, column) for column in self.study.columns]
        return (*inputs, *(_output_variable(out, self.study) for out in self.outputs))

    @property
    def coordinates(self) -> dict[str, Coordinate]:
        """Axes of the outputs: scan rate and the points of a curve."""
        axes = {}
        if self.study.run_scan_rates and self.marches:
            rates = np.asarray(self.study.scan_rates)
            if np.isnan(rates).any():
                axes[RUN] = Coordinate(np.arange(len(rates)), "1", "number of the run (the scan rate is an input)")
            else:
                axes[RUN] = Coordinate(rates, "V s-1", "scan rate")
        if self.study.output.curves:
            axes[CURVE_STEP] = Coordinate(np.arange(curve_points(self.study.segment_steps)), "1", "point of the curve")
        return axes

    @property
    def attributes(self) -> dict[str, Any]:
        """Provenance of the results."""
        study, names = self.study, [out.name for out in self.outputs]
        own = self.calculation.attributes
        if self.marches:
            own = own | {"stepping_compiler": stepping_compiler(self.device.platform)}
        if own["rank_by"].lstrip("-") not in names:
            own = own | {"rank_by": names[0]}
        return {
            "title": study.title,
            "study": study.text,
            "samples": study.sampling.samples,
            "digest": study.digest,
            "seed": study.sampling.seed,
            "package_version": package_version(),
            "git_commit": git_commit(),
            "jax_version": jax.__version__,
            "numpy_version": np.__version__,
            "device": f"{self.device.platform}: {self.device.device_kind}",
            "platform": self.device.platform,
        } | own

    def evaluate(self, start: int, stop: int) -> dict[str, np.ndarray]:
        """Inputs, outputs and status of candidates `start` to `stop` - 1, in blocks of one compiled shape."""
        batch = draw_candidates(self.study, start, stop)
        return {column.name: batch.column(column.name) for column in self.study.columns} | self.evaluate_batch(batch)

    def evaluate_batch(self, batch: CandidateBatch) -> dict[str, np.ndarray]:
        """Outputs and status of given candidates, candidate first."""
        good, order = usable(batch), self.calculation.order(batch)
        # NaN where a candidate is outside its physical range, which the kernels skip
        arrays = jax.tree.map(lambda values: np.where(_along(good, values), values, np.nan), batch.arrays)
        checked = CandidateBatch(batch.index, batch.film, arrays, batch.inputs)
        found = self._blocks.run(
            self._jitted,
            lambda rows: self.calculation.inputs(checked, order[rows]),
            len(order),
            self.devices,
            int(batch.index[0]),
        )
        back = np.argsort(order)
        status = np.where(good, found["status"][back], Status.INVALID_INPUT).astype(np.uint8)
        failed, done = status != Status.OK, {}
        for out in self.outputs:
            values = found[out.name][back]
            nothing = np.nan if np.issubdtype(values.dtype, np.floating) else 0
            done[out.name] = np.where(_along(failed, values), nothing, values).astype(out.dtype)
        return done | {"status": status}


def _along(mask: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A mask of candidates that broadcasts against values with the candidate first."""
    return mask.reshape(-1, *(1,) * (values.ndim - 1))


def _input_variable(study: Study, column: Column) -> VariableSpec:
    if column.name != FILM:
        return VariableSpec(column.name, (), "float64", column.unit, column.long_name)
    about = flag_attributes([name.replace(" ", "_") for name in study.film_names])  # CF parts meanings by blanks
    about |= {"flag_labels": list(study.film_names)}
    about |= {"layers": [" | ".join(study.layer_names(film)) for film in range(study.n_films)]}
    return VariableSpec(column.name, (), "uint16", "1", column.long_name, about)


def _output_variable(out: Output, study: Study) -> VariableSpec:
    dims = (RUN,) if out.per_run and study.run_scan_rates else ()
    dims += (CURVE_STEP,) if out.group == "curve" else ()
    return VariableSpec(out.name, dims, out.dtype, out.units, out.long_name, flag_attributes(out.flags))
