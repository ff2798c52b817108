"""Steady ammonia model: the root, sum of shares, limits, films from layer stacks, derivatives, bad lanes, energy status."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

from kernels.ammonia import (
    CALIBRATION_SOURCES,
    FilmTransport,
    LimitingCause,
    calibrated_cell,
    energy_efficiency,
    film_transport,
    hopping_overpotential_scale,
    limiting_cause,
    split_current,
    steady_state,
    supply_bounds,
)
from kernels.stack import Electrolyte, LayerStack
from kernels.status import Status
from tests.numerics.ammonia_cells import operating

FARADAY = 96485.33212
solve = jax.jit(steady_state)


def test_split_is_the_root_that_bracketing_finds():
    random = np.random.default_rng(3)
    lanes = 200
    current, resistance, limit, exchange, scale = (
        10 ** random.uniform(low, high, lanes) for low, high in ((-2, 5), (-6, 0), (0, 5), (-6, 3), (-2, 0.5))
    )
    film = FilmTransport(*(jnp.asarray(v) for v in (resistance, 0 * resistance, limit)))
    found = jax.jit(split_current)(*(jnp.asarray(current), film, jnp.asarray(exchange), jnp.asarray(scale)))
    for lane in range(lanes):
        j, r, top, a, e = (v[lane] for v in (current, resistance, limit, exchange, scale))

        def excess(eta, j=j, r=r, top=top, a=a, e=e):
            return eta / r / (1 + (eta / r / top) ** 4) ** 0.25 + a * np.sinh(eta / e) - j

        expected = brentq(excess, 0.0, e * np.arcsinh(j / a) * (1 + 1e-9), xtol=1e-300, rtol=1e-14)
        assert float(found.overpotential[lane]) == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(found.lithium_current + found.proton_current, current, rtol=1e-15)
    assert np.all(np.asarray(found.lithium_current) <= limit)


def test_shares_add_up_to_one_and_supplies_route_the_lithium():
    film, parameters = calibrated_cell("LiDFOB")
    rich = solve(jnp.asarray(60.0), operating(), film, parameters)
    dry = solve(jnp.asarray(60.0), operating(0.0), film, parameters)
    argon = solve(jnp.asarray(60.0), operating(pressure=0.0), film, parameters)
    for state in (rich, dry, argon):
        assert float(state.efficiency.total) == pytest.approx(1.0, abs=1e-12)
    assert float(dry.efficiency.lithium_nitride) > 0.6
    assert float(argon.efficiency.ammonia) == 0.0
    assert float(argon.efficiency.lithium) > 0.99
    share = eqx.tree_at(lambda p: p.proton.hydrogen_share, parameters, jnp.asarray(0.25))
    solvent = solve(jnp.asarray(2000.0), operating(), film, share)
    assert float(solvent.efficiency.other) == pytest.approx(3 * float(solvent.efficiency.hydrogen), rel=1e-12)
    assert float(solvent.efficiency.total) == pytest.approx(1.0, abs=1e-12)


def test_film_comes_from_the_layer_stack():
    """An ohmic layer of 15 nm at 5.84e-5 S/m is the calibrated LiDFOB film; a desolvation interface shows as its own part."""
    conductivity, permeance = 15e-9 / 2.57e-4, 5e-3
    values = (15e-9, 1e-15, 1.0, 0.0, 1.0, 1 / conductivity, 0.0, 1 / permeance)
    stack = LayerStack(*(jnp.array([value]) for value in values))
    electrolyte = Electrolyte(*(jnp.asarray(v) for v in (2000.0, 2e-10, 0.4, 50e-6)))
    film = film_transport(stack, electrolyte, jnp.asarray(298.15))
    assert float(film.resistance) == pytest.approx(2.57e-4, rel=1e-9)
    expected = 8.314462618 * 298.15 / (FARADAY**2 * 2000.0 * permeance)
    assert float(film.desolvation_resistance) == pytest.approx(expected, rel=1e-12)
    assert float(film.limiting_current) == pytest.approx(
        FARADAY * 2000.0 / (1 / permeance + 0.6 * 50e-6 / 2e-10), rel=1e-12
    )
    _, parameters = calibrated_cell("LiDFOB")
    voltage = solve(jnp.asarray(500.0), operating(), film, parameters).voltage
    assert float(voltage.desolvation / voltage.film) == pytest.approx(expected / 2.57e-4, rel=1e-9)
    parts = (
        voltage.equilibrium,
        voltage.anode,
        voltage.electrolyte,
        voltage.concentration,
        voltage.desolvation,
        voltage.film,
    )
    assert float(voltage.total) == pytest.approx(sum(float(part) for part in parts), rel=1e-12)
    assert min(float(part) for part in parts) >= 0


def test_hopping_scale_of_the_calibrated_branch():
    """0.674 V over 15 nm means jumps of 1.14 nm, several sites long."""
    scale = hopping_overpotential_scale(*(jnp.asarray(v) for v in (15e-9, 1.144e-9, 298.15)))
    assert float(scale) == pytest.approx(0.674, abs=1e-3)


def relative_result(x):
    """Ammonia efficiency and voltage of relative current, ethanol, film resistance, limiting current, temperature."""
    current, ethanol, resistance, limit, temperature = x
    film, parameters = calibrated_cell("LiBF4")
    film = FilmTransport(film.resistance * resistance, film.desolvation_resistance, film.limiting_current * limit)
    base = operating()
    conditions = type(base)(
        base.ethanol_fraction * ethanol,
        base.nitrogen_pressure,
        base.salt_concentration,
        base.temperature * temperature,
    )
    state = steady_state(1000.0 * current, conditions, film, parameters, 1 / 16)
    return jnp.stack([state.efficiency.ammonia, state.voltage.total])


def test_gradients_of_the_steady_model():
    """Forward mode against central differences."""
    forward = np.asarray(jax.jit(jax.jacfwd(relative_result))(jnp.ones(5)))
    shifted = jnp.concatenate([jnp.ones((5, 5)) + 1e-5 * jnp.eye(5), jnp.ones((5, 5)) - 1e-5 * jnp.eye(5)])
    values = np.asarray(jax.jit(jax.vmap(relative_result))(shifted))
    central = ((values[:5] - values[5:]) / 2e-5).T
    np.testing.assert_allclose(forward, central, rtol=1e-6, atol=1e-7)


@pytest.mark.slow
def test_forward_and_reverse_mode_agree():
    reverse, forward = (np.asarray(jax.jit(mode(relative_result))(jnp.ones(5))) for mode in (jax.jacrev, jax.jacfwd))
    np.testing.assert_allclose(reverse, forward, rtol=1e-9, atol=1e-12)


def test_bad_lanes_get_a_status():
    film, parameters = calibrated_cell("LiDFOB")
    good = (jnp.asarray(1000.0), operating(), film, jnp.asarray(0.5))
    bad = [
        (jnp.asarray(0.0), *good[1:]),
        (jnp.asarray(float("nan")), *good[1:]),
        (good[0], operating(-0.1), *good[2:]),
        (good[0], operating(pressure=-1.0), *good[2:]),
        (*good[:3], jnp.asarray(0.0)),
        (*good[:3], jnp.asarray(1.5)),
        (*good[:2], FilmTransport(*(jnp.asarray(v) for v in (0.0, 0.0, 1000.0))), good[3]),
        (*good[:2], FilmTransport(*(jnp.asarray(v) for v in (1e-3, 0.0, -1.0))), good[3]),
    ]
    batch = jax.tree.map(lambda *x: jnp.stack(x), *bad, good)
    state = jax.jit(jax.vmap(lambda j, c, f, d: steady_state(j, c, f, parameters, d)))(*batch)
    assert list(np.asarray(state.status)) == [Status.INVALID_INPUT] * len(bad) + [Status.OK]
    assert np.all(np.isnan(np.asarray(state.voltage.total[:-1])))
    assert np.isfinite(float(state.voltage.total[-1]))
    dry = eqx.tree_at(lambda p: p.proton.residual_donor, parameters, jnp.asarray(0.0))
    assert int(solve(jnp.asarray(1500.0), operating(0.0), film, dry).status) == Status.DEPLETED
    # below the limit the dry cell deposits lithium alone
    assert int(solve(jnp.asarray(900.0), operating(0.0), film, dry).status) == Status.OK


def test_supply_bounds_hold_and_name_the_cause():
    bounds = supply_bounds(
        *(
            jnp.asarray(v)
            for v in ([0.9, 0.9, 0.3, 0.9], [62.5] * 4, [1e-5, 6e-4, 6e-4, 6e-4], [7e-4, 1e-4, 7e-4, 7e-4])
        )
    )
    cause = limiting_cause(bounds, jnp.asarray([5.0, 5.0, 5.0, 12.0]), 10.0)
    expected = [LimitingCause.NITROGEN, LimitingCause.PROTONS, LimitingCause.LITHIUM, LimitingCause.VOLTAGE]
    assert list(np.asarray(cause)) == expected
    assert np.all(np.asarray(bounds.smallest) <= 1)


def test_on_pulse_hydrogen_of_libf4_exceeds_what_diffusion_supplies():
    """84 mA/cm2 of side reaction against 14.7 mA/cm2 of ethanol: the sink is not the reduction of ethanol alone."""
    film, parameters = calibrated_cell("LiBF4")
    branch = float(solve(jnp.asarray(1000.0), operating(), film, parameters).split.proton_current)
    # Cottrell's current, averaged over the pulse
    supply = 2 * FARADAY * 43.0 * np.sqrt(2e-9 / (np.pi * 2.0))
    assert branch == pytest.approx(840.0, abs=2)
    assert supply == pytest.approx(147.0, abs=1.5)


def test_energy_efficiency_of_an_impossible_cell_is_refused():
    values = jnp.asarray([0.5, 0.5, 1.2, -0.1, 0.5]), jnp.asarray([3.5, 2.9, 3.5, 3.5, jnp.nan])
    found = energy_efficiency(*values)
    expected = [Status.OK, Status.INVALID_INPUT, Status.INVALID_INPUT, Status.INVALID_INPUT, Status.NON_FINITE]
    assert list(np.asarray(found.status)) == expected
    assert np.all(np.isnan(np.asarray(found.value[1:])))
    with pytest.raises(ValueError, match="definition: got 'enthalpy', expected one of free_energy"):
        energy_efficiency(0.5, 4.0, definition="enthalpy")
    with pytest.raises(ValueError, match="hydrogen: got 'no', expected one of free, counted"):
        energy_efficiency(0.5, 4.0, hydrogen="no")


def test_unknown_salt_is_refused_and_every_constant_has_a_source():
    with pytest.raises(ValueError, match="salt: got 'LiPF6', expected one of LiDFOB, LiBF4"):
        calibrated_cell("LiPF6")
    _, parameters = calibrated_cell("LiDFOB")
    named = " ".join(CALIBRATION_SOURCES)
    film = set(FilmTransport.__dataclass_fields__) - {"faces", "temperature"}  # of stacks, not of calibrations
    fields = [
        *sorted(film),
        *parameters.__dataclass_fields__,
        *parameters.proton.__dataclass_fields__,
    ]
    # no interface, no anode loss beyond the cell resistance: zeros
    assert [name for name in fields if name not in named] == ["desolvation_resistance", "anode_overpotential"]
