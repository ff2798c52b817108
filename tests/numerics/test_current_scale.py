"""The current to expect in a segment against the largest current that then flows: an estimate, so to a factor of about four."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels.current_scale import expected_current
from kernels.experiment import Numerics, build_cell
from tests.numerics import cells
from tests.reference.oracles import FARADAY, THERMAL_VOLTAGE, Layer

NUMERICS = Numerics()
# The estimate is an order of magnitude for error control: a factor of four nearly always, ten without exception.
USUAL, LARGEST = 4.0, 10.0


@partial(jax.jit, static_argnames="ohmic")
def estimate(sample, drive, ohmic=False):
    """Expected current `[segment, lane]`."""
    return expected_current(build_cell(sample, drive, NUMERICS, ohmic), drive)


def largest_cathodic(sample, drive):
    """Largest cathodic current of the first segment after its first base step, `[lane]`."""
    result = cells.run(sample, drive, NUMERICS, ohmic=False)
    assert (np.asarray(result.status) == 1).all()
    found = []
    for lane in range(drive.start.shape[1]):
        rows = cells.base_nodes(result, NUMERICS.control.deepest_level, lane)
        rows = rows[(np.asarray(result.trajectory.segment)[rows, lane] == 0)][1:]
        found.append(-np.asarray(result.trajectory.current)[rows, lane].min())
    return np.array(found)


def assert_near(ratio):
    assert np.mean((ratio > 1 / USUAL) & (ratio < USUAL)) >= 0.95, np.quantile(
        ratio, [0, 0.01, 0.05, 0.5, 0.95, 0.99, 1]
    )
    assert ratio.min() > 1 / LARGEST
    assert ratio.max() < LARGEST


def test_deposition_peaks_over_random_stacks():
    random = np.random.default_rng(11)
    count = 150
    stacks = [cells.random_stack(random, 3, diffusivity=(1e-18, 1e-10), transference=False) for _ in range(count)]
    sample = cells.metal_sample(
        stacks,
        exchange_current_density=10 ** random.uniform(-1, 4, count),
        monolayer_inventory=1e-5,
        series_resistance=10 ** random.uniform(-5, np.log10(5e-3), count),
    )
    drive = cells.sweep_drive((0.2, -0.4, 0.4), 10 ** random.uniform(-3, 0, count), 200)
    assert_near(np.asarray(estimate(sample, drive))[0] / largest_cathodic(sample, drive))


def test_peaks_of_random_couples():
    random = np.random.default_rng(12)
    count = 100
    stacks = [
        (
            Layer(10 ** random.uniform(-9, -7), 10 ** random.uniform(-15, -11)),
            Layer(1e-4, 10 ** random.uniform(-10, -9)),
        )
        for _ in range(count)
    ]
    sample = cells.couple_sample(
        stacks,
        10 ** random.uniform(-10, -9, count),
        rate_constant=10 ** random.uniform(-7, -3, count),
        oxidised_concentration=10 ** random.uniform(-1, 1, count),
        reduced_concentration=0.0,
    )
    drive = cells.sweep_drive((0.3, -0.6, 0.3), 10 ** random.uniform(-3, 0, count), 200)
    assert_near(np.asarray(estimate(sample, drive))[0] / largest_cathodic(sample, drive))


def test_closed_forms():
    """Bare electrode: within the factor of Berzins & Delahay's peak, 0.6105 F c sqrt(D F v / RT), at every scan rate."""
    rates = np.array([1e-3, 1e-2, 0.1, 1.0])
    sample = cells.metal_sample([(Layer(1e-9, 2e-10), Layer(4e-3, 2e-10))] * 4, 2000.0)
    found = np.asarray(estimate(sample, cells.sweep_drive((0.0, -0.3), rates, 500)))[0]
    peak = 0.610503 * FARADAY * 2000.0 * np.sqrt(2e-10 * rates / THERMAL_VOLTAGE)
    assert (found / peak < USUAL).all()
    assert (peak / found < USUAL).all()
    np.testing.assert_allclose(found / np.sqrt(rates), found[0] / np.sqrt(rates[0]), rtol=0.1)


def test_nothing_is_said_of_imposed_currents_and_of_stripping():
    stack = (Layer(1e-8, 1e-15), Layer(5e-5, 2e-10))
    sample = cells.metal_sample(
        [stack] * 2, exchange_current_density=10.0, monolayer_inventory=1e-5, initial_inventory=1.0
    )
    drive = cells.segment_drive(
        ("current", 1.0, -10.0, -10.0), ("potential", 1.0, 0.1, 0.5), ("potential", 1.0, 0.1, -0.2), steps=10, count=2
    )
    found = np.asarray(estimate(sample, drive))
    assert (found[:2] == 0).all()
    assert (found[2] > 0).all()


def extreme(ohmic):
    """Cells and drives at the ends of what is legal, and beyond in both infinities that are."""
    stacks = [
        (Layer(1e-12, 1e-9, 1e6), Layer(1e-6, 1e-8)),
        (Layer(1e-4, 1e-30, 1e-9), Layer(1e-2, 1e-14)),
        (Layer(1e-8, 1e-15, interface_resistance=1e20), Layer(5e-5, 2e-10)),
        (Layer(1e-8, 1e-15, 1.0, 0.0, 1.0), Layer(5e-5, 2e-10, transference_number=0.999)),
        (Layer(1e-8, 1e-15), Layer(5e-5, 2e-10)),
        (Layer(1e-8, 1e-15), Layer(5e-5, 2e-10)),
    ]
    sample = cells.metal_sample(
        stacks,
        concentration=np.array([1e-9, 1e5, 1.0, 1.0, 1e3, 1e3]),
        exchange_current_density=np.array([1e-30, np.inf, 1e12, 1.0, np.inf, 1e-3]),
        transfer_coefficient=np.array([1e-3, 0.999, 0.5, 0.5, 0.5, 0.5]),
        series_resistance=np.array([0.0, 1e6, 0.0, 1e-3, 0.0, 0.0]),
        resistivity=1e12 if ohmic else 0.0,
        jump_distance=3e-10 if ohmic else 0.0,
    )
    span = np.array([0.01, 100.0, 1e-6, 1.0, 0.0, 50.0])
    drive = cells.segment_drive(
        ("potential", np.array([1e-6, 1e6, 1.0, 1.0, 1e-3, 1.0]), span, -span),
        ("potential", 1.0, -span, -span),
        steps=10,
        count=6,
    )
    return sample, drive


@pytest.mark.parametrize("ohmic", [False, True])
def test_extreme_inputs_give_a_finite_number(ohmic):
    sample, drive = extreme(ohmic)
    for factor in (1.0, -1.0):
        mirrored = eqx.tree_at(lambda d: (d.start, d.stop), drive, (factor * drive.start, factor * drive.stop))
        found = np.asarray(estimate(sample, mirrored, ohmic=ohmic))
        assert np.isfinite(found).all()
        assert (found >= 0).all()


def test_a_lane_of_nan_expects_nothing_and_leaves_its_neighbours_alone():
    sample, drive = extreme(False)
    spoiled = eqx.tree_at(lambda s: s.stack.diffusivity, sample, sample.stack.diffusivity.at[0, 0].set(jnp.nan))
    found, usual = np.asarray(estimate(spoiled, drive)), np.asarray(estimate(sample, drive))
    assert (found[:, 0] == 0).all()
    np.testing.assert_array_equal(found[:, 1:], usual[:, 1:])
