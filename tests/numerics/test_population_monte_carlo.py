"""Adaptive importance sampling against posteriors known by integration: narrow, bent, and in two places."""

import numpy as np
import pytest

from screening.errors import StudyError
from screening.fitting.population_monte_carlo import LEAST_EFFECTIVE, Weighted, resample, sample, smoothed


def flat(unit):
    return np.zeros(len(unit))


def narrow(unit):
    return -0.5 * np.sum(((unit - 0.37) / 0.01) ** 2, 1)


def banana(unit):
    bent = unit[:, 1] - 0.2 - 2 * (unit[:, 0] - 0.5) ** 2
    return -0.5 * ((unit[:, 0] - 0.5) / 0.12) ** 2 - 0.5 * (bent / 0.005) ** 2


def two_places(unit):
    """Of seven parts against three; a search from the best of a few starts sees one of them."""
    parts = [np.log(share) - 0.5 * np.sum(((unit - at) / 0.01) ** 2, 1) for share, at in ((0.7, 0.2), (0.3, 0.8))]
    return np.logaddexp(*parts)


def marginals(density, width):
    """Marginal densities on a fine grid of the box `[parameter, place]`; those of more than two quantities are alike."""
    grid = (np.arange(1500) + 0.5) / 1500
    if density is banana:
        joint = np.exp(density(np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2))).reshape(1500, 1500)
        found = np.stack([joint.sum(1), joint.sum(0)])
    else:
        places = {narrow: ((1.0, 0.37),), two_places: ((0.7, 0.2), (0.3, 0.8))}[density]
        one = sum(share * np.exp(-0.5 * ((grid - at) / 0.01) ** 2) for share, at in places)
        found = np.stack([one] * width)
    return grid, found / found.sum(1, keepdims=True)


@pytest.mark.parametrize(("density", "width"), [(narrow, 3), (banana, 2), (two_places, 3), (two_places, 6)])
def test_means_and_intervals_are_those_of_the_density(density, width):
    unit = np.random.default_rng(0).random((4096, width))
    found = sample(density, flat, unit, density(unit), wanted=3000)
    assert found.useful
    assert found.effective > 2000
    grid, expected = marginals(density, width)
    for place, marginal in enumerate(expected):
        mean, order = float(marginal @ grid), np.argsort(found.unit[:, place])
        spread = float(np.sqrt(marginal @ (grid - mean) ** 2))
        assert found.weight @ found.unit[:, place] == pytest.approx(mean, abs=0.1 * spread)
        ends = np.interp([0.025, 0.975], np.cumsum(marginal), grid + 0.5 / 1500)
        drawn = np.interp([0.025, 0.975], np.cumsum(found.weight[order]), found.unit[order, place])
        assert drawn == pytest.approx(ends, abs=0.05 * float(np.diff(ends)[0]))
    again = sample(density, flat, unit, density(unit), wanted=3000)
    np.testing.assert_array_equal(found.weight, again.weight)


def test_a_prior_that_is_not_flat_counts():
    """A normal likelihood of 0.1 about 0.5 under a prior that grows as the square of the coordinate: means by integration."""
    grid = (np.arange(20_000) + 0.5) / 20_000
    density = grid**2 * np.exp(-0.5 * ((grid - 0.5) / 0.1) ** 2)
    unit = np.cbrt(np.random.default_rng(1).random((4096, 1)))
    found = sample(
        lambda one: -0.5 * ((one[:, 0] - 0.5) / 0.1) ** 2,
        lambda one: np.log(3) + 2 * np.log(one[:, 0]),
        unit,
        -0.5 * ((unit[:, 0] - 0.5) / 0.1) ** 2,
    )
    mean = float(density @ grid / density.sum())
    assert found.weight @ found.unit[:, 0] == pytest.approx(mean, abs=0.01)
    assert abs(mean - 0.5) > 0.03


def test_weights_without_a_variance_are_seen():
    """The tail of exp(0.9 x^2) under a normal density goes with the power -1 / 1.8: it has not even a mean."""
    drawn = np.random.default_rng(2).normal(size=4000)
    weight, shape = smoothed(0.9 * drawn**2)
    assert shape > 0.7
    assert not Weighted(drawn[:, None], weight, shape).useful
    even, fine = smoothed(-(drawn**2) / 8)
    assert fine < 0.5
    assert Weighted(drawn[:, None], even, fine).useful
    assert smoothed(np.full(LEAST_EFFECTIVE - 1, 0.0))[1] == np.inf


def test_draws_are_taken_in_proportion_to_their_weights():
    weight = np.arange(200.0)
    chosen = resample(weight, 10_000)
    expected = len(chosen) * weight / weight.sum()
    assert np.abs(np.bincount(chosen, minlength=200) - expected).max() < 1.0
    assert np.abs(np.corrcoef(chosen, np.arange(len(chosen)))[0, 1]) < 0.3


def test_too_few_simulations_are_refused():
    with pytest.raises(StudyError, match="too few simulations: got 100 of 100"):
        sample(narrow, flat, np.full((100, 4), 0.5), np.zeros(100))


def test_tails_that_the_first_draws_never_met_are_found():
    """A normal prior, its bounds six standard deviations away, and a measurement four away: the product is known in closed form."""

    def log_prior(unit):
        return -0.5 * np.sum((12 * (unit - 0.5)) ** 2, 1) + np.log(12 / np.sqrt(2 * np.pi))

    def log_likelihood(unit):
        return -0.5 * np.sum(((12 * (unit - 0.5) - 4) / 0.3) ** 2, 1)

    variance = 1 / (1 + 1 / 0.3**2)
    for seed in range(6):
        unit = 0.5 + np.random.default_rng(seed).normal(size=(4096, 1)) / 12
        found = sample(log_likelihood, log_prior, unit, log_likelihood(unit), seed=seed)
        assert found.useful
        deviate = (12 * (found.unit[:, 0] - 0.5) - variance * 4 / 0.3**2) / np.sqrt(variance)
        mean = found.weight @ deviate
        assert mean == pytest.approx(0.0, abs=0.1)
        assert np.sqrt(found.weight @ (deviate - mean) ** 2) == pytest.approx(1.0, abs=0.05)
