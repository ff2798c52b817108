"""Transforms of a fit: round trips, boxes and their slopes."""

import jax.numpy as jnp
import numpy as np
import pytest

from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.fitting.transforms import Affine, Box, Log, Logit
from screening.sampling.distributions import Normal, Range

BOXES = [
    Box(Log(), 1e-18, 1e-10),
    Box(Affine(0.15), -0.25, -0.1),
    Box(Logit(), 0.2, 0.8),
    Box(Logit(-1.0, 3.0), 0.0, 2.0),
]


@pytest.mark.parametrize("box", BOXES)
def test_a_value_survives_the_way_there_and_back(box):
    unit = np.linspace(0.0, 1.0, 11)
    values = box.to_value(unit)
    assert values[0] == pytest.approx(box.low, rel=1e-12)
    assert values[-1] == pytest.approx(box.high, rel=1e-12)
    assert np.all(np.diff(values) > 0)
    np.testing.assert_allclose(box.to_unit(values), unit, atol=1e-12)
    coordinate = box.transform.to_coordinate(values)
    np.testing.assert_allclose(box.transform.to_value(coordinate), values, rtol=1e-12)


@pytest.mark.parametrize("box", BOXES)
def test_numpy_and_jax_agree_and_so_does_the_slope(box):
    unit = np.linspace(0.05, 0.95, 7)
    np.testing.assert_allclose(box.to_value(jnp.asarray(unit)), box.to_value(unit), rtol=1e-14)
    step = 1e-6
    difference = (box.to_value(unit + step) - box.to_value(unit - step)) / (2 * step)
    np.testing.assert_allclose(box.slope(unit), difference, rtol=1e-7)


def test_a_logit_does_not_overflow():
    assert Logit(0.0, 1.0).to_value(np.array([-1e4, 1e4])).tolist() == [0.0, 1.0]


def test_prior_residuals_have_the_slope_of_their_differences():
    entries = FreeParameters(
        (
            FreeParameter("a", "a", "m", "a", Range(1e-9, 1e-7, logarithmic=True)),
            FreeParameter("b", "b", "V", "b", Normal(0.1, 0.02)),
        )
    )
    unit = np.array([[0.3, 0.4], [0.6, 0.7]])
    residual, slope = entries.prior_residuals(unit)
    assert residual.shape == (2, 1)
    assert residual[0, 0] == pytest.approx((0.1 - 0.12 + 0.4 * 0.24 - 0.1) / 0.02)
    shifted, _ = entries.prior_residuals(unit + np.array([0.0, 1e-6]))
    np.testing.assert_allclose(slope[:, 0, 1], (shifted - residual)[:, 0] / 1e-6, rtol=1e-6)
    assert np.all(slope[:, 0, 0] == 0)


@pytest.mark.parametrize(
    ("unit", "prior"),
    [
        ("m", Range(1e-9, 1e-7, logarithmic=True)),
        ("V", Range(-0.1, 0.2)),
        ("1", Range(0.2, 0.9)),
        ("V", Normal(0.1, 0.02)),
        ("V", Normal(0.1, 0.02, low=0.11, high=0.16)),
    ],
)
def test_a_prior_has_the_norm_one_over_the_box(unit, prior):
    place = (np.arange(20_000) + 0.5)[:, None] / 20_000
    density = np.exp(FreeParameters((FreeParameter("a", "a", unit, "a", prior),)).log_prior(place))
    assert np.mean(density) == pytest.approx(1.0, abs=1e-6)


def test_starts_follow_the_seed_and_keep_the_file_s_start():
    entries = FreeParameters((FreeParameter("a", "a", "m", "a", Range(1e-9, 1e-7, logarithmic=True), start=1e-8),))
    first, again, other = entries.starts(8, 0), entries.starts(8, 0), entries.starts(8, 1)
    assert first[0, 0] == pytest.approx(0.5)
    assert np.array_equal(first, again)
    assert not np.array_equal(first[1:], other[1:])
    assert np.all((first >= 0) & (first <= 1))
