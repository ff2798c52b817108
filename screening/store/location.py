"""Where a run's store is: a folder of a local disk, or a prefix of an S3 bucket behind a URL."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from screening.errors import StudyError, not_installed, shown
from screening.store.durable import flush_one, write_durably
from screening.store.new_file import LONGEST_PATH, path_error

# Another process writes the same prefix, so what a listing said a moment ago counts for nothing.
STORAGE_OPTIONS = {"use_listings_cache": False}


@dataclass(frozen=True)
class ObjectPlace:
    """A prefix of a bucket. Endpoint and credentials come from the environment or the profile, never from files of ours."""

    url: str

    def __str__(self) -> str:
        return self.url

    def read(self, name: str) -> bytes | None:
        """An object below the prefix, None where there is none."""
        try:
            return self._system().cat_file(f"{self.url}/{name}")
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Write an object, in the place of an earlier one."""
        self._system().pipe_file(f"{self.url}/{name}", content)

    def create(self, name: str, content: bytes) -> bool:
        """Write an object unless there is one; of several processes at once, one succeeds."""
        try:
            self._system().pipe_file(f"{self.url}/{name}", content, mode="create")
        except FileExistsError:
            return False
        except OSError as error:  # how a failed condition comes through depends on the version of s3fs
            if "precondition" in str(error).lower() or "PreconditionFailed" in repr(error.__cause__):
                return False
            raise
        return True

    def remove(self, name: str) -> None:
        """Remove an object, if there is one."""
        try:
            self._system().rm_file(f"{self.url}/{name}")
        except FileNotFoundError:
            return

    def holds_anything(self) -> bool:
        """Whether any object is below the prefix."""
        try:
            system = self._system()
            bucket = self.url.removeprefix("s3://").partition("/")[0]
            if not system.exists(bucket):
                raise FileNotFoundError(f"no bucket {bucket}")
            return bool(system.find(self.url, maxdepth=1, withdirs=True))
        except StudyError:
            raise
        except Exception as error:  # of s3fs, of botocore and of the network alike
            what, expected = "the object store cannot be reached", "a bucket that exists and that you may write to"
            fix = "check AWS_ENDPOINT_URL and the credentials of your environment or profile"
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise path_error(what, self.url, expected, fix, reason=reason) from error

    def _system(self) -> Any:
        import fsspec

        try:
            return fsspec.filesystem("s3", **STORAGE_OPTIONS)
        except ImportError:
            raise not_installed("s3fs is not installed", "cloud", got=shown(self.url, LONGEST_PATH)) from None


Place = Path | ObjectPlace


def object_place(path: str | os.PathLike[str]) -> ObjectPlace | None:
    """The place behind an S3 URL, None for everything else."""
    text = os.fspath(path)
    if not isinstance(text, str) or not text.startswith("s3://"):
        return None
    parts = text.removeprefix("s3://").rstrip("/").split("/")
    if len(parts) < 2 or any(part in ("", ".", "..") for part in parts) or not text.isprintable():
        raise path_error("not a usable URL", text, '"s3://bucket/R.zarr"', "give bucket and name")
    return ObjectPlace("s3://" + "/".join(parts))


def zarr_arguments(place: Place) -> dict[str, Any]:
    """What zarr needs to open a place; local paths go through its own store, whose writes are atomic."""
    if isinstance(place, ObjectPlace):
        return {"store": place.url, "storage_options": dict(STORAGE_OPTIONS)}
    return {"store": place}


def read_file(place: Place, name: str) -> bytes:
    """A small file of a store; nothing where there is none."""
    if isinstance(place, ObjectPlace):
        return place.read(name) or b""
    file = place / name
    return file.read_bytes() if file.exists() else b""


def write_file(place: Place, name: str, content: bytes) -> None:
    """Write a small file of a store so that it is there whole or not at all, in the place of an earlier one."""
    if isinstance(place, ObjectPlace):
        place.write(name, content)
    else:
        write_durably(place / name, content)


def remove_file(place: Place, name: str) -> None:
    """Remove a file of a store, if there is one."""
    if isinstance(place, ObjectPlace):
        place.remove(name)
    else:
        (place / name).unlink(missing_ok=True)
        flush_one((place / name).parent)
