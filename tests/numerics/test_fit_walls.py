"""Profile likelihoods where a plateau ends at a wall, and starts that ended elsewhere."""

import jax.numpy as jnp
import numpy as np
import pytest

from screening.fitting.identifiability import equally_good
from screening.fitting.law import _LawEngine
from screening.fitting.multistart import Starts
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.fitting.profile_likelihood import NARROW, profile_likelihoods
from screening.fitting.uncertainty import uncertainty_of
from screening.sampling.distributions import Range

FREE = FreeParameters(tuple(FreeParameter(name, name, "V", name, Range(0.0, 1.0)) for name in ("along", "across")))


@pytest.mark.parametrize("wall", [0.55, 0.63, 0.9])
def test_an_interval_ends_at_the_wall(wall):
    """The cost is flat up to where both quantities together meet a wall; the other can give way by 0.1 at most."""

    def law(values, x):
        return 1e3 * jnp.maximum(values[0] - 0.1 * values[1] - wall + 0.1, 0.0) * x

    engine = _LawEngine(law, np.ones(3), np.zeros(3), np.ones(3), FREE, 16)
    unit = np.array([0.3, 0.5])
    linear = uncertainty_of(FREE, unit, engine.evaluate(unit[None]).jacobian[0], (1.0, 1.0))
    (profile,), _, _ = profile_likelihoods(engine, unit, 0.0, linear, (0,))
    end = wall + 1.96e-3 / np.sqrt(3)
    assert profile.high == pytest.approx(end, abs=NARROW)
    assert profile.closed_high
    assert not profile.closed_low


def test_starts_that_end_elsewhere_are_counted_apart():
    starts = Starts(np.zeros((4, 1)), np.array([10.0, 13.7, 14.0, np.inf]), np.ones(4, np.uint8), np.zeros(4, int))
    assert equally_good(starts, 10.0, 1.0).tolist() == [True, True, False, False]
    assert equally_good(starts, 10.0, 2.0).tolist() == [True, True, True, False]
