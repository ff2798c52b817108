"""Every numeric key of a study file can be fitted: what a law puts into a number is found back from that number by hand."""

import json

import numpy as np
import pytest

import screening as sei
from tests.reference.oracles import FARADAY, TEMPERATURE

BOLTZMANN, PLANCK, ELECTRON_VOLT = 1.380649e-23, 6.62607015e-34, 1.602176634e-19
CONCENTRATION, THICKNESS, DIFFUSIVITY = 2000.0, 1e-8, 1e-15
# (1 - t+) delta / D of the liquid, s/m
LIQUID = 0.6 * 60e-6 / 2e-10
STUDY = """
%(top)s
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "60 um"
[electrode]
kind = "metal"
exchange_current_density = "10 mA/cm^2"
%(electrode)s
[[film]]
name = "one"
[[film.layer]]
name = "layer"
closure = "fickian"
thickness = "10 nm"
%(layer)s
[protocol]
kind = "cv"
start_potential = "0.3 V"
vertex_potential = "-0.5 V"
scan_rates = ["100 mV/s"]
[numerics]
steps = 100
[fit]
starts = 3
%(target)s
"""


def limit(film: float) -> str:
    """Target of the limiting current behind a film of this resistance, s/m."""
    current = float(FARADAY * CONCENTRATION / (film + LIQUID))
    return f'[[target]]\nkind = "limiting_current"\nvalue = "{current!r} A/m^2"\nstandard_uncertainty = "1 %"'


def free(low: str | float, high: str | float) -> str:
    return f'{{ fit = true, prior = "uniform", low = {json.dumps(low)}, high = {json.dumps(high)} }}'


GIVEN = f'diffusivity = "{DIFFUSIVITY} m^2/s"\n'
CELLS = {
    "layer1_porosity": (
        0.3,
        {"layer": f'{GIVEN}porosity = {free(0.05, 0.9)}\ntortuosity_law = "bruggeman"'},
        limit(THICKNESS / (DIFFUSIVITY * 0.3**1.5)),
    ),
    "layer1_A_fraction": (
        0.35,
        {
            "layer": 'mixing_rule = "parallel"\n[[film.layer.mixture]]\nname = "A"\ndiffusivity = "4e-15 m^2/s"\n'
            f"fraction = {free(0.05, 0.95)}\n"
            '[[film.layer.mixture]]\nname = "B"\ndiffusivity = "1e-15 m^2/s"\nfraction = "balance"'
        },
        limit(THICKNESS / (0.35 * 4e-15 + 0.65 * 1e-15)),
    ),
    "layer1_grain_size": (
        8e-9,
        {
            "layer": f'{GIVEN}grain_boundary_diffusivity = "1e-14 m^2/s"\ngrain_boundary_arrangement = "parallel"\n'
            f"grain_size = {free('2 nm', '50 nm')}"
        },
        limit(THICKNESS / ((1 - (7 / 8) ** 2) * 1e-14 + (7 / 8) ** 2 * DIFFUSIVITY)),
    ),
    "layer1_interface_barrier": (
        0.55 * ELECTRON_VOLT,
        {"layer": f'{GIVEN}interface_site_thickness = "0.3 nm"\ninterface_barrier = {free("0.4 eV", "0.7 eV")}'},
        limit(
            THICKNESS / DIFFUSIVITY
            + np.exp(0.55 * ELECTRON_VOLT / (BOLTZMANN * TEMPERATURE)) / (3e-10 * BOLTZMANN * TEMPERATURE / PLANCK)
        ),
    ),
    "temperature": (
        313.15,
        {
            "layer": f'{GIVEN}activation_energy = "0.4 eV"\nreference_temperature = "298.15 K"',
            "top": f"[conditions]\ntemperature = {free('280 K', '340 K')}",
        },
        limit(THICKNESS / (DIFFUSIVITY * np.exp(-0.4 * ELECTRON_VOLT / BOLTZMANN * (1 / 313.15 - 1 / 298.15)))),
    ),
    "electrode_series_resistance": (
        3e-4,
        {
            "layer": GIVEN,
            "electrode": f'double_layer_capacitance = "10 uF/cm^2"\nseries_resistance = {free("1 ohm*cm^2", "10 ohm*cm^2")}',
        },
        '[[target]]\nkind = "impedance"\nfrequency = ["1e12 Hz"]\nreal = ["3 ohm*cm^2"]\nimaginary = ["0 ohm*cm^2"]\n'
        "relative_uncertainty = 0.01",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CELLS)
def test_a_key_is_found_back(name):
    truth, parts, target = CELLS[name]
    found = sei.fit(STUDY % ({"top": "", "electrode": "", "target": target} | parts), threads=1)
    assert found.estimate[name] == pytest.approx(truth, rel=2e-3), found.estimate
