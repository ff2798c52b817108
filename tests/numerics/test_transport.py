"""Transport operator: hand matrices, exact layered steady flux, layered Warburg values, order of accuracy in space."""

from functools import partial

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from kernels.mesh import Mesh, cell_widths
from kernels.stack import area_specific_resistance, diffusion_resistance, limiting_current
from kernels.transport import apply_conductance, assemble, solve_shifted, surface_transfer
from tests.numerics.cells import electrolyte, layer_stack, random_stack
from tests.reference import oracles
from tests.reference.oracles import Layer

CONCENTRATION = 2000.0


def batch(stacks):
    """Films and electrolytes of stacks of oracle layers, candidate first."""
    return layer_stack([stack[:-1] for stack in stacks]), electrolyte([stack[-1] for stack in stacks], CONCENTRATION)


def one(stack):
    """The same for a single stack, without the candidate axis."""
    return jax.tree.map(lambda x: x[0], batch([stack]))


def dense(operator):
    """Conductance matrix of an operator, written out by hand."""
    face = np.asarray(operator.conductance)
    matrix = np.diag(face + np.concatenate([[0.0], face[:-1]]))
    return matrix - np.diag(face[:-1], 1) - np.diag(face[:-1], -1)


@partial(jax.jit, static_argnums=0)
def transfers(mesh, film, outside, frequency):
    """Transfer functions `[candidate, frequency]`."""
    operator = jax.vmap(partial(assemble, mesh))(film, outside)
    return jax.vmap(lambda one: jax.vmap(partial(surface_transfer, one))(frequency))(operator)


def transfer_errors(mesh, stacks, frequency):
    """Relative deviation of the discrete transfer function from the exact one, `[candidate, frequency]`."""
    expected = np.array([oracles.surface_transfer(stack, frequency) for stack in stacks])
    return np.abs(np.asarray(transfers(mesh, *batch(stacks), jnp.asarray(frequency))) / expected - 1)


@pytest.mark.parametrize("shift", [0.0, 1e4, 2.0 + 5.0j])
def test_solve_shifted_is_the_dense_solve(shift):
    stack = (
        Layer(1e-8, 1e-15, 0.5),
        Layer(3e-8, 1e-14, 1.0, 0.4, 0.3, 1e5),
        Layer(5e-5, 2e-10, transference_number=0.4),
    )
    operator = assemble(Mesh(3, 5, 4.0, 9.0), *one(stack))
    load = np.random.default_rng(1).normal(size=operator.capacity.size)
    expected = np.linalg.solve(dense(operator) + shift * np.diag(np.asarray(operator.capacity)), load)
    found = solve_shifted(operator, jnp.asarray(shift), jnp.asarray(load))
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12 * np.abs(expected).max())
    back = apply_conductance(operator, jnp.asarray(expected.real))
    np.testing.assert_allclose(back, dense(operator) @ expected.real, rtol=1e-9, atol=1e-12 * np.abs(load).max())


def test_solve_shifted_keeps_relative_accuracy_where_a_dense_solve_cannot():
    """Eleven decades of diffusivity side by side: the ladder form has no subtraction to lose digits in."""
    stack = (Layer(1e-7, 1e-21), Layer(1e-9, 1e-10), Layer(2e-7, 1e-20), Layer(5e-5, 2e-10))
    operator = assemble(Mesh(4, 6), *one(stack))
    size = operator.capacity.size
    face, capacity = np.asarray(operator.conductance), np.asarray(operator.capacity)
    with mpmath.workdps(60):
        matrix = mpmath.zeros(size)
        for i in range(size):
            left = mpmath.mpf(face[i - 1]) if i else mpmath.mpf(0)
            matrix[i, i] = left + mpmath.mpf(face[i]) + mpmath.mpf(1e-3) * mpmath.mpf(capacity[i])
            if i + 1 < size:
                matrix[i, i + 1] = matrix[i + 1, i] = -mpmath.mpf(face[i])
        exact = mpmath.lu_solve(matrix, mpmath.matrix([1] + [0] * (size - 1)))
    expected = np.array([float(value) for value in exact])
    found = np.asarray(solve_shifted(operator, jnp.asarray(1e-3), jnp.zeros(size).at[0].set(1.0)))
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    by_lu = np.linalg.solve(dense(operator) + 1e-3 * np.diag(capacity), np.eye(size)[0])
    assert np.abs(by_lu / expected - 1).max() > 1e-11, "the example no longer tells the two apart"


@pytest.mark.parametrize(("cells", "layers"), [(1, 1), (1, 5), (2, 3), (7, 4), (24, 3), (3, 0)])
def test_layered_steady_flux_is_exact_for_any_number_of_cells(cells, layers):
    random = np.random.default_rng(100 * cells + layers)
    stacks = [random_stack(random, layers) for _ in range(10)]
    films, outside = batch(stacks)
    expected = np.array([oracles.layered_limiting_current(stack, CONCENTRATION) for stack in stacks])
    resistance = transfers(Mesh(cells, cells + 1, 5.0, 50.0), films, outside, jnp.zeros(1))[:, 0]
    np.testing.assert_allclose(oracles.FARADAY * CONCENTRATION / resistance, expected, rtol=1e-12)
    np.testing.assert_allclose(jax.vmap(limiting_current)(films, outside), expected, rtol=1e-12)
    np.testing.assert_allclose(jax.vmap(diffusion_resistance)(films, outside), resistance, rtol=1e-12)


def test_ohmic_layers_store_nothing_and_resist_nothing():
    """A single-ion conductor (transference number 1, nothing stored) carries the flux without a change of activity."""
    ohmic = Layer(2e-8, 1e-16, accessible_fraction=0.0, transference_number=1.0)
    outer = (Layer(1e-8, 1e-14), Layer(5e-5, 2e-10, transference_number=0.4))
    frequency = np.array([0.0, 1e-3, 1.0, 1e3])
    with_ohmic = transfers(Mesh(12, 40), *batch([(ohmic, *outer)]), jnp.asarray(frequency))[0]
    without = transfers(Mesh(12, 40), *batch([outer]), jnp.asarray(frequency))[0]
    np.testing.assert_allclose(with_ohmic, without, rtol=1e-12)


def test_area_specific_resistance_is_the_zero_frequency_impedance_of_the_film():
    stack = (Layer(1e-8, 1e-15), Layer(2e-8, 3e-16, 0.5, 1.0, 0.2, 1e5), Layer(5e-5, 2e-10))
    bare = oracles.layered_impedance((stack[-1],), 1e-9, CONCENTRATION).real
    expected = oracles.layered_impedance(stack, 1e-9, CONCENTRATION).real - bare
    found = area_specific_resistance(*one(stack), jnp.asarray(oracles.TEMPERATURE))
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_layered_warburg_values():
    """Film of 10 nm and 1e-15 m2/s before a half space of 2e-10 m2/s at 2 M; the bulk held 2.4 mm away stands for it."""
    expected = {
        1e-2: 1.397922e-3 - 6.708e-5j,
        1.0: 1.335595e-3 - 5.158e-5j,
        1e2: 2.92646e-4 - 3.05869e-4j,
        1e4: 2.97715e-5 * (1 - 1j),
    }
    films, outside = batch([(Layer(1e-8, 1e-15), Layer(2.4e-3, 2e-10))])
    scale = oracles.THERMAL_VOLTAGE / (oracles.FARADAY * CONCENTRATION)
    frequency = jnp.asarray(1j * np.array([*expected]))
    found = scale * transfers(Mesh(300, 600, 30.0, 1e4), films, outside, frequency)[0]
    np.testing.assert_allclose(found, [*expected.values()], rtol=1e-4)


def test_surface_transfer_of_random_stacks():
    random = np.random.default_rng(5)
    stacks = [random_stack(random, 4, diffusivity=(1e-18, 1e-10)) for _ in range(20)]
    errors = transfer_errors(Mesh(300, 400, 300.0, 1e4), stacks, np.array([1e-3, 0.1, 10.0, 10j]))
    print(errors.max())
    assert errors.max() < 1e-3


def test_observed_order_in_space_is_two():
    random = np.random.default_rng(6)
    stacks = [random_stack(random, 3, diffusivity=(1e-17, 1e-10)) for _ in range(20)]
    coarse, fine = (transfer_errors(Mesh(24 * k, 64 * k), stacks, np.array([1e-3, 0.1, 1j])) for k in (4, 8))
    order = np.log2(coarse / fine)
    print(coarse.max(), fine.max(), order.min(), order)
    assert order.min() > 1.9


def test_cells_fill_the_stack():
    film, outside = one((Layer(1e-8, 1e-15), Layer(3e-8, 1e-14), Layer(5e-5, 2e-10)))
    width = np.asarray(cell_widths(Mesh(6, 9), film, outside))
    np.testing.assert_allclose([width[:6].sum(), width[6:12].sum(), width[12:].sum()], [1e-8, 3e-8, 5e-5], rtol=1e-13)
    assert (width > 0).all()
