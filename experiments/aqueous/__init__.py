"""Aqueous N2 reduction and oxidation: supply of N2 against H2 evolution, and the tables of a review."""

from types import MappingProxyType

import numpy as np

from experiments.aqueous.audit import flow_cells, oxidation, thermodynamics
from experiments.aqueous.supply import CELLS, MILLIAMPERE, PARAMETERS, currents, efficiency, operation, solubility
from experiments.catalogue import Experiment, Parameters
from experiments.comparison import Row
from screening.plot.style import PALETTE, heading, new_figure


def draw(rows: tuple[Row, ...], used: Parameters):
    """Efficiency and current against potential, and the printed partial currents against those of the rates.

    Args:
        rows: of this experiment.
        used: parameters.

    Returns:
        Figure.
    """
    figure, (left, middle, right) = new_figure(3, width=16.0, height=5.0)
    potential = np.linspace(-1.2, 0.0, 121)
    for colour, cell in zip(PALETTE, CELLS, strict=False):
        left.plot(potential, 100 * efficiency(used, cell, potential), color=colour, label=f"{cell}, 1 atm")
        middle.semilogy(
            potential, currents(used, cell, potential)[0] / MILLIAMPERE, color=colour, label=f"{cell}, 1 atm"
        )
    for style, words, options in (
        ("--", "H-cell, 55 atm", {"pressure": 55.0}),
        (":", "H-cell, layer", {"protected": True}),
    ):
        left.plot(
            potential, 100 * efficiency(used, "H-cell", potential, **options), style, color=PALETTE[0], label=words
        )
        ammonia = currents(used, "H-cell", potential, **options)[0] / MILLIAMPERE
        middle.semilogy(potential, ammonia, style, color=PALETTE[0], label=words)
    for axis in (left, middle):
        axis.set_xlabel("potential (V vs RHE)")
        axis.legend(frameon=False, fontsize=8)
    left.set(ylabel="Faradaic efficiency of NH$_3$ (%)", ylim=(0, 100))
    middle.set(ylabel="NH$_3$ partial current (mA/cm$^2$)")
    heading(left, "supply of N$_2$ against H$_2$ evolution (assumed kinetics)")
    heading(middle, "NH$_3$ partial current")
    shown = [row for row in rows if row.reference.key.startswith("j_") and row.model is not None]
    names = [row.reference.quantity.removeprefix("NH3 partial current of ").split(" from")[0] for row in shown]
    right.plot([row.reference.value for row in shown], names, "o", color=PALETTE[1], label="printed (or upper limit)")
    right.plot([row.model for row in shown], names, "x", color=PALETTE[0], label="from the printed rate")
    right.set(xscale="log", xlabel="NH$_3$ partial current (mA/cm$^2$)", xlim=(5e-4, 5), ylim=(-0.5, len(shown) + 0.6))
    right.legend(frameon=False, fontsize=8, loc="upper left")
    heading(right, "flow cells, Table 2")
    return figure


EXPERIMENT = Experiment(
    name="aqueous",
    title="Aqueous N2 reduction and oxidation: supply of N2 and the tables of a review",
    source="Ma et al., Science for Energy and Environment 3, 1 (2026), 10.53941/see.2026.100001",
    parameters=PARAMETERS,
    parts=MappingProxyType(
        {
            "solubility": solubility,
            "operation": operation,
            "thermodynamics": thermodynamics,
            "flow_cells": flow_cells,
            "oxidation": oxidation,
        }
    ),
    draw=draw,
    notes=(
        "The review prints no kinetics: rate constants are assumed, and only statements about direction are compared with them.",
        "H2 evolves from water, so its current does not depend on pH; proton supply in acid is not modelled.",
        "Free energies of formation are those of the NBS tables (1982), quoted from memory.",
    ),
)
