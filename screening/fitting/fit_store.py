"""Stores of fits: written beside their place and moved in, read back by `xarray.open_zarr`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from screening.fitting.fit_dataset import FORMAT
from screening.store.small_store import StoreKind, check_dataset_target, read_dataset, write_dataset

if TYPE_CHECKING:
    import xarray as xr

    from screening.fitting.fit_result import FitResult
    from screening.fitting.posterior_draws import Posterior

FIT = StoreKind(FORMAT, "a fit", "sei-screen fit")


def save_fit(
    result: "FitResult",
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    posterior: "Posterior | None" = None,
) -> Path:
    """Write a fit into a zarr v3 store."""
    target = check_dataset_target(path, FIT, overwrite=overwrite)
    write_dataset(result.to_dataset(posterior), target)
    return target


def open_fit(path: str | os.PathLike[str]) -> "xr.Dataset":
    """Read a stored fit.

    Args:
        path: of the store.

    Returns:
        dataset, loaded.

    Raises:
        StudyError: there is no fit.

    Example:
        `open_fit("F.zarr").estimate.sel(parameter="layer1_diffusivity")`
    """
    return read_dataset(path, FIT)
