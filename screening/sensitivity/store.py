"""Stores of sensitivities, which a report of a run can show."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from screening.config.study import Study, parse_study
from screening.errors import StudyError, shown
from screening.store.dataset import write_dataset
from screening.store.target import check_target, local_path

if TYPE_CHECKING:
    import xarray as xr

FORMAT = "sei-screening sensitivity"
# What may differ between a run and the sensitivity of its study: the samples, and what is kept of them.
NOT_COMPARED = {"title", "sampling", "output"}


def save_sensitivity(found: "xr.Dataset", path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write sensitivities into a zarr store that `xarray.open_zarr` reads.

    Args:
        found: from `study_sensitivity`, `study_gradients`, or both merged.
        path: of the new store.
        overwrite: replace an earlier store of sensitivities, and nothing else.

    Returns:
        the absolute path.

    Raises:
        StudyError: the place is taken or cannot be written; nothing is written then.

    Example:
        `save_sensitivity(study_sensitivity(study), "S.zarr")`
    """
    target = check_sensitivity_target(path, overwrite=overwrite)
    write_dataset(found.assign_attrs(format=FORMAT), target)
    return target


def check_sensitivity_target(path: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """The resolved path where sensitivities may be stored; changes nothing.

    Args:
        path: of the new store.
        overwrite: allow an earlier store of sensitivities there, and nothing else.

    Returns:
        absolute path.

    Raises:
        StudyError: the place is taken or cannot be written.
    """
    target = local_path(path)
    if not (target.exists() and overwrite):
        return check_target(path, overwrite=False)
    if not _is_sensitivity(target):
        raise StudyError(
            "would delete something that is not a store of sensitivities",
            got=shown(os.fspath(path), 4096),
            expected="one written by `sei-screen sensitivity`",
            fix="choose another --out, or remove it yourself",
            where="--overwrite",
        )
    return target


def open_sensitivity(path: str | os.PathLike[str], of: Study | None = None) -> "xr.Dataset":
    """Read stored sensitivities.

    Args:
        path: of the store.
        of: study that they must belong to; number of samples, title and stored outputs may differ.

    Returns:
        dataset, loaded.

    Raises:
        StudyError: there is no such store, or it belongs to another study.

    Example:
        `open_sensitivity("S.zarr").total_order.sel(film="LiDFOB")`
    """
    import xarray as xr

    target = local_path(path)
    if not _is_sensitivity(target):
        raise StudyError(
            "not a store of sensitivities",
            got=shown(os.fspath(path), 4096),
            expected="one written by `sei-screen sensitivity`",
            fix="give the --out of an earlier one",
            where="--sensitivity",
        )
    with xr.open_zarr(target, chunks=None) as dataset:
        found = dataset.load()
    if of is not None and _compared(parse_study(str(found.attrs["study"]))) != _compared(of):
        raise StudyError(
            "sensitivities of another study",
            got=shown(os.fspath(path), 4096),
            expected="those of the study of the run; only its samples, title and stored outputs may differ",
            fix="run `sei-screen sensitivity` on the study of the run",
            where="--sensitivity",
        )
    return found


def _compared(study: Study) -> dict:
    return study.model_dump(mode="json", by_alias=True, exclude=NOT_COMPARED)


def _is_sensitivity(target: Path) -> bool:
    try:
        return json.loads((target / "zarr.json").read_text(encoding="utf-8"))["attributes"]["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        return False
