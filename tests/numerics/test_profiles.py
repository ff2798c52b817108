"""Concentration profiles against Sand's equation, the steady state, and the surface that simulations step."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels.mesh import Mesh
from kernels.stack import Electrolyte, LayerStack, bare_stack
from kernels.transport import assemble
from screening.api.concentration import activity_changes

LIQUID = (1000.0, 1e-9, 0.4, 1e-3)


def operator(stack, mesh):
    with jax.enable_x64(True):
        return jax.device_get(assemble(mesh, stack, Electrolyte(*(jnp.asarray(value) for value in LIQUID))))


def film():
    thickness, diffusivity = np.array([5e-9, 2e-8]), np.array([1e-14, 4e-15])
    partition = np.array([0.5, 2.0])
    rest = [np.ones(2), np.zeros(2), np.zeros(2), np.zeros(2), np.array([0.0, 1e4])]
    return LayerStack(*(jnp.asarray(values) for values in (thickness, diffusivity, partition, *rest)))


def test_constant_current_at_a_bare_electrode_follows_sand():
    """c(0) = c - 2 J sqrt(t / (pi D)) (1 - t+), Sand, Phil. Mag. 1, 45 (1901)."""
    bare = operator(bare_stack(), Mesh(electrolyte_cells=100))
    time = np.concatenate([[0.0], np.geomspace(1e-4, 10.0, 60)])
    flux = np.full(len(time), -1e-4)
    found = activity_changes(bare, time, flux)
    surface = found[:, 0] + float(bare.surface_resistance) * flux
    exact = 2 * flux * np.sqrt(time / (np.pi * 1e-9)) * (1 - 0.4)
    np.testing.assert_allclose(surface[20:], exact[20:], rtol=5e-3)


def test_steady_state_is_the_series_of_resistances():
    stack = film()
    steady = activity_changes(operator(stack, Mesh(4, 20)), np.array([0.0, 1e6, 1e9]), np.full(3, 1e-6))[-1]
    # of the liquid alone, then with the outer layer and its interface, at its innermost node
    liquid = 1e-3 / 1e-9 * 0.6
    outer = 2e-8 / (4e-15 * 2.0) + 1e4
    inner = 5e-9 / (1e-14 * 0.5)
    assert steady[8] == pytest.approx(1e-6 * liquid, rel=2e-2)  # the first node of the liquid
    assert steady[:4].max() < 1e-6 * (liquid + outer + inner)
    assert steady[:4].min() > 1e-6 * (liquid + outer)


def test_content_is_what_the_flux_brought():
    """Before the change reaches the bulk, the stored amount is the integral of the flux times 1 - t+ of the liquid."""
    bare = operator(bare_stack(), Mesh(electrolyte_cells=60))
    time = np.linspace(0.0, 5.0, 40)
    flux = -1e-4 * np.sin(time)
    found = activity_changes(bare, time, flux)
    charge = np.concatenate([[0.0], np.cumsum((flux[1:] + flux[:-1]) / 2 * np.diff(time))])
    np.testing.assert_allclose(found @ bare.capacity, 0.6 * charge, atol=2e-4 * np.abs(charge).max())


def test_second_order_in_time():
    layered = operator(film(), Mesh(4, 20))

    def end(parts):
        time = np.linspace(0.0, 2.0, parts + 1)
        return activity_changes(layered, time, 1e-5 * time)[-1]

    coarse, middle, fine = end(8), end(16), end(256)
    assert np.abs(coarse - fine).max() / np.abs(middle - fine).max() > 3.4


def test_layers_that_store_nothing_follow_at_once():
    empty = eqx.tree_at(lambda stack: stack.accessible_fraction, film(), jnp.zeros(2))
    time, flux = np.array([0.0, 1e-9, 2e-9]), np.array([0.0, 1e-6, 1e-6])
    found = activity_changes(operator(empty, Mesh(3, 10)), time, flux)
    assert np.isfinite(found).all()
    drop = found[1, 0] - found[1, 6]
    assert drop == pytest.approx(1e-6 * (2e-8 / 8e-15 + 1e4 + 5e-9 / 5e-15), rel=0.1)
