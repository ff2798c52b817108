"""Several devices in one process, and a device whose memory is too small for a block."""

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import jax
import numpy as np
import pytest
import xarray as xr

from screening.model.draws import draw_candidates
from screening.model.study_evaluator import StudyEvaluator
from screening.run import study_run
from screening.run.study_run import find_study

RUN = """
import json, sys
from screening.cli.app import run_command
code = run_command(["run", "quick", "--samples", "700", "--chunk", "320", "--quiet", "--out", sys.argv[1]])
import jax
from screening.model.draws import draw_candidates
print(json.dumps([code, len(jax.devices())]))
"""


def run_on(devices: int, threads: int, path, repository) -> None:
    flags = f"--xla_force_host_platform_device_count={devices}"
    environment = {**os.environ, "PYTHONPATH": str(repository), "XLA_FLAGS": flags, "NPROC": str(threads)}
    command = [sys.executable, "-c", RUN, str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [0, devices]


@pytest.mark.slow
def test_devices_and_threads_of_xla_change_no_bit(tmp_path, repository):
    """Workers have one thread and one device, a process on its own has as many as there are cores."""
    run_on(1, 1, tmp_path / "one.zarr", repository)
    run_on(2, 4, tmp_path / "two.zarr", repository)
    one, two = (xr.open_zarr(tmp_path / name).load() for name in ("one.zarr", "two.zarr"))
    assert (one.status == 1).all()
    for name in one.variables:
        assert one[name].values.tobytes() == two[name].values.tobytes(), name


@pytest.fixture
def stand_in():
    """An evaluator whose compiled function is a stand-in that tells how many candidates it got."""
    evaluator = StudyEvaluator(find_study("quick", samples=64))
    evaluator.block = 16
    seen = []

    def compiled(sample, drive, scan_rates):
        seen.append(len(scan_rates))
        return {"status": np.ones(len(scan_rates), np.uint8)}

    evaluator._jitted, evaluator.outputs = compiled, ()
    return evaluator, seen


def test_blocks_go_round_the_devices(stand_in, monkeypatch):
    evaluator, seen = stand_in
    asked = []
    monkeypatch.setattr(jax, "default_device", lambda device: asked.append(device) or nullcontext())
    evaluator.devices = a, b, c = [SimpleNamespace(memory_stats=lambda: None) for _ in "abc"]
    evaluator.evaluate_batch(draw_candidates(evaluator.study, 0, 64))
    evaluator.evaluate_batch(draw_candidates(evaluator.study, 32, 40))
    assert [device for device in asked if device in (a, b, c)] == [a, b, c, a, c]  # others assemble candidates
    assert seen == [16] * 5


def test_block_is_halved_where_memory_runs_out(stand_in):
    evaluator, seen = stand_in
    inner = evaluator._jitted

    def small(sample, drive, rates):
        if len(rates) > 5:
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: out of memory while trying to allocate")
        return inner(sample, drive, rates)

    evaluator._jitted = small
    found = evaluator.evaluate_batch(draw_candidates(evaluator.study, 0, 63))
    assert found["status"].tolist() == [1] * 63
    assert set(seen) == {4}
    assert evaluator.block == 4


def test_other_errors_of_the_device_are_told(stand_in):
    evaluator, _ = stand_in

    def broken(sample, drive, rates):
        raise jax.errors.JaxRuntimeError("INTERNAL: device lost")

    evaluator._jitted = broken
    with pytest.raises(jax.errors.JaxRuntimeError, match="device lost"):
        evaluator.evaluate_batch(draw_candidates(evaluator.study, 0, 8))
    assert evaluator.block == 16


@pytest.mark.parametrize(("platform", "devices", "calls"), [("gpu", 1, 1), ("gpu", 4, 4), ("cpu", 1, None)])
def test_a_gpu_gets_one_call_at_a_time_whatever_the_cores(platform, devices, calls):
    """Each call takes a block that is sized for the whole memory of its device."""
    evaluator = SimpleNamespace(devices=[SimpleNamespace(platform=platform)] * devices)
    assert study_run.calls_at_once(evaluator) == calls
