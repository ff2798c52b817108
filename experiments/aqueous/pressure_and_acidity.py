"""Pressure, solvent and pH: what they do to supply, selectivity and equilibria, against the review's statements."""

import jax.numpy as jnp
import numpy as np

from experiments.aqueous.nitrogen_supply import WATER, currents, dissolved, efficiency, in_double, supply
from experiments.catalogue import Parameters
from experiments.comparison import Unreached
from kernels.constants import FARADAY
from kernels.laws import NERNST_SLOPE, THERMAL_VOLTAGE, steps_in_series, tafel_current

HIGH_PRESSURE = 55.0  # atm, reference 123 of the review
PH = {"acidic": 1.0, "neutral": 7.0, "alkaline": 13.0}


def solubility(used: Parameters) -> dict[str, float | Unreached]:
    """Solubilities and diffusivities in the ratios that the review prints."""
    water = used["dissolved_nitrogen"]
    here = used["potential"]
    return {
        "n2_per_water": water / WATER,
        "n2_methanol": float(dissolved(used, solvent="methanol") / water),
        "n2_perfluoroheptane": Unreached(
            "no measured solubility could be read, and no correlation covers this solvent"
        ),
        "solvent_fe": float(efficiency(used, "H-cell", here, solvent="methanol") / efficiency(used, "H-cell", here)),
        "o2_ratio": used["oxygen_solubility_ratio"],
        "no_ratio": used["nitric_oxide_solubility_ratio"],
        "d_ratio": used["nitrogen_diffusivity"] / used["proton_diffusivity"],
    }


def pressure(used: Parameters) -> dict[str, float | Unreached]:
    """What 0.7 MPa and 55 atm do."""
    here = used["potential"]
    plain, pressed = (currents(used, "H-cell", here, pressure=one) for one in (1.0, HIGH_PRESSURE))
    shares = [ammonia / (ammonia + hydrogen) for ammonia, hydrogen in (plain, pressed)]
    # N2 first order: at equal current seven times the pressure saves a seventh of the rate constant
    saved = THERMAL_VOLTAGE / used["reduction_transfer"] * np.log(dissolved(used, 7.0) / dissolved(used, 1.0))
    return {
        "pressure_linear": float(dissolved(used, HIGH_PRESSURE) / dissolved(used) / HIGH_PRESSURE),
        "pressure_current": float(supply(used, "H-cell", HIGH_PRESSURE) / supply(used, "H-cell")),
        "pressure_yield": float(pressed[0] / plain[0]),
        "pressure_fe": float(shares[1] / shares[0]),
        "pressure_overpotential": -float(saved),
    }


def acidity(used: Parameters) -> dict[str, float | Unreached]:
    """Selectivity at three pH, and where the equilibria of N2 oxidation and of water cross."""
    here = used["potential"]
    share = {name: efficiency(used, "H-cell", here, ph=ph) for name, ph in PH.items()}
    made = {name: currents(used, "H-cell", here, ph=ph)[1] for name, ph in PH.items()}
    scan = np.linspace(0.0, 14.0, 1401)
    reduction, oxidation, oxygen = equilibria(used, scan)
    return {
        "ph_neutral": float(share["neutral"] / share["acidic"]),
        "ph_alkaline": float(share["alkaline"] / share["acidic"]),
        "ph_best": float(share["neutral"] / share["alkaline"]),
        "ph_hydrogen": float(made["neutral"] / made["acidic"]),
        "ph_crossing": float(np.interp(0.0, oxygen - oxidation, scan)),
        "window": float(np.min(oxidation - reduction)),
        "window_hydrogen": float(np.min(oxidation)),
        "window_water": float(oxygen[0]),
    }


def equilibria(used: Parameters, ph):
    """Equilibrium potentials against pH.

    Args:
        used: parameters.
        ph: number or array.

    Returns:
        N2/NH4+ or NH3(g), whichever is more stable; NO3-/N2; O2/H2O; V vs RHE.

    Example:
        >>> from experiments.aqueous.nitrogen_supply import PARAMETERS
        >>> round(float(equilibria(PARAMETERS, 0.0)[2]), 3)
        1.229
    """
    ph = np.asarray(ph, dtype=float)
    water = used["water_formation"]
    # N2 + 8 H+ + 6 e- = 2 NH4+ takes two protons more than electrons, N2 + 6 H2O = 2 NO3- + 12 H+ + 10 e- gives two
    ammonium = -2 * used["ammonium_ion"] / (6 * FARADAY) - NERNST_SLOPE * ph / 3
    gas = -2 * used["ammonia"] / (6 * FARADAY) + 0 * ph
    nitrate = (2 * used["nitrate_ion"] - 6 * water) / (10 * FARADAY) - NERNST_SLOPE * ph / 5
    return np.maximum(ammonium, gas), nitrate, -water / (2 * FARADAY) + 0 * ph


@in_double
def oxidation_currents(used: Parameters, cell: str, potential):
    """Partial currents of N2 oxidation to nitrate and of O2 evolution.

    Args:
        used: parameters.
        cell: one of `experiments.aqueous.supply.CELLS`.
        potential: V vs RHE, number or array.

    Returns:
        nitrate and O2, A m-2; first-order kinetics and supply of N2 in series.
    """
    past = jnp.asarray(potential, dtype=float) + used["water_formation"] / (2 * FARADAY)
    kinetic = tafel_current(used["oxidation_rate"], -used["oxidation_transfer"], past) * used["dissolved_nitrogen"]
    nitrate = 10 * FARADAY * steps_in_series(kinetic, supply(used, cell))
    return nitrate, tafel_current(used["oxygen_current"], -used["oxygen_transfer"], past)


def oxidation_kinetics(used: Parameters) -> dict[str, float | Unreached]:
    """What 0.4 V more do to N2 oxidation: Ru/TiO2 is printed with its best efficiency at 1.8 V and its best rate at 2.2 V."""
    low, high = (oxidation_currents(used, "H-cell", potential) for potential in (1.8, 2.2))
    shares = [nitrate / (nitrate + oxygen) for nitrate, oxygen in (low, high)]
    return {"n2or_best_fe": float(shares[0] / shares[1]), "n2or_best_rate": float(high[0] / low[0])}
