"""What survives a power loss: data reach the disk before the record that calls them finished.

A rename is not enough. File systems keep renamed files, and what is in them, in memory for seconds, and write them in
any order: after a power loss a name may stand for an empty file, or for none.
"""

import os
import uuid
from collections.abc import Iterable
from pathlib import Path


def flush(files: Iterable[Path], root: Path) -> None:
    """Wait until files and the names that lead to them are on the disk."""
    folders: set[Path] = set()
    for file in files:
        if file.exists():
            flush_one(file)
            folders |= {folder for folder in file.parents if folder == root or root in folder.parents}
    for folder in sorted(folders, key=lambda folder: -len(folder.parts)):
        flush_one(folder)


def flush_tree(root: Path) -> None:
    """Wait until everything below a folder is on the disk; its own name is for `flush_one` of the folder above."""
    flush((path for path in root.rglob("*") if path.is_file()), root)


def write_durably(path: Path, content: bytes | memoryview) -> None:
    """Write a file so that it is on the disk whole, or not at all, at any moment; in the place of an earlier one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.partial")
    try:
        with open(staged, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    flush_one(path.parent)


def flush_one(path: Path) -> None:
    """Wait until the content of a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
