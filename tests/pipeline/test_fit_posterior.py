"""The posterior sampler against the Jacobian's covariance where both must agree: a law that is linear in its quantities."""

import jax.numpy as jnp
import numpy as np
import pytest

import screening as sei
from screening.fitting.law import fit_law
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.fitting.posterior_draws import Posterior
from screening.fitting.sampler import draw
from screening.sampling.distributions import Range

FREE = FreeParameters(
    tuple(FreeParameter(name, name, "V", name, Range(-2.0, 3.0)) for name in ("offset", "slope"))  # far from the bounds
)
X = np.linspace(0.0, 1.0, 40)
SIGMA = 0.1


def line(values, x):
    return values[0] + values[1] * x


@pytest.mark.slow
def test_draws_have_the_covariance_of_the_jacobian():
    pytest.importorskip("blackjax", reason="blackjax (extra bayes) samples the posterior")
    measured = 0.3 + 0.8 * X + SIGMA * np.random.default_rng(0).normal(size=X.size)
    fitted = fit_law(line, X, measured, FREE, standard_uncertainty=np.full(X.size, SIGMA), starts=4)
    scale = fitted.linear.scale

    def log_density(unit):
        values = jnp.stack([entry.box.to_value(unit[place]) for place, entry in enumerate(FREE.entries)])
        return -jnp.sum(((line(values, jnp.asarray(X)) - measured) / SIGMA) ** 2) / (2 * scale)

    found = draw(log_density, FREE, fitted.unit, 2000, warm_up=400, seed=1)
    again = draw(log_density, FREE, fitted.unit, 2000, warm_up=400, seed=1)
    np.testing.assert_array_equal(found.unit, again.unit)
    assert found.unit.shape == (2, 2000, 2)
    assert not found.divergent.any()
    assert max(found.scale_reduction.values()) < 1.01
    assert min(found.independent_samples.values()) > 400
    assert found.warnings == []
    np.testing.assert_allclose(found.covariance, fitted.linear.covariance, rtol=0.15)
    for name in FREE.names:
        low, high = found.interval[name]
        half = 1.96 * fitted.standard_uncertainty[name]
        assert (high - low) / 2 == pytest.approx(half, rel=0.1)
        assert fitted.estimate[name] == pytest.approx((low + high) / 2, abs=0.15 * half)


def test_numbers_that_cannot_be_used():
    with pytest.raises(sei.StudyError, match="draws: got 0"):
        draw(lambda unit: -jnp.sum(unit**2), FREE, np.full(2, 0.5), 0)


def test_chains_that_have_not_met_are_seen():
    chains = np.random.default_rng(0).normal(0.5, 0.01, (2, 100, 2)) + np.array([0.0, 0.1])[:, None, None]
    found = Posterior(FREE, chains, np.zeros((2, 100), bool), np.full((2, 100), 0.8), warm_up=100, seed=0)
    assert min(found.scale_reduction.values()) > 1.5
    assert "have not met" in found.warnings[0]
