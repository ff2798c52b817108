"""From unit coordinates to values."""

import numpy as np
import pytest
from scipy import stats

from screening.sampling.distributions import Choice, Fixed, Normal, Range, Shared

UNIT = (np.arange(2000) + 0.5) / 2000


def test_choice_takes_each_value_equally_often():
    values = Choice((5.0, 1.0, 7.0, 3.0)).quantile(UNIT)
    assert [int((values == value).sum()) for value in (5.0, 1.0, 7.0, 3.0)] == [500] * 4
    assert Choice((1.0, 2.0)).quantile(np.array([1.0])).tolist() == [2.0]


def test_uniform_matches_scipy():
    np.testing.assert_allclose(Range(-2.0, 3.0).quantile(UNIT), stats.uniform(-2, 5).ppf(UNIT), rtol=1e-14, atol=1e-15)


def test_log_uniform_matches_scipy():
    np.testing.assert_allclose(
        Range(1e-21, 1e-10, logarithmic=True).quantile(UNIT), stats.loguniform(1e-21, 1e-10).ppf(UNIT), rtol=1e-12
    )


@pytest.mark.parametrize("logarithmic", [False, True])
def test_a_range_never_leaves_its_ends(logarithmic):
    values = Range(0.1, 0.3, logarithmic=logarithmic).quantile(np.array([0.0, 1.0]))
    assert values.tolist() == [0.1, 0.3]


@pytest.mark.parametrize(
    ("low", "high"),
    [(-np.inf, np.inf), (1.0, np.inf), (-np.inf, 4.0), (2.0, 9.0), (17.0, 18.0), (-30.0, -15.0), (30.0, 31.0)],
)
def test_normal_matches_scipys_truncated_normal(low, high):
    ours = Normal(5.0, 2.0, low, high).quantile(UNIT)
    theirs = stats.truncnorm((low - 5) / 2, (high - 5) / 2, loc=5, scale=2).ppf(UNIT)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    assert ours.min() >= low
    assert ours.max() <= high
    assert (np.diff(ours) >= 0).all()


def test_probability_of_the_truncation():
    assert Normal(0.0, 1.0, -1.0, 1.0).probability() == pytest.approx(0.682689492137, rel=1e-11)
    assert Normal(0.0, 1.0, 10.0, 11.0).probability() == pytest.approx(stats.norm.sf(10) - stats.norm.sf(11), rel=1e-9)


def test_nominal_values():
    assert Range(1.0, 100.0, logarithmic=True).nominal == pytest.approx(10.0)
    assert Choice((9.0, 1.0, 4.0)).nominal == 4.0
    assert Normal(5.0, 1.0).nominal == 5.0
    assert Shared("a", Fixed(2.0)).nominal == 2.0
    assert Shared("a", Range(1.0, 3.0)).bounds == (1.0, 3.0)


@pytest.mark.parametrize(
    ("distribution", "levels"),
    [
        (Range(0.0, 1.0, points=5), [0.0, 0.25, 0.5, 0.75, 1.0]),
        (Range(0.0, 1.0, points=1), [0.5]),
        (Choice((2.0, 1.0)), [2.0, 1.0]),
        (Normal(0.0, 1.0, points=2), [-0.67448975, 0.67448975]),
    ],
)
def test_grid_levels(distribution, levels):
    np.testing.assert_allclose(distribution.quantile(distribution.level_coordinates()), levels, rtol=1e-8)
