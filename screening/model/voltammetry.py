"""Voltammograms of a block of candidates, or what follows from their films alone where no curve is asked for."""

from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from kernels.drive import Drive
from kernels.experiment import Numerics, Sample, run_experiment
from kernels.status import Status
from screening.config.study import VoltammetryStudy
from screening.model.asked_outputs import outputs_of
from screening.model.discretisation import numerics_of
from screening.model.draws import CandidateBatch, alike
from screening.model.outputs import Observer, curve_points, observer

# Lanes (candidates x runs) stepped together: few enough for a core's cache, many enough to hide the loop's overhead.
CPU_LANES = 640
GPU_LANES = 262_144
# Candidates computed together where no voltammogram is: a call costs as much as a thousand of them.
FILM_LANES = 16_384


class VoltammetryCalculation:
    """What a voltammetry study computes (see `screening.model.study_evaluator.Calculation`)."""

    def __init__(self, study: VoltammetryStudy, numerics: Numerics | None = None) -> None:
        self.study, self.outputs = study, outputs_of(study)
        self._marches = any(out.needs_curve for out in self.outputs)
        self._numerics = numerics_of(study) if numerics is None else numerics
        self._observe = make_observer(study)
        self.attributes: dict[str, Any] = {
            "precision": study.numerics.precision,
            "sign_convention": "oxidation positive",
            "rank_by": "-peak_current_density" if study.run_scan_rates else "limiting_current_density",
        }

    def block(self, platform: str) -> int:
        """Candidates of one compiled call."""
        lanes = CPU_LANES if platform == "cpu" else GPU_LANES
        return lanes // self.study.n_runs if self._marches else FILM_LANES

    def jitted(self, options: dict[str, int] | None) -> Any:
        """Compiled function of sample, drive and scan rates."""
        ohmic, runs = self.study.has_ohmic_layers, self.study.n_runs
        numerics = self._numerics if self._marches else None
        return _compiled(self._observe, numerics, ohmic, runs, tuple((options or {}).items()))

    def order(self, batch: CandidateBatch) -> np.ndarray:
        """Candidates of like film resistance side by side."""
        return alike(batch)

    def inputs(self, batch: CandidateBatch, rows: np.ndarray) -> tuple:
        """Sample, drive by lane, and scan rates of some rows."""
        sample, drive, rates = jax.tree.map(lambda values: values[rows], batch.arrays)
        return sample, lanes_of(drive), rates


@lru_cache(maxsize=8)
def _compiled(
    observe: Observer, numerics: Numerics | None, ohmic: bool, runs: int, options: tuple[tuple[str, int], ...]
) -> Any:
    """Compiled simulation; studies of equal choices share it. Without `numerics` no voltammogram is simulated."""

    def simulate(sample: Sample, drive: Drive, scan_rate: Float[Array, "candidate run"]) -> dict[str, Array]:
        if numerics is None:
            found = observe(sample, drive, scan_rate, None)
            finite = jnp.all(jnp.isfinite(jnp.stack(list(found.values()))), axis=0)
            return found | {"status": jnp.where(finite, int(Status.OK), int(Status.NON_FINITE))}
        run = run_experiment(sample, drive, numerics, ohmic, record_plan=False)
        found = observe(sample, drive, scan_rate, run.trajectory)
        return found | {"status": jnp.max(run.status.reshape(-1, runs), axis=1)}

    return jax.jit(simulate, compiler_options=dict(options) or None)


def lanes_of(drive: Drive) -> Drive:
    """A drive `[candidate, segment, run]` as the kernels step it, `[segment, candidate * run]`; NumPy or JAX."""

    def lanes(values):
        by_segment = values.swapaxes(0, 1)
        return by_segment.reshape(by_segment.shape[0], -1)

    return jax.tree.map(lanes, drive)


def make_observer(study: VoltammetryStudy) -> Observer:
    """A function that turns the trajectories of a batch into the study's outputs; pure JAX."""
    points = curve_points(study.segment_steps)
    return observer(outputs_of(study), study.n_runs, bool(study.run_scan_rates), tuple(study.sweep_segments), points)
