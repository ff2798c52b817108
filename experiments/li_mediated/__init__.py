"""Lithium-mediated N2 reduction of Zhang et al., Science 391 (2026), 10.1126/science.adw5462, as far as the kernels reach."""

from types import MappingProxyType

from experiments.catalogue import Experiment
from experiments.li_mediated.long_runs import ageing
from experiments.li_mediated.reported_diffusivities import cv_diffusivities
from experiments.li_mediated.reported_diffusivities import study as apparent_study
from experiments.li_mediated.lithium_cells import PARAMETERS
from experiments.li_mediated.lithium_curves import curves
from experiments.li_mediated.lithium_figure import draw
from experiments.li_mediated.film_barriers import conductivities, desolvation, voltammetry
from experiments.li_mediated.lithium_flux import flux, sweep
from experiments.li_mediated.efficiencies import audit, pulses, sand, steady

EXPERIMENT = Experiment(
    name="li_mediated",
    title="Lithium-mediated N2 reduction through LiDFOB and LiBF4 films",
    source="Zhang et al., Science 391 (2026), 10.1126/science.adw5462",
    parameters=PARAMETERS,
    parts=MappingProxyType(
        {
            "steady": steady,
            "audit": audit,
            "pulses": pulses,
            "ageing": ageing,
            "conductivities": conductivities,
            "desolvation": desolvation,
            "voltammetry": voltammetry,
            "cv_diffusivities": cv_diffusivities,
            "sand": sand,
            "flux": flux,
            "sweep": sweep,
        }
    ),
    curves=curves,
    draw=draw,
    notes=(
        "The constants of the cell were calibrated to efficiencies and voltages of this paper (see the page on ammonia): "
        "agreement there is no prediction.",
        "The supplementary figures were not at hand; their rows compare with what the main text says of them.",
        "The duty at currents other than 100 mA/cm2 is not printed; direct current at 6 and 2 s of 32 s above are assumed.",
    ),
    studies=lambda used: MappingProxyType({"apparent_diffusivity": apparent_study(used)}),
)
