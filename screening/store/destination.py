"""Where a store may be put, and how it takes that place: prepared beside, moved in by a rename."""

import json
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from screening.errors import StudyError, shown
from screening.store.durable import flush_one, flush_tree
from screening.store.location import ObjectPlace, Place, object_place, read_file
from screening.store.new_file import not_writable, path_error
from screening.store.shards import FORMAT, FORMAT_VERSION


def local_path(path: str | os.PathLike[str]) -> Path:
    """The absolute path of a store on a local disk."""
    text = os.fspath(path)
    if not text or "://" in text:
        fix = "write to R.zarr, say; a run also takes an s3:// URL"
        raise path_error("result store", text, "a path on a local disk", fix)
    try:
        found = Path(text).expanduser().resolve()
        found.exists()  # asks the system, which refuses names that are too long or hold a null byte
    except (OSError, ValueError, RuntimeError) as error:
        raise StudyError(
            "not a usable path", got=shown(text), expected="a path on a local disk", fix=f"{error}: choose another"
        ) from None
    return found


def store_place(path: str | os.PathLike[str]) -> Place:
    """Where a run's store is: the absolute local path, or the place behind an S3 URL."""
    return object_place(path) or local_path(path)


def is_result_store(text: str) -> bool:
    """Whether a text names a store rather than a file or a study: a URL, or a folder with zarr's metadata."""
    return "://" in text or os.path.exists(os.path.join(text, "zarr.json"))


def read_attributes(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Attributes of a result store: study text, digest, versions, and the rest of its provenance."""
    target = store_place(path)
    if not (target.holds_anything() if isinstance(target, ObjectPlace) else target.exists()):
        raise path_error("no such result store", path, "the --out of an earlier run", "run it first")
    attributes = _our_attributes(target)
    if attributes is None:
        fix = "give the --out of an earlier run; a fit is shown by `sei-screen report`"
        raise path_error("not a result store", path, "a zarr v3 group written by `sei-screen run`", fix)
    version = attributes.get("format_version")
    if version != FORMAT_VERSION:
        raise StudyError(
            f"format version of {os.fspath(path)}",
            got=shown(version),
            expected=str(FORMAT_VERSION),
            fix="open it with the version of sei-screening that wrote it",
        )
    return attributes


def check_run_target(path: str | os.PathLike[str], overwrite: bool) -> Place:
    """As `check_target`, for stores of runs, which may be behind an S3 URL."""
    place = object_place(path)
    if place is None:
        return check_target(path, overwrite)
    if place.holds_anything():
        expected = "a prefix without objects; objects cannot be replaced in one step, so --overwrite is not for URLs"
        fix = "choose another, continue it with `sei-screen resume`, or remove it yourself"
        raise path_error("exists already", place, expected, fix, "--out")
    return place


def check_target(path: str | os.PathLike[str], overwrite: bool) -> Path:
    """The resolved path where a new store may be put; changes nothing."""
    target = local_path(path)
    if target.exists():
        if not overwrite:
            fix = "choose another, continue it with `sei-screen resume`, or replace it with --overwrite"
            raise path_error("exists already", path, "a new path", fix, "--out")
        if _our_attributes(target) is None:
            raise _not_ours(path)
    parent = next(folder for folder in target.parents if folder.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        expected = f"a place under a directory you may write to ({parent} is not one)"
        raise not_writable(path, "", "--out", expected)
    return target


@dataclass
class StagedStore:
    """A complete but empty store beside its final place.

    `publish` moves it in. Where it replaces an earlier store, the run loop publishes only when the first results
    exist, so a run that fails to start leaves the earlier one untouched.
    """

    target: Place
    staging: Place
    published: bool = False

    @classmethod
    def beside(cls, target: Place) -> "StagedStore":
        """A staging place in the directory of the target (one file system, so that the move is one rename).

        Objects cannot be renamed: a store behind a URL is made where it stays.
        """
        if isinstance(target, ObjectPlace):
            return cls(target, target, published=True)
        missing = [folder for folder in target.parents if not folder.exists()]
        target.parent.mkdir(parents=True, exist_ok=True)
        for folder in missing:
            flush_one(folder.parent)
        return cls(target, target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}.new")

    @property
    def replaces(self) -> bool:
        """Whether an earlier store stands in the target's place."""
        return isinstance(self.target, Path) and not self.published and self.target.exists()

    def publish(self) -> None:
        """Move the new store into place, with what it holds on the disk, and delete the one that it replaces."""
        if self.published or isinstance(self.target, ObjectPlace) or isinstance(self.staging, ObjectPlace):
            return
        flush_tree(self.staging)
        if self.target.exists():
            if _our_attributes(self.target) is None:
                raise _not_ours(self.target)
            retired = self.staging.with_suffix(".old")
            self.target.rename(retired)
            try:
                self.staging.rename(self.target)
            except OSError:
                retired.rename(self.target)
                raise
            flush_one(self.target.parent)
            shutil.rmtree(retired)
        else:
            self.staging.rename(self.target)
        flush_one(self.target.parent)
        self.published = True

    def publish_first(self) -> None:
        """Move the new store into place, unless another process that makes the same one was faster."""
        assert isinstance(self.staging, Path)
        assert isinstance(self.target, Path)
        flush_tree(self.staging)
        try:
            self.staging.rename(self.target)
        except OSError:
            if not self.target.exists():
                raise
            return
        flush_one(self.target.parent)
        self.published = True

    def discard(self) -> None:
        """Remove what was prepared, if it has not been published."""
        if not self.published and isinstance(self.staging, Path):
            shutil.rmtree(self.staging, ignore_errors=True)


def _not_ours(path: str | os.PathLike[str]) -> StudyError:
    what, fix = "would delete something that is not a result store", "choose another --out, or remove it yourself"
    return path_error(what, path, "one written by `sei-screen run`", fix, "--overwrite")


def _our_attributes(target: Place) -> dict[str, Any] | None:
    try:
        metadata = json.loads(read_file(target, "zarr.json"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(metadata, dict) or metadata.get("node_type") != "group" or metadata.get("zarr_format") != 3:
        return None
    attributes = metadata.get("attributes")
    if not isinstance(attributes, dict) or attributes.get("format") != FORMAT:
        return None
    return attributes if {"format_version", "digest", "n_candidates", "shard"} <= attributes.keys() else None
