"""The experiments that ship with the package, by name, and how one is run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from experiments.calibration_targets import Calibration
from experiments.comparison import Reference, Row, Unreached, compare, read_references
from screening.errors import StudyError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

NAMES = ("li_mediated", "aqueous", "nitrate", "enrr_targets", "real_films")

Parameters = Mapping[str, float]


def no_studies(_: Parameters) -> Mapping[str, str]:
    """For an experiment whose parameters say all."""
    return {}


def as_printed(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    """For an experiment whose table holds every reference value."""
    return references


@dataclass(frozen=True)
class Experiment:
    """A published system: parameters, model parts, reference table of the same name and figure.

    Attributes:
        name: of the experiment and of its table in experiments/data.
        title: one line for people.
        source: of what is compared with.
        parameters: by name, SI; whoever changes them sees verdicts change.
        parts: functions from parameters to model values by key; each can be run without the others.
        curves: function of the parameters to what the figure shows; it goes into the store.
        draw: function of (rows, parameters, curves) to a figure.
        notes: what a reader must know, sentence by sentence.
        studies: function of the parameters to the texts of the studies and fits that are run, by name.
        complete: puts values into references whose table leaves them out because they are measured data.
        seed: random seed of everything that draws.
        calibrations: fits that fixed parameters, with the rows whose printed numbers they were given.
    """

    name: str
    title: str
    source: str
    parameters: Parameters
    parts: Mapping[str, Callable[[Parameters], Mapping[str, float | Unreached]]]
    curves: "Callable[[Parameters], xr.Dataset]"
    draw: "Callable[[tuple[Row, ...], Parameters, xr.Dataset], Figure]"
    notes: tuple[str, ...] = field(default=())
    studies: Callable[[Parameters], Mapping[str, str]] = no_studies
    complete: Callable[[tuple[Reference, ...]], tuple[Reference, ...]] = as_printed
    seed: int = 0
    calibrations: tuple[Calibration, ...] = ()


def find_experiment(name: str) -> Experiment:
    """An experiment by its name.

    Args:
        name: one of NAMES.

    Returns:
        the experiment.

    Raises:
        KeyError: there is none of that name.

    Example:
        >>> find_experiment("enrr_targets").name
        'enrr_targets'
    """
    if name not in NAMES:
        raise KeyError(name)
    return import_module(f"experiments.{name}").EXPERIMENT


def run_parts(
    experiment: Experiment, parts: tuple[str, ...] | None = None, changes: Parameters | None = None
) -> tuple[tuple[Row, ...], dict[str, float]]:
    """Rows of an experiment.

    Args:
        experiment: to run.
        parts: names of model parts; all if left out. References of the others are left out then.
        changes: parameters in place of the experiment's, SI.

    Returns:
        rows in the order of the reference table, and the parameters used. Where all parts are run and one lacks a package
        or a file, its rows say so and the others go on.

    Raises:
        KeyError: an unknown part or parameter, or table and model do not match.

    Example:
        >>> rows, _ = run_parts(find_experiment("enrr_targets"), parts=("refuel",))
        >>> len(rows) > 0
        True
    """
    unknown = sorted(set(changes or {}) - set(experiment.parameters))
    if unknown:
        raise KeyError(f"no such parameter of {experiment.name}: {', '.join(unknown)}")
    used = {**experiment.parameters, **(changes or {})}
    values: dict[str, float | Unreached] = {}
    missing: list[str] = []
    for part in experiment.parts if parts is None else parts:
        try:
            values |= experiment.parts[part](used)
        except (ImportError, OSError, StudyError) as error:
            if parts is not None:
                raise
            missing.append(str(error))
    references = experiment.complete(read_references(experiment.name))
    if parts is not None:
        references = tuple(reference for reference in references if reference.key in values)
    elif missing:
        absent = Unreached("needs what is missing: " + "; ".join(missing))
        values |= {one.key: absent for one in references if one.key not in values}
    return compare(references, values), used
