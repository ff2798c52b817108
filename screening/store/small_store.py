"""Small datasets as zarr stores that are whole or not there."""

import json
import os
import shutil
import uuid
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from screening.store.destination import check_target, local_path
from screening.store.new_file import not_writable, path_error

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class StoreKind:
    """What a small store is: its attribute `format`, its contents in words behind "a store of", and the command that writes it."""

    format: str
    contents: str
    command: str

    def stands_at(self, target: Path) -> bool:
        """Whether such a store is at an absolute path."""
        try:
            stored = json.loads((target / "zarr.json").read_text(encoding="utf-8"))["attributes"]["format"]
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return stored == self.format


def check_dataset_target(path: str | os.PathLike[str], kind: StoreKind, *, overwrite: bool) -> Path:
    """The resolved path where a small store may be put; changes nothing."""
    target = local_path(path)
    if not (target.exists() and overwrite):
        return check_target(path, overwrite=False)
    if not kind.stands_at(target):
        what, fix = (
            f"would delete something that is not a store of {kind.contents}",
            "choose another --out, or remove it yourself",
        )
        raise path_error(what, path, f"one written by `{kind.command}`", fix, "--overwrite")
    return target


def read_dataset(path: str | os.PathLike[str], kind: StoreKind, where: str = "") -> "xr.Dataset":
    """A small store, loaded."""
    import xarray as xr

    target = local_path(path)
    if not kind.stands_at(target):
        expected, fix = f"one written by `{kind.command}`", "give the --out of an earlier one"
        raise path_error(f"not a store of {kind.contents}", path, expected, fix, where)
    with xr.open_zarr(target, chunks=None) as dataset:
        return dataset.load()


def write_dataset(dataset: "xr.Dataset", target: Path) -> None:
    """Write a dataset beside its place and move it there when it is complete."""
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
        raise not_writable(target, error, "--out") from error
    finally:
        if former.exists() and not target.exists():
            former.rename(target)
        for leftover in (staging, former):
            shutil.rmtree(leftover, ignore_errors=True)
