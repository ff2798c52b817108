"""Operating points of the ammonia models for the tests."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax

from kernels.ammonia import (
    Inventory,
    age_cell,
    calibrated_cell,
    default_chemistry,
    default_dead_layer,
    instant_supply,
    pulse_train,
    pulsed_cell,
    pulsed_state,
    standard_conditions,
    steady_state,
)
from kernels.stack import Electrolyte

LANES = 12
AGES = 201


def operating(ethanol=0.25, pressure=1e5, salt=2000.0, temperature=298.15):
    """Conditions with ethanol in vol %."""
    values = (ethanol / 100, pressure, salt, temperature)
    return eqx.tree_at(
        lambda c: (c.ethanol_fraction, c.nitrogen_pressure, c.salt_concentration, c.temperature),
        standard_conditions(),
        tuple(jnp.asarray(float(value)) for value in values),
    )


def stacked(items):
    """A batch of equal pytrees."""
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *items)


@partial(jax.jit, static_argnames="instant")
def _pulsed(train, conditions, cell, chemistry, instant):
    supply = instant_supply() if instant else None
    one = partial(pulsed_state, chemistry=chemistry, supply=supply)
    return jax.vmap(one)(train, conditions, *cell)


@jax.jit
def _steady(current, conditions, cell, duty):
    return jax.vmap(steady_state)(current, conditions, *cell, duty)


@jax.jit
def _aged(current, time, film, parameters, thickness, resistivity, content):
    electrolyte = Electrolyte(*(jnp.asarray(v) for v in (2000.0, 2e-10, 0.4, 5e-5)))
    fixed = film, parameters, electrolyte, default_dead_layer()
    return age_cell(current, jnp.asarray(1 / 16), time, operating(), *fixed, thickness, resistivity, content)


def cell(salt):
    """Calibrated cell of a salt; a cell (film, parameters) as it is."""
    return calibrated_cell(salt) if isinstance(salt, str) else salt


def run_pulsed(points, chemistry=None, instant=False):
    """Points (salt or cell, mA/cm2, on s, off s, conditions) through one compiled batch; `instant` depletes at once."""
    chunks = []
    for first in range(0, len(points), LANES):
        # always as many lanes, so that one compilation serves every test
        chunk = [*points[first : first + LANES], *[points[-1]] * (first + LANES - len(points))]
        trains = [pulse_train(*(jnp.asarray(float(v)) for v in (10 * j, on, off))) for _, j, on, off, _ in chunk]
        cells = stacked([cell(salt) for salt, *_ in chunk])
        chunks.append(
            _pulsed(stacked(trains), stacked([p[-1] for p in chunk]), cells, chemistry or default_chemistry(), instant)
        )
    return jax.tree.map(lambda *leaves: jnp.concatenate(leaves)[: len(points)], *chunks)


@partial(jax.jit, static_argnums=(4, 5))
def run_cycles(train, conditions, film, parameters, cycles, steps=48):
    """Cycle after cycle from an empty electrode: efficiencies and inventory at the end of each `[cycle]`; instant supply."""
    problem = pulsed_cell._problem(
        True, train, conditions, film, parameters, default_chemistry(), steps, instant_supply()
    )

    def repeat(inventory, _):
        change, extents = pulsed_cell._cycle(problem, inventory)
        end = jax.tree.map(jnp.add, inventory, change)
        return end, (pulsed_cell._efficiency(problem, change, extents), end)

    return lax.scan(repeat, Inventory(jnp.zeros(()), jnp.zeros(())), None, length=cycles)[1]


def run_steady(points):
    """Points (salt, mA/cm2, duty, conditions) through one compiled batch."""
    current, duty = (jnp.asarray([float(p[i]) for p in points]) for i in (1, 2))
    cells = stacked([calibrated_cell(salt) for salt, *_ in points])
    return _steady(10 * current, stacked([p[-1] for p in points]), cells, duty)


def run_aged(current, time, thickness=15e-9, resistivity=0.0, content=0.0):
    """LiDFOB at a duty of 1/16 and `[AGES]` times through one compilation; A m-2, s, m, ohm m, mol m-3."""
    whole = [jnp.broadcast_to(jnp.asarray(v, dtype=jnp.float64), (AGES,)) for v in (time, thickness, resistivity)]
    single = [jnp.asarray(v, dtype=jnp.float64) for v in (current, content)]
    return _aged(single[0], whole[0], *calibrated_cell("LiDFOB"), *whole[1:], single[1])
