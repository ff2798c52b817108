"""Operating points of a block of candidates of an ammonia study; no voltammogram is simulated."""

from functools import cache, partial
from typing import Any

import jax
import numpy as np

from screening.config.study import AmmoniaStudy
from screening.model.ammonia_operation import Choices, operating_points
from screening.model.asked_outputs import outputs_of
from screening.model.draws import CandidateBatch
from screening.model.voltammetry import GPU_LANES

# Lanes computed together: the slowest lane of a block decides how long its shooting goes on.
CPU_LANES = {"pulsed": 32, "steady": 2048}


class AmmoniaCalculation:
    """What an ammonia study computes (see `screening.model.study_evaluator.Calculation`)."""

    def __init__(self, study: AmmoniaStudy) -> None:
        self.outputs, self.choices = outputs_of(study), choices_of(study)
        self.attributes: dict[str, Any] = {
            "precision": "float64",
            "sign_convention": "cathodic magnitudes",
            "rank_by": "faradaic_efficiency",
        }

    def block(self, platform: str) -> int:
        """Candidates of one compiled call."""
        return CPU_LANES[self.choices.model] if platform == "cpu" else GPU_LANES

    def jitted(self, options: dict[str, int] | None) -> Any:
        """Compiled function of the table [ammonia], stack, electrolyte and temperature."""
        return _compiled_points(self.choices, tuple((options or {}).items()))

    def order(self, batch: CandidateBatch) -> np.ndarray:
        """As drawn."""
        return np.arange(len(batch.index))

    def inputs(self, batch: CandidateBatch, rows: np.ndarray) -> tuple:
        """Operating points of some rows."""
        return tuple(jax.tree.map(lambda values: values[rows], batch.arrays))


def choices_of(study: AmmoniaStudy) -> Choices:
    """The static words of a table [ammonia]."""
    table = study.ammonia
    return Choices(
        table.model,
        table.calibration,
        table.energy_definition,
        table.hydrogen_feed,
        ageing=table.ageing_time is not None,
        growth_law=table.growth_law or "",
    )


@cache
def _compiled_points(choices: Choices, options: tuple[tuple[str, int], ...]) -> Any:
    """Operating points of many candidates at once; studies of equal words share what is compiled."""
    return jax.jit(partial(operating_points, choices), compiler_options=dict(options) or None)
