"""Residuals of many points and their Jacobian: what is compiled.

The march chooses time steps at the point; residuals and derivatives are those of its replay, in forward mode because a
fit has few parameters and many residuals.
"""

from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from kernels.experiment import Numerics, build_cell, run_experiment
from kernels.march import Plan, replay
from screening.fitting.fit_tables import MEASUREMENT_FIELDS
from screening.fitting.parameters import FreeParameters
from screening.fitting.residuals import Measured, ResidualLayout, TargetData, residuals
from screening.model.ammonia_operation import Choices, operating_points
from screening.model.candidate import Candidate, assemble
from screening.model.candidate_form import CandidateForm
from screening.model.voltammetry import lanes_of


class Recipe(NamedTuple):
    """What is static in a compilation of the engine.

    `fixed` are the values of [measurement], NaN where one is free; `choices` the words of [ammonia], None for voltammetry.
    """

    layout: ResidualLayout
    form: CandidateForm
    parameters: FreeParameters
    fixed: tuple[float, ...]
    choices: Choices | None = None


Values = Float[Array, "label"] | Float[np.ndarray, "label"]
Unit = Float[Array, "point parameter"]


def choose_steps(recipe: Recipe, numerics: Numerics, values: Values, data: TargetData, unit: Unit) -> Any:
    """Simulate points and choose time steps.

    Plan `[row, point * run]`, accepted steps first; status `[point]`; rows in use; residuals `[point, residual]`.
    """
    points, measured = candidates_at(recipe, values, unit)
    run = run_experiment(points.sample, points.drive, numerics, recipe.form.ohmic)
    assert run.plan is not None, "the plan was asked for"
    # Tries that were rejected change nothing: accepted steps first, and the rest can be cut off. Row 0 is the start.
    first = jnp.arange(run.plan.accepted.shape[0])[:, None] == 0
    order = jnp.argsort(~(run.plan.accepted | first), axis=0, stable=True)
    plan = jax.tree.map(lambda values: jnp.take_along_axis(values, order, axis=0), run.plan)
    used = jnp.max(jnp.sum(run.plan.accepted, axis=0)) + 1
    residual = residuals(recipe.layout, data, points.sample, run.trajectory, measured)
    return plan, jnp.max(run.status.reshape(-1, recipe.layout.runs), axis=1), used, residual


def linearise(
    recipe: Recipe, numerics: Numerics, values: Values, data: TargetData, unit: Unit, plan: Plan | None
) -> tuple[Float[Array, "point residual"], Float[Array, "point residual parameter"]]:
    """Residuals along given time steps, and their Jacobian by the unit coordinates.

    Args:
        recipe: static.
        numerics: static choices.
        values: SI, by the labels of the form; those of free quantities are replaced.
        data: targets.
        unit: points of the unit box.
        plan: time steps `[row, point * run]`; None where no target needs a voltammogram.

    Returns:
        residuals and Jacobian.
    """
    points, count = unit.shape
    basis = jnp.broadcast_to(jnp.eye(count)[:, None, :], (count, points, count))
    if plan is None:

        def steady(unit):
            if recipe.choices is not None:
                return _operating_residuals(recipe, recipe.choices, values, data, unit)
            one, measured = candidates_at(recipe, values, unit)
            return residuals(recipe.layout, data, one.sample, None, measured)

        residual, jacobian = jax.vmap(lambda tangent: jax.jvp(steady, (unit,), (tangent,)), out_axes=(None, 0))(basis)
        return residual, jnp.moveaxis(jacobian, 0, 2)

    set_up = partial(_set_up, recipe, numerics, values)

    def column(tangent):
        begin, change = jax.jvp(set_up, (unit,), (tangent,))
        return jax.jvp(partial(_after, recipe, numerics, data, plan), begin, change)

    residual, jacobian = jax.vmap(column, out_axes=(None, 0))(basis)
    return residual, jnp.moveaxis(jacobian, 0, 2)


def _set_up(recipe, numerics, values, unit):
    """Everything before the first time step: cells, drives, samples, and what lies before the instrument."""
    points, measured = candidates_at(recipe, values, unit)
    cell = build_cell(points.sample, points.drive, numerics, recipe.form.ohmic, differentiable=True)
    return cell, points.drive, points.sample, measured


def _after(recipe, numerics, data, plan, cell, driven, sample, measured):
    """Residuals `[point, residual]` from cells along given time steps."""
    trajectory, _ = replay(cell, driven, numerics.control, plan, reverse=False)
    return residuals(recipe.layout, data, sample, trajectory, measured)


def candidates_at(recipe, values, unit):
    """Candidates with the drive by lane on the model's scale, and what lies between model and instrument."""
    free, names, assembled = _free(recipe, values, unit)
    between = []
    for name, fixed in zip(MEASUREMENT_FIELDS, recipe.fixed, strict=True):
        label = f"measurement.{name}"
        between.append(free[:, names.index(label)] if label in names else jnp.full(unit.shape[0], fixed))
    measured = Measured(*between)
    points = jax.vmap(assembled)(free)
    assert isinstance(points, Candidate), "a fit is of voltammetry"
    drive = lanes_of(points.drive)
    offset = jnp.repeat(measured.potential_offset, recipe.layout.runs)[None, :]
    drive = eqx.tree_at(lambda one: (one.start, one.stop), drive, (drive.start - offset, drive.stop - offset))
    return Candidate(points.sample, drive, points.scan_rates), measured


def _free(recipe, values, unit):
    """Free values `[point, parameter]`, their labels, and a candidate as a function of one point of them and of more values."""
    names = [entry.label for entry in recipe.parameters.entries]
    others = dict(zip(recipe.form.labels, values, strict=True))

    def assembled(point, more=None):
        return assemble(recipe.form, others | dict(zip(names, point, strict=True)) | (more or {}))

    return recipe.parameters.to_values(unit), names, assembled


def _operating_residuals(recipe, choices, values, data, unit):
    """Residuals `[point, residual]` of an ammonia cell at the operating points of its targets."""
    free, _, assembled = _free(recipe, values, unit)

    def at(point, run):
        return assembled(point, {label: column[run] for label, column in data.conditions.items()})

    every = jax.vmap(jax.vmap(at, (None, 0)), (0, None))(free, jnp.arange(recipe.layout.runs))
    operation = jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), every)
    nothing, whole = jnp.zeros(len(unit)), jnp.ones(len(unit))
    found = operating_points(choices, *operation)
    return residuals(recipe.layout, data, operation, None, Measured(nothing, nothing, whole), found)
