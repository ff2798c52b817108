"""One experiment cell and its step: transport, electrode and circuit, closed by one scalar root."""

from collections.abc import Iterator
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from kernels.charge_transfer import ROUNDING, ElectrodeEquation, solve_current
from kernels.constants import FARADAY, GAS_CONSTANT
from kernels.drive import DriveStep
from kernels.electrodes.electrode import Deposit, Electrode, SurfaceSpecies
from kernels.exponential import step_weights
from kernels.response import FullResponse, ModalResponse, Prediction
from kernels.stack import LayerStack

# Double layer that keeps imposed-current steps well posed when a cell is given none: 1e-8 of a usual one in charge.
CAPACITANCE_FLOOR = 1e-4  # F m-2
# RC time constants shorter than this fraction of a step are treated as instantaneous.
INSTANT = 1e-9
# RC time constants shorter than this fraction of a step leave a drop over the series resistance that is only rounding, so
# that the current cannot be read from it.
FASTEST_CIRCUIT = 1e-6
# Smallest slope of the surface response as a fraction of its parts; a resolved step has a far larger one.
LEAST_SLOPE = 1e-3


class Cell(eqx.Module):
    """Everything that does not change during an experiment; arrays `[..., lane]`, traced.

    Attributes:
        responses: surface response of each diffusing species, the oxidised one first.
        electrode: what happens at the surface.
        concentration: `[lane]`, mol m-3, bulk concentration of the first species.
        film: layers `[layer, lane]` whose ohmic drop counts, or None when no layer is ohmic.
        series_resistance: `[lane]`, ohm m2.
        double_layer_capacitance: `[lane]`, F m-2, parallel to film and charge transfer.
        temperature: `[lane]`, K.
    """

    responses: tuple[ModalResponse | FullResponse, ...]
    electrode: Electrode
    concentration: Float[Array, "lane"]
    film: LayerStack | None
    series_resistance: Float[Array, "lane"]
    double_layer_capacitance: Float[Array, "lane"]
    temperature: Float[Array, "lane"]


class CellState(eqx.Module):
    """State at one instant; every field is traced.

    Attributes:
        responses: state of each species' response.
        current: `[lane]`, A m-2, faradaic.
        deposit: what lies on the electrode.
        potential: `[lane]`, V, behind the series resistance.
        charge: `[lane]`, C m-2, cumulative faradaic charge.
        mean_current: `[lane]`, A m-2, over the last step.
        last_duration: `[lane]`, s, of the last step.
    """

    responses: tuple[Array, ...]
    current: Float[Array, "lane"]
    deposit: Deposit
    potential: Float[Array, "lane"]
    charge: Float[Array, "lane"]
    mean_current: Float[Array, "lane"]
    last_duration: Float[Array, "lane"]


class StepResult(eqx.Module):
    """Outcome of one step; every field `[lane]` but `state`.

    Attributes:
        state: CellState at the end of the step.
        terminal_potential: V.
        total_current: A m-2, with the double layer.
        surface_activity: A_ox, relative to the electrode's reference concentration.
        converged: whether the root was found.
        rounding: A m-2, how far rounding may have moved the current.
    """

    state: CellState
    terminal_potential: Float[Array, "lane"]
    total_current: Float[Array, "lane"]
    surface_activity: Float[Array, "lane"]
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
        responses=tuple(response.initial() for response in cell.responses),
        current=nothing,
        deposit=cell.electrode.initial_deposit(nothing),
        potential=potential,
        charge=nothing,
        mean_current=nothing,
        last_duration=nothing,
    )


class Flux(NamedTuple):
    """How the flux runs over a step: linear, from (1 - w) J_ref + w J to J with the flatness w.

    There are three choices.

    - J_ref is the flux at the start and w = 0: the trapezoid, second order.
    - J_ref is the mean of the step before, w = h_old / (2 h + h_old): the second-order backward differentiation formula
      for what is stored. It damps what the trapezoid lets ring, so it serves a thin inventory that relaxes within a step.
    - w = 1, a constant flux: first order and monotone, for one tiny step where a linear flux would overdraw a reactant
      or the inventory, and after a jump of the drive.

    Attributes:
        flatness: `[lane]`, w.
        multistep: `[lane]`, whether J_ref is the mean of the step before.

    Source: Hairer, Nørsett & Wanner, Solving Ordinary Differential Equations I (1993), III.5, variable-step BDF2,
        10.1007/978-3-540-78862-1.
    """

    flatness: Float[Array, "lane"]
    multistep: Bool[Array, "lane"]


def predict(cell: Cell, state: CellState, duration: Float[Array, "lane"]) -> tuple[Prediction, ...]:
    """Linear response of every species over a step of the given duration `[lane]`, s."""
    pairs = zip(cell.responses, state.responses, strict=True)
    return tuple(response.predict(past, duration) for response, past in pairs)


def choose_flux(
    cell: Cell,
    state: CellState,
    predictions: tuple[Prediction, ...],
    duration: Float[Array, "lane"],
    guess: Float[Array, "lane"],
    constant: Bool[Array, "lane"],
    multistep: Bool[Array, "lane"],
) -> Flux:
    """The flux that the next step takes; nothing of it is differentiated.

    Args:
        cell: the cell.
        state: where the step starts.
        predictions: from `predict` for that duration.
        duration: `[lane]`, s.
        guess: `[lane]`, A m-2, expected current.
        constant: `[lane]`, whether the march asks for a constant flux.
        multistep: `[lane]`, whether it asks for the mean of the step before.

    Returns:
        Flux, constant where a linear one would use up more of a species than there is.
    """
    damped = state.last_duration / (2 * duration + state.last_duration)
    currents = (state.current, state.mean_current, guess)
    constant, multistep = cell.electrode.choose_flux(state.deposit, currents, duration, constant, multistep)
    flatness = jnp.where(constant, 1.0, jnp.where(multistep, damped, 0.0))
    old_flux = _old_current(state, multistep) * _per_charge(cell)
    for sign, bulk, prediction in _species(cell, predictions):
        overdrawn = bulk + prediction.base + (1 - flatness) * prediction.from_old * (sign * old_flux) <= 0
        flatness = jnp.where(overdrawn, 1.0, flatness)
    return Flux(flatness, multistep)


def take_step(
    cell: Cell,
    state: CellState,
    predictions: tuple[Prediction, ...],
    drive: DriveStep,
    guess: Float[Array, "lane"],
    scale: Float[Array, "lane"],
    flux: Flux,
    tolerance: float,
    polish: bool,
) -> StepResult:
    """Advance the cell by one step of a given flux.

    Args:
        cell: the cell.
        state: where it starts.
        predictions: from `predict` for the duration of the step.
        drive: what is imposed; durations must be positive.
        guess: `[lane]`, A m-2, expected current.
        scale: `[lane]`, A m-2, current that counts as large.
        flux: from `choose_flux`, or a recorded one.
        tolerance: of the scalar root (static).
        polish: make the root differentiable (static).

    Returns:
        StepResult.
    """
    electrode, duration, flatness = cell.electrode, drive.duration, flux.flatness
    bulk, per_charge = electrode.bulk(cell.concentration), _per_charge(cell)
    old_current = _old_current(state, flux.multistep)
    old_flux = old_current * per_charge
    species = []
    for sign, concentration, prediction in _species(cell, predictions):
        value = concentration + prediction.base + (1 - flatness) * prediction.from_old * (sign * old_flux)
        species.append(SurfaceSpecies(value, _slope(prediction, flatness) * per_charge))
    activities = electrode.activities(bulk, tuple(species), state.deposit, duration, flatness, old_current)
    source_potential, source_resistance = _equivalent_source(cell, state, drive, flatness, old_current)
    equation = ElectrodeEquation(
        activities=activities,
        source_potential=source_potential,
        source_resistance=source_resistance,
        inverse_reference_current=1 / electrode.reference_current(bulk),
        kinetics=electrode.kinetics,
        thermal_slope=electrode.electron_number * FARADAY / (GAS_CONSTANT * cell.temperature),
        formal_potential=electrode.formal_potential,
        film=cell.film,
        temperature=cell.temperature,
    )
    current, converged, stiffness = solve_current(equation, guess, scale, tolerance, polish)

    earlier = (1 - flatness) * old_current + flatness * current
    potential = source_potential - source_resistance * current
    following = CellState(
        responses=tuple(
            response.advance(prediction, sign * earlier * per_charge, sign * current * per_charge)
            for sign, response, prediction in zip(electrode.flux_signs, cell.responses, predictions, strict=True)
        ),
        current=current,
        deposit=electrode.next_deposit(activities, state.deposit, current, stiffness),
        potential=potential,
        charge=state.charge + 0.5 * duration * (earlier + current),
        mean_current=0.5 * (earlier + current),
        last_duration=duration,
    )
    return StepResult(
        state=following,
        terminal_potential=jnp.where(drive.is_current, potential + cell.series_resistance * drive.stop, drive.stop),
        total_current=jnp.where(drive.is_current, drive.stop, _terminal_current(cell, drive, potential, current)),
        surface_activity=activities.oxidised_at(current),
        converged=converged,
        rounding=ROUNDING * jnp.finfo(current.dtype).eps * jnp.abs(activities.oxidised) / activities.oxidised_slope,
    )


def _species(cell: Cell, predictions: tuple[Prediction, ...]) -> Iterator[tuple[int, Array, Prediction]]:
    """Sign of the flux, bulk concentration and prediction of every diffusing species."""
    concentrations = cell.electrode.species_concentrations(cell.concentration)
    return zip(cell.electrode.flux_signs, concentrations, predictions, strict=True)


def _per_charge(cell: Cell) -> Float[Array, "lane"]:
    """Moles per coulomb."""
    return 1 / (cell.electrode.electron_number * FARADAY)


def _old_current(state: CellState, multistep: Bool[Array, "lane"]) -> Float[Array, "lane"]:
    """The current from which the flux of a step starts."""
    return jnp.where(multistep, state.mean_current, state.current)


def _terminal_current(cell, drive, potential, current):
    """Current through the series resistance at the end of a step of controlled potential.

    Not the mean over the step, which lags by half of it. Where the circuit is far faster than the step its difference
    of potentials would be rounding, and the double layer simply follows the drive.
    """
    resistance, capacitance = cell.series_resistance, cell.double_layer_capacitance
    resolved = resistance * capacitance > FASTEST_CIRCUIT * drive.duration
    through = (drive.stop - potential) / jnp.where(resolved, resistance, 1.0)
    return jnp.where(resolved, through, current + capacitance * (drive.stop - drive.start) / drive.duration)


def _slope(prediction, flatness):
    """Change of the surface activity with the flux at the end of the step, positive as the exact one is.

    Far below the base step a reduced response is off by a small share of itself, and where the transference number jumps
    inside the film that can turn its sign; the electrode equation would then have no root.
    """
    slope = flatness * prediction.from_old + prediction.from_new + prediction.direct
    least = jnp.abs(prediction.from_old) + jnp.abs(prediction.from_new) + prediction.direct
    return jnp.maximum(slope, LEAST_SLOPE * least)


def _equivalent_source(cell, state, drive, flatness, old_current):
    """Potential and resistance of the source that film and charge transfer see at the end of the step.

    Controlled potential: the double layer behind R_u is one more mode, phi' = (E - R_u j - phi) / (R_u C), stepped
    exactly. Controlled current: the double layer takes what charge transfer does not, C phi' = j_set - j.
    """
    step, resistance = drive.duration, cell.series_resistance
    time_constant = jnp.maximum(resistance * cell.double_layer_capacitance, INSTANT * step)
    decay, old, new = step_weights(1 / time_constant, step)
    old, new = old / time_constant, new / time_constant
    # The drive is known at both ends, so only the current is flatter when the flux is.
    at_start, at_end = (1 - flatness) * old, new + flatness * old
    by_potential = decay * state.potential + old * drive.start + new * drive.stop - at_start * resistance * old_current
    capacitance = jnp.maximum(cell.double_layer_capacitance, CAPACITANCE_FLOOR)
    by_current = state.potential + step / capacitance * drive.stop
    return (
        jnp.where(drive.is_current, by_current, by_potential),
        jnp.where(drive.is_current, step / capacitance, at_end * resistance),
    )
