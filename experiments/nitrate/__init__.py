"""Neutral nitrate reduction on Ru alloys and a zinc-nitrate battery: Huang et al., Nano-Micro Lett. 18, 66 (2026)."""

from types import MappingProxyType

import jax
import numpy as np

from experiments.catalogue import Experiment, Parameters
from experiments.comparison import Row
from experiments.nitrate.kinetics import BEST, CATALYSTS, PARAMETERS, PER_YIELD, battery, currents, fitted, kinetics
from screening.plot.style import PALETTE, heading, new_figure


def draw(rows: tuple[Row, ...], used: Parameters):
    """Efficiency and yield against potential, and the polarisation of the battery.

    Args:
        rows: of this experiment.
        used: parameters.

    Returns:
        Figure.
    """
    printed = {row.reference.key: row.reference.value for row in rows}
    figure, (left, middle, right) = new_figure(3, width=16.0, height=5.0)
    potential = np.linspace(-0.55, 0.0, 111)
    with jax.enable_x64(True):
        constants = fitted(used)
        for place, (name, colour) in enumerate(zip(CATALYSTS, PALETTE, strict=False)):
            parts = [np.asarray(part) for part in currents(used, constants, place, potential, used["concentration"])]
            left.plot(potential, 100 * parts[0] / sum(parts), color=colour, label=f"{name}-NC")
            left.plot([BEST[place]], [100 * printed[f"fe_{name}"]], "o", color=colour)
            middle.plot(potential, parts[0] / PER_YIELD, color=colour, label=f"{name}-NC")
            middle.plot([-0.5], [printed[f"yield_{name}"]], "o", color=colour)
    middle.plot([-0.1], [printed["yield_RuFe_low"]], "o", color=PALETTE[0])
    for axis in (left, middle):
        axis.set_xlabel("potential (V vs RHE)")
    left.set(ylabel="Faradaic efficiency of NH$_3$ (%)", ylim=(0, 105))
    middle.set(ylabel="yield (mg h$^{-1}$ mg$^{-1}$)", ylim=(0, 4.2))
    left.legend(frameon=False, fontsize=8, loc="center left")
    middle.legend(frameon=False, fontsize=8, loc="upper right")
    heading(left, "efficiency (circles: paper; lines: fit)")
    heading(middle, "yield (circles: paper; lines: fit)")
    current = np.linspace(0.0, 26.0, 53)
    point = used["battery_power"] / used["battery_current"]
    voltage = used["ocv"] - (used["ocv"] - point) * current / (used["battery_current"] / 10)
    right.plot(current, voltage * current, color=PALETTE[0], label="ohmic cell through the point")
    right.plot([used["battery_current"] / 10], [printed["power"]], "o", color=PALETTE[1], label="paper")
    right.set(xlabel="current (mA/cm$^2$)", ylabel="power (mW/cm$^2$)", ylim=(0, 12.5))
    right.legend(frameon=False, fontsize=8, loc="upper left")
    heading(right, "zinc-nitrate battery")
    return figure


EXPERIMENT = Experiment(
    name="nitrate",
    title="Neutral nitrate reduction on Ru alloys, and a zinc-nitrate battery",
    source="Huang et al., Nano-Micro Lett. 18, 66 (2026)",
    parameters=PARAMETERS,
    parts=MappingProxyType({"kinetics": kinetics, "battery": battery}),
    draw=draw,
    notes=(
        "The main text prints eleven numbers that ten constants are fitted to: rows marked as fitted agree nearly by "
        "construction and only the others test the model.",
        "Loading, volume, adsorption and two transfer coefficients are assumed; the curves of the figures were not at hand.",
    ),
)
