"""One run at a time on a store: a small file beside it names the run, and a dead run's file counts for nothing."""

import json
import os
import socket
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from screening.errors import StudyError, shown
from screening.store.location import ObjectPlace, Place
from screening.store.new_file import not_writable

# Not filelock: its lock ends with the process but cannot name the holder, also not to a run on another host that shares the
# folder or the bucket, and the message of a run that is refused must.
# The start of a process is known to a hundredth of a second; another process with its number starts much later.
START_TOLERANCE_SECONDS = 2.0
LONGEST_LOCK_BYTES = 4096
LOCK_OBJECT = "owner"


def lock_path(target: Path) -> Path:
    """The lock file of a store: beside it, because it is taken before the store exists."""
    return target.parent / f".{target.name}.lock"


@contextmanager
def store_lock(target: Place) -> Generator[None]:
    """Hold a store against other runs; a lock of a run that has died is taken over."""
    ours = _this_process()
    if isinstance(target, ObjectPlace):
        lock = _beside(target)
        _lock_object(target, lock, ours)
        try:
            yield
        finally:
            if _parsed(lock.read(LOCK_OBJECT)) == ours:
                lock.remove(LOCK_OBJECT)
        return
    with _lock_file(target, lock_path(target), ours):
        _refuse_others(target, _part_locks(target))
        yield


@contextmanager
def part_lock(target: Path, number: int, of: int) -> Generator[None]:
    """Hold one of `of` parts of a store against a second run of that part, against whole runs and against other parting."""
    path = target.parent / f"{lock_path(target).name}.{number}-of-{of}"
    with _lock_file(target, path, _this_process() | {"part": f"{number}/{of}"}):
        # after its own lock is there: of two that begin at once, at least one sees the other
        others = (lock for lock in _part_locks(target) if not lock.name.endswith(f"-of-{of}"))
        _refuse_others(target, [lock_path(target), *others])
        yield


@contextmanager
def _lock_file(target: Path, path: Path, ours: dict[str, Any]) -> Generator[None]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _exclusively(path) as file:
            owner = _parsed(file.read(LONGEST_LOCK_BYTES))
            if owner is not None and _may_live(owner):
                raise _held(target, path, owner)
            file.seek(0)
            file.truncate()
            file.write(json.dumps(ours).encode())
    except OSError as error:
        expected, fix = "a folder that takes files", "make room or choose another place"
        raise not_writable(path, error, expected=expected, fix=fix) from error
    try:
        yield
    finally:
        _release(path, ours)


def _part_locks(target: Path) -> list[Path]:
    """Lock files of parts of a store, of dead processes too."""
    begin = f"{lock_path(target).name}."
    return sorted(path for path in target.parent.iterdir() if path.name.startswith(begin) and "-of-" in path.name)


def _refuse_others(target: Path, locks: Iterable[Path]) -> None:
    for path in locks:
        owner = _owner(path)
        if owner is not None and _may_live(owner):
            raise _held(target, path, owner)
        if owner is not None:
            _release(path, owner)


def _owner(path: Path) -> dict[str, Any] | None:
    try:
        with open(path, "rb") as file:
            return _parsed(file.read(LONGEST_LOCK_BYTES))
    except OSError:
        return None


def lock_owner(target: Place) -> str:
    """Who writes a store now; parts of a run one after another."""
    if isinstance(target, ObjectPlace):
        try:
            owners = [_parsed(_beside(target).read(LOCK_OBJECT))]
        except OSError:
            return ""
    else:
        owners = [_owner(path) for path in (lock_path(target), *_part_locks(target))]
    return ", ".join(_name(owner) for owner in owners if owner is not None and _may_live(owner))


def _beside(target: ObjectPlace) -> ObjectPlace:
    return ObjectPlace(f"{target}.lock")


def _lock_object(target: ObjectPlace, lock: ObjectPlace, ours: dict[str, Any]) -> None:
    content = json.dumps(ours).encode()
    while not lock.create(LOCK_OBJECT, content):
        owner = _parsed(lock.read(LOCK_OBJECT))
        if owner is not None and _may_live(owner):
            raise _held(target, f"{lock}/{LOCK_OBJECT}", owner)
        lock.remove(LOCK_OBJECT)


def _release(path: Path, ours: dict[str, Any]) -> None:
    if not path.exists():
        return
    try:
        with _exclusively(path) as file:
            if _parsed(file.read(LONGEST_LOCK_BYTES)) == ours:
                path.unlink(missing_ok=True)
    except OSError:  # a full or vanished disk: the next run sees that this process is gone
        return


@contextmanager
def _exclusively(path: Path) -> Generator[IO[bytes]]:
    """The lock file, read and changed by one process at a time."""
    while True:
        file = open(path, "a+b")  # noqa: SIM115, closed below
        try:
            _wait_for(file)
            # the one before us may have removed the file that we opened
            if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                file.seek(0)
                yield file
                return
        finally:
            file.close()


def _wait_for(file: IO[bytes]) -> None:
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:  # file systems without it keep the check, and lose only its protection against a tie
        return


def _parsed(content: bytes | None) -> dict[str, Any] | None:
    """Who holds the lock; None where the file is empty or was torn by a crash."""
    try:
        found = json.loads(content or b"")
    except (ValueError, RecursionError):
        return None
    kinds = {"host": str, "pid": int, "started": int | float}
    complete = isinstance(found, dict) and all(isinstance(found.get(key), kind) for key, kind in kinds.items())
    return found if complete else None


def _this_process() -> dict[str, Any]:
    import psutil

    own = psutil.Process()
    return {"host": socket.gethostname(), "pid": own.pid, "started": own.create_time(), "locked": time.time()}


def _may_live(owner: dict[str, Any]) -> bool:
    import psutil

    if owner["host"] != socket.gethostname():
        return True
    try:
        process = psutil.Process(owner["pid"])
        alive = process.status() != psutil.STATUS_ZOMBIE
        return alive and abs(process.create_time() - owner["started"]) < START_TOLERANCE_SECONDS
    except (psutil.Error, ValueError, OverflowError):
        return False


def _name(owner: dict[str, Any]) -> str:
    part = f" (part {owner['part']})" if isinstance(owner.get("part"), str) else ""
    return f"process {owner['pid']} on {shown(owner['host'])}{part}"


def _held(target: Place, path: Path | str, owner: dict[str, Any]) -> StudyError:
    elsewhere = owner["host"] != socket.gethostname()
    fix = f"wait for it, or remove {path} if that run is dead" if elsewhere else "wait for it, or stop it"
    return StudyError(
        f"{target} is being written by another run",
        got=_name(owner),
        expected="one run at a time",
        fix=fix,
    )
