"""Targets of electrochemical ammonia against reach: programme goals, printed potentials, catalysts against the supply of N2.

Everything is closed form: Faraday's law, free energies and diffusion of dissolved N2.
"""

from collections.abc import Mapping
from types import MappingProxyType

import equinox as eqx
import jax
import jax.numpy as jnp

from experiments.catalogue import Parameters
from experiments.comparison import Unreached, read_references
from kernels.ammonia import (
    REFUEL_TARGETS,
    ammonia_rate,
    calibrated_cell,
    energy_efficiency,
    standard_conditions,
    steady_state,
    voltage_of_energy_efficiency,
)
from kernels.constants import FARADAY
from kernels.laws import NERNST_SLOPE, layers_conductance

AMMONIA_MOLAR_MASS = 17.031e-3  # kg mol-1
AREA = 1e-4  # m2 in a cm2
HOUR = 3600.0
MICROGRAM = 1e-9  # kg
WATER_TO_RHE = 14 * NERNST_SLOPE  # V, of RHE at pH 14 below SHE

PARAMETERS: Parameters = MappingProxyType(
    {
        "target_current": REFUEL_TARGETS.current,
        "target_faradaic_efficiency": REFUEL_TARGETS.faradaic_efficiency,
        "target_energy_efficiency": REFUEL_TARGETS.energy_efficiency,
        "dissolved_nitrogen": 0.65,  # mol m-3, water, 1 atm, 298 K
        "nitrogen_diffusivity": 2e-9,  # m2 s-1
        "diffusion_layer_h_cell": 100e-6,  # m, stirred; 50 um is a fast rotating disc
        "diffusion_layer_gas_fed": 1e-6,  # m, wetting film of a gas-diffusion electrode
        "loading": 0.5e-2,  # kg m-2 of catalyst, where a yield is per mass: 0.5 mg cm-2
        "lithium_current": 1000.0,  # A m-2 and the three below: 10.1126/science.adw5462
        "lithium_faradaic_efficiency": 0.98,
        "lithium_aged_efficiency": 0.60,
        "lithium_run": 50 * HOUR,  # s
        "lithium_duty": 1 / 16,
        "lithium_voltage": 3.04,  # V, E0 of H+/H2 against Li+/Li
        # J mol-1, free energies of formation of NH3(g), N2H4(l) and cis-N2H2(g): NIST-JANAF tables, 4th ed. (1998)
        "ammonia_formation": -16.367e3,
        "hydrazine_formation": 149.440e3,
        "diimide_formation": 243.880e3,
        "fu_current": 60.0,  # A m-2
        "fu_faradaic_efficiency": 0.61,
        # of the calibrated LiBF4 cell, ohm m2
        "film_resistance": calibrated_cell("LiBF4")[0].resistance.item(),
        "cell_resistance": calibrated_cell("LiBF4")[1].cell_resistance.item(),
    }
)


def nitrogen_supply(used: Parameters, layer: str) -> float:
    """NH3 that diffusion of dissolved N2 allows, 2 D c / delta.

    Args:
        used: parameters.
        layer: name of the parameter that holds delta.

    Returns:
        mol m-2 s-1.

    Example:
        >>> round(1e-4 * nitrogen_supply(PARAMETERS, "diffusion_layer_h_cell") / 1e-9, 2)
        2.6
    """
    with jax.enable_x64(True):
        return 2 * used["dissolved_nitrogen"] * layers_conductance(used[layer], used["nitrogen_diffusivity"]).item()


def refuel(used: Parameters) -> dict[str, float | Unreached]:
    """Programme targets: consistent with each other, and in reach or not."""
    fe, ee = used["target_faradaic_efficiency"], used["target_energy_efficiency"]
    with jax.enable_x64(True):
        resistances = (jnp.asarray(used[f"{name}_resistance"]) for name in ("film", "cell"))
        share, voltage = _calibrated_cell(jnp.asarray(used["fu_current"]), *resistances)
        fu = energy_efficiency(used["fu_faradaic_efficiency"], voltage).value.item()
        best = energy_efficiency(1.0, used["lithium_voltage"]).value.item()
        allowed = voltage_of_energy_efficiency(fe, ee).item()
        current, lithium_fe = used["lithium_current"], used["lithium_faradaic_efficiency"]
        rate = ammonia_rate(fe, used["target_current"]).item()
        pulse = ammonia_rate(lithium_fe, current).item()
    lost = 1 - used["lithium_aged_efficiency"] / lithium_fe
    return {
        "refuel_rate": AREA * rate,
        "reach_rate_h_cell": AREA * nitrogen_supply(used, "diffusion_layer_h_cell"),
        "reach_rate_gas_fed": AREA * nitrogen_supply(used, "diffusion_layer_gas_fed"),
        "reach_rate_lithium_pulse": AREA * pulse,
        "reach_rate_lithium_clock": AREA * pulse * used["lithium_duty"],
        "reach_fe_lithium": lithium_fe,
        "reach_ee_lithium": best,
        "reach_decay_lithium": lost / (used["lithium_run"] / (1000 * HOUR)),
        "voltage_for_target_ee": allowed,
        "fu_faradaic_efficiency": share.item(),
        "fu_energy_efficiency": fu,
    }


@jax.jit
def _calibrated_cell(current, film_resistance, cell_resistance):
    """Faradaic efficiency and voltage (V) of the calibrated LiBF4 cell with two of its constants given."""
    film, constants = calibrated_cell("LiBF4")
    film = eqx.tree_at(lambda one: one.resistance, film, film_resistance)
    constants = eqx.tree_at(lambda one: one.cell_resistance, constants, cell_resistance)
    cell = steady_state(current, standard_conditions(), film, constants)
    return cell.efficiency.ammonia, cell.voltage.total


def potentials(used: Parameters) -> dict[str, float | Unreached]:
    """Printed equilibrium potentials against free energies."""
    ammonia = -2 * used["ammonia_formation"] / (6 * FARADAY)
    hydrazine = -used["hydrazine_formation"] / (4 * FARADAY)
    diimide = -used["diimide_formation"] / (2 * FARADAY)
    absent = "no free energy of this radical is known to the tool"
    electronic = "electronic structure; no kernel computes it"
    return {
        "e_n2h": Unreached(absent),
        "e_n2h2": diimide,
        "e_n2h4": hydrazine,
        "e_n2h4_base": hydrazine,  # against RHE a couple has one E0 at every pH
        "e_nh3": ammonia,
        "e_nh3_base": ammonia - WATER_TO_RHE,
        "e_nh3_consistency": _printed()["e_nh3_base"] + WATER_TO_RHE,
        "bond_energy": Unreached(electronic),
        "orbital_gap": Unreached(electronic),
        "first_proton": Unreached(electronic),
    }


def catalysts(used: Parameters) -> dict[str, float | Unreached]:
    """Table of catalysts: the supply of N2 against each yield, and the review's summary against its own table."""
    supply = nitrogen_supply(used, "diffusion_layer_h_cell") * AMMONIA_MOLAR_MASS * HOUR / MICROGRAM
    bounds = {"ug h-1 cm-2": supply * AREA, "ug h-1 mg-1": supply * 1e-6 / used["loading"]}
    references = read_references("enrr_targets")
    efficiency = "selectivity of a catalyst without kinetic data in the source"
    values: dict[str, float | Unreached] = {}
    for reference in references:
        if reference.key.startswith("yield_"):
            values[reference.key] = bounds[reference.unit]
        elif reference.key.startswith("fe_"):
            values[reference.key] = Unreached(efficiency)
    printed = _printed()
    areal = [one.value for one in references if one.unit == "ug h-1 cm-2" and one.value is not None]
    values["to_date_fe"] = max(value for key, value in printed.items() if key.startswith("fe_"))
    values["to_date_rate"] = max(areal) * MICROGRAM / AMMONIA_MOLAR_MASS / HOUR
    return values


def _printed() -> Mapping[str, float]:
    return {one.key: one.value for one in read_references("enrr_targets") if one.value is not None}
