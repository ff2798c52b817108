"""Mixing rules: printed values, many-digit oracles, bounds, monotony, gradients at the ends and at equal phases."""

import itertools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import root_scalar

from kernels.mixing import (
    MIXING_RULES,
    bruggeman,
    general_effective_media,
    hashin_shtrikman_lower,
    hashin_shtrikman_upper,
    lichtenecker,
    maxwell_eucken,
    parallel,
    percolation,
    series,
)
from kernels.porosity import POROSITY_FACTORS, porosity_factor, porosity_factor_maxwell, porosity_factor_weissberg
from kernels.roots import monotone_root

FEW = settings(max_examples=30, deadline=None)
SMALL = 1e-11  # rounding of the rules, relative
LARGEST_CONTRAST = 1e15


def pair(low, high, fraction):
    """Two phases `[2]` with the volume fraction of the second."""
    return jnp.array([low, high]), jnp.array([1 - fraction, fraction])


SOME_PHASES = st.sampled_from([2, 4])


@st.composite
def mixtures(draw, phases=SOME_PHASES, lanes=32):
    """Conductivities and fractions `[phase, lane]`: contrasts from nothing to 1e15, some phases nearly absent."""
    count, seed = draw(phases), draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    spread = 10 ** random.uniform(-6, np.log10(np.log(LARGEST_CONTRAST)), lanes)
    logarithms = random.uniform(0, 1, (count, lanes)) * spread + random.uniform(-20, 20)
    weights = random.gamma(10 ** random.uniform(-1, 1, lanes), size=(count, lanes)) + 1e-300
    return jnp.asarray(np.exp(logarithms)), jnp.asarray(weights / weights.sum(axis=0))


def ordered(*values):
    """Assert that each array is at least the one before it, up to rounding."""
    for smaller, larger in itertools.pairwise(values):
        assert np.all(np.asarray(smaller) <= np.asarray(larger) * (1 + SMALL))


# --- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fraction", "expected"),
    [
        (0.1, (1.10988, 10.9, 1.32248, 7.85936, 1.40622, 2.14909, 1.58489)),
        (0.3, (1.42248, 30.7, 2.23237, 23.0855, 5.18787, 8.72772, 3.98107)),
        (0.5, (1.98020, 50.5, 3.82857, 40.7186, 27.0953, 23.4787, 10.0)),
    ],
)
def test_table_of_two_phases_one_and_hundred(fraction, expected):
    rules = (
        series,
        parallel,
        hashin_shtrikman_lower,
        hashin_shtrikman_upper,
        bruggeman,
        general_effective_media,
        lichtenecker,
    )
    got = [float(rule(*pair(1.0, 100.0, fraction))) for rule in rules]
    np.testing.assert_allclose(got, expected, rtol=1e-5)


@pytest.mark.parametrize("contrast", [1 + 1e-9, 3.0, 1e6, 1e15])
@pytest.mark.parametrize("fraction", [1e-9, 0.1, 1 / 3, 0.5, 0.999])
def test_bruggeman_is_the_root_of_its_quadratic(contrast, fraction):
    with mpmath.workdps(60):
        c, f = mpmath.mpf(contrast), mpmath.mpf(fraction)
        # 2 s^2 - b s - s1 s2 = 0 for phases 1 and c
        b = (3 * (1 - f) - 1) + c * (3 * f - 1)
        exact = float((b + mpmath.sqrt(b**2 + 8 * c)) / 4)
    got = float(bruggeman(*pair(1.0, contrast, fraction)))
    # at the threshold the root depends on rounding of the fractions themselves, as sqrt(contrast) * eps
    tolerance = 1e-8 if abs(fraction - 1 / 3) < 1e-9 else 1e-13
    assert got == pytest.approx(exact, rel=tolerance)


@pytest.mark.parametrize("contrast", [2.0, 1e4, 1e15])
@pytest.mark.parametrize(("threshold", "exponent"), [(0.16, 2.0), (0.05, 1.7), (0.6, 1.0)])
def test_general_effective_media_solves_its_equation(contrast, threshold, exponent):
    for fraction in (1e-6, 0.1, 0.4, 0.9):
        with mpmath.workdps(40):
            a = (1 - mpmath.mpf(threshold)) / threshold

            def excess(u, fraction=fraction, a=a):
                high, here = mpmath.mpf(contrast) ** (1 / mpmath.mpf(exponent)), mpmath.exp(u / exponent)
                return (1 - mpmath.mpf(fraction)) * (1 - here) / (1 + a * here) + fraction * (high - here) / (
                    high + a * here
                )

            exact = float(mpmath.exp(mpmath.findroot(excess, (0, mpmath.log(contrast)), solver="anderson", tol=1e-60)))
        got = general_effective_media(*pair(1.0, contrast, fraction), threshold=threshold, exponent=exponent)
        assert float(got) == pytest.approx(exact, rel=1e-9)


def test_bruggeman_of_four_phases_against_scipy():
    conductivities = np.array([1e-14, 3e-9, 2.2e-5, 5.8e-2])
    fractions = np.array([0.35, 0.3, 0.25, 0.1])
    root = root_scalar(
        lambda u: np.sum(fractions * (conductivities - np.exp(u)) / (conductivities + 2 * np.exp(u))),
        bracket=(np.log(1e-14), np.log(5.8e-2)),
        xtol=1e-14,
        rtol=1e-14,
    ).root
    assert float(bruggeman(jnp.asarray(conductivities), jnp.asarray(fractions))) == pytest.approx(
        np.exp(root), rel=1e-10
    )


def test_percolation_follows_its_scaling_law():
    assert float(percolation(*pair(1e-9, 1.0, 0.5), threshold=0.2, exponent=2.0)) == pytest.approx(
        (0.3 / 0.8) ** 2, rel=1e-8
    )
    assert float(percolation(*pair(1e-9, 1.0, 0.1), threshold=0.2)) == 1e-9
    # the better conductor percolates, whichever comes first
    swapped = percolation(jnp.array([1.0, 1e-9]), jnp.array([0.5, 0.5]), threshold=0.2)
    assert float(swapped) == pytest.approx((0.3 / 0.8) ** 2, rel=1e-8)


# --- bounds ---------------------------------------------------------------------------------------------------------


@FEW
@given(mixtures())
def test_bounds_of_every_isotropic_mixture(mixture):
    lower, upper = hashin_shtrikman_lower(*mixture), hashin_shtrikman_upper(*mixture)
    ordered(series(*mixture), lower, bruggeman(*mixture), upper, parallel(*mixture))
    ordered(series(*mixture), lichtenecker(*mixture), parallel(*mixture))


@FEW
@given(mixtures(), st.floats(1e-3, 1 / 3))
def test_general_effective_media_stays_within_the_bounds_where_it_is_isotropic(mixture, threshold):
    """GEM has the exact second-order term of isotropic mixtures, 1/6 of the variance of ln s, only for t = 3 - 6 p."""
    effective = general_effective_media(*mixture, threshold=threshold, exponent=3 - 6 * threshold)
    ordered(hashin_shtrikman_lower(*mixture), effective, hashin_shtrikman_upper(*mixture))


def test_usual_general_effective_media_leaves_the_bounds_only_at_small_contrast():
    fraction = jnp.linspace(0.01, 0.99, 99)
    fractions = jnp.stack([1 - fraction, fraction])

    def excess(contrast):
        mixture = (jnp.stack([jnp.ones(99), jnp.full(99, contrast)]), fractions)
        effective = general_effective_media(*mixture, threshold=0.16, exponent=2.0)
        below = hashin_shtrikman_lower(*mixture) / effective
        above = effective / hashin_shtrikman_upper(*mixture)
        return float(jnp.max(jnp.maximum(below, above))) - 1

    for contrast in (1.06, 1.5, 10.0, 1e4, 1e15):
        assert excess(contrast) < SMALL
    assert 1e-8 < excess(1.025) < 2e-7


@FEW
@given(mixtures(phases=st.just(2)))
def test_maxwell_eucken_is_hashin_shtrikman_for_two_phases(mixture):
    conductivities, fractions = mixture
    both = jnp.stack([maxwell_eucken(*mixture, matrix=0), maxwell_eucken(*mixture, matrix=1)])
    np.testing.assert_allclose(jnp.min(both, axis=0), hashin_shtrikman_lower(*mixture), rtol=SMALL)
    np.testing.assert_allclose(jnp.max(both, axis=0), hashin_shtrikman_upper(*mixture), rtol=SMALL)
    # Maxwell's formula as printed; its differences cancel, so it is evaluated in many digits
    with mpmath.workdps(60):
        for lane in range(4):
            sm, si = (mpmath.mpf(float(value)) for value in conductivities[:, lane])
            fi = mpmath.mpf(float(fractions[1, lane])) / sum(mpmath.mpf(float(f)) for f in fractions[:, lane])
            printed = sm * (2 * sm + si - 2 * fi * (sm - si)) / (2 * sm + si + fi * (sm - si))
            bound = sm + fi / (1 / (si - sm) + (1 - fi) / (3 * sm)) if si != sm else sm
            assert float(both[0, lane]) == pytest.approx(float(printed), rel=1e-12)
            assert float(both[0, lane]) == pytest.approx(float(bound), rel=1e-12)


@FEW
@given(mixtures(phases=st.just(2)), st.sampled_from(sorted(MIXING_RULES)))
def test_more_of_the_better_conductor_never_conducts_less(mixture, name):
    rule = MIXING_RULES[name]
    conductivities = jnp.sort(mixture[0], axis=0)
    fraction = jnp.linspace(0.0, 1.0, 41)
    fractions = jnp.stack([1 - fraction, fraction])
    for lane in range(4):
        both = jnp.broadcast_to(conductivities[:, lane, None], fractions.shape)
        values = np.asarray(rule.function(both, fractions, **rule.parameters))
        assert np.all(values[1:] >= values[:-1] * (1 - SMALL))
        np.testing.assert_allclose(values[[0, -1]], conductivities[:, lane], rtol=SMALL)


@FEW
@given(mixtures(), st.sampled_from(sorted(MIXING_RULES)), st.floats(0.0, 3.0))
def test_a_better_phase_never_makes_a_worse_mixture(mixture, name, logarithm):
    rule, (conductivities, fractions) = MIXING_RULES[name], mixture
    if rule.phases is not None:
        conductivities, fractions = conductivities[:2], fractions[:2] / jnp.sum(fractions[:2], axis=0, keepdims=True)
    better = conductivities.at[0].multiply(jnp.exp(logarithm))
    before = rule.function(conductivities, fractions, **rule.parameters)
    after = rule.function(better, fractions, **rule.parameters)
    if name == "percolation":  # another phase may become the one that percolates: a jump of the law itself
        same = jnp.argmax(conductivities, axis=0) == jnp.argmax(better, axis=0)
        before, after = before[same], after[same]
    ordered(before, after)


@FEW
@given(mixtures(phases=st.just(2)), st.sampled_from(sorted(MIXING_RULES)), st.floats(-10.0, 10.0))
def test_rules_scale_with_the_unit(mixture, name, decades):
    rule, (conductivities, fractions) = MIXING_RULES[name], mixture
    once = rule.function(conductivities, fractions, **rule.parameters)
    scaled = rule.function(conductivities * 10**decades, fractions, **rule.parameters)
    np.testing.assert_allclose(scaled, once * 10**decades, rtol=1e-7)  # the threshold of Bruggeman magnifies rounding


# --- gradients and batches ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(MIXING_RULES))
@pytest.mark.parametrize("contrast", [1.0, 1 + 1e-12, 1e3, 1e15, 1e-15])
def test_gradients_are_finite_at_the_ends_and_at_equal_phases(name, contrast):
    rule = MIXING_RULES[name]
    fraction = jnp.array([0.0, 1e-300, 1e-12, 0.16, 1 / 3, 0.5, 1 - 1e-12, 1.0])
    fractions = jnp.stack([1 - fraction, fraction])
    conductivities = jnp.broadcast_to(jnp.array([[1.0], [contrast]]), fractions.shape)
    numbers = {key: value for key, value in rule.parameters.items() if key != "matrix"}
    matrix = {key: value for key, value in rule.parameters.items() if key == "matrix"}

    def total(s, f, parameters):
        return jnp.sum(rule.function(s, f, **parameters, **matrix))

    gradients = jax.grad(total, argnums=(0, 1, 2))(conductivities, fractions, numbers)
    for gradient in jax.tree.leaves(gradients):
        assert np.all(np.isfinite(gradient))
    # what the phases contribute adds up: the rules are homogeneous of degree one (Euler)
    values = rule.function(conductivities, fractions, **rule.parameters)
    np.testing.assert_allclose(jnp.sum(gradients[0] * conductivities, axis=0), values, rtol=1e-6)


@pytest.mark.parametrize("name", sorted(MIXING_RULES))
def test_gradients_agree_with_forward_mode_and_differences(name):
    rule = MIXING_RULES[name]
    phases = rule.phases or 3
    conductivities = jnp.array([1e-3, 0.7, 40.0])[-phases:]
    fractions = jnp.array([0.3, 0.25, 0.45])[-phases:]

    def logarithm(log_conductivities, f):
        return jnp.log(rule.function(jnp.exp(log_conductivities), f, **rule.parameters))

    point = (jnp.log(conductivities), fractions)
    reverse, forward = (kind(logarithm, argnums=(0, 1))(*point) for kind in (jax.grad, jax.jacfwd))
    for number in (0, 1):
        np.testing.assert_allclose(forward[number], reverse[number], rtol=1e-10)
        for phase in range(phases):
            step = jnp.zeros(phases).at[phase].set(1e-6)
            ends = [
                logarithm(*(value + sign * step if number == index else value for index, value in enumerate(point)))
                for sign in (1, -1)
            ]
            difference = float(ends[0] - ends[1]) / 2e-6
            assert difference == pytest.approx(float(reverse[number][phase]), rel=1e-7, abs=1e-9)


def test_bruggeman_gradient_at_an_absent_phase_is_the_dilute_limit():
    """ds/df2 at f2 = 0 is 3 s1 (s2 - s1) / (s2 + 2 s1), Maxwell's single sphere, with f1 = 1 - f2."""
    for contrast in (1e-15, 0.1, 1 + 1e-9, 50.0, 1e15):

        def conductivity(fraction, contrast=contrast):
            return bruggeman(*pair(2.0, 2.0 * contrast, fraction))

        exact = 6.0 * (contrast - 1) / (contrast + 2)
        assert float(jax.grad(conductivity)(0.0)) == pytest.approx(exact, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("name", sorted(MIXING_RULES))
def test_batched_is_the_loop_and_traced_once(name):
    rule, random = MIXING_RULES[name], np.random.default_rng(4)
    phases, lanes = rule.phases or 3, 64
    traces = []

    @jax.jit
    def batch(s, f):
        traces.append(None)
        return rule.function(s, f, **rule.parameters)

    for _ in range(2):
        s = jnp.asarray(10 ** random.uniform(-9, 3, (phases, lanes)))
        f = jnp.asarray(random.dirichlet(np.ones(phases), lanes).T)
        together = batch(s, f)
    assert len(traces) == 1
    apart = [float(rule.function(s[:, lane], f[:, lane], **rule.parameters)) for lane in range(8)]
    np.testing.assert_allclose(together[:8], apart, rtol=1e-12)
    mapped = jax.vmap(lambda x, y: rule.function(x, y, **rule.parameters), in_axes=1)(s, f)
    np.testing.assert_allclose(mapped, together, rtol=1e-12)


def test_parameters_may_differ_from_lane_to_lane():
    s, f = pair(1.0, 1e4, 0.3)
    thresholds, exponents = jnp.array([0.1, 0.2]), jnp.array([1.5, 2.0])
    both = [jnp.broadcast_to(value[:, None], (2, 2)) for value in (s, f)]
    for rule in (general_effective_media, percolation):
        together = rule(*both, threshold=thresholds, exponent=exponents)
        apart = [float(rule(s, f, threshold=p, exponent=t)) for p, t in ((0.1, 1.5), (0.2, 2.0))]
        np.testing.assert_allclose(together, apart, rtol=1e-12)


# --- roots ----------------------------------------------------------------------------------------------------------


def test_monotone_root_and_its_derivatives():
    def root(target):
        return monotone_root(lambda x: x**3 + x - target, jnp.full_like(target, -50.0), jnp.full_like(target, 50.0))

    target = jnp.array([-1e3, -2.0, 0.0, 1e-9, 30.0, 1e5])
    x = root(target)
    np.testing.assert_allclose(x**3 + x, target, rtol=1e-13, atol=1e-15)
    first = jax.grad(lambda t: jnp.sum(root(t)))(target)
    np.testing.assert_allclose(first, 1 / (3 * x**2 + 1), rtol=1e-12)
    second = jax.vmap(jax.grad(jax.grad(lambda t: root(t))))(target)
    np.testing.assert_allclose(second, -6 * x / (3 * x**2 + 1) ** 3, rtol=1e-10, atol=1e-14)


def test_monotone_root_survives_flat_ends():
    """Newton alone would jump out of the bracket: tanh is flat at both ends."""
    root = monotone_root(lambda x: jnp.tanh(40 * (x - 0.3)), jnp.array(-10.0), jnp.array(9.0))
    assert float(root) == pytest.approx(0.3, abs=1e-14)


# --- porosity -------------------------------------------------------------------------------------------------------


def test_porosity_factors():
    porosity = jnp.linspace(0.0, 1.0, 21)
    np.testing.assert_allclose(porosity_factor(porosity), np.linspace(0, 1, 21) ** 1.5, rtol=1e-14)
    np.testing.assert_allclose(porosity_factor(porosity, 2.2), np.linspace(0, 1, 21) ** 2.2, rtol=1e-14)
    inner = np.linspace(0, 1, 21)[1:]
    np.testing.assert_allclose(porosity_factor_weissberg(porosity)[1:], inner / (1 - np.log(inner) / 2), rtol=1e-14)
    # Maxwell's factor is the upper bound with insulating grains
    conductivities = jnp.stack([jnp.full(21, 1e-30), jnp.ones(21)])
    bound = hashin_shtrikman_upper(conductivities, jnp.stack([1 - porosity, porosity]))
    np.testing.assert_allclose(porosity_factor_maxwell(porosity), bound, rtol=1e-12, atol=1e-29)
    for factor in POROSITY_FACTORS.values():
        values = np.asarray(factor(porosity))
        assert values[0] == 0.0
        assert values[-1] == 1.0
        assert np.all(np.diff(values) > 0)
        assert np.all(values <= np.asarray(bound) * (1 + 1e-12) + 1e-29)
        assert np.all(np.isfinite(jax.vmap(jax.grad(factor))(porosity)))
