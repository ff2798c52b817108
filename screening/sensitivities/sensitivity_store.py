"""Stores of sensitivities, which a report of a run can show."""

import os
from pathlib import Path

import xarray as xr

from screening.config.study import Study, parse_study
from screening.store.new_file import path_error
from screening.store.small_store import StoreKind, check_dataset_target, read_dataset, write_dataset

SENSITIVITIES = StoreKind("sei-screening sensitivity", "sensitivities", "sei-screen sensitivity")
# What may differ between a run and the sensitivity of its study: the samples, and what is kept of them.
NOT_COMPARED = {"title", "sampling", "output"}


def save_sensitivity(found: xr.Dataset, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write sensitivities into a zarr store that `xarray.open_zarr` reads."""
    target = check_dataset_target(path, SENSITIVITIES, overwrite=overwrite)
    write_dataset(found.assign_attrs(format=SENSITIVITIES.format), target)
    return target


def open_sensitivity(path: str | os.PathLike[str], of: Study | None = None) -> xr.Dataset:
    """Read stored sensitivities."""
    found = read_dataset(path, SENSITIVITIES, "--sensitivity")
    if of is not None and _compared(parse_study(str(found.attrs["study"]))) != _compared(of):
        expected = "those of the study of the run; only its samples, title and stored outputs may differ"
        fix = "run `sei-screen sensitivity` on the study of the run"
        raise path_error("sensitivities of another study", path, expected, fix, "--sensitivity")
    return found


def _compared(study: Study) -> dict:
    return study.model_dump(mode="json", by_alias=True, exclude=NOT_COMPARED)
