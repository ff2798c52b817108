"""Rate laws of charge transfer, one a file."""

from collections.abc import Mapping

from kernels.kinetics.butler_volmer import ButlerVolmer
from kernels.kinetics.marcus_hush_chidsey import MarcusHushChidsey
from kernels.kinetics.rate_law import RateLaw

# by the name that study files give them
RATE_LAWS: Mapping[str, type[RateLaw]] = {
    "butler_volmer": ButlerVolmer,
    "marcus_hush_chidsey": MarcusHushChidsey,
}

__all__ = ["RATE_LAWS", "ButlerVolmer", "MarcusHushChidsey", "RateLaw"]
