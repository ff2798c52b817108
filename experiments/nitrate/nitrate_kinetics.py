"""Nitrate reduction on Ru alloys: one kinetic model for five catalysts, fitted by the project's fit of laws.

Per mass of catalyst: the eight-electron current k theta exp(-a F E / R T) in series with the supply of nitrate, theta = K c /
(1 + K c); H2 evolution h exp(-aH F E / R T); and nitrite that leaves before it is hydrogenated, d exp(aD F E / R T) of it.
"""

from functools import cache
from types import MappingProxyType

import jax
import jax.numpy as jnp
import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Unreached, read_references
from kernels.constants import FARADAY, GAS_CONSTANT, STANDARD_TEMPERATURE
from screening.fitting.law import fit_law
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.sampling.distributions import Range

CATALYSTS = ("RuFe", "RuCo", "RuNi", "RuCu", "Ru")
BEST = (-0.1, -0.2, -0.1, -0.5, -0.1)  # V vs RHE, of the printed largest efficiency
# RuFe is printed with 100 %: it loses nothing
LOSING = CATALYSTS[1:]
THERMAL = GAS_CONSTANT * STANDARD_TEMPERATURE / FARADAY  # V
AMMONIA = 17.031e-3  # kg mol-1
PER_YIELD = 8 * FARADAY / AMMONIA / 3600.0  # A kg-1 per kg h-1 kg-1; mA mg-1 per mg h-1 mg-1 is a thousandth of it
PIVOT = -0.5  # V vs RHE, where the rates are referred to

PARAMETERS: Parameters = MappingProxyType(
    {
        "concentration": 100.0,  # mol m-3
        "dilute_concentration": 50.0,
        "concentrated": 500.0,
        "adsorption": 0.1,  # m3 mol-1, K; assumed, so that the surface is nearly full at 0.1 mol/L
        "hydrogen_transfer": 0.25,  # aH, assumed
        "nitrite_transfer": 0.10,  # aD, assumed
        "diffusivity": 1.9e-9,  # m2 s-1, of nitrate
        "diffusion_layer": 100e-6,  # m
        "loading": 0.5e-2,  # kg m-2; assumed, as no loading is printed in the main text
        "volume": 40e-6,  # m3 of the cathode chamber, assumed
        "area": 1e-4,  # m2
        "onset_current": 1e3,  # A kg-1, 1 mA mg-1
        "ocv": 1.483,  # V
        "battery_power": 101.6,  # W m-2
        "battery_current": 160.0,  # A m-2
        "battery_discharge": 7e3,  # A kg-1, the 7 mA per mg of the abstract, taken for its yield
        "run": 12 * 3600.0,  # s
        "run_potential": -0.5,  # V vs RHE; that of the 12 h runs is not printed
        "zinc_potential": -1.199,  # V vs SHE, Zn(OH)4 2-/Zn
        "nitrate_potential": 0.88,  # V vs RHE, NO3-/NH4+
        "nitrate_ph": 7.0,
    }
)


def free_constants() -> FreeParameters:
    """Rates and losses that the fit frees: a rate for each catalyst, one transfer coefficient, a loss for each but RuFe."""
    ranges = {f"rate_{name}": (1e2, 1e6, "A kg-1") for name in CATALYSTS}
    ranges["transfer"] = (0.01, 1.0, "1")
    ranges |= {f"loss_{name}": (1e-4, 10.0, "1") for name in LOSING}
    return FreeParameters(
        tuple(
            FreeParameter(name, name, unit, name.replace("_", " "), Range(low, high, logarithmic=True))
            for name, (low, high, unit) in ranges.items()
        )
    )


def currents(used: Parameters, constants, catalyst: int, potential, concentration):
    """Currents that end as ammonia, nitrite and H2.

    Args:
        used: parameters.
        constants: in the order of `free_constants`.
        catalyst: place in CATALYSTS.
        potential: V vs RHE, number or array.
        concentration: mol m-3 of nitrate, number or array.

    Returns:
        three currents, A kg-1, cathodic magnitudes. The loss of RuCu is nitrite, that of the others H2, relative to the
        ammonia current at the potential of the largest efficiency.
    """
    full = used["concentration"] * used["adsorption"] / (1 + used["concentration"] * used["adsorption"])
    cover = concentration * used["adsorption"] / (1 + concentration * used["adsorption"]) / full
    limit = 8 * FARADAY * used["diffusivity"] * concentration / used["diffusion_layer"] / used["loading"]

    def reduced(at):
        kinetic = constants[catalyst] * cover * jnp.exp(-constants[len(CATALYSTS)] * (at - PIVOT) / THERMAL)
        return 1 / (1 / kinetic + 1 / limit)

    total, reference, distance = reduced(potential), reduced(BEST[catalyst]), potential - BEST[catalyst]
    loss = constants[len(CATALYSTS) + catalyst] if CATALYSTS[catalyst] in LOSING else 0.0
    if CATALYSTS[catalyst] == "RuCu":
        left = loss * jnp.exp(used["nitrite_transfer"] * distance / THERMAL)
        # two of the eight electrons are spent on nitrite that leaves
        return total / (1 + left), total * left / (1 + left) / 4, 0 * total
    return total, 0 * total, loss * reference * jnp.exp(-used["hydrogen_transfer"] * distance / THERMAL)


def _values(used: Parameters, constants):
    """What the model says to the fitted references, in their order: efficiencies, yields at -0.5 V, RuFe's at -0.1 V."""
    efficiencies, yields = [], []
    for place, potential in enumerate(BEST):
        parts = currents(used, constants, place, potential, used["concentration"])
        efficiencies.append(parts[0] / sum(parts))
        yields.append(currents(used, constants, place, PIVOT, used["concentration"])[0] / PER_YIELD)
    low = currents(used, constants, 0, -0.1, used["concentration"])[0] / PER_YIELD
    return jnp.stack([*efficiencies, *yields, low])


@cache
def _fitted(items: tuple[tuple[str, float], ...]) -> tuple[float, ...]:
    used = dict(items)
    printed = {one.key: one for one in read_references("nitrate")}
    keys = [*(f"fe_{name}" for name in CATALYSTS), *(f"yield_{name}" for name in CATALYSTS), "yield_RuFe_low"]
    chosen = [printed[key] for key in keys]
    measured = np.array([one.value for one in chosen])
    relative = np.array([one.tolerance_kind == "relative" for one in chosen])
    sigma = np.array([one.tolerance for one in chosen]) * np.where(relative, measured, 1.0) / 2
    with jax.enable_x64(True):
        found = fit_law(
            lambda constants, _: _values(used, constants), np.arange(len(keys), dtype=float), measured, free_constants(),
            standard_uncertainty=sigma, starts=8, seed=0,
        )  # fmt: skip
    return tuple(found.estimate.values())


def fitted(used: Parameters) -> np.ndarray:
    """Best constants, in the order of `free_constants`.

    Args:
        used: parameters.

    Returns:
        SI values `[10]`.
    """
    return np.array(_fitted(tuple(used.items())))


def kinetics(used: Parameters) -> dict[str, float | Unreached]:
    """Fitted and held-out values of the five catalysts."""
    with jax.enable_x64(True):
        constants = fitted(used)
        values = np.asarray(_values(used, constants)).tolist()
        grid = np.array([-0.5, -0.4, -0.3, -0.2, -0.1])
        found: dict[str, float | Unreached] = {}
        for place, name in enumerate(CATALYSTS):
            parts = [np.asarray(part) for part in currents(used, constants, place, grid, used["concentration"])]
            found[f"fe_{name}"], found[f"yield_{name}"] = values[place], values[len(CATALYSTS) + place]
            best = Unreached("its model loses nothing at any potential, so there is no best one")
            found[f"best_{name}"] = float(grid[np.argmax(parts[0] / sum(parts))]) if name in LOSING else best
            scan = np.linspace(-1.5, 1.5, 3001)
            whole = np.asarray(sum(currents(used, constants, place, scan, used["concentration"])))
            found[f"onset_{name}"] = float(scan[np.argmin(np.abs(np.log(whole / used["onset_current"])))])
            if name in ("RuFe", "RuCo"):
                for key in ("dilute", "concentrated"):
                    at = used["dilute_concentration" if key == "dilute" else key]
                    parts_there = currents(used, constants, place, -0.4, at)
                    found[f"{key}_{name}"] = float(parts_there[0] / sum(parts_there))
            if name == "Ru":
                share = parts[2] / sum(parts)
                found["hydrogen_rises"] = float(share[0] / share[-1])
    electronic = Unreached("electronic structure; no kernel computes it")
    support = Unreached("the support without metal is not part of the model")
    return {
        **found,
        "yield_RuFe_low": values[-1],
        "onset_Ru_audit": BEST[-1],
        "rds": electronic,
        "water": electronic,
        "hydrogen": electronic,
        "yield_NC": support,
        "fe_NC": support,
    }


def battery(used: Parameters) -> dict[str, float | Unreached]:
    """Supply of nitrate, and the zinc-nitrate battery as an ohmic cell through its printed point."""
    limit = 8 * FARADAY * used["diffusivity"] * used["concentration"] / used["diffusion_layer"]
    voltage = used["battery_power"] / used["battery_current"]
    resistance = (used["ocv"] - voltage) / used["battery_current"]
    cathode = used["nitrate_potential"] - 2.302585093 * THERMAL * used["nitrate_ph"]
    zinc = 2 * FARADAY / 65.38e-3 / 3600.0  # A h kg-1, which is mA h g-1
    return {
        "supply": limit / 10,
        "capacity_2": zinc,
        "capacity_5": zinc,
        "capacity_7": zinc,
        "capacity_unit": Unreached("abstract and text disagree about the unit"),
        "ocv": cathode - used["zinc_potential"],
        "power": used["ocv"] ** 2 / (4 * resistance) / 10,
        "power_current": used["ocv"] / (2 * resistance) / 10,
        "battery_yield": _printed("battery_fe") * used["battery_discharge"] / PER_YIELD,
        "battery_fe": Unreached("the current of the best efficiency is not printed"),
        "battery_time": Unreached("the current of the 24 h run and the mass of zinc are not printed"),
    }


def _printed(key: str) -> float:
    return next(one.value or 0.0 for one in read_references("nitrate") if one.key == key)
