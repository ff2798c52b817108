"""How much faster two worker processes are than one, and what handing out and writing cost; from the repository:

    python tests/bench/worker_scaling.py --samples 32768 --chunk 2048 --rounds 3

The runs alternate, so that a machine whose speed wanders does so for both. Each worker's first chunk, in which it
compiles, is left out: a study that is compute-bound is long against it. It prints one line a run and the medians.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from screening.run.log import read_log

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "import sys; from screening.cli.app import main; sys.exit(main())"


@dataclass(frozen=True)
class Measured:
    """One run.

    Attributes:
        wall: seconds of the whole command.
        first: seconds of the slowest first chunk, with compilation.
        rate: candidates per second of all workers after their first chunks, while all of them work.
        overhead: share of the workers' time after their first chunks that is not calculation.
    """

    wall: float
    first: float
    rate: float
    overhead: float


def measure(study: str, samples: int, chunk: int, workers: int, store: Path) -> Measured:
    """Run a study by worker processes and read its log.

    Args:
        study: name or file.
        samples, chunk: candidates of the run and of a chunk.
        workers: processes.
        store: where to write.
    """
    options = ["--samples", str(samples), "--chunk", str(chunk), "--workers", str(workers), "--quiet"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", COMMAND, "run", study, "--out", str(store), *options]
    subprocess.run(command, check=True, env=environment, stdin=subprocess.DEVNULL)
    events = list(read_log(store))
    began, ended = (next(e["time"] for e in events if e["event"] == name) for name in ("start", "end"))
    by_worker = defaultdict(list)
    for event in events:
        if event["event"] == "chunk":
            by_worker[event["worker"]].append(event)
    rate, computing, present = 0.0, 0.0, 0.0
    for chunks in by_worker.values():
        span = chunks[-1]["time"] - chunks[0]["time"]
        rate += sum(e["stop"] - e["start"] for e in chunks[1:]) / span
        computing += sum(e["seconds"] - e["writing"] for e in chunks[1:])
        present += span
    first = max(chunks[0]["seconds"] for chunks in by_worker.values())
    return Measured(ended - began, first, rate, 1 - computing / present)


def main() -> None:
    """Measure one and two workers in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", default="quick")
    parser.add_argument("--samples", type=int, default=32768)
    parser.add_argument("--chunk", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args()
    found = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(told.rounds):
            for workers in (1, 2):
                one = measure(told.study, told.samples, told.chunk, workers, Path(folder) / f"{turn}_{workers}.zarr")
                found[workers].append(one)
                print(
                    f"{workers} workers: {one.wall:.1f} s, first chunk {one.first:.1f} s, then "
                    f"{one.rate:.0f} candidates/s, {one.overhead:.2%} not calculation",
                    flush=True,
                )
    single, double = (statistics.median(one.rate for one in found[workers]) for workers in (1, 2))
    overhead = statistics.median(one.overhead for one in found[2])
    print(f"medians: 2 workers {double:.0f} / 1 worker {single:.0f} candidates/s = {double / single:.2f}")
    print(f"handing out and writing: {overhead:.2%} of the workers' time")


if __name__ == "__main__":
    main()
