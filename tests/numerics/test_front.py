"""The Pareto front against the definition, pair by pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.results.pareto import non_dominated


def by_definition(values, maximise):
    gains = np.where(maximise, values, -values)
    front = []
    for mine in gains:
        beaten = [(other >= mine).all() and (other > mine).any() for other in gains]
        front.append(not np.isnan(mine).any() and not any(beaten))
    return front


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 4).flatmap(lambda k: st.tuples(st.lists(st.lists(st.sampled_from([-2.0, 0.0, 1.0, 3.0, np.inf,
        -np.inf, np.nan]), min_size=k, max_size=k), max_size=14).map(lambda rows: np.array(rows).reshape(-1, k)),
        st.tuples(*[st.booleans()] * k))),
)  # fmt: skip
def test_front_is_that_of_the_definition(case):
    values, maximise = case
    assert non_dominated(values, maximise).tolist() == by_definition(values, maximise)


@pytest.mark.parametrize("objectives", [2, 3])
def test_front_of_many_candidates(objectives):
    values = np.random.default_rng(3).normal(size=(400, objectives))
    maximise = (True, False, True)[:objectives]
    found = non_dominated(values, maximise)
    assert found.tolist() == by_definition(values, maximise)
    assert 3 < found.sum() < 100


@pytest.mark.parametrize("correlation", [-0.99, 0.0, 0.99])
def test_front_of_a_large_run_is_that_of_its_parts(correlation):
    """Above some size most rows are ruled out unsorted; the front of the parts' fronts is the front of all."""
    rng = np.random.default_rng(4)
    one, other = rng.normal(size=(2, 30_000))
    values = np.round(np.stack([one, correlation * one + 0.3 * other], 1), 3)  # with equal values
    values[7] = np.nan
    found = np.flatnonzero(non_dominated(values, (True, False)))
    parts = [np.arange(start, start + 10_000) for start in range(0, 30_000, 10_000)]
    fronts = np.concatenate([part[non_dominated(values[part], (True, False))] for part in parts])
    assert found.tolist() == fronts[non_dominated(values[fronts], (True, False))].tolist()


def test_directions_must_fit():
    with pytest.raises(ValueError, match="one for each"):
        non_dominated(np.zeros((3, 2)), (True,))
