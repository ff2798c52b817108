"""Deposition through stacks against Berzins & Delahay, Cottrell, Sand and a Volterra solver that has no mesh.

In its Nernstian limit the metal electrode has an infinite exchange current and no monolayer: j0 = inf, q_ml = 1e-18.
"""

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

from kernels import observables
from kernels.experiment import Numerics
from kernels.mesh import Mesh
from tests.numerics import cells
from tests.reference import oracles
from tests.reference.oracles import FARADAY, THERMAL_VOLTAGE, Layer

BULK, CONCENTRATION = 2e-10, 2000.0
FINE = Numerics(mesh=Mesh(128, 240, 30.0, 500.0))


def half_space(duration, transference_number=0.0):
    """Electrolyte of eight diffusion lengths: the bulk is out of reach."""
    return Layer(8 * np.sqrt(BULK * duration), BULK, transference_number=transference_number)


def boundless(stack):
    """The same stack for an oracle: the electrolyte is a half space."""
    last = stack[-1]
    return (*stack[:-1], Layer(np.inf, last.diffusivity, transference_number=last.transference_number))


def scan(stacks, scan_rate, stop, numerics, series_resistance=0.0):
    """One cathodic sweep from the equilibrium potential for each stack; result and peaks (magnitudes)."""
    sample = cells.metal_sample(stacks, CONCENTRATION, series_resistance=series_resistance)
    drive = cells.sweep_drive((0.0, stop), scan_rate, 1000, count=len(stacks))
    result = cells.run(sample, drive, numerics, ohmic=False)
    assert (np.asarray(result.status) == 1).all()
    points = (getattr(result.trajectory, name) for name in ("time", "potential", "current", "segment"))
    peak = observables.cathodic_peak(*points)
    return result, -np.asarray(peak.current), np.asarray(peak.potential)


def curve_error(result, lane, reference):
    """Largest deviation from the oracle's curve, in shares of its largest current, after one base step.

    At the nodes of the march, whose straight lines in between are no claim of its. The oracle's grid of one sweep is
    graded as (i/N)^3, so its curve is smooth in the cube root of time.
    """
    points = cells.distinct(result, lane)
    late = points["time"] > 1e-3 * reference.time[-1]
    expected = CubicSpline(np.cbrt(reference.time), reference.current)(np.cbrt(points["time"][late]))
    return np.abs(points["current"][late] - expected).max() / np.abs(reference.current).max()


def test_berzins_delahay_and_random_stacks():
    """Bare electrode, then random stacks of three layers with partition, porosity, interfaces and jumps of t+."""
    random = np.random.default_rng(3)
    rates = np.array([0.1, 0.02, 0.1, 0.05, 0.2, 0.1])
    duration = 0.4 / rates
    stacks = [(*[Layer(1e-9, BULK)] * 3, half_space(duration[0]))]
    for time in duration[1:]:
        film = cells.random_stack(random, 3, diffusivity=(1e-16, 1e-11))[:-1]
        stacks.append((*film, half_space(time, transference_number=0.4)))
    result, peak, potential = scan(stacks, rates, -0.4, FINE)

    points = cells.distinct(result, 0)
    sigma = 0.1 / THERMAL_VOLTAGE
    scale = FARADAY * CONCENTRATION * np.sqrt(BULK * sigma)
    assert abs(peak[0] / scale - 0.610503032) < 1e-3 * 0.610503032
    assert abs(potential[0] + 0.0219422) < 1e-4
    expected = -scale * oracles.berzins_delahay_current_function(sigma * points["time"])
    late = points["time"] > 4e-3
    assert np.abs(points["current"] - expected)[late].max() < 1e-3 * peak[0]

    for lane in range(1, len(stacks)):
        reference = oracles.deposition_voltammogram(boundless(stacks[lane]), CONCENTRATION, rates[lane], (0.0, -0.4))
        assert curve_error(result, lane, reference) < 1e-3


def test_film_table_at_default_numerics():
    """Table D.8 of the design notes (Nernstian, unit activity, 2 M): film or series resistance at three scan rates."""
    films = [(5.75e-13, 1e-8), (5.75e-13, 2e-8), (1.63e-15, 1e-8), (1e-16, 1.5e-8), (1e-18, 1.5e-8), (BULK, 1e-9)]
    printed = [
        *(318, 938, 2450, 308, 855, 1960, 27.7, 30.0, 30.9, 1.28, 1.28, 2.32, 0.02, 0.07, 0.23),
        *(151, 345, 771),
    ]
    rates = np.tile([1e-3, 1e-2, 1e-1], len(films))
    stops = np.repeat([-0.3] * 5 + [-2.5], 3)
    resistance = np.repeat([0.0] * 5 + [25e-4], 3)
    stacks = [
        (Layer(films[lane // 3][1], films[lane // 3][0]), half_space(-stop / rate))
        for lane, (rate, stop) in enumerate(zip(rates, stops, strict=True))
    ]
    result, peak, _ = scan(stacks, rates, stops, Numerics(), resistance)
    assert (np.diff(np.asarray(result.trajectory.time), axis=0) >= 0).all(), "no curve runs backwards"
    assert (np.diff(np.asarray(result.trajectory.charge), axis=0) <= 0).all(), "nor gives back what it deposited"
    for lane, stack in enumerate(stacks):
        reference = oracles.deposition_voltammogram(
            boundless(stack), CONCENTRATION, rates[lane], (0.0, stops[lane]), resistance[lane]
        )
        found = peak[lane] / oracles.cathodic_peak(reference)[1] - 1
        assert abs(found) < 2e-2, (films[lane // 3], rates[lane])
        # The printed value carries as little as one digit.
        assert abs(peak[lane] / printed[lane] - 1) < (0.02 if printed[lane] > 1 else 0.2)


def test_cottrell_with_transference_and_through_a_film():
    """A hold far below equilibrium: the surface is empty from the first instant.

    From the tenth base step on: the error test is relative to the largest current, that of the first instant.
    """
    time = 2.0
    film = Layer(1e-8, 3e-15, 0.3, 0.6, 0.2, interface_resistance=1e6)
    stacks = [
        (Layer(1e-9, BULK), half_space(time)),
        (Layer(1e-9, BULK, transference_number=0.4), half_space(time, 0.4)),
        (film, half_space(time, 0.4)),
    ]
    drive = cells.segment_drive(("potential", time, -2.0, -2.0), steps=400, count=3)
    result = cells.run(cells.metal_sample(stacks, CONCENTRATION), drive, FINE, ohmic=False)
    assert (np.asarray(result.status) == 1).all()
    for lane, transference in enumerate((0.0, 0.4)):
        points = cells.distinct(result, lane)
        late = points["time"] > 0.05
        expected = -oracles.cottrell(points["time"][late], CONCENTRATION, BULK, transference)
        np.testing.assert_allclose(points["current"][late], expected, rtol=1e-3)
    points = cells.distinct(result, 2)
    late = points["time"] > 0.05
    expected = -oracles.limiting_step_current(boundless(stacks[2]), points["time"][late], CONCENTRATION)
    np.testing.assert_allclose(points["current"][late], expected, rtol=1e-3)


def test_sand_time_and_depletion_through_a_film():
    """The potential collapses when the surface is empty: Sand with and without t+, a finite layer, and a film."""
    film = (Layer(2e-8, 1e-12, 0.3, 0.6, 0.2, interface_resistance=1e4), Layer(5e-8, 1e-12, 1.0, 0.5, 0.7))
    same = (Layer(1e-9, BULK),) * 2
    migrating = (Layer(1e-9, BULK, transference_number=0.4),) * 2
    current = np.array([1000.0, 1000.0, 1500.0, 800.0])
    stacks = [
        (*same, half_space(10.0)),
        (*migrating, half_space(30.0, 0.4)),
        (*migrating, Layer(5e-5, BULK, transference_number=0.4)),
        (*film, half_space(30.0, 0.4)),
    ]

    def surface(log_time):
        return float(oracles.surface_activity_step(boundless(stacks[3]), np.exp(log_time), -800.0, CONCENTRATION))

    expected = [
        oracles.sand_time(1000.0, CONCENTRATION, BULK),
        oracles.sand_time(1000.0, CONCENTRATION, BULK, 0.4),
        oracles.transition_time(1500.0, CONCENTRATION, BULK, 5e-5, 0.4),
        np.exp(brentq(surface, np.log(1e-3), np.log(100.0))),
    ]
    drive = cells.segment_drive(("current", 30.0, -current, -current, -0.6, np.inf), steps=400, count=4)
    result = cells.run(cells.metal_sample(stacks, CONCENTRATION), drive, FINE, ohmic=False)
    found = np.asarray(result.trajectory.time[-1])
    assert (np.asarray(result.status) == 1).all()
    assert (np.asarray(result.trajectory.potential[-1]) < -0.6).all()
    np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_no_depletion_below_the_limiting_current():
    # A film of one nanometre of electrolyte belongs to the diffusion layer.
    stack = (Layer(1e-9, BULK, transference_number=0.4), Layer(4.9999e-5, BULK, transference_number=0.4))
    limit = oracles.planar_limiting_current(CONCENTRATION, BULK, 5e-5, 0.4)
    shares = np.array([0.5, 0.9])
    drive = cells.segment_drive(("current", 200.0, -shares * limit, -shares * limit, -1.0, np.inf), steps=100, count=2)
    result = cells.run(cells.metal_sample([stack] * 2, CONCENTRATION), drive, Numerics(), ohmic=False)
    np.testing.assert_allclose(result.trajectory.time[-1], 200.0)
    np.testing.assert_allclose(result.trajectory.surface_activity[-1], 1 - shares, rtol=1e-9)
    np.testing.assert_allclose(result.trajectory.potential[-1], THERMAL_VOLTAGE * np.log(1 - shares), rtol=1e-6)
