"""One experiment cell and its step: transport, electrode and circuit, closed by one scalar root."""

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float

from kernels.charge_transfer import ROUNDING, ElectrodeEquation, solve_current
from kernels.constants import FARADAY, GAS_CONSTANT
from kernels.drive import DriveStep
from kernels.electrode import MetalElectrode, SolubleCouple, SurfaceActivities
from kernels.exponential import step_weights
from kernels.response import FullResponse, ModalResponse
from kernels.stack import LayerStack

# Double layer that keeps imposed-current steps well posed when a cell is given none: 1e-8 of a usual one in charge.
CAPACITANCE_FLOOR = 1e-4  # F m-2
# Time constants of the circuit below this share of a step act at once.
INSTANT = 1e-9
# Below this share of a step the current of the circuit is not resolved from the drop over its resistance.
FASTEST_CIRCUIT = 1e-6
# Least slope of the surface response, as a share of its parts: far below that of any resolved step.
LEAST_SLOPE = 1e-3


class Cell(eqx.Module):
    """Everything that does not change during an experiment; arrays `[..., lane]`, traced.

    Attributes:
        oxidised: surface response of the oxidised (or only) species.
        reduced: surface response of the reduced species of a soluble couple, else None.
        electrode: MetalElectrode or SolubleCouple.
        concentration: `[lane]`, mol m-3, bulk concentration of the oxidised species.
        film: layers `[layer, lane]` whose ohmic drop counts, or None when no layer is ohmic.
        series_resistance: `[lane]`, ohm m2.
        double_layer_capacitance: `[lane]`, F m-2, parallel to film and charge transfer.
        temperature: `[lane]`, K.
    """

    oxidised: ModalResponse | FullResponse
    reduced: ModalResponse | FullResponse | None
    electrode: MetalElectrode | SolubleCouple
    concentration: Float[Array, "lane"]
    film: LayerStack | None
    series_resistance: Float[Array, "lane"]
    double_layer_capacitance: Float[Array, "lane"]
    temperature: Float[Array, "lane"]


class CellState(eqx.Module):
    """State at one instant; every field is traced.

    Attributes:
        oxidised: state of the oxidised species' response.
        reduced: state of the reduced species' response, or None.
        current: `[lane]`, A m-2, faradaic.
        inventory: `[lane]`, mol m-2, of deposited metal (zero for a soluble couple).
        potential: `[lane]`, V, behind the series resistance.
        charge: `[lane]`, C m-2, cumulative faradaic charge.
        inventory_rate: `[lane]`, s-1, at which a thin inventory relaxes to equilibrium (zero for a soluble couple).
        mean_current: `[lane]`, A m-2, over the last step.
        last_duration: `[lane]`, s, of the last step.
    """

    oxidised: Array
    reduced: Array | None
    current: Float[Array, "lane"]
    inventory: Float[Array, "lane"]
    potential: Float[Array, "lane"]
    charge: Float[Array, "lane"]
    inventory_rate: Float[Array, "lane"]
    mean_current: Float[Array, "lane"]
    last_duration: Float[Array, "lane"]


class StepResult(eqx.Module):
    """Outcome of one step; every field `[lane]` but `state`.

    Attributes:
        state: CellState at the end of the step.
        terminal_potential: V.
        total_current: A m-2, with the double layer.
        surface_activity: A_ox, relative to the electrode's reference concentration.
        flatness: 0 for a flux linear over the step, 1 for a constant one.
        multistep: whether the flux started from the mean of the step before.
        converged: whether the root was found.
        rounding: A m-2, how far rounding may have moved the current.
    """

    state: CellState
    terminal_potential: Float[Array, "lane"]
    total_current: Float[Array, "lane"]
    surface_activity: Float[Array, "lane"]
    flatness: Float[Array, "lane"]
    multistep: Bool[Array, "lane"]
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
        oxidised=cell.oxidised.initial(),
        reduced=None if cell.reduced is None else cell.reduced.initial(),
        current=nothing,
        inventory=cell.electrode.initial_inventory + nothing if isinstance(cell.electrode, MetalElectrode) else nothing,
        potential=potential,
        charge=nothing,
        inventory_rate=nothing,
        mean_current=nothing,
        last_duration=nothing,
    )


def take_step(
    cell: Cell,
    state: CellState,
    drive: DriveStep,
    guess: Float[Array, "lane"],
    scale: Float[Array, "lane"],
    flatness: Float[Array, "lane"],
    multistep: Bool[Array, "lane"],
    choose: bool,
    tolerance: float,
) -> StepResult:
    """Advance the cell by one step.

    The flux is linear over the step, from (1 - w) J_ref + w J_new to J_new with the flatness w. There are three choices.

    - J_ref is the flux at the start and w = 0: the trapezoid, second order.
    - J_ref is the mean of the step before, w = h_old / (2 h + h_old): the second-order backward differentiation formula
      for what is stored. It damps what the trapezoid lets ring, so it serves a thin inventory that relaxes within a step.
    - w = 1, a constant flux: first order and monotone, for one tiny step where a linear flux would overdraw a reactant
      or the inventory, and after a jump of the drive.

    Args:
        cell: the cell.
        state: where it starts.
        drive: what is imposed; durations must be positive.
        guess: `[lane]`, A m-2, expected current.
        scale: `[lane]`, A m-2, current that counts as large.
        flatness: `[lane]`, w; where the step chooses, anything above zero asks for a constant flux.
        multistep: `[lane]`, whether J_ref is the mean of the step before; where the step chooses, the least it does.
        choose: whether the step chooses; then it is not differentiable (static).
        tolerance: of the scalar root (static).

    Returns:
        StepResult.

    Source: Hairer, Nørsett & Wanner, Solving Ordinary Differential Equations I (1993), III.5, variable-step BDF2,
        10.1007/978-3-540-78862-1.
    """
    electrode, step = cell.electrode, drive.duration
    per_charge = 1 / (electrode.electron_number * FARADAY)
    prediction = cell.oxidised.predict(state.oxidised, step)
    if choose:
        flatness, multistep = _choose_flux(cell, state, step, guess, flatness, multistep)
    old_current = jnp.where(multistep, state.mean_current, state.current)
    old_flux = old_current * per_charge
    oxidised_base = cell.concentration + prediction.base
    if choose:
        overdrawn = oxidised_base + (1 - flatness) * prediction.from_old * old_flux <= 0
        flatness = jnp.where(overdrawn, 1.0, flatness)

    if isinstance(electrode, MetalElectrode):
        reduced_prediction = None
        reference, monolayer = cell.concentration, electrode.monolayer_inventory
        reduced = jnp.maximum(state.inventory - 0.5 * (1 - flatness) * step / FARADAY * old_current, 0.0)
        reduced_slope = 0.5 * (1 + flatness) * step / FARADAY
    else:
        reference, monolayer = electrode.reference_concentration, None
        assert cell.reduced is not None, "a soluble couple has two diffusing species"
        assert state.reduced is not None, "a soluble couple has two diffusing species"
        reduced_prediction = cell.reduced.predict(state.reduced, step)
        reduced_base = electrode.reduced_concentration + reduced_prediction.base
        if choose:
            overdrawn = reduced_base - (1 - flatness) * reduced_prediction.from_old * old_flux <= 0
            flatness = jnp.where(overdrawn, 1.0, flatness)
        reduced = (reduced_base - (1 - flatness) * reduced_prediction.from_old * old_flux) / reference
        reduced_slope = _slope(reduced_prediction, flatness) * per_charge / reference

    oxidised = oxidised_base + (1 - flatness) * prediction.from_old * old_flux
    activities = SurfaceActivities(
        oxidised=oxidised / reference,
        oxidised_slope=_slope(prediction, flatness) * per_charge / reference,
        reduced=reduced,
        reduced_slope=reduced_slope,
        monolayer=monolayer,
    )
    source_potential, source_resistance = _equivalent_source(cell, state, drive, flatness, old_current)
    equation = ElectrodeEquation(
        activities=activities,
        source_potential=source_potential,
        source_resistance=source_resistance,
        inverse_reference_current=1 / electrode.reference_current,
        transfer_coefficient=electrode.transfer_coefficient,
        thermal_slope=electrode.electron_number * FARADAY / (GAS_CONSTANT * cell.temperature),
        formal_potential=electrode.formal_potential,
        film=cell.film,
        temperature=cell.temperature,
    )
    current, converged, stiffness = solve_current(equation, guess, scale, tolerance, polish=not choose)

    earlier = (1 - flatness) * old_current + flatness * current
    potential = source_potential - source_resistance * current
    inventory, inventory_rate = state.inventory, state.inventory_rate
    if monolayer is not None:
        inventory = jnp.maximum(reduced - reduced_slope * current, 0.0)
        inventory_rate = stiffness / (FARADAY * lax.stop_gradient(reduced_slope))
    following = CellState(
        oxidised=cell.oxidised.advance(prediction, earlier * per_charge, current * per_charge),
        reduced=None
        if cell.reduced is None or reduced_prediction is None
        else cell.reduced.advance(reduced_prediction, -earlier * per_charge, -current * per_charge),
        current=current,
        inventory=inventory,
        potential=potential,
        charge=state.charge + 0.5 * step * (earlier + current),
        inventory_rate=inventory_rate,
        mean_current=0.5 * (earlier + current),
        last_duration=step,
    )
    return StepResult(
        state=following,
        terminal_potential=jnp.where(drive.is_current, potential + cell.series_resistance * drive.stop, drive.stop),
        total_current=jnp.where(drive.is_current, drive.stop, _terminal_current(cell, drive, potential, current)),
        surface_activity=activities.oxidised_at(current),
        flatness=flatness,
        multistep=multistep,
        converged=converged,
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


def _choose_flux(cell, state, step, guess, flatness, multistep):
    """Flatness and reference of the flux over a step."""
    constant = flatness > 0
    damped = state.last_duration / (2 * step + state.last_duration)
    if isinstance(cell.electrode, MetalElectrode):
        # A trapezoid overshoots where stripping ends within the step, and rings where a thin inventory follows the
        # potential faster than the step.
        multistep = multistep | (state.inventory_rate * step > 1)
        stripped = step * jnp.maximum(state.current, jnp.where(multistep, state.mean_current, 0.0))
        # A multistep carries the step before into this one: too much where the current is about to die away.
        constant = constant | (multistep & (guess * state.current < 0))
        constant = constant | ((stripped > 0) & (state.inventory * FARADAY <= stripped))
    return jnp.where(constant, 1.0, jnp.where(multistep, damped, 0.0)), multistep


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
