"""What a run would cost, from a few seconds of it on this machine."""

import itertools
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from screening.model.variables import Evaluator
from screening.run.progress import in_words
from screening.run.threads import single_threaded_blas

MEASURED_SECONDS = 10.0
# Where calls have no order, steps of this share of all come near every place after a few of them.
GOLDEN_SHARE = (math.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True)
class RunCost:
    """Cost of a whole run.

    Attributes:
        n_candidates: of the run.
        threads: that computed.
        measured: candidates computed for it.
        seconds: that they took, after compiling.
        compiling: seconds of the first call, which compiles.

    Example:
        >>> print(RunCost(1_000_000, 2, measured=8000, seconds=8.0, compiling=5.0))
        measured: 1,000 candidates/s by 2 threads (8,000 in 8.0 s, after 5 s of compiling)
        a run of 1,000,000 candidates: 16 min 45 s here; 0.556 core-hours, which W such cores do in 33.3 / W minutes
    """

    n_candidates: int
    threads: int
    measured: int
    seconds: float
    compiling: float

    @property
    def rate(self) -> float:
        """Candidates a second."""
        return self.measured / self.seconds

    @property
    def core_hours(self) -> float:
        """Of the calculation alone; each process of a run compiles beside that."""
        return self.threads * self.n_candidates / self.rate / 3600.0

    def __str__(self) -> str:
        whole = in_words(self.n_candidates / self.rate + self.compiling)
        return (
            f"measured: {self.rate:,.0f} candidates/s by {self.threads} threads ({self.measured:,} in {self.seconds:.1f} s, "
            f"after {self.compiling:.0f} s of compiling)\n"
            f"a run of {self.n_candidates:,} candidates: {whole} here; {self.core_hours:.3g} core-hours, "
            f"which W such cores do in {60 * self.core_hours:.3g} / W minutes"
        )


def measure_cost(evaluator: Evaluator, block: int, threads: int, seconds: float | None = None) -> RunCost:
    """Evaluate candidates from all over a study for some seconds, and for one call of each thread at least."""
    n, seconds = evaluator.n_candidates, MEASURED_SECONDS if seconds is None else seconds
    block = min(block, n)
    blocks = n // block
    numbers, stride = itertools.count(), max(1, round(GOLDEN_SHARE * blocks))
    began = time.monotonic()
    evaluator.evaluate(0, block)
    compiled = time.monotonic()

    def compute(_: int) -> int:
        done = 0
        while not done or time.monotonic() - compiled < seconds:
            start = block * (stride * next(numbers) % blocks)
            evaluator.evaluate(start, start + block)
            done += block
        return done

    with single_threaded_blas(), ThreadPoolExecutor(threads) as pool:
        measured = sum(pool.map(compute, range(threads)))
    return RunCost(n, threads, measured, time.monotonic() - compiled, compiled - began)
