"""The calculation behind a run of an ammonia study: films and operating points in, efficiencies out, no voltammogram."""

from functools import cache, partial

import jax
import numpy as np

from kernels.status import Status
from screening.config.ammonia_table import AmmoniaTable
from screening.config.study import Study
from screening.model.ammonia_operation import Choices, operating_point
from screening.model.batch import CandidateBatch
from screening.model.bridge import sample_of, usable
from screening.model.voltammetry import CPU_COMPILER, GPU_LANES, StudyEvaluator, finished, picked

# Lanes computed together: the slowest lane of a block decides how long its shooting goes on.
CPU_LANES = {"pulsed": 32, "steady": 2048}


class AmmoniaEvaluator(StudyEvaluator):
    """Evaluates ranges of an ammonia study's candidates (see `screening.model.variables.Evaluator`).

    Args:
        study: with a table [ammonia].
        device: "cpu" or "gpu"; the default device of JAX if None.

    Raises:
        StudyError: the device is not there, or the study asks for an output that it cannot give.

    Example:
        AmmoniaEvaluator(load_study("experiments/ammonia_screen.toml")).evaluate(0, 8)["faradaic_efficiency"]
    """

    def __init__(self, study: Study, device: str | None = None) -> None:
        super().__init__(study, device)
        assert study.ammonia is not None
        self.choices = choices_of(study.ammonia)
        lanes = CPU_LANES[self.choices.model] if self.device.platform == "cpu" else GPU_LANES
        self.block = max(1, min(lanes, study.n_candidates))

    @property
    def attributes(self):
        """Provenance of the results."""
        names = [out.name for out in self.outputs]
        rank_by = "faradaic_efficiency" if "faradaic_efficiency" in names else names[0]
        return super().attributes | {
            "sign_convention": "cathodic magnitudes",
            "precision": "float64",
            "rank_by": rank_by,
        }

    def evaluate_batch(self, batch: CandidateBatch) -> dict[str, np.ndarray]:
        """Outputs and status of given candidates.

        Args:
            batch: candidates of the study.

        Returns:
            arrays with the candidate first.
        """
        sample, good = sample_of(batch, self.study.electrode_kind), usable(batch)
        given = (batch.ammonia, sample.stack, sample.electrolyte, sample.temperature)
        compiled, first = compiled_points(self.choices, self.device.platform), int(batch.index[0])
        found = self._blocks.run(
            compiled, lambda rows: picked(given, rows, good), len(batch.index), self.devices, first
        )
        wanted = [out.name for out in self.outputs]
        joined = {name: found[name] for name in ["status", *wanted]}
        status = np.where(good, joined.pop("status"), Status.INVALID_INPUT).astype(np.uint8)
        return finished(joined, status, self.variables)


def choices_of(table: AmmoniaTable) -> Choices:
    """The static words of a table [ammonia].

    Args:
        table: as read.

    Returns:
        Choices.
    """
    return Choices(
        table.model,
        table.calibration,
        table.energy_definition,
        table.hydrogen_feed,
        ageing=table.ageing_time is not None,
        growth_law=table.growth_law or "",
    )


@cache
def compiled_points(choices: Choices, platform: str):
    """Operating points of many candidates at once, compiled; studies with equal words share it.

    Args:
        choices: static words.
        platform: "cpu" or "gpu".

    Returns:
        function of (table [ammonia], stack, electrolyte, temperature), candidate first, to outputs `[candidate]`.
    """
    options = CPU_COMPILER if platform == "cpu" else None
    return jax.jit(jax.vmap(partial(operating_point, choices)), compiler_options=options)
