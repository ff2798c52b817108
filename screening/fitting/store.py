"""Stores of fits: written beside their place and moved in, read back by `xarray.open_zarr`."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from screening.errors import StudyError, shown
from screening.fitting.dataset import FORMAT
from screening.store.dataset import write_dataset

if TYPE_CHECKING:
    import xarray as xr

    from screening.fitting.draws import Posterior
    from screening.fitting.result import FitResult


def save_fit(
    result: "FitResult",
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    posterior: "Posterior | None" = None,
) -> Path:
    """Write a fit into a zarr v3 store.

    Args:
        result: of a fit.
        path: of the new store.
        overwrite: replace an earlier store of a fit, and nothing else.
        posterior: from `sample_posterior`, stored with the fit.

    Returns:
        the absolute path.

    Raises:
        StudyError: the place is taken or cannot be written; nothing is written then.

    Example:
        `save_fit(fit("FIT.toml"), "F.zarr")`
    """
    target = check_fit_target(path, overwrite=overwrite)
    write_dataset(result.to_dataset(posterior), target)
    return target


def check_fit_target(path: str | os.PathLike[str], *, overwrite: bool) -> Path:
    """The resolved path where a fit may be stored; changes nothing.

    Args:
        path: of the new store.
        overwrite: allow an earlier store of a fit there, and nothing else.

    Returns:
        absolute path.

    Raises:
        StudyError: the place is taken or cannot be written.
    """
    from screening.store.target import check_target, local_path

    target = local_path(path)
    if not (target.exists() and overwrite):
        return check_target(path, overwrite=False)
    if not is_fit(target):
        raise StudyError(
            "would delete something that is not a store of a fit",
            got=shown(os.fspath(path), 4096),
            expected="one written by `sei-screen fit`",
            fix="choose another --out, or remove it yourself",
            where="--overwrite",
        )
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
    import xarray as xr

    from screening.store.target import local_path

    target = local_path(path)
    if not is_fit(target):
        raise StudyError(
            "not a store of a fit",
            got=shown(os.fspath(path), 4096),
            expected="one written by `sei-screen fit`",
            fix="give the --out of an earlier fit",
        )
    with xr.open_zarr(target, chunks=None) as dataset:
        return dataset.load()


def is_fit(target: Path) -> bool:
    """Whether a fit is stored somewhere.

    Args:
        target: absolute path.

    Returns:
        True for a store that `sei-screen fit` wrote.
    """
    try:
        return json.loads((target / "zarr.json").read_text(encoding="utf-8"))["attributes"]["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        return False
