"""Block and bisection searches against plain loops over every lane."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels.observables import step_search


@pytest.mark.parametrize("steps", [5, 64, 101, 1000])
@pytest.mark.parametrize("direction", [1, -1])
def test_block_searches_agree_with_loops(steps, direction):
    random = np.random.default_rng(steps)
    count = 40
    # Few distinct values, so that ties and levels met exactly are common.
    values = random.integers(-6, 7, size=(steps, count)) / 2.0
    level, position = random.integers(-8, 5, count) / 2.0, random.integers(0, steps, count)

    @jax.jit
    def search(values, level, position):
        blocks = step_search.step_blocks(values)
        return (
            *step_search.largest(blocks, direction),
            step_search.last_index_at_most(blocks, direction, level, position),
            step_search.first_index_at_most(blocks, direction, level, position),
        )

    best, index, last, first = map(np.asarray, search(values, level, position.astype(np.int32)))
    for lane in range(count):
        signed = direction * values[:, lane]
        low = np.flatnonzero(signed <= level[lane])
        before, after = low[low < position[lane]], low[low > position[lane]]
        assert best[lane] == signed.max()
        assert index[lane] == np.argmax(signed)
        assert last[lane] == (before[-1] if before.size else -1)
        if after.size:
            assert first[lane] == after[0]
        else:
            assert first[lane] >= steps


@pytest.mark.parametrize("steps", [1, 2, 7, 64, 129])
@pytest.mark.parametrize("beyond", [False, True])
def test_bisection_agrees_with_searchsorted(steps, beyond):
    random = np.random.default_rng(steps)
    values = np.sort(random.integers(0, 20, size=(steps, 6)), axis=0).astype(float)
    target = random.integers(-1, 22, size=(11, 6)).astype(float)
    low, high = np.zeros((11, 6), np.int32), np.full((11, 6), steps, np.int32)
    rising = step_search.first_index(jnp.asarray(values), jnp.asarray(target), low, high, beyond=beyond)
    side = "right" if beyond else "left"
    for lane in range(6):
        expected = np.searchsorted(values[:, lane], target[:, lane], side=side)
        np.testing.assert_array_equal(rising[:, lane], expected)


def test_bisection_stays_inside_its_bounds():
    values = jnp.arange(10.0)[:, None]
    low, high = jnp.array([[3], [3], [4]], jnp.int32), jnp.array([[6], [6], [4]], jnp.int32)
    found = step_search.first_index(values, jnp.array([[0.0], [9.0], [5.0]]), low, high)
    assert found[:, 0].tolist() == [3, 6, 4]
