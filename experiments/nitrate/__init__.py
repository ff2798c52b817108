"""Neutral nitrate reduction on Ru alloys and a zinc-nitrate battery: Huang et al., Nano-Micro Lett. 18, 66 (2026)."""

from types import MappingProxyType

from experiments.catalogue import Experiment
from experiments.nitrate.twelve_hours import course, products
from experiments.nitrate.nitrate_figure import curves, draw
from experiments.nitrate.nitrate_kinetics import PARAMETERS, battery, kinetics

EXPERIMENT = Experiment(
    name="nitrate",
    title="Neutral nitrate reduction on Ru alloys, and a zinc-nitrate battery",
    source="Huang et al., Nano-Micro Lett. 18, 66 (2026)",
    parameters=PARAMETERS,
    parts=MappingProxyType({"kinetics": kinetics, "course": course, "products": products, "battery": battery}),
    curves=curves,
    draw=draw,
    notes=(
        "The main text prints eleven numbers that ten constants are fitted to: rows marked as fitted agree nearly by "
        "construction and only the others test the model.",
        "Loading, volume, adsorption and two transfer coefficients are assumed; the curves of the figures were not at hand.",
    ),
)
