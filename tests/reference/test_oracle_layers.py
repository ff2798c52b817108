"""The layered oracles: known limits, a brute-force balance, inversion in many digits, and the film table."""

import math

import mpmath
import numpy as np
import pytest
from scipy.linalg import solve_banded

from tests.reference import oracles
from tests.reference.oracles import FARADAY, THERMAL_VOLTAGE, Layer

BULK = Layer(math.inf, 2e-10)
STACK = (
    Layer(3e-9, 1e-17, 0.3, 0.5, 0.2, 1e3),
    Layer(20e-9, 1e-14, 2.0, 1.0, 0.0, 1e4),
    Layer(10e-9, 1e-12, 0.7),
    Layer(1e-4, 2e-10, 1.0, 1.0, 0.4),
)


# --- layers in the Laplace domain -----------------------------------------------------------------------------------


def test_layered_limiting_current_adds_resistances():
    alone = oracles.layered_limiting_current((Layer(50e-6, 2e-10, transference_number=0.4),), 2000.0)
    assert alone == pytest.approx(oracles.planar_limiting_current(2000.0, 2e-10, 50e-6, 0.4), rel=1e-14)
    film = oracles.layered_limiting_current((Layer(10e-9, 1.63e-15),), 2000.0)
    assert film == pytest.approx(31.5, abs=0.05)
    pair = (Layer(10e-9, 1.63e-15, interface_resistance=1e6), Layer(50e-6, 2e-10))
    both = oracles.layered_limiting_current(pair, 2000.0)
    assert FARADAY * 2000.0 / both == pytest.approx(10e-9 / 1.63e-15 + 1e6 + 50e-6 / 2e-10, rel=1e-14)


@pytest.mark.parametrize(
    ("omega", "expected"),
    [
        (0.01, 1.397922e-3 - 6.708e-5j),
        (1.0, 1.335595e-3 - 5.158e-5j),
        (100.0, 2.92646e-4 - 3.05869e-4j),
        (1e4, 2.97715e-5 * (1.0 - 1.0j)),
    ],
)
def test_layered_warburg_values(omega, expected):
    found = oracles.layered_impedance((Layer(10e-9, 1e-15), BULK), omega, 2000.0)
    assert abs(found - expected) < 1e-5 * abs(expected)


def test_one_layer_on_a_half_space_is_the_tanh_formula():
    s, thickness, inner, outer = 0.7 + 2.0j, 10e-9, 1e-15, 2e-10
    tangent, ratio = np.tanh(thickness * np.sqrt(s / inner)), math.sqrt(inner / outer)
    expected = (tangent + ratio) / (1.0 + ratio * tangent) / np.sqrt(inner * s)
    found = oracles.surface_transfer((Layer(thickness, inner), BULK), s)
    assert abs(found - expected) < 1e-14 * abs(expected)


def test_layers_of_the_bulk_material_are_no_layers():
    s = np.geomspace(1e-3, 1e6, 10) * (1.0 + 0.5j)
    same = (Layer(10e-9, 2e-10, transference_number=0.4), Layer(3e-6, 2e-10, transference_number=0.4))
    split = oracles.surface_transfer((*same, Layer(math.inf, 2e-10, transference_number=0.4)), s)
    np.testing.assert_allclose(split, 0.6 / np.sqrt(2e-10 * s), rtol=1e-12)


def test_slow_limit_of_the_transfer_is_the_steady_resistance():
    steady = FARADAY * 2000.0 / oracles.layered_limiting_current(STACK, 2000.0)
    assert oracles.surface_transfer(STACK, 1e-9).real == pytest.approx(steady, rel=1e-8)


def test_blocking_face_is_a_capacity():
    # A closed layer empties at the rate of its content: a falls by J t/(eps K L).
    s = 1e-9
    found = oracles.surface_transfer((Layer(10e-9, 1e-12, 2.0, 0.5),), s, outer="blocking")
    assert found.real == pytest.approx(1.0 / (0.5 * 2.0 * 10e-9 * s), rel=1e-6)


def test_a_film_without_mobile_salt_passes_the_flux_on():
    conductor = Layer(10e-9, 1e-15, accessible_fraction=0.0, transference_number=1.0)
    bulk = Layer(math.inf, 2e-10, transference_number=0.4)
    s = np.array([0.1, 1.0, 1e3])
    np.testing.assert_allclose(
        oracles.surface_transfer((conductor, bulk), s), oracles.surface_transfer((bulk,), s), rtol=1e-14
    )


def test_transfer_refuses_a_half_space_inside():
    with pytest.raises(ValueError, match="expected it last"):
        oracles.surface_transfer((BULK, Layer(1e-9, 1e-12)), 1.0)


@pytest.mark.parametrize("s", [1e-2, 10.0 + 30.0j, 100.0j])
def test_recursion_against_finite_volumes(s):
    """The whole recursion (K, eps, t+, interfaces) against a brute-force balance of 1600 cells a layer at one s."""
    cells = 1600
    capacity = np.concatenate(
        [np.full(cells, k.accessible_fraction * k.partition_coefficient * k.thickness / cells) for k in STACK]
    )
    half = np.concatenate(
        [np.full(cells, 0.5 * k.thickness / cells / (k.diffusivity * k.partition_coefficient)) for k in STACK]
    )
    transference = np.repeat([k.transference_number for k in STACK], cells)
    gap = np.zeros(capacity.size)
    gap[cells - 1 :: cells] = [k.interface_resistance for k in STACK]
    outer_half = np.append(half[1:], 0.0)
    # Face flux to the electrode for J = 1: N = (w_in - w_out + drop)/(h_in + h_out + R): each half cell
    # carries N - t+ by diffusion.
    resistance = half + outer_half + gap
    outer_transference = np.append(transference[1:], transference[-1])
    drop = half * transference + outer_half * outer_transference
    coefficient = 1.0 / resistance
    source = drop * coefficient
    size = capacity.size
    matrix = np.zeros((3, size), dtype=complex)
    right = np.zeros(size, dtype=complex)
    # Balance of the deficit: capacity s w = flux out through the inner face - flux in through the outer face.
    matrix[1] = capacity * s + coefficient
    matrix[1, 1:] += coefficient[:-1]
    matrix[0, 1:] = -coefficient[:-1]
    matrix[2, :-1] = -coefficient[:-1]
    right[0] = 1.0
    right[1:] += source[:-1]
    right -= source
    deficit = solve_banded((1, 1), matrix, right)
    surface = deficit[0] + half[0] * (1.0 - transference[0])
    found = oracles.surface_transfer(STACK, s)
    assert abs(found - surface) < 1e-5 * abs(found)


# --- inverse Laplace and time ---------------------------------------------------------------------------------------


def test_inverse_laplace_of_known_pairs():
    time = np.geomspace(1e-6, 1e4, 200)
    found = oracles.inverse_laplace(lambda s: s**-1.5, time)
    np.testing.assert_allclose(found, 2.0 * np.sqrt(time / math.pi), rtol=1e-11)
    short = np.geomspace(1e-6, 10.0, 100)
    np.testing.assert_allclose(oracles.inverse_laplace(lambda s: 1.0 / (s + 1.0), short), np.exp(-short), atol=1e-11)


@pytest.mark.parametrize("time", [1e-5, 1e-2, 1.0, 1e4])
def test_inverse_laplace_of_a_stack_in_many_digits(time):
    def transfer(s):
        impedance, source, outside = mpmath.mpf(0), mpmath.mpf(0), STACK[-1].transference_number
        for layer in reversed(STACK):
            source += impedance * (layer.transference_number - outside)
            source += layer.interface_resistance * layer.transference_number
            impedance += layer.interface_resistance
            outside = layer.transference_number
            root = mpmath.sqrt(layer.accessible_fraction * s / mpmath.mpf(layer.diffusivity))
            admittance = layer.diffusivity * layer.partition_coefficient * root
            tangent = mpmath.tanh(layer.thickness * root)
            source /= mpmath.cosh(layer.thickness * root) * (1 + admittance * impedance * tangent)
            impedance = (impedance + tangent / admittance) / (1 + admittance * impedance * tangent)
        return (impedance * (1 - mpmath.mpf(STACK[0].transference_number)) + source) / s

    with mpmath.workdps(25):
        exact = float(mpmath.invertlaplace(transfer, time, method="dehoog"))
    found = oracles.surface_activity_step(STACK, np.array([time, 1.3 * time]), -FARADAY, 0.0)[0]
    assert -float(found) == pytest.approx(exact, rel=1e-9)


def test_activity_step_of_bare_electrolyte_is_the_galvanostatic_solution():
    time = np.geomspace(1e-3, 1e3, 60)
    for thickness in (50e-6, math.inf):
        found = oracles.surface_activity_step((Layer(thickness, 2e-10, transference_number=0.4),), time, -100.0, 2000.0)
        exact = oracles.galvanostatic_concentration(time, 60.0 / FARADAY, 2000.0, 2e-10, thickness)
        np.testing.assert_allclose(found, exact, rtol=1e-11)


def test_limiting_step_current_is_cottrell_and_ends_at_the_series_formula():
    time = np.geomspace(1e-6, 10.0, 20)
    bare = oracles.limiting_step_current((Layer(math.inf, 2e-10, transference_number=0.4),), time, 2000.0)
    np.testing.assert_allclose(bare, oracles.cottrell(time, 2000.0, 2e-10, transference_number=0.4), rtol=1e-11)
    final = oracles.limiting_step_current(STACK, 1e6, 2000.0)
    assert float(final) == pytest.approx(oracles.layered_limiting_current(STACK, 2000.0), rel=1e-9)


# --- deposition through films ---------------------------------------------------------------------------------------


def test_deposition_without_a_film_is_berzins_delahay():
    curve = oracles.deposition_voltammogram((BULK,), 2000.0, 0.1)
    scale = FARADAY * 2000.0 * math.sqrt(2e-10 * 0.1 / THERMAL_VOLTAGE)
    exact = oracles.berzins_delahay_current_function(-curve.potential / THERMAL_VOLTAGE)
    np.testing.assert_allclose(-curve.current / scale, exact, atol=1e-4)
    potential, current, interior = oracles.cathodic_peak(curve)
    assert interior
    assert current / scale == pytest.approx(0.610503031556, rel=2e-5)
    assert potential == pytest.approx(-21.942e-3, abs=5e-6)


def test_deposition_through_the_bulk_material_is_no_film():
    bare = oracles.deposition_voltammogram((BULK,), 2000.0, 0.1)
    split = oracles.deposition_voltammogram((Layer(10e-9, 2e-10), Layer(1e-6, 2e-10), BULK), 2000.0, 0.1)
    np.testing.assert_allclose(split.current, bare.current, rtol=1e-7, atol=1e-9)


def test_thin_film_is_a_resistor():
    # No electrolyte limit: the bulk sits at the outer face, so j = (F c D/L) (1 - exp(F E/RT)) at every scan rate.
    film = (Layer(10e-9, 1.63e-15),)
    curve = oracles.deposition_voltammogram(film, 2000.0, 1e-3)
    limit = oracles.layered_limiting_current(film, 2000.0)
    lag = 10e-9**2 / (3.0 * 1.63e-15) * 1e-3  # the film's own delay shifts the curve by L^2 v/3D in potential
    expected = -limit * (1.0 - np.exp((curve.potential - lag) / THERMAL_VOLTAGE))
    np.testing.assert_allclose(curve.current[100:], expected[100:], atol=1e-4 * limit)


def test_series_resistance_is_consistent_with_its_own_ohmic_drop():
    # The curve with Ru, replotted against E - j Ru, must obey the Ru = 0 boundary condition of the same flux history.
    curve = oracles.deposition_voltammogram((Layer(10e-9, 5.75e-13), BULK), 2000.0, 0.1, (0.0, -0.5), 2.5e-4)
    time, current = curve.time, curve.current
    index = 300
    knots = time[: index + 1]
    slopes = np.diff(current[: index + 1]) / np.diff(knots)
    changes = np.diff(slopes, prepend=0.0)
    # Piecewise-linear current as a sum of ramps, each answered by the transfer, inverted one by one.
    ramp = oracles.inverse_laplace(
        lambda s: oracles.surface_transfer((Layer(10e-9, 5.75e-13), BULK), s) / s**2, time[index] - knots[:-1]
    )
    surface = 2000.0 + float(np.dot(changes, ramp)) / FARADAY
    internal = curve.potential[index] - current[index] * 2.5e-4
    assert surface == pytest.approx(2000.0 * math.exp(internal / THERMAL_VOLTAGE), rel=1e-6)


def test_vanishing_series_resistance_changes_nothing():
    without = oracles.deposition_voltammogram((BULK,), 2000.0, 0.1).current
    tiny = oracles.deposition_voltammogram((BULK,), 2000.0, 0.1, series_resistance=1e-15).current
    np.testing.assert_allclose(tiny, without, rtol=1e-6, atol=1e-9)


def test_deposition_solver_is_second_order():
    def peak(steps):
        return oracles.cathodic_peak(oracles.deposition_voltammogram((BULK,), 2000.0, 0.1, steps=steps))[1]

    exact = FARADAY * 2000.0 * math.sqrt(2e-10 * 0.1 / THERMAL_VOLTAGE) * 0.610503031556
    assert math.log2((peak(100) - exact) / (peak(200) - exact)) > 1.9


FILM_TABLE = [
    # film (D, L) or None, Ru ohm m2, scan end V, j_p mA/cm2 at 1, 10, 100 mV/s, half a unit of the last printed digit
    ((5.75e-13, 10e-9), 0.0, -0.3, (31.8, 93.8, 245.0), (0.05, 0.05, 0.5)),
    ((5.75e-13, 20e-9), 0.0, -0.3, (30.8, 85.5, 196.0), (0.05, 0.05, 0.5)),
    ((1.63e-15, 10e-9), 0.0, -0.3, (2.77, 3.00, 3.09), (0.005, 0.005, 0.005)),
    ((1e-16, 15e-9), 0.0, -0.3, (0.128, 0.128, 0.232), (0.0005, 0.0005, 0.0005)),
    ((1e-18, 15e-9), 0.0, -0.3, (0.002, 0.007, 0.023), (0.0005, 0.0005, 0.0005)),
    (None, 25e-4, -2.5, (15.1, 34.5, 77.1), (0.05, 0.05, 0.05)),
]


@pytest.mark.parametrize(("film", "resistance", "scan_end", "printed", "rounding"), FILM_TABLE)
def test_published_film_table(film, resistance, scan_end, printed, rounding):
    """Peaks of Nernstian deposition, D0 = 2e-10 m2/s, 2 M, against a finite-difference table, to its printed digits."""
    layers = (BULK,) if film is None else (Layer(film[1], film[0]), BULK)
    for rate, expected, half_digit in zip((1e-3, 1e-2, 0.1), printed, rounding, strict=True):
        _, current, interior = oracles.cathodic_peak(
            oracles.deposition_voltammogram(layers, 2000.0, rate, (0.0, scan_end), resistance)
        )
        assert interior
        assert abs(current / 10.0 - expected) <= 1.1 * half_digit
