"""Length of the compiled blocks: what fits into a device's memory, and results that do not depend on it."""

from types import SimpleNamespace

import jax
import numpy as np
import pytest

from screening.model.blocks import Blocks, even_length, free_memory, length_that_fits, needed_memory
from screening.model.draws import draw_candidates
from screening.model.study_evaluator import StudyEvaluator
from screening.run.study_run import find_study


class FakeDevice:
    """Tells its memory as a GPU does; the CPU computes."""

    def __init__(self, limit: int, used: int = 0):
        self.limit, self.used = limit, used

    def memory_stats(self):
        return {"bytes_limit": self.limit, "bytes_in_use": self.used}


@pytest.fixture
def on_fake(monkeypatch):
    """Lets `jax.default_device` take a fake."""
    real = jax.default_device
    cpu = jax.devices("cpu")[0]
    monkeypatch.setattr(jax, "default_device", lambda device: real(cpu))


def halves(values):
    return {"half": values / 2, "sum": jax.numpy.cumsum(values[:, None] * values[:, None], axis=1)[:, 0]}


def run(blocks, device, count=1000):
    values = np.linspace(1.0, 2.0, count)
    return blocks.run(jax.jit(halves), lambda rows: (values[rows],), count, [device])


def test_free_memory():
    assert free_memory(FakeDevice(1000, 300)) == 700
    assert free_memory(FakeDevice(1000, 1300)) == 0
    assert free_memory(SimpleNamespace(memory_stats=dict)) is None
    assert free_memory(jax.devices("cpu")[0]) is None


@pytest.mark.parametrize(
    ("length", "needed", "free", "fits"),
    [
        (4096, 799, 1000, 4096),
        (4096, 801, 1000, 2048),
        (4096, 6400, 1000, 512),
        (5, 10**12, 1000, 1),
        (4096, 10**12, None, 4096),
        (4096, 0, 0, 4096),
    ],
)
def test_length_that_fits(length, needed, free, fits):
    assert length_that_fits(length, needed, free) == fits


@pytest.mark.parametrize(("count", "length"), [(65_536, 52_428), (52_429, 52_428), (1_000_000, 52_428), (7, 4), (3, 8)])
def test_blocks_of_a_large_device_are_filled_to_a_few_per_cent(count, length):
    even = even_length(count, length)
    computed = -(-count // even) * even
    assert even <= length
    assert -(-count // even) == -(-count // length)  # no more calls than whole blocks need
    assert computed <= max(1.07 * count, count + 1)


def test_a_large_device_gets_even_blocks_of_one_shape(on_fake):
    class Card(FakeDevice):
        platform = "cuda"

    seen = []

    def inputs(rows):
        seen.append(len(rows))
        return (np.linspace(1.0, 2.0, 65)[rows],)

    found = Blocks(52).run(jax.jit(halves), inputs, 65, [Card(10**9)])
    assert seen == [33, 33]
    assert found["half"].tolist() == (np.linspace(1.0, 2.0, 65) / 2).tolist()


def test_blocks_follow_the_free_memory(on_fake):
    large, cpu = Blocks(512), jax.devices("cpu")[0]
    expected = run(large, cpu)
    assert large.length == 512
    with jax.enable_x64(True):
        needed = needed_memory(jax.jit(halves).lower(np.zeros(512)).compile())
    assert needed >= 512 * 24  # one argument and two results
    small = Blocks(512)
    found = run(small, FakeDevice(needed, used=needed // 2))
    assert small.length == 128
    assert all(found[name].tobytes() == expected[name].tobytes() for name in expected)
    roomy = Blocks(512)
    run(roomy, FakeDevice(2 * needed))
    assert roomy.length == 512


@pytest.fixture(scope="module")
def film_alone():
    """`quick`, asked for what follows from the film alone, so that nothing is stepped in time."""
    text = find_study("quick").text
    outputs = '\n[output]\noutputs = ["limiting_current_density", "film_area_specific_resistance"]\n'
    from screening.config.study import parse_study

    return parse_study(text + outputs, samples=1000)


def test_outputs_of_the_film_need_no_voltammogram(film_alone):
    evaluator = StudyEvaluator(film_alone)
    assert not evaluator.marches
    assert evaluator.coordinates == {}
    found, batch = evaluator.evaluate(0, 1000), draw_candidates(film_alone, 0, 1000)
    assert (found["status"] == 1).all()
    layers, liquid = batch.stack, batch.electrolyte
    film = (layers.thickness / layers.diffusivity / layers.partition_coefficient).sum(axis=1)
    outside = (1 - liquid.transference_number) * liquid.diffusion_layer_thickness / liquid.diffusivity
    current = 96485.33212 * liquid.concentration / (film + outside)
    np.testing.assert_allclose(found["limiting_current_density"], current, rtol=1e-9)
    resistance = 8.314462618 * batch.temperature / (96485.33212**2 * liquid.concentration) * film
    np.testing.assert_allclose(found["film_area_specific_resistance"], resistance, rtol=1e-9)


def test_film_that_overflows_is_told(film_alone):
    evaluator = StudyEvaluator(film_alone)
    batch = draw_candidates(film_alone, 0, 3)
    batch.stack.diffusivity[1] = 1e-320
    found = evaluator.evaluate_batch(batch)
    assert found["status"].tolist() == [1, 4, 1]
    assert np.isnan(found["limiting_current_density"]).tolist() == [False, True, False]


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
def test_block_changes_no_bit_of_a_film(film_alone, block):
    evaluator, other = StudyEvaluator(film_alone), StudyEvaluator(film_alone)
    other.block = block
    whole, pieces = evaluator.evaluate(0, 1000), other.evaluate(0, 1000)
    assert all(whole[name].tobytes() == pieces[name].tobytes() for name in whole)
