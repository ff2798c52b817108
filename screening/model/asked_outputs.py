"""Which outputs a study has and asks for."""

from screening.config.study import AmmoniaStudy, Study, VoltammetryStudy
from screening.errors import StudyError, unknown_name
from screening.model.ammonia_outputs import ammonia_outputs
from screening.model.outputs import REGISTRY, Output, voltammetry_outputs


def possible_outputs(study: Study) -> tuple[Output, ...]:
    """Everything that a study can give, in the order of the registry."""
    if isinstance(study, AmmoniaStudy):
        return ammonia_outputs(study)
    assert isinstance(study, VoltammetryStudy)
    return voltammetry_outputs(study)


def outputs_of(study: Study) -> tuple[Output, ...]:
    """Outputs that a study stores, in the order of the registry.

    Raises:
        StudyError: `[output] outputs` names one that does not exist or that this protocol cannot give.
    """
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
