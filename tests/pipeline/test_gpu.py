"""On a real GPU: the kernel is taken, its results are those of the CPU, and repeat themselves to the bit."""

import numpy as np
import pytest
import xarray as xr

from kernels.fused.lane_kernel import card_found
from screening.model.study_evaluator import StudyEvaluator
from screening.run.study_run import find_study, run_study

pytestmark = pytest.mark.gpu
COUNT = 1000


def evaluated(device, block=None, study="lidfob_vs_libf4"):
    evaluator = StudyEvaluator(find_study(study, samples=COUNT), device)
    if block is not None:
        evaluator.block = block
    return evaluator.evaluate(0, COUNT)


@pytest.fixture(scope="module")
def on_card():
    return evaluated("gpu")


def test_the_kernel_is_taken():
    assert card_found()
    evaluator = StudyEvaluator(find_study("quick", samples=64), "gpu")
    from screening.model.draws import draw_candidates

    given = evaluator.calculation.inputs(draw_candidates(evaluator.study, 0, 64), np.arange(64))
    assert "triton" in evaluator._jitted.lower(*given).as_text()


def test_peaks_are_those_of_the_cpu(on_card):
    there = evaluated("cpu")
    assert (on_card["status"] == there["status"]).all()
    good = on_card["status"] == 1
    ratio = on_card["peak_current_density"][good] / there["peak_current_density"][good]
    print("peaks, GPU against CPU: median", np.median(np.abs(ratio - 1)), "largest", np.abs(ratio - 1).max())
    assert np.abs(ratio - 1).max() < 1e-5


@pytest.mark.parametrize("block", [None, 640, 100])
def test_no_bit_depends_on_the_run_or_the_block(on_card, block):
    again = evaluated("gpu", block)
    for name, values in on_card.items():
        assert values.tobytes() == again[name].tobytes(), name


def test_a_run_reaches_its_store(tmp_path, on_card):
    run_study("lidfob_vs_libf4", tmp_path / "gpu.zarr", samples=COUNT, device="gpu", progress=False)
    stored = xr.open_zarr(tmp_path / "gpu.zarr").load()
    assert stored.attrs["platform"] in ("gpu", "cuda")
    np.testing.assert_allclose(stored["peak_current_density"][:COUNT], on_card["peak_current_density"], rtol=1e-5)


def test_a_block_too_long_for_the_card_is_shortened():
    """Float64 curves of the default numerics for more candidates than any card holds at once."""
    evaluator = StudyEvaluator(find_study("quick", samples=4_000_000), "gpu")
    evaluator.block = 4_000_000
    found = evaluator.evaluate(0, 100_000)
    assert evaluator.block < 4_000_000
    assert (found["status"] == 1).mean() > 0.99
