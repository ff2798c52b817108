"""Factorisations with lanes last: against many digits, LAPACK and the full order; what a GPU sets up its cells with."""

from functools import partial

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from kernels import reduced_order
from kernels.lane_factorisation import divide, singular_values, triangle_of
from kernels.reduced_order import project_lanes, reduce_batch, shifts
from tests.numerics import test_reduced_order_gradients as gradients
from tests.numerics.test_reduced_order import every_mode, operators, random_sample


def graded(order, seed=0, lanes=3):
    """Upper triangles whose rows differ by twelve decades."""
    random = np.random.default_rng(seed)
    scale = np.logspace(-6, 6, order)[:, None, None]
    return np.triu(random.normal(size=(lanes, order, order)) + 3 * np.eye(order)).transpose(1, 2, 0) * scale


@pytest.mark.parametrize("order", [2, 5, 8])
def test_small_singular_values_keep_their_digits(order):
    matrices = graded(order)
    values, vectors = jax.jit(singular_values)(jnp.asarray(matrices))
    with mpmath.workdps(60):
        for lane in range(3):
            exact = mpmath.svd_r(mpmath.matrix(matrices[..., lane].tolist()), compute_uv=False)
            np.testing.assert_allclose(np.sort(values[:, lane])[::-1], [float(x) for x in exact], rtol=1e-13)
            right = np.asarray(vectors[..., lane])
            np.testing.assert_allclose(right @ right.T, np.eye(order), atol=1e-13)
            stretched = np.linalg.norm(matrices[..., lane] @ right.T, axis=0)
            np.testing.assert_allclose(stretched, values[:, lane], rtol=1e-9)


def test_a_lane_does_not_depend_on_its_neighbours():
    easy, hard = np.repeat(np.eye(6)[..., None], 2, axis=2) + graded(6, lanes=2) * 1e-9, graded(6, seed=2, lanes=2)
    solve = jax.jit(singular_values)
    alone, among = solve(jnp.asarray(easy)), solve(jnp.asarray(np.stack([easy[..., 0], hard[..., 0]], axis=-1)))
    for one, other in zip(alone, among, strict=True):
        assert np.asarray(one[..., 0]).tobytes() == np.asarray(other[..., 0]).tobytes()


def test_triangle_is_that_of_lapack_and_finds_dependent_columns():
    random = np.random.default_rng(3)
    columns, weight = random.normal(size=(9, 4, 2)), random.uniform(0.1, 2.0, (9, 2))
    columns[:, 2, 1] = columns[:, 0, 1] - 2 * columns[:, 1, 1]
    triangle, unit, kept = triangle_of(jnp.asarray(columns), jnp.asarray(weight), 1e-13)
    assert kept.T.tolist() == [[True] * 4, [True, True, False, True]]
    expected = np.linalg.qr(np.sqrt(weight[:, :1]) * columns[..., 0], mode="r")
    np.testing.assert_allclose(triangle[..., 0], np.sign(np.diag(expected))[:, None] * expected, atol=1e-13)
    np.testing.assert_allclose(divide(jnp.asarray(columns), triangle, kept), unit, atol=1e-13)
    assert (np.asarray(unit)[:, 2, 1] == 0).all()


@pytest.mark.parametrize("order", [10, pytest.param(28, marks=pytest.mark.slow)])
def test_reduction_is_as_good_as_with_lapack(order):
    """Transfer functions against every mode of the full order, for random stacks of three layers."""
    sample, _ = random_sample(3, 24, 5, internal_jumps=True)
    operator = operators(sample)
    shift = jnp.tile(shifts(order, 20.0, 1e-2), (24, 1))
    columns = jax.jit(jax.vmap(reduced_order._krylov_columns))(operator, shift)
    full = every_mode(operator, 1)
    frequency = np.logspace(-1, 3, 17)[:, None, None]

    def response(modes):
        rate, residue = np.asarray(modes.rate), np.asarray(modes.residue)
        return (residue / (frequency + rate)).sum(axis=1) + np.asarray(modes.direct)

    exact = response(full)
    lapack = jax.tree.map(lambda x: x.T, jax.jit(reduce_batch)(operator, shift))
    lanes = jax.tree.map(lambda x: x.T, jax.jit(project_lanes)(operator, columns, shift))
    errors = [np.abs(response(modes) - exact).max(axis=0) / np.abs(exact).max(axis=0) for modes in (lanes, lapack)]
    print(order, "modes: lanes", errors[0].max(), "LAPACK", errors[1].max())
    assert (errors[0] <= 1.01 * errors[1] + 1e-9).all()


def test_derivatives_follow_the_full_order(monkeypatch):
    """By the route of a GPU."""
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(jax.lax, "platform_dependent", lambda *batch, cpu, default: default(*batch))
    forward = jax.jit(jax.jacfwd(partial(gradients.response_of, reduced=True)))
    monkeypatch.setattr(gradients, "forward", forward)
    monkeypatch.setattr(gradients, "backward", forward)
    gradients.test_derivatives_follow_the_full_order((20e-9, 20e-9, 20e-9), (3e-14, 1e-16, 1e-11))
