"""Binary electrolyte: limiting currents, steady and transient profiles, overpotentials, the film sweep, derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import erfc

from kernels.binary_electrolyte import (
    concentration_overpotential,
    electrolyte_ohmic_drop,
    limiting_current_sweep,
    steady_profile,
    symmetric_limiting_current,
    transient_profile,
    transport_overpotentials,
)
from kernels.stack import Electrolyte, LayerStack, bare_stack, limiting_current
from tests.numerics.cells import layer_stack, random_stack
from tests.reference import oracles
from tests.reference.oracles import FARADAY, TEMPERATURE, THERMAL_VOLTAGE, Layer

SALT, TRANSFERENCE, BULK, DISTANCE = 2e-10, 0.4, 2000.0, 5e-5


def electrolyte(concentration=BULK, diffusivity=SALT, transference_number=TRANSFERENCE, thickness=DISTANCE):
    return Electrolyte(
        *(jnp.asarray(v, jnp.float64) for v in (concentration, diffusivity, transference_number, thickness))
    )


def film(*layers: Layer, **options) -> LayerStack:
    """One film of oracle layers."""
    return jax.tree.map(lambda x: x[0], layer_stack([layers], **options))


def number(value):
    return jnp.asarray(value, jnp.float64)


def test_limiting_currents_of_bulk_and_symmetric_cell():
    expected = FARADAY * SALT * BULK / (DISTANCE * (1 - TRANSFERENCE))
    assert float(limiting_current(bare_stack(), electrolyte())) == pytest.approx(expected, rel=1e-13)
    assert float(symmetric_limiting_current(electrolyte())) == pytest.approx(2 * expected, rel=1e-13)


@pytest.mark.parametrize("counterpart", ["bulk", "electrode"])
def test_cathode_is_empty_at_the_limiting_current(counterpart):
    """Long after switching on, the transient profile at the limiting current is linear and ends at zero."""
    cell = electrolyte()
    limit = symmetric_limiting_current(cell) if counterpart == "electrode" else limiting_current(bare_stack(), cell)
    time = jnp.asarray([0.0, 1e-9, 1000.0])
    current = -limit * jnp.asarray([0.0, 1.0, 1.0])
    position = jnp.linspace(0.0, DISTANCE, 11)
    found = transient_profile(cell, time, current, position, counterpart)[-1]
    far = 2 * BULK if counterpart == "electrode" else BULK
    np.testing.assert_allclose(found, np.linspace(0.0, far, 11), atol=1e-8 * BULK)


def test_sweep_of_the_film_diffusivity():
    """10 nm film before 2e-10 m2/s and 2 M: 386, 38.6, 3.86 mA/cm2, and 64, 26, 3.7 behind a 50 um diffusion layer."""
    ratio = jnp.asarray([1e-3, 1e-4, 1e-5])
    _, bare = limiting_current_sweep(electrolyte(transference_number=0.0, thickness=0.0), number(1e-8), ratio)
    assert np.asarray(bare) / 10 == pytest.approx([386, 38.6, 3.86], rel=1e-3)
    _, behind = limiting_current_sweep(electrolyte(transference_number=0.0), number(1e-8), ratio)
    assert np.asarray(behind) / 10 == pytest.approx([64.3, 25.7, 3.68], rel=2e-3)


def test_sweep_is_that_of_the_layer_stack_and_spans_six_decades():
    cell = electrolyte()
    ratio, current = (np.asarray(part) for part in limiting_current_sweep(cell, number(1e-8)))
    assert ratio[[0, -1]] == pytest.approx([1e-6, 1.0])
    for place in (0, 30, 60):
        single = limiting_current(film(Layer(1e-8, ratio[place] * SALT)), cell)
        assert current[place] == pytest.approx(float(single), rel=1e-12)
    assert (np.diff(current) > 0).all()
    slope = np.gradient(np.log(current), np.log(ratio))
    assert slope[0] == pytest.approx(1.0, abs=0.01)
    assert slope[-1] == pytest.approx(0.0, abs=0.01)


def test_steady_profile_of_random_films():
    """Flux continuous, ends right: at the limiting current the electrode is empty, at a third of it a third is gone."""
    random = np.random.default_rng(2)
    for _ in range(10):
        stack = random_stack(random, 3)
        outside = stack[-1]
        cell = electrolyte(BULK, outside.diffusivity, outside.transference_number, outside.thickness)
        limit = oracles.layered_limiting_current(stack, BULK)
        profile = steady_profile(film(*stack[:-1]), cell, number(-limit / 3))
        activity = np.asarray(profile.activity)
        assert activity[0] == pytest.approx(BULK * 2 / 3, rel=1e-12)
        assert activity[-1] == BULK
        steps, lengths = np.diff(activity), np.diff(np.asarray(profile.position))
        for place, layer in enumerate(stack):
            flux = layer.diffusivity * layer.partition_coefficient * steps[2 * place] / lengths[2 * place]
            carried = (1 - layer.transference_number) * limit / (3 * FARADAY)
            # The difference of two activities near the bulk value carries their rounding.
            rounding = 1e-15 * BULK / abs(steps[2 * place]) if steps[2 * place] else np.inf
            assert flux == pytest.approx(carried, rel=1e-11 + 10 * rounding)
            if place < 3:
                assert steps[2 * place + 1] == pytest.approx(
                    layer.interface_resistance * limit / (3 * FARADAY), rel=1e-9, abs=1e-12 * BULK
                )


def test_constant_current_before_the_far_end_matters_is_sands():
    """c = c0 - 2 J sqrt(t / D) ierfc(x / (2 sqrt(D t))) with (1 - t+) of the flux, and Sand's time."""
    cell, current = electrolyte(thickness=1e-3), 1000.0
    time = np.concatenate([[0.0, 1e-12], np.linspace(0.1, 40.0, 60)])
    position = np.linspace(0.0, 3e-4, 16)
    applied = -current * (time > 0)
    found = transient_profile(cell, *(jnp.asarray(v) for v in (time, applied, position)), modes=256)
    reach = np.sqrt(4 * SALT * time[2:, None])
    scaled = position / reach
    shape = np.exp(-(scaled**2)) / np.sqrt(np.pi) - scaled * erfc(scaled)
    expected = BULK - (1 - TRANSFERENCE) * current / FARADAY * reach / SALT * shape
    # Modes left out lag by less than L^2 / (pi^2 256^2 D), 8 ms.
    np.testing.assert_allclose(found[2:], expected, atol=2e-3 * BULK)
    np.testing.assert_allclose(found[-1], expected[-1], atol=1e-6 * BULK)
    sand = np.pi * SALT * (FARADAY * BULK / (2 * current * (1 - TRANSFERENCE))) ** 2
    surface = np.asarray(found[:, 0])
    empty = np.interp(0.0, -surface[2:], time[2:])
    assert sand == pytest.approx(16.2, abs=0.1)
    assert empty == pytest.approx(sand, rel=1e-3)


@pytest.mark.parametrize("counterpart", ["bulk", "electrode"])
def test_transient_profile_is_exact_whatever_the_time_steps(counterpart):
    """A current that is linear in between gives the same with more points."""
    random = np.random.default_rng(7)
    time = np.sort(np.concatenate([[0.0], random.uniform(0.0, 30.0, 12)]))
    current = random.normal(size=13) * 50
    finer = np.sort(np.concatenate([time, random.uniform(0.0, time[-1], 200)]))
    position = jnp.linspace(0.0, DISTANCE, 9)
    coarse = transient_profile(electrolyte(), jnp.asarray(time), jnp.asarray(current), position, counterpart)
    fine = transient_profile(
        electrolyte(), jnp.asarray(finer), jnp.asarray(np.interp(finer, time, current)), position, counterpart
    )
    np.testing.assert_allclose(fine[np.searchsorted(finer, time)], coarse, rtol=1e-12)


def test_salt_is_conserved_between_two_electrodes():
    random = np.random.default_rng(9)
    time = jnp.asarray(np.linspace(0.0, 60.0, 20))
    position = jnp.asarray((np.arange(2000) + 0.5) / 2000 * DISTANCE)
    found = transient_profile(electrolyte(), time, jnp.asarray(random.normal(size=20) * 100), position, "electrode")
    np.testing.assert_allclose(found.mean(axis=1), BULK, rtol=1e-10)
    np.testing.assert_allclose(found + found[:, ::-1], 2 * BULK, rtol=1e-10)


def test_unknown_counterpart_is_refused():
    with pytest.raises(ValueError, match=r"counterpart: got 'wall', expected one of bulk, electrode"):
        transient_profile(electrolyte(), jnp.zeros(2), jnp.zeros(2), jnp.zeros(1), "wall")


@pytest.mark.parametrize("share", [-0.999, -0.5, -1e-6, 1e-5, 0.7, 5.0])
def test_ideal_salt_costs_what_nernst_and_planck_say(share):
    """Two ions with D+ and D-: the anion is in equilibrium, so ohmic and concentration terms add to 2 R T / F log(r)."""
    cation, anion = 1.2e-10, 3.1e-10
    transference = cation / (cation + anion)
    cell = electrolyte(BULK, 2 * cation * anion / (cation + anion), transference)
    conductivity = number(FARADAY * BULK * (cation + anion) / THERMAL_VOLTAGE)
    current = share * limiting_current(bare_stack(), cell)
    parts = transport_overpotentials(bare_stack(), cell, conductivity, current, number(TEMPERATURE))
    assert float(parts.total) == pytest.approx(2 * THERMAL_VOLTAGE * np.log1p(share), rel=1e-9)
    assert float(parts.electrolyte_concentration / parts.total) == pytest.approx(1 - transference, rel=1e-9)
    assert float(parts.film_conduction) == float(parts.film_concentration) == 0.0


def test_thermodynamic_factor_scales_the_concentration_overpotential():
    arguments = [number(v) for v in (500.0, 2000.0, 0.3, TEMPERATURE)]
    ideal = concentration_overpotential(*arguments)
    assert float(ideal) == pytest.approx(1.4 * THERMAL_VOLTAGE * np.log(0.25), rel=1e-13)
    assert float(concentration_overpotential(*arguments, 2.5)) == pytest.approx(2.5 * float(ideal), rel=1e-13)


def test_film_and_electrolyte_drops_add_up():
    """One ohmic layer (Ohm's law), one fickian one (Nernst), the electrolyte with its ohmic drop."""
    stack = film(Layer(2e-8, 1e-15, 1.0, 0.0, 1.0), Layer(1e-8, 1e-13), resistivity=5e4)
    cell, current = electrolyte(), number(-300.0)
    parts = transport_overpotentials(stack, cell, number(0.8), current, number(TEMPERATURE))
    outside = BULK - 300.0 / FARADAY * 0.6 * DISTANCE / SALT
    surface = outside - 300.0 / FARADAY * 1e-8 / 1e-13
    assert float(parts.film_conduction) == pytest.approx(-300.0 * 3e-8 * 5e4, rel=1e-12)
    assert float(parts.film_concentration) == pytest.approx(THERMAL_VOLTAGE * np.log(surface / outside), rel=1e-12)
    assert float(parts.electrolyte_concentration) == pytest.approx(1.2 * THERMAL_VOLTAGE * np.log(outside / BULK))
    ratio = outside / BULK
    assert float(parts.electrolyte_conduction) == pytest.approx(
        -300.0 * DISTANCE / 0.8 * np.log(ratio) / (ratio - 1), rel=1e-12
    )


def test_beyond_the_limiting_current_the_overpotential_is_infinite_not_nan():
    cell = electrolyte()
    current = -1.01 * limiting_current(bare_stack(), cell)
    parts = transport_overpotentials(bare_stack(), cell, number(0.8), current, number(TEMPERATURE))
    assert float(parts.electrolyte_concentration) == -np.inf
    assert float(parts.electrolyte_conduction) == -np.inf


@pytest.mark.parametrize("share", [-0.8, 0.0, 1e-4, 2.0])
def test_gradients_against_central_differences(share):
    stack = film(Layer(2e-8, 1e-15, 1.0, 0.0, 1.0), Layer(1e-8, 1e-13), resistivity=5e4)
    cell = electrolyte()
    start = float(share * limiting_current(stack, cell))

    @jax.jit
    def cost(factors):
        scaled = electrolyte()
        scaled = Electrolyte(*(value * (1 + factors[i]) for i, value in enumerate(jax.tree.leaves(scaled))))
        current = number(start) * (1 + factors[4]) + factors[5]
        parts = transport_overpotentials(stack, scaled, number(0.8), current, number(TEMPERATURE))
        time = jnp.asarray([0.0, 1.0, 3.0])
        profile = transient_profile(scaled, time, current * jnp.ones(3), jnp.asarray([0.0, 1e-5]))
        drop = electrolyte_ohmic_drop(scaled, number(0.8), current, scaled.concentration)
        return parts.total + profile[-1].sum() / BULK + drop

    slope = np.asarray(jax.grad(cost)(jnp.zeros(6)))
    assert np.isfinite(slope).all()
    for place in range(6):
        step = jnp.asarray(1e-5 * (np.arange(6) == place))
        difference = float(cost(step) - cost(-step)) / 2e-5
        assert slope[place] == pytest.approx(difference, rel=1e-6, abs=1e-9)


def test_batch_is_the_loop_over_candidates():
    currents = jnp.linspace(-500.0, 500.0, 7)
    stack = film(Layer(1e-8, 1e-13))

    def drop(current):
        return transport_overpotentials(stack, electrolyte(), number(0.8), current, number(TEMPERATURE)).total

    together = jax.vmap(drop)(currents)
    np.testing.assert_allclose(together, [drop(current) for current in currents], rtol=1e-13)
