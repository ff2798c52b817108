"""Operating points of a block of candidates of a study of ammonia or of reactions; no voltammogram is simulated."""

from collections.abc import Callable, Hashable
from functools import cache, partial
from typing import Any

import jax
import numpy as np

from screening.config.study import AmmoniaStudy, OperationStudy, ReactionStudy
from screening.model.ammonia_operation import Choices, operating_points
from screening.model.asked_outputs import outputs_of, possible_outputs
from screening.model.draws import CandidateBatch
from screening.model.reaction_branches import Branches, branches_of, reaction_point
from screening.model.voltammetry import GPU_LANES

# Lanes computed together: the slowest lane of a block decides how long its shooting goes on.
CPU_LANES = {"pulsed": 32, "steady": 2048}

# of the static words of a study, and of the table of the study, stack, electrolyte and temperature of a batch
Points = Callable[..., dict[str, Any]]


class PointCalculation:
    """What a study of operating points computes (see `screening.model.study_evaluator.Calculation`)."""

    def __init__(self, study: OperationStudy) -> None:
        self.outputs = outputs_of(study)
        self.points, self.choices = points_of(study)
        first = next(out.name for out in possible_outputs(study) if out.name.startswith("faradaic_efficiency"))
        self.attributes: dict[str, Any] = {
            "precision": "float64",
            "sign_convention": "cathodic magnitudes" if isinstance(study, AmmoniaStudy) else "magnitudes",
            "rank_by": first,
        }

    def block(self, platform: str) -> int:
        """Candidates of one compiled call."""
        model = self.choices.model if isinstance(self.choices, Choices) else "steady"
        return CPU_LANES[model] if platform == "cpu" else GPU_LANES

    def jitted(self, options: dict[str, int] | None) -> Any:
        """Compiled function of the table of the study, stack, electrolyte and temperature."""
        return _compiled_points(self.points, self.choices, tuple((options or {}).items()))

    def order(self, batch: CandidateBatch) -> np.ndarray:
        """As drawn."""
        return np.arange(len(batch.index))

    def inputs(self, batch: CandidateBatch, rows: np.ndarray) -> tuple:
        """Operating points of some rows."""
        return tuple(jax.tree.map(lambda values: values[rows], batch.arrays))


def points_of(study: OperationStudy) -> tuple[Points, Hashable]:
    """The function of a batch of operating points, and what is static in it."""
    if isinstance(study, ReactionStudy):
        return _reaction_points, branches_of(study)
    assert isinstance(study, AmmoniaStudy)
    return operating_points, choices_of(study)


def _reaction_points(branches: Branches, *batch: Any) -> dict[str, Any]:
    return jax.vmap(partial(reaction_point, branches))(*batch)


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
def _compiled_points(points: Points, choices: Hashable, options: tuple[tuple[str, int], ...]) -> Any:
    """Operating points of many candidates at once; studies of equal words share what is compiled."""
    return jax.jit(partial(points, choices), compiler_options=dict(options) or None)
