"""Which outputs a study has and asks for."""

from collections.abc import Sequence

import numpy as np

from screening.config.study import AmmoniaStudy, ReactionStudy, Study, VoltammetryStudy
from screening.errors import StudyError, unknown_name
from screening.model.ammonia_outputs import ammonia_outputs
from screening.model.outputs import REGISTRY, Output, voltammetry_outputs
from screening.model.reaction_branches import reaction_outputs
from screening.units import format_quantity


def possible_outputs(study: Study) -> tuple[Output, ...]:
    """Everything that a study can give, in the order of the registry."""
    if isinstance(study, AmmoniaStudy):
        return ammonia_outputs(study)
    if isinstance(study, ReactionStudy):
        return reaction_outputs(study)
    assert isinstance(study, VoltammetryStudy)
    return voltammetry_outputs(study)


def outputs_of(study: Study) -> tuple[Output, ...]:
    """Outputs that a study stores, in the order of the registry."""
    possible, wanted = possible_outputs(study), study.output.outputs
    if wanted is None:
        return possible
    names = [out.name for out in possible]
    for name in wanted:
        if name not in [*names, *(out.name for out in REGISTRY)]:
            raise unknown_name("output", name, names, where="output.outputs")
        if name not in names:
            raise StudyError(
                "output that this protocol does not give",
                got=name,
                expected="one of " + ", ".join(names),
                fix="leave it out, or add scan rates or curves = true",
                where="output.outputs",
            )
    return tuple(out for out in possible if out.name in wanted or out.group == "curve")


def analysed_columns(study: Study, names: Sequence[str] | None = None) -> list[tuple[str, str, int | None]]:
    """Numbers that change smoothly with the inputs: label, output, and place along the scan rates or None."""
    possible = [out for out in outputs_of(study) if out.group != "curve" and out.dtype.startswith("float")]
    for name in names or ():
        if name not in [out.name for out in possible]:
            raise unknown_name("output", name, [out.name for out in possible], where="--output")
    texts = [
        f"run {run}" if np.isnan(rate) else format_quantity(rate, "V s-1", 7)
        for run, rate in enumerate(study.scan_rates)
    ]
    columns: list[tuple[str, str, int | None]] = []
    for out in possible:
        if names is None or out.name in names:
            if out.per_run and texts:
                columns += [(f"{out.name}[scan_rate={text}]", out.name, run) for run, text in enumerate(texts)]
            else:
                columns.append((out.name, out.name, None))
    return columns
