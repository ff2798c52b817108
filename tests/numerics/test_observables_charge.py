"""Charge balance against closed forms."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels import observables

charge_balance = jax.jit(observables.charge_balance, static_argnames="segments")


def sine_charge(steps, lanes=1):
    """Cumulative charge of -sin(t) over [0, 2 pi] with an uneven grid: -2 C m-2 plated, 2 stripped, times the lane."""
    time = 2 * np.pi * np.linspace(0.0, 1.0, steps) ** 1.2
    return jnp.asarray((np.cos(time) - 1.0)[:, None] * np.arange(1, lanes + 1)[None, :])


def test_sine_current():
    charge = sine_charge(2001, lanes=3)
    balance = charge_balance(charge, jnp.zeros(charge.shape, jnp.int32))
    np.testing.assert_allclose(balance.cathodic, [-2.0, -4.0, -6.0], rtol=1e-5)
    np.testing.assert_allclose(balance.anodic, [2.0, 4.0, 6.0], rtol=1e-5)
    np.testing.assert_allclose(balance.net, 0.0, atol=1e-12)
    np.testing.assert_allclose(balance.coulombic_efficiency, 1.0, rtol=1e-12)


def test_partial_stripping_and_segments():
    charge = jnp.array([5.0, 3.0, 1.0, 1.0, 2.5, 2.0])[:, None]
    segment = jnp.array([0, 0, 0, 1, 1, 2], jnp.int32)[:, None]
    whole = charge_balance(charge, segment)
    assert float(whole.cathodic[0]) == -4.5
    assert float(whole.anodic[0]) == 1.5
    assert float(whole.net[0]) == -3.0
    np.testing.assert_allclose(whole.coulombic_efficiency[0], 1.5 / 4.5, rtol=1e-15)
    first = charge_balance(charge, segment, segments=(0, 1))
    assert float(first.cathodic[0]) == -4.0
    assert float(first.coulombic_efficiency[0]) == 1.5 / 4.0
    last = charge_balance(charge, segment, segments=(2,))
    assert float(last.net[0]) == -0.5


def test_nothing_plated_has_no_efficiency():
    charge = jnp.array([0.0, 1.0, 2.0])[:, None]
    balance = charge_balance(charge, jnp.zeros((3, 1), jnp.int32))
    assert float(balance.cathodic[0]) == 0.0
    assert float(balance.anodic[0]) == 2.0
    assert np.isnan(balance.coulombic_efficiency[0])


def test_repeated_points_change_nothing_and_lanes_are_independent():
    charge = sine_charge(501, lanes=4)
    order = np.sort(np.concatenate([np.arange(501), np.random.default_rng(1).integers(0, 501, 200), np.full(9, 500)]))
    plain = charge_balance(charge, jnp.zeros(charge.shape, jnp.int32))
    repeated = charge_balance(charge[order], jnp.zeros((order.size, 4), jnp.int32))
    poisoned = charge_balance(charge.at[:, 1].set(jnp.nan), jnp.zeros(charge.shape, jnp.int32))
    for a, b, c in zip(*(jax.tree.leaves(balance) for balance in (plain, repeated, poisoned)), strict=True):
        # The number of steps changes the order of summation, so the last bit may differ here, but not between lanes.
        np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-14)
        np.testing.assert_array_equal(np.asarray(a)[[0, 2, 3]], np.asarray(c)[[0, 2, 3]])


@pytest.mark.parametrize("field", ["cathodic", "anodic", "net", "coulombic_efficiency"])
def test_gradients_agree_forward_reverse_and_central(field):
    charge = sine_charge(101, lanes=2)
    random = np.random.default_rng(2)
    direction = jnp.asarray(random.normal(size=charge.shape)) * jnp.abs(jnp.sin(jnp.linspace(0.0, 6.28, 101)))[:, None]

    def total(charge):
        return jnp.sum(getattr(charge_balance(charge, jnp.zeros(charge.shape, jnp.int32)), field))

    _, forward = jax.jit(partial(jax.jvp, total))((charge,), (direction,))
    reverse = jnp.vdot(jax.jit(jax.grad(total))(charge), direction)
    central = (total(charge + 1e-7 * direction) - total(charge - 1e-7 * direction)) / 2e-7
    np.testing.assert_allclose(reverse, forward, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(central, forward, rtol=1e-6, atol=1e-8)


def test_gradient_is_finite_where_nothing_is_plated():
    charge = jnp.zeros((5, 1))
    gradient = jax.grad(lambda q: jnp.nansum(charge_balance(q, jnp.zeros((5, 1), jnp.int32)).coulombic_efficiency))
    np.testing.assert_array_equal(gradient(charge), 0.0)
