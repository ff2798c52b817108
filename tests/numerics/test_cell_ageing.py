"""Ageing: growth laws against their closed forms, lithium balance, closure."""

import jax.numpy as jnp
import numpy as np
import pytest

from kernels.ammonia import (
    GROWTH_LAWS,
    aged_limiting_current,
    default_dead_layer,
    default_growth,
    grow_film,
    pore_resistance,
)
from kernels.stack import Electrolyte
from kernels.status import Status
from tests.numerics.ammonia_cells import AGES, run_aged

FARADAY = 96485.33212
# a film thin enough for electrons to tunnel through
TUNNELLED = 3e-10
START, POTENTIAL, TEMPERATURE = 5e-9, 0.05, 298.15
YEAR = 3.15e7


def initial(law):
    return TUNNELLED if law == "tunnelling" else START


def film_course(law, count=401):
    time = jnp.concatenate([jnp.zeros(1), jnp.geomspace(1.0, YEAR, count - 1)])
    values = (initial(law), time, POTENTIAL, TEMPERATURE)
    return np.asarray(time), np.asarray(grow_film(law, default_growth(), *(jnp.asarray(v) for v in values)))


def closed_form(law, time):
    """Thickness of each separable law."""
    g = {name: float(getattr(default_growth(), name)) for name in default_growth().__dataclass_fields__}
    volume = g["molar_volume"] / (g["electrons"] * FARADAY)
    thermal = 8.314462618 * TEMPERATURE / FARADAY
    below = POTENTIAL - g["formation_potential"]
    reaction = volume * g["exchange_current"] * np.exp(-0.5 * below / thermal)
    if law == "reaction":
        return START + reaction * time
    if law == "tunnelling":
        rate = volume * g["exchange_current"] * np.exp(-0.5 * POTENTIAL / thermal)
        beta = g["tunnelling_decay"]
        return np.logaddexp(beta * TUNNELLED, np.log(beta * rate * np.maximum(time, 1e-300))) / beta
    if law == "carbonate_reaction":
        k = g["reduction_rate"] * np.exp(-0.5 * below / thermal)
        a, rate = k / g["reductant_diffusivity"], volume * FARADAY * g["reductant_concentration"] * k
        return (np.sqrt((1 + a * START) ** 2 + 2 * a * rate * time) - 1) / a
    product = {
        "electron_migration": g["electron_conductivity"] * -below,
        "solvent_diffusion": FARADAY * g["solvent_diffusivity"] * g["solvent_concentration"],
        "interstitial_diffusion": FARADAY
        * g["interstitial_diffusivity"]
        * g["interstitial_concentration"]
        * np.exp(-POTENTIAL / thermal),
    }[law]
    return np.sqrt(START**2 + 2 * volume * product * time)


@pytest.mark.parametrize("law", GROWTH_LAWS)
def test_growth_follows_its_closed_form(law):
    time, thickness = film_course(law)
    expected = closed_form(law, time)
    np.testing.assert_allclose(thickness, expected, rtol=2e-4)
    assert expected[-1] > 1.05 * initial(law)


@pytest.mark.parametrize("law", GROWTH_LAWS)
def test_film_is_never_thinner(law):
    _, thickness = film_course(law, 61)
    assert np.all(np.diff(thickness) >= 0)
    # even where one step is far longer than the growth takes
    values = (initial(law), jnp.asarray([0.0, 1e12, 1e15]), POTENTIAL, TEMPERATURE)
    long = np.asarray(grow_film(law, default_growth(), *(jnp.asarray(v) for v in values)))
    assert np.all(np.isfinite(long))
    assert np.all(np.diff(long) > 0)


def test_unknown_law_is_refused():
    with pytest.raises(ValueError, match="law: got 'magic', expected one of reaction, electron_migration"):
        grow_film("magic", default_growth(), *(jnp.asarray(v) for v in (START, [0.0, 1.0], POTENTIAL, TEMPERATURE)))


def aged(current, hours=50.0, resistivity=2e5, law="solvent_diffusion"):
    time = jnp.linspace(0.0, 3600 * hours, AGES)
    thickness = grow_film(law, default_growth(), jnp.asarray(15e-9), time, jnp.asarray(0.0), jnp.asarray(298.15))
    return time, run_aged(current, time, thickness, resistivity, 2 / default_growth().molar_volume)


@pytest.mark.parametrize("law", ["solvent_diffusion", "reaction"])
@pytest.mark.parametrize("current", [60.0, 1000.0])
def test_lithium_is_conserved(current, law):
    """All charge that makes no hydrogen reduces lithium, which is all in Li3N, metal, moss and film: to 1e-9.

    `reduced` is the integral of what hydrogen leaves, the other four that of their own shares.
    """
    time, course = aged(current, law=law)
    charge = current / 16 * np.asarray(time) / FARADAY
    np.testing.assert_allclose(course.efficiency.total, 1.0, atol=1e-9)
    hydrogen = np.asarray(course.efficiency.hydrogen)
    lost = np.concatenate([[0.0], np.cumsum(0.5 * np.diff(charge) * (hydrogen[1:] + hydrogen[:-1]))])
    ledger = course.lithium
    np.testing.assert_allclose(ledger.reduced, ledger.nitrided + ledger.active + ledger.dead + ledger.film, rtol=1e-9)
    np.testing.assert_allclose(ledger.dead * 1.3e-5, course.dead_thickness, rtol=1e-9)
    grown = (np.asarray(course.film_thickness) - 15e-9) * 2 / 9.585e-5
    np.testing.assert_allclose(ledger.film, grown, rtol=1e-9, atol=1e-9 * charge[-1])
    if law == "solvent_diffusion":
        # the film's growth rate jumps from step to step, hence the trapezium of the hydrogen share is off by that much
        film_share = np.abs(np.diff(np.asarray(course.efficiency.other))).sum()
        allowed = 1e-9 + 0.5 * film_share * (charge[1] - charge[0]) / charge[-1]
        np.testing.assert_allclose(np.asarray(ledger.reduced) + lost, charge, atol=charge[-1] * allowed)


def test_a_film_that_resists_costs_voltage_and_efficiency():
    _, plain = aged(1000.0, resistivity=0.0)
    _, resistive = aged(1000.0, resistivity=2e6)
    assert float(resistive.voltage.total[-1]) > float(plain.voltage.total[-1])
    assert float(resistive.efficiency.ammonia[-1]) < float(plain.efficiency.ammonia[-1])


def test_closed_pores_end_the_cell():
    """At 200 mA/cm2 the pores close on the 195th cycle: status, no numbers after it, and a ledger that stands still."""
    course = run_aged(2000.0, 32.0 * np.arange(AGES))
    closed = np.asarray(course.status) == Status.DEPLETED
    assert list(np.flatnonzero(np.diff(closed.astype(int)))) == [int(np.argmax(closed)) - 1]
    assert np.argmax(closed) in (195, 196)
    assert np.all(np.asarray(course.status)[~closed] == Status.OK)
    assert np.all(np.isnan(np.asarray(course.efficiency.ammonia)[closed]))
    assert np.all(np.isnan(np.asarray(course.voltage.total)[closed]))
    dead = np.asarray(course.lithium.dead)
    np.testing.assert_array_equal(dead[closed], dead[~closed][-1])
    assert np.all(np.diff(dead[~closed]) > 0)


def test_dead_layer_supply_and_closure():
    layer = default_dead_layer()
    electrolyte = Electrolyte(*(jnp.asarray(v) for v in (2000.0, 2e-10, 0.4, 5e-5)))
    through = FARADAY * 2e-10 * 0.4**1.5 * 2000.0 / 0.6
    assert through == pytest.approx(1.6e-2, rel=0.02)
    limit = aged_limiting_current(jnp.asarray(1050.0), jnp.asarray(12e-6), layer, electrolyte)
    assert float(limit) == pytest.approx(1 / (1 / 1050.0 + 12e-6 / through), rel=1e-12)
    half, closed = pore_resistance(layer.closing_thickness * jnp.asarray([0.5, 1.0]), layer)
    fresh = float(layer.closing_thickness) / (0.96 * 0.4**1.5)
    assert float(half[0]) == pytest.approx(0.5 * fresh * 0.5**-1.5, rel=1e-12)
    assert np.isinf(float(half[1]))
    assert list(np.asarray(closed)) == [False, True]
