"""Joint fit of the measured voltammograms of Ru(NH3)6(3+) at four scan rates against literature values."""

import pytest

import screening as sei
from screening.fitting.identifiability import Identifiability

pytest.importorskip("openpyxl", reason="openpyxl (extra dev) reads the measured sheets")

# 0.96 mM at a disc of radius 1.50 mm, potentials against SCE; diffusivities of Ru(III) and Ru(II) in 0.1 M KCl:
# Wang, Limon-Petersen & Compton, J. Electroanal. Chem. 652, 13 (2011), 10.1016/j.jelechem.2010.12.011.
DIFFUSIVITY, FORMAL_POTENTIAL = 8.43e-10, -0.18
SCAN_RATES = (25, 50, 100, 200)  # mV/s
FIT = """
title = "RuHex at glassy carbon"
[electrolyte]
diffusivity = { fit = true, low = "3e-10 m^2/s", high = "3e-9 m^2/s" }
diffusion_layer_thickness = "2 mm"
[electrode]
kind = "couple"
formal_potential = { fit = true, prior = "uniform", low = "-0.25 V", high = "-0.1 V" }
rate_constant = { fit = true, low = "1e-6 m/s", high = "1e-1 m/s" }
oxidised_concentration = "0.96 mol/m^3"
reduced_diffusivity = REDUCED
[measurement]
current_offset = { fit = true, prior = "uniform", low = "-0.2 A/m^2", high = "0.2 A/m^2" }
[[film]]
name = "bare"
[protocol]
kind = "cv"
start_potential = "0.1 V"
vertex_potential = "-0.4 V"
end_potential = "0.1 V"
scan_rates = ["25 mV/s", "50 mV/s", "100 mV/s", "200 mV/s"]
[numerics]
electrolyte_cells = 96
[fit]
starts = 4
coarse_steps = 6
profiles = CHOSEN
""" + "".join(
    f"""
[[target]]
kind = "curve"
name = "{rate} mV/s"
file = "FILE"
sheet = "{rate} mV s-1"
area = "7.0685834706 mm^2"
window = ["-0.41 V", "0.05 V"]
points = 100
"""
    for rate in SCAN_RATES
)


@pytest.fixture(scope="module")
def text(sei_data):
    """The fit file, with the measured workbook."""
    path = sei_data / "ruhex_gc" / "0.96 mM RuHex on GCE.xlsx"
    if not path.exists():
        pytest.skip(f"measured data not found: {path.name}; set SEI_DATA")
    return FIT.replace("FILE", path.as_posix())


@pytest.mark.slow
def test_four_scan_rates_together_give_the_literature_values(text):
    found = sei.fit(text.replace("REDUCED", '"1.19e-9 m^2/s"').replace("CHOSEN", '["electrolyte_diffusivity"]'))
    assert found.estimate["electrolyte_diffusivity"] == pytest.approx(DIFFUSIVITY, rel=0.03)
    assert found.estimate["electrode_formal_potential"] == pytest.approx(FORMAL_POTENTIAL, abs=5e-3)
    assert max(found.relative_rms.values()) < 0.02
    # The planar model leaves residuals that hang together: the flag says so, and the interval holds the literature value.
    low, high = found.interval["electrolyte_diffusivity"]
    assert found.identifiability["electrolyte_diffusivity"] == Identifiability.MODEL_MISFIT
    assert low < DIFFUSIVITY < high


@pytest.mark.slow
def test_the_formal_potential_is_not_identified_where_the_diffusivity_of_the_product_is_free(text):
    # Without Ru(II) in the bulk the wave stands at E0 + (R T / 2 F) ln(D_red / D_ox).
    free = '{ fit = true, low = "3e-10 m^2/s", high = "3e-9 m^2/s" }'
    found = sei.fit(text.replace("REDUCED", free).replace("CHOSEN", '["electrode_reduced_diffusivity"]'))
    assert found.identifiability["electrode_reduced_diffusivity"] == Identifiability.NOT_IDENTIFIED
    assert found.identifiability["electrode_formal_potential"] != Identifiability.IDENTIFIED
    assert any(
        line.startswith("electrode_formal_potential") and "ln electrode_reduced_diffusivity is determined" in line
        for line in found.combinations
    )
    assert found.estimate["electrolyte_diffusivity"] == pytest.approx(DIFFUSIVITY, rel=0.03)
