"""N2 and protons on their way to an aqueous electrode, and what reaches it as ammonia and as H2.

Steady diffusion through a liquid boundary layer and a protective layer in series, each a conductance; N2 reduction first
order in N2 at the surface; H2 from protons, first order and supplied by diffusion, and from water, of zeroth order. Both
H2 branches follow Butler and Volmer on the potential against SHE, so that on the scale of RHE they shift with pH by
2.303 RT/F times what their order leaves (Nernst): protons lose 1 - alpha decades for each pH unit, water gains alpha.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Unreached
from kernels.constants import FARADAY, GAS_CONSTANT, STANDARD_TEMPERATURE
from kernels.laws import acidity_factor, layers_conductance, steps_in_series, tafel_current

CELLS: Mapping[str, str] = MappingProxyType(
    {"H-cell": "layer_h_cell", "flow cell": "layer_flow", "gas diffusion": "layer_gas"}
)
WATER = 997.05 / 0.0180153  # mol m-3
MILLIAMPERE = 10.0  # A m-2 in a mA cm-2

PARAMETERS: Parameters = MappingProxyType(
    {
        "dissolved_nitrogen": 0.65,  # mol m-3, water, 1 atm, 298 K: Sander (2023), 10.5194/acp-23-10901-2023
        "nitrogen_diffusivity": 2e-9,  # m2 s-1, both as printed in section 4.2
        "proton_diffusivity": 9.3e-9,
        "oxygen_solubility_ratio": 1.3e-5 / 6.4e-6,  # to N2, water, 298 K; both: Sander (2023), as above
        "nitric_oxide_solubility_ratio": 1.9e-5 / 6.4e-6,
        "layer_h_cell": 100e-6,  # m, boundary layers: stirred cell
        "layer_flow": 20e-6,  # laminar flow past the electrode
        "layer_gas": 1e-6,  # wetting film of a gas-diffusion electrode
        "protective_thickness": 10e-6,  # m
        "protective_nitrogen": 1e-9,  # m2 s-1, diffusivity times partition coefficient in the protective layer
        "protective_water": 0.1,  # share of the H2 evolution that the protective layer leaves
        "loading": 0.5e-2,  # kg m-2 of catalyst where a rate is per mass, 0.5 mg cm-2 as in experiments.enrr_targets; assumed
        "ph": 7.0,
        "reduction_rate": 1e-11,  # m s-1 at 0 V vs RHE, first order in N2; assumed, no kinetics are printed
        "reduction_transfer": 0.6,
        "reduction_order": 0.6,  # in protons; equal to the transfer coefficient, N2 reduction is fixed against RHE. Assumed
        "evolution_current": 1e-4,  # A m-2 of H2 from water at 0 V vs RHE and pH 7; assumed
        "evolution_transfer": 0.5,
        # H2 from protons on gold in 0.5 mol/L H2SO4: 1e-6 to 1e-5 A cm-2 and 81 to 124 mV a decade, 10.3390/cmd5020010
        "proton_current": 0.03,  # A m-2 at 0 V vs RHE and pH 0
        "proton_transfer": 0.59,  # 100 mV a decade
        "potential": -0.6,  # V vs RHE
        # Abraham's equation, log10 of the concentration of N2 in methanol over that in the gas at 298 K = c + l L; c and l: Chung
        # et al. (2022), 10.1021/acs.jcim.1c01103, L of N2: Abraham et al. (2001), 10.1039/B104682A, both as in the RMG database
        "methanol_constant": 0.00565,
        "methanol_slope": 0.7628,
        "nitrogen_descriptor": -0.978,
        # J mol-1, free energies of formation: NIST-JANAF tables, 4th ed. (1998); gases but for water
        "water_formation": -237.141e3,
        "nitric_oxide": 86.600e3,
        "dinitrogen_trioxide": 139.727e3,
        "nitrogen_dioxide": 51.258e3,
        "dinitrogen_pentoxide": 118.013e3,
        "nitrous_acid": -43.934e3,  # trans
        "nitric_acid": -73.941e3,
        "ammonia": -16.367e3,
        "diimide": 243.880e3,  # cis
        "hydrazine": 159.232e3,
        # of dissolved ions, CRC Handbook of Chemistry and Physics
        "nitrate_ion": -111.3e3,
        "ammonium_ion": -79.3e3,
        # N2 oxidation against O2 evolution at 0 V of overpotential; assumed, no kinetics are printed
        "oxidation_rate": 1e-9,  # m s-1, first order in N2
        "oxidation_transfer": 0.15,
        "oxygen_current": 1e-4,  # A m-2
        "oxygen_transfer": 0.25,
    }
)


# N2 in water at 25 degC, 1e-6 mole fraction per bar: J. Res. NBS 77A, 133 (1973), 10.6028/jres.077A.007, table 3
HENRY_PRESSURE, HENRY_CONSTANT = (1.0, 50.0, 100.0), (11.61, 10.68, 10.01)
SOLVENTS = ("water", "methanol")
ATMOSPHERE = 101325.0  # Pa


def in_double(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function use the laws of `kernels` in double precision and return NumPy arrays."""

    @wraps(function)
    def wrapped(*arguments, **options):
        with jax.enable_x64(True):
            return jax.tree.map(np.asarray, function(*arguments, **options))

    return wrapped


def dissolved(used: Parameters, pressure: float | np.ndarray = 1.0, solvent: str = "water"):
    """N2 in a solvent at a pressure.

    Args:
        used: parameters.
        pressure: atm, number or array.
        solvent: one of SOLVENTS; Henry's constant of water falls with pressure, that of methanol is taken as constant.

    Returns:
        mol m-3, as `pressure`.

    Example:
        >>> round(float(dissolved(PARAMETERS, 50.0)) / 50, 3)
        0.598
    """
    if solvent == "methanol":
        share = 10 ** (used["methanol_constant"] + used["methanol_slope"] * used["nitrogen_descriptor"])
        return share * pressure * ATMOSPHERE / (GAS_CONSTANT * STANDARD_TEMPERATURE)
    falls = np.interp(pressure, HENRY_PRESSURE, HENRY_CONSTANT) / HENRY_CONSTANT[0]
    return used["dissolved_nitrogen"] * pressure * falls


@in_double
def supply(
    used: Parameters, cell: str, pressure: float | np.ndarray = 1.0, protected: bool = False, solvent: str = "water"
):
    """Conductance times concentration of N2: the largest flux of N2.

    Args:
        used: parameters.
        cell: one of CELLS.
        pressure: atm, number or array.
        protected: with the protective layer in series.
        solvent: one of SOLVENTS.

    Returns:
        mol m-2 s-1.

    Example:
        >>> round(float(6 * FARADAY * supply(PARAMETERS, "H-cell")) / MILLIAMPERE, 2)
        0.75
    """
    layers = [used[CELLS[cell]], used["nitrogen_diffusivity"]]
    if protected:
        layers += [used["protective_thickness"], used["protective_nitrogen"]]
    return dissolved(used, pressure, solvent) * layers_conductance(*layers)


@in_double
def hydrogen_current(used: Parameters, cell: str, potential, ph):
    """H2 from protons and from water.

    Args:
        used: parameters.
        cell: one of CELLS.
        potential: V vs RHE, number or array.
        ph: number or array.

    Returns:
        A m-2, cathodic magnitude.
    """
    potential, ph = jnp.asarray(potential, dtype=float), jnp.asarray(ph, dtype=float)
    kinetic = tafel_current(used["proton_current"], used["proton_transfer"], potential)
    kinetic = kinetic * acidity_factor(used["proton_transfer"], 1.0, ph)
    conductance = layers_conductance(used[CELLS[cell]], used["proton_diffusivity"])
    limit = FARADAY * conductance * 1e3 * 10.0**-ph
    water = tafel_current(used["evolution_current"], used["evolution_transfer"], potential)
    # the current of water is given at pH 7
    return steps_in_series(kinetic, limit) + water * acidity_factor(used["evolution_transfer"], 0.0, ph - 7.0)


@in_double
def currents(
    used: Parameters,
    cell: str,
    potential,
    pressure: float | np.ndarray = 1.0,
    protected: bool = False,
    ph=None,
    solvent: str = "water",
):
    """Partial currents of ammonia and of H2.

    Args:
        used: parameters.
        cell: one of CELLS.
        potential: V vs RHE, number or array.
        pressure: atm.
        protected: with the protective layer.
        ph: number or array; that of the parameters if left out.
        solvent: of N2, one of SOLVENTS; H2 evolves as from water.

    Returns:
        ammonia and H2, A m-2, cathodic magnitudes; first-order kinetics and supply in series.
    """
    potential = jnp.asarray(potential, dtype=float)
    kinetic = tafel_current(used["reduction_rate"], used["reduction_transfer"], potential)
    ph = jnp.asarray(used["ph"] if ph is None else ph, dtype=float)
    # the rate is given at pH 7
    kinetic = kinetic * acidity_factor(used["reduction_transfer"], used["reduction_order"], ph - 7.0)
    kinetic = kinetic * dissolved(used, pressure, solvent)
    ammonia = 6 * FARADAY * steps_in_series(kinetic, supply(used, cell, pressure, protected, solvent))
    hydrogen = hydrogen_current(used, cell, potential, ph)
    return ammonia, hydrogen * (used["protective_water"] if protected else 1.0)


def efficiency(used: Parameters, cell: str, potential, **conditions):
    """Faradaic efficiency of ammonia, arguments as for `currents`."""
    ammonia, hydrogen = currents(used, cell, potential, **conditions)
    return ammonia / (ammonia + hydrogen)


def operation(used: Parameters) -> dict[str, float | Unreached]:
    """What cell, potential and protective layer do to efficiency and current, against the review's statements."""
    here = used["potential"]
    plain = efficiency(used, "H-cell", here)
    scan = np.linspace(-1.2, 0.0, 241)
    curve = efficiency(used, "H-cell", scan)
    best = scan[np.argmax(curve)]
    guarded = efficiency(used, "H-cell", here, protected=True)
    yields = [currents(used, "H-cell", here, protected=guard)[0] for guard in (True, False)]
    beyond = best - 0.3
    return {
        "cell_order": float(supply(used, "gas diffusion") / supply(used, "H-cell")),
        "cell_flow": float(supply(used, "flow cell") / supply(used, "H-cell")),
        "cell_fe": float(efficiency(used, "gas diffusion", beyond) / efficiency(used, "H-cell", beyond)),
        "optimum_interior": float(curve.max() / efficiency(used, "H-cell", beyond)),
        "optimum_ionic_liquid": Unreached("kinetics in the ionic liquid are not printed"),
        "layer_fe": float(guarded / plain),
        "layer_rate": float(yields[0] / yields[1]),
        "fe_decay": Unreached("ageing of the catalyst and flooding; no law is printed"),
    }
