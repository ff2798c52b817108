"""One experiment cell and its step: transport, electrode and circuit, closed by one scalar root."""

from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from kernels.charge_transfer import ROUNDING, ElectrodeEquation, Root
from kernels.constants import FARADAY, GAS_CONSTANT
from kernels.drive import DriveStep
from kernels.electrodes.electrode import Electrode, SpeciesAtSurface
from kernels.exponential import step_shares
from kernels.response import FullResponse, ModalResponse, Prediction
from kernels.stack import LayerStack

# Double layer that keeps imposed-current steps well posed when a cell is given none: 1e-8 of a usual one in charge.
CAPACITANCE_FLOOR = 1e-4  # F m-2
# RC time constants shorter than this fraction of a step are treated as instantaneous.
INSTANT = 1e-9
# Where the RC time constant is shorter than this fraction of a step, the drop over the series resistance is mostly rounding
# and the current is not computed from it.
FASTEST_CIRCUIT = 1e-6
# The slope of the surface response is kept above this fraction of its parts, far below that of any resolved step.
LEAST_SLOPE = 1e-3
# A flux bends by at most this share of itself and of its change; more is a corner, of which the past says nothing.
LARGEST_BEND = 0.25
# A step this many times as long as the one before has grown; sizes are powers of two of a base step.
LARGEST_GROWTH = 1.5


class Species(eqx.Module):
    """A diffusing species: how the surface answers its flux, and its bulk concentration.

    Attributes:
        response: of the concentration at the surface to the flux.
        concentration: `[lane]`, mol m-3, in the bulk.
    """

    response: ModalResponse | FullResponse
    concentration: Float[Array, "lane"]


class Cell(eqx.Module):
    """Everything that does not change during an experiment; arrays `[..., lane]`, traced.

    Attributes:
        species: the diffusing ones: the oxidised form first, then the reduced form of a soluble couple.
        electrode: what reacts, and how fast.
        film: layers `[layer, lane]` whose ohmic drop counts, or None when no layer is ohmic.
        series_resistance: `[lane]`, ohm m2.
        double_layer_capacitance: `[lane]`, F m-2, parallel to film and charge transfer.
        temperature: `[lane]`, K.
    """

    species: tuple[Species, ...]
    electrode: Electrode
    film: LayerStack | None
    series_resistance: Float[Array, "lane"]
    double_layer_capacitance: Float[Array, "lane"]
    temperature: Float[Array, "lane"]


class CellState(eqx.Module):
    """State at one instant; every field is traced.

    Attributes:
        species: state of the response of each species.
        current: `[lane]`, A m-2, faradaic.
        inventory: `[lane]`, mol m-2, of deposited metal (zero for a soluble couple).
        potential: `[lane]`, V, behind the series resistance.
        charge: `[lane]`, C m-2, cumulative faradaic charge.
        inventory_rate: `[lane]`, s-1, at which a thin inventory relaxes to equilibrium (zero for a soluble couple).
        mean_current: `[lane]`, A m-2, over the last step.
        last_duration: `[lane]`, s, of the last step.
        slope: `[lane]`, A m-2 s-1, of the current over the last step.
        bend: `[lane]`, A m-2 s-2, half the second derivative of the current, from the last two steps.
    """

    species: tuple[Array, ...]
    current: Float[Array, "lane"]
    inventory: Float[Array, "lane"]
    potential: Float[Array, "lane"]
    charge: Float[Array, "lane"]
    inventory_rate: Float[Array, "lane"]
    mean_current: Float[Array, "lane"]
    last_duration: Float[Array, "lane"]
    slope: Float[Array, "lane"]
    bend: Float[Array, "lane"]


class FluxShape(eqx.Module):
    """How the flux runs over a step: linear from (1 - w) J_ref + w J_new to J_new with the flatness w.

    - J_ref is the flux at the start and w = 0: the trapezoid, second order.
    - J_ref is the mean of the step before, w = h_old / (2 h + h_old): the second-order backward differentiation formula
      for what is stored. It damps what the trapezoid lets ring, so it serves a thin inventory that relaxes within a step.
    - w = 1, a constant flux: first order and monotone, for one tiny step where a linear flux would overdraw a reactant
      or the inventory, and after a jump of the drive.

    Added to the trapezoid where the current is smooth: the bend that it had over the last two steps, which makes the step of
    third order. Taken from the past and not from the root, it also damps where the surface only stores, as a root does not.

    Attributes:
        flatness: `[lane]`, w.
        multistep: `[lane]`, whether J_ref is the mean of the step before.
        bent: `[lane]`, whether the bend of the last two steps is added.

    Source: Hairer, Nørsett & Wanner, Solving Ordinary Differential Equations I (1993), III.5, variable-step BDF2,
        10.1007/978-3-540-78862-1.
    """

    flatness: Float[Array, "lane"]
    multistep: Bool[Array, "lane"]
    bent: Bool[Array, "lane"]


class StepResult(eqx.Module):
    """Outcome of one step; every field `[lane]` but `state`.

    Attributes:
        state: CellState at the end of the step.
        terminal_potential: V.
        total_current: A m-2, with the double layer.
        surface_activity: A_ox, relative to the electrode's reference concentration.
        shape: of the flux over the step.
        converged: whether the root was found.
        rounding: A m-2, how far rounding may have moved the current.
    """

    state: CellState
    terminal_potential: Float[Array, "lane"]
    total_current: Float[Array, "lane"]
    surface_activity: Float[Array, "lane"]
    shape: FluxShape
    converged: Bool[Array, "lane"]
    rounding: Float[Array, "lane"]


def initial_state(cell: Cell, potential: Float[Array, "lane"]) -> CellState:
    """Cell at rest: bulk activity everywhere, no current.

    Args:
        cell: the cell.
        potential: `[lane]`, V, applied at the start.

    Returns:
        CellState.
    """
    nothing = jnp.zeros_like(potential)
    return CellState(
        species=tuple(species.response.initial() for species in cell.species),
        current=nothing,
        inventory=cell.electrode.starting_inventory + nothing,
        potential=potential,
        charge=nothing,
        inventory_rate=nothing,
        mean_current=nothing,
        last_duration=nothing,
        slope=nothing,
        bend=nothing,
    )


def predict_species(cell: Cell, state: CellState, duration: Float[Array, "lane"]) -> tuple[Prediction, ...]:
    """Surface concentration of every species after a step, as a function of the flux.

    Args:
        cell: the cell.
        state: where the step starts.
        duration: `[lane]`, s, positive.

    Returns:
        one Prediction a species.
    """
    return tuple(
        species.response.predict(held, duration) for species, held in zip(cell.species, state.species, strict=True)
    )


def choose_shape(
    cell: Cell,
    state: CellState,
    duration: Float[Array, "lane"],
    predictions: tuple[Prediction, ...],
    guess: Float[Array, "lane"],
    constant: Bool[Array, "lane"],
    multistep: Bool[Array, "lane"],
    smooth: Bool[Array, "lane"],
) -> FluxShape:
    """Shape of the flux over the next step; a decision, never differentiated.

    Args:
        cell: the cell.
        state: where the step starts.
        duration: `[lane]`, s, positive.
        predictions: of `predict_species`.
        guess: `[lane]`, A m-2, expected current.
        constant: `[lane]`, where a constant flux is asked for.
        multistep: `[lane]`, where the mean of the step before is asked for.
        smooth: `[lane]`, where the bend of the last two steps may be added.

    Returns:
        FluxShape.
    """
    constant, multistep = cell.electrode.flux_limits(state, duration, guess, constant, multistep)
    damped = state.last_duration / (2 * duration + state.last_duration)
    flatness = jnp.where(constant, 1.0, jnp.where(multistep, damped, 0.0))
    earlier = jnp.where(multistep, state.mean_current, state.current)
    # While steps grow, the bend of the shorter past would be scaled up step by step, and with it every rounding error.
    smooth = smooth & (duration < LARGEST_GROWTH * state.last_duration)
    bend = _bend(state, duration, smooth)
    limit = LARGEST_BEND * (jnp.abs(state.current) + jnp.abs(state.slope) * duration)
    bent = smooth & (flatness == 0) & (jnp.abs(bend) <= limit)
    bend = jnp.where(bent, bend, 0.0)
    at_surface = _species_at_surface(cell, predictions, flatness, earlier, bend)
    # Where the flux at the start alone would overdraw a species, a constant flux is the monotone way out.
    for species in at_surface:
        flatness = jnp.where(species.concentration <= 0, 1.0, flatness)
    # A bend that may be rounding of three currents is none.
    rounding = ROUNDING * jnp.finfo(duration.dtype).eps * at_surface[0].bulk / at_surface[0].slope
    return FluxShape(flatness, multistep, bent & (flatness == 0) & (jnp.abs(bend) > rounding))


def take_step(
    cell: Cell,
    state: CellState,
    drive: DriveStep,
    predictions: tuple[Prediction, ...],
    shape: FluxShape,
    solve: Callable[[ElectrodeEquation], Root],
) -> StepResult:
    """Advance the cell by one step.

    Args:
        cell: the cell.
        state: where it starts.
        drive: what is imposed; durations must be positive.
        predictions: of `predict_species`.
        shape: of the flux over the step.
        solve: finds the root of the electrode equation.

    Returns:
        StepResult, differentiable as far as `solve` is.
    """
    electrode, step, flatness = cell.electrode, drive.duration, shape.flatness
    earlier = jnp.where(shape.multistep, state.mean_current, state.current)
    bend = _bend(state, step, shape.bent)
    per_charge = 1 / (electrode.electron_number * FARADAY)
    species = _species_at_surface(cell, predictions, flatness, earlier, bend)
    inventory = state.inventory + step * bend * per_charge / 6
    activities = electrode.activities(species, inventory, earlier, flatness, step)
    source_potential, source_resistance = _equivalent_source(cell, state, drive, flatness, earlier, bend)
    root = solve(
        ElectrodeEquation(
            activities=activities,
            source_potential=source_potential,
            source_resistance=source_resistance,
            inverse_reference_current=1 / electrode.reference_current,
            kinetics=electrode.kinetics,
            thermal_slope=electrode.electron_number * FARADAY / (GAS_CONSTANT * cell.temperature),
            formal_potential=electrode.formal_potential,
            film=cell.film,
            temperature=cell.temperature,
        )
    )
    current = root.current
    start = (1 - flatness) * earlier + flatness * current
    potential = source_potential - source_resistance * current
    inventory, inventory_rate = electrode.inventory_after(activities, current, root.stiffness, state)
    mean, slope = 0.5 * (start + current) - bend / 6, (current - state.current) / step
    following = CellState(
        species=tuple(
            one.response.advance(
                prediction, sign * start * per_charge, sign * current * per_charge, sign * bend * per_charge
            )
            for one, prediction, sign in zip(cell.species, predictions, electrode.species_signs, strict=True)
        ),
        current=current,
        inventory=inventory,
        potential=potential,
        charge=state.charge + step * mean,
        inventory_rate=inventory_rate,
        mean_current=mean,
        last_duration=step,
        slope=slope,
        bend=(slope - state.slope) / (step + state.last_duration),
    )
    return StepResult(
        state=following,
        terminal_potential=jnp.where(drive.is_current, potential + cell.series_resistance * drive.stop, drive.stop),
        total_current=jnp.where(drive.is_current, drive.stop, _terminal_current(cell, drive, potential, current)),
        surface_activity=activities.oxidised_at(current),
        shape=shape,
        converged=root.converged,
        rounding=ROUNDING * jnp.finfo(current.dtype).eps * jnp.abs(activities.oxidised) / activities.oxidised_slope,
    )


def _terminal_current(cell, drive, potential, current):
    """Current through the series resistance at the end of a step of controlled potential.

    Not the mean over the step, which lags by half of it. Where the circuit is far faster than the step its difference
    of potentials would be rounding, and the double layer simply follows the drive.
    """
    resistance, capacitance = cell.series_resistance, cell.double_layer_capacitance
    resolved = resistance * capacitance > FASTEST_CIRCUIT * drive.duration
    through = (drive.stop - potential) / jnp.where(resolved, resistance, 1.0)
    return jnp.where(resolved, through, current + capacitance * (drive.stop - drive.start) / drive.duration)


def _bend(state, duration, bent):
    """Half the second difference of the current over a step, A m-2, where it is to bend as over the last two."""
    return jnp.where(bent, state.bend * duration**2, 0.0)


def _species_at_surface(cell, predictions, flatness, earlier, bend):
    """Every species at the end of the step as a linear function of the current."""
    per_charge = 1 / (cell.electrode.electron_number * FARADAY)
    earlier_flux, bent_flux = earlier * per_charge, bend * per_charge
    return tuple(
        SpeciesAtSurface(
            bulk=species.concentration,
            concentration=species.concentration
            + prediction.base
            + sign * ((1 - flatness) * prediction.from_old * earlier_flux + prediction.from_bend * bent_flux),
            slope=_slope(prediction, flatness) * per_charge,
        )
        for species, prediction, sign in zip(cell.species, predictions, cell.electrode.species_signs, strict=True)
    )


def _slope(prediction, flatness):
    """Change of the surface activity with the flux at the end of the step, positive as the exact one is.

    Far below the base step a reduced response is off by a small share of itself, and where the transference number jumps
    inside the film that can turn its sign; the electrode equation would then have no root.
    """
    slope = flatness * prediction.from_old + prediction.from_new + prediction.direct
    least = jnp.abs(prediction.from_old) + jnp.abs(prediction.from_new) + prediction.direct
    return jnp.maximum(slope, LEAST_SLOPE * least)


def _equivalent_source(cell, state, drive, flatness, old_current, bend):
    """Potential and resistance of the source that film and charge transfer see at the end of the step.

    Controlled potential: the double layer behind R_u is one more mode, phi' = (E - R_u j - phi) / (R_u C), stepped
    exactly. Controlled current: the double layer takes what charge transfer does not, C phi' = j_set - j.
    """
    step, resistance = drive.duration, cell.series_resistance
    time_constant = jnp.maximum(resistance * cell.double_layer_capacitance, INSTANT * step)
    share = step / time_constant
    decay, mean, linear, square = step_shares(share, time_constant / step)
    old, new, bent = share * (mean - linear), share * linear, share * (square - linear)
    # The drive is known at both ends, so only the current is flatter when the flux is.
    at_start, at_end = (1 - flatness) * old, new + flatness * old
    by_potential = decay * state.potential + old * drive.start + new * drive.stop
    by_potential = by_potential - resistance * (at_start * old_current + bent * bend)
    capacitance = jnp.maximum(cell.double_layer_capacitance, CAPACITANCE_FLOOR)
    by_current = state.potential + step / capacitance * drive.stop
    return (
        jnp.where(drive.is_current, by_current, by_potential),
        jnp.where(drive.is_current, step / capacitance, at_end * resistance),
    )
