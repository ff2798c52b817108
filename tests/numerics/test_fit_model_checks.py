"""Information criteria, backgrounds taken out by projection and linearised tests of a term, against plain least squares."""

import math
from typing import cast

import jax
import numpy as np
import pytest
from scipy.stats import norm

from kernels.experiment import Sample
from kernels.march import Trajectory
from screening.fitting.background import background_basis
from screening.fitting.information import Information
from screening.fitting.missing_terms import _gain, _orthonormal, _Try
from screening.fitting.residuals import Measured, ResidualLayout, TargetData, residuals

GENERATOR = np.random.default_rng(5)


def test_deviances_differ_as_log_likelihoods_do():
    points, sizes = 50, (1.0, 1.3)
    residuals = [size * GENERATOR.normal(size=points) for size in sizes]
    chi2 = [float(np.sum(residual**2)) for residual in residuals]
    known, estimated = (
        [Information(one, points, points, 3, noise_known, points) for one in chi2] for noise_known in (True, False)
    )
    by_noise = [-2 * norm.logpdf(residual).sum() for residual in residuals]
    assert known[1].deviance - known[0].deviance == pytest.approx(by_noise[1] - by_noise[0])
    # the noise that makes the residuals most likely is their root mean square
    at_best = [-2 * norm.logpdf(residual, scale=math.sqrt(np.mean(residual**2))).sum() for residual in residuals]
    assert estimated[1].deviance - estimated[0].deviance == pytest.approx(at_best[1] - at_best[0])


def test_points_that_repeat_each_other_count_for_less():
    one, fewer = (Information(120.0, 100, 20.0, 4, True, counted) for counted in (100.0, 20.0))
    assert (one.aic, one.bic) == pytest.approx((120 + 8, 120 + 4 * math.log(100)))
    assert (fewer.aic, fewer.bic) == pytest.approx((24 + 8, 24 + 4 * math.log(20)))
    assert fewer.aicc - fewer.aic == pytest.approx(2 * 4 * 5 / 15)
    assert Information(1.0, 100, 4.0, 4, True, 4.0).aicc == math.inf


@pytest.mark.parametrize(("kind", "terms"), [("offset", 2), ("line", 4), ("shared_line", 2)])
def test_a_background_takes_out_what_least_squares_would(kind, terms):
    potential = np.stack([np.linspace(-0.3, 0.2, 40), np.linspace(-0.3, 0.1, 40)], 1)
    weight = np.broadcast_to([3.0, 0.5], (40, 2)).copy()
    weight[30:, 1] = 0.0
    basis = background_basis(kind, potential, weight)
    assert basis is not None
    assert basis.shape == (40, 2, terms)
    deviation = weight * GENERATOR.normal(size=(40, 2))
    line = [weight, weight * potential]
    columns = {
        "offset": [weight * [1, 0], weight * [0, 1]],
        "line": [one * side for one in line for side in ([1, 0], [0, 1])],
        "shared_line": line,
    }
    matrix = np.stack([column.ravel() for column in columns[kind]], 1)
    left = deviation.ravel() - matrix @ np.linalg.lstsq(matrix, deviation.ravel())[0]
    projected = deviation - np.einsum("nct,t->nc", basis, np.einsum("nct,nc->t", basis, deviation))
    np.testing.assert_allclose(projected.ravel(), left, atol=1e-12)


def test_a_term_lowers_chi2_by_what_another_fit_of_a_linear_model_finds():
    count = 200
    jacobian, column = GENERATOR.normal(size=(count, 3)), GENERATOR.normal(size=(count, 1))
    residual = GENERATOR.normal(size=count) - 0.4 * column[:, 0] + 0.2 * jacobian[:, 0]
    taken = _orthonormal(jacobian)
    left = residual - taken @ (taken.T @ residual)
    gain, share, coefficient = _gain(_Try("x", column, 0.0, math.inf, 0.0, 1.0), taken, left, count)
    both = np.concatenate([jacobian, column], 1)
    best = np.linalg.lstsq(both, -residual)[0]
    after = float(np.sum((residual + both @ best) ** 2))
    assert coefficient == pytest.approx(best[3])
    assert share == pytest.approx(1 - after / float(left @ left))
    assert gain == pytest.approx(count * math.log(float(left @ left) / after) - math.log(count))
    # a capacitance that would have to be negative explains nothing, nor does a direction of the free quantities
    assert _gain(_Try("x", -column, 0.0, math.inf, 0.0, 1.0), taken, left, count)[1:] == pytest.approx((0.0, 0.0))
    assert _gain(_Try("x", jacobian[:, :1], 0.0, math.inf, 0.0, 1.0), taken, left, count)[0] == -math.inf


def test_a_curve_on_a_line_has_no_residuals_beside_a_background():
    time = np.linspace(0.0, 1.0, 30)[:, None]
    current = np.sin(3 * time)
    layout = ResidualLayout(1, (0,), (), (0,))
    none, weight = np.zeros(0), np.full((30, 1), 50.0)
    measured = Measured(*(np.array([value]) for value in (0.0, 0.0, 1.0)))
    data = TargetData(time, current + 2.0 - 5.0 * time, weight, none, none, none, np.array([1.0]))
    path = Trajectory(time, time, current, current, current, np.zeros((30, 1), int))
    with jax.enable_x64(True):
        bare, freed = (
            np.asarray(jax.jit(residuals, static_argnums=0)(layout, one, cast(Sample, None), path, measured))
            for one in (data, data._replace(background=background_basis("line", time, weight)))
        )
    assert np.abs(bare).max() > 50.0
    np.testing.assert_allclose(freed, 0.0, atol=1e-9)
    assert (data.profiled, data._replace(background=np.zeros((30, 1, 2))).profiled) == (0, 2)
