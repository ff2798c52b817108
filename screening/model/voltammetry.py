"""The calculation behind a screening run: candidates of a study in, outputs out, one compilation per study."""

from typing import Any

import jax
import numpy as np

from kernels.drive import Drive
from kernels.experiment import Numerics, Sample, run_experiment
from kernels.status import Status
from screening.config.study import Study
from screening.model.batch import CandidateBatch
from screening.model.blocks import Blocks
from screening.model.bridge import drive_of, has_ohmic_layers, numerics_of, sample_of, usable
from screening.model.outputs import CURVE_STEP, RUN, film_alone, make_observer, outputs_of
from screening.model.variables import Coordinate, VariableSpec
from screening.version import git_commit, package_version

# Lanes (candidates x runs) stepped together: few enough for a core's cache, many enough to hide the loop's overhead.
CPU_LANES = 640
GPU_LANES = 262_144
# Candidates computed together where no voltammogram is: a call costs as much as a thousand of them.
FILM_LANES = 16_384
# Exponentials run 1.3 times as fast in 512-bit registers, where the processor has them.
CPU_COMPILER = {"xla_cpu_prefer_vector_width": 512}


class StudyEvaluator:
    """Evaluates ranges of a study's candidates (see `screening.model.variables.Evaluator`).

    Args:
        study: the study.
        device: "cpu" or "gpu"; the default device of JAX if None.
        numerics: other numerical choices than the study's.

    Raises:
        StudyError: the device is not there, or the study asks for an output that it cannot give.

    Example:
        evaluator = StudyEvaluator(load_study("experiments/quick.toml"))
        evaluator.evaluate(0, 8)["peak_current_density"]
    """

    def __init__(self, study: Study, device: str | None = None, numerics: Numerics | None = None) -> None:
        self.study = study
        self.outputs = outputs_of(study)
        self.device = find_device(device)
        self.devices = jax.local_devices(backend=self.device.platform)
        lanes = CPU_LANES if self.device.platform == "cpu" else GPU_LANES
        self.marches = not film_alone(self.outputs)
        self._blocks = Blocks(max(1, min(lanes // study.n_runs if self.marches else FILM_LANES, study.n_candidates)))
        options = CPU_COMPILER if self.device.platform == "cpu" else None
        self._compiled = jax.jit(self._simulate, compiler_options=options)
        self._numerics = numerics_of(study) if numerics is None else numerics
        self._observe, self._ohmic = make_observer(study), has_ohmic_layers(study)

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
            axes[CURVE_STEP] = Coordinate(np.arange(sum(self.study.segment_steps) + 1), "1", "point of the curve")
        return axes

    @property
    def attributes(self) -> dict[str, Any]:
        """Provenance of the results."""
        study = self.study
        rank_by = "-peak_current_density" if study.run_scan_rates else "limiting_current_density"
        names = [out.name for out in self.outputs]
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
            "precision": study.numerics.precision,
            "sign_convention": "oxidation positive",
            "rank_by": rank_by if rank_by.lstrip("-") in names else names[0],
        }

    def evaluate(self, start: int, stop: int) -> dict[str, np.ndarray]:
        """Inputs, outputs and status of candidates start ... stop - 1.

        Args:
            start: first candidate.
            stop: one past the last candidate; any number, evaluated in blocks of one compiled shape.

        Returns:
            arrays with the candidate first.
        """
        batch = self.study.candidates(start, stop)
        found = self.evaluate_batch(batch)
        inputs = {column.name: column.extract(batch) for column in self.study.columns}
        return inputs | found

    def evaluate_batch(self, batch: CandidateBatch) -> dict[str, np.ndarray]:
        """Outputs and status of given candidates.

        Args:
            batch: candidates of the study.

        Returns:
            arrays with the candidate first.
        """
        sample, drive = sample_of(batch, self.study.electrode_kind), drive_of(batch, self.study)
        good, order = usable(batch), alike(batch)

        def inputs(rows):
            rows = order[rows]
            lanes = (rows[:, None] * self.study.n_runs + np.arange(self.study.n_runs)).ravel()
            ride = jax.tree.map(lambda values: values[:, lanes], drive)
            return picked(sample, rows, good), ride, batch.scan_rates[rows]

        found = self._blocks.run(self._compiled, inputs, len(order), self.devices, int(batch.index[0]))
        back = np.argsort(order)
        joined = {name: values[back] for name, values in found.items()}
        status = np.where(good, joined.pop("status"), Status.INVALID_INPUT).astype(np.uint8)
        return finished(joined, status, self.variables)

    def _simulate(self, sample: Sample, drive: Drive, scan_rate):
        if not self.marches:
            found = self._observe(sample, drive, scan_rate, None)
            finite = jax.numpy.all(jax.numpy.isfinite(jax.numpy.stack(list(found.values()))), axis=0)
            return found | {"status": jax.numpy.where(finite, int(Status.OK), int(Status.NON_FINITE))}
        run = run_experiment(sample, drive, self._numerics, self._ohmic, record_plan=False)
        found = self._observe(sample, drive, scan_rate, run.trajectory)
        return found | {"status": jax.numpy.max(run.status.reshape(-1, self.study.n_runs), axis=1)}


def find_device(kind: str | None) -> jax.Device:  # pyright: ignore[reportInvalidTypeForm]
    """The JAX device of a kind.

    Args:
        kind: "cpu", "gpu" or None for the default.

    Returns:
        the first such device.

    Raises:
        StudyError: there is none.
    """
    from screening.errors import StudyError

    if kind is None:
        return jax.devices()[0]
    if kind not in ("cpu", "gpu"):
        raise StudyError("device", got=kind, expected='"cpu" or "gpu"', fix="choose one of them", where="--device")
    try:
        return jax.devices(kind)[0]
    except RuntimeError:
        present = ", ".join(sorted({device.platform for device in jax.devices()}))
        raise StudyError(
            "no such device",
            got=kind,
            expected=f"one of those present: {present}",
            fix='install the extra "gpu" on a machine with a GPU, or leave --device out',
            where="--device",
        ) from None


def make_evaluator(study: Study, device: str | None = None) -> StudyEvaluator:
    """The calculation of a study: voltammograms, or operating points of an ammonia cell.

    Args:
        study: the study.
        device: "cpu" or "gpu"; the default device of JAX if None.

    Returns:
        its evaluator.

    Raises:
        StudyError: as `StudyEvaluator`.
    """
    if study.ammonia is None:
        return StudyEvaluator(study, device)
    from screening.model.ammonia import AmmoniaEvaluator

    return AmmoniaEvaluator(study, device)


def alike(batch: CandidateBatch) -> np.ndarray:
    """An order of candidates in which those that take about as many steps are neighbours, shape `[candidate]`.

    A block is done when its slowest lane is. Lanes do not depend on each other, so the order changes no result. What
    decides first is how much the film resists diffusion, sum of L / (D K).
    """
    layers = batch.layers
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        resistance = layers["thickness"] / (layers["diffusivity"] * layers["partition_coefficient"])
    return np.argsort(np.nansum(resistance, axis=1), kind="stable")


def picked(sample, rows, good):
    """The given rows; NaN where a candidate is outside its physical range, which the kernels skip."""
    return jax.tree.map(lambda values: np.where(_as(good[rows], values), values[rows], np.nan), sample)


def _as(mask, values):
    return mask.reshape(-1, *(1,) * (values.ndim - 1))


def finished(found, status, variables):
    """NaN where a candidate failed, the stored types elsewhere."""
    kinds = {variable.name: variable.dtype for variable in variables}
    failed = status != Status.OK
    done = {}
    for name, values in found.items():
        if np.issubdtype(values.dtype, np.floating):
            values = np.where(_as(failed, values), np.nan, values)
        else:
            values = np.where(_as(failed, values), 0, values)
        done[name] = values.astype(kinds[name])
    return done | {"status": status}


def _input_variable(study, column):
    if column.name != "film":
        return VariableSpec(column.name, (), "float64", column.unit, column.long_name)
    meanings = _flags([name.replace(" ", "_") for name in study.film_names])
    return VariableSpec(column.name, (), "uint16", "1", column.long_name, meanings)


def _output_variable(out, study):
    dims = (RUN,) if out.per_run and study.run_scan_rates else ()
    dims += (CURVE_STEP,) if out.group == "curve" else ()
    return VariableSpec(out.name, dims, out.dtype, out.units, out.long_name, _flags(out.flags))


def _flags(names):
    """CF attributes of a variable of codes."""
    return {"flag_values": list(range(len(names))), "flag_meanings": " ".join(names)} if names else {}
