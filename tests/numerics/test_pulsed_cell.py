"""Pulsed ammonia model: charge balance, order in the time step, periodic state, gradients, bad operating points."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from kernels.ammonia import (
    PulseTrain,
    calibrated_cell,
    default_chemistry,
    instant_supply,
    proton_exchange_current,
    pulse_train,
    pulsed_state,
    split_current,
)
from kernels.status import Status
from tests.numerics.ammonia_cells import operating, run_cycles, run_pulsed

FARADAY = 96485.33212


def train(current=1000.0, on=2.0, off=30.0):
    return pulse_train(*(jnp.asarray(float(v)) for v in (current, on, off)))


def scattered_points(number, key):
    """Operating points far beyond the useful ones."""
    random = np.random.default_rng(key)
    currents, on, off = (
        10 ** random.uniform(0, 2.5, number),
        10 ** random.uniform(-1, 2, number),
        random.uniform(0, 120, number),
    )
    conditions = [
        operating(x, p, c, t)
        for x, p, c, t in zip(
            random.uniform(0, 1.5, number), random.uniform(0, 2e6, number), random.uniform(500, 3000, number),
            random.uniform(285, 315, number), strict=True,
        )
    ]  # fmt: skip
    salts = np.where(random.uniform(size=number) < 0.5, "LiDFOB", "LiBF4")
    return list(zip(salts, currents, on, off, conditions, strict=True))


def test_shares_of_the_charge_add_up_to_one_everywhere():
    state = run_pulsed(scattered_points(24, 1))
    assert np.all(np.asarray(state.status) == Status.OK)
    np.testing.assert_allclose(state.efficiency.total, 1.0, atol=1e-9)
    # neither kind of end state is missing from this sample
    assert 0 < np.asarray(state.periodic).sum() < 24
    drift = np.asarray(state.efficiency.lithium + state.efficiency.lithium_nitride)
    np.testing.assert_allclose(drift[np.asarray(state.periodic)], 0.0, atol=1e-10)


def reference_cycle(chemistry, donors, nitrogen, deposition, start, durations):
    """One cycle by LSODA with the donor balance solved by bracketing: extents of r1, r2, r3 and the end."""
    c = {name: float(getattr(chemistry, name)) for name in chemistry.__dataclass_fields__}

    def rates(lithium, nitride):
        theta, phi = lithium / (lithium + c["lithium_scale"]), nitride / (nitride + c["nitride_scale"])
        supply = c["nitrogen_mass_transfer"] + c["nitridation"] * theta
        first = c["nitridation"] * theta * c["nitrogen_mass_transfer"] * nitrogen / supply

        def second(x):
            order = c["protonation_order"]
            return c["protonation"] * theta * x * (x / c["reference_concentration"]) ** (order - 1)

        def third(x):
            return c["nitride_protonation"] * phi * x

        surface = brentq(
            lambda x: c["proton_mass_transfer"] * (donors - x) - second(x) - 3 * third(x), 1e-12, donors, xtol=1e-14
        )
        return first, second(surface), third(surface)

    point = np.array([*start, 0.0, 0.0, 0.0])
    for duration, supply in zip(durations, deposition, strict=True):

        def slope(_, y, supply=supply):
            first, second, third = rates(max(y[0], 0.0), max(y[1], 0.0))
            isolated = c["isolation"] * y[0]
            return [supply - 6 * first - second - isolated, 2 * first - third, first, second, third]

        point = solve_ivp(slope, (0, duration), point, method="LSODA", rtol=1e-9, atol=1e-14).y[:, -1]
    return point


@pytest.mark.slow
def test_periodic_state_closes_in_an_independent_integrator():
    """The start that shooting finds comes back after a cycle of LSODA, with the same ammonia; three segments, dead lithium."""
    chemistry = eqx.tree_at(lambda c: c.isolation, default_chemistry(), jnp.asarray(0.01))
    pulses = PulseTrain(jnp.asarray([2.0, 3.0, 40.0]), jnp.asarray([900.0, 150.0, 0.0]))
    film, parameters = calibrated_cell("LiDFOB")
    conditions = operating(0.3)
    solve = jax.jit(pulsed_state, static_argnames="steps")
    state = solve(pulses, conditions, film, parameters, chemistry, steps=192, supply=instant_supply())
    assert bool(state.periodic)
    start = float(state.start.lithium), float(state.start.nitride)
    exchange = proton_exchange_current(parameters.proton, conditions.ethanol_fraction)
    split = [
        split_current(
            jnp.asarray(j),
            film,
            exchange,
            parameters.proton.overpotential_scale,
        )
        for j in (900.0, 150.0, 0.0)
    ]
    deposition = [float(part.lithium_current) / FARADAY for part in split]
    end = reference_cycle(chemistry, 17126.1 * 0.003 + 14.0, 6.0, deposition, np.maximum(start, 0), (2.0, 3.0, 40.0))
    charge = (900.0 * 2 + 150.0 * 3) / FARADAY
    assert end[:2] == pytest.approx(np.maximum(start, 0), abs=3e-6 * charge)
    assert float(state.efficiency.ammonia) == pytest.approx(3 * end[4] / charge, abs=1e-5)
    dead = (
        sum(deposition[i] * t for i, t in enumerate((2.0, 3.0, 40.0)))
        - 6 * end[2]
        - end[3]
        - (end[0] - max(start[0], 0))
    )
    assert dead > 0.01 * charge
    assert float(state.efficiency.other) == pytest.approx(dead / charge, abs=1e-5)


@pytest.mark.slow
def test_third_order_in_the_time_step():
    """Errors of the first cycle from an empty electrode fall at least eightfold when the steps are halved."""

    def ammonia(steps):
        efficiency, _ = run_cycles(train(500.0, 4.0, 6.0), operating(), *calibrated_cell("LiDFOB"), 1, steps)
        return float(efficiency.ammonia[0])

    fine = ammonia(512)
    errors = np.array([abs(ammonia(steps) - fine) for steps in (16, 32, 64)])
    print("errors", errors)
    assert np.all(np.log2(errors[:-1] / errors[1:]) > 2.6)


@pytest.mark.slow
def test_cycling_reaches_the_state_that_shooting_finds():
    cell = calibrated_cell("LiDFOB")
    direct = jax.jit(pulsed_state)(train(1500.0), operating(), *cell, default_chemistry(), supply=instant_supply())
    efficiency, end = run_cycles(train(1500.0), operating(), *cell, 400)
    assert float(efficiency.ammonia[-1]) == pytest.approx(float(direct.efficiency.ammonia), abs=1e-8)
    assert float(end.nitride[-1]) == pytest.approx(float(direct.start.nitride), rel=1e-6)
    # from below, as an order-preserving map must
    assert np.all(np.diff(np.asarray(end.nitride)) > -1e-15)


KNOBS = (
    "current",
    "on",
    "off",
    "ethanol",
    "pressure",
    "salt",
    "temperature",
    "resistance",
    "limit",
    "kH",
    "kN",
    "k1",
    "k3",
)


def efficiencies(knobs):
    """Ammonia and hydrogen efficiency and voltage of relative changes of every knob."""
    factor = dict(zip(KNOBS, 1 + knobs, strict=True))
    pulses = pulse_train(1500.0 * factor["current"], 2.0 * factor["on"], 30.0 * factor["off"])
    base, (film, parameters), chemistry = operating(0.3), calibrated_cell("LiDFOB"), default_chemistry()
    conditions = type(base)(
        base.ethanol_fraction * factor["ethanol"],
        base.nitrogen_pressure * factor["pressure"],
        base.salt_concentration * factor["salt"],
        base.temperature * factor["temperature"],
    )
    film = type(film)(
        film.resistance * factor["resistance"], film.desolvation_resistance, film.limiting_current * factor["limit"]
    )
    chemistry = eqx.tree_at(
        lambda c: (c.proton_mass_transfer, c.nitrogen_mass_transfer, c.nitridation, c.nitride_protonation),
        chemistry,
        (
            chemistry.proton_mass_transfer * factor["kH"],
            chemistry.nitrogen_mass_transfer * factor["kN"],
            chemistry.nitridation * factor["k1"],
            chemistry.nitride_protonation * factor["k3"],
        ),
    )
    # with Li+ that never lacks 150 mA/cm2 has no periodic state
    state = pulsed_state(pulses, conditions, film, parameters, chemistry, supply=instant_supply())
    return jnp.stack(
        [state.efficiency.ammonia, state.efficiency.hydrogen, state.voltage.total, state.start.nitride * 1e3]
    )


@pytest.mark.slow
def test_gradients_through_the_periodic_state():
    """Forward and reverse mode, and central differences to 1e-4, knob by knob; a sensitivity below 1e-3 of the largest to 1e-7
    of that."""
    origin = jnp.zeros(len(KNOBS))
    reverse, forward = (np.asarray(jax.jit(mode(efficiencies))(origin)) for mode in (jax.jacrev, jax.jacfwd))
    largest = np.abs(forward).max(axis=1, keepdims=True)
    np.testing.assert_allclose(reverse / largest, forward / largest, atol=1e-9)
    step = 1e-5
    shifted = jnp.concatenate([step * jnp.eye(len(KNOBS)), -step * jnp.eye(len(KNOBS))])
    values = np.asarray(jax.jit(jax.vmap(efficiencies))(shifted))
    central = ((values[: len(KNOBS)] - values[len(KNOBS) :]) / (2 * step)).T
    scale = np.abs(central).max(axis=1, keepdims=True)
    error = np.abs(reverse - central) / np.maximum(np.abs(central), 1e-3 * scale)
    print("largest gradient error", error.max(axis=1))
    assert error.max() < 1e-4


GOOD = ("LiDFOB", 100, 2, 30, operating())
BAD = {
    "no on-time": ("LiDFOB", 100, 0, 30, operating()),
    "negative rest": ("LiDFOB", 100, 2, -1, operating()),
    "no current": ("LiDFOB", 0, 2, 30, operating()),
    "anodic": ("LiDFOB", -1, 2, 30, operating()),
    "negative ethanol": ("LiDFOB", 100, 2, 30, operating(-0.1)),
    "negative pressure": ("LiDFOB", 100, 2, 30, operating(pressure=-1.0)),
    "no salt": ("LiDFOB", 100, 2, 30, operating(salt=0.0)),
    "no temperature": ("LiDFOB", 100, 2, 30, operating(temperature=0.0)),
    "not a number": ("LiDFOB", 100, 2, 30, operating(temperature=float("nan"))),
}


def test_bad_operating_points_get_a_status_and_leave_their_neighbours_alone():
    state = run_pulsed([*BAD.values(), GOOD])
    status = np.asarray(state.status)
    assert status[-1] == Status.OK
    assert dict(zip(BAD, status[:-1], strict=True)) == dict.fromkeys(BAD, Status.INVALID_INPUT)
    assert np.all(np.isnan(np.asarray(state.efficiency.ammonia[:-1])))
    alone = run_pulsed([GOOD])
    assert float(alone.efficiency.ammonia[0]) == pytest.approx(float(state.efficiency.ammonia[-1]), rel=1e-12)


def test_current_that_nothing_carries_is_depleted():
    """Without any proton donor, current that empties the electrolyte within the pulse has nowhere to go; a short one does."""
    film, parameters = calibrated_cell("LiDFOB")
    dry = eqx.tree_at(lambda p: p.proton.residual_donor, parameters, jnp.asarray(0.0))
    state = run_pulsed([((film, dry), 300, 2, 30, operating(0.0)), ((film, dry), 150, 2, 30, operating(0.0))])
    assert list(np.asarray(state.status)) == [Status.DEPLETED, Status.OK]


def test_knobs_act_in_their_direction():
    base = ("LiDFOB", 150, 2, 30, operating())
    warm = ("LiDFOB", 150, 2, 30, operating(temperature=308.15))
    thin = ("LiDFOB", 100, 2, 30, operating(pressure=5e3))
    salty = ("LiDFOB", 100, 2, 30, operating(pressure=5e3, salt=3000.0))
    state = run_pulsed([base, warm, thin, salty])
    assert float(state.voltage.electrolyte[1]) < float(state.voltage.electrolyte[0])
    assert float(state.efficiency.ammonia[2]) < 0.9
    # salt drives nitrogen out
    assert float(state.efficiency.ammonia[3]) < float(state.efficiency.ammonia[2])
    assert float(state.pulse_current[0]) == pytest.approx(1500.0)
    assert float(state.mean_current[0]) == pytest.approx(1500.0 / 16)
    assert float(state.pulse_rate[0]) == pytest.approx(16 * float(state.mean_rate[0]))
