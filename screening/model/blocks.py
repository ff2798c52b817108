"""Any number of candidates through one compiled shape, whose length follows the memory of the device."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

# What is left to allocation in pieces, and to what XLA does not tell beforehand.
SHARE_OF_FREE_MEMORY = 0.8


def free_memory(device: Any) -> int | None:
    """Bytes that JAX can still have on a device."""
    told = device.memory_stats()
    if not told or "bytes_limit" not in told:
        return None
    return max(0, int(told["bytes_limit"]) - int(told.get("bytes_in_use", 0)))


def length_that_fits(length: int, needed: int, free: int | None) -> int:
    """Length of a block that a device has room for."""
    if free is None:
        return length
    while length > 1 and needed > SHARE_OF_FREE_MEMORY * free:
        length, needed = length // 2, -(-needed // 2)
    return length


def needed_memory(compiled: Any) -> int:
    """Bytes that a call of a compiled function takes on its device."""
    told = compiled.memory_analysis()
    if told is None:
        return 0
    return told.argument_size_in_bytes + told.output_size_in_bytes + told.temp_size_in_bytes


class Blocks:
    """Evaluates candidates in blocks of one length, so that each function is compiled for one shape.

    Args:
        length: candidates per block. It only ever becomes smaller: at the first call, where the device's free memory is
            known and too small, and where the device runs out of memory all the same.

    Example:
        Blocks(320).run(jitted, lambda rows: (values[rows],), 1000, jax.devices())["status"]
    """

    def __init__(self, length: int) -> None:
        self.length = length
        self._fitted = False
        self._fitting = threading.Lock()

    def run(
        self,
        jitted: Any,
        inputs: Callable[[np.ndarray], tuple],
        count: int,
        devices: Sequence[Any],
        first_candidate: int = 0,
    ) -> dict[str, np.ndarray]:
        """Results of a function for all candidates of a batch."""
        pieces, first = [], 0
        while first < count:
            length = self.length
            rows = np.minimum(np.arange(first, first + length), count - 1)
            # whole blocks go round the devices, so each computes the shape that a single one would
            device = devices[(first_candidate + first) // length % len(devices)]
            try:
                with jax.enable_x64(True), jax.default_device(device):
                    given = inputs(rows)
                    if self._fit(jitted, given, device) < length:
                        continue
                    result = jax.device_get(jitted(*given))
            except jax.errors.JaxRuntimeError as error:
                if "RESOURCE_EXHAUSTED" not in str(error) or length == 1:
                    raise
                self.length = min(self.length, length // 2)  # never larger again, whatever thread comes first
                continue
            pieces.append({name: values[: min(length, count - first)] for name, values in result.items()})
            first += length
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}

    def _fit(self, jitted: Any, given: tuple, device: Any) -> int:
        """Shorten the blocks to what the device has room for, once; what is compiled for that serves the calls too."""
        if self._fitted:
            return self.length
        with self._fitting:
            free = None if self._fitted else free_memory(device)
            if free is not None:
                compiled = jitted.lower(*given).compile()
                self.length = min(self.length, length_that_fits(self.length, needed_memory(compiled), free))
            self._fitted = True
        return self.length
