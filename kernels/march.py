"""Time stepping of a batch: every lane has its own clock on a shared grid of base steps.

A base step is split dyadically where the current bends (after a jump of the drive, at the plating onset, where the
metal inventory runs out), so the nodes of the base grid are always met. `plan_and_march` chooses the steps; `replay`
repeats a chosen plan and is what derivatives are taken through: control decisions never enter a derivative.
"""

from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int, UInt8

from kernels.cell import Cell, CellState, FluxShape, initial_state, predict_species, take_step
from kernels.charge_transfer import ROOT, differentiable_current
from kernels.drive import Drive, DriveStep, step_of
from kernels.fused.lane_kernel import by_platform, card_found, on_blocks, tell_usual
from kernels.fused.processor_kernel import compiler_version, on_vectors
from kernels.fused.row_loop import Kernel, fused_rows
from kernels.fused.row_rules import NotOfLanes
from kernels.status import Status
from kernels.step_clock import (
    Setting,
    StepControl,
    advance_clock,
    attempt_step,
    first_clock,
    judge,
    place_after,
    setting_of,
)


class Trajectory(eqx.Module):
    """Curves of every lane at the accepted steps; rejected tries and the tail repeat the point before them.

    Attributes:
        time: `[row, lane]`, s, non-decreasing.
        potential: `[row, lane]`, V, at the terminals.
        current: `[row, lane]`, A m-2, oxidation positive, double layer included.
        charge: `[row, lane]`, C m-2, cumulative faradaic.
        surface_activity: `[row, lane]`, of the oxidised form, relative.
        segment: `[row, lane]`, index of the segment that the point ends.
    """

    time: Float[Array, "*row lane"]
    potential: Float[Array, "*row lane"]
    current: Float[Array, "*row lane"]
    charge: Float[Array, "*row lane"]
    surface_activity: Float[Array, "*row lane"]
    segment: Int[Array, "*row lane"]


class Plan(eqx.Module):
    """Which step each row took; arrays `[row, lane]`, never differentiated.

    Attributes:
        node: base step.
        position: ticks into it.
        size: ticks of the step.
        flatness: of the flux over the step, from 0 (linear) to 1 (constant).
        multistep: whether the flux started from the mean of the step before.
        bent: whether it bent as over the last two steps.
        accepted: whether the step counts.
        segment_begin: s, when the segment of the row began.
    """

    node: Int[Array, "*row lane"]
    position: Int[Array, "*row lane"]
    size: Int[Array, "*row lane"]
    flatness: Float[Array, "*row lane"]
    multistep: Bool[Array, "*row lane"]
    bent: Bool[Array, "*row lane"]
    accepted: Bool[Array, "*row lane"]
    segment_begin: Float[Array, "*row lane"]


class Run(eqx.Module):
    """A finished march.

    Attributes:
        trajectory: the curves.
        plan: the steps behind them, or None if they were not recorded.
        final: state of the cell at the end.
        status: `[lane]`, uint8 codes of `kernels.status`.
        rows: number of rows used by the slowest lane.
    """

    trajectory: Trajectory
    plan: Plan | None
    final: CellState
    status: UInt8[Array, "lane"]
    rows: Int[Array, ""]


def plan_and_march(cell: Cell, drive: Drive, control: StepControl, record_plan: bool = True, fused: bool = True) -> Run:
    """Run the experiment of every lane, choosing each lane's steps.

    Args:
        cell: batch of cells.
        drive: batch of experiments.
        control: static choices.
        record_plan: keep the steps for `replay` (static).
        fused: take one kernel for all steps where there is one for the platform (static).

    Returns:
        Run. A lane that fails carries its status; the other lanes do not change by a bit.
    """
    rows = control.rows(drive.steps)
    lanes, dtype = drive.start.shape[1], drive.start.dtype
    begin_potential = _rest_potential(cell, drive)
    state = initial_state(cell, begin_potential)
    valid = _finite(cell, lanes) & _finite(drive, lanes, skip=(drive.lower_cutoff, drive.upper_cutoff))
    clock = first_clock(control, valid, dtype)
    point = _first_point(drive, begin_potential, lanes, dtype)
    first_row = (point, _no_plan(lanes, dtype) if record_plan else None)
    start = (setting_of(cell, drive, control), (clock, state, point), first_row)
    found = kernels_found() if fused else {}
    routes = {name: partial(march_in_kernel, rows=rows, kernel=kernel) for name, kernel in found.items()}
    used, (clock, state, point), (points, plan) = by_platform(routes, partial(march_in_loop, rows=rows), *start)
    late = (clock.node < drive.total_steps) & ~clock.dead
    status = jnp.where(late, Status.STEP_BUDGET_EXHAUSTED, clock.status)
    status = jnp.where(status == Status.PENDING, Status.OK, status).astype(jnp.uint8)
    return Run(trajectory=points, plan=plan, final=state, status=status, rows=used)


def kernels_found() -> dict[str, Kernel]:
    """What runs all time steps as one function, by the platform that JAX compiles for."""
    found: dict[str, Kernel] = {"cuda": on_blocks} if card_found() else {}
    return found | ({"cpu": on_vectors} if compiler_version() else {})


def march_in_kernel(setting: Setting, held: Any, first_row: Any, rows: int, kernel: Kernel) -> tuple[Any, Any, Any]:
    """All rows in one kernel, or in the usual loop where a cell is not made of single lanes (full order).

    Args:
        setting: what stays as it is.
        held: clock, state and point before the first step.
        first_row: point and plan of row 0; no plan is recorded where it is None.
        rows: number of rows (static).
        kernel: what runs them (static).

    Returns:
        rows used, what is held in the end, and the rows.
    """

    def attempt(setting, held):
        *held, plan = _try_step(setting, *held)
        return tuple(held), (held[2], None if first_row[1] is None else plan)

    def tail(held, first):
        return held[2], first[1]

    try:
        return fused_rows(attempt, _going, tail, setting, held, first_row, rows, kernel)
    except NotOfLanes as reason:
        if kernel is not on_vectors:
            tell_usual(str(reason))
        return march_in_loop(setting, held, first_row, rows)


def march_in_loop(setting, held, first_row, rows):
    """All rows, every lane of the batch by turns."""
    empty = jax.tree.map(lambda x: jnp.zeros((rows, *x.shape), x.dtype).at[0].set(x), first_row)

    def unfinished(carry):
        row, held, _ = carry
        return (row < rows) & jnp.any(_going(setting, held))

    def body(carry):
        row, held, buffers = carry
        *held, plan = _try_step(setting, *held)
        new_row = (held[2], None if first_row[1] is None else plan)
        buffers = jax.tree.map(lambda buffer, x: lax.dynamic_update_index_in_dim(buffer, x, row, 0), buffers, new_row)
        return row + 1, tuple(held), buffers

    used, held, (points, plan) = lax.while_loop(unfinished, body, (jnp.asarray(1, jnp.int32), held, empty))
    tail = jnp.arange(rows, dtype=jnp.int32)[:, None] >= used
    points = jax.tree.map(lambda buffer, last: jnp.where(tail, last[None, :], buffer), points, held[2])
    return used, held, (points, plan)


def _going(setting, held):
    """Which lanes have steps left to take."""
    clock = held[0]
    return (clock.node < setting.drive.total_steps) & ~clock.dead


def replay(
    cell: Cell, drive: Drive, control: StepControl, plan: Plan, reverse: bool = True
) -> tuple[Trajectory, CellState]:
    """Repeat a plan: the same numbers as the march that made it, differentiable in forward and reverse mode.

    The derivative is exact for the steps of the plan, to first order. Memory in reverse mode is one state per row
    (the inside of a step is recomputed, all but its root). A segment that a cut-off ended keeps its duration fixed.

    Args:
        cell: batch of cells.
        drive: batch of experiments.
        control: the choices that the plan was made with.
        plan: `[row, lane]`.
        reverse: whether memory is saved for reverse mode, which costs time in forward mode (static).

    Returns:
        Trajectory `[row, lane]` and the final state.
    """
    ticks = 2**control.deepest_level
    lanes, dtype = drive.start.shape[1], drive.start.dtype
    begin_potential = _rest_potential(cell, drive)
    point = _first_point(drive, begin_potential, lanes, dtype)
    plan = jax.tree.map(lax.stop_gradient, plan)

    def body(carry, row):
        state, point = carry
        step = step_of(drive, row.node, row.position, jnp.maximum(row.size, 1), ticks)
        guess = lax.stop_gradient(state.current + state.slope * step.duration)
        scale = lax.stop_gradient(jnp.abs(guess) + jnp.abs(state.current))
        solve = partial(differentiable_current, guess=guess, scale=scale, tolerance=control.root_tolerance)
        predictions = predict_species(cell, state, step.duration)
        result = take_step(cell, state, step, predictions, FluxShape(row.flatness, row.multistep, row.bent), solve)
        state = _select(row.accepted, result.state, state)
        point = _select(row.accepted, _point(result, step, row.segment_begin), point)
        return (state, point), point

    if reverse:
        body = jax.checkpoint(body, policy=jax.checkpoint_policies.save_only_these_names(ROOT))
    (state, _), points = lax.scan(body, (initial_state(cell, begin_potential), point), plan)
    return points, state


def _try_step(setting, clock, state, point):
    """Try one step in every lane, and go on from it where it counts."""
    attempt = attempt_step(setting, clock, state)
    verdict = judge(setting, clock, attempt)
    place = place_after(setting, clock, attempt, verdict)
    result, begin = attempt.result, clock.segment_begin
    shape = result.shape
    taken = (shape.flatness, shape.multistep, shape.bent, verdict.accepted)
    plan = Plan(clock.node, clock.position, attempt.size, *taken, begin)
    point = _select(verdict.accepted, _point(result, attempt.step, begin), point)
    following = advance_clock(setting, clock, state, attempt, verdict, place)
    return following, _select(verdict.accepted, result.state, state), point, plan


def _point(result, step: DriveStep, segment_begin):
    """The trajectory's point at the end of a step."""
    return Trajectory(
        time=segment_begin + step.elapsed,
        potential=result.terminal_potential,
        current=result.total_current,
        charge=result.state.charge,
        surface_activity=result.surface_activity,
        segment=step.segment,
    )


def _first_point(drive, potential, lanes, dtype):
    """The trajectory's point before the first step."""
    nothing = jnp.zeros(lanes, dtype)
    return Trajectory(nothing, potential, nothing, nothing, jnp.ones(lanes, dtype), jnp.zeros(lanes, jnp.int32))


def _no_plan(lanes, dtype):
    """The plan's row before the first step."""
    nothing, no = jnp.zeros(lanes, jnp.int32), jnp.zeros(lanes, bool)
    return Plan(nothing, nothing, nothing, jnp.zeros(lanes, dtype), no, no, no, jnp.zeros(lanes, dtype))


def _rest_potential(cell, drive):
    """Potential before the first step: the drive's own, or the formal potential before an imposed current."""
    if drive.controls[0] == "potential":
        return drive.start[0]
    return jnp.zeros_like(drive.start[0]) + cell.electrode.formal_potential


def _select(mask, new, old):
    """New values where the mask holds; every array ends with the lane axis."""
    return jax.tree.map(lambda a, b: jnp.where(jnp.broadcast_to(mask, a.shape), a, b), new, old)


def _finite(tree, lanes, skip=()):
    """Whether no number of a lane is NaN (an infinite rate constant is a reversible electrode)."""
    good = jnp.ones(lanes, bool)
    for leaf in jax.tree.leaves(tree):
        if any(leaf is other for other in skip) or not jnp.issubdtype(leaf.dtype, jnp.floating):
            continue
        good = good & ~jnp.any(jnp.isnan(leaf), axis=tuple(range(leaf.ndim - 1)))
    return good
