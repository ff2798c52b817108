"""Small datasets as zarr stores that are whole or not there."""

import shutil
import uuid
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from screening.errors import StudyError

if TYPE_CHECKING:
    import xarray as xr


def write_dataset(dataset: "xr.Dataset", target: Path) -> None:
    """Write a dataset beside its place and move it there when it is complete.

    Args:
        dataset: to be stored; its consolidated metadata are written too.
        target: checked place; an earlier store there is replaced.

    Raises:
        StudyError: the place cannot be written.

    Example:
        `write_dataset(curves, Path("C.zarr").resolve())`
    """
    mark = uuid.uuid4().hex[:8]
    staging, former = (target.with_name(f".{target.name}.{mark}.{kind}") for kind in ("new", "old"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            # consolidated metadata and strings are not in the zarr v3 specification yet, but every reader has them
            warnings.filterwarnings("ignore", message="Consolidated metadata")
            warnings.filterwarnings("ignore", message=".*does not have a Zarr V3 specification")
            dataset.to_zarr(staging, mode="w", zarr_format=3, consolidated=True)
        # moved aside rather than deleted first: whatever interrupts this, one of both is whole
        if target.exists():
            target.rename(former)
        staging.rename(target)
    except OSError as error:
        raise StudyError(
            "cannot be written", got=f"{target} ({error.strerror})", expected="a writable place", where="--out"
        ) from error
    finally:
        if former.exists() and not target.exists():
            former.rename(target)
        for leftover in (staging, former):
            shutil.rmtree(leftover, ignore_errors=True)
