"""When a step counts and how long the next one is: every lane keeps its own clock.

A step is accepted where the current stayed close to its extrapolation, by a parabola where it is smooth. It is halved where
it did not, doubled where it stayed very close, and begins small after each jump of the drive.
"""

from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.cell import Cell, CellState, StepResult, choose_shape, predict_species, take_step
from kernels.charge_transfer import solve_current
from kernels.constants import FARADAY, GAS_CONSTANT
from kernels.current_scale import expected_current
from kernels.drive import Drive, DriveStep, first_nodes, jumps_into, of_segment, step_of, turns_into
from kernels.status import Status

# A candidate whose imposed current drives the electrode beyond this has no reactant left.
DEPLETED_POTENTIAL = 50.0  # V
# The largest current so far is the scale of the error test. It fades by this factor every base step: after the inrush at a
# jump a peak a thousand times smaller must be resolved again (the expected current keeps the scale above zero).
FADING = 0.3
# Steps of constant flux after a jump of the drive. The first step carries the whole charge of the jump, that of the double
# layer and of the inventory; a linear flux right after it would oscillate about the current that follows.
SETTLING_STEPS = 4
# Steps of linear flux that follow: a parabola needs two slopes from after the jump.
STRAIGHT_STEPS = 2
# Where the scan turns, a flux that only fills a store (a capacitance, a thin film) jumps. One step of constant flux follows,
# 2**-TURNING_LEVEL of a base step long.
TURNING_LEVEL = 6
# A current that goes back and forth by more than this fraction of itself is an oscillation of the method: where the surface
# only stores, a linear flux alternates about its mean. One multistep damps it; at a smooth maximum the bend is far smaller.
ZIGZAG_SHARE = 0.1
# Steps that a segment may spend on its bends, jump and end, beside three times its base steps, at the usual tolerance.
STEPS_FOR_BENDS = 240
USUAL_TOLERANCE = 3e-3
# Share of the current to expect in a segment that counts as its largest before one has been seen.
EXPECTED_SHARE = 0.25
# Doubling a step makes the deviation of a bent step, of third order, eight times as large. A step is doubled where the deviation
# is below this fraction of what is allowed, quadrupled where nothing moves, and quartered instead of halved where it exceeds the
# allowed one so many times.
GROWS_BELOW, QUADRUPLED_BELOW, QUARTERED_ABOVE = 0.125, 1e-4, 8
# Where a parabola has its vertex within so many steps, this fraction of the deviation is allowed: peaks are read there.
VERTEX_STEPS, ALLOWED_AT_VERTEX = 2, 0.25
# At imposed current the potential may deviate from its extrapolation by the tolerance times so many thermal voltages.
POTENTIAL_SCALE = 10


class StepControl(eqx.Module):
    """Choices of the time stepping; everything is static.

    Attributes:
        tolerance: largest deviation of the current from its extrapolation, relative to the largest current; about a
            hundred times the error that results, since the extrapolation is only the test.
        deepest_level: smallest step, 2**-deepest_level of a base step.
        root_tolerance: of the scalar electrode equation.
        budget: largest number of steps, tried ones included; 0 chooses three times the base steps and
            240 a segment, more at a tolerance below 0.003.
    """

    tolerance: float = eqx.field(static=True, default=1.5e-3)
    deepest_level: int = eqx.field(static=True, default=14)
    root_tolerance: float = eqx.field(static=True, default=1e-7)
    budget: int = eqx.field(static=True, default=0)

    def rows(self, steps: tuple[int, ...]) -> int:
        """Steps that a run may take whose segments have these base steps."""
        # The steps that a bend takes grow as the root of what is asked of it.
        bends = round(STEPS_FOR_BENDS * max(1.0, (USUAL_TOLERANCE / self.tolerance) ** 0.5))
        return self.budget or 3 * sum(steps) + bends * len(steps)


class Clock(eqx.Module):
    """Where each lane stands; every field `[lane]`.

    Attributes:
        node: base step.
        position: ticks into it.
        level: the next step is 2**-level of a base step.
        settling: steps that are left after a jump before the flux may bend, the last STRAIGHT_STEPS of them linear, the
            others constant.
        segment_begin: s.
        potential_slope: V s-1.
        zigzag: whether the current has just gone back and forth.
        largest_current: A m-2, remembered as the scale of the error test.
        dead: whether the lane has failed.
        status: code of `kernels.status`.
    """

    node: Array
    position: Array
    level: Array
    settling: Array
    segment_begin: Array
    potential_slope: Array
    zigzag: Array
    largest_current: Array
    dead: Array
    status: Array


class Setting(NamedTuple):
    """What stays as it is during a march.

    Attributes:
        cell: batch of cells.
        drive: batch of experiments.
        control: static choices.
        jumps: `[segment, lane]`, whether the imposed quantity jumps as the segment begins.
        turns: `[segment, lane]`, whether its rate of change does.
        floor: `[segment, lane]`, A m-2, the least scale of the error test.
    """

    cell: Cell
    drive: Drive
    control: StepControl
    jumps: Array
    turns: Array
    floor: Float[Array, "segment lane"]


class Attempt(NamedTuple):
    """A step that was tried in every lane; arrays `[lane]`.

    Attributes:
        size: ticks.
        step: what the drive imposes.
        expected: A m-2, extrapolation of the current.
        expected_potential: V, of the potential.
        largest: A m-2, largest current so far, this one included.
        result: what came out.
    """

    size: Array
    step: DriveStep
    expected: Array
    expected_potential: Array
    largest: Array
    result: StepResult


class Verdict(NamedTuple):
    """What becomes of an attempt; arrays `[lane]`.

    Attributes:
        accepted: it counts.
        rejected: it is tried again with a smaller step.
        failed: not even the smallest step converged.
        ends_early: a cut-off ends the segment here.
        error: deviation from the extrapolation over what is allowed.
    """

    accepted: Array
    rejected: Array
    failed: Array
    ends_early: Array
    error: Array


class Place(NamedTuple):
    """Where an accepted step leads; arrays `[lane]`.

    Attributes:
        node: base step.
        position: ticks into it.
        enters: whether a segment ends here.
        jump: whether the imposed quantity jumps here.
        turn: whether its rate of change does.
    """

    node: Array
    position: Array
    enters: Array
    jump: Array
    turn: Array


def setting_of(cell: Cell, drive: Drive, control: StepControl) -> Setting:
    """What stays as it is during a march.

    Args:
        cell: batch of cells.
        drive: batch of experiments, `[segment, lane]`.
        control: static choices.

    Returns:
        Setting.
    """
    floor = EXPECTED_SHARE * expected_current(cell, drive)
    return Setting(cell, drive, control, jumps_into(drive), turns_into(drive), floor)


def first_clock(control: StepControl, valid: Array, dtype: jnp.dtype) -> Clock:
    """Every lane at the start.

    Args:
        control: static choices.
        valid: `[lane]`, which lanes may run.
        dtype: of the stepping.

    Returns:
        Clock.
    """
    lanes = valid.shape[0]
    return Clock(
        node=jnp.zeros(lanes, jnp.int32),
        position=jnp.zeros(lanes, jnp.int32),
        level=jnp.full(lanes, control.deepest_level, jnp.int32),
        settling=jnp.full(lanes, SETTLING_STEPS + STRAIGHT_STEPS, jnp.int32),
        segment_begin=jnp.zeros(lanes, dtype),
        potential_slope=jnp.zeros(lanes, dtype),
        zigzag=jnp.zeros(lanes, bool),
        largest_current=jnp.zeros(lanes, dtype),
        dead=~valid,
        status=jnp.where(valid, Status.PENDING, Status.NON_FINITE).astype(jnp.uint8),
    )


def attempt_step(setting: Setting, clock: Clock, state: CellState) -> Attempt:
    """Take the step that each clock asks for.

    Args:
        setting: what stays as it is.
        clock: where each lane stands.
        state: of the cells.

    Returns:
        Attempt.
    """
    cell, drive, control = setting.cell, setting.drive, setting.control
    # A step that has grown by more than two ends where the next one of its size may begin.
    size = jnp.left_shift(jnp.asarray(1, jnp.int32), control.deepest_level - clock.level)
    size = size - (clock.position & (size - 1))
    step = step_of(drive, clock.node, clock.position, size, 2**control.deepest_level)
    # The first step after a jump says nothing about the slope that follows.
    slope = jnp.where(clock.settling == SETTLING_STEPS + STRAIGHT_STEPS - 1, 0.0, state.slope)
    straight = state.current + slope * step.duration
    smooth = clock.settling == 0
    curved = straight + state.bend * step.duration * (step.duration + state.last_duration)
    expected_potential = state.potential + clock.potential_slope * step.duration
    fresh = clock.settling == SETTLING_STEPS + STRAIGHT_STEPS
    guess = jnp.where(smooth, curved, straight)
    if drive.has_current_control:
        guess = jnp.where(step.is_current & fresh, step.stop, guess)
    remembered = jnp.maximum(clock.largest_current, of_segment(setting.floor, step.segment))
    predictions = predict_species(cell, state, step.duration)
    constant = clock.settling > STRAIGHT_STEPS
    shape = choose_shape(cell, state, step.duration, predictions, straight, constant, clock.zigzag, smooth)
    solve = partial(solve_current, guess=guess, scale=remembered, tolerance=control.root_tolerance)
    result = take_step(cell, state, step, predictions, shape, solve)
    largest = jnp.maximum(remembered, jnp.abs(result.state.current))
    expected = jnp.where(shape.bent, curved, straight)
    return Attempt(size, step, expected, expected_potential, largest, result)


def judge(setting: Setting, clock: Clock, attempt: Attempt) -> Verdict:
    """Whether each attempt counts.

    Args:
        setting: what stays as it is.
        clock: where each lane stood.
        attempt: what came of the step.

    Returns:
        Verdict.
    """
    cell, drive, control = setting.cell, setting.drive, setting.control
    step, result, current = attempt.step, attempt.result, attempt.result.state.current
    running = (clock.node < drive.total_steps) & ~clock.dead
    bend = jnp.maximum(jnp.abs(current - attempt.expected) - result.rounding, 0.0)
    # The floor comes last: the smallest number times the tolerance is zero, and a lane at zero over zero never grows.
    error = bend / jnp.maximum(control.tolerance * attempt.largest, jnp.finfo(current.dtype).tiny)
    at_vertex = jnp.abs(result.state.slope) < VERTEX_STEPS * step.duration * jnp.abs(result.state.bend)
    error = jnp.where(at_vertex & result.shape.bent, error / ALLOWED_AT_VERTEX, error)
    ends_early = jnp.zeros_like(running)
    if drive.has_current_control:
        thermal = GAS_CONSTANT * cell.temperature / FARADAY
        allowed = control.tolerance * POTENTIAL_SCALE * thermal
        bend = jnp.abs(result.state.potential - attempt.expected_potential) / allowed
        error = jnp.where(step.is_current, jnp.maximum(error, bend), error)
        crossed = (result.terminal_potential < step.lower_cutoff) | (result.terminal_potential > step.upper_cutoff)
        ends_early = step.is_current & crossed
    at_bottom = clock.level >= control.deepest_level
    converged = result.converged & jnp.isfinite(current)
    accepted = running & converged & (at_bottom | ((error <= 1) & ~ends_early))
    failed = running & ~converged & at_bottom
    return Verdict(accepted, running & ~accepted & ~failed, failed, ends_early, error)


def place_after(setting: Setting, clock: Clock, attempt: Attempt, verdict: Verdict) -> Place:
    """Where each lane stands if its attempt counts.

    Args:
        setting: what stays as it is.
        clock: where each lane stood.
        attempt: what came of the step.
        verdict: whether a cut-off ended the segment.

    Returns:
        Place.
    """
    drive, segment = setting.drive, attempt.step.segment
    position = clock.position + attempt.size
    finishes_step = position >= 2**setting.control.deepest_level
    node = clock.node + finishes_step.astype(jnp.int32)
    position = jnp.where(finishes_step, 0, position)
    ends = of_segment(first_nodes(drive)[1:], segment)
    if drive.has_current_control:
        node = jnp.where(verdict.ends_early, ends, node)
        position = jnp.where(verdict.ends_early, 0, position)
    enters = node >= ends
    upcoming = jnp.minimum(segment + 1, len(drive.steps) - 1)
    jump = enters & (of_segment(setting.jumps, upcoming) | verdict.ends_early)
    return Place(node, position, enters, jump, enters & of_segment(setting.turns, upcoming))


def advance_clock(
    setting: Setting, clock: Clock, state: CellState, attempt: Attempt, verdict: Verdict, place: Place
) -> Clock:
    """The clock of the next attempt: on where this one counts, with a smaller step where it is to be repeated.

    Args:
        setting: what stays as it is.
        clock: where each lane stood.
        state: of the cells before the attempt.
        attempt: what came of the step.
        verdict: whether it counts.
        place: where a lane stands if it does.

    Returns:
        Clock.
    """
    deepest, step, result = setting.control.deepest_level, attempt.step, attempt.result
    accepted, error, current = verdict.accepted, verdict.error, attempt.result.state.current
    # Sizes are powers of two, so the remainder is a mask (an integer division would not be vectorised).
    grown, quiet = clock.level, (error < QUADRUPLED_BELOW) & (clock.settling == 0)
    for doublings, small in ((1, error < GROWS_BELOW), (2, quiet)):
        level = jnp.maximum(clock.level - doublings, 0)
        size = jnp.left_shift(jnp.asarray(1, jnp.int32), deepest - level)
        grown = jnp.where(small & (2 * (place.position & (size - 1)) < size), level, grown)
    grown = jnp.where(place.turn, jnp.maximum(grown, min(TURNING_LEVEL, deepest)), grown)
    level = jnp.where(place.jump, deepest, grown)
    refined = jnp.minimum(clock.level + 1 + (error > QUARTERED_ABOVE).astype(jnp.int32), deepest)
    # So is a corner that the current itself makes, where the flux had to be constant.
    left = jnp.where(result.shape.flatness == 1, STRAIGHT_STEPS, 0)
    settling = jnp.where(place.turn, 1 + STRAIGHT_STEPS, jnp.maximum(clock.settling - 1, left))
    settling = jnp.where(place.jump, SETTLING_STEPS + STRAIGHT_STEPS, settling)
    fresh = clock.settling == SETTLING_STEPS + STRAIGHT_STEPS
    potential_slope = jnp.where(fresh, 0.0, (result.state.potential - state.potential) / step.duration)
    zigzag = (result.state.slope * state.slope < 0) & (
        jnp.abs(current - attempt.expected) > ZIGZAG_SHARE * jnp.abs(current)
    )
    fading = attempt.largest * (1 - (1 - FADING) * (attempt.size / 2**deepest)).astype(attempt.largest.dtype)
    depleted = accepted & step.is_current & (jnp.abs(result.state.potential) > DEPLETED_POTENTIAL)
    status = jnp.where(verdict.failed, Status.NOT_CONVERGED, clock.status)
    status = jnp.where(depleted, Status.DEPLETED, status).astype(jnp.uint8)
    return Clock(
        node=jnp.where(accepted, place.node, clock.node),
        position=jnp.where(accepted, place.position, clock.position),
        level=jnp.where(accepted, level, jnp.where(verdict.rejected, refined, clock.level)),
        settling=jnp.where(accepted, settling, clock.settling),
        segment_begin=jnp.where(accepted & place.enters, clock.segment_begin + step.elapsed, clock.segment_begin),
        potential_slope=jnp.where(accepted, potential_slope, clock.potential_slope),
        zigzag=jnp.where(accepted, zigzag, clock.zigzag),
        largest_current=jnp.where(accepted, fading, clock.largest_current),
        dead=clock.dead | verdict.failed | depleted,
        status=status,
    )
