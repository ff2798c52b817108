"""Time stepping of a batch: every lane has its own clock on a shared grid of base steps.

A base step is split dyadically where the current bends (after a jump of the drive, at the plating onset, where the
metal inventory runs out), so the nodes of the base grid are always met. `plan_and_march` chooses the steps; `replay`
repeats a chosen plan and is what derivatives are taken through: control decisions never enter a derivative.
"""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int, UInt8

from kernels.cell import Cell, CellState, FluxShape, choose_shape, initial_state, predict_species, take_step
from kernels.charge_transfer import ROOT, differentiable_current, solve_current
from kernels.constants import FARADAY, GAS_CONSTANT
from kernels.current_scale import expected_current
from kernels.drive import Drive, DriveStep, first_nodes, jumps_into, of_segment, step_of, turns_into
from kernels.status import Status

# A candidate whose imposed current drives the electrode beyond this has no reactant left.
DEPLETED_POTENTIAL = 50.0  # V
# The largest current remembered as the scale of the error test fades by this factor a base step: after the inrush at a
# jump a peak a thousand times smaller must be resolved again (the expected current keeps the scale off zero).
FADING = 0.3
# Steps of constant flux after a jump of the drive. The first carries the whole impulse that charges interface and
# inventory; a linear flux right after it would swing about the current that follows.
SETTLING_STEPS = 4
# Where the scan turns the flux into a mere store jumps: one step of constant flux, 2**-TURNING_LEVEL of a base step.
TURNING_LEVEL = 6
# A current that went back and forth by more than this share of itself rings: where the surface merely stores, a linear
# flux alternates about its mean. One multistep ends that; at a smooth maximum the bend is far smaller.
ZIGZAG_SHARE = 0.1
# Steps that a segment may spend on its bends, jump and end, beside three times its base steps, at the usual tolerance.
STEPS_FOR_BENDS = 240
USUAL_TOLERANCE = 3e-3
# Share of the current to expect in a segment that counts as its largest before one has been seen.
EXPECTED_SHARE = 0.25


class StepControl(eqx.Module):
    """Choices of the time stepping; everything is static.

    Attributes:
        tolerance: largest deviation of the current from its linear extrapolation, relative to the largest current;
            about a hundred times the error that results, since the extrapolation is only the test.
        deepest_level: smallest step, 2**-deepest_level of a base step.
        root_tolerance: of the scalar electrode equation.
        budget: largest number of steps, tried ones included; 0 chooses three times the base steps and
            240 a segment, more at a tolerance below 0.003.
    """

    tolerance: float = eqx.field(static=True, default=0.01)
    deepest_level: int = eqx.field(static=True, default=14)
    root_tolerance: float = eqx.field(static=True, default=1e-7)
    budget: int = eqx.field(static=True, default=0)

    def rows(self, drive: Drive) -> int:
        """Steps that a run of this drive may take."""
        # The steps that a bend takes grow as the root of what is asked of it.
        bends = round(STEPS_FOR_BENDS * max(1.0, (USUAL_TOLERANCE / self.tolerance) ** 0.5))
        return self.budget or 3 * drive.total_steps + bends * len(drive.steps)


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
        accepted: whether the step counts.
        segment_begin: s, when the segment of the row began.
    """

    node: Int[Array, "*row lane"]
    position: Int[Array, "*row lane"]
    size: Int[Array, "*row lane"]
    flatness: Float[Array, "*row lane"]
    multistep: Bool[Array, "*row lane"]
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


class _Clock(eqx.Module):
    """Where each lane stands: base step, ticks into it, level of its next step, settling steps left, last slopes.

    `zigzag` says that the current has just gone back and forth.
    """

    node: Array
    position: Array
    level: Array
    settling: Array
    segment_begin: Array
    slope: Array
    potential_slope: Array
    zigzag: Array
    largest_current: Array
    dead: Array
    status: Array


def plan_and_march(cell: Cell, drive: Drive, control: StepControl, record_plan: bool = True) -> Run:
    """Run the experiment of every lane, choosing each lane's steps.

    Args:
        cell: batch of cells.
        drive: batch of experiments.
        control: static choices.
        record_plan: keep the steps for `replay` (static).

    Returns:
        Run. A lane that fails carries its status; the other lanes do not change by a bit.
    """
    rows = control.rows(drive)
    lanes, dtype = drive.start.shape[1], drive.start.dtype
    begin_potential = _rest_potential(cell, drive)
    state = initial_state(cell, begin_potential)
    valid = _finite(cell, lanes) & _finite(drive, lanes, skip=(drive.lower_cutoff, drive.upper_cutoff))
    clock = _Clock(
        node=jnp.zeros(lanes, jnp.int32),
        position=jnp.zeros(lanes, jnp.int32),
        level=jnp.full(lanes, control.deepest_level, jnp.int32),
        settling=jnp.full(lanes, SETTLING_STEPS, jnp.int32),
        segment_begin=jnp.zeros(lanes, dtype),
        slope=jnp.zeros(lanes, dtype),
        potential_slope=jnp.zeros(lanes, dtype),
        zigzag=jnp.zeros(lanes, bool),
        largest_current=jnp.zeros(lanes, dtype),
        dead=~valid,
        status=jnp.where(valid, Status.PENDING, Status.NON_FINITE).astype(jnp.uint8),
    )
    point = _first_point(drive, begin_potential, lanes, dtype)
    first_row = (point, _no_plan(lanes, dtype) if record_plan else None)
    empty = jax.tree.map(lambda x: jnp.zeros((rows, *x.shape), x.dtype).at[0].set(x), first_row)
    breaks = (jumps_into(drive), turns_into(drive))
    expected = EXPECTED_SHARE * expected_current(cell, drive)

    def unfinished(carry):
        row, clock = carry[0], carry[1]
        return (row < rows) & jnp.any((clock.node < drive.total_steps) & ~clock.dead)

    def body(carry):
        row, clock, state, point, buffers = carry
        clock, state, point, plan = _try_step(cell, drive, control, breaks, expected, clock, state, point)
        new_row = (point, plan if record_plan else None)
        buffers = jax.tree.map(lambda buffer, x: lax.dynamic_update_index_in_dim(buffer, x, row, 0), buffers, new_row)
        return row + 1, clock, state, point, buffers

    used, clock, state, point, (points, plan) = lax.while_loop(
        unfinished, body, (jnp.asarray(1), clock, state, point, empty)
    )
    tail = jnp.arange(rows)[:, None] >= used
    points = jax.tree.map(lambda buffer, last: jnp.where(tail, last[None, :], buffer), points, point)
    late = (clock.node < drive.total_steps) & ~clock.dead
    status = jnp.where(late, Status.STEP_BUDGET_EXHAUSTED, clock.status)
    status = jnp.where(status == Status.PENDING, Status.OK, status).astype(jnp.uint8)
    return Run(trajectory=points, plan=plan, final=state, status=status, rows=used)


def replay(cell: Cell, drive: Drive, control: StepControl, plan: Plan) -> tuple[Trajectory, CellState]:
    """Repeat a plan: the same numbers as the march that made it, differentiable in forward and reverse mode.

    The derivative is exact for the steps of the plan, to first order. Memory in reverse mode is one state per row
    (the inside of a step is recomputed, all but its root). A segment that a cut-off ended keeps its duration fixed.

    Args:
        cell: batch of cells.
        drive: batch of experiments.
        control: the choices that the plan was made with.
        plan: `[row, lane]`.

    Returns:
        Trajectory `[row, lane]` and the final state.
    """
    ticks = 2**control.deepest_level
    lanes, dtype = drive.start.shape[1], drive.start.dtype
    begin_potential = _rest_potential(cell, drive)
    point = _first_point(drive, begin_potential, lanes, dtype)
    nothing = jnp.zeros(lanes, dtype)
    plan = jax.tree.map(lax.stop_gradient, plan)

    @partial(jax.checkpoint, policy=jax.checkpoint_policies.save_only_these_names(ROOT))
    def body(carry, row):
        state, point, slope = carry
        step = step_of(drive, row.node, row.position, jnp.maximum(row.size, 1), ticks)
        guess = state.current + slope * step.duration
        scale = lax.stop_gradient(jnp.abs(guess) + jnp.abs(state.current))
        solve = partial(differentiable_current, guess=guess, scale=scale, tolerance=control.root_tolerance)
        predictions = predict_species(cell, state, step.duration)
        result = take_step(cell, state, step, predictions, FluxShape(row.flatness, row.multistep), solve)
        moved = (result.state.current - state.current) / step.duration
        slope = jnp.where(row.accepted, moved, slope)
        state = _select(row.accepted, result.state, state)
        point = _select(row.accepted, _point(result, step, row.segment_begin), point)
        return (state, point, lax.stop_gradient(slope)), point

    (state, _, _), points = lax.scan(body, (initial_state(cell, begin_potential), point, nothing), plan)
    return points, state


def _try_step(cell, drive, control, breaks, floor, clock, state, point):
    """Try one step in every lane; accept it where the current stayed close to its extrapolation."""
    ticks = 2**control.deepest_level
    running = (clock.node < drive.total_steps) & ~clock.dead
    size = jnp.left_shift(jnp.asarray(1, jnp.int32), control.deepest_level - clock.level)
    step = step_of(drive, clock.node, clock.position, size, ticks)
    fresh = clock.settling == SETTLING_STEPS
    expected = state.current + clock.slope * step.duration
    expected_potential = state.potential + clock.potential_slope * step.duration
    guess = jnp.where(step.is_current & fresh, step.stop, expected) if drive.has_current_control else expected
    remembered = jnp.maximum(clock.largest_current, of_segment(floor, step.segment))
    predictions = predict_species(cell, state, step.duration)
    shape = choose_shape(cell, state, step.duration, predictions, guess, clock.settling > 0, clock.zigzag)
    solve = partial(solve_current, guess=guess, scale=remembered, tolerance=control.root_tolerance)
    result = take_step(cell, state, step, predictions, shape, solve)

    current = result.state.current
    largest = jnp.maximum(remembered, jnp.abs(current))
    bend = jnp.maximum(jnp.abs(current - expected) - result.rounding, 0.0)
    # The floor comes last: the smallest number times the tolerance is zero, and a lane at zero over zero never grows.
    error = bend / jnp.maximum(control.tolerance * largest, jnp.finfo(largest.dtype).tiny)
    ends_early = jnp.zeros_like(running)
    if drive.has_current_control:
        thermal = GAS_CONSTANT * cell.temperature / FARADAY
        bend = jnp.abs(result.state.potential - expected_potential) / (control.tolerance * 10 * thermal)
        error = jnp.where(step.is_current, jnp.maximum(error, bend), error)
        crossed = (result.terminal_potential < step.lower_cutoff) | (result.terminal_potential > step.upper_cutoff)
        ends_early = step.is_current & crossed
    at_bottom = clock.level >= control.deepest_level
    converged = result.converged & jnp.isfinite(current)
    accepted = running & converged & (at_bottom | ((error <= 1) & ~ends_early))
    failed = running & ~converged & at_bottom
    rejected = running & ~accepted & ~failed

    position = clock.position + size
    finishes_step = position >= ticks
    node = clock.node + finishes_step.astype(jnp.int32)
    position = jnp.where(finishes_step, 0, position)
    ends = of_segment(first_nodes(drive)[1:], step.segment)
    if drive.has_current_control:
        node = jnp.where(ends_early, ends, node)
        position = jnp.where(ends_early, 0, position)
    enters = node >= ends
    upcoming = jnp.minimum(step.segment + 1, len(drive.steps) - 1)
    jump = enters & (of_segment(breaks[0], upcoming) | ends_early)
    turn = enters & of_segment(breaks[1], upcoming)
    # Sizes are powers of two, so the remainder is a mask (an integer division would not be vectorised).
    may_grow = (error < 0.125) & ((position & (2 * size - 1)) == 0)
    grown = jnp.maximum(clock.level - may_grow.astype(jnp.int32), 0)
    grown = jnp.where(turn, jnp.maximum(grown, min(TURNING_LEVEL, control.deepest_level)), grown)
    level = jnp.where(jump, control.deepest_level, grown)
    refined = jnp.minimum(clock.level + 1 + (error > 16).astype(jnp.int32), control.deepest_level)

    settling = jnp.where(jump, SETTLING_STEPS, jnp.where(turn, 1, jnp.maximum(clock.settling - 1, 0)))
    begin = clock.segment_begin
    point = _select(accepted, _point(result, step, begin), point)
    plan = Plan(clock.node, clock.position, size, result.shape.flatness, result.shape.multistep, accepted, begin)
    slope = jnp.where(fresh, 0.0, (current - state.current) / step.duration)
    potential_slope = jnp.where(fresh, 0.0, (result.state.potential - state.potential) / step.duration)
    zigzag = (slope * clock.slope < 0) & (jnp.abs(current - expected) > ZIGZAG_SHARE * jnp.abs(current))
    fading = largest * (1 - (1 - FADING) * (size / ticks)).astype(largest.dtype)
    depleted = accepted & step.is_current & (jnp.abs(result.state.potential) > DEPLETED_POTENTIAL)
    status = jnp.where(failed, Status.NOT_CONVERGED, clock.status)
    status = jnp.where(depleted, Status.DEPLETED, status).astype(jnp.uint8)
    following = _Clock(
        node=jnp.where(accepted, node, clock.node),
        position=jnp.where(accepted, position, clock.position),
        level=jnp.where(accepted, level, jnp.where(rejected, refined, clock.level)),
        settling=jnp.where(accepted, settling, clock.settling),
        segment_begin=jnp.where(accepted & enters, begin + step.elapsed, begin),
        slope=jnp.where(accepted, slope, clock.slope),
        potential_slope=jnp.where(accepted, potential_slope, clock.potential_slope),
        zigzag=jnp.where(accepted, zigzag, clock.zigzag),
        largest_current=jnp.where(accepted, fading, clock.largest_current),
        dead=clock.dead | failed | depleted,
        status=status,
    )
    return following, _select(accepted, result.state, state), point, plan


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
    return Plan(nothing, nothing, nothing, jnp.zeros(lanes, dtype), no, no, jnp.zeros(lanes, dtype))


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
