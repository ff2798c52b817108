"""Surface channel: one-dimensional and fin limits, exact series, order of accuracy, mass balance, batches, derivatives."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

from kernels.channel import ChannelMesh, SurfaceChannel, solve_channel
from tests.reference.oracles import FARADAY

BULK, LIQUID, FILM = 2000.0, 2e-10, 1e-8
DEFAULTS = {
    "length": 1e-5,
    "film_thickness": FILM,
    "film_diffusivity": 2e-13,
    "film_partition_coefficient": 1.0,
    "interface_resistance": 0.0,
    "outside_thickness": 5e-5,
    "outside_diffusivity": LIQUID,
    "outside_transference_number": 0.0,
    "concentration": BULK,
    "rate_constant": np.inf,
}
SMALL = ChannelMesh(24, 6, 16, 50.0, 4.0, 300.0)
solve = jax.jit(solve_channel, static_argnames=("mesh", "entries"))


@partial(jax.jit, static_argnums=(1, 2))
def solve_batch(samples, mesh, entries):
    """A batch of rectangles."""
    return jax.vmap(lambda one: solve_channel(one, mesh, entries))(samples)


def channel(**changes):
    """One rectangle, or a batch where a value is an array."""
    values = DEFAULTS | changes
    shape = np.broadcast_shapes(*(np.shape(value) for value in values.values()))
    return SurfaceChannel(
        **{name: jnp.asarray(np.broadcast_to(value, shape), jnp.float64) for name, value in values.items()}
    )


def fin(rate_constant, diffusivity, length, thickness=FILM):
    """Current (A m-2) of a thin fin, F c D d m tanh(m L) / L with m = sqrt(k / (D d)), and m."""
    decay = np.sqrt(rate_constant / (diffusivity * thickness))
    return FARADAY * BULK * diffusivity * thickness * decay * np.tanh(decay * length) / length, decay


def slab_in_gas(biot, aspect, terms=400):
    """Total flow over D c of a slab open at one end and consuming at its base: sum A sin(b) tanh(b L / d), b tan b = Bi.

    Separation of variables, Carslaw & Jaeger, Conduction of Heat in Solids (1959), section 5.3.
    """
    roots = np.array(
        [brentq(lambda b: b * np.sin(b) - biot * np.cos(b), i * np.pi, (i + 0.5) * np.pi) for i in range(terms)]
    )
    weight = 4 * np.sin(roots) / (2 * roots + np.sin(2 * roots))
    return np.sum(weight * np.sin(roots) * np.tanh(roots * aspect))


@pytest.mark.parametrize("ratio", [1e-6, 1e-3, 1.0])
@pytest.mark.parametrize("rate_constant", [np.inf, 1e-4])
def test_supply_from_above_is_the_series_of_resistances(ratio, rate_constant):
    """Nothing changes along the cathode: exact on any mesh, with partition, interface and transference number."""
    sample = channel(
        film_diffusivity=ratio * LIQUID,
        film_partition_coefficient=0.3,
        interface_resistance=2e4,
        outside_transference_number=0.4,
        rate_constant=rate_constant,
    )
    field = solve(sample, SMALL)
    resistance = FILM / (0.3 * ratio * LIQUID) + 2e4 + 0.6 * 5e-5 / LIQUID + 1 / rate_constant
    assert float(field.current_density) == pytest.approx(FARADAY * BULK / resistance, rel=1e-11)
    assert float(field.penetration_depth) == pytest.approx(1e-5, rel=1e-9)
    np.testing.assert_allclose(field.film_flux, field.cathode_flux, rtol=1e-9)
    np.testing.assert_allclose(field.film_flow, 0, atol=1e-9 * float(field.cathode_flux[0]) * 1e-5)
    assert float(field.imbalance) < 1e-10


def test_limiting_currents_of_the_one_dimensional_channel():
    """D_film / D = 1e-3, 1e-4, 1e-5 behind 50 um of electrolyte: 64, 26, 3.7 mA/cm2."""
    found = solve_batch(channel(film_diffusivity=LIQUID * np.array([1e-3, 1e-4, 1e-5])), SMALL, ("top",))
    assert np.asarray(found.current_density) / 10 == pytest.approx([64.3, 25.7, 3.68], rel=2e-3)


@pytest.mark.parametrize("thiele", [0.1, 1.0, 10.0])
def test_thin_channel_in_gas_is_a_fin(thiele):
    """The deviation is that of the fin's assumption, of the order of k d / D, and vanishes with it."""
    diffusivity, length = 1e-12, 1e-6
    deviation = []
    for biot in (1e-2, 1e-3):
        thickness = length * np.sqrt(biot) / thiele
        rate = biot * diffusivity / thickness
        sample = channel(
            film_thickness=thickness,
            film_diffusivity=diffusivity,
            length=length,
            outside_diffusivity=0.0,
            rate_constant=rate,
        )
        field = solve(sample, ChannelMesh(96, 6, 1), ("end",))
        expected, decay = fin(rate, diffusivity, length, thickness)
        assert decay * length == pytest.approx(thiele)
        deviation.append(abs(float(field.current_density) / expected - 1))
        depth = np.tanh(thiele) / decay
        assert float(field.penetration_depth) == pytest.approx(depth, rel=2 * biot + 2e-3)
        assert float(field.imbalance) < 1e-10
        # Without electrolyte nothing crosses the film's surface, and its map is empty.
        assert not np.asarray(field.film_flux).any()
        assert not np.asarray(field.concentration[-1]).any()
    print(thiele, deviation)
    assert deviation[0] < 1e-2
    assert deviation[1] < 2e-3


def test_uniform_medium_open_at_its_side_is_the_same_fin():
    """Film and electrolyte alike, 1 um high together: the other direction of the uniform limit."""
    sample = channel(
        film_diffusivity=1e-12,
        outside_diffusivity=1e-12,
        outside_thickness=1e-6 - FILM,
        length=1e-5,
        rate_constant=1e-8,
    )
    field = solve(sample, ChannelMesh(96, 6, 24), ("end", "side"))
    expected, _ = fin(1e-8, 1e-12, 1e-5, 1e-6)
    assert float(field.current_density) == pytest.approx(expected, rel=1e-2)
    exact = FARADAY * BULK * 1e-12 / 1e-5 * slab_in_gas(1e-2, 10.0)
    assert float(field.current_density) == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize(("rate_constant", "length"), [(1e-5, 2e-8), (2e-5, 5e-8), (1e-6, 1e-7)])
def test_second_order_against_the_exact_series(rate_constant, length):
    diffusivity = 1e-12
    sample = channel(film_diffusivity=diffusivity, length=length, outside_diffusivity=0.0, rate_constant=rate_constant)
    exact = FARADAY * BULK * diffusivity / length * slab_in_gas(rate_constant * FILM / diffusivity, length / FILM)
    error = [
        abs(float(solve(sample, ChannelMesh(16 * k, 4 * k, 1, 10.0, 4.0, 1.0), ("end",)).current_density) / exact - 1)
        for k in (1, 2, 4)
    ]
    order = np.log2(np.array(error[:-1]) / error[1:])
    print(error, order)
    assert order.min() > 1.85
    assert error[-1] < 1e-3


def test_second_order_with_electrolyte_above():
    """Film fed from the electrolyte's side and top; the finest mesh is far from each of the four."""
    sample = channel(rate_constant=1e-3)
    current = [
        float(solve(sample, ChannelMesh(16 * k, 4 * k, 12 * k), ("side", "top")).current_density) for k in (1, 2, 4, 8)
    ]
    change = np.diff(current)
    order = np.log2(change[:-1] / change[1:])
    print(current, order)
    assert order.min() > 1.85
    assert abs(change[-1] / current[-1]) < 1e-3


def test_second_order_of_the_concentration_map():
    """Pointwise, at the film's surface and mid-film, by cells that share their centre on meshes of 3^k refinement."""
    sample = channel(film_diffusivity=1e-12, length=1e-7, outside_diffusivity=0.0, rate_constant=1e-5)
    profile = []
    for k in (1, 3, 9):
        field = solve(sample, ChannelMesh(9 * k, 3 * k, 1, 1.0, 1.0, 1.0), ("end",))
        profile.append(np.asarray(field.concentration)[k // 2 + k, k // 2 :: k])
    order = np.log(np.abs(profile[0] - profile[1]) / np.abs(profile[1] - profile[2])) / np.log(3)
    print(order)
    assert order.min() > 1.8


@pytest.mark.parametrize(
    "entries",
    [
        ("top",),
        ("side",),
        ("end",),
        pytest.param(("side", "top"), marks=pytest.mark.slow),
        pytest.param(("end", "side", "top"), marks=pytest.mark.slow),
    ],
)
def test_mass_balance_of_a_thousand_candidates(entries):
    """Six decades of diffusivity, five of the rate constant, in one batch; what enters is what is consumed."""
    random = np.random.default_rng(12)
    count = 1000

    def spread(low, high):
        return 10 ** random.uniform(low, high, count)

    samples = channel(
        film_diffusivity=LIQUID * spread(-6, 0),
        rate_constant=spread(-6, -1),
        length=spread(-6, -4),
        interface_resistance=spread(1, 5),
        film_partition_coefficient=spread(-2, 1),
        # a closed film's end below electrolyte is another problem; supply through the end alone is that of gas
        outside_diffusivity=0.0 if entries == ("end",) else LIQUID,
    )
    mesh = ChannelMesh(16, 4, 8)
    field = solve_batch(samples, mesh, entries)
    assert float(field.imbalance.max()) < 1e-10
    assert (np.asarray(field.current_density) > 0).all()
    concentration = np.asarray(field.concentration)
    largest = BULK * np.maximum(1.0, np.asarray(samples.film_partition_coefficient))[:, None, None]
    assert (concentration > -1e-9 * largest).all()
    assert (concentration < largest * (1 + 1e-9)).all()
    alone = solve(jax.tree.map(lambda x: x[17], samples), mesh, entries)
    assert float(alone.current_density) == pytest.approx(float(field.current_density[17]), rel=1e-9)


def test_more_diffusive_film_feeds_more_and_deeper():
    """The trend of the published channel: current and reach grow with the film's diffusivity."""
    samples = channel(
        film_diffusivity=1e-13 * 10 ** np.arange(4.0),
        outside_diffusivity=0.0,
        rate_constant=1e-6,
        interface_resistance=1e4,
    )
    field = solve_batch(samples, ChannelMesh(64, 6, 1), ("end",))
    assert (np.diff(np.asarray(field.current_density)) > 0).all()
    assert (np.diff(np.asarray(field.penetration_depth)) > 0).all()


@pytest.mark.slow
def test_film_that_changes_along_the_cathode():
    """A mirror-free check of the general solve: resistances in series along a film that is consumed at its far end only.

    The film conducts well but for one stretch; with consumption far slower than transport the current is k c everywhere.
    """
    mesh = ChannelMesh(48, 4, 1)
    profile = jnp.where(jnp.arange(48) % 5 == 0, 1e-3, 1.0)
    sample = channel(film_diffusivity=1e-10, outside_diffusivity=0.0, rate_constant=1e-12, length=1e-6)
    field = solve(sample, mesh, ("end",), profile)
    assert float(field.current_density) == pytest.approx(FARADAY * BULK * 1e-12, rel=1e-3)
    assert float(field.imbalance) < 1e-10
    even = solve(sample, mesh, ("end",), jnp.ones(48))
    np.testing.assert_allclose(even.concentration, solve(sample, mesh, ("end",)).concentration, rtol=1e-12)
    # Faster consumption: the flow along the film obeys each stretch's own resistance.
    sample = channel(film_diffusivity=1e-12, outside_diffusivity=0.0, rate_constant=1e-7, length=1e-6)
    field = solve(sample, mesh, ("end",), profile)
    left = np.asarray(field.film_flow)
    eaten = np.asarray(field.cathode_flux) * np.diff(np.concatenate([[0.0], 2 * np.asarray(field.x)]))[0]
    assert (np.diff(left) < 0).all()
    assert left[0] - left[1] == pytest.approx(eaten[0], rel=1e-9)
    assert float(field.imbalance) < 1e-10


@pytest.mark.parametrize("entries", [(), ("bottom",), ("top", "left")])
def test_unknown_entries_are_refused(entries):
    with pytest.raises(ValueError, match=r"entries: got .*, expected some of end, side, top"):
        solve_channel(channel(), SMALL, entries)


@pytest.mark.parametrize(
    ("entries", "changes"),
    [
        (("side", "top"), {"rate_constant": 1e-4}),
        (("end",), {"rate_constant": 1e-6, "outside_diffusivity": 0.0, "length": 1e-6}),
        (("top",), {}),
    ],
)
def test_gradients_against_central_differences(entries, changes):
    mesh = ChannelMesh(12, 4, 8)
    start = channel(interface_resistance=1e4, outside_transference_number=0.3, **changes)
    leaves, structure = jax.tree.flatten(start)

    @jax.jit
    def objective(factors):
        # An infinite rate constant stays what it is.
        scaled = [
            jnp.where(jnp.isinf(leaf), leaf, jnp.where(jnp.isinf(leaf), 1.0, leaf) * (1 + factors[i]))
            for i, leaf in enumerate(leaves)
        ]
        field = solve_channel(structure.unflatten(scaled), mesh, entries)
        return jnp.log(field.current_density) + jnp.log(field.penetration_depth)

    slope = np.asarray(jax.grad(objective)(jnp.zeros(len(leaves))))
    assert np.isfinite(slope).all()
    forward = jax.jacfwd(objective)(jnp.zeros(len(leaves)))
    np.testing.assert_allclose(forward, slope, rtol=1e-7, atol=1e-9)
    for place in range(len(leaves)):
        step = jnp.asarray(1e-5 * (np.arange(len(leaves)) == place))
        difference = float(objective(step) - objective(-step)) / 2e-5
        assert slope[place] == pytest.approx(difference, rel=1e-5, abs=1e-8), place
