"""Apparent diffusivity: peak laws recomputed from their series, regressions against scipy, the validity window."""

from functools import partial

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import dawsn
from scipy.stats import linregress

from kernels import observables
from kernels.observables import PEAK_LAWS

apparent_diffusivity = jax.jit(observables.apparent_diffusivity, static_argnames="law")

SCAN_RATES = np.array([0.01, 0.02, 0.05, 0.1, 0.2])
FARADAY, GAS_CONSTANT = 96485.33212, 8.314462618


def peak_slope(diffusivity, concentration, temperature=298.15, law="randles_sevcik", electron_number=1.0):
    """|j_p| / sqrt(v), with a transfer coefficient of 0.3."""
    multiplier = 0.3 if law == "irreversible" else electron_number
    root = np.sqrt(multiplier * FARADAY * diffusivity / (GAS_CONSTANT * temperature))
    return PEAK_LAWS[law].constant * electron_number * FARADAY * concentration * root


def irreversible_series(u):
    """sum_k (-1)^(k+1) (sqrt(pi) e^-u)^k / sqrt((k-1)!), Nicholson & Shain 1964, 10.1021/ac60210a007, eq. 43."""
    with mpmath.workdps(60):
        z = mpmath.sqrt(mpmath.pi) * mpmath.exp(-u)
        return sum((-1) ** (k + 1) * z**k / mpmath.sqrt(mpmath.factorial(k - 1)) for k in range(1, 120))


def test_peak_constants():
    deposition = -minimize_scalar(lambda x: -2 / np.sqrt(np.pi) * dawsn(x), (0.5, 0.9, 1.2), tol=1e-14).fun
    np.testing.assert_allclose(PEAK_LAWS["berzins_delahay"].constant, deposition, rtol=1e-11)
    with mpmath.workdps(30):
        reversible = -mpmath.polylog(-0.5, -mpmath.exp(mpmath.mpf("1.108949")))
    np.testing.assert_allclose(PEAK_LAWS["randles_sevcik"].constant, float(reversible.real), rtol=1e-11)
    irreversible = float(irreversible_series(mpmath.mpf("-0.208019")))
    np.testing.assert_allclose(PEAK_LAWS["irreversible"].constant, irreversible, rtol=1e-11)


@pytest.mark.parametrize(
    ("law", "coefficient", "exponent"),
    [
        ("randles_sevcik", 2.686452e5, 1.5),
        ("berzins_delahay", 3.674898e5, 1.5),
        ("irreversible", 2.984236e5 / 2**0.5, 1),
    ],
)
def test_textbook_coefficients(law, coefficient, exponent):
    """j_p = coefficient n^exponent c sqrt(D v) at 25 C; the irreversible one holds sqrt(alpha) = sqrt(1/2)."""
    for electron_number in (1, 2):
        slope = coefficient * electron_number**exponent * 2000.0 * np.sqrt(1e-9)
        current = jnp.asarray(slope * np.sqrt(SCAN_RATES))[:, None]
        result = apparent_diffusivity(
            current, current > 0, jnp.asarray(SCAN_RATES), 2000.0, law=law, electron_number=float(electron_number)
        )
        np.testing.assert_allclose(result.diffusivity, 1e-9, rtol=4e-5)


@pytest.mark.parametrize("law", list(PEAK_LAWS))
@pytest.mark.parametrize("electron_number", [1.0, 2.0])
def test_exact_law_returns_its_diffusivity(law, electron_number):
    diffusivity = jnp.array([1e-9, 5.75e-13, 1e-18])
    concentration = jnp.array([1.0, 2000.0, 500.0])
    temperature = jnp.array([298.15, 273.0, 340.0])
    slope = peak_slope(diffusivity, concentration, temperature, law, electron_number)
    current = -slope[None, :] * jnp.sqrt(SCAN_RATES)[:, None]
    result = apparent_diffusivity(
        current, current < 0, jnp.asarray(SCAN_RATES), concentration, temperature, law, electron_number, 0.3
    )
    for value in (result.diffusivity, result.diffusivity_through_origin, *result.diffusivity_per_rate):
        np.testing.assert_allclose(value, diffusivity, rtol=1e-12)
    np.testing.assert_allclose(result.scan_rate_exponent, 0.5, rtol=1e-12)
    np.testing.assert_allclose(result.r_squared, 1.0, rtol=1e-12)
    np.testing.assert_allclose(result.intercept / current[0], 0.0, atol=1e-12)
    assert np.all(result.valid)


def test_deposition_peaks_read_by_the_soluble_law_are_1_871_times_too_fast():
    current = peak_slope(1e-10, 2000.0, law="berzins_delahay") * jnp.sqrt(SCAN_RATES)[:, None]
    result = apparent_diffusivity(current, current > 0, jnp.asarray(SCAN_RATES), 2000.0)
    np.testing.assert_allclose(result.diffusivity[0] / 1e-10, 1.8713, rtol=1e-4)


def test_regressions_agree_with_scipy():
    random = np.random.default_rng(1)
    current = 3.0 + 40.0 * SCAN_RATES[:, None] ** 0.5 * (1.0 + 0.05 * random.normal(size=(5, 4)))
    result = apparent_diffusivity(jnp.asarray(current), current > 0, jnp.asarray(SCAN_RATES), 10.0)
    unit = 0.446294694845 * FARADAY * 10.0 * np.sqrt(FARADAY / (GAS_CONSTANT * 298.15))
    for lane in range(4):
        line = linregress(np.sqrt(SCAN_RATES), current[:, lane])
        np.testing.assert_allclose(result.diffusivity[lane], (line.slope / unit) ** 2, rtol=1e-11)
        np.testing.assert_allclose(result.intercept[lane], line.intercept, rtol=1e-11)
        np.testing.assert_allclose(result.r_squared[lane], line.rvalue**2, rtol=1e-11)
        exponent = linregress(np.log(SCAN_RATES), np.log(current[:, lane])).slope
        np.testing.assert_allclose(result.scan_rate_exponent[lane], exponent, rtol=1e-11)
        origin = np.linalg.lstsq(np.sqrt(SCAN_RATES)[:, None], current[:, lane], rcond=None)[0][0]
        np.testing.assert_allclose(result.diffusivity_through_origin[lane], (origin / unit) ** 2, rtol=1e-11)


@pytest.mark.parametrize(
    ("exponent", "valid"),
    [(0.0, False), (0.44, False), (0.46, True), (0.54, True), (0.56, False), (1.0, False), (-0.5, False)],
)
def test_validity_window(exponent, valid):
    current = jnp.asarray(SCAN_RATES**exponent)[:, None]
    result = apparent_diffusivity(current, current > 0, jnp.asarray(SCAN_RATES), 1.0)
    np.testing.assert_allclose(result.scan_rate_exponent[0], exponent, atol=1e-12)
    assert bool(result.valid[0]) is valid
    assert np.all(np.isfinite(result.diffusivity))


def test_one_missing_peak_is_enough_to_refuse():
    current = jnp.asarray(np.sqrt(SCAN_RATES))[:, None] * jnp.ones((1, 3))
    is_peak = jnp.ones((5, 3), bool).at[2, 1].set(False)
    result = apparent_diffusivity(current.at[0, 2].set(jnp.nan), is_peak, jnp.asarray(SCAN_RATES), 1.0)
    np.testing.assert_array_equal(result.valid, [True, False, False])
    assert np.isfinite(result.diffusivity[1])
    assert np.isnan(result.diffusivity[2])
    assert np.isnan(result.scan_rate_exponent[2])


def test_scan_rates_per_lane():
    rates = jnp.asarray(SCAN_RATES)[:, None] * jnp.array([1.0, 7.0])[None, :]
    current = peak_slope(1e-11, 100.0) * jnp.sqrt(rates)
    result = apparent_diffusivity(current, current > 0, rates, 100.0)
    np.testing.assert_allclose(result.diffusivity, 1e-11, rtol=1e-12)


def test_equal_scan_rates_say_nothing():
    result = apparent_diffusivity(jnp.ones((3, 1)), jnp.ones((3, 1), bool), jnp.full(3, 0.1), 1.0)
    assert np.isnan(result.diffusivity[0])
    assert not bool(result.valid[0])


def test_gradients_agree_forward_reverse_and_central():
    random = np.random.default_rng(3)
    current = jnp.asarray(SCAN_RATES[:, None] ** 0.4 * random.uniform(0.9, 1.1, (5, 2)))
    arguments = (current, jnp.array([10.0, 20.0]), jnp.array([298.0, 310.0]))
    direction = (jnp.asarray(random.normal(size=(5, 2))), jnp.array([1.0, -2.0]), jnp.array([3.0, 1.0]))

    def total(arguments):
        current, concentration, temperature = arguments
        result = apparent_diffusivity(current, current > 0, jnp.asarray(SCAN_RATES), concentration, temperature)
        return sum(jnp.sum(leaf / jax.lax.stop_gradient(leaf)) for leaf in jax.tree.leaves(result)[:-1])

    def plain(arguments, scales):
        current, concentration, temperature = arguments
        result = apparent_diffusivity(current, current > 0, jnp.asarray(SCAN_RATES), concentration, temperature)
        return sum(jnp.sum(leaf / scale) for leaf, scale in zip(jax.tree.leaves(result)[:-1], scales, strict=True))

    result = apparent_diffusivity(current, current > 0, jnp.asarray(SCAN_RATES), *arguments[1:])
    scales = jax.tree.leaves(result)[:-1]
    _, forward = jax.jit(partial(jax.jvp, total))((arguments,), (direction,))
    reverse = sum(jnp.vdot(g, d) for g, d in zip(jax.jit(jax.grad(total))(arguments), direction, strict=True))
    h = 1e-6
    up, down = (jax.tree.map(lambda a, d, s=s: a + s * h * d, arguments, direction) for s in (1, -1))
    central = (plain(up, scales) - plain(down, scales)) / (2 * h)
    np.testing.assert_allclose(reverse, forward, rtol=1e-12)
    np.testing.assert_allclose(central, forward, rtol=1e-6)


def test_gradients_stay_finite_beside_a_missing_peak():
    current = jnp.array([[1.0, jnp.nan], [1.4, 0.0], [2.0, 1.0]])

    def total(current):
        result = apparent_diffusivity(current, jnp.isfinite(current), jnp.array([0.01, 0.02, 0.04]), 1.0)
        return jnp.sum(jnp.where(result.valid, result.diffusivity + result.scan_rate_exponent, 0.0))

    gradient = jax.grad(total)(current)
    assert np.all(np.isfinite(gradient))
    assert np.all(np.asarray(gradient)[:, 0] != 0.0)
    np.testing.assert_array_equal(np.asarray(gradient)[:, 1], 0.0)


def test_errors_say_what_to_do():
    one = jnp.ones((1, 1))
    with pytest.raises(ValueError, match=r"peak law: got 'randles_sevick', .* did you mean 'randles_sevcik'\?"):
        apparent_diffusivity(jnp.ones((2, 1)), jnp.ones((2, 1), bool), jnp.array([1.0, 2.0]), 1.0, law="randles_sevick")
    with pytest.raises(ValueError, match="got 1, expected at least 2; add a scan rate"):
        apparent_diffusivity(one, one > 0, jnp.ones(1), 1.0)
