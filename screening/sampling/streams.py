"""Keyed random streams: the number at a counter depends on (seed, label, counter) alone."""

import hashlib

import numpy as np
from jaxtyping import Float, UInt64


def stream_key(seed: int, label: str) -> tuple[int, int]:
    """Two 64-bit words that name the stream of one axis of one study."""
    digest = hashlib.blake2b(f"{seed}\x1f{label}".encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


def random_words(seed: int, label: str, start: int, stop: int) -> UInt64[np.ndarray, "sample"]:
    """Random 64-bit words of the samples `start` to `stop` of one stream, the same in every range that holds the sample.

    Source: Philox4x64-10, Salmon et al., SC '11, 10.1145/2063384.2063405; four words for each counter.
    """
    block = start // 4
    key = np.array(stream_key(seed, label), dtype=np.uint64)
    generator = np.random.Philox(counter=block, key=key)
    return generator.random_raw(stop - 4 * block)[start - 4 * block :]


def unit_interval(words: UInt64[np.ndarray, "sample"], bits: int = 52) -> Float[np.ndarray, "sample"]:
    """Map random words to the open unit interval, at the centres of 2^bits equal cells."""
    return ((words >> np.uint64(64 - bits)).astype(np.float64) + 0.5) * 2.0**-bits
