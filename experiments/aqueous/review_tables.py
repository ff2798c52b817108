"""Tables of the review against Faraday's law, Hess's law, the balance of atoms and the supply of N2."""

import re

from experiments.aqueous.nitrogen_supply import supply
from experiments.catalogue import Parameters
from experiments.comparison import Unreached, read_references
from kernels.constants import FARADAY

AMMONIA, NITRATE = 17.031e-3, 62.005e-3  # kg mol-1
HOUR, SQUARE_CENTIMETRE = 3600.0, 1e-4
ELECTRONS = (4, 6, 8, 10, 6, 10, 4, 6, 2, 4, 6)
WATER_VOLTAGE = 1.229  # V vs RHE of O2/H2O
# mol m-2 s-1 in the unit of each printed rate
UNITS = {
    "mol s-1 cm-2": 1 / SQUARE_CENTIMETRE,
    "ug h-1 cm-2": 1e-9 / AMMONIA / HOUR / SQUARE_CENTIMETRE,
    "mg h-1 m-2": 1e-6 / AMMONIA / HOUR,
    "g m-2 h-1": 1e-3 / AMMONIA / HOUR,
}
# kg of catalyst makes a rate per mass a rate per area with the loading: mol kg-1 s-1 in the unit of each printed rate
PER_MASS = {
    "ug h-1 mg-1": 1e-3 / AMMONIA / HOUR,
    "umol h-1 g-1": 1e-3 / HOUR,
    "ug h-1 mg-1 of nitrate": 1e-3 / NITRATE / HOUR,
}
# Table 4: overall reactions as printed
FULL_CELLS = {
    1: "2 N2 + 6 H2O = 4 NH3 + 3 O2",
    2: "2 N2 + 5 O2 + 2 H2O = 4 HNO3",
    3: "N2 + 6 H2O = 2 HNO3 + 5 H2",
    4: "4 N2 + 9 H2O = 2 NH3 + 3 N2H4O3",
}


def thermodynamics(used: Parameters) -> dict[str, float | Unreached]:
    """Free energies from those of formation, and printed voltages from printed free energies."""
    printed = {one.key: one.value or 0.0 for one in read_references("aqueous")}
    water = used["water_formation"]
    energies = (
        2 * used["nitric_oxide"],
        used["dinitrogen_trioxide"],
        2 * used["nitrogen_dioxide"],
        used["dinitrogen_pentoxide"],
        2 * used["nitrous_acid"] - water,
        2 * used["nitric_acid"] - water,
        2 * used["nitric_oxide"] - 2 * water,
        2 * used["ammonia"],
        used["diimide"] - water,
        used["hydrazine"] - 2 * water,
        2 * used["ammonia"] - 3 * water,
    )
    found: dict[str, float | Unreached] = {}
    for place, (energy, electrons) in enumerate(zip(energies, ELECTRONS, strict=True), 1):
        found[f"dg_{place}"] = energy / 1e3
        found[f"dv_{place}"] = 1e3 * printed[f"dg_{place}"] / (electrons * FARADAY)
    # reaction 7 is reaction 1 and the splitting of two water molecules, three of which part reaction 11 from 8
    found["dg_7_hess"] = printed["dg_1"] + 2 * (printed["dg_11"] - printed["dg_8"]) / 3
    found["ratio_6_11"] = printed["dg_6"] / printed["dg_11"]
    absent = Unreached("electronic structure; no kernel computes it")
    electronic = ("bond", "affinity", "orbital_gap", "ionisation", "electron_affinity")
    return {**found, **dict.fromkeys(electronic, absent)}


def imbalance(reaction: str) -> int:
    """Atoms that a reaction makes or loses, all elements together.

    Args:
        reaction: such as "2 H2 + O2 = 2 H2O".

    Returns:
        number; zero for a balanced reaction.

    Example:
        >>> imbalance("2 H2 + O2 = 2 H2O"), imbalance("H2 + O2 = H2O")
        (0, 1)
    """
    counts: dict[str, int] = {}
    for sign, side in zip((1, -1), reaction.split("="), strict=True):
        for term in side.split("+"):
            *number, formula = term.split()
            for element, count in re.findall(r"([A-Z][a-z]?)(\d*)", formula):
                counts[element] = counts.get(element, 0) + sign * int(number[0] if number else 1) * int(count or 1)
    return sum(abs(count) for count in counts.values())


def full_cells(_: Parameters) -> dict[str, float | Unreached]:
    """Table 4: cells put together from half-reactions, with the free energies that Table 3 prints.

    Cell 4 joins five times reaction 11 with three times reaction 6, thirty electrons, before acid and base form NH4NO3.
    """
    printed = {one.key: one.value or 0.0 for one in read_references("aqueous")}
    reduction, oxidation = printed["dg_11"], printed["dg_6"]
    water = (reduction - printed["dg_8"]) / 3  # of splitting one molecule, as reactions 8 and 11 have it
    volts = {
        1: reduction / 6,
        2: oxidation / 10,
        3: (oxidation + 5 * water) / 10,
        4: (5 * reduction + 3 * oxidation) / 30,
    }
    energies = {place: 1e3 * value / FARADAY for place, value in volts.items()}
    return {
        **{f"table_4_balance_{place}": float(imbalance(text)) for place, text in FULL_CELLS.items()},
        **{f"table_4_voltage_{place}": value for place, value in energies.items()},
        # the review calls cell 2 the one of reduced reaction energy
        "table_4_energy_2": energies[2] / energies[1],
    }


def flow_cells(used: Parameters) -> dict[str, float | Unreached]:
    """Partial currents of the flow cells from their rates, and the supply of N2 against each rate.

    Rates per mass of catalyst meet the loading of the parameters, as in `experiments.enrr_targets`.
    """
    found: dict[str, float | Unreached] = {"j_cu": Unreached("no rate is printed")}
    flow = ("fe_mos2", "bi5o7i")
    for reference in read_references("aqueous"):
        if reference.key.startswith("flow_fe_"):
            found[reference.key] = Unreached("selectivity of a catalyst without kinetic data in the source")
        if not reference.key.startswith("rate_"):
            continue
        name, per_area = reference.key.removeprefix("rate_"), reference.unit in UNITS
        unit = UNITS[reference.unit] if per_area else PER_MASS[reference.unit] * used["loading"]
        found[reference.key] = float(2 * supply(used, "flow cell" if name in flow else "gas diffusion") / unit)
        if name == "fe2o3_137":  # no partial current is printed for it
            continue
        # A m-2 is 0.1 mA cm-2
        found[f"j_{name}"] = 0.1 * 3 * FARADAY * (reference.value or 0.0) * unit
    return found


def oxidation(used: Parameters) -> dict[str, float | Unreached]:
    """N2 oxidation: units, supply and the potential that thermodynamics asks for."""
    per_mass = {"ru": 10.04, "pd": 2.8}  # ug h-1 mg-1, that is mg h-1 g-1, Table 1
    needed = WATER_VOLTAGE + (2 * used["nitric_acid"] - used["water_formation"]) / (10 * FARADAY)
    found: dict[str, float | Unreached] = {f"n2or_{name}_units": value / NITRATE for name, value in per_mass.items()}
    found["n2or_pt_supply"] = 2 * float(supply(used, "H-cell")) * SQUARE_CENTIMETRE * HOUR * 1e6
    for reference in read_references("aqueous"):
        if reference.key.startswith("n2or_e_"):
            found[reference.key] = needed
        elif reference.key.startswith("n2or_rate_"):
            unit = "ug h-1 mg-1 of nitrate" if reference.unit == "ug h-1 mg-1" else reference.unit
            found[reference.key] = float(2 * supply(used, "H-cell") / (PER_MASS[unit] * used["loading"]))
        elif reference.key.startswith("n2or_fe_"):
            found[reference.key] = Unreached("selectivity against O2 evolution; no kinetic data in the source")
    return found
