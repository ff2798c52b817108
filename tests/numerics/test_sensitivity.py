"""Sobol' indices and rank correlations against exact values and against another implementation."""

import numpy as np
import pytest

from screening.errors import StudyError
from screening.sensitivities.rank_correlation import rank_correlations
from screening.sensitivities.sobol_indices import indices_of, sobol_design, sobol_indices


def ishigami(unit):
    """Ishigami & Homma (1990) with a = 7, b = 0.1, on -pi to pi."""
    x = np.pi * (2 * unit - 1)
    return (np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))[:, None]


def ishigami_exact():
    one = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2
    two = 49 / 8
    both = 0.01 * np.pi**8 * (1 / 18 - 1 / 50)
    return np.array([one, two, 0.0]) / (one + two + both), np.array([one + both, two, both]) / (one + two + both)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_ishigami(seed):
    found = sobol_indices(ishigami, 3, 2048, seed=seed)
    first, total = ishigami_exact()
    assert np.abs(found.first[:, 0] - first).max() < 0.02
    assert np.abs(found.total[:, 0] - total).max() < 0.02
    # intervals of independent samples hold for a Sobol design, which is better than they know
    assert (np.abs(found.first[:, 0] - first) < found.first_half_width[:, 0]).all()
    assert (np.abs(found.total[:, 0] - total) < found.total_half_width[:, 0]).all()
    assert found.total_half_width.max() < 0.1


def test_linear_function_is_exact():
    slopes = np.array([[3.0, 1e-12], [4.0, 0.0], [0.0, 1e-12]])
    found = sobol_indices(lambda unit: unit @ slopes - 7.0, 3, 16)
    exact = np.array([[0.36, np.nan], [0.64, np.nan], [0.0, np.nan]])
    np.testing.assert_allclose(found.first[:, :1], exact[:, :1], atol=1e-12)
    np.testing.assert_allclose(found.total[:, :1], exact[:, :1], atol=1e-12)
    assert found.first_half_width[:, 0].max() < 1e-12
    # next to 7 the second output varies by rounding only
    assert np.isnan(found.first[:, 1]).all()


def test_scale_and_offset_do_not_matter():
    plain = sobol_indices(ishigami, 3, 64)
    tiny = sobol_indices(lambda unit: 1e-200 * ishigami(unit), 3, 64)
    moved = sobol_indices(lambda unit: ishigami(unit) + 1e3, 3, 64)
    for other in (tiny, moved):
        np.testing.assert_allclose(other.first, plain.first, atol=1e-8)
        np.testing.assert_allclose(other.total_half_width, plain.total_half_width, atol=1e-8)


def test_agrees_with_salib_on_the_same_points():
    sobol = pytest.importorskip("SALib.analyze.sobol")
    samples = 2048
    design = sobol_design(3, samples, seed=5)
    values = ishigami(design.reshape(-1, 3)).reshape(5, samples, 1)
    # their order: A, then each mixed point, then B, sample by sample
    theirs = np.concatenate([values[:1], values[2:], values[1:2]])[:, :, 0].T.ravel()
    problem = {"num_vars": 3, "names": list("abc"), "bounds": [[0, 1]] * 3}
    other = sobol.analyze(problem, theirs, calc_second_order=False, seed=1)
    ours = indices_of(design, values)
    np.testing.assert_allclose(ours.first[:, 0], other["S1"], atol=0.015)
    np.testing.assert_allclose(ours.total[:, 0], other["ST"], atol=0.015)
    np.testing.assert_allclose(ours.total_half_width[:, 0], other["ST_conf"], rtol=0.5)


def test_failures_cost_their_samples_only():
    design = sobol_design(2, 64)
    values = design @ np.array([[1.0, 1.0], [2.0, 2.0]])
    values[2, 5, 0] = np.nan
    values[0, 9, 0] = np.inf
    values[:, :60, 1] = np.nan
    found = indices_of(design, values)
    assert found.used.tolist() == [62, 4]
    np.testing.assert_allclose(found.first[:, 0], [0.2, 0.8], atol=1e-12)
    assert np.isnan(found.total[:, 1]).all()


def test_design_changes_one_input_at_a_time():
    design = sobol_design(4, 32, seed=2)
    assert ((design >= 0) & (design < 1)).all()
    for number in range(4):
        same = np.delete(np.arange(4), number)
        np.testing.assert_array_equal(design[2 + number][:, same], design[0][:, same])
        np.testing.assert_array_equal(design[2 + number][:, number], design[1][:, number])
    assert len(np.unique(design[0], axis=0)) == 32


@pytest.mark.parametrize(("inputs", "samples", "match"), [(200, 64, "too many inputs"), (2, 4, "too few samples")])
def test_impossible_designs(inputs, samples, match):
    with pytest.raises(StudyError, match=match):
        sobol_design(inputs, samples)


def test_rank_correlations_are_spearmans():
    from scipy.stats import spearmanr

    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(60, 3))
    inputs[:, 2] = np.round(inputs[:, 2])  # ties
    outputs = np.stack([np.exp(inputs[:, 0]), inputs[:, 1] + inputs[:, 2], np.ones(60)], 1)
    outputs[7, 1] = np.nan
    found = rank_correlations(inputs, outputs)
    for row in range(3):
        for column in range(2):
            here = np.isfinite(outputs[:, column])
            expected = spearmanr(inputs[here, row], outputs[here, column]).statistic
            assert found[row, column] == pytest.approx(expected, abs=1e-12)
    assert found[0, 0] == pytest.approx(1.0, abs=1e-12)
    assert np.isnan(found[:, 2]).all()
    assert np.isnan(rank_correlations(inputs[:5], outputs[:5])).all()
