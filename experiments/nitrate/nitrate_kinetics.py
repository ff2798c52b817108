"""Nitrate reduction on Ru alloys: an electron transfer in series with a chemical step, scaled from one catalyst to five.

Per mass of catalyst: the eight-electron current k theta exp(-a F E / R T) in series with a step that no potential drives,
L theta, and with the supply of nitrate, theta = K c / (1 + K c). The transfer coefficient is the usual 1/2, so that the two
printed yields of RuFe fix k and L; the other alloys have both scaled by their printed yield. H2 evolves beside it,
h exp(-aH F E / R T), and nitrite leaves RuCu before it is hydrogenated, d exp(aD F E / R T) of the ammonia.
"""

from dataclasses import dataclass
from types import MappingProxyType

import jax
import jax.numpy as jnp
import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Unreached, read_references
from kernels.constants import FARADAY
from kernels.laws import NERNST_SLOPE, THERMAL_VOLTAGE, potential_of_series, steps_in_series, tafel_current

CATALYSTS = ("RuFe", "RuCo", "RuNi", "RuCu", "Ru")
BEST = (-0.1, -0.2, -0.1, -0.5, -0.1)  # V vs RHE, of the printed largest efficiency
HIGH, LOW = -0.5, -0.1  # V vs RHE, of the printed yields
AMMONIA = 17.031e-3  # kg mol-1
PER_YIELD = 8 * FARADAY / AMMONIA / 3600.0  # A kg-1 per kg h-1 kg-1; mA mg-1 per mg h-1 mg-1 is a thousandth of it
# printed numbers that fix the constants
TARGETS = (*(f"fe_{name}" for name in CATALYSTS), *(f"yield_{name}" for name in CATALYSTS), "yield_RuFe_low")


def _printed() -> dict[str, float]:
    known = {one.key: one.value for one in read_references("nitrate")}
    return {f"printed_{key}": known[key] or 0.0 for key in TARGETS}


PARAMETERS: Parameters = MappingProxyType(
    {
        **_printed(),
        "full_efficiency": 0.995,  # what the 100 % printed for RuFe may be at least, half of a percent of rounding
        "concentration": 100.0,  # mol m-3
        "dilute_concentration": 50.0,
        "concentrated": 500.0,
        "adsorption": 0.1,  # m3 mol-1, K; assumed, so that the surface is nearly full at 0.1 mol/L
        "transfer": 0.5,  # a of one electron before the slow chemical step, not fitted
        "hydrogen_transfer": 0.25,  # aH, assumed
        "nitrite_transfer": 0.10,  # aD, assumed
        "diffusivity": 1.9e-9,  # m2 s-1, of nitrate
        "diffusion_layer": 100e-6,  # m
        "loading": 0.5e-2,  # kg m-2; assumed, as no loading is printed in the main text
        "volume": 40e-6,  # m3 of the cathode chamber, assumed
        "area": 1e-4,  # m2
        "onset_current": 1e3,  # A kg-1, 1 mA mg-1
        "battery_discharge": 7e3,  # A kg-1, the 7 mA per mg of the abstract, taken for its yield
        "battery_resistance": 1e-4,  # ohm m2, 1 ohm cm2 of electrolyte and membrane; assumed
        "run": 12 * 3600.0,  # s
        "run_potential": -0.5,  # V vs RHE; that of the 12 h runs is not printed
        "zinc_potential": -1.199,  # V vs SHE, Zn(OH)4 2-/Zn
        "nitrate_potential": 0.88,  # V vs RHE, NO3-/NH4+
        "nitrate_ph": 7.0,
    }
)


@dataclass(frozen=True)
class Kinetics:
    """Constants of the five catalysts, each `[catalyst]` in the order of CATALYSTS.

    Attributes:
        rate: A kg-1, electron transfer alone at HIGH and a full surface.
        step: A kg-1, chemical step alone at a full surface.
        loss: current lost over that of ammonia at the potential of the largest efficiency; moles of nitrite for RuCu.
    """

    rate: np.ndarray
    step: np.ndarray
    loss: np.ndarray


def kinetics_of(used: Parameters) -> Kinetics:
    """Constants that the printed efficiencies and yields fix, in closed form.

    Args:
        used: parameters.

    Returns:
        Kinetics; NaN where the two yields of RuFe ask for a current that falls with the potential.
    """
    share = np.array([used[f"printed_fe_{name}"] for name in CATALYSTS])
    share = np.where(np.array(CATALYSTS) == "RuFe", np.minimum(share, used["full_efficiency"]), share)
    # nitrite that leaves RuCu costs two electrons where ammonia costs eight
    copper = np.array(CATALYSTS) == "RuCu"
    loss = (1 / share - 1) * np.where(copper, 4.0, 1.0)
    yields = np.array([used[f"printed_yield_{name}"] for name in CATALYSTS]) * PER_YIELD
    low, high = used["printed_yield_RuFe_low"] * PER_YIELD, yields[0]
    growth = np.exp(used["transfer"] * (LOW - HIGH) / THERMAL_VOLTAGE)
    supply = supply_limit(used, used["concentration"])
    # reciprocals of RuFe at both potentials: 1/k + 1/L + 1/supply, and the electron transfer `growth` times slower at LOW
    rate = (growth - 1) / (1 / low - 1 / high)
    step = 1 / (1 / high - 1 / rate - 1 / supply)
    # nitrite leaves RuCu, so that more is reduced there than becomes ammonia; its loss is printed at HIGH itself
    reduced = yields * np.where(copper, 1 + loss, 1.0)
    scale = (1 / high - 1 / supply) / (1 / reduced - 1 / supply)
    return Kinetics(rate * scale, step * scale, loss)


def supply_limit(used: Parameters, concentration):
    """Current that diffusion of nitrate carries, A kg-1; concentration in mol m-3."""
    return 8 * FARADAY * used["diffusivity"] * concentration / used["diffusion_layer"] / used["loading"]


def currents(used: Parameters, constants: Kinetics, catalyst: int, potential, concentration):
    """Currents that end as ammonia, nitrite and H2.

    Args:
        used: parameters.
        constants: from `kinetics_of`.
        catalyst: place in CATALYSTS.
        potential: V vs RHE, number or array.
        concentration: mol m-3 of nitrate, number or array.

    Returns:
        three currents, A kg-1, cathodic magnitudes. The loss of RuCu is nitrite, that of the others H2, relative to the
        ammonia current at the potential of the largest efficiency.
    """
    with jax.enable_x64(True):
        potential, concentration = jnp.asarray(potential, dtype=float), jnp.asarray(concentration, dtype=float)
        best, loss = BEST[catalyst], constants.loss[catalyst]

        def cover(at):
            return at * used["adsorption"] / (1 + at * used["adsorption"])

        share = cover(concentration) / cover(used["concentration"])

        def reduced(at):
            transfer = tafel_current(constants.rate[catalyst] * share, used["transfer"], at - HIGH)
            return steps_in_series(transfer, constants.step[catalyst] * share, supply_limit(used, concentration))

        total, distance = reduced(potential), potential - best
        none = 0 * total
        if CATALYSTS[catalyst] == "RuCu":
            left = loss * tafel_current(1.0, -used["nitrite_transfer"], distance)
            # two of the eight electrons are spent on nitrite that leaves
            found = total / (1 + left), total * left / (1 + left) / 4, none
        else:
            found = (
                total,
                none,
                loss * reduced(jnp.asarray(best)) * tafel_current(1.0, used["hydrogen_transfer"], distance),
            )
        return tuple(np.broadcast_to(np.asarray(one), np.shape(total)) for one in found)


def kinetics(used: Parameters) -> dict[str, float | Unreached]:
    """Efficiencies, yields and onsets of the five catalysts; the first two fix the constants."""
    constants = kinetics_of(used)
    grid, scan = np.array([-0.5, -0.4, -0.3, -0.2, -0.1]), np.linspace(-1.5, 1.5, 3001)
    found: dict[str, float | Unreached] = {}
    for place, name in enumerate(CATALYSTS):
        parts = currents(used, constants, place, grid, used["concentration"])
        there = currents(used, constants, place, BEST[place], used["concentration"])
        found[f"fe_{name}"] = float(there[0] / sum(there))
        found[f"yield_{name}"] = float(parts[0][0]) / PER_YIELD
        found[f"best_{name}"] = float(grid[np.argmax(parts[0] / sum(parts))])
        whole = sum(currents(used, constants, place, scan, used["concentration"]))
        found[f"onset_{name}"] = float(np.interp(-used["onset_current"], -whole, scan))
        if name in ("RuFe", "RuCo"):
            for key in ("dilute", "concentrated"):
                at = used["dilute_concentration" if key == "dilute" else key]
                parts_there = currents(used, constants, place, -0.4, at)
                found[f"{key}_{name}"] = float(parts_there[0] / sum(parts_there))
        if name == "RuFe":
            found["yield_RuFe_low"] = float(parts[0][-1]) / PER_YIELD
        if name == "Ru":
            share = parts[2] / sum(parts)
            found["hydrogen_rises"] = float(share[0] / share[-1])
    electronic = Unreached("electronic structure; no kernel computes it")
    support = Unreached("the support without metal is not part of the model")
    return {
        **found,
        "onset_Ru_audit": BEST[-1],
        **dict.fromkeys(("rds", "water", "hydrogen"), electronic),
        **dict.fromkeys(("yield_NC", "fe_NC"), support),
    }


def polarisation(used: Parameters, current):
    """Voltage of the zinc-nitrate battery: the half-cell kinetics of RuFe against zinc, and a resistance.

    Args:
        used: parameters.
        current: `[point]`, A m-2, above zero.

    Returns:
        V, `[point]`; NaN beyond the largest current that the chemical step and the supply of nitrate allow. Nothing of the
        battery is fitted; zinc is taken to dissolve without overpotential.
    """
    constants = kinetics_of(used)
    with jax.enable_x64(True):
        per_mass = jnp.asarray(current, dtype=float) / used["loading"]
        limits = (float(constants.step[0]), supply_limit(used, used["concentration"]))
        at_zero = tafel_current(float(constants.rate[0]), used["transfer"], -HIGH)
        cathode = np.asarray(potential_of_series(per_mass, at_zero, used["transfer"], *limits))
    return cathode - NERNST_SLOPE * used["nitrate_ph"] - used["zinc_potential"] - used["battery_resistance"] * current


def battery(used: Parameters) -> dict[str, float | Unreached]:
    """Supply of nitrate, bounds on the zinc-nitrate battery, and the largest power of its polarisation curve."""
    limit = supply_limit(used, used["concentration"]) * used["loading"]
    scan = np.linspace(0.1, limit, 4001)
    power = polarisation(used, scan) * scan
    best = int(np.nanargmax(power))
    zinc = 2 * FARADAY / 65.38e-3 / 3600.0  # A h kg-1, which is mA h g-1
    return {
        "supply": limit / 10,
        **dict.fromkeys(("capacity_2", "capacity_5", "capacity_7"), zinc),
        "capacity_unit": Unreached("abstract and text disagree about the unit"),
        "ocv": used["nitrate_potential"] - NERNST_SLOPE * used["nitrate_ph"] - used["zinc_potential"],
        "power": float(power[best]) / 10,
        "power_current": float(scan[best]) / 10,
        "battery_yield": _battery_efficiency() * used["battery_discharge"] / PER_YIELD,
        "battery_fe": Unreached("the current of the best efficiency is not printed"),
        "battery_time": Unreached("the current of the 24 h run and the mass of zinc are not printed"),
    }


def _battery_efficiency() -> float:
    return next(one.value or 0.0 for one in read_references("nitrate") if one.key == "battery_fe")
