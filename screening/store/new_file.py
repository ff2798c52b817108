"""Places of new files, checked before anything is computed."""

import os
from pathlib import Path

from screening.errors import StudyError, shown

LONGEST_PATH = 4096


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


def path_error(what: str, path: object, expected: str, fix: str, where: str = "", reason: str = "") -> StudyError:
    """The error of a path, which is shown whole: a cut one cannot be looked up."""
    got = shown(str(path), LONGEST_PATH) + (f" ({reason})" if reason else "")
    return StudyError(what, got=got, expected=expected, fix=fix, where=where)


def not_writable(
    path: object,
    reason: str | OSError,
    where: str = "",
    expected: str = "a writable place",
    fix: str = "choose another",
) -> StudyError:
    """The error of a place that takes no file."""
    words = reason_of(reason) if isinstance(reason, OSError) else reason
    return path_error("cannot be written", path, expected, fix, where, words)


def reason_of(error: OSError) -> str:
    """What the system says of a file that it cannot read or write."""
    return (error.strerror or str(error) or type(error).__name__).lower()
