"""Current at a potential and plateau current of closed-form steady waves."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels import observables

current_at_potential = jax.jit(observables.current_at_potential, static_argnames="sweep")
plateau_current = jax.jit(observables.plateau_current, static_argnames="sweep")

THERMAL_VOLTAGE = 8.314462618 * 298.15 / 96485.33212


def cycle(wave, steps=601, lanes=1, repeats=0):
    """Cathodic sweep 0.3 to -0.3 V and back, uneven steps that differ between lanes; wave(potential) is the current."""
    random = np.random.default_rng(3)
    potentials = []
    for _ in range(lanes):
        down = np.concatenate([[0.3], np.sort(random.uniform(-0.3, 0.3, steps - 2))[::-1], [-0.3]])
        potentials.append(np.concatenate([down, down[-2::-1]]))
    potential = np.stack(potentials, axis=1)
    segment = np.repeat(np.array([0, 1], np.int32), [steps, steps - 1])[:, None] * np.ones((1, lanes), np.int32)
    order = np.arange(2 * steps - 1)
    if repeats:
        order = np.sort(np.concatenate([order, random.integers(0, order.size, repeats), np.full(5, order[-1])]))
    potential, segment = potential[order], segment[order]
    return jnp.asarray(potential), jnp.asarray(wave(potential)), jnp.asarray(segment)


def steady_wave(potential):
    return -5.0 / (1.0 + np.exp(potential / THERMAL_VOLTAGE))


@pytest.mark.parametrize("sweep", [0, 1])
def test_linear_curve_is_exact_on_both_sweeps(sweep):
    curve = cycle(lambda e: 2.0 * e - 1.0, lanes=3, repeats=300)
    target = jnp.array([0.1, -0.2, 0.0])
    np.testing.assert_allclose(current_at_potential(target, *curve, sweep=sweep), 2.0 * target - 1.0, rtol=1e-13)


def test_points_of_the_curve_are_exact_and_beyond_is_missing():
    potential, current, segment = cycle(steady_wave)
    for step in (0, 1, 300, 600):
        value = current_at_potential(potential[step], potential, current, segment, sweep=0)
        assert float(value[0]) == float(current[step, 0])
    for target in (0.31, -0.31):
        assert np.isnan(current_at_potential(jnp.array([target]), potential, current, segment, sweep=0)[0])
    assert np.isnan(current_at_potential(jnp.array([0.0]), potential, current, segment, sweep=2)[0])


def test_sweeps_are_kept_apart():
    potential, current, segment = cycle(steady_wave)
    current = jnp.where(segment == 0, current, -current)
    down = current_at_potential(jnp.array([-0.05]), potential, current, segment, sweep=0)
    up = current_at_potential(jnp.array([-0.05]), potential, current, segment, sweep=1)
    np.testing.assert_allclose(down, steady_wave(-0.05), rtol=1e-3)
    np.testing.assert_allclose(up, -steady_wave(-0.05), rtol=1e-3)


def test_steady_wave_ends_on_its_limiting_current():
    plateau = plateau_current(*cycle(steady_wave, lanes=2, repeats=50), sweep=0)
    assert np.all(plateau.is_plateau)
    np.testing.assert_allclose(plateau.current, -5.0, rtol=1e-5)
    np.testing.assert_allclose(plateau.potential, -0.3, rtol=1e-14)


def test_tafel_curve_has_no_plateau_and_reports_its_slope():
    slope = 0.5 / THERMAL_VOLTAGE
    plateau = plateau_current(*cycle(lambda e: -np.exp(-slope * e), steps=4001), sweep=0)
    assert not bool(plateau.is_plateau[0])
    np.testing.assert_allclose(plateau.logarithmic_slope[0], slope, rtol=1e-4)


def test_missing_sweep_and_short_sweep():
    potential, current, segment = cycle(steady_wave)
    absent = plateau_current(potential, current, segment, sweep=4)
    assert np.isnan(absent.current[0])
    assert not bool(absent.is_plateau[0])
    short = plateau_current(potential, current, segment, sweep=0, window=0.7)
    assert np.isfinite(short.current[0])
    assert np.isnan(short.logarithmic_slope[0])
    assert not bool(short.is_plateau[0])


def test_lanes_are_independent_bit_for_bit():
    potential, current, segment = cycle(steady_wave, lanes=4)
    target = jnp.array([0.1, 0.0, -0.1, -0.2])
    together = current_at_potential(target, potential, current, segment, sweep=0)
    poisoned = current_at_potential(
        target.at[1].set(jnp.nan), potential.at[:, 1].set(jnp.nan), current.at[:, 1].set(jnp.nan), segment, sweep=0
    )
    np.testing.assert_array_equal(np.asarray(together)[[0, 2, 3]], np.asarray(poisoned)[[0, 2, 3]])
    alone = current_at_potential(target[2:3], potential[:, 2:3], current[:, 2:3], segment[:, 2:3], sweep=0)
    # One lane is another program, in which a product and a sum may be fused.
    np.testing.assert_allclose(alone, together[2:3], rtol=1e-14)


def test_gradients_agree_forward_reverse_and_central():
    potential, current, segment = cycle(steady_wave, steps=101, lanes=3)
    random = np.random.default_rng(4)
    arguments = (jnp.array([0.05, -0.02, -0.2]), potential, current)
    direction = (jnp.ones(3), jnp.sin(20.0 * potential), jnp.asarray(random.normal(size=current.shape)))

    def total(arguments):
        plateau = plateau_current(arguments[1], arguments[2], segment, sweep=0)
        return jnp.sum(current_at_potential(*arguments, segment, sweep=0) + plateau.current + plateau.logarithmic_slope)

    _, forward = jax.jit(partial(jax.jvp, total))((arguments,), (direction,))
    reverse = sum(jnp.vdot(g, d) for g, d in zip(jax.jit(jax.grad(total))(arguments), direction, strict=True))
    h = 1e-8
    up, down = (jax.tree.map(lambda a, d, s=s: a + s * h * d, arguments, direction) for s in (1, -1))
    np.testing.assert_allclose(reverse, forward, rtol=1e-12)
    np.testing.assert_allclose((total(up) - total(down)) / (2 * h), forward, rtol=1e-5)


def test_gradients_are_finite_where_the_target_is_missed():
    potential, current, segment = cycle(steady_wave, steps=51)

    def total(arguments):
        return jnp.nansum(current_at_potential(jnp.array([2.0]), *arguments, segment, sweep=0))

    for leaf in jax.grad(total)((potential, current)):
        np.testing.assert_array_equal(leaf, 0.0)
