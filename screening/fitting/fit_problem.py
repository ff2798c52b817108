"""The fit problem: a checked fit file together with the data it names, ready for the kernels."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import Float
from pydantic import ValidationError

from kernels.drive import Drive
from screening.config.file_text import every_fault, read_toml_text
from screening.config.strict_table import all_faults
from screening.config.study import AmmoniaStudy, VoltammetryStudy
from screening.errors import StudyError, shown, together
from screening.fitting.fit_tables import FitTables
from screening.fitting.free_tables import free_parameters, split_free, study_with_free
from screening.fitting.operating_point_target import MeasuredPoint, measured_points, refuse_points
from screening.fitting.parameters import FreeParameters
from screening.fitting.placed_points import place_points, with_conditions
from screening.fitting.placed_targets import place_targets
from screening.fitting.residuals import ResidualLayout, TargetData
from screening.model.ammonia_operation import Choices
from screening.model.candidate_form import CandidateForm, fixed_values, form_of
from screening.model.draws import draw_candidates
from screening.model.operating_points import choices_of


@dataclass(frozen=True)
class FitProblem:
    """Everything a fit needs.

    Attributes:
        text: the fit file.
        tables: its tables [fit], [posterior], [measurement] and [[target]].
        study: the rest of it; its varied quantities are the free ones.
        parameters: free quantities.
        form: of the candidates of its film.
        values: `[label]`, SI, in the order of the form's labels; those of free quantities are replaced by every point.
        drive: of one candidate, `[segment, run]`; nothing of it is free. None for an ammonia cell.
        choices: words of the table [ammonia]; None for voltammetry.
        layout: static shape of the residuals.
        data: what the model is compared with.
        potential: `[node, curve]`, V, of the measured points, for people.
        names: of the targets, curves first, in the order of the residuals.
        noise_known: whether every target has its uncertainty.
    """

    text: str
    tables: FitTables
    study: VoltammetryStudy | AmmoniaStudy
    parameters: FreeParameters
    form: CandidateForm
    values: Float[np.ndarray, "label"]
    drive: Drive | None
    choices: Choices | None
    layout: ResidualLayout
    data: TargetData
    potential: np.ndarray
    names: tuple[str, ...]
    noise_known: bool


def load_fit(path: str | Path, data: Mapping[str, Any] | None = None) -> FitProblem:
    """Read a fit file and the curves it names.

    Args:
        path: of the TOML file.
        data: see `parse_fit`.

    Returns:
        the problem.

    Raises:
        StudyError: what cannot be used, a line for each fault, with its line in the file.

    Example:
        `load_fit("experiments/FIT.toml").parameters.names`
    """
    with every_fault(read_fit(path)) as text:
        return parse_fit(text, folder=Path(path).parent, data=data)


def read_fit(path: str | Path) -> str:
    """The text of a fit file."""
    return read_toml_text(path, "fit file")


def parse_fit(text: str, *, folder: str | Path = ".", data: Mapping[str, Any] | None = None) -> FitProblem:
    """Check the text of a fit file and read the curves it names.

    Args:
        text: TOML.
        folder: that the files of the curves are relative to.
        data: curves and spectra by the name of their target, instead of files: from `sei.read_curve` and
            `sei.read_spectrum`, or columns "potential", "current" and perhaps "time" in the units of the target; of an ammonia
            cell columns of operating points, with units in their names.

    Returns:
        the problem.

    Raises:
        StudyError: what cannot be used, where, and how to put it right; a line for each fault.
    """
    with every_fault(text, lines=False) as mended:
        return _problem(mended, Path(folder), data or {})


def problem_of(source: Any, data: Any) -> FitProblem:
    """The problem of a path, the text of a fit file, or a problem itself."""
    if isinstance(source, FitProblem):
        return source
    if isinstance(source, Path) or (isinstance(source, str) and "\n" not in source):
        return load_fit(source, data)
    if isinstance(source, str):
        return parse_fit(source, data=data)
    raise StudyError("not a fit", got=shown(repr(source)), expected="a path, the text of a fit file, or a problem")


def _problem(text: str, folder: Path, data: Mapping[str, Any]) -> FitProblem:
    raw = tomllib.loads(text)
    own = {key: raw.pop(key) for key in ("fit", "posterior", "target") if key in raw}
    if not own.get("target"):
        fix = 'add [[target]] with kind = "curve", say'
        raise StudyError("nothing to fit to", expected="at least one [[target]]", fix=fix, where="target")
    raw, starts = split_free(raw)
    measurement = raw.pop("measurement", {})
    try:
        tables = _tables(own | {"measurement": measurement}, raw)
    except StudyError as error:
        raise together([error, *_faults_of_study(raw)]) from None
    points: list[MeasuredPoint] = []
    if "ammonia" in raw:
        if measurement:
            fix = "remove it: what the cell has beside the film are keys of [ammonia]"
            raise StudyError("table that an ammonia cell does not have", got="[measurement]", fix=fix)
        points = measured_points(tables.targets, folder, data)
        raw = with_conditions(raw, points)
    else:
        refuse_points(tables.targets)
    study = study_with_free(raw, tables.fit.seed)
    if "current" in study.controls:
        raise StudyError(
            "a protocol that imposes a current cannot be fitted",
            got=", ".join(study.controls),
            expected="sweeps and held potentials",
            fix="fit a voltammogram",
            where="protocol",
        )
    parameters = free_parameters(study, tables.measurement, starts)
    if isinstance(tables.fit.profiles, tuple):
        for name in tables.fit.profiles:
            parameters.index(name)
    form, fixed = form_of(study, 0), fixed_values(study, 0)
    drive = choices = None
    if isinstance(study, AmmoniaStudy):
        choices = choices_of(study)
        placed = place_points(tables, study, points)
    else:
        drive = jax.tree.map(lambda values: values[0], draw_candidates(study, 0, 1).drive)
        placed = place_targets(tables, study, drive, folder, data)
    return FitProblem(
        text=text,
        tables=tables,
        study=study,
        parameters=parameters,
        form=form,
        values=np.array([fixed.get(label, np.nan) for label in form.labels]),
        drive=drive,
        choices=choices,
        **placed._asdict(),
    )


def _faults_of_study(raw: Mapping[str, Any]) -> tuple[StudyError, ...]:
    """What is wrong with the part of a fit file that a study has too."""
    try:
        study_with_free(raw, 0)
    except StudyError as error:
        return error.faults
    return ()


def _tables(own, raw):
    try:
        return FitTables.model_validate(own, context={"parameters": raw.get("parameters", {})})
    except ValidationError as error:
        raise all_faults(error, own) from None
