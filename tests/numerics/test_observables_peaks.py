"""Peaks of analytic voltammograms on non-uniform time steps with repeated points."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import dawsn

from kernels import observables
from kernels.observables import Peak
from tests.reference.oracles import reversible_current_function

# A sequence of segments is static, arrays are traced.
cathodic_peak = eqx.filter_jit(observables.cathodic_peak)
anodic_peak = eqx.filter_jit(observables.anodic_peak)

THERMAL_VOLTAGE = 8.314462618 * 298.15 / 96485.33212


def uneven_grid(random, count, stop=1.0, ratio=2.0):
    """Steps that differ by at most `ratio` between neighbours."""
    steps = random.uniform(1.0, ratio, count - 1)
    grid = np.concatenate([[0.0], np.cumsum(steps)])
    return grid * stop / grid[-1]


def repeat_points(arrays, random, extra):
    """Copies of random points next to the originals, of the first point and, as padding, of the last one."""
    count = arrays[0].shape[0]
    copies = np.concatenate([random.integers(0, count, extra), [0, 0], np.full(7, count - 1)])
    order = np.sort(np.concatenate([np.arange(count), copies]))
    return tuple(array[order] for array in arrays)


def column(*arrays, steps=1000):
    """One lane, padded with copies of its last point to a common number of steps (one compilation for most tests)."""
    order = np.minimum(np.arange(max(steps, arrays[0].size)), arrays[0].size - 1)
    return tuple(jnp.asarray(array[order])[:, None] for array in arrays)


def one_segment(time):
    return np.zeros(time.shape, np.int32)


def cyclic_voltammogram(random, lanes=5, steps_per_sweep=180):
    """Two sweeps, one smooth peak in each, every lane with its own steps, heights and positions."""
    curves = []
    for _ in range(lanes):
        first = uneven_grid(random, steps_per_sweep)
        time = np.concatenate([first, 1.0 + uneven_grid(random, steps_per_sweep)[1:]])
        potential = 0.5 - np.where(time <= 1.0, time, 2.0 - time)
        centres, heights = random.uniform(0.4, 0.6, 2), random.uniform(0.5, 2.0, 2)
        current = -heights[0] * np.exp(-(((time - centres[0]) / 0.1) ** 2))
        current = current + heights[1] * np.exp(-(((time - 1.0 - centres[1]) / 0.13) ** 2))
        curves.append((time, potential, current, (time > 1.0).astype(np.int32)))
    return tuple(jnp.asarray(np.stack(arrays, axis=1)) for arrays in zip(*curves, strict=True))


def assert_same_bits(first: Peak, second: Peak):
    for a, b in zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("vertex", [0.4803, 0.51217, 0.5555])
def test_parabola_is_exact_between_uneven_steps(sign, vertex):
    random = np.random.default_rng(1)
    time = uneven_grid(random, 61)
    arrays = (time, 0.3 - 0.2 * time, sign * (2.0 - 3.0 * (time - vertex) ** 2), one_segment(time))
    find = cathodic_peak if sign < 0 else anodic_peak
    peak = find(*column(*repeat_points(arrays, random, 40)))
    assert bool(peak.is_peak[0])
    np.testing.assert_allclose(peak.current[0], sign * 2.0, rtol=1e-13)
    np.testing.assert_allclose(peak.time[0], vertex, rtol=1e-11)
    np.testing.assert_allclose(peak.potential[0], 0.3 - 0.2 * vertex, rtol=1e-11)


@pytest.mark.parametrize("step_millivolt", [1.0, 2.0])
def test_reversible_voltammogram(step_millivolt):
    """Nicholson & Shain 1964, 10.1021/ac60210a007: height, peak and half-peak potential."""
    random = np.random.default_rng(2)
    span = 0.6
    time = uneven_grid(random, int(span * 1000 / step_millivolt), stop=span)
    potential = 0.3 - time
    current = -reversible_current_function(potential / THERMAL_VOLTAGE)
    arrays = repeat_points((time, potential, current, one_segment(time)), random, 50)
    peak = cathodic_peak(*column(*arrays))
    assert bool(peak.is_peak[0])
    np.testing.assert_allclose(peak.current[0], -0.446294694845, atol=1e-6 * step_millivolt**3)
    np.testing.assert_allclose(peak.potential[0] / THERMAL_VOLTAGE, -1.108949, atol=2e-3 * step_millivolt)
    half = peak.half_peak_potential[0] - peak.potential[0]
    np.testing.assert_allclose(half / THERMAL_VOLTAGE, 2.2023305, atol=2e-3 * step_millivolt)


def test_deposition_voltammogram_starts_with_infinite_slope():
    """Berzins & Delahay 1953: (2/sqrt(pi)) Dawson(sqrt(x)), peak 0.610503031556 at x = 0.854032657."""
    random = np.random.default_rng(3)
    time = uneven_grid(random, 900, stop=10.0)
    current = -2.0 / np.sqrt(np.pi) * dawsn(np.sqrt(time))
    peak = cathodic_peak(*column(time, -time, current, one_segment(time)))
    assert bool(peak.is_peak[0])
    np.testing.assert_allclose(peak.current[0], -0.610503031556, atol=1e-6)
    np.testing.assert_allclose(peak.potential[0], -0.854032657, atol=1e-3)
    np.testing.assert_allclose(peak.half_peak_potential[0] - peak.potential[0], 0.772494, atol=2e-3)


def test_location_error_falls_with_the_second_power_of_the_step():
    def error(count):
        time = np.linspace(0.0, 1.0, count)
        current = np.exp(-(((time - 0.4567) / 0.1) ** 2)) * (1.0 + time)
        peak = anodic_peak(*column(time, time, current, one_segment(time)))
        fine = np.linspace(0.455, 0.475, 400_001)
        exact = fine[np.argmax(np.exp(-(((fine - 0.4567) / 0.1) ** 2)) * (1.0 + fine))]
        return abs(float(peak.time[0]) - exact)

    assert error(401) < 2e-5
    assert np.mean([error(n) for n in (401, 403, 405, 407)]) < 0.3 * np.mean([error(n) for n in (201, 202, 203, 204)])


@pytest.mark.parametrize("drop", [1e-12, 1e-7, 1e-3, 0.01, 0.02])
@pytest.mark.parametrize("remainder", [0.0, 0.5])
def test_corner_of_an_exhausted_inventory_is_not_overshot(drop, remainder):
    """The current rises linearly, then falls within one step: the peak is the corner itself."""
    time = np.concatenate([np.arange(0.0, 0.6, 0.01), [0.6047, 0.6047 + drop], np.arange(0.65, 1.0, 0.01)])
    current = np.where(time <= 0.6047, 3.0 * time, 3.0 * 0.6047 * remainder)
    peak = anodic_peak(*column(time, time - 0.5, current, one_segment(time)))
    assert bool(peak.is_peak[0])
    assert float(peak.current[0]) == current.max()
    assert float(peak.time[0]) == 0.6047
    np.testing.assert_allclose(peak.half_peak_potential[0], 0.6047 / 2 - 0.5, rtol=1e-12)


def test_uneven_neighbours_switch_the_parabola_off():
    time = np.concatenate([np.linspace(0.0, 0.5, 51), [0.5001], np.linspace(0.51, 1.0, 50)])
    current = 1.0 - (time - 0.503) ** 2
    peak = anodic_peak(*column(time, time, current, one_segment(time)))
    assert float(peak.current[0]) == current.max()


def test_current_still_rising_at_the_end_of_a_segment_is_no_peak():
    time = np.linspace(0.0, 2.0, 401)
    potential = np.where(time <= 1.0, -time, time - 2.0)
    current = np.where(time <= 1.0, -np.exp(3.0 * time), -np.exp(3.0 * (2.0 - time)))
    peak = cathodic_peak(*column(time, potential, current, (time > 1.0).astype(np.int32)))
    assert not bool(peak.is_peak[0])
    assert float(peak.current[0]) == current.min()
    assert float(peak.potential[0]) == -1.0


def test_peak_on_the_last_distinct_point_is_no_peak_whatever_the_padding():
    time = np.concatenate([np.linspace(0.0, 1.0, 101), np.ones(30)])
    peak = anodic_peak(*column(time, time, time**2, one_segment(time)))
    assert not bool(peak.is_peak[0])
    assert float(peak.current[0]) == 1.0


def test_rounding_on_a_plateau_is_no_peak():
    random = np.random.default_rng(4)
    time = np.linspace(0.0, 1.0, 500)
    current = -1.0 / (1.0 + np.exp(-40.0 * (time - 0.3))) * (1.0 + 1e-13 * random.normal(size=500))
    peak = cathodic_peak(*column(time, -time, current, one_segment(time)))
    assert not bool(peak.is_peak[0])
    np.testing.assert_allclose(peak.current[0], -1.0, rtol=1e-10)


def test_rounding_about_zero_is_no_peak():
    random = np.random.default_rng(5)
    time = np.linspace(0.0, 1.0, 500)
    current = -np.exp(-(((time - 0.5) / 0.05) ** 2)) + 1e-16 * random.normal(size=500)
    curve = column(time, -time, current, one_segment(time))
    assert bool(cathodic_peak(*curve).is_peak[0])
    assert not bool(anodic_peak(*curve).is_peak[0])


@pytest.mark.parametrize("initial", [None, 0.0, -0.3])
def test_leap_after_a_potential_jump_is_no_peak(initial):
    """A Cottrell decay from a jump is larger than the peak that follows; the peak is found all the same."""
    time = np.concatenate([np.geomspace(1e-6, 1e-2, 60), np.linspace(0.0101, 1.0, 500)])
    current = -0.02 / np.sqrt(time) - np.exp(-(((time - 0.5) / 0.1) ** 2))
    if initial is not None:
        time, current = np.append(0.0, time), np.append(initial, current)
    arrays = repeat_points((time, -time, current, one_segment(time)), np.random.default_rng(6), 100)
    peak = cathodic_peak(*column(*arrays))
    assert bool(peak.is_peak[0])
    np.testing.assert_allclose(peak.time[0], 0.4997, atol=2e-4)
    np.testing.assert_allclose(peak.current[0], -1.0 - 0.02 / np.sqrt(0.5), rtol=1e-4)


def test_pure_decay_has_no_peak_and_no_value():
    time = np.geomspace(1e-4, 1.0, 300)
    peak = cathodic_peak(*column(time, -np.ones_like(time), -1.0 / np.sqrt(time), one_segment(time)))
    assert not bool(peak.is_peak[0])
    assert np.isnan(peak.current[0])
    assert np.isnan(peak.potential[0])
    assert np.isnan(peak.half_peak_potential[0])


def test_half_peak_is_not_taken_from_another_sweep():
    """The first sweep passes half the peak current; the second, which holds the peak, starts above it."""
    time = np.linspace(0.0, 2.0, 401)
    current = np.where(time <= 1.0, -0.8 * time, -1.0 + 0.8 * (time - 1.5) ** 2)
    peak = cathodic_peak(*column(time, -time, current, (time > 1.0).astype(np.int32)))
    assert bool(peak.is_peak[0])
    np.testing.assert_allclose(peak.current[0], -1.0, rtol=1e-12)
    assert np.isnan(peak.half_peak_potential[0])


def test_only_the_given_segments_are_searched():
    time = np.linspace(0.0, 3.0, 601)
    segment = np.minimum(time.astype(np.int32), 2)
    heights = np.array([1.0, 3.0, 2.0])[segment]
    current = heights * np.exp(-(((time - segment - 0.5) / 0.1) ** 2))
    curve = column(time, time, current, segment)
    for segments, height in ((None, 3.0), ((0,), 1.0), ((0, 2), 2.0), ([1], 3.0)):
        np.testing.assert_allclose(anodic_peak(*curve, segments=segments).current[0], height, rtol=1e-5)


@pytest.mark.parametrize("find", [cathodic_peak, anodic_peak])
def test_repeated_points_change_nothing(find):
    random = np.random.default_rng(8)
    curve = [np.asarray(array) for array in cyclic_voltammogram(random)]
    count, steps = curve[0].shape[0], 1200

    def padded(order):
        return find(*(jnp.asarray(array[np.append(order, np.full(steps - order.size, count - 1))]) for array in curve))

    plain = padded(np.arange(count))
    assert np.all(plain.is_peak)
    at_peak = int(np.argmin(np.abs(curve[0][:, 0] - float(plain.time[0]))))
    copies = [np.repeat(np.arange(at_peak - 2, at_peak + 3), 3), np.zeros(5, int), random.integers(0, count, 700)]
    for extra in copies:
        assert_same_bits(plain, padded(np.sort(np.append(np.arange(count), extra))))
    # Without padding it is another program, in which products and sums may be fused otherwise.
    for a, b in zip(jax.tree.leaves(plain), jax.tree.leaves(find(*map(jnp.asarray, curve))), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("find", [cathodic_peak, anodic_peak])
def test_lanes_are_independent_bit_for_bit(find):
    curve = cyclic_voltammogram(np.random.default_rng(9), lanes=8)
    together = find(*curve)
    bad = jnp.arange(8) % 2 == 1
    poisoned = tuple(jnp.where(bad[None, :], jnp.nan, array) for array in curve[:3])
    result = find(*poisoned, curve[3])
    assert_same_bits(*(jax.tree.map(lambda leaf: leaf[~bad], peak) for peak in (result, together)))
    assert not np.any(result.is_peak[bad])
    alone = find(*(array[:, 3:4] for array in curve))
    for a, b in zip(jax.tree.leaves(alone), jax.tree.leaves(together), strict=True):
        np.testing.assert_allclose(a, b[3:4], rtol=1e-12)


@pytest.mark.parametrize("count", [2, 3, 17, 65])
def test_any_number_of_steps(count):
    time = np.linspace(0.0, 1.0, count)
    current = 1.0 - (time - 0.52) ** 2
    peak = anodic_peak(*column(time, time, current, one_segment(time), steps=count))
    assert bool(peak.is_peak[0]) == (count > 2)
    np.testing.assert_allclose(peak.current[0], 1.0 if count > 3 else current.max(), rtol=1e-12)


def test_single_precision_is_kept():
    curve = cyclic_voltammogram(np.random.default_rng(10))
    exact = cathodic_peak(*curve)
    single = cathodic_peak(*(array.astype(jnp.float32) for array in curve[:3]), curve[3])
    assert single.current.dtype == jnp.float32
    np.testing.assert_allclose(single.current, exact.current, rtol=1e-6)
    np.testing.assert_allclose(single.potential, exact.potential, atol=3e-4)


FIELDS = ("current", "potential", "half_peak_potential")


@pytest.mark.parametrize("find", [cathodic_peak, anodic_peak])
@pytest.mark.parametrize("field", FIELDS)
def test_gradients_agree_forward_reverse_and_central(find, field):
    random = np.random.default_rng(11)
    *arrays, segment = cyclic_voltammogram(random, lanes=3)
    arrays = tuple(arrays)
    weights = jnp.asarray(random.normal(size=3))
    # Smooth directions: a rough one would move the extreme to another step within the difference quotient.
    phase = random.uniform(0.0, 6.0, 3)
    direction = tuple(jnp.sin(3.0 * arrays[0] + p) * s for p, s in zip(phase, (0.01, 0.3, 0.3), strict=True))

    def total(arrays):
        return jnp.sum(weights * getattr(find(*arrays, segment), field))

    _, forward = jax.jit(partial(jax.jvp, total))((arrays,), (direction,))
    gradient = jax.jit(jax.grad(total))(arrays)
    reverse = sum(jnp.vdot(g, d) for g, d in zip(gradient, direction, strict=True))
    h = 1e-6
    shifted = [tuple(a + s * h * d for a, d in zip(arrays, direction, strict=True)) for s in (1, -1)]
    central = (total(shifted[0]) - total(shifted[1])) / (2 * h)
    assert abs(float(forward)) > 1e-3
    np.testing.assert_allclose(reverse, forward, rtol=1e-12)
    np.testing.assert_allclose(central, forward, rtol=1e-6)


def test_gradients_are_finite_without_a_peak_and_at_a_corner():
    time = jnp.linspace(0.0, 1.0, 201)[:, None] * jnp.ones((1, 4))
    rate = jnp.array([0.0, 1.0, 3.0, 2.0])
    rising = time * rate[None, :]
    corner = jnp.where(time < 0.7, time, 0.0)
    current = jnp.stack([rising[:, 0], rising[:, 1], -rising[:, 2], corner[:, 3]], axis=1)
    current = jnp.concatenate([current, jnp.repeat(current[-1:], 20, axis=0)])
    time = jnp.concatenate([time, jnp.repeat(time[-1:], 20, axis=0)])
    segment = jnp.zeros(time.shape, jnp.int32)

    def total(arrays):
        peak = anodic_peak(*arrays, segment)
        # Only the chosen lanes enter, as in a masked loss; the others must not leak NaN.
        values = (peak.current, peak.potential, peak.time, peak.half_peak_potential)
        return sum(jnp.sum(jnp.where(jnp.isfinite(value), value, 0.0) ** 2) for value in values)

    gradient = jax.jit(jax.grad(total))((time, -time, current))
    for leaf in gradient:
        assert np.all(np.isfinite(leaf))
    assert np.all(np.asarray(gradient[2])[:, [0, 2]] == 0.0)
    assert np.any(np.asarray(gradient[2])[:, 3] != 0.0)
