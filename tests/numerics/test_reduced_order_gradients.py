"""Derivatives of the reduced response against those of the full one: dense matrices, no recursion and no projection."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels.experiment import Numerics
from kernels.reduced_order import SurfaceModes, reduce_batch, shifts
from kernels.response import ModalResponse
from kernels.stack import LayerStack
from kernels.transport import Electrolyte, assemble

DEFAULT = Numerics()
ELECTROLYTE = Electrolyte(*(jnp.asarray(value) for value in (2000.0, 2e-10, 0.4, 60e-6)))
SHIFT = shifts(DEFAULT.order, 20.0, 1e-2)
FREQUENCY = jnp.logspace(-1, 2, 13)


def response_of(logarithms, reduced: bool):
    """Surface response at some frequencies, by the logarithms of thickness and diffusivity `[2, layer]`."""
    thickness, diffusivity = jnp.exp(logarithms)
    same = jnp.ones_like(thickness)
    stack = LayerStack(thickness, diffusivity, 0.1 * same, same, same, 0 * same, 3e-10 * same, 0 * same)
    operator = assemble(DEFAULT.mesh, stack, ELECTROLYTE)
    if reduced:
        modes = reduce_batch(jax.tree.map(lambda x: x[None], operator), SHIFT[None], differentiable=True)
        return jnp.sum(modes.residue / (FREQUENCY[:, None] + modes.rate), axis=1) + modes.direct
    between = operator.conductance[:-1]
    stiffness = jnp.diag(operator.conductance.at[1:].add(between)) - jnp.diag(between, 1) - jnp.diag(between, -1)
    # scaled by the capacity, where the fastest cell is 1e15 times faster than the slowest mode
    root = jnp.sqrt(operator.capacity)
    scaled = stiffness / root[:, None] / root[None, :]

    def at(frequency):
        inner = jnp.linalg.solve(scaled + frequency * jnp.eye(len(root)), operator.source / root)
        return inner[0] / root[0] + operator.surface_resistance

    return jax.vmap(at)(FREQUENCY)


full_order = partial(response_of, reduced=False)
reduced_order = partial(response_of, reduced=True)
response = jax.jit(full_order)
exact_derivatives = jax.jit(jax.jacfwd(full_order))
forward = jax.jit(jax.jacfwd(reduced_order))
backward = jax.jit(jax.jacrev(reduced_order))


@pytest.mark.parametrize(
    ("thickness", "diffusivity"),
    [
        ((5e-9, 5e-9, 5e-9), (5e-13, 6e-13, 1e-12)),
        ((20e-9, 20e-9, 20e-9), (3e-14, 1e-16, 1e-11)),
        ((200e-9, 30e-9, 2e-9), (1e-13, 1e-15, 1e-19)),
    ],
    ids=["nm-thin, where rounding decides the modes", "slow in the middle", "decades apart"],
)
def test_derivatives_follow_the_full_order(thickness, diffusivity):
    point = jnp.log(jnp.array([thickness, diffusivity]))
    exact = exact_derivatives(point)
    # what passes through slow layers dies away with the frequency, and counts for nothing then
    scale = np.abs(response(point)).max()
    np.testing.assert_allclose(forward(point), exact, rtol=0, atol=1e-6 * scale)
    np.testing.assert_allclose(backward(point), exact, rtol=0, atol=1e-6 * scale)
    assert np.abs(exact).max() > 1e-4 * scale


def test_a_mode_that_only_integrates_has_finite_derivatives_backwards():
    def surface(rate, duration):
        modes = SurfaceModes(rate, jnp.full_like(rate, 2.0), jnp.zeros_like(duration))
        return jnp.sum(ModalResponse.of(modes).predict(jnp.zeros_like(rate), duration).from_new)

    # w1 = h (1/2 - x / 6 + ...) of a mode at rest: dw1/dh = 1/2 and dw1/d rate = -h2 / 6; float32 overflows first
    at = jnp.asarray([[0.0], [1e-20]], jnp.float32), jnp.asarray([1e-3], jnp.float32)
    by_rate, by_duration = jax.jit(jax.grad(surface, (0, 1)))(*at)
    np.testing.assert_allclose(by_rate, -2e-6 / 6, rtol=1e-6)
    np.testing.assert_allclose(by_duration, 2.0, rtol=1e-6)
