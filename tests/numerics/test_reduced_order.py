"""Reduced against full order: transfer functions, and voltammograms along the same steps, over the whole legal range.

The full order here is no code of the kernels: numpy's singular values of every cell's equation, exact in time as the reduced
order is, so that only the reduction differs.
"""

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels.cell import Cell, Species
from kernels.experiment import Numerics
from kernels.march import replay
from kernels.reduced_order import SurfaceModes
from kernels.response import ModalResponse
from kernels.transport import assemble
from tests.numerics import cells

DEFAULT = Numerics()


def operators(sample):
    """Discretised stacks of a sample, candidate first."""
    return jax.jit(jax.vmap(partial(assemble, DEFAULT.mesh)))(sample.stack, sample.electrolyte)


def every_mode(operator, repeats: int) -> SurfaceModes:
    """All modes of each candidate, `[mode, candidate * repeats]`: C u' = -G u + s J without any reduction."""
    rates, residues = [], []
    for capacity, conductance, source in zip(
        *map(np.asarray, (operator.capacity, operator.conductance, operator.source)), strict=False
    ):
        root_capacity, root_conductance = np.sqrt(capacity), np.sqrt(conductance)
        # With w = sqrt(C) u the stiffness is the square of this bidiagonal matrix.
        matrix = np.diag(root_conductance / root_capacity)
        matrix -= np.diag(root_conductance[:-1] / root_capacity[1:], 1)
        _, singular, vectors = np.linalg.svd(matrix)
        rates.append(singular**2)
        residues.append((vectors @ (source / root_capacity)) * vectors[:, 0] / root_capacity[0])
    spread = partial(np.repeat, repeats=repeats, axis=-1)
    return SurfaceModes(
        rate=jnp.asarray(spread(np.array(rates).T)),
        residue=jnp.asarray(spread(np.array(residues).T)),
        direct=jnp.asarray(spread(np.asarray(operator.surface_resistance))),
    )


def random_sample(layers: int, count: int, seed: int, internal_jumps: bool):
    """Random stacks of 1-200 nm and 1e-21 to 1e-10 m2/s at a realistic electrode; t+ jumps at the electrolyte, or everywhere."""
    random = np.random.default_rng(seed)
    stacks = [cells.random_stack(random, layers, transference=internal_jumps) for _ in range(count)]
    stacks = [(*stack[:-1], replace(stack[-1], transference_number=0.4)) for stack in stacks]
    return cells.metal_sample(
        stacks,
        exchange_current_density=10 ** random.uniform(-1, 4, count),
        monolayer_inventory=10 ** random.uniform(-6, -4, count),
        series_resistance=10 ** random.uniform(-5, -3, count),
    ), random


@partial(jax.jit, static_argnames="control")
def along_plan(sample, drive, modes, plan, control):
    """The experiment with every mode instead of the reduced ones."""
    repeats = drive.start.shape[1] // sample.temperature.shape[0]
    spread = partial(jax.tree.map, lambda x: jnp.repeat(x, repeats))
    cell = Cell(
        species=(Species(ModalResponse.of(modes), spread(sample.electrolyte.concentration)),),
        electrode=spread(sample.electrode),
        film=None,
        series_resistance=spread(sample.series_resistance),
        double_layer_capacitance=spread(sample.double_layer_capacitance),
        temperature=spread(sample.temperature),
    )
    return replay(cell, drive, control, plan)[0]


def curve_errors(sample, drive, numerics, repeats=1):
    """Largest deviation on the base nodes after the first base step, in shares of the largest current, `[lane]`."""
    result = cells.run(sample, drive, numerics, ohmic=False)
    assert (np.asarray(result.status) == 1).all()
    full = along_plan(sample, drive, every_mode(operators(sample), repeats), result.plan, numerics.control)
    errors = []
    for lane in range(drive.start.shape[1]):
        rows = cells.base_nodes(result, numerics.control.deepest_level, lane)[1:]
        reduced, exact = (np.asarray(t.current)[rows, lane] for t in (result.trajectory, full))
        errors.append(np.abs(reduced - exact).max() / np.abs(exact).max())
    return np.array(errors)


def cycle(random, count, repeats=1):
    """0.2 V to -0.3 V and back for each lane: one random scan rate a candidate, or five from 10 to 200 mV/s."""
    rates = 10 ** random.uniform(-3, 0, count) if repeats == 1 else np.tile([0.01, 0.02, 0.05, 0.1, 0.2], count)
    return cells.sweep_drive((0.2, -0.3, 0.2), rates, 500)


@pytest.mark.parametrize("layers", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_reduced_curves_are_the_full_ones_to_1e_5(layers):
    """The default order, one scan rate from 1e-3 to 1 V/s a candidate."""
    sample, random = random_sample(layers, 60, layers + 10, internal_jumps=False)
    errors = curve_errors(sample, cycle(random, 60), DEFAULT)
    print(layers, "layers, one scan rate:", errors.max(), np.median(errors))
    assert errors.max() < 1e-5


@pytest.mark.slow
def test_five_scan_rates_share_one_reduction():
    sample, random = random_sample(3, 30, 53, internal_jumps=False)
    errors = curve_errors(sample, cycle(random, 30, 5), DEFAULT, repeats=5)
    print("five scan rates:", errors.max(), np.median(errors))
    assert errors.max() < 1e-5


@pytest.mark.slow
def test_jumps_of_the_transference_number_inside_the_film_need_a_higher_order():
    """The map from flux to activity is then no longer symmetric, and the modes have two spaces to span."""
    sample, random = random_sample(5, 60, 15, internal_jumps=True)
    errors = curve_errors(sample, cycle(random, 60), Numerics(order=32))
    print("internal jumps:", errors.max(), np.median(errors))
    assert errors.max() < 1e-5
