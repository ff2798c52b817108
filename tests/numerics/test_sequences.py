"""Sequences of segments: pulses, rests, cut-offs, the double layer and the ohmic film."""

import numpy as np
import pytest

from kernels.experiment import Numerics
from kernels.mesh import Mesh
from kernels.status import Status
from tests.numerics import cells
from tests.reference import oracles
from tests.reference.oracles import FARADAY, THERMAL_VOLTAGE, Layer

CONCENTRATION, BULK = 2000.0, 2e-10
ELECTROLYTE = (Layer(1e-9, BULK, transference_number=0.4), Layer(4.9999e-5, BULK, transference_number=0.4))
FINE = Numerics(mesh=Mesh(8, 300, 1.0, 500.0), order=20)


def deficit(time, current, thickness=5e-5):
    """Surface activity under a constant current, relative to the bulk, minus one."""
    flux = 0.6 * current / FARADAY
    return oracles.galvanostatic_concentration(time, flux, CONCENTRATION, BULK, thickness) / CONCENTRATION - 1


def test_surface_activity_of_pulses_and_rests():
    """Linear response: each switch of the current adds one galvanostatic transient (the double layer is negligible)."""
    on, off, current = 2.0, 5.0, 900.0
    segments = [("current", on, -current, -current), ("current", off, 0.0, 0.0)] * 3
    drive = cells.segment_drive(*segments, steps=(40, 60) * 3, count=1)
    result = cells.run(
        cells.metal_sample([ELECTROLYTE], CONCENTRATION, initial_inventory=1.0), drive, FINE, ohmic=False
    )
    assert (np.asarray(result.status) == 1).all()
    points = cells.distinct(result, 0)
    switches = np.cumsum([0.0, on, off, on, off, on])
    expected, since = np.ones_like(points["time"]), np.full(points["time"].size, np.inf)
    for switch, sign in zip(switches, [1, -1] * 3, strict=True):
        after = points["time"] > switch
        since[after] = points["time"][after] - switch
        expected[after] += sign * deficit(points["time"][after] - switch, current)
    error = np.abs(points["surface_activity"] - expected)
    # Inside the first base step after a switch the reduced order follows to 1e-3 only.
    assert error[since > 0.05].max() < 1e-4
    assert error.max() < 1e-3
    # The charge is that of the pulses.
    np.testing.assert_allclose(points["charge"][-1], -3 * on * current, rtol=1e-7)
    # Open circuit is the Nernst potential of the surface.
    rest = (points["segment"] % 2 == 1) & (points["time"] > 6.0)
    nernst = THERMAL_VOLTAGE * np.log(points["surface_activity"][rest])
    np.testing.assert_allclose(points["potential"][rest], nernst, atol=1e-5)


def test_cut_off_ends_a_segment_and_the_next_one_starts_then():
    """A current hold at three strengths to -80 mV, then a rest, then a potential hold: each lane on its own clock."""
    current = np.array([1500.0, 2000.0, 4000.0])
    drive = cells.segment_drive(
        ("current", 40.0, -current, -current, -0.08, np.inf),
        ("current", 3.0, 0.0, 0.0),
        ("potential", 1.0, -0.2, -0.2),
        steps=(200, 60, 50),
        count=3,
    )
    sample = cells.metal_sample([ELECTROLYTE] * 3, CONCENTRATION, initial_inventory=1.0)
    result = cells.run(sample, drive, FINE, ohmic=False)
    assert (np.asarray(result.status) == 1).all()
    for lane in range(3):
        points = cells.distinct(result, lane)
        first = points["segment"] == 0
        cut = points["time"][first][-1]
        # Nernstian electrode: the potential is the logarithm of the surface activity.
        activity = 1 + float(deficit(np.array(cut), current[lane]))
        slope = (float(deficit(np.array(cut * 1.0001), current[lane])) + 1 - activity) / (cut * 1e-4)
        crossing = cut + (np.exp(-0.08 / THERMAL_VOLTAGE) - activity) / slope
        assert points["potential"][first][-1] <= -0.08 < points["potential"][first][-2]
        assert abs(cut / crossing - 1) < 1e-4
        second, third = points["segment"] == 1, points["segment"] == 2
        np.testing.assert_allclose(points["time"][second][-1], cut + 3.0, rtol=1e-12)
        np.testing.assert_allclose(points["time"][-1], cut + 4.0, rtol=1e-12)
        assert points["time"][second][0] > cut
        assert points["time"][second][0] - cut < 1e-2
        # A pulse of finite length and its relaxation, by superposition.
        expected = 1 + deficit(points["time"][second], current[lane])
        expected -= deficit(points["time"][second] - cut, current[lane])
        error = np.abs(points["surface_activity"][second] - expected)
        assert error.max() < 1e-3
        assert error[points["time"][second] > cut + 0.05].max() < 2e-4
        assert (points["current"][third] < 0).all()
        assert (points["potential"][third] == -0.2).all()


def test_depletion_without_a_cut_off_is_a_status():
    """Twice the limiting current for long: no crash, no endless search, and the other lane does not care."""
    limit = oracles.planar_limiting_current(CONCENTRATION, BULK, 5e-5, 0.4)
    current = np.array([2.0, 0.5]) * limit
    drive = cells.segment_drive(("current", 100.0, -current, -current), steps=200, count=2)
    result = cells.run(cells.metal_sample([ELECTROLYTE] * 2, CONCENTRATION), drive, Numerics(), ohmic=False)
    assert np.asarray(result.status).tolist() == [Status.DEPLETED, Status.OK]
    assert np.isfinite(np.asarray(result.trajectory.potential)).all()
    np.testing.assert_allclose(result.trajectory.time[-1, 1], 100.0)


def blocking_sample(capacitance, resistance, count):
    """An electrode whose charge transfer is negligible: only series resistance and double layer are left."""
    return cells.metal_sample(
        [ELECTROLYTE] * count,
        CONCENTRATION,
        exchange_current_density=1e-30,
        monolayer_inventory=1e-5,
        initial_inventory=1.0,
        series_resistance=resistance,
        double_layer_capacitance=capacitance,
    )


def test_double_layer_charging_is_the_circuit():
    """A step and a ramp on R and C in series: the exponentials of the circuit, to rounding."""
    resistance, capacitance = np.array([2e-3, 5e-3, 1e-1]), np.array([0.2, 0.5, 1.0])
    constant = resistance * capacitance
    step, rate = 0.05, 0.1
    drive = cells.segment_drive(
        ("potential", 2e-2, step, step), ("potential", 1.0, step, step - rate), steps=(50, 50), count=3
    )
    result = cells.run(blocking_sample(capacitance, resistance, 3), drive, Numerics(), ohmic=False)
    assert (np.asarray(result.status) == 1).all()
    for lane in range(3):
        points = cells.distinct(result, lane)
        time = points["time"][1:]
        # The cell starts charged to the first potential, so the step is seen by nobody; the ramp starts at 20 ms.
        ramp = np.maximum(time - 2e-2, 0.0)
        expected = -rate * capacitance[lane] * (1 - np.exp(-ramp / constant[lane]))
        current = points["current"][1:]
        np.testing.assert_allclose(current, expected, atol=1e-9 * rate * capacitance[lane])


def test_imposed_current_charges_the_double_layer():
    capacitance = np.array([0.1, 0.4, 1.0])
    drive = cells.segment_drive(("current", 1e-2, -2.0, -2.0), ("potential", 1e-2, -0.1, -0.1), steps=(50, 50), count=3)
    result = cells.run(blocking_sample(capacitance, 1e-3, 3), drive, Numerics(), ohmic=False)
    for lane in range(3):
        points = cells.distinct(result, lane)
        first = points["segment"] == 0
        first[0] = False
        expected = -2.0 * points["time"][first] / capacitance[lane] - 2.0 * 1e-3
        np.testing.assert_allclose(points["potential"][first], expected, rtol=1e-9)
        # The potential step that follows discharges through the series resistance.
        second = points["segment"] == 1
        time = points["time"][second] - 1e-2
        start = -2.0 * 1e-2 / capacitance[lane]
        exact = (-0.1 - start) / 1e-3 * np.exp(-time / (1e-3 * capacitance[lane]))
        np.testing.assert_allclose(points["current"][second], exact, rtol=1e-9, atol=1e-9 * abs(exact[0]))


@pytest.mark.parametrize("jump", [0.0, 3e-9])
def test_ohmic_film_drops_its_potential(jump):
    """A single-ion conductor between electrode and electrolyte: Ohm's law, or the high-field law solved for the field."""
    film = Layer(2e-8, 1e-16, accessible_fraction=0.0, transference_number=1.0)
    resistivity, current = 2e6, np.array([5.0, 50.0])
    sample = cells.metal_sample(
        [(film, ELECTROLYTE[-1])] * 2, CONCENTRATION, initial_inventory=1.0, resistivity=resistivity, jump_distance=jump
    )
    drive = cells.segment_drive(("current", 1.0, -current, -current), steps=50, count=2)
    result = cells.run(sample, drive, Numerics(), ohmic=True)
    assert (np.asarray(result.status) == 1).all()
    surface = THERMAL_VOLTAGE * np.log(np.asarray(result.trajectory.surface_activity[-1]))
    if jump:
        scale = 2 * THERMAL_VOLTAGE / jump
        drop = 2e-8 * scale * np.arcsinh(resistivity * current / scale)
    else:
        drop = resistivity * 2e-8 * current
    np.testing.assert_allclose(result.trajectory.potential[-1], surface - drop, rtol=1e-9)
