"""Steady model: Faradaic efficiencies and cell voltage at one current, from one scalar root."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, UInt8

from kernels.ammonia.cell_energy import CellVoltage
from kernels.ammonia.current_branches import (
    CurrentSplit,
    FilmTransport,
    ProtonBranch,
    proton_exchange_current,
    split_current,
)
from kernels.ammonia.operating_conditions import (
    ETHANOL_MOLAR_DENSITY,
    REFERENCE_SALT,
    Conditions,
    FaradaicEfficiencies,
    standard_conditions,
)
from kernels.constants import FARADAY, STANDARD_TEMPERATURE
from kernels.laws.hopping import arrhenius
from kernels.status import Status

# Exponent of the smooth transition from a supply that is too small to one in excess.
SUPPLY_SHARPNESS = 8
# Current (A m-2) and film that stand in for invalid inputs, whose results are replaced by NaN.
SUBSTITUTE_CURRENT = 60.0
SUBSTITUTE_FILM = {"resistance": 1e-3, "desolvation_resistance": 0.0, "limiting_current": 1000.0}


class CellParameters(eqx.Module):
    """Constants of the cell outside the film; every field is traced. Values hold at 298.15 K and 2 mol L-1.

    Attributes:
        proton: the proton branch of the film.
        proton_mass_transfer: m s-1, kH, of proton donors to the film.
        nitrogen_mass_transfer: m s-1, kN.
        nitrogen_solubility: mol m-3 Pa-1.
        salting_out: m3 mol-1, natural-logarithm coefficient of the loss of N2 solubility with salt.
        cell_resistance: ohm m2, of electrolyte, separator and anode together.
        anode_overpotential: V, of the anode beyond its part of the cell resistance.
        equilibrium_voltage: V.
        transport_energy: J per ion, activation energy of everything that moves in the liquid.
        proton_energy: J per ion, activation energy of the proton branch.
    """

    proton: ProtonBranch
    proton_mass_transfer: Float[Array, "*lane"]
    nitrogen_mass_transfer: Float[Array, "*lane"]
    nitrogen_solubility: Float[Array, "*lane"]
    salting_out: Float[Array, "*lane"]
    cell_resistance: Float[Array, "*lane"]
    anode_overpotential: Float[Array, "*lane"]
    equilibrium_voltage: Float[Array, "*lane"]
    transport_energy: Float[Array, "*lane"]
    proton_energy: Float[Array, "*lane"]


class SteadyState(eqx.Module):
    """Result of the steady model; every field is traced, NaN where the status is not OK.

    Attributes:
        efficiency: shares of the charge.
        split: the current by branch and the overpotential of the film.
        voltage: of the cell, in parts.
        proton_supply: share of the lithium that the donors can turn into ammonia.
        nitrogen_supply: share of the lithium that N2 can nitride.
        status: a code of `kernels.status.Status`.
    """

    efficiency: FaradaicEfficiencies
    split: CurrentSplit
    voltage: CellVoltage
    proton_supply: Float[Array, "*lane"]
    nitrogen_supply: Float[Array, "*lane"]
    status: UInt8[Array, "*lane"]


def at_temperature(parameters: CellParameters, temperature: Float[Array, "*lane"]) -> CellParameters:
    """Carry the constants of the cell from 298.15 K to another temperature.

    Mass transfer and conductivity have the activation energy `transport_energy`, the prefactor of the proton branch
    `proton_energy`. The overpotential scale of that branch is proportional to T, because protons move by hopping.

    Args:
        parameters: at 298.15 K.
        temperature: K.

    Returns:
        CellParameters, unchanged at 298.15 K.

    Source: Arrhenius' law, `kernels.laws.arrhenius`.
    """
    liquid = arrhenius(1.0, parameters.transport_energy, temperature)
    proton = replace(
        parameters.proton,
        current=arrhenius(parameters.proton.current, parameters.proton_energy, temperature),
        overpotential_scale=parameters.proton.overpotential_scale * (temperature / STANDARD_TEMPERATURE),
    )
    return replace(
        parameters,
        proton=proton,
        proton_mass_transfer=parameters.proton_mass_transfer * liquid,
        nitrogen_mass_transfer=parameters.nitrogen_mass_transfer * liquid,
        cell_resistance=parameters.cell_resistance / liquid,
    )


def dissolved_nitrogen(parameters: CellParameters, conditions: Conditions) -> Float[Array, "*lane"]:
    """Concentration of N2 in the electrolyte, Henry's law with salting-out.

    Args:
        parameters: of the cell.
        conditions: N2 pressure and salt.

    Returns:
        mol m-3.

    Source: Setschenow's law about 2 mol L-1, where the solubility is given; Gibanel et al., J. Solution Chem. 22, 211
        (1993), 10.1007/BF00649244, for the pure solvent.
    """
    loss = jnp.exp(-parameters.salting_out * (conditions.salt_concentration - REFERENCE_SALT))
    return parameters.nitrogen_solubility * conditions.nitrogen_pressure * loss


def supply_yield(ratio: Float[Array, "*lane"]) -> Float[Array, "*lane"]:
    """Fraction of a demand that a supply meets, s / (1 + s^8)^(1/8), without overflow for any ratio.

    Args:
        ratio: s, supply over demand, non-negative.

    Returns:
        between 0 and 1.

    Source: smooth minimum of s and 1.
    """
    scarce = ratio < 1
    below = jnp.where(scarce, ratio, 0.0)
    above = 1 / jnp.where(scarce, 1.0, ratio)
    shortage = below / (1 + below**SUPPLY_SHARPNESS) ** (1 / SUPPLY_SHARPNESS)
    return jnp.where(scarce, shortage, (1 + above**SUPPLY_SHARPNESS) ** (-1 / SUPPLY_SHARPNESS))


def cell_voltage(
    current: Float[Array, "*lane"], split: CurrentSplit, film: FilmTransport, parameters: CellParameters
) -> CellVoltage:
    """Parts of the cell's voltage at a current whose split is known.

    Args:
        current: A m-2, cathodic magnitude.
        split: of that current.
        film: resistances of the film.
        parameters: of the cell, at its temperature.

    Returns:
        CellVoltage. The film's overpotential is what Li+ loses in the layers and at the interfaces; the remainder, which
        only a finite limiting current causes, is the concentration part.

    Source: docs/ammonia.md, equation (6); 3.04 V is the intercept of the cell voltages that Zhang et al., Science 391 (2026),
        10.1126/science.adw5462, print at 6 and 100 mA cm-2.
    """
    layers = split.lithium_current * film.resistance
    interfaces = film.desolvation_overpotential(split.lithium_current)
    return CellVoltage(
        equilibrium=jnp.broadcast_to(parameters.equilibrium_voltage, current.shape),
        anode=jnp.where(current > 0, parameters.anode_overpotential, 0.0),
        electrolyte=parameters.cell_resistance * current,
        concentration=split.overpotential - layers - interfaces,
        desolvation=interfaces,
        film=layers,
    )


def steady_state(
    current: Float[Array, "*lane"],
    conditions: Conditions,
    film: FilmTransport,
    parameters: CellParameters,
    duty: Float[Array, "*lane"] | float = 1.0,
) -> SteadyState:
    """Faradaic efficiencies and cell voltage of the steady model.

    FE_NH3 = (j_Li / j) Y_H Y_N: lithium that N2 does not reach stays lithium, Li3N that protons do not reach stays Li3N.

    Args:
        current: A m-2, cathodic magnitude while it flows.
        conditions: of operation.
        film: resistance and limiting current of the film at the temperature of the conditions, see `film_transport`.
        parameters: of the cell at 298.15 K.
        duty: share of the time under current; supply from the bulk goes on during the rest.

    Returns:
        SteadyState. Status INVALID_INPUT for values outside their range, DEPLETED where nothing can carry the current.

    Source: docs/ammonia.md, equations (1) to (6): supply-limited efficiencies after Andersen et al., Energy Environ. Sci. 13,
        4291 (2020), 10.1039/D0EE02246B, and Fu et al., Science 379, 707 (2023), 10.1126/science.adf4403.

    Example:
        >>> from kernels.ammonia.cell_calibration import calibrated_cell
        >>> from kernels.ammonia.operating_conditions import standard_conditions
        >>> film, parameters = calibrated_cell("LiDFOB")
        >>> state = steady_state(jnp.asarray(1000.0), standard_conditions(), film, parameters, duty=1 / 16)
        >>> round(state.efficiency.ammonia.item(), 2), round(state.voltage.total.item(), 1)
        (0.98, 5.5)
    """
    duty = jnp.asarray(duty)
    valid = conditions.valid() & film.valid() & (current > 0) & jnp.isfinite(current) & (duty > 0) & (duty <= 1)
    current, conditions, film = substitute(valid, current, conditions, film)
    local = at_temperature(parameters, conditions.temperature)
    branch = local.proton
    split = split_current(
        current,
        film,
        proton_exchange_current(branch, conditions.ethanol_fraction),
        branch.overpotential_scale,
    )
    mean_flux = split.lithium_current * jnp.where(valid, duty, 1.0) / FARADAY
    donors = ETHANOL_MOLAR_DENSITY * (conditions.ethanol_fraction + branch.residual_donor)
    deposits = mean_flux > 0
    demand = jnp.where(deposits, mean_flux, 1.0)
    protons = supply_yield(local.proton_mass_transfer * donors / demand)
    nitrogen = supply_yield(6 * local.nitrogen_mass_transfer * dissolved_nitrogen(local, conditions) / demand)
    lithium, rest = split.lithium_current / current, split.proton_current / current
    efficiency = FaradaicEfficiencies(
        ammonia=lithium * nitrogen * protons,
        hydrogen=rest * branch.hydrogen_share,
        lithium=lithium * (1 - nitrogen),
        lithium_nitride=lithium * nitrogen * (1 - protons),
        other=rest * (1 - branch.hydrogen_share),
    )
    voltage = cell_voltage(current, split, film, local)
    finite = jnp.isfinite(efficiency.total) & jnp.isfinite(voltage.total)
    status = jnp.where(
        valid,
        jnp.where(split.solvable, jnp.where(finite, Status.OK, Status.NON_FINITE), Status.DEPLETED),
        Status.INVALID_INPUT,
    )
    good = status == Status.OK
    numbers = (efficiency, (split.overpotential, split.lithium_current, split.proton_current), voltage)
    efficiency, currents, voltage = jax.tree.map(lambda x: jnp.where(good, x, jnp.nan), numbers)
    return SteadyState(
        efficiency=efficiency,
        split=CurrentSplit(*currents, solvable=split.solvable),
        voltage=voltage,
        proton_supply=jnp.where(good, protons, jnp.nan),
        nitrogen_supply=jnp.where(good, nitrogen, jnp.nan),
        status=status.astype(jnp.uint8),
    )


def substitute(valid, current, conditions: Conditions, film: FilmTransport):
    """Replace the inputs of invalid lanes by finite ones, so that no NaN reaches the derivatives of their neighbours.

    Args:
        valid: `[*lane]`, bool.
        current: `[*lane]` or `[segment]`, A m-2.
        conditions: of operation.
        film: of the same lanes.

    Returns:
        the three, with `SUBSTITUTE_CURRENT`, standard conditions and `SUBSTITUTE_FILM` in lanes that are not valid.
    """
    usual = replace(jax.tree.map(lambda x: jnp.full_like(x, 0.5), film), **SUBSTITUTE_FILM)
    defaults = (standard_conditions(), usual)
    conditions, film = jax.tree.map(lambda x, y: jnp.where(valid, x, y), (conditions, film), defaults)
    return jnp.where(valid, current, SUBSTITUTE_CURRENT), conditions, film
