"""Residuals of many points and their Jacobian: what is compiled.

The march chooses time steps at the point; residuals and derivatives are those of its replay, in forward mode because a
fit has few parameters and many residuals.
"""

from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from kernels.drive import Drive
from kernels.experiment import Numerics, Sample, build_cell, run_experiment
from kernels.march import Plan, replay
from screening.fitting.fit_tables import MEASUREMENT_FIELDS
from screening.fitting.mapping import Slot, fill
from screening.fitting.parameters import FreeParameters
from screening.fitting.residuals import Data, Layout, Measured, residuals


class Recipe(NamedTuple):
    """What is static in a compilation of the engine."""

    layout: Layout
    slots: tuple[Slot, ...]
    parameters: FreeParameters
    fixed: tuple[float, ...]
    ohmic: bool


def choose_steps(recipe: Recipe, numerics: Numerics, sample: Sample, drive: Drive, unit: Any) -> Any:
    """Simulate and choose time steps.

    Args:
        recipe: static.
        numerics: static choices.
        sample: one candidate `[1, ...]`.
        drive: of one candidate `[segment, run]`.
        unit: `[point, parameter]`, in the unit box.

    Returns:
        Plan `[row, point * run]`, accepted steps first; status `[point]`; rows in use.
    """
    filled, driven, _ = candidates_at(recipe, sample, drive, unit)
    run = run_experiment(filled, driven, numerics, recipe.ohmic)
    assert run.plan is not None, "the plan was asked for"
    # Tries that were rejected change nothing: accepted steps first, and the rest can be cut off. Row 0 is the start.
    first = jnp.arange(run.plan.accepted.shape[0])[:, None] == 0
    order = jnp.argsort(~(run.plan.accepted | first), axis=0, stable=True)
    plan = jax.tree.map(lambda values: jnp.take_along_axis(values, order, axis=0), run.plan)
    used = jnp.max(jnp.sum(run.plan.accepted, axis=0)) + 1
    return plan, jnp.max(run.status.reshape(-1, recipe.layout.runs), axis=1), used


def _set_up(recipe, numerics, sample, drive, unit):
    """Everything before the first time step: cells, drives, candidates, and what lies before the instrument."""
    filled, driven, measured = candidates_at(recipe, sample, drive, unit)
    return build_cell(filled, driven, numerics, recipe.ohmic, differentiable=True), driven, filled, measured


def _after(recipe, numerics, data, plan, cell, driven, filled, measured):
    """Residuals `[point, residual]` from cells along given time steps."""
    trajectory, _ = replay(cell, driven, numerics.control, plan)
    return residuals(recipe.layout, data, filled, trajectory, measured)


def linearise(
    recipe: Recipe, numerics: Numerics, sample: Sample, drive: Drive, data: Data, unit: Any, plan: Plan | None
) -> Any:
    """Residuals along given time steps, and their Jacobian by the unit coordinates.

    Args:
        recipe: static.
        numerics: static choices.
        sample: one candidate `[1, ...]`.
        drive: of one candidate `[segment, run]`.
        data: targets.
        unit: `[point, parameter]`.
        plan: time steps `[row, point * run]`; None where no target needs a voltammogram.

    Returns:
        `[point, residual]` and `[point, residual, parameter]`.
    """
    points, count = unit.shape
    set_up = partial(_set_up, recipe, numerics, sample, drive)
    basis = jnp.broadcast_to(jnp.eye(count)[:, None, :], (count, points, count))
    if plan is None:

        def steady(unit):
            filled, _, measured = candidates_at(recipe, sample, drive, unit)
            return residuals(recipe.layout, data, filled, None, measured)

        residual, jacobian = jax.vmap(lambda tangent: jax.jvp(steady, (unit,), (tangent,)), out_axes=(None, 0))(basis)
        return residual, jnp.moveaxis(jacobian, 0, 2)

    def column(tangent):
        begin, change = jax.jvp(set_up, (unit,), (tangent,))
        return jax.jvp(partial(_after, recipe, numerics, data, plan), begin, change)

    residual, jacobian = jax.vmap(column, out_axes=(None, 0))(basis)
    return residual, jnp.moveaxis(jacobian, 0, 2)


def candidates_at(recipe, sample, drive, unit):
    """Candidates, their drive on the model's scale, and what lies between model and instrument."""
    values = recipe.parameters.to_values(unit)
    names = [entry.label for entry in recipe.parameters.entries]
    count = unit.shape[0]
    between = []
    for name, fixed in zip(MEASUREMENT_FIELDS, recipe.fixed, strict=True):
        label = f"measurement.{name}"
        between.append(values[:, names.index(label)] if label in names else jnp.full(count, fixed))
    measured = Measured(*between)
    offset = jnp.repeat(measured.potential_offset, recipe.layout.runs)[None, :]
    tiled = jax.tree.map(lambda part: jnp.tile(jnp.asarray(part), (1, count)), drive)
    driven = eqx.tree_at(lambda one: (one.start, one.stop), tiled, (tiled.start - offset, tiled.stop - offset))
    return fill(sample, recipe.slots, values), driven, measured
