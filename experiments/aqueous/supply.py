"""N2 and protons on their way to an aqueous electrode, and what reaches it as ammonia and as H2.

Steady diffusion through a liquid boundary layer and a protective layer in series, each a conductance; N2 reduction first
order in N2 at the surface, H2 evolution by water, both exponential in potential.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Unreached
from kernels.constants import FARADAY, GAS_CONSTANT, STANDARD_TEMPERATURE

CELLS: Mapping[str, str] = MappingProxyType(
    {"H-cell": "layer_h_cell", "flow cell": "layer_flow", "gas diffusion": "layer_gas"}
)
WATER = 997.05 / 0.0180153  # mol m-3
THERMAL = GAS_CONSTANT * STANDARD_TEMPERATURE / FARADAY  # V
MILLIAMPERE = 10.0  # A m-2 in a mA cm-2

PARAMETERS: Parameters = MappingProxyType(
    {
        "dissolved_nitrogen": 0.65,  # mol m-3, water, 1 atm, 298 K
        "nitrogen_diffusivity": 2e-9,  # m2 s-1, both as printed in section 4.2
        "proton_diffusivity": 9.3e-9,
        "layer_h_cell": 100e-6,  # m, boundary layers: stirred cell
        "layer_flow": 20e-6,  # laminar flow past the electrode
        "layer_gas": 1e-6,  # wetting film of a gas-diffusion electrode
        "protective_thickness": 10e-6,  # m
        "protective_nitrogen": 1e-9,  # m2 s-1, diffusivity times partition coefficient in the protective layer
        "protective_water": 0.1,  # share of the H2 evolution that the protective layer leaves
        "reduction_rate": 1e-11,  # m s-1 at 0 V vs RHE, first order in N2; assumed, no kinetics are printed
        "reduction_transfer": 0.6,
        "evolution_current": 1e-4,  # A m-2 at 0 V vs RHE; assumed
        "evolution_transfer": 0.5,
        "potential": -0.6,  # V vs RHE
        "methanol_fraction": 2.75e-4,  # mole fraction of N2 at 1 atm, Battino et al., J. Phys. Chem. Ref. Data 13, 563 (1984)
        "methanol_volume": 40.7e-6,  # m3 mol-1
        "perfluoroheptane_fraction": 3.9e-3,  # mole fraction, as above
        "perfluoroheptane_volume": 224e-6,
        "water_formation": -237.13e3,  # J mol-1 and below: Wagman et al., NBS tables (1982), from memory, not checked
        "nitric_oxide": 86.55e3,
        "dinitrogen_trioxide": 139.46e3,
        "nitrogen_dioxide": 51.31e3,
        "dinitrogen_pentoxide": 115.1e3,
        "nitrous_acid": -46.0e3,
        "nitric_acid": -74.72e3,
        "ammonia": -16.45e3,
        "hydrazine": 159.35e3,
    }
)


def supply(used: Parameters, cell: str, pressure: float = 1.0, protected: bool = False) -> float:
    """Conductance times concentration of N2: the largest flux of N2.

    Args:
        used: parameters.
        cell: one of CELLS.
        pressure: atm.
        protected: with the protective layer in series.

    Returns:
        mol m-2 s-1.

    Example:
        >>> round(6 * FARADAY * supply(PARAMETERS, "H-cell") / MILLIAMPERE, 2)
        0.75
    """
    resistance = used[CELLS[cell]] / used["nitrogen_diffusivity"]
    if protected:
        resistance += used["protective_thickness"] / used["protective_nitrogen"]
    return used["dissolved_nitrogen"] * pressure / resistance


def currents(used: Parameters, cell: str, potential, pressure: float = 1.0, protected: bool = False):
    """Partial currents of ammonia and of H2.

    Args:
        used: parameters.
        cell: one of CELLS.
        potential: V vs RHE, number or array.
        pressure: atm.
        protected: with the protective layer.

    Returns:
        ammonia and H2, A m-2, cathodic magnitudes; first-order kinetics and supply in series.
    """
    potential = np.asarray(potential, dtype=float)
    kinetic = used["reduction_rate"] * np.exp(-used["reduction_transfer"] * potential / THERMAL)
    kinetic = kinetic * used["dissolved_nitrogen"] * pressure
    ammonia = 6 * FARADAY / (1 / kinetic + 1 / supply(used, cell, pressure, protected))
    hydrogen = used["evolution_current"] * np.exp(-used["evolution_transfer"] * potential / THERMAL)
    return ammonia, hydrogen * (used["protective_water"] if protected else 1.0)


def efficiency(used: Parameters, cell: str, potential, pressure: float = 1.0, protected: bool = False):
    """Faradaic efficiency of ammonia, arguments as for `currents`."""
    ammonia, hydrogen = currents(used, cell, potential, pressure, protected)
    return ammonia / (ammonia + hydrogen)


def solubility(used: Parameters) -> dict[str, float | Unreached]:
    """Solubilities and diffusivities in the ratios that the review prints."""
    water = used["dissolved_nitrogen"]
    return {
        "n2_per_water": water / WATER,
        "n2_methanol": used["methanol_fraction"] / used["methanol_volume"] / water,
        "n2_perfluoroheptane": used["perfluoroheptane_fraction"] / used["perfluoroheptane_volume"] / water,
        "d_ratio": used["nitrogen_diffusivity"] / used["proton_diffusivity"],
    }


def operation(used: Parameters) -> dict[str, float | Unreached]:
    """What pressure, cell and protective layer do to efficiency and current, against the review's statements."""
    here = used["potential"]
    plain, pressed = (efficiency(used, "H-cell", here, pressure) for pressure in (1.0, 55.0))
    # N2 first order: at equal current seven times the pressure saves a seventh of the rate constant
    saved = THERMAL / used["reduction_transfer"] * np.log(7.0)
    scan = np.linspace(-1.2, 0.0, 241)
    curve = efficiency(used, "H-cell", scan)
    best = scan[np.argmax(curve)]
    guarded = efficiency(used, "H-cell", here, protected=True)
    yields = [currents(used, "H-cell", here, protected=guard)[0] for guard in (True, False)]
    return {
        "cell_order": supply(used, "gas diffusion") / supply(used, "H-cell"),
        "pressure_current": supply(used, "H-cell", 55.0) / supply(used, "H-cell"),
        "pressure_fe": float(pressed / plain),
        "pressure_overpotential": -float(saved),
        "optimum_interior": float(curve.max() / efficiency(used, "H-cell", best - 0.3)),
        "optimum_ionic_liquid": Unreached("kinetics in the ionic liquid are not printed"),
        "layer_fe": float(guarded / plain),
        "layer_rate": float(yields[0] / yields[1]),
        "fe_decay": Unreached("ageing of the catalyst and flooding; no law is printed"),
    }
