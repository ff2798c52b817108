"""Measured films and couples: thickness by neutron reflectometry against prior and growth laws, fits of measured curves."""

from collections.abc import Mapping
from types import MappingProxyType

from experiments.calibration_targets import Calibration
from experiments.catalogue import Experiment, Parameters
from experiments.real_films.dissolved_couples import FE3_WORKBOOK, RUHEX_WORKBOOK, fe3, fe3_fit, ruhex, ruhex_fit
from experiments.real_films.measured_data import complete, neutron_films
from experiments.real_films.measured_figure import curves, draw
from experiments.real_films.neutron_screening import SEED, growth, prior, screening, study

PARAMETERS: Parameters = MappingProxyType(
    {
        "thickest_prior": 20e-9,  # m, micrographs of 10.1126/science.adw5462
        "inner_prior": 5e-9,  # m, of the innermost layer in packaged studies
        "thickness_factor": 1.0,  # on the measured thicknesses that the screening draws from
        "film_conductivity": 8.0e-7,  # S m-1, calibrated LiBF4 film: 187 ohm cm2 over 15 nm
        "inner_conductivity": 2.19e-5,  # S m-1, Li3N, 10.1126/science.adw5462
        "screened_current": 60.0,  # A m-2
        "potential": 0.0,  # V vs Li+/Li of the film
        "temperature": 298.15,  # K
        "growth_scale": 1.0,  # factor on the diffusivity of the solvent in the film
        "disc_radius": 1.5e-3,  # m
        "concentration": 0.96,  # mol m-3
        "reduced_diffusivity": 1.19e-9,  # m2 s-1, of Ru(II), 10.1016/j.jelechem.2010.12.011
        "fe3_disc_radius": 0.85e-3,  # m
        "fe3_concentration": 4.85,  # mol m-3
    }
)


def studies(used: Parameters) -> Mapping[str, str]:
    """Texts of the screening and of the fits; workbooks by their name in the folder of measured data."""
    films = neutron_films()
    texts = {} if isinstance(films, str) else {"screening": study(used, films)}
    return {**texts, "ruhex": ruhex_fit(used, RUHEX_WORKBOOK), "fe3": fe3_fit(used, FE3_WORKBOOK)}


EXPERIMENT = Experiment(
    name="real_films",
    title="Measured films: neutron reflectometry, and fits of measured voltammograms",
    source="Niemann et al. (neutron reflectometry, mdoucet/nh3-analysis) and BattModels/DiffEC",
    parameters=PARAMETERS,
    parts=MappingProxyType({"prior": prior, "screening": screening, "growth": growth, "ruhex": ruhex, "fe3": fe3}),
    curves=curves,
    draw=draw,
    notes=(
        "The measured data are not part of the package; without SEI_DATA, or without openpyxl for the workbooks, their rows "
        "say so.",
    ),
    studies=studies,
    complete=complete,
    seed=SEED,
    calibrations=(
        Calibration(
            "conductivity of the calibrated LiBF4 cell, which rests on 15 nm",
            ("film_conductivity",),
            ("screen_resistance", "screen_fe", "screen_voltage"),
        ),
        Calibration("fits of the measured voltammograms", (), ("ruhex_rms", "fe3_rms")),
    ),
)
