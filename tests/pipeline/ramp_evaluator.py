"""A numpy evaluator whose every value is known in closed form; as a script it runs slowly, whole or one part, to be killed."""

import sys
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from screening.model.variables import Coordinate, VariableSpec
from screening.run.loop import run_evaluator, run_part
from screening.run.part import Part

SCAN_RATES = np.array([0.01, 0.2, 0.05])
FILMS = {"flag_values": [0, 1], "flag_meanings": "LiDFOB LiBF4"}


@dataclass
class RampEvaluator:
    """Candidate i has thickness (i % 100 + 1) nm and peak -thickness * 1e9 * (i + 1) * scan rate; i % 7 == 3 fails."""

    n_candidates: int
    digest: str = "d1"
    curve_steps: int = 0
    pause: float = 0.0
    all_fail: bool = False
    calls: list[tuple[int, int]] = field(default_factory=list)

    @property
    def variables(self) -> tuple[VariableSpec, ...]:
        specs = (
            VariableSpec("param_thickness", (), "float64", "m", "thickness of the film"),
            VariableSpec("param_temperature", (), "float64", "K", "temperature"),
            VariableSpec("film", (), "uint8", "1", "film of the candidate", FILMS),
            VariableSpec("peak_current_density", ("scan_rate",), "float32", "A m-2", "cathodic peak current density"),
            VariableSpec("charge_density", (), "float32", "C m-2", "charge of one cycle"),
        )
        curve = VariableSpec("current_density", ("scan_rate", "curve_step"), "float32", "A m-2", "voltammogram")
        return (*specs, curve) if self.curve_steps else specs

    @property
    def coordinates(self) -> dict[str, Coordinate]:
        axes = {"scan_rate": Coordinate(SCAN_RATES, "V s-1", "scan rate")}
        if self.curve_steps:
            axes["curve_step"] = Coordinate(np.arange(self.curve_steps), "1", "time step")
        return axes

    @property
    def attributes(self) -> dict[str, Any]:
        return {"digest": self.digest, "seed": 7, "study": "name = 'ramp'\n", "precision": "float64"}

    def evaluate(self, start: int, stop: int) -> dict[str, np.ndarray]:
        self.calls.append((start, stop))
        time.sleep(self.pause)
        index = np.arange(start, stop)
        failed = (index % 7 == 3) | self.all_fail
        thickness = (index % 100 + 1) * 1e-9
        peak = -(thickness * 1e9 * (index + 1))[:, None] * SCAN_RATES
        columns = {
            "param_thickness": np.where(self.all_fail, np.nan, thickness),
            "param_temperature": np.full(len(index), 298.15),
            "film": (index % 2).astype(np.uint8),
            "peak_current_density": np.where(failed[:, None], np.nan, peak),
            "charge_density": np.where(failed, np.nan, np.sin(index)),
            "status": np.where(failed, 2, 1).astype(np.uint8),
        }
        if self.curve_steps:
            steps = np.arange(self.curve_steps) / self.curve_steps
            columns["current_density"] = columns["peak_current_density"][:, :, None] * steps
        return columns


def assert_same_results(path: Any, n: int) -> None:
    """A store holds what n candidates give, to the bit."""
    import xarray as xr  # not by the script

    dataset = xr.open_zarr(path, chunks=None).load()
    for name, values in RampEvaluator(n).evaluate(0, n).items():
        assert dataset[name].values.tobytes() == values.astype(dataset[name].dtype).tobytes(), name


if __name__ == "__main__":
    HOW = {"chunk": 100, "block": 50, "threads": 2, "progress": False}
    if len(sys.argv) == 2:
        run_evaluator(RampEvaluator(2000, pause=0.03), sys.argv[1], **HOW)
    else:
        run_part(RampEvaluator(2000, pause=0.1), sys.argv[1], Part.read(sys.argv[2]), **HOW)
