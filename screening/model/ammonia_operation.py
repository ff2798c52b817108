"""One operating point of an ammonia cell whose film is a layer stack; pure JAX."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.ammonia import (
    CellParameters,
    Conditions,
    PulsedState,
    SteadyState,
    SurfaceChemistry,
    ammonia_rate,
    at_temperature,
    calibrated_cell,
    default_chemistry,
    dissolved_nitrogen,
    energy_efficiency,
    film_transport,
    hopping_overpotential_scale,
    instant_supply,
    limiting_cause,
    pulse_train,
    pulsed_state,
    stack_supply,
    steady_state,
    supply_bounds,
)
from kernels.ammonia.operating_conditions import ETHANOL_MOLAR_DENSITY
from kernels.constants import STANDARD_TEMPERATURE
from kernels.stack import Electrolyte, LayerStack
from kernels.status import Status
from screening.config.ammonia_table import PRESETS
from screening.model.ammonia_lifetime import aged_outputs
from screening.model.ammonia_outputs import PARTS, SHARES
from screening.model.outputs import film_share

# study key -> its place in CellParameters
_CELL: Mapping[str, Callable[[CellParameters], Any]] = {
    "cell_resistance": lambda cell: cell.cell_resistance,
    "anode_overpotential": lambda cell: cell.anode_overpotential,
    "equilibrium_voltage": lambda cell: cell.equilibrium_voltage,
    "proton_current": lambda cell: cell.proton.current,
    "proton_overpotential_scale": lambda cell: cell.proton.overpotential_scale,
    "proton_order": lambda cell: cell.proton.order,
    "residual_donor_fraction": lambda cell: cell.proton.residual_donor,
    "hydrogen_share": lambda cell: cell.proton.hydrogen_share,
    "proton_mass_transfer": lambda cell: cell.proton_mass_transfer,
    "nitrogen_mass_transfer": lambda cell: cell.nitrogen_mass_transfer,
    "nitrogen_solubility": lambda cell: cell.nitrogen_solubility,
}
# study key -> its place in SurfaceChemistry, and the factor from the study's unit
_SURFACE: Mapping[str, tuple[Callable[[SurfaceChemistry], Any], float]] = {
    "residual_donor_fraction": (lambda surface: surface.residual_donor, ETHANOL_MOLAR_DENSITY),
    "proton_mass_transfer": (lambda surface: surface.proton_mass_transfer, 1.0),
    "nitrogen_mass_transfer": (lambda surface: surface.nitrogen_mass_transfer, 1.0),
    "nitridation": (lambda surface: surface.nitridation, 1.0),
    "protonation": (lambda surface: surface.protonation, 1.0),
    "nitride_protonation": (lambda surface: surface.nitride_protonation, 1.0),
    "isolation": (lambda surface: surface.isolation, 1.0),
}


@dataclass(frozen=True)
class Choices:
    """What is static in an ammonia study: the words of its table [ammonia].

    Attributes:
        model: "pulsed" or "steady".
        calibration: preset of the cell's constants.
        energy_definition: which energy of ammonia counts.
        hydrogen_feed: "free" or "counted".
        ageing: whether the cell is looked at after the ageing time.
        growth_law: of the film then; "" for none.
    """

    model: str
    calibration: str
    energy_definition: str = "free_energy"
    hydrogen_feed: str = "free"
    ageing: bool = False
    growth_law: str = ""


def cell_constants(
    calibration: str, given: Mapping[str, Float[Array, ""]], thickness: Float[Array, ""]
) -> tuple[CellParameters, SurfaceChemistry]:
    """Constants of the cell outside the film: those of the preset, with what the study gives in their place.

    A film may leave to the preset what another gives, and is NaN there; where films differ in the preset its number is given.
    """
    _, cell = calibrated_cell(calibration)
    if "calibration" in given:
        cells = [calibrated_cell(preset)[1] for preset in PRESETS]
        chosen = given["calibration"].astype(int)
        cell = jax.tree.map(lambda *leaves: jnp.stack(leaves)[chosen], *cells)
    surface = default_chemistry()

    def with_own(tree, place, value):
        return eqx.tree_at(place, tree, jnp.where(jnp.isnan(value), place(tree), value))

    for key, place in _CELL.items():
        if key in given:
            cell = with_own(cell, place, given[key])
    for key, (place, factor) in _SURFACE.items():
        if key in given:
            surface = with_own(surface, place, factor * given[key])
    if "proton_jump_distance" in given:
        standard, jump = jnp.asarray(STANDARD_TEMPERATURE), given["proton_jump_distance"]
        scale = hopping_overpotential_scale(thickness, jnp.where(jnp.isnan(jump), 1.0, jump), standard)
        cell = with_own(cell, lambda c: c.proton.overpotential_scale, jnp.where(jnp.isnan(jump), jnp.nan, scale))
    return cell, surface


def operating_points(
    choices: Choices,
    given: Mapping[str, Float[Array, "candidate"]],
    stack: LayerStack,
    electrolyte: Electrolyte,
    temperature: Float[Array, "candidate"],
) -> dict[str, Array]:
    """Efficiencies, voltage, rates and limiting cause of a batch of candidates, each at one operating point.

    Args:
        choices: static words of the study.
        given: keys of the table [ammonia], SI.
        stack: the films, arrays `[candidate, layer]`.
        electrolyte: its concentration is that of the salt.
        temperature: K.

    Returns:
        `[candidate]` by the names of `screening.model.ammonia_outputs`, and "status"; all but status and codes NaN where it
        is not OK.

    Source: docs/ammonia.md, equations (1) to (10).
    """
    supply = stack_supply(stack, electrolyte, given["on_time"]) if choices.model == "pulsed" else instant_supply()
    axes = (0, 0, 0, 0, 0 if choices.model == "pulsed" else None)
    return jax.vmap(partial(_operating_point, choices), in_axes=axes)(given, stack, electrolyte, temperature, supply)


def _operating_point(choices, given, stack, electrolyte, temperature, supply):
    """One candidate; scalars, and arrays `[layer]` and `[mode]`."""
    film = film_transport(stack, electrolyte, temperature)
    cell, surface = cell_constants(choices.calibration, given, jnp.sum(stack.thickness))
    current, on, off = (given[key] for key in ("current", "on_time", "off_time"))
    conditions = Conditions(
        given["ethanol_fraction"], given["nitrogen_pressure"], electrolyte.concentration, temperature
    )
    local = at_temperature(cell, temperature)
    duty = on / (on + off)
    pulsed = choices.model == "pulsed"
    state: PulsedState | SteadyState
    if pulsed:
        state = pulsed_state(pulse_train(current, on, off), conditions, film, cell, surface, supply=supply)
        transfers = surface.proton_mass_transfer, surface.nitrogen_mass_transfer
        # the surface's mass transfer follows the temperature as that of the steady model does
        warmer = local.proton_mass_transfer / cell.proton_mass_transfer
        donors = ETHANOL_MOLAR_DENSITY * conditions.ethanol_fraction + surface.residual_donor
    else:
        state = steady_state(current, conditions, film, cell, duty)
        transfers = local.proton_mass_transfer, local.nitrogen_mass_transfer
        warmer = jnp.ones_like(duty)
        donors = ETHANOL_MOLAR_DENSITY * (conditions.ethanol_fraction + cell.proton.residual_donor)
    good = state.status == Status.OK
    share = state.lithium_share if isinstance(state, PulsedState) else state.split.lithium_current / current
    share = jnp.where(good, share, 1.0)
    supplies = supply_bounds(
        share,
        duty * current,
        warmer * transfers[1] * dissolved_nitrogen(local, conditions),
        warmer * transfers[0] * donors,
    )
    voltage = state.voltage.total
    # rounding may leave the share a last bit outside
    efficiency = jnp.where(good, jnp.clip(state.efficiency.ammonia, 0.0, 1.0), jnp.nan)
    energy = energy_efficiency(
        efficiency, voltage, choices.energy_definition, choices.hydrogen_feed, cell.equilibrium_voltage
    )
    found = {
        "status": jnp.where(good, energy.status, state.status),
        "faradaic_efficiency": state.efficiency.ammonia,
        "energy_efficiency": energy.value,
        "cell_voltage": voltage,
        "ammonia_rate": ammonia_rate(state.efficiency.ammonia, current),
        "mean_ammonia_rate": ammonia_rate(state.efficiency.ammonia, duty * current),
        "limiting_cause": limiting_cause(supplies, voltage, given["largest_voltage"]),
        "current_density": current,
        "current_density_mean": duty * current,
        "lithium_current_share": share,
        "limiting_current_density": film.limiting_current,
        "film_area_specific_resistance": film.total_resistance,
        "film_share_of_limit": film_share(electrolyte, film.limiting_current),
    }
    found |= {f"faradaic_efficiency_{name}": getattr(state.efficiency, name) for name in SHARES}
    found |= {output: getattr(state.voltage, part) for part, output in PARTS.items()}
    if isinstance(state, PulsedState):
        found |= {
            "periodic": state.periodic.astype(jnp.uint8),
            "lithium_drift": state.lithium_drift,
            "lithium_nitride_drift": state.nitride_drift,
        }
    if choices.ageing:
        found |= aged_outputs(
            choices.growth_law,
            given,
            conditions,
            film,
            cell,
            electrolyte,
            jnp.sum(stack.thickness),
            state.efficiency.ammonia,
        )
    return found
