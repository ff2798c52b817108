"""A zarr store whose values survive a power loss."""

import asyncio

from zarr.core.buffer import Buffer
from zarr.storage import LocalStore

from screening.store.durable import write_durably


class DurableStore(LocalStore):
    """A zarr store on the local disk whose every value is on the disk when `set` returns."""

    async def set(self, key: str, value: Buffer) -> None:
        """Write a value."""
        await asyncio.to_thread(write_durably, self.root / key, value.to_bytes())
