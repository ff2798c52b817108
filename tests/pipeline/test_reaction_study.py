"""Studies of reactions: the numbers of two experiments from a study file, shared supply by hand, and what files may get wrong."""

import numpy as np
import pytest

import screening as sei
from experiments.aqueous import nitrogen_supply as aqueous
from experiments.nitrate import nitrate_kinetics as nitrate
from screening.cli.app import run_command
from screening.errors import StudyError
from screening.model.study_evaluator import StudyEvaluator
from screening.run.study_run import find_study
from screening.sensitivities.gradients import study_gradients

FARADAY, GAS = 96485.33212, 8.314462618
# a bare electrode is a sliver of electrolyte of 1e-12 m: so much of a boundary layer of 100 um
SLIVER = 1.01e-8
LIQUID = """
[electrolyte]
concentration = "{concentration}"
diffusivity = "2e-9 m^2/s"
diffusion_layer_thickness = "100 um"
[[film]]
name = "bare"
[sampling]
design = "grid"
[reactions]
"""


def evaluated(text):
    study = sei.parse_study(text)
    return StudyEvaluator(study).evaluate(0, study.n_candidates)


def branch(**keys):
    return "[[reactions.branch]]\n" + "".join(
        f"{key} = {value if isinstance(value, int | float) else chr(34) + value + chr(34)}\n"
        for key, value in keys.items()
    )


def test_the_packaged_study_has_the_numbers_of_the_experiment():
    """Ammonia behind three boundary layers, bare and protected, at every potential; H2 of the bare electrode but for protons."""
    study = find_study("nitrogen_reduction")
    found = StudyEvaluator(study).evaluate(0, study.n_candidates)
    layer, potential = found["param_electrolyte_diffusion_layer_thickness"], found["param_reactions_potential"]
    for protected in (False, True):
        for cell, key in aqueous.CELLS.items():
            here = (found["film"] == protected) & np.isclose(layer, aqueous.PARAMETERS[key])
            assert here.sum() == 41
            ammonia, _ = aqueous.currents(aqueous.PARAMETERS, cell, potential[here], protected=protected)
            sliver = SLIVER * 100e-6 / aqueous.PARAMETERS[key]
            np.testing.assert_allclose(found["current_density_ammonia"][here], ammonia, rtol=sliver)
            supply = aqueous.supply(aqueous.PARAMETERS, cell, protected=protected)
            np.testing.assert_allclose(found["supply_rate"][here], supply, rtol=sliver)
            np.testing.assert_allclose(found["supply_used"][here], ammonia / (6 * FARADAY * supply), rtol=sliver)
    total = found["current_density_ammonia"] + found["current_density_hydrogen"]
    np.testing.assert_allclose(found["current_density"], total, rtol=1e-14)
    np.testing.assert_allclose(
        found["faradaic_efficiency_ammonia"], found["current_density_ammonia"] / total, rtol=1e-14
    )


def test_hydrogen_from_protons_behind_their_own_supply_and_from_water():
    """pH 3, where protons carry what their supply lets through: the experiment's efficiencies from a study file."""
    used = aqueous.PARAMETERS
    limit = FARADAY * used["proton_diffusivity"] / used["layer_h_cell"] * 1e3 * 10.0**-3
    text = (
        LIQUID.format(concentration="0.65 mol/m^3")
        + 'ph = 3.0\npotential = { list = ["-0.3 V", "-0.6 V", "-0.9 V"] }\n'
    )
    # fixed against RHE: the order in protons is the transfer coefficient
    text += branch(name="ammonia", electrons=6, rate_constant="1e-11 m/s", transfer_coefficient=0.6)
    text += branch(
        name="protons", current_density="0.03 A/m^2", transfer_coefficient=0.59, order_in_protons=1.0,
        limiting_current=f"{limit!r} A/m^2",
    )  # fmt: skip
    water = {"current_density": "1e-4 A/m^2", "transfer_coefficient": 0.5, "order_in_protons": 0.0}
    text += branch(name="water", **water, reference_ph=7.0)
    share = aqueous.efficiency(used, "H-cell", np.array([-0.3, -0.6, -0.9]), ph=3.0)
    np.testing.assert_allclose(evaluated(text)["faradaic_efficiency_ammonia"], share, rtol=SLIVER)


def test_nitrate_on_one_alloy_has_the_numbers_of_the_experiment():
    """RuFe: electron transfer, chemical step and supply in series at a partly covered surface, H2 beside it."""
    used, loading = nitrate.PARAMETERS, nitrate.PARAMETERS["loading"]
    constants = nitrate.kinetics_of(used)
    covered = used["adsorption"] * used["concentration"] / (1 + used["adsorption"] * used["concentration"])
    at_zero = loading * np.exp(0.5 * nitrate.HIGH * FARADAY / (GAS * 298.15))
    best = float(nitrate.currents(used, constants, 0, nitrate.BEST[0], used["concentration"])[2])
    hydrogen = float(loading * best * np.exp(used["hydrogen_transfer"] * nitrate.BEST[0] * FARADAY / (GAS * 298.15)))
    text = LIQUID.format(concentration="CONCENTRATION").replace(
        '"CONCENTRATION"', '{ list = ["50 mol/m^3", "100 mol/m^3"] }'
    )
    text = text.replace("2e-9", "1.9e-9") + 'potential = { list = ["-0.5 V", "-0.1 V", "0.05 V"] }\n'
    text += branch(
        name="ammonia", electrons=8, current_density=f"{float(constants.rate[0] * at_zero / covered)!r} A/m^2",
        transfer_coefficient=0.5, limiting_current=f"{float(constants.step[0] * loading / covered)!r} A/m^2",
        adsorption_constant="0.1 m^3/mol",
    )  # fmt: skip
    text += branch(
        name="hydrogen", current_density=f"{hydrogen!r} A/m^2", transfer_coefficient=used["hydrogen_transfer"]
    )
    found = evaluated(text)
    places = found["param_reactions_potential"], found["param_electrolyte_concentration"]
    ammonia, _, hydrogen = nitrate.currents(used, constants, 0, *places)
    np.testing.assert_allclose(found["current_density_ammonia"], loading * ammonia, rtol=SLIVER)
    # the experiment gives H2 as a share of the ammonia, so that it falls with the nitrate
    same = places[1] == used["concentration"]
    np.testing.assert_allclose(found["current_density_hydrogen"][same], loading * hydrogen[same], rtol=1e-9)


def test_reactions_of_one_reactant_share_its_supply():
    """Without a potential each takes k c at the surface; D/L (c - cs) = (k1 + k2) cs, cs = c / (1 + (k1 + k2) L / D)."""
    text = LIQUID.format(concentration="1 mol/m^3") + 'potential = "0 V"\n'
    text += branch(name="fast", electrons=8, rate_constant="3e-5 m/s", transfer_coefficient=0.5)
    text += branch(name="slow", electrons=2, rate_constant="1e-5 m/s", transfer_coefficient=0.5)
    found = evaluated(text)
    surface = 1.0 / (1 + 4e-5 * 100e-6 / 2e-9)
    assert found["current_density_fast"][0] == pytest.approx(8 * FARADAY * 3e-5 * surface, rel=SLIVER)
    assert found["current_density_slow"][0] == pytest.approx(2 * FARADAY * 1e-5 * surface, rel=SLIVER)
    assert found["supply_used"][0] == pytest.approx(1 - surface, rel=SLIVER)
    assert found["supply_rate"][0] == pytest.approx(2e-9 / 100e-6, rel=SLIVER)


def test_an_oxidation_mirrors_a_reduction():
    """Tafel: 0.25 e F / R T a volt upwards; 10^(0.25 pH) down the scale of RHE for an order of zero in protons."""
    text = (
        LIQUID.format(concentration="1 mol/m^3")
        + 'direction = "oxidation"\npotential = { list = ["0 V", "0.4 V"] }\nph = 2.0\n'
    )
    text += branch(name="oxygen", current_density="2 A/m^2", transfer_coefficient=0.25, order_in_protons=0.0)
    low, high = evaluated(text)["current_density_oxygen"]
    assert low == pytest.approx(2 * 10**-0.5, rel=1e-12)
    assert high / low == pytest.approx(np.exp(0.25 * FARADAY * 0.4 / (GAS * 298.15)), rel=1e-8)


def test_slopes_are_those_of_the_closed_form():
    """d ln j / d ln a = -a f E of an electron transfer alone, -1.95 a tenth of a volt down at a = 1/2."""
    text = LIQUID.format(concentration="1 mol/m^3").replace('design = "grid"', "samples = 8") + 'potential = "-0.1 V"\n'
    text += branch(name="a", current_density="2 A/m^2", transfer_coefficient=0.5)
    text = text.replace(
        "transfer_coefficient = 0.5", 'transfer_coefficient = { distribution = "uniform", low = 0.4, high = 0.6 }'
    )
    found = study_gradients(sei.parse_study(text), outputs=["current_density_a"])
    assert found.elasticity.item() == pytest.approx(0.5 * 0.1 * FARADAY / (GAS * 298.15), rel=1e-9)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("electrons = 6", "# none", "reactions.branch[0]: reaction without the reactant: got rate_constant alone"),
        ('current_density = "1e-4 A/m^2"', "# none", "reactions.branch[1]: rate of the electron transfer: got neither"),
        ('"hydrogen"', '"ammonia"', "reactions.branch[1].name: name used twice"),
        ('"hydrogen"', '"H2 gas"', "reactions.branch[1].name: name of a reaction"),
        ("\nph = 7.0", "", "reactions.ph: missing key"),
        ('diffusivity = "1e-9 m^2/s"', 'conductivity = "1 S/m"', "a dissolved reactant cannot cross"),
        ("[reactions]", '[protocol]\nkind = "rest"\n[reactions]', "table that a study of reactions does not have"),
        ("concentration", "# of N2", "electrolyte.concentration: missing key"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(old, new, said):
    text = find_study("nitrogen_reduction").text
    assert text.count(old) == 1
    with pytest.raises(StudyError) as caught:
        sei.parse_study(text.replace(old, new))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_from_the_command_to_a_page(tmp_path, capsys):
    store = str(tmp_path / "R.zarr")
    assert run_command(["run", "nitrogen_reduction", "--out", store, "--quiet"]) == 0
    capsys.readouterr()
    assert run_command(["show", store, "--top", "1", "--csv", "-"]) == 0
    head, best = capsys.readouterr().out.splitlines()[:2]
    assert "faradaic_efficiency_ammonia" in head
    assert "protected" in best  # a bare electrode is not ranked beside films
    found = sei.open_results(store)
    # the gas-diffusion electrode, near the -0.75 V of the experiment's figure
    assert float(found.faradaic_efficiency_ammonia.max()) == pytest.approx(0.367, abs=1e-3)
    assert found.attrs["rank_by"] == "faradaic_efficiency_ammonia"
    assert run_command(["report", store, "--html", str(tmp_path / "R.html")]) == 0
    assert run_command(["simulate", "nitrogen_reduction"]) == 2
    assert "a study of reactions has no curves" in capsys.readouterr().err
