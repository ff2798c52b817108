"""Neutral nitrate reduction on Ru alloys and a zinc-nitrate battery: Huang et al., Nano-Micro Lett. 18, 66 (2026)."""

from types import MappingProxyType

from experiments.calibration_targets import Calibration
from experiments.catalogue import Experiment
from experiments.nitrate.nitrate_figure import curves, draw
from experiments.nitrate.nitrate_kinetics import PARAMETERS, TARGETS, battery, kinetics
from experiments.nitrate.twelve_hours import course, products

EXPERIMENT = Experiment(
    name="nitrate",
    title="Neutral nitrate reduction on Ru alloys, and a zinc-nitrate battery",
    source="Huang et al., Nano-Micro Lett. 18, 66 (2026)",
    parameters=PARAMETERS,
    parts=MappingProxyType({"kinetics": kinetics, "course": course, "products": products, "battery": battery}),
    curves=curves,
    draw=draw,
    calibrations=(
        Calibration(
            "two yields of RuFe, the other alloys scaled by theirs, losses from the largest efficiencies",
            tuple(f"printed_{key}" for key in TARGETS),
            TARGETS,
        ),
    ),
    notes=(
        "Eleven printed numbers fix the constants in closed form: fitted rows agree by construction and only the others "
        "test the model.",
        "Loading, volume, adsorption, the battery's resistance and three transfer coefficients are assumed; "
        "the curves of the figures were not at hand.",
    ),
)
