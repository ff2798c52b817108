"""Li+ in a pulse: against the transient kernel, a finite-volume calculation in NumPy, the steady limit, and differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import solve_banded

import screening as sei
from kernels.ammonia import (
    FilmTransport,
    calibrated_cell,
    default_chemistry,
    pulse_train,
    pulsed_state,
    split_current,
    stack_supply,
)
from kernels.ammonia.lithium_supply import PulseDrive, liquid_supply, periodic_split
from kernels.constants import FARADAY
from kernels.stack import Electrolyte, LayerStack
from tests.numerics.ammonia_cells import operating

LIQUID = (2000.0, 2e-10, 0.4, 61e-6)
LIMIT = FARADAY * 2e-10 * 2000.0 / (61e-6 * 0.6)
# the ohmic film of the LiDFOB preset, and a proton branch that only takes what Li+ cannot carry
RESISTANCE, NO_PROTONS, PROTONS, SCALE = 2.57e-4, 1e-6, 19.6, 0.674

reduced = jax.jit(stack_supply)


def supply(thickness=15e-9, diffusivity=1.0, transference=1.0, stored=0.0, liquid=LIQUID):
    layer = (thickness, diffusivity, 1.0, stored, transference, 0.0, 0.0, 0.0)
    stack = LayerStack(*(jnp.asarray([[value]]) for value in layer))
    found = reduced(stack, Electrolyte(*(jnp.asarray([value]) for value in liquid)), jnp.asarray([2.0]))
    return jax.tree.map(lambda values: values[0], found)


@jax.jit
def delivered(current, on, off, exchange, supply):
    """Share of the charge that Li+ carries, and whether the cycle closes."""
    growth = np.geomspace(1.0, 200.0, 48)
    step = jnp.concatenate([time * growth / growth.sum() for time in (on, off)])
    pulse = jnp.repeat(jnp.stack([current, jnp.zeros_like(current)]), 48)
    resistance, limit, scale = (jnp.asarray(value) for value in (RESISTANCE, LIMIT, SCALE))
    drive = PulseDrive(step, pulse, FilmTransport(resistance, 0 * resistance, limit), exchange, scale)
    split, closes = periodic_split(drive, supply)
    return jnp.sum(step * split.lithium_current) / (current * on), closes


def share(current, supply, on=2.0, off=30.0, exchange=NO_PROTONS):
    found, closes = delivered(*(jnp.asarray(float(value)) for value in (10 * current, on, off, exchange)), supply)
    assert bool(closes)
    return float(found)


def finite_volumes(current, cells=160, steps=200, cycles=25):
    """Share of the charge of 2 s / 30 s pulses by implicit Euler in NumPy: all of it until the surface is empty, then its flux."""
    c0, diffusivity, transference, thickness = LIQUID
    faces = np.concatenate([[0.0], np.geomspace(thickness * 2e-4, thickness, cells)])
    width, node = np.diff(faces), (faces[1:] + faces[:-1]) / 2
    inner, outer, surface = diffusivity / np.diff(node), diffusivity / (thickness - node[-1]), diffusivity / node[0]
    wanted = 10 * current / FARADAY * (1 - transference)

    def matrix(step, empty):
        diagonal = width / step
        diagonal[:-1] += inner
        diagonal[1:] += inner
        diagonal[-1] += outer
        diagonal[0] += surface * empty
        return np.vstack([np.append(0.0, -inner), diagonal, np.append(-inner, 0.0)])

    def advanced(c, step, flux, empty=False):
        right = width / step * c
        right[-1] += outer * c0
        right[0] -= flux
        return solve_banded((1, 1), matrix(step, empty), right)

    c = np.full(cells, c0)
    for _ in range(cycles):
        passed, empty = 0.0, False
        for _ in range(steps):
            after = advanced(c, 2.0 / steps, wanted)
            empty = empty or after[0] < wanted / surface
            c = advanced(c, 2.0 / steps, 0.0, True) if empty else after
            passed += min(wanted, surface * c[0]) if empty else wanted
        for _ in range(steps):
            c = advanced(c, 30.0 / steps, 0.0)
    return passed / (steps * wanted)


@pytest.mark.slow
def test_pulses_deliver_what_the_transient_kernel_delivers():
    """Within 1 %: the whole charge at 100 to 200 mA/cm2; at 300 the kernel's cut-off ends each pulse where the film is empty."""
    protocol = sei.Pulse(current="-300 mA/cm^2", on_duration="2 s", off_duration="30 s", cycles=20, lower_cutoff="-8 V")
    film = sei.Layer("LiF", "15 nm", conductivity="5.8e-5 S/m")
    liquid = sei.Electrolyte(
        concentration="2 mol/L", diffusivity="2e-10 m^2/s", transference_number=0.4, diffusion_layer_thickness="61 um"
    )
    curve = sei.simulate(
        sei.Stack([film], liquid), protocol, electrode=sei.Metal(exchange_current_density="10 mA/cm^2")
    )
    time = -float(curve.cathodic_charge_density.squeeze()) / (3000 * 20)
    print("transient kernel at 300 mA/cm2:", time / 2)
    assert time / 2 == pytest.approx(0.890, abs=2e-3)
    for current in (100, 150, 200):
        assert share(current, supply()) == pytest.approx(1.0, abs=1e-3)
    # a pulse of the length that the kernel reached is delivered whole, a longer one is not
    assert share(300, supply(), on=0.99 * time) == pytest.approx(1.0, abs=1e-3)
    assert share(300, supply(), on=1.05 * time) < 0.999


def test_what_passes_after_depletion_is_that_of_finite_volumes():
    for current in (200, 300, 400):
        found, expected = share(current, supply()), finite_volumes(current)
        print(current, "share", found, "finite volumes", expected)
        assert found == pytest.approx(expected, abs=0.01)


@pytest.mark.slow
def test_liquid_alone_is_the_stack_without_storage():
    liquid = liquid_supply(jnp.asarray(LIMIT), jnp.asarray(2000.0))
    for current in (150, 300, 500):
        assert share(current, liquid, exchange=PROTONS) == pytest.approx(
            share(current, supply(), exchange=PROTONS), abs=1e-3
        )


@pytest.mark.parametrize("film", ["ohmic", "fickian"])
def test_long_pulses_reach_the_steady_model(film):
    chosen = supply() if film == "ohmic" else supply(diffusivity=1e-14, transference=0.0, stored=1.0)
    for current in (50, 100, 150):
        film_transport = FilmTransport(*(jnp.asarray(value) for value in (RESISTANCE, 0.0, LIMIT)))
        split = split_current(jnp.asarray(10.0 * current), film_transport, jnp.asarray(PROTONS), jnp.asarray(SCALE))
        steady = float(split.lithium_current) / (10 * current)
        assert share(current, chosen, on=1e6, exchange=PROTONS) == pytest.approx(steady, rel=1e-4)


def efficiency(knobs):
    """Share of Li+, ammonia efficiency and voltage at relative changes of current, both times, liquid and film."""
    current, on, off, diffusivity, transference, thickness, film, limit = 1 + knobs
    liquid = (jnp.asarray(2000.0), 2e-10 * diffusivity, 0.4 * transference, 61e-6 * thickness)
    chosen = supply(15e-9 * film, 1e-15, 0.0, 1.0, liquid)
    own, cell = calibrated_cell("LiDFOB")
    own = type(own)(own.resistance * film, own.desolvation_resistance, own.limiting_current * limit)
    state = pulsed_state(
        pulse_train(2500.0 * current, 2.0 * on, 30.0 * off),
        operating(0.3),
        own,
        cell,
        default_chemistry(),
        supply=chosen,
    )
    return jnp.stack([state.lithium_share, state.efficiency.ammonia, state.voltage.total])


@pytest.mark.slow
def test_gradients_of_the_periodic_depletion():
    """Forward and reverse mode against central differences to 1e-4 of the largest gradient of each output."""
    origin, size = jnp.zeros(8), 1e-4
    shifted = np.asarray(jax.jit(jax.vmap(efficiency))(jnp.concatenate([size * jnp.eye(8), -size * jnp.eye(8)])))
    central = ((shifted[:8] - shifted[8:]) / (2 * size)).T
    scale = np.abs(central).max(axis=1, keepdims=True)
    for mode in (jax.jacrev, jax.jacfwd):
        error = np.abs(np.asarray(jax.jit(mode(efficiency))(origin)) - central) / scale
        print(mode.__name__, error.max(axis=1), central)
        assert error.max() < 1e-4
