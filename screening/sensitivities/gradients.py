"""Local gradients: how every output of a study changes with every input, at one point of each film, by automatic
differentiation."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kernels.status import Status
from screening.config.study import Study
from screening.errors import StudyError
from screening.model.asked_outputs import analysed_columns, outputs_of
from screening.model.derivatives import derivatives_of, gradient_obstacle
from screening.model.devices import find_device
from screening.model.draws import CandidateBatch, batch_at, draw_candidates, usable
from screening.run.study_run import find_study
from screening.sensitivities.study_sensitivity import varied_inputs
from screening.version import git_commit, package_version

if TYPE_CHECKING:
    import xarray as xr

# The zero of a potential is a convention, so its relative change means nothing.
CONVENTIONAL = "V"
# A share below this is rounding about zero, and has no relative change.
NOTHING = 1e-9


def study_gradients(
    study: Study | str | os.PathLike[str],
    *,
    candidate: int | None = None,
    outputs: Sequence[str] | None = None,
    device: str | None = None,
) -> "xr.Dataset":
    """Derivatives of every output by every varied input, at the middle of the space of each film or at one candidate.

    Film, mixing rule and other words of a study have no derivative: every film has a point of its own. A quantity given as a
    list is differentiated at its value there, as if values between those listed could be had.

    Args:
        study: a study, its file or its name.
        candidate: number of the candidate at which to differentiate, in its film alone; the medians of all distributions
            of each film if left out.
        outputs: names, all at every scan rate if left out.
        device: "cpu" or "gpu"; JAX's default if left out.

    Returns:
        dataset with dims (film, input, output): `derivative` (SI, unit of the output over that of the input) and `elasticity`,
        d ln|output| / d ln|input|, NaN where either is a potential or zero; `input_value`, `output_value` and `status` at
        the point; `input_unit` and `output_unit`. NaN where a film has no such input, its point failed, or a peak is a
        corner (lithium that runs out), which has none.

    Raises:
        StudyError: nothing is varied, no such candidate, an unknown output, or a protocol with cut-offs.

    Source: forward mode along the time steps of the simulation (Griewank & Walther, Evaluating Derivatives, 2nd ed.,
        SIAM 2008, 10.1137/1.9780898717761); reverse mode for operating points.

    Example:
        `study_gradients(load_study("experiments/quick.toml")).elasticity.sel(film="LiDFOB", output="limiting_current_density")`
    """
    import xarray as xr

    if not isinstance(study, Study):
        study = find_study(study)
    names, inputs = varied_inputs(study)
    columns = analysed_columns(study, outputs)
    batches = _points(study, candidate)
    obstacle = gradient_obstacle(study, outputs)
    if obstacle:
        raise StudyError(
            obstacle, expected="segments of fixed duration", fix="remove the cut-offs, or ask for the indices alone"
        )
    films = [int(batch.film[0]) for batch in batches]
    points = [
        np.array([batch.inputs[name][0] for name in names[film]]) for film, batch in zip(films, batches, strict=True)
    ]
    names_of_outputs = list(dict.fromkeys(name for _, name, _ in columns))
    found = derivatives_of(study, names_of_outputs, find_device(device))(films, points)
    units = {column.name: column.unit for column in study.columns}
    of_outputs = {out.name: out.units for out in outputs_of(study)}
    shape = (study.n_films, len(inputs), len(columns))
    derivative, input_value = np.full(shape, np.nan), np.full(shape[:2], np.nan)
    output_value, status = np.full((shape[0], shape[2]), np.nan), np.zeros(shape[0], np.uint8)
    for place, (film, batch) in enumerate(zip(films, batches, strict=True)):
        rows = [inputs.index(name) for name in names[film]]
        input_value[film, rows] = points[place]
        status[film] = _status(found.status[place], batch)
        if status[film] != Status.OK:
            continue
        for column, (_, name, run) in enumerate(columns):
            values, slopes = found.outputs[name]
            at = (place,) if run is None else (place, run)
            output_value[film, column] = values[at]
            derivative[film, rows, column] = slopes[(slice(len(rows)), *at)]
    input_units, output_units = [units[name] for name in inputs], [of_outputs[name] for _, name, _ in columns]
    with np.errstate(divide="ignore", invalid="ignore"):
        elasticity = derivative * input_value[:, :, None] / output_value[:, None, :]
    conventional = np.array([unit == CONVENTIONAL for unit in input_units])[:, None] | np.array(
        [unit == CONVENTIONAL for unit in output_units]
    )
    elasticity[:, conventional] = np.nan
    nothing = np.abs(output_value) < np.where(np.array(output_units) == "1", NOTHING, 0.0)
    elasticity[~np.isfinite(elasticity) | (input_value == 0)[:, :, None] | nothing[:, None, :]] = np.nan
    dims = ("film", "input", "output")
    meaning = "d output / d input, in the SI unit of the output over that of the input"
    return xr.Dataset(
        {
            "derivative": (dims, derivative, {"long_name": meaning}),
            "elasticity": (dims, elasticity, {"units": "1", "long_name": "d ln|output| / d ln|input|"}),
            "input_value": (("film", "input"), input_value, {"long_name": "value of the input at the point, SI"}),
            "output_value": (("film", "output"), output_value, {"long_name": "value of the output at the point, SI"}),
            "status": ("film", status, {"units": "1", "long_name": "outcome at the point, as in a run"}),
            "input_unit": ("input", input_units, {"long_name": "unit of the input"}),
            "output_unit": ("output", output_units, {"long_name": "unit of the output"}),
        },
        {"film": list(study.film_names), "input": inputs, "output": [label for label, _, _ in columns]},
        {
            "title": study.title,
            "study": study.text,
            "digest": study.digest,
            "point": "the middle of the space" if candidate is None else f"candidate {candidate}",
            "package_version": package_version(),
            "git_commit": git_commit(),
        },
    )


def _points(study: Study, candidate: int | None) -> list[CandidateBatch]:
    """The point of every film that has one, as a batch of one candidate."""
    if candidate is not None:
        return [draw_candidates(study, candidate, candidate + 1)]
    batches = []
    for film, axes in enumerate(study.space.axes):
        middle = {axis.label: axis.distribution.quantile(np.array([0.5])) for axis in axes}
        batches.append(batch_at(study, film, middle, 1))
    return batches


def _status(status, batch: CandidateBatch) -> int:
    return int(np.max(status)) if usable(batch)[0] else int(Status.INVALID_INPUT)
