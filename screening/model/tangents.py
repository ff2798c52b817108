"""Outputs of candidates and their derivatives along time steps that are kept: what is compiled.

Forward mode through the replay of a march of the full order: the modes of the reduced one carry its response to many digits,
but of films a few nm thin they scatter too much from one candidate to its neighbour to be differentiated. What chooses the
time steps is held: it decides the numerical error, not the answer.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from kernels.drive import Drive
from kernels.experiment import Numerics, Sample, repeat_experiment, run_experiment
from kernels.march import Plan, Trajectory
from kernels.observables.peaks import anodic_peak, cathodic_peak

# The replay is compiled for a multiple of so many time steps.
ROW_BUCKET = 256

Observer = Callable[..., dict[str, Array]]


class Point(NamedTuple):
    """Candidates and what they are subjected to; as tangents, their change with one input.

    Attributes:
        sample: `[candidate, ...]`.
        drive: `[segment, candidate * run]`.
        scan_rates: `[candidate, run]`, V s-1.
    """

    sample: Sample
    drive: Drive
    scan_rates: Float[Array, "candidate run"]


def march(numerics: Numerics, ohmic: bool, point: Point) -> Any:
    """Simulate and choose time steps."""
    run = run_experiment(point.sample, point.drive, numerics, ohmic)
    return run.plan, run.status


def accepted_rows(plan: Plan) -> Plan:
    """A plan without the tries that were rejected, as they change nothing; the same numbers in fewer rows."""
    used = int(np.max(np.sum(np.asarray(plan.accepted), axis=0))) + 1
    rows = -(-used // ROW_BUCKET) * ROW_BUCKET
    return jax.tree.map(lambda values: values[:rows], jax.device_get(accepted_first(plan)))


def accepted_first(plan: Plan) -> Plan:
    """The rows of a plan in the order of time, tries that were rejected at its end."""
    first = jnp.arange(plan.accepted.shape[0])[:, None] == 0  # row 0 is the start
    order = jnp.argsort(~(plan.accepted | first), axis=0, stable=True)
    return jax.tree.map(lambda values: jnp.take_along_axis(values, order, axis=0), plan)


def slopes_along(
    numerics: Numerics,
    ohmic: bool,
    observe: Observer,
    sweeps: tuple[int, ...],
    point: Point,
    plan: Plan | None,
    tangents: Point,
) -> tuple[dict[str, tuple[Array, Array]], dict[str, Array]]:
    """Outputs along given time steps and their change along tangents."""

    def column(tangent):
        along = partial(_along, numerics, ohmic, observe, sweeps, plan)
        return jax.jvp(along, (point,), (tangent,), has_aux=True)

    values, slopes, smooth = jax.vmap(column, out_axes=(None, 0, None))(tangents)
    return {name: (values[name], slopes[name]) for name in values}, smooth


def trajectory_along(numerics: Numerics, ohmic: bool, plan: Plan, point: Point) -> Trajectory:
    """Curves of candidates along given time steps, differentiable by everything in them."""
    trajectory = repeat_experiment(point.sample, point.drive, numerics, ohmic, plan)
    # a plan remembers when its segments began; where the drive changes their lengths, so does the clock
    ends = jnp.cumsum(point.drive.duration, axis=0)
    begins = jnp.take_along_axis(ends - point.drive.duration, trajectory.segment, axis=0)
    clock = trajectory.time + begins - jax.lax.stop_gradient(begins)
    return eqx.tree_at(lambda one: one.time, trajectory, clock)


def _along(numerics, ohmic, observe, sweeps, plan, point):
    """Outputs that are no codes, and whether peaks are smooth."""
    trajectory, smooth = None, {}
    if plan is not None:
        trajectory = trajectory_along(numerics, ohmic, plan, point)
        if sweeps:
            curve = (trajectory.time, trajectory.potential, trajectory.current, trajectory.segment)
            down, up = cathodic_peak(*curve, segments=sweeps), anodic_peak(*curve, segments=sweeps)
            # where a deposit runs out the maximum is a corner, even where three points hide it
            corner = up.is_peak & point.sample.electrode.anodic_peak_is_corner
            smooth = {"cathodic": down.is_smooth, "anodic": up.is_smooth & ~corner}
            smooth = {name: values.reshape(point.scan_rates.shape) for name, values in smooth.items()}
    found = observe(point.sample, point.drive, point.scan_rates, trajectory)
    return {name: values for name, values in found.items() if jnp.issubdtype(values.dtype, jnp.floating)}, smooth
