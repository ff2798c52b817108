"""Kill workers and drivers of runs at random moments, resume, and compare every value with an undisturbed run.

Each run has at least 500 chunks; runs follow each other until the number of kills is reached. From the repository:

    python tests/bench/chaos_campaign.py --kills 200 --chunks 500

It prints one line a run and ends with exit code 1 where a chunk was lost, computed twice, or differs in one bit.
"""

import argparse
import os
import random
import runpy
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
PIPELINE = ROOT / "tests" / "pipeline"
CHUNK = 20
MOST_GIVEN_UP = 20
WORKERS = 2


@dataclass
class Tally:
    """What a campaign saw."""

    runs: int = 0
    worker_kills: int = 0
    driver_kills: int = 0
    lost: int = 0
    duplicated: int = 0
    corrupt: int = 0
    gave_up: int = 0

    @property
    def kills(self) -> int:
        """Kills of both kinds."""
        return self.worker_kills + self.driver_kills

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, duplicated or corrupt; a driver may give up where its workers are killed too often."""
        return not (self.lost or self.duplicated or self.corrupt)


def drive(path: str, chunks: int, pause: float) -> None:
    """One driver: begin the run, or resume what an earlier driver left."""
    from screening.run.dask_cluster import local_workers
    from screening.run.dask_executor import DaskExecutor
    from screening.run.loop import resume, run_evaluator

    recipe = runpy.run_path(str(PIPELINE / "ramp_recipe.py"))["ramp_recipe"](chunks * CHUNK, pause=pause)
    with local_workers(WORKERS) as client:
        executor = DaskExecutor.of(client, recipe)
        if Path(path).exists():
            resume(path, executor.description, progress=False, executor=executor)
        else:
            run_evaluator(executor.description, path, chunk=CHUNK, progress=False, executor=executor)


def campaign(folder: Path, kills: int, chunks: int, *, pause: float = 0.05, seed: int = 1) -> Tally:
    """Runs with kills until there were enough of them.

    Args:
        folder: for the stores.
        kills: at least so many.
        chunks: of each run.
        pause: seconds that a chunk takes at least.
        seed: of the random moments and victims.

    Returns:
        what was seen.
    """
    tally, chance = Tally(), random.Random(seed)
    while tally.kills < kills:
        path = folder / f"run{tally.runs}.zarr"
        _one_run(path, chunks, pause, kills - tally.kills, chance, tally)
        _compare(path, chunks, tally)
        tally.runs += 1
        print(tally, flush=True)
    return tally


def _one_run(path: Path, chunks: int, pause: float, kills: int, chance: random.Random, tally: Tally) -> None:
    written: dict[str, int] = {}
    while True:
        driver = _start_driver(path, chunks, pause)
        try:
            while driver.poll() is None:
                try:
                    # kills fall between the start of the processes and the end of the run alike
                    driver.wait(chance.uniform(0.2, 6.0))
                    break
                except subprocess.TimeoutExpired:
                    pass
                if kills <= 0:
                    driver.wait()
                    break
                workers = _workers_of(driver.pid)
                kills -= 1
                if workers and chance.random() < 0.75:
                    chance.choice(workers).kill()
                    tally.worker_kills += 1
                else:
                    driver.kill()
                    driver.wait()
                    tally.driver_kills += 1
        finally:
            if driver.poll() is None:
                driver.kill()
            driver.wait()
        time.sleep(1.0)  # workers notice the end of their driver well within it, and nobody writes any more
        _check_ledger(path, written, tally)
        if driver.returncode == 0:
            return
        if driver.returncode != -9:
            tally.gave_up += 1
            if tally.gave_up > MOST_GIVEN_UP:
                raise RuntimeError(f"drivers give up: {tally}")


def _start_driver(path: Path, chunks: int, pause: float) -> subprocess.Popen:
    command = [sys.executable, __file__, "--drive", str(path), "--chunks", str(chunks), "--pause", str(pause)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment)


def _workers_of(pid: int) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(pid).children():
        try:
            if any("spawn_main" in word for word in child.cmdline()):
                found.append(child)
        except psutil.Error:
            continue
    return found


def _check_ledger(path: Path, written: dict[str, int], tally: Tally) -> None:
    """A finished chunk stays finished and is never written again."""
    ledger = path / "status" / "c"
    now = {}
    if ledger.is_dir():
        now = {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(ledger) if entry.name.isdigit()}
    for name, moment in written.items():
        if name not in now:
            tally.lost += 1
        elif now[name] != moment:
            tally.duplicated += 1
    written.update(now)


def _compare(path: Path, chunks: int, tally: Tally) -> None:
    import xarray as xr

    n = chunks * CHUNK
    expected = runpy.run_path(str(PIPELINE / "ramp_evaluator.py"))["RampEvaluator"](n).evaluate(0, n)
    dataset = xr.open_zarr(path).load()
    tally.lost += int((dataset.status.values == 0).sum())
    for name, values in expected.items():
        stored = dataset[name].values
        tally.corrupt += stored.tobytes() != values.astype(stored.dtype).tobytes()


def main() -> int:
    """The command; see the top of the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--chunks", type=int, default=500)
    parser.add_argument("--pause", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drive", metavar="STORE", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.drive:
        drive(told.drive, told.chunks, told.pause)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        tally = campaign(Path(folder), told.kills, told.chunks, pause=told.pause, seed=told.seed)
    return 0 if tally.clean else 1


if __name__ == "__main__":
    sys.exit(main())
