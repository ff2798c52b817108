"""Places of new files, checked before anything is computed."""

import os
from pathlib import Path

from screening.errors import StudyError, shown


def check_new_file(
    path: str | os.PathLike[str], endings: tuple[str, ...], kind: str, expected: str, example: str, where: str
) -> Path:
    """Refuse a path that no such file can be written to; changes nothing."""
    target = Path(path)
    if target.suffix.lower() not in endings:
        got = shown(os.fspath(path), 200)
        raise StudyError(f"kind of {kind}", got=got, expected=expected, fix=f"write {example}, say", where=where)
    folder = next((parent for parent in target.absolute().parents if parent.exists()), Path("/"))
    if target.is_dir():
        raise not_writable(path, "is a directory", where)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise not_writable(path, f"{folder} is not a folder that you may write to", where)
    return target


def not_writable(
    path: str | os.PathLike[str],
    reason: str | OSError,
    where: str = "",
    expected: str = "a writable place",
    fix: str = "choose another",
) -> StudyError:
    """The error of a place that takes no file."""
    got = f"{shown(os.fspath(path), 4096)} ({reason_of(reason) if isinstance(reason, OSError) else reason})"
    return StudyError("cannot be written", got=got, expected=expected, fix=fix, where=where)


def reason_of(error: OSError) -> str:
    """What the system says of a file that it cannot read or write."""
    return (error.strerror or str(error) or type(error).__name__).lower()
