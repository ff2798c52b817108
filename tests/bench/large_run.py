"""Memory of driver and workers, speed and files of runs of growing size, by real studies; from the repository:

    python tests/bench/large_run.py --samples 100000 1000000 10000000 --outputs limiting_current_density
    python tests/bench/large_run.py --samples 32768 131072

With --outputs the study gives only these: where they follow from the film alone, as limiting current and resistance do,
its protocol is not run. It prints one line a run.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from screening.run.study_run import packaged_studies
from screening.store.destination import read_attributes

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "import sys; from screening.cli.app import main; sys.exit(main())"
SECONDS_BETWEEN_LOOKS = 0.25


@dataclass(frozen=True)
class LargeRun:
    """One run.

    Attributes:
        candidates: of all films.
        seconds: wall time of the whole command, compilation included.
        processor: seconds of all cores that driver and workers took, which a busy machine does not stretch.
        driver, worker: largest resident memory of the command and of any of its workers, bytes.
        files, size: number and bytes of the store's files.
    """

    candidates: int
    seconds: float
    processor: float
    driver: int
    worker: int
    files: int
    size: int

    def __str__(self) -> str:
        return (
            f"{self.candidates:,} candidates: {self.seconds:.1f} s, {self.candidates / self.seconds:,.0f} candidates/s, "
            f"{self.processor:.1f} s of processor, {self.candidates / self.processor:,.0f} candidates/s and core, "
            f"driver {self.driver / 1e6:.0f} MB, largest worker {self.worker / 1e6:.0f} MB, "
            f"{self.files} files, {self.size / 1e6:,.0f} MB on disk"
        )


def measure(study: str, samples: int, workers: int, store: Path) -> LargeRun:
    """Run a study by worker processes and watch their memory.

    Args:
        study: name or file.
        samples: of each film.
        workers: processes.
        store: where to write.
    """
    command = [sys.executable, "-c", COMMAND, "run", study, "--out", str(store), "--samples", str(samples)]
    began, before = time.monotonic(), _processor()
    process = subprocess.Popen(
        [*command, "--workers", str(workers), "--quiet"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
    )
    peaks = {"driver": 0, "worker": 0}
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            peaks["driver"] = max(peaks["driver"], watched.memory_info().rss)
            workers_now = [child.memory_info().rss for child in watched.children(recursive=True)]
            peaks["worker"] = max(peaks["worker"], *workers_now, 0)
        except psutil.NoSuchProcess:  # one that has just ended
            pass
        time.sleep(SECONDS_BETWEEN_LOOKS)
    seconds = time.monotonic() - began
    if process.returncode:
        raise SystemExit(f"the run ended with exit code {process.returncode}")
    files = [file.stat().st_size for file in store.rglob("*") if file.is_file()]
    candidates = int(read_attributes(store)["n_candidates"])
    return LargeRun(
        candidates, seconds, _processor() - before, peaks["driver"], peaks["worker"], len(files), sum(files)
    )


def _processor() -> float:
    """Seconds that ended child processes took, and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure one run after the other; each store is removed before the next begins."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", default="quick")
    parser.add_argument("--samples", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--outputs", nargs="+", default=[])
    parser.add_argument("--workers", type=int, default=2)
    told = parser.parse_args()
    text = packaged_studies()[told.study].read_text(encoding="utf-8")
    if told.outputs:
        text += f"\n[output]\noutputs = {told.outputs}\n"
    for samples in told.samples:
        with tempfile.TemporaryDirectory() as folder:
            study = Path(folder) / f"{told.study}.toml"
            study.write_text(text, encoding="utf-8")
            print(measure(str(study), samples, told.workers, Path(folder) / "R.zarr"), flush=True)


if __name__ == "__main__":
    main()
