"""Steps in series and branches in parallel against differential equations and closed forms that are not ours."""

import jax
import numpy as np
import pytest
from scipy.integrate import solve_bvp
from scipy.optimize import brentq

from kernels.laws import (
    NERNST_SLOPE,
    acidity_factor,
    layers_conductance,
    potential_of_series,
    steps_in_series,
    tafel_current,
)


@pytest.fixture(autouse=True)
def _double():
    with jax.enable_x64(True):
        yield


def test_layers_in_series_carry_what_their_diffusion_equation_gives():
    # c'' = 0 in both layers on the unit interval each, equal flux where they meet, c = 1 outside and 0 at the electrode
    (first, fast), (second, slow) = (100e-6, 2e-9), (10e-6, 1e-10)

    def slope(_, y):
        return np.array([y[1] / fast * first, 0 * y[1], y[3] / slow * second, 0 * y[3]])

    def ends(left, right):
        return np.array([left[0] - 1.0, right[0] - left[2], right[1] - left[3], right[2]])

    solved = solve_bvp(slope, ends, np.linspace(0, 1, 5), np.full((4, 5), 0.5), tol=1e-10)
    assert float(layers_conductance(first, fast, second, slow)) == pytest.approx(-solved.y[1, 0], rel=1e-9, abs=0.0)
    with pytest.raises(ValueError, match="expected pairs"):
        layers_conductance(first, fast, second)


def test_a_first_order_step_behind_a_diffusion_layer():
    # k (c - j / m) = j, the surface concentration of Koutecky and Levich
    rate, transfer, bulk = 3e-5, 2e-5, 0.65
    flux = brentq(lambda j: rate * (bulk - j / transfer) - j, 0.0, 1.0, xtol=1e-18)
    assert float(steps_in_series(rate * bulk, transfer * bulk)) == pytest.approx(flux, rel=1e-12, abs=0.0)
    assert float(steps_in_series(2.0, np.inf)) == 2.0


def test_the_potential_of_a_current_is_the_one_that_carries_it():
    carried = lambda potential: float(steps_in_series(tafel_current(12.0, 0.5, potential), 39.0, 290.0))  # noqa: E731
    for current in (1e-6, 1.0, 20.0, 34.0):
        exact = brentq(lambda potential: carried(potential) - current, -3.0, 3.0, xtol=1e-13)  # noqa: B023
        assert float(potential_of_series(current, 12.0, 0.5, 39.0, 290.0)) == pytest.approx(exact, abs=1e-10)
    assert np.isnan(float(potential_of_series(40.0, 12.0, 0.5, 39.0)))


def test_scales_of_the_potential_agree():
    # protons of activity 10^-pH at a potential against SHE, written against RHE: the same current
    ph, against_rhe, alpha = 4.0, -0.3, 0.6
    against_she = against_rhe - NERNST_SLOPE * ph
    direct = float(tafel_current(1.0, alpha, against_she)) * 10.0 ** (-ph)
    assert float(tafel_current(1.0, alpha, against_rhe) * acidity_factor(alpha, 1.0, ph)) == pytest.approx(
        direct, rel=1e-9
    )
    assert float(acidity_factor(alpha, 0.0, 2.0)) == pytest.approx(10**1.2)
