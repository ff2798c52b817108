"""Marcus-Hush-Chidsey fits of measured lithium kinetics against the published ones.

Boyle et al., ACS Energy Lett. 5, 701 (2020), 10.1021/acsenergylett.0c00031, figure 4a: transient voltammetry in four electrolytes.
"""

import csv

import jax.numpy as jnp
import numpy as np
import pytest

from kernels.constants import ELEMENTARY_CHARGE
from kernels.laws import marcus_hush_chidsey_current
from screening.fitting.law import fit_law
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.sampling.distributions import Range

# exchange current density in A/m2 and reorganisation energy in eV, as the authors print them
PUBLISHED = {"10pc tFEC": (137.0, 0.204), "ECDEC": (88.8, 0.224), "DEC": (21.9, 0.260), "PC": (19.8, 0.209)}
FREE = FreeParameters(
    (
        FreeParameter("exchange", "exchange", "A/m^2", "exchange", Range(1.0, 1000.0, logarithmic=True)),
        FreeParameter("energy", "energy", "eV", "energy", Range(0.05, 1.0, logarithmic=True)),
    )
)


def magnitude(values, overpotential):
    """The file gives magnitudes, A/m2."""
    energy = values[1] * ELEMENTARY_CHARGE
    return jnp.abs(marcus_hush_chidsey_current(overpotential, values[0], energy, 298.15))


@pytest.fixture(scope="module")
def measured(sei_data):
    """Overpotential in V and current density in A/m2, by electrolyte."""
    path = sei_data / "li_metal_boyle" / "Boyle Figure 4a.csv"
    if not path.exists():
        pytest.skip(f"no {path}")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    found = {}
    for column, name in enumerate(rows[0][::2]):
        pairs = [row[2 * column : 2 * column + 2] for row in rows[2:]]
        found[name] = np.array(sorted((float(x), 10 * float(y)) for x, y in pairs if x and y)).T
    return found


@pytest.mark.parametrize("electrolyte", list(PUBLISHED))
def test_exchange_current_density_and_reorganisation_energy(measured, electrolyte):
    overpotential, current = measured[electrolyte]
    found = fit_law(magnitude, overpotential, current, FREE, starts=6).estimate
    print(f"{electrolyte}: {found['exchange'] / 10:.2f} mA/cm2, {found['energy']:.3f} eV; {PUBLISHED[electrolyte]}")
    assert found["exchange"] == pytest.approx(PUBLISHED[electrolyte][0], rel=0.1)
    assert found["energy"] == pytest.approx(PUBLISHED[electrolyte][1], rel=0.1)
