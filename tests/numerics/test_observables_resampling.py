"""Resampled curves against numpy interpolation and closed forms."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels import observables

resample = jax.jit(observables.resample)


def uneven(random, steps, lanes, repeats=0):
    """Times of each lane in [0, 1] with `repeats` repeated points and padding at the end."""
    columns = []
    for _ in range(lanes):
        time = np.concatenate([[0.0], np.sort(random.uniform(size=steps - 2)), [1.0]])
        order = np.concatenate([np.arange(steps), random.integers(0, steps, repeats), np.full(repeats // 3, steps - 1)])
        columns.append(time[np.sort(order)])
    return jnp.asarray(np.stack(columns, axis=1))


@pytest.mark.parametrize("steps", [2, 3, 64, 1000])
@pytest.mark.parametrize("repeats", [0, 30])
def test_agrees_with_numpy_interpolation(steps, repeats):
    random = np.random.default_rng(1)
    time = uneven(random, steps, 4, repeats)
    value = jnp.sin(9.0 * time) + time**2
    node = jnp.asarray(random.uniform(size=(50, 4)))
    result = resample(node, time, value)
    for lane in range(4):
        expected = np.interp(node[:, lane], time[:, lane], value[:, lane])
        np.testing.assert_allclose(result[:, lane], expected, rtol=1e-12, atol=1e-14)


def test_steps_are_returned_exactly():
    random = np.random.default_rng(2)
    time = uneven(random, 301, 3, repeats=40)
    value = jnp.sin(1e3 * time)
    np.testing.assert_array_equal(resample(time, time, value), value)


def test_any_order_and_any_tree():
    time = uneven(np.random.default_rng(3), 100, 2)
    node = time[::-3]
    result = resample(node, time, {"current": 2.0 * time, "potential": (time, -time)})
    np.testing.assert_allclose(result["current"], 2.0 * node, rtol=1e-15)
    np.testing.assert_array_equal(result["potential"][1], -result["potential"][0])


def test_error_is_second_order_in_the_step():
    node = jnp.asarray(np.random.default_rng(6).uniform(size=(20_000, 1)))

    def error(steps):
        time = jnp.linspace(0.0, 1.0, steps)[:, None]
        return float(jnp.max(jnp.abs(resample(node, time, jnp.sin(7.0 * time)) - jnp.sin(7.0 * node))))

    assert np.log2(error(201) / error(401)) == pytest.approx(2.0, abs=0.02)


def test_outside_is_missing_but_rounding_at_the_ends_is_not():
    time = jnp.linspace(0.1, 0.7, 50)[:, None]
    node = jnp.array([0.09, 0.1 - 1e-16, 0.1, 0.7, 0.7 + 2e-16, 0.71])[:, None]
    result = np.asarray(resample(node, time, 3.0 * time))[:, 0]
    np.testing.assert_array_equal(np.isnan(result), [True, False, False, False, False, True])
    np.testing.assert_allclose(result[1:5], [0.3, 0.3, 2.1, 2.1], rtol=1e-12)


def test_first_of_two_values_at_one_time():
    time = jnp.array([0.0, 1.0, 1.0, 2.0])[:, None]
    value = jnp.array([0.0, 1.0, 5.0, 6.0])[:, None]
    node = jnp.array([0.5, 1.0, 1.5])[:, None]
    assert resample(node, time, value)[:, 0].tolist() == [0.5, 1.0, 5.5]


def test_lanes_are_independent_bit_for_bit():
    random = np.random.default_rng(4)
    time = uneven(random, 200, 5, repeats=20)
    value, node = jnp.sin(5.0 * time), jnp.asarray(random.uniform(size=(33, 5)))
    together = np.asarray(resample(node, time, value))
    alone = resample(node[:, 3:4], time[:, 3:4], value[:, 3:4])
    # One lane is another program, in which a product and a sum may be fused.
    np.testing.assert_allclose(alone, together[:, 3:4], rtol=1e-14, atol=1e-16)
    poisoned = np.asarray(resample(node, time.at[:, 2].set(jnp.nan), value.at[:, 2].set(jnp.inf)))
    np.testing.assert_array_equal(poisoned[:, [0, 1, 3, 4]], together[:, [0, 1, 3, 4]])


def test_gradients_agree_forward_reverse_and_central():
    random = np.random.default_rng(5)
    time = uneven(random, 60, 2, repeats=10)
    arguments = (jnp.asarray(random.uniform(size=(20, 2))), time, jnp.sin(5.0 * time))
    direction = (jnp.ones((20, 2)), jnp.sin(3.0 * time), jnp.cos(11.0 * time))
    weight = jnp.asarray(random.normal(size=(20, 2)))

    def total(arguments):
        return jnp.sum(weight * resample(*arguments))

    _, forward = jax.jit(partial(jax.jvp, total))((arguments,), (direction,))
    reverse = sum(jnp.vdot(g, d) for g, d in zip(jax.jit(jax.grad(total))(arguments), direction, strict=True))
    h = 1e-8
    up, down = (jax.tree.map(lambda a, d, s=s: a + s * h * d, arguments, direction) for s in (1, -1))
    np.testing.assert_allclose(reverse, forward, rtol=1e-12)
    np.testing.assert_allclose((total(up) - total(down)) / (2 * h), forward, rtol=1e-6)


def test_gradients_are_finite_at_repeated_points_and_outside():
    time = jnp.array([0.0, 0.5, 0.5, 0.5, 1.0, 1.0])[:, None]
    node = jnp.array([0.0, 0.5, 1.0, 3.0])[:, None]
    gradient = jax.grad(lambda a: jnp.nansum(resample(*a)))((node, time, time**2))
    for leaf in gradient:
        assert np.all(np.isfinite(leaf))
