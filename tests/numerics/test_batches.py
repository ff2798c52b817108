"""Batches: a lane's numbers depend on that lane alone, bit for bit, and one shape is compiled once."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels.experiment import Numerics, run_experiment
from kernels.mesh import Mesh
from kernels.status import Status
from tests.numerics import cells

NUMERICS = Numerics(mesh=Mesh(8, 24, 10.0, 1e3))
LANES = 8


def candidates(count=LANES, seed=0):
    """Random metal cells behind two layers and a cycle at a scan rate of each one's own."""
    random = np.random.default_rng(seed)
    stacks = [cells.random_stack(random, 2, diffusivity=(1e-18, 1e-11)) for _ in range(count)]
    sample = cells.metal_sample(
        stacks,
        exchange_current_density=10 ** random.uniform(-1, 4, count),
        monolayer_inventory=1e-5,
        series_resistance=10 ** random.uniform(-5, -3, count),
        double_layer_capacitance=0.1,
    )
    return sample, cells.sweep_drive((0.1, -0.3, 0.3), 10 ** random.uniform(-2, -0.5, count), 60)


def pick(sample, drive, places):
    """Candidates by number, one lane each."""
    places = np.asarray(places)
    chosen = jax.tree.map(lambda x: x[:, places], drive)
    return jax.tree.map(lambda x: x[places], sample), chosen


def outcome(sample, drive):
    """Distinct points of every lane, and the status; numpy."""
    result = cells.run(sample, drive, NUMERICS, ohmic=False)
    count = drive.start.shape[1]
    return [cells.distinct(result, lane) for lane in range(count)], np.asarray(result.status)


def assert_same_bits(found, expected):
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


@pytest.fixture(scope="module")
def usual():
    sample, drive = candidates()
    points, status = outcome(sample, drive)
    assert (status == Status.OK).all()
    return sample, drive, points


def test_the_order_of_the_lanes_does_not_matter(usual):
    sample, drive, points = usual
    order = np.random.default_rng(1).permutation(LANES)
    found, _ = outcome(*pick(sample, drive, order))
    for place, origin in enumerate(order):
        assert_same_bits(found[place], points[origin])


@pytest.mark.parametrize("place", [0, 3, 7])
def test_a_lane_among_copies_of_itself_is_the_lane_among_others(usual, place):
    sample, drive, points = usual
    found, _ = outcome(*pick(sample, drive, [place] * LANES))
    for lane in range(LANES):
        assert_same_bits(found[lane], points[place])


def test_other_neighbours_change_no_bit(usual):
    sample, drive, points = usual
    other, other_drive = candidates(seed=5)
    keep = np.arange(LANES) % 2 == 0

    def merge(axis, a, b):
        return jnp.where(keep.reshape([-1 if i == axis % a.ndim else 1 for i in range(a.ndim)]), a, b)

    mixed = jax.tree.map(partial(merge, 0), sample, other)
    mixed_drive = jax.tree.map(partial(merge, -1), drive, other_drive)
    found, _ = outcome(mixed, mixed_drive)
    for lane in np.flatnonzero(keep):
        assert_same_bits(found[lane], points[lane])


# What a study may ask for at the worst, and what no study lets through: the kernel must survive both.
EXTREMES = {
    "slowest film": (lambda s: s.stack.diffusivity, 1e-30),
    "fastest film": (lambda s: s.stack.diffusivity, 1e-3),
    "thick film": (lambda s: s.stack.thickness, 1e-2),
    "thin film": (lambda s: s.stack.thickness, 1e-13),
    "strong partition": (lambda s: s.stack.partition_coefficient, 1e12),
    "weak partition": (lambda s: s.stack.partition_coefficient, 1e-12),
    "sealed interface": (lambda s: s.stack.interface_resistance, 1e25),
    "no kinetics": (lambda s: s.electrode.exchange_current_density, 1e-40),
    "Nernstian": (lambda s: s.electrode.exchange_current_density, np.inf),
    "huge resistance": (lambda s: s.series_resistance, 1e6),
    "huge double layer": (lambda s: s.double_layer_capacitance, 1e6),
    "hardly any salt": (lambda s: s.electrolyte.concentration, 1e-12),
    "nan": (lambda s: s.stack.diffusivity, np.nan),
    "infinite thickness": (lambda s: s.stack.thickness, np.inf),
    "negative thickness": (lambda s: s.stack.thickness, -1e-8),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_an_extreme_lane_gets_a_status_and_its_neighbours_keep_every_bit(usual, name):
    sample, drive, points = usual
    where, value = EXTREMES[name]
    spoiled = eqx.tree_at(where, sample, where(sample).at[3].set(value))
    found, status = outcome(spoiled, drive)
    assert status[3] in set(Status) - {Status.PENDING}
    if name == "nan":
        assert status[3] == Status.NON_FINITE
    elif "infinite" not in name and "negative" not in name:
        assert status[3] == Status.OK
        assert np.isfinite(found[3]["current"]).all()
    for lane in set(range(LANES)) - {3}:
        assert status[lane] == Status.OK
        assert_same_bits(found[lane], points[lane])


@pytest.mark.parametrize("number", range(5))
def test_a_drive_that_is_not_a_number_stops_its_own_lane_only(usual, number):
    sample, drive, points = usual
    fields = ("duration", "start", "stop", "start", "stop")
    values = (np.nan, np.nan, np.nan, 1e3, -1e3)
    name = fields[number]
    spoiled = eqx.tree_at(lambda d: getattr(d, name), drive, getattr(drive, name).at[0, 5].set(values[number]))
    found, status = outcome(sample, spoiled)
    if np.isnan(values[number]):
        assert status[5] == Status.NON_FINITE
    assert status[5] != Status.PENDING
    for lane in set(range(LANES)) - {5}:
        assert status[lane] == Status.OK
        assert_same_bits(found[lane], points[lane])


def test_vmap_is_the_loop():
    """One candidate at a time, and all of them at once: the same curves to the error of the reduced order.

    Not to the bit: the compiler orders the sums of one lane and of three differently, and within the first base step,
    beyond the frequencies of the reduction, that rounding is seen. Batches of one shape are held to the bit above.
    """
    sample, drive = candidates()
    together = cells.run(sample, drive, NUMERICS, ohmic=False)
    level = NUMERICS.control.deepest_level
    for place in range(3):
        alone = cells.run(*pick(sample, drive, [place]), NUMERICS, ohmic=False)
        assert np.asarray(alone.status).tolist() == [Status.OK]
        rows, alone_rows = cells.base_nodes(together, level, place)[1:], cells.base_nodes(alone, level, 0)[1:]
        for name in ("time", "potential", "current", "charge", "surface_activity"):
            expected = np.asarray(getattr(together.trajectory, name))[rows, place]
            found = np.asarray(getattr(alone.trajectory, name))[alone_rows, 0]
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max(), err_msg=name)


@pytest.mark.slow
def test_one_trace_for_one_shape():
    """Values never retrace: films, scan rates, kinetics, status. A new shape traces once."""
    traces = 0

    def counted(sample, drive):
        nonlocal traces
        traces += 1
        return run_experiment(sample, drive, NUMERICS, ohmic=False)

    compiled = jax.jit(counted)
    for seed in range(3):
        compiled(*candidates(seed=seed))
    sample, drive = candidates()
    compiled(
        eqx.tree_at(lambda s: s.electrode.exchange_current_density, sample, jnp.full(LANES, jnp.inf, jnp.float64)),
        drive,
    )
    compiled(eqx.tree_at(lambda s: s.stack.thickness, sample, sample.stack.thickness.at[0].set(jnp.nan)), drive)
    assert traces == 1
    compiled(*candidates(3))
    compiled(*candidates(3, seed=9))
    assert traces == 2
