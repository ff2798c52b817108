"""Energy efficiency and its definitions, the voltage of the cell and its parts, rates per area and programme targets."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, UInt8

from kernels.constants import FARADAY
from kernels.status import Status

Lanes = Float[Array, "*#lane"] | float

ELECTRONS_PER_AMMONIA = 3
# E0(H+/H2) - E0(Li+/Li) against the standard hydrogen electrode, Bard, Parsons & Jordan (1985).
LITHIUM_CELL_VOLTAGE = 3.04
# H2 + 1/2 O2 -> H2O(l), 237.13 kJ mol-1 over 2 F.
HYDROGEN_FUEL_VOLTAGE = 1.229
# V per electron of NH3: 339.35 kJ mol-1 free energy of its oxidation to N2 and H2O(l); heats of combustion 316.8, 382.8.
AMMONIA_VOLTAGES: Mapping[str, float] = MappingProxyType(
    {
        "free_energy": 339.35e3 / (ELECTRONS_PER_AMMONIA * FARADAY),
        "lower_heating_value": 316.8e3 / (ELECTRONS_PER_AMMONIA * FARADAY),
        "higher_heating_value": 382.8e3 / (ELECTRONS_PER_AMMONIA * FARADAY),
    }
)
# Whether the energy content of the H2 that the anode oxidises counts as an input.
HYDROGEN_FEEDS: Mapping[str, float] = MappingProxyType({"free": 0.0, "counted": HYDROGEN_FUEL_VOLTAGE})


class Targets(NamedTuple):
    """A programme's goals, SI.

    Attributes:
        current: A m-2.
        rate: mol m-2 s-1 of NH3.
        faradaic_efficiency: fraction.
        energy_efficiency: fraction.
        decay: s-1, loss of performance.
    """

    current: float
    rate: float
    faradaic_efficiency: float
    energy_efficiency: float
    decay: float


# US DOE ARPA-E, Renewable Energy to Fuels through Utilization of Energy-Dense Liquids (REFUEL), DE-FOA-0001562 (2016).
REFUEL_TARGETS = Targets(3000.0, 1e-2, 0.90, 0.60, 0.003 / 3.6e6)


class EnergyEfficiency(eqx.Module):
    """Energy efficiency with its status; every field is traced.

    Attributes:
        value: fraction; NaN where the status is not OK.
        status: OK, NON_FINITE, or INVALID_INPUT for a cell below its equilibrium voltage or an efficiency outside [0, 1].
    """

    value: Float[Array, "*lane"]
    status: UInt8[Array, "*lane"]


class CellVoltage(eqx.Module):
    """Parts of the voltage of a cell, V, all non-negative; every field is traced.

    Attributes:
        equilibrium: hydrogen anode against lithium deposition.
        anode: overpotential of hydrogen oxidation.
        electrolyte: ohmic drop of electrolyte and separator.
        concentration: share of the film's overpotential that the limiting current causes.
        desolvation: interfaces of the film.
        film: ohmic drop of its layers.
    """

    equilibrium: Float[Array, "*lane"]
    anode: Float[Array, "*lane"]
    electrolyte: Float[Array, "*lane"]
    concentration: Float[Array, "*lane"]
    desolvation: Float[Array, "*lane"]
    film: Float[Array, "*lane"]

    @property
    def total(self) -> Float[Array, "*lane"]:
        """The voltage of the cell, V."""
        losses = self.anode + self.electrolyte + self.concentration + self.desolvation + self.film
        return self.equilibrium + losses


def energy_efficiency(
    faradaic_efficiency: Lanes,
    voltage: Lanes,
    definition: str = "free_energy",
    hydrogen: str = "free",
    equilibrium_voltage: Lanes = LITHIUM_CELL_VOLTAGE,
) -> EnergyEfficiency:
    """Energy in the ammonia over energy put in, FE E_NH3 / (U + E_H2).

    Args:
        faradaic_efficiency: fraction, of ammonia.
        voltage: V, of the cell, averaged over the charge for a pulsed one.
        definition: which energy of ammonia (static): "free_energy", "lower_heating_value" or "higher_heating_value".
        hydrogen: whether the hydrogen feed is "free" or "counted" as an input (static).
        equilibrium_voltage: V, below which the cell cannot run.

    Returns:
        EnergyEfficiency; at the equilibrium voltage it is the largest possible.

    Raises:
        ValueError: if a choice is unknown.

    Source: Fu et al., Science 379, 707 (2023), 10.1126/science.adf4403; Zhang et al., Science 391 (2026),
        10.1126/science.adw5462, whose printed values fit "free_energy" with a free hydrogen feed.

    Example:
        >>> round(energy_efficiency(0.98, 5.5).value.item(), 3)
        0.209
    """
    gain, fuel = _choices(definition, hydrogen)
    efficiency, voltage = jnp.asarray(faradaic_efficiency), jnp.asarray(voltage)
    finite = jnp.isfinite(efficiency) & jnp.isfinite(voltage)
    possible = (voltage >= equilibrium_voltage) & (voltage > 0) & (efficiency >= 0) & (efficiency <= 1)
    value = efficiency * gain / jnp.where(possible, voltage + fuel, 1.0)
    status = jnp.where(finite, jnp.where(possible, Status.OK, Status.INVALID_INPUT), Status.NON_FINITE)
    return EnergyEfficiency(jnp.where(finite & possible, value, jnp.nan), status.astype(jnp.uint8))


def voltage_of_energy_efficiency(
    faradaic_efficiency: Lanes, efficiency: Lanes, definition: str = "free_energy", hydrogen: str = "free"
) -> Float[Array, "*lane"]:
    """Voltage of the cell that a pair of printed efficiencies implies, U = FE E_NH3 / EE - E_H2.

    Args:
        faradaic_efficiency: fraction.
        efficiency: energy efficiency, fraction.
        definition: as in `energy_efficiency` (static).
        hydrogen: as in `energy_efficiency` (static).

    Returns:
        V.

    Raises:
        ValueError: if a choice is unknown.

    Source: as `energy_efficiency`.

    Example:
        >>> round(voltage_of_energy_efficiency(0.99, 0.364).item(), 3)
        3.189
    """
    gain, fuel = _choices(definition, hydrogen)
    return jnp.asarray(faradaic_efficiency) * gain / efficiency - fuel


def ammonia_rate(faradaic_efficiency: Lanes, current: Lanes) -> Float[Array, "*lane"]:
    """Ammonia per electrode area and time, FE j / (3 F).

    Args:
        faradaic_efficiency: fraction.
        current: A m-2, cathodic magnitude; the one under current gives the rate on the pulse, the mean one that by the clock.

    Returns:
        mol m-2 s-1; 1e-4 of it is mol s-1 cm-2.

    Source: Faraday's law.

    Example:
        >>> f"{ammonia_rate(0.98, 1000.0).item():.3e}"
        '3.386e-03'
    """
    return jnp.asarray(faradaic_efficiency) * current / (ELECTRONS_PER_AMMONIA * FARADAY)


def attained_targets(
    current: Lanes,
    faradaic_efficiency: Lanes,
    efficiency: Lanes,
    decay: Lanes,
    targets: Targets = REFUEL_TARGETS,
) -> dict[str, Float[Array, "*lane"]]:
    """Performance relative to a programme's targets, each at least one where it is met.

    Args:
        current: A m-2; give the mean current of a pulsed cell, whose rate by the clock is what a plant sees.
        faradaic_efficiency: fraction.
        efficiency: energy efficiency, fraction.
        decay: s-1, relative loss; zero is infinitely better than any target.
        targets: the goals, by default those of REFUEL.

    Returns:
        mapping from "current", "rate", "faradaic_efficiency", "energy_efficiency" and "decay" to ratios.

    Source: ARPA-E REFUEL, DE-FOA-0001562 (2016).
    """
    rate = ammonia_rate(faradaic_efficiency, current)
    return {
        "current": jnp.asarray(current) / targets.current,
        "rate": rate / targets.rate,
        "faradaic_efficiency": jnp.asarray(faradaic_efficiency) / targets.faradaic_efficiency,
        "energy_efficiency": jnp.asarray(efficiency) / targets.energy_efficiency,
        "decay": targets.decay / jnp.asarray(decay),
    }


def _choices(definition: str, hydrogen: str) -> tuple[float, float]:
    """Energies in V per electron of ammonia and of the hydrogen feed."""
    if definition not in AMMONIA_VOLTAGES:
        raise ValueError(f"definition: got {definition!r}, expected one of {', '.join(AMMONIA_VOLTAGES)}: choose one")
    if hydrogen not in HYDROGEN_FEEDS:
        raise ValueError(f"hydrogen: got {hydrogen!r}, expected one of {', '.join(HYDROGEN_FEEDS)}: choose one")
    return AMMONIA_VOLTAGES[definition], HYDROGEN_FEEDS[hydrogen]
