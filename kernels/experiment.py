"""From a batch of stacks to curves: build the cell, choose the shifts, run or replay."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.cell import Cell, Species
from kernels.drive import Drive
from kernels.electrodes.electrode import Electrode
from kernels.march import Plan, Run, StepControl, Trajectory, plan_and_march, replay
from kernels.mesh import Mesh
from kernels.reduced_order import reduce_batch, shifts
from kernels.response import FullResponse, ModalResponse
from kernels.stack import Electrolyte, LayerStack
from kernels.transport import assemble


class Numerics(eqx.Module):
    """Every numerical choice of a simulation; everything is static.

    Attributes:
        mesh: cell counts and grading.
        order: modes of the reduced order; 0 runs the full order (the slow reference).
        control: time stepping.
        precision: dtype of the stepping, "float64" or "float32"; the set-up is always in float64.
    """

    mesh: Mesh = eqx.field(default_factory=Mesh)
    order: int = eqx.field(static=True, default=28)
    control: StepControl = eqx.field(default_factory=StepControl)
    precision: str = eqx.field(static=True, default="float64")


class Sample(eqx.Module):
    """One batch of candidates, candidate first; every field is traced.

    Attributes:
        stack: films, arrays `[candidate, layer]`.
        electrolyte: arrays `[candidate]`; for a soluble couple, of the oxidised species.
        reduced_electrolyte: arrays `[candidate]`, of the reduced species of a soluble couple, else None.
        reduced_stack: films for the reduced species, or None to use `stack`.
        electrode: arrays `[candidate]`.
        series_resistance: `[candidate]`, ohm m2.
        double_layer_capacitance: `[candidate]`, F m-2.
        temperature: `[candidate]`, K.
    """

    stack: LayerStack
    electrolyte: Electrolyte
    reduced_electrolyte: Electrolyte | None
    reduced_stack: LayerStack | None
    electrode: Electrode
    series_resistance: Float[Array, "candidate"]
    double_layer_capacitance: Float[Array, "candidate"]
    temperature: Float[Array, "candidate"]

    @property
    def species(self) -> tuple[tuple[LayerStack, Electrolyte], ...]:
        """Film and electrolyte of each diffusing species: the oxidised one and, for a couple, the reduced one."""
        first = (self.stack, self.electrolyte)
        if self.reduced_electrolyte is None:
            return (first,)
        return first, (self.stack if self.reduced_stack is None else self.reduced_stack, self.reduced_electrolyte)


def build_cell(sample: Sample, drive: Drive, numerics: Numerics, ohmic: bool, differentiable: bool = False) -> Cell:
    """Discretise and reduce a batch, one lane per candidate and run (lane = candidate * runs + run).

    The shifts span the longest and the shortest times of all runs of one candidate, so a candidate is reduced once
    however many scan rates it sees.

    Args:
        sample: `[candidate]` batch.
        drive: `[segment, candidate * runs]`.
        numerics: static choices.
        ohmic: whether any layer has a resistivity (static; leaves the film's drop out of the hot loop when false).
        differentiable: carry derivatives through the reduction (static).

    Returns:
        Cell with `[..., candidate * runs]` arrays.
    """
    candidates = sample.temperature.shape[0]
    runs = drive.start.shape[1] // candidates
    base_step = drive.duration / jnp.asarray(drive.steps, drive.duration.dtype)[:, None]
    longest = jnp.max(jnp.sum(drive.duration, axis=0).reshape(candidates, runs), axis=1)
    shortest = jnp.min(base_step.reshape(len(drive.steps), candidates, runs), axis=(0, 2))
    longest, shortest = jax.lax.stop_gradient(longest), jax.lax.stop_gradient(shortest)

    def respond(stack, electrolyte):
        operator = jax.vmap(lambda s, e: assemble(numerics.mesh, s, e))(stack, electrolyte)
        if numerics.order == 0:
            return FullResponse(_spread(operator, runs, numerics.precision))
        shift = jax.vmap(lambda long, short: shifts(numerics.order, long, short))(longest, shortest)
        modes = reduce_batch(operator, shift, differentiable)
        return ModalResponse.of(_spread(modes, runs, numerics.precision))

    rest = _spread(
        (sample.electrode, sample.series_resistance, sample.double_layer_capacitance, sample.temperature),
        runs,
        numerics.precision,
    )
    return Cell(
        species=tuple(
            Species(respond(stack, electrolyte), _spread(electrolyte.concentration, runs, numerics.precision))
            for stack, electrolyte in sample.species
        ),
        electrode=rest[0],
        film=_spread(sample.stack, runs, numerics.precision) if ohmic else None,
        series_resistance=rest[1],
        double_layer_capacitance=rest[2],
        temperature=rest[3],
    )


def run_experiment(sample: Sample, drive: Drive, numerics: Numerics, ohmic: bool, record_plan: bool = True) -> Run:
    """Simulate a batch, choosing the time steps.

    Args:
        sample: `[candidate]` batch.
        drive: `[segment, candidate * runs]`.
        numerics: static choices.
        ohmic: whether any layer has a resistivity (static).
        record_plan: keep the steps for `repeat_experiment` (static).

    Returns:
        Run with `[row, candidate * runs]` arrays.
    """
    cell = build_cell(sample, drive, numerics, ohmic)
    return plan_and_march(cell, _cast(drive, numerics.precision), numerics.control, record_plan)


def repeat_experiment(sample: Sample, drive: Drive, numerics: Numerics, ohmic: bool, plan: Plan) -> Trajectory:
    """Simulate a batch along a given plan: what derivatives with respect to `sample` and `drive` are taken through.

    Args:
        sample: `[candidate]` batch.
        drive: `[segment, candidate * runs]`.
        numerics: static choices, those of the plan.
        ohmic: whether any layer has a resistivity (static).
        plan: steps chosen by `run_experiment`.

    Returns:
        Trajectory `[row, candidate * runs]`.
    """
    cell = build_cell(sample, drive, numerics, ohmic, differentiable=True)
    return replay(cell, _cast(drive, numerics.precision), numerics.control, plan)[0]


def _spread(tree, runs, precision):
    """Candidate-first arrays `[candidate, ...]` to lane-last ones `[..., candidate * runs]` of the stepping precision."""
    return jax.tree.map(lambda x: jnp.repeat(jnp.moveaxis(x, 0, -1), runs, axis=-1).astype(precision), tree)


def _cast(tree, precision):
    """Floating leaves in the stepping precision."""
    return jax.tree.map(lambda x: x.astype(precision) if jnp.issubdtype(x.dtype, jnp.floating) else x, tree)
