"""A power loss: the disk keeps what was flushed; what was not may be there, be gone, or be torn."""

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import xarray as xr

from screening.run.loop import resume, run_evaluator
from screening.store import destination as target
from screening.store import writer
from screening.store.destination import read_attributes
from screening.store.growth import grow_store
from tests.pipeline.ramp_evaluator import RampEvaluator

N, GROWN, CHUNK = 25, 37, 10
LOSSES = 12


class Disk:
    """Remembers what was flushed: of a file its content, of a folder its names; its power fails at one of the flushes."""

    def __init__(self, monkeypatch):
        self.contents: dict[int, bytes] = {}
        self.names: dict[int, dict[str, int]] = {}
        self.flushes, self.last = 0, -1

        def fsync(descriptor):
            if self.flushes == self.last:
                raise RuntimeError("power")
            self.flushes += 1
            path = Path(f"/proc/self/fd/{descriptor}").resolve()
            if path.is_dir():
                self.names[path.stat().st_ino] = {entry.name: entry.inode() for entry in os.scandir(path)}
            else:
                self.contents[path.stat().st_ino] = path.read_bytes()

        monkeypatch.setattr(os, "fsync", fsync)

    def begin(self, last: int = -1) -> None:
        """Count from here; the power fails before the flush of this number."""
        self.flushes, self.last = 0, last

    def lose_power(self, folder: Path, chance: random.Random) -> None:
        """Leave of a folder what a disk may hold after a power loss."""
        kept = self.names.get(folder.stat().st_ino, {})
        for entry in sorted(folder.iterdir()):
            before, now = kept.get(entry.name), entry.stat()
            if before != now.st_ino and chance.random() < 0.5:
                if before in self.contents:  # the rename over the earlier file did not get through
                    entry.write_bytes(self.contents[before])
                elif entry.is_dir():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
            elif entry.is_dir():
                self.lose_power(entry, chance)
            elif self.contents.get(now.st_ino) != entry.read_bytes():
                os.truncate(entry, chance.choice([0, now.st_size // 2, now.st_size]))


def ramp(n: int = N):
    return RampEvaluator(n, curve_steps=3)


def run(path: Path) -> None:
    run_evaluator(ramp(), path, chunk=CHUNK, block=CHUNK, threads=1, progress=False)


def go_on(path: Path, n: int = N) -> None:
    resume(path, ramp(n), block=CHUNK, threads=1, progress=False)


def is_right(path: Path, n: int = N) -> bool:
    dataset = xr.open_zarr(path).load()
    expected = ramp(n).evaluate(0, n)
    return all(
        dataset[name].values.tobytes() == values.astype(dataset[name].dtype).tobytes()
        for name, values in expected.items()
    )


def lost_at_some_moment(folder: Path, disk: Disk, chance: random.Random, flushes: int, act) -> None:
    """Act until the power fails, and leave what the disk may hold then."""
    disk.begin(chance.randrange(flushes + 1))
    with suppress(RuntimeError):
        act()
    disk.lose_power(folder, chance)
    disk.begin()


def survivals(tmp_path: Path, disk: Disk) -> Iterator[bool]:
    """Of one run after the other, whether it is right when it went on after a power loss."""
    disk.begin()
    run(tmp_path / "whole.zarr")
    flushes = disk.flushes
    for number in range(LOSSES):
        folder = tmp_path / f"disk{number}"
        folder.mkdir()
        path = folder / "new" / "R.zarr"
        lost_at_some_moment(folder, disk, random.Random(number), flushes, lambda path=path: run(path))
        try:
            if path.exists():
                go_on(path)
            else:
                run(path)
            survived = is_right(path)
        except Exception:
            survived = False
        yield survived


def test_run_goes_on_after_any_power_loss(tmp_path, monkeypatch):
    assert list(survivals(tmp_path, Disk(monkeypatch))) == [True] * LOSSES


@pytest.mark.parametrize(("module", "name"), [(writer, "flush"), (target, "flush_tree")])
def test_loss_is_felt_where_nothing_is_flushed(tmp_path, monkeypatch, module, name):
    """The test above can fail."""
    monkeypatch.setattr(module, name, lambda *told: None)
    assert not all(survivals(tmp_path, Disk(monkeypatch)))  # the first that is lost is enough


def test_growth_goes_on_after_any_power_loss(tmp_path, monkeypatch):
    disk = Disk(monkeypatch)

    def grow(path):
        grow_store(path, read_attributes(path), ramp(GROWN))

    path = tmp_path / "whole.zarr"
    run(path)
    disk.begin()
    grow(path)
    flushes = disk.flushes
    for number in range(LOSSES):
        folder = tmp_path / f"disk{number}"
        folder.mkdir()
        path = folder / "R.zarr"
        disk.begin()
        run(path)
        lost_at_some_moment(folder, disk, random.Random(number), flushes, lambda path=path: grow(path))
        if read_attributes(path)["n_candidates"] == N:
            go_on(path)
            assert is_right(path)
            grow(path)
        go_on(path, GROWN)
        assert is_right(path, GROWN)
