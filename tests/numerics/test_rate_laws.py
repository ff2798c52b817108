"""Rate laws: one root of the electrode equation for all of them, limits, a voltammogram by plain finite differences, gradients."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad_vec
from scipy.linalg import solve_banded

from kernels.charge_transfer import ElectrodeEquation, residual, solve_current
from kernels.electrodes import InteractingDeposit
from kernels.electrodes.electrode import SurfaceActivities
from kernels.electrodes.interacting_deposit import InteractingActivities
from kernels.experiment import Numerics
from kernels.impedance import impedance, operating_point
from kernels.kinetics import AsymmetricMarcusHush, ButlerVolmer, MarcusHushChidsey
from screening.config.kinetics_keys import LAW_KEYS
from screening.model.surface import rate_law
from tests.numerics import cells
from tests.reference.oracles import FARADAY, TEMPERATURE, THERMAL_VOLTAGE, Layer

EV = 1.602176634e-19
NUMERICS = Numerics()
evaluate = jax.jit(residual)
log_rate = jax.jit(lambda law, x: law.log_rate(x))
slope_of = jax.jit(lambda equation, j: jax.jvp(lambda at: residual(equation, at)[0], (j,), (jnp.ones_like(j),))[1])
spectrum, steady = jax.jit(impedance), jax.jit(operating_point)


def law_of(name, alpha, energy, asymmetry):
    """A rate law of one lane whatever its keys are."""
    given = {
        "transfer_coefficient": alpha,
        "reorganisation_energy": energy * EV,
        "temperature": TEMPERATURE,
        "asymmetry": asymmetry,
    }
    law = rate_law(name)
    return law(**{key: jnp.full(1, given[key]) for key in law.__dataclass_fields__})


def with_law(sample, law):
    """The sample with another rate law."""
    return eqx.tree_at(lambda s: s.electrode.kinetics, sample, law)


def chidsey(energy, count):
    """Marcus-Hush-Chidsey kinetics of a batch, energy in eV."""
    return MarcusHushChidsey(cells.lanes(energy * EV, count), cells.lanes(TEMPERATURE, count))


laws = st.builds(
    law_of,
    st.sampled_from(sorted(LAW_KEYS)),
    st.floats(0.02, 0.98),
    st.floats(0.05, 4.0),
    st.floats(-0.35, 0.35),
)


# no shrinking: an example is as plain as any other
@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    laws,
    st.floats(-3.0, 3.0),
    st.floats(-9.0, 2.0),
    st.floats(-6.0, 6.0),
    st.floats(0.0, 5.0),
    st.floats(-9.0, -3.0),
    st.floats(0.0, 20.0),
)
def test_the_electrode_equation_has_one_root(law, potential, resistance, reference, monolayers, slope, interaction):
    equation = ElectrodeEquation(
        activities=InteractingActivities(
            oxidised=jnp.ones(1),
            oxidised_slope=jnp.full(1, 10.0**slope),
            reduced=jnp.full(1, monolayers * 2e-5),
            reduced_slope=jnp.full(1, 1e-7),
            monolayer=jnp.full(1, 2e-5),
            interaction=jnp.full(1, interaction),
        ),
        source_potential=jnp.full(1, potential),
        source_resistance=jnp.full(1, 10.0**resistance),
        inverse_reference_current=jnp.full(1, 10.0**-reference),
        kinetics=law,
        thermal_slope=jnp.full(1, 1 / THERMAL_VOLTAGE),
        formal_potential=0.0,
        film=None,
        temperature=jnp.full(1, TEMPERATURE),
    )
    low, high = (float(end[0]) for end in equation.activities.bounds())
    currents = jnp.linspace(low, high, 41)
    values, slopes, _ = evaluate(equation, currents)
    signs = np.sign(np.where(np.abs(values) < 1e-14, 0.0, values))
    assert signs[0] <= 0 <= signs[-1]
    assert (np.diff(signs[signs != 0]) >= 0).all()
    along = slope_of(equation, currents)
    x = equation.thermal_slope * (potential - 10.0**resistance * currents)
    shift = equation.activities.shift_at(currents)
    assert shift is not None
    x = np.asarray(x + shift[0])
    # left out: corners (the ends, where the inventory is used up, and the change of Tafel lines) and overpotentials of 25 V
    smooth = (x != 0) & (np.abs(x) < 1e3) & (np.arange(41) % 40 > 0)
    np.testing.assert_allclose(slopes[smooth], along[smooth], rtol=1e-6, atol=1e-12 * float(jnp.max(jnp.abs(along))))
    # where the current has the sign of its driving force the equation rises
    assert (np.asarray(slopes)[x * np.asarray(currents) > 0] >= 0).all()


def test_the_root_is_that_of_plain_bisection_from_any_guess():
    """Guesses of either sign, behind resistances that turn the slope round far from the root; numpy, 200 halvings."""
    random, lanes = np.random.default_rng(3), 2000

    def decades(low, high):
        return 10 ** random.uniform(low, high, lanes)

    oxidised, oxidised_slope, reduced, reduced_slope = (
        decades(-8, 0.5),
        decades(-9, 0),
        decades(-8, 0.5),
        decades(-9, 0),
    )
    resistance, slowness, alpha = decades(-9, 0), decades(-8, 6), random.uniform(0.2, 0.8, lanes)
    potential, scale = random.uniform(-1, 1, lanes), decades(-6, 4)
    guess = random.normal(0, 1, lanes) * scale

    def rises(current):
        x = np.clip((potential - resistance * current) / THERMAL_VOLTAGE, -1e3, 1e3).astype(np.longdouble)
        away = (reduced - reduced_slope * current) * np.exp((1 - alpha) * x)
        return slowness * current + (oxidised + oxidised_slope * current) * np.exp(-alpha * x) - away > 0

    low, high = -oxidised / oxidised_slope, reduced / reduced_slope
    for _ in range(200):
        middle = (low + high) / 2
        above = rises(middle)
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    equation = ElectrodeEquation(
        activities=SurfaceActivities(*map(jnp.asarray, (oxidised, oxidised_slope, reduced, reduced_slope))),
        source_potential=jnp.asarray(potential),
        source_resistance=jnp.asarray(resistance),
        inverse_reference_current=jnp.asarray(slowness),
        kinetics=ButlerVolmer(jnp.asarray(alpha)),
        thermal_slope=jnp.full(lanes, 1 / THERMAL_VOLTAGE),
        formal_potential=0.0,
        film=None,
        temperature=jnp.full(lanes, TEMPERATURE),
    )
    root = jax.jit(solve_current, static_argnums=3)(equation, jnp.asarray(guess), jnp.asarray(scale), 1e-7)
    assert np.asarray(root.converged).all()
    error = np.abs(np.asarray(root.current) - middle) / (np.abs(middle) + 1e-3 * scale)
    # rounding of an activity that is nearly used up, in currents
    rounding = 1e-14 * np.maximum(oxidised / oxidised_slope, reduced / reduced_slope) / (np.abs(middle) + 1e-3 * scale)
    assert (error < 1e-6 + rounding).all()


@pytest.mark.parametrize("name", sorted(LAW_KEYS))
def test_both_rates_are_monotone_and_one_at_equilibrium(name):
    law = law_of(name, 0.3, 0.4, 0.2)
    step = 1e-3
    x = jnp.concatenate([jnp.linspace(-60.0, 60.0, 241), jnp.array([step, -step])])

    @jax.jit
    def evaluated(x):
        rate, along = jax.jvp(law.log_rate, (x,), (jnp.ones_like(x),))
        return rate, along, law.slope(x, jax.nn.sigmoid(x), jax.nn.sigmoid(-x)), law.log_favoured_rate(x)

    rate, along, slope, favoured = evaluated(x)
    oxidation, reduction = rate + jax.nn.log_sigmoid(x), rate + jax.nn.log_sigmoid(-x)
    assert (np.diff(oxidation[:241]) > -1e-9).all()
    assert (np.diff(reduction[:241]) < 1e-9).all()
    assert float(jnp.exp(oxidation[120])) == pytest.approx(1.0, rel=1e-9)
    np.testing.assert_allclose(favoured, np.maximum(oxidation, reduction), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(slope, along, rtol=1e-9, atol=1e-9)
    alpha = float(law.cathodic_transfer_coefficient()[0])
    assert alpha == pytest.approx(-float(reduction[241] - reduction[242]) / (2 * step), rel=1e-5)


def asymmetric(reduced_energy, asymmetry):
    """Asymmetric Marcus-Hush kinetics, energy in kT."""
    thermal = EV * THERMAL_VOLTAGE
    return AsymmetricMarcusHush(jnp.asarray(reduced_energy * thermal), jnp.asarray(asymmetry), jnp.asarray(TEMPERATURE))


@pytest.mark.parametrize("asymmetry", [-0.35, 0.2])
def test_asymmetric_kinetics_against_quadrature_and_the_published_transfer_coefficient(asymmetry):
    energy = 40.0
    law = asymmetric(energy, asymmetry)

    def barrier(y):
        """Of oxidation, over kT; the cubic term belongs to |y| < lambda / kT."""
        cubic = asymmetry * y / 4 * (1 - (y / energy) ** 2) * (np.abs(y) < energy)
        return energy / 4 * (1 - y / energy) ** 2 + cubic

    def oxidation(x):
        edges = np.array([-120.0, -energy, energy, 120.0])
        parts = [
            quad_vec(lambda y: np.exp(-barrier(y)) / (1 + np.exp(y - x)), low, high, epsrel=1e-11)[0]
            for low, high in itertools.pairwise(edges)
        ]
        return sum(parts)

    points = np.array([-25.0, -3.0, 1.0, 20.0, 60.0])
    found = log_rate(law, points) + jax.nn.log_sigmoid(points)
    np.testing.assert_allclose(found, [np.log(oxidation(x) / oxidation(0.0)) for x in points], rtol=0, atol=1e-8)
    # Laborda et al., Chem. Soc. Rev. 42, 4894 (2013), 10.1039/c3cs35487c
    published = 0.5 + asymmetry * (0.25 - 1.267 / (energy + 3.353))
    assert float(law.cathodic_transfer_coefficient()) == pytest.approx(published, abs=3e-4)


def test_without_asymmetry_it_is_marcus_hush_chidsey():
    x = jnp.linspace(-80.0, 80.0, 33)
    usual = MarcusHushChidsey(jnp.asarray(12.0 * EV * THERMAL_VOLTAGE), jnp.asarray(TEMPERATURE))
    found, expected = (log_rate(law, x) for law in (asymmetric(12.0, 0.0), usual))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def quasi_reversible(steps=150):
    """A slow couple at a bare electrode, and its scan to 0.4 V beyond the formal potential and back."""
    sample = cells.couple_sample([(Layer(4e-4, 1e-9),)], 1e-9, rate_constant=2e-6, oxidised_concentration=5.0)
    return sample, cells.sweep_drive((0.3, -0.5, 0.3), 1.0, steps)


def test_a_large_reorganisation_energy_is_butler_volmer():
    sample, drive = quasi_reversible()
    usual = cells.run(sample, drive, NUMERICS, ohmic=False)
    stiff = cells.run(with_law(sample, chidsey(400.0, 1)), drive, NUMERICS, ohmic=False)
    nodes = [cells.base_nodes(one, NUMERICS.control.deepest_level, 0) for one in (usual, stiff)]
    curves = [np.asarray(one.trajectory.current)[rows, 0] for one, rows in zip((usual, stiff), nodes, strict=True)]
    np.testing.assert_allclose(curves[1], curves[0], atol=2e-3 * np.abs(curves[0]).max())


def chidsey_rates(x, reorganisation):
    """Rates of reduction and oxidation by quadrature of Chidsey's integral, relative to those at equilibrium."""

    def integrate(at):
        def integrand(e):
            return np.exp(-((e - at) ** 2) / (4 * reorganisation)) / (2 * np.cosh(e / 2))

        return quad_vec(integrand, -80.0, 80.0, epsrel=1e-10)[0]

    shape = integrate(x) / integrate(0.0)
    return np.exp(-x / 2) * shape, np.exp(x / 2) * shape


def finite_differences(drive, energy, steps=6000):
    """Voltammogram of `quasi_reversible` by implicit Euler on an expanding grid: potential (V) and current (A m-2)."""
    diffusivity, constant, bulk, length = 1e-9, 2e-6, 5.0, 4e-4
    faces = np.concatenate([[0.0], np.cumsum(1.03 ** np.arange(200))])
    faces *= length / faces[-1]
    width, centre = np.diff(faces), 0.5 * (faces[1:] + faces[:-1])
    half = float(drive.duration[0, 0])
    step = 2 * half / steps
    time = step * np.arange(1, steps + 1)
    potential = 0.3 - (half - np.abs(half - time))
    reduction, oxidation = chidsey_rates(potential / THERMAL_VOLTAGE, energy / THERMAL_VOLTAGE)
    between = diffusivity / np.diff(centre)
    wall, outside = diffusivity / centre[0], diffusivity / (length - centre[-1])
    diagonal = width / step + np.concatenate([between, [outside]]) + np.concatenate([[0.0], between])
    bands = np.array([np.concatenate([[0.0], -between]), diagonal, np.concatenate([-between, [0.0]])])
    unit = solve_banded((1, 1), bands, np.eye(len(width))[0])
    oxidised, reduced = np.full(len(width), bulk), np.zeros(len(width))
    current = np.empty(steps)
    for number in range(steps):
        load = width / step * oxidised
        load[-1] += outside * bulk
        kept, made = solve_banded((1, 1), bands, load), solve_banded((1, 1), bands, width / step * reduced)
        # surface = cell value - or + flux over the half cell; the flux J consumes the oxidised form
        forward, backward = constant * reduction[number], constant * oxidation[number]
        flux = (forward * kept[0] - backward * made[0]) / (1 + (forward + backward) * (unit[0] + 1 / wall))
        oxidised, reduced = kept - flux * unit, made + flux * unit
        current[number] = -FARADAY * flux
    return time, current


def test_voltammogram_is_that_of_plain_finite_differences():
    sample, drive = quasi_reversible()
    time, expected = finite_differences(drive, 0.3)
    largest = np.abs(expected).max()
    for law, close in ((chidsey(0.3, 1), True), (ButlerVolmer(cells.lanes(0.5, 1)), False)):
        result = cells.run(with_law(sample, law), drive, NUMERICS, ohmic=False)
        rows = cells.base_nodes(result, NUMERICS.control.deepest_level, 0)
        found = np.asarray(result.trajectory.current)[rows, 0]
        error = np.abs(found - np.interp(np.asarray(result.trajectory.time)[rows, 0], time, expected)).max() / largest
        assert (error < 4e-3) if close else (error > 0.05), error


@pytest.mark.slow
def test_gradients_through_a_law_are_those_of_central_differences():
    sample, drive = quasi_reversible(20)
    sample = with_law(sample, chidsey(0.3, 1))
    result = cells.run(sample, drive, NUMERICS, ohmic=False)

    def curve(factor):
        other = eqx.tree_at(
            lambda s: s.electrode.kinetics.reorganisation_energy,
            sample,
            sample.electrode.kinetics.reorganisation_energy * factor,
        )
        return cells.repeat(other, drive, NUMERICS, ohmic=False, plan=result.plan).current[:, 0]

    one = jnp.ones(1)
    exact = np.asarray(jax.jit(lambda f: jax.jvp(curve, (f,), (jnp.ones(1),))[1])(one))
    step = 1e-4
    central = (curve(one + step) - curve(one - step)) / (2 * step)
    np.testing.assert_allclose(exact, central, atol=1e-5 * np.abs(exact).max())
    weights = np.linspace(0.0, 1.0, len(exact))
    reverse = jax.jit(jax.grad(lambda f: jnp.sum(weights * curve(f))))(one)
    assert float(reverse[0]) == pytest.approx(float(weights @ exact), rel=1e-8)


@pytest.mark.parametrize("name", sorted(LAW_KEYS))
def test_the_resistance_at_rest_is_the_slope_of_the_steady_current(name):
    sample = cells.metal_sample(
        [(Layer(2e-8, 1e-14), Layer(5e-5, 2e-10))], exchange_current_density=30.0, series_resistance=1e-3
    )
    sample = with_law(sample, law_of(name, 0.4, 0.3, 0.2))
    for potential in (0.0, -0.08):
        found = complex(spectrum(sample, jnp.full(1, potential), jnp.zeros(1))[0, 0])
        ahead, behind = (steady(sample, jnp.full(1, potential + s)).current[0] for s in (1e-5, -1e-5))
        assert found.real == pytest.approx(2e-5 / float(ahead - behind), rel=1e-6)


def test_an_interacting_deposit_follows_its_isotherm():
    monolayer, interaction = 2e-5, 8.0
    sample = cells.metal_sample([(Layer(5e-5, 2e-10),)], monolayer_inventory=monolayer)
    plain = vars(sample.electrode)
    electrode = InteractingDeposit(**plain, interaction=cells.lanes(interaction, 1))
    sample = eqx.tree_at(lambda s: s.electrode, sample, electrode)
    result = cells.run(sample, cells.sweep_drive((0.4, 0.05), 1e-3, 100), NUMERICS, ohmic=False)
    assert int(result.status[0]) == 1
    rows = cells.base_nodes(result, NUMERICS.control.deepest_level, 0)[20:]
    coverage = -np.expm1(np.asarray(result.trajectory.charge)[rows, 0] / (FARADAY * monolayer))
    activity = np.asarray(result.trajectory.surface_activity)[rows, 0]
    potential = THERMAL_VOLTAGE * (np.log(activity / coverage) + interaction * (1 - coverage))
    np.testing.assert_allclose(potential, np.asarray(result.trajectory.potential)[rows, 0], atol=1e-3)
    assert coverage[-1] > 0.6
