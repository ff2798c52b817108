"""Marcus-Hush-Chidsey fit of measured lithium kinetics in four electrolytes against published values."""

import csv

import numpy as np
import pytest

from kernels.constants import ELEMENTARY_CHARGE
from kernels.laws import marcus_hush_chidsey_current
from screening.fitting.law import fit_law
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.sampling.distributions import Range

# Digitised deposition and stripping currents, Boyle et al., ACS Energy Lett. 5, 701 (2020), 10.1021/acsenergylett.0c00031,
# free of ohmic drop as published. The values are least squares of the same law (DiffEC): mA cm-2 and eV at 298 K.
PUBLISHED = {"10pc tFEC": (13.70, 0.204), "ECDEC": (8.88, 0.224), "DEC": (2.19, 0.260), "PC": (1.98, 0.209)}
TEMPERATURE = 298.0
FREE = FreeParameters(
    (
        FreeParameter("exchange_current_density", "j0", "A m-2", "exchange current density", Range(1.0, 1e3, True)),
        FreeParameter("reorganisation_energy", "lambda", "eV", "reorganisation energy", Range(0.05, 1.0, True)),
    )
)


def law(values, overpotential):
    energy = values[1] * ELEMENTARY_CHARGE
    return marcus_hush_chidsey_current(overpotential, values[0], energy, TEMPERATURE)


@pytest.fixture(scope="module")
def kinetics(sei_data):
    """Overpotential (V) and current density (A m-2, signed) of each electrolyte."""
    path = sei_data / "li_metal_boyle" / "Boyle Figure 4a.csv"
    if not path.exists():
        pytest.skip(f"measured data not found: {path.name}; set SEI_DATA")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    found = {}
    for column, name in enumerate(rows[0][::2]):
        pairs = [row[2 * column : 2 * column + 2] for row in rows[2:]]
        overpotential, size = np.array([pair for pair in pairs if all(pair)], float).T
        found[name] = overpotential, 10.0 * np.sign(overpotential) * size
    return found


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_exchange_current_density_is_the_published_one(kinetics, name):
    found = fit_law(law, *kinetics[name], FREE)
    exchange, energy = (found.estimate[entry] for entry in FREE.names)
    uncertainty, energy_uncertainty = (found.standard_uncertainty[entry] for entry in FREE.names)
    assert exchange / 10.0 == pytest.approx(PUBLISHED[name][0], rel=0.1)
    assert energy == pytest.approx(PUBLISHED[name][1], rel=0.1)
    assert 0 < uncertainty < 0.3 * exchange
    assert 0 < energy_uncertainty < 0.4 * energy
    # a smaller reorganisation energy asks for a larger exchange current: the two are known only together
    assert found.linear.correlation[0, 1] < -0.9
