"""Lithium-mediated N2 reduction of Zhang et al., Science 391 (2026), 10.1126/science.adw5462, as far as the kernels reach."""

from types import MappingProxyType

from experiments.calibration_targets import Calibration
from experiments.catalogue import Experiment
from experiments.li_mediated.efficiencies import audit, pulses, sand, steady
from experiments.li_mediated.film_barriers import conductivities, desolvation, voltammetry
from experiments.li_mediated.lithium_cells import DEAD_LAYER, PARAMETERS, SALTS, SURFACE
from experiments.li_mediated.lithium_curves import curves
from experiments.li_mediated.lithium_figure import draw
from experiments.li_mediated.lithium_flux import flux, sweep
from experiments.li_mediated.long_runs import ageing
from experiments.li_mediated.reported_diffusivities import cv_diffusivities
from experiments.li_mediated.reported_diffusivities import study as apparent_study

# what was given to each calibration, and what follows from those numbers alone: energy efficiencies, partial currents and
# the line through two voltages
CALIBRATIONS = (
    Calibration(
        "steady cell: 15 numbers, ten constants (experiments/data/ammonia_targets.csv)",
        (
            *(f"{name}_resistance_{salt}" for name in ("film", "cell") for salt in SALTS),
            *("limiting_current", "proton_current", "proton_overpotential_scale", "proton_order"),
            *("residual_donor_fraction", "proton_mass_transfer"),
        ),
        (
            *(f"{name}_{salt}_{j}" for name in ("fe", "u", "ee") for salt in SALTS for j in (6, 100)),
            *(f"{name}_LiDFOB_{j}" for name in ("fe", "partial") for j in (150, 200)),
            *(f"intercept_{salt}" for salt in SALTS),
        ),
    ),
    Calibration(
        "surface of the pulsed model: the same efficiencies",
        tuple(f"surface_{name}" for name in SURFACE),
        (
            *(f"pulse_fe_LiDFOB_{j}" for j in (100, 150, 200)),
            *("pulse_fe_LiBF4_100", "direct_fe_LiDFOB_6", "cycled_fe_LiDFOB_6", "direct_fe_LiBF4_6"),
        ),
    ),
    Calibration(
        "dead lithium: the fall of the efficiency over 50 h and 190 cycles",
        tuple(f"dead_layer_{name}" for name in DEAD_LAYER),
        ("mean_fe_40h", "fe_50h", "fe_200_end", "cycles_200"),
    ),
    Calibration("one share of carriers for both conductivities", ("carrier_fraction",), ("sigma_lif", "sigma_lih")),
)

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
    calibrations=CALIBRATIONS,
    notes=(
        "The constants of the cell were calibrated to efficiencies and voltages of this paper (see the page on ammonia): "
        "agreement of the fitted rows is no test; the sweep of fig. 4A was never fitted and is one.",
        "The supplementary figures were not at hand; their rows compare with what the main text says of them.",
        "The duty at currents other than 100 mA/cm2 is not printed; direct current at 6 and 2 s of 32 s above are assumed.",
    ),
    studies=lambda used: MappingProxyType({"apparent_diffusivity": apparent_study(used)}),
)
