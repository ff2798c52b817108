"""The study that `sei-screen init` writes."""

import os
from importlib.resources import files
from pathlib import Path

from screening.store.new_file import not_writable, path_error


def starter_text() -> str:
    """The commented study to begin with."""
    return (files("screening") / "starter.toml").read_text(encoding="utf-8")


def write_starter(path: str | os.PathLike[str]) -> None:
    """Write the study to begin with into a new file."""
    target = Path(path)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(starter_text())
    except FileExistsError:
        fix = "choose another name; nothing is replaced"
        raise path_error("exists already", path, "a new file", fix, "FILE") from None
    except (OSError, ValueError) as error:
        reason = error if isinstance(error, OSError) else str(error)
        raise not_writable(path, reason, "FILE", "a file in an existing folder") from None
