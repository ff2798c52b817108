"""Designs on the unit cube: independence of the chunking, stratification, uniformity."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import qmc

from screening.errors import StudyError
from screening.sampling.designs import Axis, grid_size, sample_values, unit_coordinates
from screening.sampling.distributions import Choice, Range
from screening.sampling.latin_hypercube import latin_hypercube_points, permutation
from screening.sampling.sobol_sequence import MAX_DIMENSIONS, sobol_points
from screening.sampling.streams import random_words

LABELS = [f"axis {number}" for number in range(8)]
AXES = [Axis(label, number, Range(0.0, 1.0)) for number, label in enumerate(LABELS)]


def test_plain_sobol_is_scipys_sequence():
    ours = sobol_points(range(MAX_DIMENSIONS), 0, 2048)
    theirs = qmc.Sobol(MAX_DIMENSIONS, scramble=False, bits=52).random(2048).T
    # ours sit in the middle of cells of 2^-52
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=2.0**-52)


def test_plain_sobol_far_out_is_scipys_sequence():
    # 30 bits hold these points exactly, and scipy can only jump with that many
    theirs = qmc.Sobol(5, scramble=False)
    theirs.fast_forward(3_000_017)
    np.testing.assert_allclose(
        sobol_points(range(5), 3_000_017, 3_000_117), theirs.random(100).T, rtol=0, atol=2.0**-52
    )


def test_scrambled_sobol_keeps_the_net():
    """The scramble must leave exactly one of each 2^k aligned points in each of 2^k intervals, in every dimension."""
    points = sobol_points(range(8), 3 * 1024, 4 * 1024, seed=11, labels=LABELS)
    for row in points:
        assert sorted((row * 1024).astype(int)) == list(range(1024))
    # and in two dimensions, one point in each of 32 x 32 boxes for the first pair, a (0, m, 2) net
    boxes = (points[0] * 32).astype(int) * 32 + (points[1] * 32).astype(int)
    assert len(set(boxes)) == 1024


def test_scrambled_sobol_is_uniform_and_even():
    points = sobol_points(range(8), 0, 4096, seed=5, labels=LABELS)
    assert abs(points.mean(axis=1) - 0.5).max() < 1e-3
    assert abs(np.corrcoef(points) - np.eye(8)).max() < 0.02
    random = unit_coordinates("random", AXES, 1024, 0, 1024, seed=5)
    assert qmc.discrepancy(points.T[:1024]) < 0.2 * qmc.discrepancy(random.T)


def test_scramble_depends_on_seed_and_label():
    first = sobol_points([0], 0, 16, seed=1, labels=["a"])
    assert not np.array_equal(first, sobol_points([0], 0, 16, seed=2, labels=["a"]))
    assert not np.array_equal(first, sobol_points([0], 0, 16, seed=1, labels=["b"]))
    # over many seeds the first point is uniform: the digital shift reaches every bit
    firsts = [sobol_points([3], 0, 1, seed=seed, labels=["a"])[0, 0] for seed in range(200)]
    assert stats.kstest(firsts, "uniform").pvalue > 1e-3


def test_unknown_design_names_the_nearest():
    with pytest.raises(StudyError, match='did you mean "sobol"'):
        unit_coordinates("sobel", AXES, 1, 0, 1, seed=0)


def test_too_many_dimensions_for_sobol():
    with pytest.raises(StudyError, match='got 257, expected at most 256; use design = "random"'):
        sobol_points([MAX_DIMENSIONS], 0, 1)


@settings(max_examples=60, deadline=None)
@given(
    design=st.sampled_from(["sobol", "latin_hypercube", "random"]),
    start=st.integers(0, 5000),
    before=st.integers(0, 300),
    count=st.integers(1, 300),
    after=st.integers(0, 300),
)
def test_a_sample_has_the_same_bits_in_every_chunk(design, start, before, count, after):
    first, last = max(start - before, 0), start + count + after
    wide = unit_coordinates(design, AXES, 10_000, first, last, seed=3)
    narrow = unit_coordinates(design, AXES, 10_000, start, start + count, seed=3)
    assert np.array_equal(wide[:, start - first : start - first + count], narrow)
    assert narrow.min() > 0
    assert narrow.max() < 1


@pytest.mark.parametrize("design", ["sobol", "latin_hypercube", "random"])
def test_an_axis_does_not_depend_on_the_other_axes(design):
    alone = unit_coordinates(design, AXES[2:3], 100, 0, 100, seed=3)
    among = unit_coordinates(design, AXES, 100, 0, 100, seed=3)
    assert np.array_equal(alone[0], among[2])


@pytest.mark.parametrize("samples", [1, 2, 3, 5, 64, 100, 1000, 4097])
def test_latin_hypercube_has_one_sample_in_each_stratum(samples):
    for row in latin_hypercube_points(samples, 0, samples, seed=1, labels=LABELS[:3]):
        assert sorted(np.floor(row * samples).astype(int)) == list(range(samples))


def test_latin_hypercube_strata_hold_for_a_huge_design():
    samples = 2**32
    points = latin_hypercube_points(samples, samples - 2000, samples, seed=1, labels=["a"])[0]
    strata = permutation(samples, samples - 2000, samples, seed=1, label="stratum a")
    assert np.array_equal(np.floor(points * samples).astype(np.int64), strata)


def test_latin_hypercube_axes_are_independent_and_shuffled():
    points = latin_hypercube_points(4096, 0, 4096, seed=9, labels=LABELS)
    assert abs(np.corrcoef(points) - np.eye(8)).max() < 5 / np.sqrt(4096)
    # neighbours in a row are unrelated too: the permutation is not a shift
    assert abs(np.corrcoef(points[0, :-1], points[0, 1:])[0, 1]) < 5 / np.sqrt(4096)


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 3000), seed=st.integers(0, 2**31))
def test_permutation_is_one_to_one(size, seed):
    assert np.array_equal(np.sort(permutation(size, 0, size, seed=seed, label="a")), np.arange(size))


def test_random_design_is_uniform_and_independent():
    points = unit_coordinates("random", AXES, 20_000, 0, 20_000, seed=0)
    for row in points:
        assert stats.kstest(row, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(points) - np.eye(8)).max() < 5 / np.sqrt(20_000)


def test_random_words_are_philox():
    """The first four words of stream k are Philox4x64-10 of counter 1, as numpy counts, under the stream's key."""
    from screening.sampling.streams import stream_key

    generator = np.random.Philox(key=np.array(stream_key(4, "x"), dtype=np.uint64))
    assert np.array_equal(random_words(4, "x", 0, 11), generator.random_raw(11))


def test_grid_holds_every_combination_once():
    axes = [
        Axis("a", 0, Choice((3.0, 1.0, 2.0))),
        Axis("b", 1, Range(1.0, 100.0, logarithmic=True, points=3)),
        Axis("c", 2, Range(0.0, 1.0, points=2)),
    ]
    assert grid_size(axes) == 18
    values = sample_values("grid", axes, 18, 0, 18, seed=0)
    rows = np.round(np.column_stack([values["a"], values["b"], values["c"]]), 12)
    assert {tuple(row) for row in rows} == {(a, b, c) for a in (1, 2, 3) for b in (1, 10, 100) for c in (0, 1)}
    # the last axis varies fastest, lists keep their order, and chunks are parts of the whole
    assert values["a"][0] == 3.0
    assert values["c"][:2].tolist() == [0.0, 1.0]
    part = sample_values("grid", axes, 18, 5, 11, seed=0)
    assert all(np.array_equal(part[label], values[label][5:11]) for label in values)
