"""Which voltammograms to measure, before they are measured."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from screening.api.array_arguments import Quantity
from screening.api.study_tables import si_value
from screening.errors import StudyError, shown, unknown_name
from screening.fitting.experiment_design import Design, design_of, joint_design
from screening.fitting.fit_problem import FitProblem, load_fit
from screening.units import dimension_of_cf

Source = str | Path | FitProblem


def plan(
    sources: Source | Sequence[Source],
    *,
    at: Mapping[str, Quantity] | None = None,
    noise: float = 0.01,
    device: str | None = None,
) -> Design:
    """How much each voltammogram of a fit file would say about its free quantities, and which of them say most.

    Args:
        sources: paths of fit files, or problems; several, such as of two temperatures, compete in one choice.
        at: values of free quantities by name, such as {"layer1_thickness": "5 nm"}; the middle of the bounds if left out.
        noise: standard uncertainty of a point over the largest current of its voltammogram.
        device: "cpu" or "gpu"; JAX's default if left out.

    Returns:
        `Design`: `best(count)` chooses voltammograms, `standard_uncertainty(runs)` says what they would tell together.

    Raises:
        StudyError: an unknown quantity, a value outside its bounds, or a simulation that fails there.

    Source: see `screening.fitting.experiment_design.design_of`.

    Example:
        `sei.plan("fit.toml").best(3)`
    """
    if not 0 < noise < 1:
        raise StudyError("error of a point", got=f"{noise:g}", expected="above 0 and below 1", where="noise")
    listed = [sources] if isinstance(sources, Source) else list(sources)
    designs = {}
    for place, source in enumerate(listed):
        if not isinstance(source, Source):
            expected = "paths of fit files, or problems"
            raise StudyError("not a fit", got=shown(repr(source)), expected=expected, where=f"sources[{place}]")
        problem = source if isinstance(source, FitProblem) else load_fit(Path(source))
        values = {entry.name: float(entry.box.to_value(0.5)) for entry in problem.parameters.entries}
        units = {entry.name: entry.unit for entry in problem.parameters.entries}
        for name, value in (at or {}).items():
            if name not in values:
                raise unknown_name("free quantity", name, values, where="at")
            dimension = dimension_of_cf(units[name])
            assert dimension is not None, "every free quantity has one"
            values[name] = si_value(value, dimension.name, name)
        label = f"problem {place + 1}" if isinstance(source, FitProblem) else str(source)
        designs[label] = design_of(problem, values, noise, device)
    return joint_design(designs) if len(designs) > 1 else next(iter(designs.values()))
