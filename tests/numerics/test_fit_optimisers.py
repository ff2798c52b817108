"""The coarse phase of a fit on a law in closed form: every start goes downhill on its own way."""

import jax.numpy as jnp
import numpy as np
import pytest

from screening.fitting.law import _LawEngine
from screening.fitting.multistart import coarse_phase
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.sampling.distributions import Range

FREE = FreeParameters(
    (
        FreeParameter("height", "height", "A/m^2", "height", Range(0.1, 100.0, logarithmic=True)),
        FreeParameter("decay", "decay", "1/s", "decay", Range(0.1, 100.0, logarithmic=True)),
    )
)
TIME = np.linspace(0.0, 1.0, 30)
STARTS = np.array([[0.1, 0.9], [0.9, 0.2], [0.5, 0.1], [0.7, 0.8]])


def fade(values, time):
    return values[0] * jnp.exp(-values[1] * time)


@pytest.fixture(scope="module")
def engine():
    return _LawEngine(fade, TIME, np.asarray(fade(np.array([5.0, 3.0]), TIME)), np.full(30, 20.0), FREE, 4)


def cost(engine, unit):
    return np.sum(engine.evaluate(unit).residual ** 2, 1)


def test_every_start_goes_downhill_on_its_own(engine):
    found = coarse_phase(engine, STARTS, 40)
    assert found.min() >= 0
    assert found.max() <= 1
    before, after = cost(engine, STARTS), cost(engine, found)
    assert np.all(after < 1e-2 * before)
    turned = coarse_phase(engine, STARTS[::-1], 40)
    np.testing.assert_array_equal(turned[::-1], found)


def test_no_steps_leave_the_starts(engine):
    np.testing.assert_array_equal(coarse_phase(engine, STARTS, 0), STARTS)
