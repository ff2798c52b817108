"""Any number of candidates through one compiled shape, whose length follows the memory of the device."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

# What is left to allocation in pieces, and to what XLA does not tell beforehand.
SHARE_OF_FREE_MEMORY = 0.8
# Steps in which blocks of a large device are shortened, as a share of their length: few shapes to compile, little to fill up.
SHORTEST_PART = 32


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


def even_length(count: int, length: int) -> int:
    """Length of blocks that candidates fill to a few per cent, where whole ones might leave one almost empty."""
    part = max(1, length // SHORTEST_PART)
    each = -(-count // -(-count // length))
    return min(length, -(-each // part) * part)


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
        pieces, first, longest, length = [], 0, 0, 0
        while first < count:
            if longest != self.length:
                longest = length = self.length
                # a processor's blocks are short, and keep one shape
                if getattr(devices[0], "platform", "cpu") != "cpu":
                    length = even_length(count - first, longest)
            rows = np.minimum(np.arange(first, first + length), count - 1)
            # whole blocks go round the devices, so each computes the shape that a single one would
            device = devices[(first_candidate + first) // length % len(devices)]
            try:
                with jax.enable_x64(True), jax.default_device(device):
                    given = inputs(rows)
                    if self._fit(jitted, given, length, device) < length:
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

    def _fit(self, jitted: Any, given: tuple, length: int, device: Any) -> int:
        """Shorten the blocks to what the device has room for, once; what is compiled for that serves the calls too."""
        if self._fitted:
            return self.length
        with self._fitting:
            free = None if self._fitted else free_memory(device)
            if free is not None:
                compiled = jitted.lower(*given).compile()
                needed = needed_memory(compiled) * self.length // length
                self.length = min(self.length, length_that_fits(self.length, needed, free))
            self._fitted = True
        return self.length
