"""Impedance: layered Warburg values, limits, circuit, Kramers-Kronig relations, shares of the resistance, derivatives."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels.impedance import impedance, operating_point, resistance_shares
from kernels.layered_transfer import layered_transfer
from kernels.mesh import Mesh
from kernels.stack import area_specific_resistance, diffusion_resistance
from kernels.transport import assemble, surface_transfer
from tests.numerics.cells import couple_sample, electrolyte, layer_stack, metal_sample, random_stack
from tests.reference import oracles
from tests.reference.oracles import FARADAY, TEMPERATURE, THERMAL_VOLTAGE, Layer

CONCENTRATION = 2000.0
HALF_SPACE = Layer(np.inf, 2e-10)
# Film of 10 nm and 1e-15 m2/s before a half space of 2e-10 m2/s at 2 M: (rad/s, ohm m2), to the digits known.
WARBURG = {
    1e-2: 1.397922e-3 - 6.708e-5j,
    1.0: 1.335595e-3 - 5.158e-5j,
    1e2: 2.92646e-4 - 3.05869e-4j,
    1e4: 2.97715e-5 * (1 - 1j),
}
spectrum = jax.jit(impedance, static_argnames=("mesh", "double_layer"))
steady, shares_of = jax.jit(operating_point), jax.jit(resistance_shares)


def one(stack):
    """Film and electrolyte of one stack of oracle layers, without the candidate axis."""
    return jax.tree.map(lambda x: x[0], (layer_stack([stack[:-1]]), electrolyte([stack[-1]], CONCENTRATION)))


@partial(jax.jit, static_argnames="outer")
def exact(film, outside, frequency, outer="reservoir"):
    """Exact transfer function `[frequency]`."""
    return jax.vmap(lambda s: layered_transfer(film, outside, s, outer))(frequency)


def random_sample(seed, count=6, **options):
    """Random metal cells of three layers with every element of the circuit."""
    random = np.random.default_rng(seed)
    stacks = [random_stack(random, 3, diffusivity=(1e-17, 1e-12)) for _ in range(count)]
    elements = {
        "exchange_current_density": 20.0,
        "series_resistance": 2e-3,
        "double_layer_capacitance": 0.3,
        "resistivity": 2e4,
        "jump_distance": 3e-10,
    }
    return metal_sample(stacks, **(elements | options))


def test_layered_warburg_values():
    omega = np.array([*WARBURG])
    found = spectrum(metal_sample([(Layer(1e-8, 1e-15), HALF_SPACE)]), jnp.zeros(1), jnp.asarray(omega))[0]
    # Half a unit of the last digit known of each part.
    expected = np.array([*WARBURG.values()])
    assert np.abs(found.real - expected.real) == pytest.approx(0, abs=6e-10)
    assert np.abs(found.imag - expected.imag) == pytest.approx(0, abs=6e-9)
    by_recursion = oracles.layered_impedance((Layer(1e-8, 1e-15), HALF_SPACE), omega, CONCENTRATION)
    np.testing.assert_allclose(found, by_recursion, rtol=1e-13)
    film = area_specific_resistance(*one((Layer(1e-8, 1e-15), HALF_SPACE)), jnp.asarray(TEMPERATURE))
    assert film == pytest.approx(1.331424e-3, abs=5e-10)


def test_exact_transfer_of_random_stacks():
    random = np.random.default_rng(3)
    frequency = np.array([1e-4, 1.0, 1e4, 1e-3j, 1j, 1e3j, 2.0 + 1e5j])
    for _ in range(20):
        stack = random_stack(random, 4)
        found = exact(*one(stack), jnp.asarray(frequency))
        np.testing.assert_allclose(found, oracles.surface_transfer(stack, frequency), rtol=1e-11)


@pytest.mark.parametrize("outer", ["reservoir", "blocking"])
def test_finite_layer_limits(outer):
    """Transmissive Z0 tanh and reflective Z0 coth of one layer; both are the half space once diffusion is short."""
    diffusivity, thickness = 2e-10, 5e-5
    frequency = 1j * np.geomspace(1e-4, 1e4, 30)
    found = exact(*one((Layer(thickness, diffusivity),)), jnp.asarray(frequency), outer)
    root = np.sqrt(frequency / diffusivity)
    shape = np.tanh(thickness * root)
    expected = (shape if outer == "reservoir" else 1 / shape) / np.sqrt(diffusivity * frequency)
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    half_space = exact(*one((HALF_SPACE,)), jnp.asarray(frequency))
    np.testing.assert_allclose(found[-10:], half_space[-10:], rtol=1e-12)
    low = exact(*one((Layer(thickness, diffusivity),)), jnp.asarray([1e-7j]), outer)[0]
    limit = thickness / diffusivity if outer == "reservoir" else thickness / (3 * diffusivity) + 1 / (1e-7j * thickness)
    assert abs(low / limit - 1) < 1e-5


def test_vanishing_and_infinite_film():
    frequency = jnp.asarray(1j * np.geomspace(1e-3, 1e3, 13))
    bare = exact(*one((HALF_SPACE,)), frequency)
    np.testing.assert_allclose(exact(*one((Layer(0.0, 1e-15), HALF_SPACE)), frequency), bare, rtol=1e-14)
    thick = exact(*one((Layer(1e-2, 1e-15), HALF_SPACE)), frequency)
    np.testing.assert_allclose(thick, exact(*one((Layer(np.inf, 1e-15),)), frequency), rtol=1e-14)


def test_unknown_outer_boundary_is_refused():
    with pytest.raises(ValueError, match=r"outer: got 'wall', expected one of reservoir, blocking"):
        layered_transfer(*one((HALF_SPACE,)), jnp.asarray(1.0), outer="wall")


@partial(jax.jit, static_argnums=0)
def discrete(mesh, film, outside, frequency):
    """Transfer function of the discrete operator `[frequency]`."""
    return jax.vmap(partial(surface_transfer, assemble(mesh, film, outside)))(frequency)


def test_discrete_transfer_converges_to_the_exact_one():
    """Second order, so Richardson's extrapolation of two meshes meets 1e-6 where each of them is near 1e-4."""
    random = np.random.default_rng(11)
    frequency = jnp.asarray(1j * np.array([1e-3, 0.1, 10.0]))
    for _ in range(5):
        film, outside = one(random_stack(random, 3, diffusivity=(1e-16, 1e-11)))
        expected = exact(film, outside, frequency)
        coarse, fine = (discrete(Mesh(100 * k, 200 * k), film, outside, frequency) for k in (1, 2))
        errors = [np.abs(value / expected - 1).max() for value in (coarse, fine, (4 * fine - coarse) / 3)]
        print(errors)
        assert np.log2(errors[0] / errors[1]) > 1.9
        assert errors[1] < 2e-4
        assert errors[2] < 1e-6


def test_randles_circuit_of_one_cell():
    """Every element against the circuit written out by hand, for both places of the double layer."""
    omega = np.geomspace(1e-2, 1e6, 40)
    stack = (Layer(2e-8, 1e-14, 0.5, 1.0, 0.2, 2e4), Layer(5e-5, 2e-10, transference_number=0.4))
    elements = {"exchange_current_density": 5.0, "series_resistance": 1e-3, "double_layer_capacitance": 0.2}
    sample = metal_sample([stack], resistivity=3e5, **elements)
    charge_transfer, film = THERMAL_VOLTAGE / 5.0, 3e5 * 2e-8
    faradaic = charge_transfer + oracles.layered_impedance(stack, omega, CONCENTRATION)
    charging = 1j * omega * 0.2
    across = 1e-3 + 1 / (charging + 1 / (film + faradaic))
    inside = 1e-3 + film + 1 / (charging + 1 / faradaic)
    found = spectrum(sample, jnp.zeros(1), jnp.asarray(omega))[0]
    np.testing.assert_allclose(found, across, rtol=1e-12)
    found = spectrum(sample, jnp.zeros(1), jnp.asarray(omega), double_layer="electrode")[0]
    np.testing.assert_allclose(found, inside, rtol=1e-12)
    assert (found.imag < 0).all()
    with pytest.raises(ValueError, match=r"double_layer: got 'film', expected one of film_and_electrode, electrode"):
        impedance(sample, jnp.zeros(1), jnp.asarray(omega), double_layer="film")


def test_couple_at_equilibrium_is_the_textbook_warburg():
    """sigma_W = R T / (sqrt(2) n2 F2) (1 / (c_O sqrt D_O) + 1 / (c_R sqrt D_R)) and R_ct = R T / (n F j0)."""
    oxidised, reduced, slow, fast, rate = 3.0, 1.0, 4e-10, 9e-10, 1e-5
    sample = couple_sample([(Layer(np.inf, slow),)], fast, rate, 0.1, 0.3, oxidised, reduced, electron_number=2.0)
    rest = 0.1 + THERMAL_VOLTAGE / 2 * np.log(oxidised / reduced)
    omega = np.geomspace(1e-3, 1e3, 7)
    found = spectrum(sample, jnp.asarray([rest]), jnp.asarray(omega))[0]
    scale = THERMAL_VOLTAGE / (4 * FARADAY)
    warburg = scale * (1 / (oxidised * np.sqrt(slow)) + 1 / (reduced * np.sqrt(fast))) / np.sqrt(1j * omega)
    exchange = 2 * FARADAY * rate * oxidised**0.7 * reduced**0.3
    np.testing.assert_allclose(found, warburg + THERMAL_VOLTAGE / 2 / exchange, rtol=1e-11)


@pytest.mark.parametrize("potential", [-0.3, -0.05, 0.0, 0.02, 0.4])
def test_low_frequency_limit_is_the_resistance_of_the_steady_state(potential):
    """Zero frequency, the shares and the slope of the steady current against the potential are three ways to it."""
    sample = random_sample(5)
    volts = jnp.full(6, potential)
    found = spectrum(sample, volts, jnp.asarray([0.0, 1e-9]))
    np.testing.assert_allclose(found[:, 0].imag, 0, atol=0)
    np.testing.assert_allclose(found[:, 1], found[:, 0], rtol=1e-3)
    shares = shares_of(sample, volts)
    np.testing.assert_allclose(shares.total, found[:, 0].real, rtol=1e-12)
    step = 1e-5
    ahead, behind = (steady(sample, volts + sign * step).current for sign in (1, -1))
    np.testing.assert_allclose(2 * step / (ahead - behind), found[:, 0].real, rtol=1e-6)


def test_low_frequency_limit_of_a_couple():
    film = Layer(2e-7, 1e-13, 0.5, 0.8, 0.0, 1e4)
    sample = couple_sample([(film, Layer(5e-5, 4e-10))], 9e-10, 1e-5, 0.1, 0.4, 3.0, 1.0, series_resistance=1e-3)
    for potential in (-0.2, 0.1, 0.15, 0.5):
        volts = jnp.asarray([potential])
        step = 1e-5
        ahead, behind = (steady(sample, volts + sign * step).current for sign in (1, -1))
        found = float(spectrum(sample, volts, jnp.zeros(1))[0, 0].real)
        assert found == pytest.approx(float(2 * step / (ahead - behind)[0]), rel=1e-5)
        assert float(shares_of(sample, volts).total[0]) == pytest.approx(found, rel=1e-12)


def test_steady_state_satisfies_the_rate_law_and_its_bounds():
    sample = random_sample(8, exchange_current_density=3.0)
    limit = FARADAY * CONCENTRATION / np.asarray(jax.vmap(diffusion_resistance)(sample.stack, sample.electrolyte))
    for potential in (-2.0, -0.1, 0.0, 0.1, 2.0):
        point = steady(sample, jnp.full(6, potential))
        x = np.asarray(point.overpotential)
        rate = 3.0 * (np.exp(0.5 * x) - np.asarray(point.oxidised) * np.exp(-0.5 * x))
        np.testing.assert_allclose(rate, point.current, rtol=1e-9, atol=1e-12)
        assert (point.current >= -limit * (1 + 1e-12)).all()
        assert (np.sign(point.current) == np.sign(potential)).all()


def test_nothing_flows_at_equilibrium_whatever_the_partition():
    """Eighteen decades of K in the layers, at random behind interfaces: no current without a potential."""
    sample = random_sample(5)
    partition = 10 ** np.random.default_rng(6).uniform(-9, 9, (6, 3))
    sample = eqx.tree_at(lambda s: s.stack.partition_coefficient, sample, jnp.asarray(partition))
    point = steady(sample, jnp.zeros(6))
    assert not np.asarray(point.current).any()
    np.testing.assert_array_equal(point.oxidised, 1.0)
    assert (np.asarray(steady(sample, jnp.full(6, -0.01)).current) < 0).all()


def test_resistance_of_each_layer_is_its_own():
    """At rest the shares are the textbook series resistances, layer by layer."""
    layers = (Layer(1e-8, 1e-15, 2.0, 1.0, 0.1, 1e4), Layer(3e-8, 5e-16, 0.5, 1.0, 0.0, 5e5))
    outside = Layer(5e-5, 2e-10, transference_number=0.4)
    sample = metal_sample([(*layers, outside)], exchange_current_density=4.0, series_resistance=1e-3, resistivity=1e4)
    shares = jax.tree.map(lambda x: np.asarray(x[0]), shares_of(sample, jnp.zeros(1)))
    per_activity = THERMAL_VOLTAGE / (FARADAY * CONCENTRATION)
    assert shares.series == 1e-3
    assert shares.charge_transfer == pytest.approx(THERMAL_VOLTAGE / 4.0, rel=1e-12)
    assert shares.conduction == pytest.approx([1e-4, 3e-4], rel=1e-12)
    assert shares.diffusion == pytest.approx([per_activity * 0.9e-8 / 2e-15, per_activity * 3e-8 / 2.5e-16], rel=1e-12)
    assert shares.interface == pytest.approx([per_activity * 1e4, per_activity * 5e5], rel=1e-12)
    assert shares.electrolyte == pytest.approx(per_activity * 0.6 * 5e-5 / 2e-10, rel=1e-12)


def voigt_misfit(omega, values, per_decade=8):
    """Largest relative misfit of a series resistance, resistor-capacitor pairs and a capacitor: the lin-KK test.

    Every such circuit obeys the Kramers-Kronig relations, so a spectrum that does not cannot be fitted; Schonleber, Klotz
    & Ivers-Tiffee, Electrochim. Acta 131, 20 (2014), 10.1016/j.electacta.2014.01.034.
    """
    count = int(per_decade * np.log10(omega[-1] / omega[0]))
    tau = np.geomspace(0.1 / omega[-1], 10 / omega[0], count)
    circuit = np.column_stack([np.ones_like(omega), 1 / (1 + 1j * omega[:, None] * tau[None, :])])
    weight = 1 / np.abs(values)
    rows = np.concatenate([(weight[:, None] * circuit).real, (weight[:, None] * circuit).imag])
    target = np.concatenate([(weight * values).real, (weight * values).imag])
    strength, *_ = np.linalg.lstsq(rows, target, rcond=1e-12)
    return np.abs(rows @ strength - target).max()


@pytest.mark.parametrize("potential", [0.0, -0.05])
def test_kramers_kronig_relations_hold(potential):
    omega = np.geomspace(1e-4, 1e6, 120)
    found = np.asarray(spectrum(random_sample(21), jnp.full(6, potential), jnp.asarray(omega)))
    for values in found:
        print(voigt_misfit(omega, values), voigt_misfit(omega, values.real + 1.01j * values.imag))
        assert voigt_misfit(omega, values) < 1e-5
        # The same spectrum with its imaginary part 1 % off is caught.
        assert voigt_misfit(omega, values.real + 1.01j * values.imag) > 1e-4
        assert (values.real > 0).all()
        assert (values.imag < 0).all()


def test_real_part_follows_from_the_imaginary_part():
    """Z'(0) - Z'(inf) = -(2 / pi) int Z'' dln(w), the sum rule of the Kramers-Kronig relations."""
    omega = np.geomspace(1e-8, 1e12, 4001)
    sample = random_sample(22)
    found = np.asarray(spectrum(sample, jnp.zeros(6), jnp.asarray(omega)))
    total = -2 / np.pi * np.trapezoid(found.imag, np.log(omega), axis=1)
    drop = shares_of(sample, jnp.zeros(6)).total - 2e-3
    np.testing.assert_allclose(total, drop, rtol=1e-5)


def test_spectrum_of_the_simulated_operator():
    sample = random_sample(4)
    omega = jnp.asarray([0.0, 1e-3, 1.0])
    fine = spectrum(sample, jnp.zeros(6), omega, mesh=Mesh(96, 256))
    np.testing.assert_allclose(fine, spectrum(sample, jnp.zeros(6), omega), rtol=1e-3)


def test_batch_is_the_loop_over_candidates():
    sample, volts = random_sample(9), jnp.linspace(-0.1, 0.1, 6)
    omega = jnp.geomspace(1e-2, 1e4, 5)
    together = spectrum(sample, volts, omega)
    for i in range(6):
        alone = spectrum(jax.tree.map(lambda x: x[i : i + 1], sample), volts[i : i + 1], omega)  # noqa: B023
        np.testing.assert_allclose(alone[0], together[i], rtol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("omega", [0.0, 3.0])
def test_gradients_against_central_differences(omega):
    sample, volts = random_sample(14, count=1), jnp.asarray([-0.03])
    leaves, structure = jax.tree.flatten((sample, volts))
    names = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_flatten_with_path((sample, volts))[0]]

    @jax.jit
    def objective(factors):
        scaled = [leaf * (1 + factor) for leaf, factor in zip(leaves, factors, strict=True)]
        found = impedance(*structure.unflatten(scaled), jnp.asarray([omega]))[0, 0]
        return jnp.log(jnp.abs(found)) + found.imag / jnp.abs(found)

    zero = [jnp.zeros_like(leaf) for leaf in leaves]
    slopes = jax.grad(objective)(zero)
    _, forward = jax.jvp(objective, (zero,), ([jnp.ones_like(leaf) for leaf in leaves],))
    assert forward == pytest.approx(sum(float(slope.sum()) for slope in slopes), rel=1e-9)
    step = 1e-5
    for place, slope in enumerate(slopes):
        ends = [objective([*zero[:place], zero[place] + sign * step, *zero[place + 1 :]]) for sign in (1, -1)]
        difference = float(ends[0] - ends[1]) / (2 * step)
        assert float(slope.sum()) == pytest.approx(difference, rel=1e-6, abs=1e-9), names[place]


def test_gradients_are_finite_in_every_limit():
    """Nernstian kinetics, an ohmic layer that stores nothing, half space, zero frequency, volts of overpotential."""

    @jax.jit
    def slope(sample, volts, omega):
        def size(factor):
            scaled = jax.tree.map(lambda x: x * factor, sample.stack)
            found = impedance(eqx.tree_at(lambda x: x.stack, sample, scaled), volts, omega)
            return jnp.sum(found.real + found.imag)

        return jax.grad(size)(1.0)

    nernstian = metal_sample([(Layer(1e-8, 1e-15), Layer(5e-5, 2e-10))])
    ohmic = metal_sample([(Layer(1e-8, 1e-15, 1.0, 0.0, 1.0), Layer(5e-5, 2e-10))], resistivity=1e4)
    half_space = metal_sample([(Layer(1e-8, 1e-15), HALF_SPACE)])
    for sample, potential, omega in [
        *((nernstian, 0.0, w) for w in (0.0, 1.0, 1e12)),
        *((ohmic, v, 1.0) for v in (-0.1, 0.0, 3.0)),
        (half_space, 0.0, 1e-2),
        (half_space, 0.0, 1e8),
    ]:
        found = slope(sample, jnp.asarray([potential]), jnp.asarray([omega]))
        assert np.isfinite(found), (potential, omega)
