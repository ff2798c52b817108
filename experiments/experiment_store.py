"""The store of an experiment: its comparison and the curves behind its figure, with what they were made from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from screening.store.small_store import StoreKind

if TYPE_CHECKING:
    import xarray as xr

    from experiments.catalogue import Experiment, Parameters
    from experiments.comparison import Row

EXPERIMENT = StoreKind("sei-screening experiment", "an experiment", "sei-screen experiment")
FORMAT_VERSION = 2
TEXTS = ("key", "quantity", "kind", "unit", "source", "place", "tolerance_kind", "why", "note", "outside")


def column(dims: str | tuple[str, ...], values: Any, units: str, about: str) -> tuple[Any, ...]:
    """A variable of a store as xarray takes it.

    Args:
        dims: names of its dimensions.
        values: numbers or texts.
        units: of the numbers, such as "mA cm-2"; "1" for fractions and texts.
        about: what it is, in words.

    Returns:
        (dims, array, attributes).

    Example:
        >>> column("time", [0.0, 1.0], "h", "time")[2]["units"]
        'h'
    """
    return dims, np.asarray(values), {"units": units, "long_name": about}


def curves_of(variables: Mapping[str, tuple[Any, ...]]) -> "xr.Dataset":
    """The curves of an experiment.

    Args:
        variables: from `column`, by name; one that is named as its only dimension becomes its coordinate.

    Returns:
        dataset.

    Example:
        >>> list(curves_of({"time": column("time", [0.0], "h", "time")}).coords)
        ['time']
    """
    import xarray as xr

    coordinates = {name: one for name, one in variables.items() if one[0] in (name, (name,))}
    return xr.Dataset({name: one for name, one in variables.items() if name not in coordinates}, coordinates)


def record(experiment: "Experiment", rows: tuple["Row", ...], used: "Parameters", curves: "xr.Dataset") -> "xr.Dataset":
    """Everything that a run of an experiment found.

    Args:
        experiment: that was run.
        rows: its comparison.
        used: its parameters, SI.
        curves: behind its figure.

    Returns:
        the curves with the comparison along dimension `row`; attributes hold parameters, study texts, seed and versions.
    """
    numbers = {
        "reference": ("published value, in `unit`", [row.reference.value for row in rows]),
        "uncertainty": ("of the source, in `unit`", [row.reference.uncertainty for row in rows]),
        "model": ("value of the model, in `unit`", [row.model for row in rows]),
        "distance": ("model less reference in standard uncertainties", [row.distance for row in rows]),
        "tolerance": ("size, in the sense of tolerance_kind", [row.reference.tolerance for row in rows]),
    }
    texts = {name: [getattr(row.reference, name) for row in rows] for name in TEXTS}
    texts |= {"verdict": [row.verdict for row in rows], "reason": [row.reason for row in rows]}
    table = {
        f"row_{name}": column(
            "row",
            [np.nan if value is None else value for value in values],
            "1" if name == "distance" else "see row_unit",
            about,
        )
        for name, (about, values) in numbers.items()
    }
    table |= {f"row_{name}": column("row", values, "1", f"{name} of the row") for name, values in texts.items()}
    return curves.assign(table).assign_attrs(_provenance(experiment, used))


def _provenance(experiment: "Experiment", used: "Parameters") -> dict[str, Any]:
    from screening.run.worker_recipe import code_versions
    from screening.version import git_commit

    return {
        "format": EXPERIMENT.format,
        "format_version": FORMAT_VERSION,
        "experiment": experiment.name,
        "title": experiment.title,
        "source": experiment.source,
        "notes": " ".join(experiment.notes),
        "parameters": json.dumps(dict(used)),
        "studies": json.dumps(dict(experiment.studies(used))),
        "random_seed": experiment.seed,
        "versions": json.dumps(dict(code_versions())),
        "git_commit": git_commit(),
    }


def place_of(folder: Path, name: str) -> Path:
    """Where the store of an experiment goes; changes nothing.

    Args:
        folder: of the output.
        name: of the experiment.

    Returns:
        absolute path of NAME.zarr; an earlier store of an experiment may stand there.

    Raises:
        StudyError: something else stands there.
    """
    from screening.errors import StudyError, shown

    target = (folder / f"{name}.zarr").resolve()
    if target.exists() and not EXPERIMENT.stands_at(target):
        raise StudyError(
            "would replace something that is not a store of an experiment",
            got=shown(str(target), 4096),
            expected=f"one written by `{EXPERIMENT.command}`, or nothing",
            fix="choose another --out, or remove it yourself",
            where="--out",
        )
    return target
