"""The oracles against each other, against series summed in many digits, and against published tables."""

import math

import mpmath
import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from tests.reference import oracles
from tests.reference.oracles import FARADAY, THERMAL_VOLTAGE


def maximum(function, low, high):
    """Location and height of a smooth maximum."""
    options = {"xatol": 1e-10}
    found = minimize_scalar(lambda x: -float(function(x)), bounds=(low, high), method="bounded", options=options)
    return found.x, -found.fun


# --- current functions ----------------------------------------------------------------------------------------------


def test_reversible_current_function_is_the_polylogarithm():
    xi = np.linspace(-8.0, 8.0, 17)
    exact = [float(-mpmath.re(mpmath.polylog(mpmath.mpf("-0.5"), -mpmath.exp(-value)))) for value in xi]
    np.testing.assert_allclose(oracles.reversible_current_function(xi), exact, rtol=1e-13)


def test_reversible_current_function_matches_the_1964_table(sei_data):
    rows = oracles.reference_table(sei_data, "nicholson_shain_1964_reversible.csv")
    computed = oracles.reversible_current_function(rows[:, 0] * 1e-3 / THERMAL_VOLTAGE)
    np.testing.assert_allclose(computed, rows[:, 2], atol=1.5e-5)  # the column is printed to 1e-5
    np.testing.assert_allclose(computed, rows[:, 1], atol=2.5e-3)  # Nicholson and Shain's own three digits


@pytest.mark.parametrize(
    ("function", "interval", "place", "height"),
    [
        (oracles.reversible_current_function, (-3.0, 1.0), -1.108949, 0.446294694845),
        (oracles.irreversible_current_function, (-2.0, 2.0), -0.208019, 0.495762860477),
        (oracles.berzins_delahay_current_function, (0.1, 3.0), 0.854032657, 0.610503031556),
    ],
)
def test_maxima(function, interval, place, height):
    found, top = maximum(function, *interval)
    assert found == pytest.approx(place, abs=1e-6)
    assert top == pytest.approx(height, abs=2e-12)


@pytest.mark.parametrize(
    ("function", "place", "half_width", "sign"),
    [
        (oracles.reversible_current_function, -1.108949, 2.2023305, 1.0),
        (oracles.irreversible_current_function, -0.208019, 1.8572372, 1.0),
        (oracles.berzins_delahay_current_function, 0.854032657, 0.772494, -1.0),
    ],
)
def test_half_peak_widths(function, place, half_width, sign):
    half = 0.5 * float(function(place))
    edge = brentq(lambda distance: float(function(place + sign * distance)) - half, 0.1, 0.85 if sign < 0 else 5.0)
    assert edge == pytest.approx(half_width, abs=2e-6)


@pytest.mark.parametrize("u", [-2.0, -1.0, 0.0, 2.0, 8.0])
def test_irreversible_current_function_is_its_series(u):
    with mpmath.workdps(120):
        z = mpmath.sqrt(mpmath.pi) * mpmath.exp(-mpmath.mpf(u))
        total, term = mpmath.mpf(0), z
        for k in range(1, 1200):
            total += term
            term *= -z / mpmath.sqrt(k)
        exact = float(total)
    assert float(oracles.irreversible_current_function(u)) == pytest.approx(exact, rel=1e-12)


def test_irreversible_current_function_ends_as_cottrell():
    u = -38.0
    # Far past the peak the current is Cottrell's, 1/sqrt(pi T) (1 + O(1/T)), T counted from z = sqrt(pi) e^-u = 1.
    assert float(oracles.irreversible_current_function(u)) * math.sqrt(math.pi * -u) == pytest.approx(1.0, abs=0.03)


def test_randles_sevcik_and_berzins_delahay_coefficients_in_si():
    peak = -oracles.reversible_voltammogram(-1.108949 * THERMAL_VOLTAGE, 1.0, 1.0, 1.0, 1.0)
    assert float(peak) == pytest.approx(2.686452e5, rel=1e-6)
    deposition = FARADAY / math.sqrt(THERMAL_VOLTAGE) * float(oracles.berzins_delahay_current_function(0.854032657))
    assert deposition == pytest.approx(3.674898e5, rel=1e-6)


def test_reversible_voltammogram_shifts_with_unequal_diffusivities():
    shift = oracles.half_wave_shift(8.43e-10, 1.19e-9)
    assert shift == pytest.approx(THERMAL_VOLTAGE * math.log(math.sqrt(1.19e-9 / 8.43e-10)), rel=1e-12)
    place, _ = maximum(lambda e: -oracles.reversible_voltammogram(e, 0.1, 1.0, 8.43e-10, 1.19e-9, -0.17), -0.25, -0.15)
    assert place == pytest.approx(-0.17 + shift - 1.108949 * THERMAL_VOLTAGE, abs=1e-7)


# --- steady currents, Sand, galvanostatic ---------------------------------------------------------------------------


def test_sand_time_of_the_lithium_case():
    assert oracles.sand_time(1000.0, 2000.0, 2e-10, 0.4) == pytest.approx(16.2, abs=0.06)
    without = oracles.sand_time(1000.0, 2000.0, 2e-10)
    assert oracles.sand_time(1000.0, 2000.0, 2e-10, 0.4) == pytest.approx(without / 0.36, rel=1e-12)


def test_surface_is_empty_at_the_sand_time():
    for transference in (0.0, 0.4):
        tau = oracles.sand_time(1500.0, 2000.0, 2e-10, transference)
        flux = (1.0 - transference) * 1500.0 / FARADAY
        assert abs(float(oracles.galvanostatic_concentration(tau, flux, 2000.0, 2e-10))) < 1e-9


def test_galvanostatic_series_and_images_agree_and_reach_the_steady_state():
    thickness, diffusivity, flux = 50e-6, 2e-10, 1e-3
    around = np.array([0.1 * (1.0 - 1e-9), 0.1 * (1.0 + 1e-9)]) * thickness**2 / diffusivity
    for position in (0.0, 0.3 * thickness):
        early, late = oracles.galvanostatic_concentration(around, flux, 2000.0, diffusivity, thickness, position)
        assert early == pytest.approx(late, rel=1e-8)
        final = oracles.galvanostatic_concentration(1e5, flux, 2000.0, diffusivity, thickness, position)
        assert float(final) == pytest.approx(2000.0 - flux * (thickness - position) / diffusivity, rel=1e-12)


def test_transition_time_tends_to_sand_and_to_the_limiting_current():
    arguments = (2000.0, 2e-10, 50e-6, 0.4)
    limit = oracles.planar_limiting_current(*arguments)
    assert oracles.transition_time(limit, *arguments) == math.inf
    fast = oracles.transition_time(20.0 * limit, *arguments)
    assert fast == pytest.approx(oracles.sand_time(20.0 * limit, 2000.0, 2e-10, 0.4), rel=1e-6)
    slow = oracles.transition_time(1.01 * limit, *arguments)
    assert slow > 2.0 * oracles.sand_time(1.01 * limit, 2000.0, 2e-10, 0.4)


# --- soluble couple -------------------------------------------------------------------------------------------------


def test_reversible_cycle_starts_as_the_polylogarithm():
    cycle = oracles.reversible_cycle(-0.3)
    forward = slice(0, cycle.turn + 1)
    exact = oracles.reversible_current_function(cycle.potential[forward] / THERMAL_VOLTAGE)
    np.testing.assert_allclose(cycle.current_function[forward], exact, atol=1e-14)


def test_reversible_limit_of_the_volterra_solver():
    quadrature = oracles.reversible_cycle(-0.1413, potential_step=2.5e-4)
    volterra = oracles.quasi_reversible_cycle(math.inf, potential_step=2.5e-4)
    difference = np.abs(volterra.current_function - quadrature.current_function)
    assert difference[: quadrature.turn + 1].max() < 5e-6
    # After the turn y has a square-root branch that a piecewise-linear y meets with order 1/2 in its first step only.
    assert difference.max() < 3e-4
    assert difference[quadrature.turn + 20 :].max() < 1e-5


def test_volterra_solver_is_second_order_before_the_turn():
    errors = []
    for step in (2e-3, 1e-3):
        cycle = oracles.quasi_reversible_cycle(math.inf, switching_potential=-0.2, potential_step=step)
        forward = slice(0, cycle.turn + 1)
        exact = oracles.reversible_current_function(cycle.potential[forward] / THERMAL_VOLTAGE)
        errors.append(np.abs(cycle.current_function[forward] - exact).max())
    assert math.log2(errors[0] / errors[1]) > 1.9


@pytest.mark.parametrize("transfer_coefficient", [0.3, 0.5])
def test_irreversible_limit_of_the_volterra_solver(transfer_coefficient):
    kinetic = 1e-5
    cycle = oracles.quasi_reversible_cycle(kinetic, transfer_coefficient, -1.3, 0.0, 5e-4)
    forward = slice(0, cycle.turn + 1)
    scale = math.sqrt(transfer_coefficient)
    offset = math.log(math.sqrt(math.pi) * scale / kinetic)
    u = transfer_coefficient * cycle.potential[forward] / THERMAL_VOLTAGE + offset
    np.testing.assert_allclose(
        cycle.current_function[forward] / scale, oracles.irreversible_current_function(u), atol=3e-5
    )


def test_unequal_diffusivities_scale_lambda_by_gamma_to_alpha():
    equal = oracles.quasi_reversible_cycle(1.0 * 4.0**0.3, 0.3, potential_step=1e-3)
    unequal = oracles.quasi_reversible_cycle(1.0, 0.3, potential_step=1e-3, diffusivity_ratio=16.0)
    np.testing.assert_allclose(unequal.current_function, equal.current_function, rtol=1e-10, atol=1e-14)


def test_nicholson_psi_table(sei_data):
    rows = oracles.reference_table(sei_data, "nicholson_1965_psi_dEp.csv")
    computed = np.array([1e3 * oracles.peak_separation(psi) for psi in rows[:, 0]])
    np.testing.assert_allclose(computed, rows[:, 2], atol=0.02)  # recomputed column, mV
    np.testing.assert_allclose(computed, rows[:, 1], atol=2.4)  # Nicholson's own whole millivolts


@pytest.mark.parametrize("psi", [20.0, 0.1])
def test_richardson_extrapolation_of_the_peak_separation(psi):
    # The finer of the two coarse curves alone is 17 uV off.
    coarse = oracles.peak_separation(psi, potential_step=4e-3)
    assert coarse == pytest.approx(oracles.peak_separation(psi, potential_step=2e-4), abs=6e-6)


def test_reversible_peak_separation_is_the_limit_of_nicholson():
    peaks = oracles.locate_peaks(oracles.reversible_cycle(-0.1413, 0.3, 2e-4))
    separation = peaks.anodic_potential - peaks.cathodic_potential
    assert oracles.peak_separation(2000.0) == pytest.approx(separation, abs=3e-5)
