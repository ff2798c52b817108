"""Measured voltammograms of Ru(NH3)6(3+) at glassy carbon against a simulation with literature values, nothing fitted."""

import numpy as np
import pytest

import screening as sei

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl (extra dev) reads the measured sheets")

# 0.96 mM at a disc of radius 1.50 mm, potentials against SCE; diffusivities of Ru(III) and Ru(II) in 0.1 M KCl:
# Wang, Limon-Petersen & Compton, J. Electroanal. Chem. 652, 13 (2011), 10.1016/j.jelechem.2010.12.011.
RADIUS = 1.50e-3  # m
SCAN_RATES = (0.025, 0.05, 0.1, 0.2)  # V s-1


@pytest.fixture(scope="module")
def measured(sei_data):
    """Potential (V) and current density (A m-2) of each scan rate, the first full cycle."""
    path = sei_data / "ruhex_gc" / "0.96 mM RuHex on GCE.xlsx"
    if not path.exists():
        pytest.skip(f"measured data not found: {path.name}; set SEI_DATA")
    sheets = openpyxl.load_workbook(path, read_only=True, data_only=True)
    curves = []
    for rate in SCAN_RATES:
        rows = list(sheets[f"{rate * 1e3:.0f} mV s-1"].iter_rows(min_row=2, max_col=2, values_only=True))
        curve = np.array([row for row in rows if row[0] is not None and row[1] is not None], float)
        curves.append(curve / [1.0, np.pi * RADIUS**2])
    return curves


@pytest.fixture(scope="module")
def simulated():
    """The same four voltammograms from the simulation."""
    couple = sei.Couple(
        formal_potential="-0.176 V",
        rate_constant="inf m/s",
        oxidised_concentration="0.96 mol/m^3",
        reduced_diffusivity="1.19e-9 m^2/s",
    )
    liquid = sei.Electrolyte(
        concentration="0.96 mol/m^3",
        diffusivity="8.43e-10 m^2/s",
        transference_number=0.0,
        diffusion_layer_thickness="2 mm",
    )
    protocol = sei.CV("0.1 V", "-0.4 V", [f"{rate * 1e3:g} mV/s" for rate in SCAN_RATES], end_potential="0.1 V")
    return sei.simulate(sei.Stack([]), protocol, electrode=couple, electrolyte=liquid, electrolyte_cells=128)


def residual_current(curve):
    """Mean measured current of the first scan at 0 to 50 mV, 7 R T / F before the wave, where none is simulated."""
    forward = curve[: curve[:, 0].argmin()]
    return forward[(forward[:, 0] > 0.0) & (forward[:, 0] < 0.05), 1].mean()


def test_every_raw_cathodic_peak_current_is_within_five_percent(measured, simulated):
    cathodic = np.array([curve[:, 1].min() for curve in measured])
    assert simulated.peak_current_density.values == pytest.approx(cathodic, rel=0.05)


def test_every_peak_current_beyond_the_residual_current_is_within_five_percent(measured, simulated):
    # Raw anodic peaks carry the cathodic residual current of the cell (no model of it here): raw they are 3 to 8 % low.
    cathodic = np.array([curve[:, 1].min() - residual_current(curve) for curve in measured])
    anodic = np.array([curve[:, 1].max() - residual_current(curve) for curve in measured])
    assert simulated.peak_current_density.values == pytest.approx(cathodic, rel=0.05)
    returned = simulated.anodic_peak_current_density.values
    assert returned[1:] == pytest.approx(anodic[1:], rel=0.05)
    # In the 28 s of the slowest scan Ru(II) diffuses 0.18 mm, 12 % of the disc's radius, and what leaves over the
    # edge does not come back. A planar model has no edge: it is 5.2 % above the measured peak, and must not be below
    # it.
    assert 1.0 < returned[0] / anodic[0] < 1.06


def test_apparent_diffusivity_of_the_measured_peaks_is_that_of_the_simulated_ones(measured, simulated):
    heights = np.array([-curve[:, 1].min() for curve in measured])
    slope = np.polyfit(np.sqrt(SCAN_RATES), heights, 1)[0]
    constant = 0.446294694845 * 96485.33212**1.5 * 0.96 / np.sqrt(8.314462618 * 298.15)
    assert float(simulated.apparent_diffusivity_randles_sevcik) == pytest.approx((slope / constant) ** 2, rel=0.1)
    assert float(simulated.apparent_diffusivity_randles_sevcik) == pytest.approx(8.43e-10, rel=0.01)
    assert bool(simulated.apparent_diffusivity_valid)
