"""Rate laws in study files and in Python: keys, errors, digests, a run, a fit."""

import numpy as np
import pytest

import screening as sei
from screening.api.from_study import electrode_of
from screening.config.electrode_tables import MetalElectrode
from screening.config.study import VoltammetryStudy, parse_study
from screening.errors import StudyError
from screening.model.draws import draw_candidates

STUDY = """
title = "one film"
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "500 um"
[electrode]
kind = "metal"
exchange_current_density = "1 mA/cm^2"
KINETICS
[[film]]
name = "one"
[[film.layer]]
phase = "Li2CO3"
thickness = "5 nm"
diffusivity = "5e-14 m^2/s"
[protocol]
kind = "lsv"
start_potential = "0.1 V"
end_potential = "-0.35 V"
scan_rates = ["100 mV/s"]
[numerics]
steps = 120
electrolyte_cells = 32
cells_per_layer = 4
reduced_order = 12
"""
CHIDSEY = 'kinetics = "marcus_hush_chidsey"\nreorganisation_energy = "0.26 eV"'
ASYMMETRIC = 'kinetics = "asymmetric_marcus_hush"\nreorganisation_energy = "0.26 eV"\nasymmetry = 0.3'


def study_with(kinetics):
    """The study with some lines in its table [electrode]."""
    study = parse_study(STUDY.replace("KINETICS", kinetics))
    assert isinstance(study, VoltammetryStudy)
    return study


def test_the_usual_law_leaves_the_digest_as_it_was():
    plain = study_with("")
    assert plain.digest == study_with('kinetics = "butler_volmer"\ntransfer_coefficient = 0.5').digest
    assert len({plain.digest, study_with(CHIDSEY).digest, study_with(ASYMMETRIC).digest}) == 3
    # what was written before there were other laws
    written = plain.electrode.model_dump()
    assert {"kinetics", "reorganisation_energy", "asymmetry", "interaction"}.isdisjoint(written)
    assert "transfer_coefficient" not in study_with(CHIDSEY).electrode.model_dump()


@pytest.mark.parametrize(
    ("kinetics", "where", "part"),
    [
        ('kinetics = "marcus"', "electrode.kinetics", "marcus_hush_chidsey"),
        ('kinetics = "marcus_hush_chidsey"', "electrode.reorganisation_energy", "missing key"),
        ('reorganisation_energy = "0.3 eV"', "electrode.reorganisation_energy", "marcus_hush_chidsey"),
        (f"{CHIDSEY}\ntransfer_coefficient = 0.4", "electrode.transfer_coefficient", "butler_volmer"),
        (ASYMMETRIC.replace("0.3", "0.5"), "electrode.asymmetry", "0.35"),
        ("interaction = -0.5", "electrode.interaction", "undecided"),
    ],
)
def test_keys_that_do_not_fit_the_law_are_refused(kinetics, where, part):
    with pytest.raises(StudyError) as caught:
        study_with(kinetics)
    assert caught.value.where == where
    assert part in str(caught.value)


def test_the_law_of_a_study_comes_back_as_an_electrode_of_python():
    given = sei.Metal("1 mA/cm^2", kinetics="asymmetric_marcus_hush", reorganisation_energy="0.26 eV", asymmetry=0.3)
    written = study_with(ASYMMETRIC).electrode
    for electrode in (given, electrode_of(study_with(ASYMMETRIC), 0)):
        assert MetalElectrode.model_validate(electrode.table()) == written
    law = vars(draw_candidates(study_with(ASYMMETRIC), 0, 1).sample.electrode.kinetics)
    assert law["reorganisation_energy"].tolist() == pytest.approx([0.26 * 1.602176634e-19])
    assert law["temperature"].tolist() == [298.15]
    with pytest.raises(StudyError):
        sei.Metal(kinetics="marcus_hush_chidsey")


def test_an_interaction_of_the_deposit_comes_from_the_study():
    electrode = draw_candidates(study_with("interaction = 4"), 0, 1).sample.electrode
    assert vars(electrode)["interaction"].tolist() == [4.0]
    assert study_with("interaction = 4").digest != study_with("").digest


@pytest.mark.slow
def test_a_fit_finds_the_reorganisation_energy():
    film = [sei.Layer("Li2CO3", "5 nm", diffusivity="5e-14 m^2/s")]
    metal = sei.Metal("1 mA/cm^2", kinetics="marcus_hush_chidsey", reorganisation_energy="0.26 eV")
    curve = sei.simulate(film, sei.LSV("0.1 V", "-0.35 V", "100 mV/s"), electrode=metal)
    peak = float(np.ravel(curve.peak_current_density)[0])
    free = CHIDSEY.replace('"0.26 eV"', '{ fit = true, low = "0.1 eV", high = "1 eV" }')
    target = f"""
[fit]
starts = 2
coarse_steps = 2
iterations = 10
profiles = "none"
[[target]]
kind = "peak_current"
scan_rate = "100 mV/s"
value = "{peak!r} A/m^2"
standard_uncertainty = "0.1 %"
"""
    found = sei.fit(STUDY.replace("KINETICS", free) + target, threads=1)
    assert found.estimate["electrode_reorganisation_energy"] / 1.602176634e-19 == pytest.approx(0.26, rel=2e-2)
