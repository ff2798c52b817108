"""Aqueous N2 reduction and oxidation: supply of N2 against H2 evolution, and the tables of a review."""

from types import MappingProxyType

from experiments.aqueous.aqueous_figure import curves, draw
from experiments.aqueous.nitrogen_supply import PARAMETERS, operation
from experiments.aqueous.pressure_and_acidity import acidity, oxidation_kinetics, pressure, solubility
from experiments.aqueous.review_tables import flow_cells, full_cells, oxidation, thermodynamics
from experiments.catalogue import Experiment

EXPERIMENT = Experiment(
    name="aqueous",
    title="Aqueous N2 reduction and oxidation: supply of N2 and the tables of a review",
    source="Ma et al., Science for Energy and Environment 3, 1 (2026), 10.53941/see.2026.100001",
    parameters=PARAMETERS,
    parts=MappingProxyType(
        {
            "solubility": solubility,
            "pressure": pressure,
            "acidity": acidity,
            "operation": operation,
            "thermodynamics": thermodynamics,
            "full_cells": full_cells,
            "flow_cells": flow_cells,
            "oxidation": oxidation,
            "oxidation_kinetics": oxidation_kinetics,
        }
    ),
    curves=curves,
    draw=draw,
    notes=(
        "The review prints no kinetics: those of N2 and of water are assumed, and only statements about direction are "
        "compared with them.",
        "H2 evolves from protons, with kinetics published for gold, and from water; both shift with pH by Nernst's law, "
        "while N2 reduction is kept fixed against RHE.",
        "Free energies are those of the NIST-JANAF tables, solubilities in water those of Sander's compilation. "
        "The solubility of N2 in methanol is that of a published correlation, good to a factor of 1.5; "
        "none was at hand for perfluoroheptane.",
        "Rates per mass of catalyst are bounded with one assumed loading, as in enrr_targets.",
    ),
)
