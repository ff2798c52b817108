"""Stores of fits: written beside their place and moved in, read back by `xarray.open_zarr`."""

import os

import xarray as xr

from screening.config.joint_draws import FIT_FORMAT
from screening.store.small_store import StoreKind, check_dataset_target, read_dataset, write_dataset

FIT, FORMAT_VERSION = StoreKind(FIT_FORMAT, "a fit", "sei-screen fit"), 1


def save_fit(dataset: xr.Dataset, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write the dataset of a fit into a zarr v3 store; `overwrite` replaces an earlier store of a fit, and nothing else."""
    write_dataset(dataset, check_dataset_target(path, FIT, overwrite=overwrite))


def open_fit(path: str | os.PathLike[str]) -> xr.Dataset:
    """Read a stored fit.

    Args:
        path: of the store.

    Returns:
        dataset, loaded.

    Raises:
        StudyError: there is no fit.

    Example:
        >>> from screening import StudyError
        >>> try:
        ...     open_fit("no-such-fit.zarr")
        ... except StudyError as error:
        ...     print(error.expected)
        one written by `sei-screen fit`
    """
    return read_dataset(path, FIT)
