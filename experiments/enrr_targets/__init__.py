"""Targets of electrochemical ammonia against reach: programme goals, printed potentials, catalysts against the supply of N2."""

from types import MappingProxyType

from experiments.calibration_targets import Calibration
from experiments.catalogue import Experiment
from experiments.enrr_targets.targets_figure import curves, draw
from experiments.enrr_targets.targets_in_reach import PARAMETERS, catalysts, potentials, refuel
from kernels.ammonia import AMMONIA_VOLTAGES

EXPERIMENT = Experiment(
    name="enrr_targets",
    title="Targets of electrochemical N2 reduction against reach",
    source="Z. Chen et al., Electrocatalytic Nitrogen Reduction (review, 2025) with the targets of ARPA-E REFUEL, DE-FOA-0001562",
    parameters=PARAMETERS,
    parts=MappingProxyType({"refuel": refuel, "potentials": potentials, "catalysts": catalysts}),
    curves=curves,
    draw=draw,
    calibrations=(
        Calibration(
            "steady cell, to which the 25 cm2 cell contributed its efficiency",
            ("film_resistance", "cell_resistance"),
            ("fu_faradaic_efficiency",),
        ),
    ),
    notes=(
        f"Energy of NH3: {AMMONIA_VOLTAGES['free_energy']:.4f} V per electron.",
        "Yields per mass are bounded with one assumed loading; a real loading shifts the bound in inverse proportion.",
    ),
)
