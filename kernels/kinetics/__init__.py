"""Rate laws of charge transfer, one a file: `name.py` holds the class `Name`."""

from kernels.kinetics.asymmetric_marcus_hush import AsymmetricMarcusHush
from kernels.kinetics.butler_volmer import ButlerVolmer
from kernels.kinetics.marcus_hush_chidsey import MarcusHushChidsey
from kernels.kinetics.rate_law import RateLaw

__all__ = ["AsymmetricMarcusHush", "ButlerVolmer", "MarcusHushChidsey", "RateLaw"]
