"""Write finished shards, and read from the store itself which ones those are."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import zarr
from zarr.core.buffer import Buffer
from zarr.core.sync import sync
from zarr.storage import LocalStore

from screening.model.variables import VariableSpec
from screening.store.durable import flush, write_durably
from screening.store.location import ObjectPlace, Place, zarr_arguments
from screening.store.shards import STATUS, n_shards

# An interrupted write leaves "<key>.<id>.partial"; a younger one may belong to a run that is still going.
LITTER_AGE_SECONDS = 3600.0


class StatusReader:
    """Which shards of a store are finished, and how; only reads."""

    _mode: Literal["r", "r+"] = "r"

    def __init__(self, location: Place):
        self._group = zarr.open_group(**zarr_arguments(location), mode=self._mode)
        self._status = _array(self._group, STATUS)
        self.n_candidates: int = self._status.shape[0]
        self.shard: int = self._status.chunks[0]

    def finished(self) -> set[int]:
        """Indices of the finished shards.

        Listed from the keys of `status`, whose chunks are never all fill value; an all-NaN shard of a data array has
        no key although it is finished, and `nchunks_initialized` takes a minute at 1e5 chunks.
        """
        keys = sync(_list(self._status.store.list_dir(f"{self._status.path}/c")))
        found = {int(key) for key in keys if key.isdigit()}
        return {index for index in found if index < n_shards(self.n_candidates, self.shard)}

    def holds(self, start: int) -> bool:
        """Whether the shard that begins with a candidate is finished."""
        return sync(self._status.store.exists(f"{self._status.path}/c/{start // self.shard}"))

    def count_status(self) -> dict[int, int]:
        """Number of candidates per status code, read shard by shard."""
        counts = np.zeros(256, dtype=np.int64)
        for start in range(0, self.n_candidates, self.shard):
            counts += np.bincount(np.asarray(self._status[start : start + self.shard]), minlength=256)
        return {code: int(count) for code, count in enumerate(counts) if count}


class ShardWriter(StatusReader):
    """Writes whole shards, each by one process; zarr has no locks, so half-shard writes by two would lose data silently.

    The variables may be more than the store has, where some came later.
    """

    _mode = "r+"

    def __init__(self, location: Place, specs: Sequence[VariableSpec]):
        super().__init__(location)
        self._root = None if isinstance(location, ObjectPlace) else location
        if self._root is not None:
            self._status = zarr.open_array(DurableStore(self._root), path=STATUS, mode="r+")
        # a store that was begun before an output existed goes on without it
        known: Any = self._group.attrs.get("variable_order")
        names = (spec.name for spec in specs if known is None or spec.name in known)
        self._arrays: dict[str, zarr.Array] = {name: _array(self._group, name) for name in names}

    def write(self, start: int, stop: int, columns: Mapping[str, np.ndarray]) -> None:
        """Write one whole shard, its `status` last: the key of that chunk is the record that the task is finished.

        On a local disk the data are flushed to it before that, so that the record tells the truth after a power loss.
        """
        end = min(start + self.shard, self.n_candidates)
        if start % self.shard or stop != end or start >= stop:
            raise ValueError(
                f"write region: got candidates {start} to {stop}, expected one whole shard of {self.shard} of "
                f"{self.n_candidates}; part of a shard would overwrite the rest of it"
            )
        status = columns[STATUS]
        if status.shape != (stop - start,) or not np.all(status):
            raise ValueError(f"status of candidates {start} to {stop}: expected a non-zero code for each of them")
        for name, array in self._arrays.items():
            _write_region(array, start, stop, columns[name])
        if self._root is not None:
            keys = (f"{name}/{_shard_key(array, start)}" for name, array in self._arrays.items())
            flush((self._root / key for key in keys), self._root)
        _write_region(self._status, start, stop, status)


def sweep_litter(location: Place) -> None:
    """Remove the temporary files that a killed writer left, an hour or more ago."""
    if isinstance(location, ObjectPlace):  # an object is there whole or not at all
        return
    oldest = time.time() - LITTER_AGE_SECONDS
    for path in location.rglob("*.partial"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _write_region(array: zarr.Array, start: int, stop: int, block: np.ndarray) -> None:
    if block.shape != (stop - start, *array.shape[1:]):
        raise ValueError(f"{array.path}: got shape {block.shape}, expected {(stop - start, *array.shape[1:])}")
    try:
        array[start:stop] = block
    except (ValueError, RuntimeError):
        # zarr reads the old shard first (3.1 always, 3.4 the last one): one torn by a power loss cannot be read.
        sync(array.store.delete(f"{array.path}/{_shard_key(array, start)}"))
        array[start:stop] = block


def _shard_key(array: zarr.Array, start: int) -> str:
    rows = (array.shards or array.chunks)[0]
    return "/".join(["c", str(start // rows), *["0"] * (array.ndim - 1)])


def _array(group: zarr.Group, name: str) -> zarr.Array:
    node = group[name]
    if not isinstance(node, zarr.Array):
        raise ValueError(f"result store: {name!r} is a group, expected an array")
    return node


async def _list(keys: AsyncIterator[str]) -> list[str]:
    return [key async for key in keys]


class DurableStore(LocalStore):
    """A zarr store on the local disk whose every value is on the disk when `set` returns."""

    async def set(self, key: str, value: Buffer) -> None:
        """Write a value."""
        await asyncio.to_thread(write_durably, self.root / key, value.to_bytes())
