"""Diagnostics of chains against what is known of them: first-order autoregressions, shifted, widened and stuck chains."""

import numpy as np
import pytest

from screening.fitting.convergence import independent_samples, sampling_warnings, scale_reduction

CHAINS, DRAWS = 4, 4000


def autoregression(correlation: float, seed: int = 0) -> np.ndarray:
    """Chains `[chain, draw, 1]` of unit variance whose neighbours have this correlation."""
    noise = np.random.default_rng(seed).normal(size=(CHAINS, DRAWS))
    values = np.empty_like(noise)
    values[:, 0] = noise[:, 0]
    for step in range(1, DRAWS):
        values[:, step] = correlation * values[:, step - 1] + np.sqrt(1 - correlation**2) * noise[:, step]
    return values[:, :, None]


@pytest.mark.parametrize("correlation", [-0.3, 0.0, 0.5, 0.9])
def test_independent_draws_of_an_autoregression(correlation):
    """N (1 - r) / (1 + r), exactly so for an infinite chain."""
    draws = autoregression(correlation)
    bulk, tail = independent_samples(draws)
    noise = 0.1 if correlation < 0.9 else 0.25  # of the sums themselves: 9 % between random seeds at 0.9
    assert bulk[0] == pytest.approx(CHAINS * DRAWS * (1 - correlation) / (1 + correlation), rel=noise)
    # an excursion lasts shorter than the chain remembers, on both sides of nothing
    assert (tail[0] > bulk[0]) == (correlation > 0.2) or tail[0] == pytest.approx(bulk[0], rel=0.15)
    assert scale_reduction(draws)[0] < (1.01 if correlation < 0.9 else 1.02)


def test_chains_that_disagree_in_place_or_in_width_are_seen():
    draws = np.random.default_rng(1).normal(size=(2, 1000, 3))
    draws[1, :, 1] += 1.0  # another place
    draws[1, :, 2] *= 4.0  # another width at the same place
    found = scale_reduction(draws)
    assert found[0] < 1.01
    assert found[1] > 1.1
    assert found[2] > 1.1
    # ranks do not see the unit: any monotonic change of a quantity leaves place and samples
    np.testing.assert_allclose(independent_samples(np.exp(draws))[0], independent_samples(draws)[0], rtol=1e-12)


def test_a_drift_within_one_chain_is_seen():
    draws = np.random.default_rng(2).normal(size=(1, 1000, 1)) + np.linspace(0.0, 3.0, 1000)[None, :, None]
    assert scale_reduction(draws)[0] > 1.2
    assert independent_samples(draws)[0][0] < 20


def test_chains_that_do_not_move_count_for_nothing():
    draws = np.tile(np.array([0.2, 0.7])[:, None, None], (1, 100, 1))
    for stuck in (draws, np.full((2, 100, 1), 0.5)):
        assert np.isinf(scale_reduction(stuck)).all()
        assert max(independent_samples(stuck)[0][0], independent_samples(stuck)[1][0]) < 5


def test_every_reason_is_named_and_good_draws_have_none():
    def reasons(reduction=1.0, samples=900.0, chains=2, divergent=0, acceptance=0.85):
        return sampling_warnings(["D"], np.array([reduction]), np.array([samples]), chains, divergent, acceptance)

    assert reasons() == []
    for bad, words in (
        ({"reduction": 1.011}, "D 1.01"),
        ({"reduction": np.inf}, "have not met"),
        ({"samples": 199.0}, "expected at least 200"),
        ({"divergent": 1}, "1 path diverged"),
        ({"acceptance": np.nan}, "steps were not tuned"),
        ({"chains": 1}, "a single chain"),
    ):
        (said,) = reasons(**bad)
        assert words in said
