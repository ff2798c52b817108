"""Transport laws against closed forms and many digits; gradients by central differences."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import root_scalar

from kernels.laws import (
    hopping_diffusivity,
    interface_exchange_current,
    interface_overpotential,
    interface_permeance,
    nernst_einstein_conductivity,
    partition_coefficient,
)
from kernels.stack import (
    Electrolyte,
    LayerStack,
    diffusion_resistance,
    film_overpotential,
)

# CODATA 2018, written out so that a wrong constant in the kernels shows
EV = 1.602176634e-19
K_B = 1.380649e-23
PLANCK = 6.62607015e-34
FARADAY = 96485.33212
GAS = 8.314462618
ROOM = 298.15
# every example is a handful of eager JAX calls, whose first compilation takes a second
FEW = settings(max_examples=25, deadline=None)


def scalar(value):
    return jnp.asarray(value, jnp.float64)


# --- conduction --------------------------------------------------------------------------------------------------------


@FEW
@given(st.floats(1e-25, 1e-8), st.floats(1.0, 2e5), st.floats(200.0, 1000.0), st.floats(0.2, 1.0))
def test_nernst_einstein_is_exact(diffusivity, concentration, temperature, haven):
    sigma = float(nernst_einstein_conductivity(diffusivity, concentration, temperature, haven))
    assert sigma == pytest.approx(
        FARADAY**2 * concentration * diffusivity / (GAS * temperature * haven), rel=1e-13, abs=0.0
    )


# --- high field -----------------------------------------------------------------------------------------------------


def test_high_field_law_is_hopping_over_a_tilted_barrier():
    """Ions jump with nu exp(-(Em -+ e a E / 2) / kT) forward and backward; the net current is the law, and its limit at
    small fields is the Nernst-Einstein conductivity of D = a^2 nu exp(-Em / kT): the prefactor is 2, not 4."""
    jump, frequency, barrier, sites = 2.9e-10, 1e13, 0.55 * EV, 9e4
    sigma = nernst_einstein_conductivity(hopping_diffusivity(jump, frequency, barrier, ROOM), sites, ROOM)
    for field in (1e4, 1e8, 5e8, -5e8):
        tilt = mpmath.mpf(EV) * jump * field / 2
        rates = [frequency * mpmath.exp(-(barrier - sign * tilt) / (mpmath.mpf(K_B) * ROOM)) for sign in (1, -1)]
        exact = float(FARADAY * sites * jump * (rates[0] - rates[1]))
        values = (1e-8, 1e-15, 1.0, 0.0, 1.0, 1 / sigma, jump, 0.0)
        stack = LayerStack(*(jnp.full((1, 1), value) for value in values))
        drop, _ = film_overpotential(stack, jnp.array([ROOM]), jnp.array([exact]))
        assert float(drop[0]) == pytest.approx(field * 1e-8, rel=1e-8, abs=0.0)


# --- interfaces -----------------------------------------------------------------------------------------------------


def test_desolvation_exchange_currents_and_their_overpotentials():
    """Barriers 0.41 and 0.79 eV, 1e-5 mol/m2: 7e5 and 0.27 A/m2; the drop at 60, 160, 1000 A/m2 is 0.28, 0.33, 0.42 V."""
    exact = [float(FARADAY * 1e-5 * (K_B * ROOM / PLANCK) * mpmath.exp(-b * EV / (K_B * ROOM))) for b in (0.41, 0.79)]
    got = [float(interface_exchange_current(b * EV, 1e-5, ROOM)) for b in (0.41, 0.79)]
    np.testing.assert_allclose(got, exact, rtol=1e-13)
    np.testing.assert_allclose(got, [7e5, 0.27], rtol=0.02)
    drops = interface_overpotential(jnp.array([60.0, 160.0, 1000.0]), got[1], ROOM)
    symmetric = 2 * K_B * ROOM / EV * np.arcsinh(np.array([60.0, 160.0, 1000.0]) / (2 * got[1]))
    np.testing.assert_allclose(drops, symmetric, rtol=1e-12)
    np.testing.assert_allclose(drops, [0.28, 0.33, 0.42], atol=0.005)
    assert float(interface_overpotential(scalar(1000.0), got[0], ROOM)) < 1e-4


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("ratio", [-1e9, -3.0, -1e-6, 0.0, 1e-9, 0.7, 1e12])
def test_interface_overpotential_solves_butler_volmer(alpha, ratio):
    thermal = K_B * ROOM / EV
    exact = 0.0
    if ratio:
        exact = root_scalar(
            lambda x: float(mpmath.expm1(alpha * x) - mpmath.expm1(-(1 - alpha) * x)) / ratio - 1,
            bracket=sorted((ratio / 10 if abs(ratio) < 1 else 0.0, math.copysign(200.0, ratio))),
            xtol=1e-15,
            rtol=1e-14,
        ).root
    got = float(interface_overpotential(scalar(ratio * 3.0), 3.0, ROOM, alpha))
    assert got == pytest.approx(thermal * exact, rel=1e-9, abs=0.0)


def test_interface_overpotential_gradients():
    def drop(current, exchange, alpha):
        return interface_overpotential(current, exchange, ROOM, alpha)

    point = (scalar(-40.0), scalar(0.3), scalar(0.4))
    forward = jax.jacfwd(drop, argnums=(0, 1, 2))(*point)
    reverse = jax.grad(drop, argnums=(0, 1, 2))(*point)
    np.testing.assert_allclose(forward, reverse, rtol=1e-12)
    for index in range(3):
        step = 1e-6 * abs(float(point[index]))
        ends = [drop(*(p + (s * step if i == index else 0.0) for i, p in enumerate(point))) for s in (1, -1)]
        assert float(ends[0] - ends[1]) / (2 * step) == pytest.approx(float(reverse[index]), rel=1e-7, abs=0.0)
    # the charge-transfer resistance at equilibrium
    assert float(jax.grad(drop)(scalar(0.0), 0.3, 0.4)) == pytest.approx(
        GAS * ROOM / (FARADAY * 0.3), rel=1e-10, abs=0.0
    )


def test_permeance_and_exchange_current_are_one_law():
    sites, concentration, barrier = 1e-5, 2000.0, 0.6 * EV
    permeance = interface_permeance(barrier, sites / concentration, ROOM)
    exact = sites / concentration * K_B * ROOM / PLANCK * math.exp(-barrier / (K_B * ROOM))
    assert float(permeance) == pytest.approx(exact, rel=1e-13, abs=0.0)
    exchange = float(interface_exchange_current(barrier, sites, ROOM))
    assert exchange == pytest.approx(FARADAY * concentration * float(permeance), rel=1e-13, abs=0.0)


@FEW
@given(st.floats(0.0, 1.2), st.floats(-0.8, 0.8), st.floats(250.0, 400.0))
def test_detailed_balance(barrier, free_energy, temperature):
    """The barrier of the way back is the barrier minus dG: both rates cancel at c_inside = K c_outside."""
    inwards = float(interface_permeance(barrier * EV, 5e-9, temperature))
    outwards = float(interface_permeance((barrier - free_energy) * EV, 5e-9, temperature))
    partition = float(partition_coefficient(free_energy * EV, temperature))
    assert partition == pytest.approx(math.exp(-free_energy * FARADAY / (GAS * temperature)), rel=1e-9, abs=0.0)
    assert inwards * 2000.0 == pytest.approx(outwards * partition * 2000.0, rel=1e-10, abs=0.0)


def test_steady_flux_through_partition_and_permeance_is_the_series_formula():
    """Li+ through electrolyte, interface and layer: concentrations solved face by face against 1/sum of resistances."""
    thickness, diffusivity, delta, salt = 15e-9, 2e-15, 5e-5, 2e-10
    free_energy, barrier, bulk = -0.12 * EV, 0.58 * EV, 1500.0
    partition = partition_coefficient(free_energy, ROOM)
    permeance = interface_permeance(barrier, 4e-9, ROOM)
    values = (thickness, diffusivity, partition, 1.0, 0.0, 0.0, 0.0, 1 / permeance)
    stack = LayerStack(*(jnp.reshape(jnp.asarray(value, jnp.float64), (1,)) for value in values))
    electrolyte = Electrolyte(scalar(bulk), scalar(salt), scalar(0.0), scalar(delta))
    k, p = float(partition), float(permeance)
    # unknowns: c outside the interface, c inside it, flux; the electrode consumes all
    balance = np.array([[salt / delta, 0.0, 1.0], [p, -p / k, -1.0], [0.0, diffusivity / thickness, -1.0]])
    flux = np.linalg.solve(balance, [salt / delta * bulk, 0.0, 0.0])[2]
    assert bulk / float(diffusion_resistance(stack, electrolyte)) == pytest.approx(flux, rel=1e-12, abs=0.0)


@pytest.mark.parametrize("lanes", [1, 7])
def test_lanes_are_independent(lanes):
    barriers = jnp.linspace(0.2, 0.9, lanes) * EV
    together = hopping_diffusivity(3e-10, 1e13, barriers, jnp.full(lanes, ROOM))
    apart = jnp.stack([hopping_diffusivity(3e-10, 1e13, barrier, ROOM) for barrier in barriers])
    np.testing.assert_allclose(together, apart, rtol=1e-15)
    currents = jnp.linspace(-50.0, 90.0, lanes)
    drops = jax.vmap(lambda j: interface_overpotential(j, 0.3, ROOM))(currents)
    np.testing.assert_allclose(drops, interface_overpotential(currents, 0.3, ROOM), rtol=1e-13)
