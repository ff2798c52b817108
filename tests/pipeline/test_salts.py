"""What a salt proposes: the prior is a study that says what is an estimate, and a few candidates of it run."""

import itertools
import re

import numpy as np
import pytest

import screening as sei
from kernels.status import Status
from screening.cli.app import run_command
from screening.materials.phases import known_electrolytes
from screening.materials.quantities import QUALITIES
from screening.materials.salts import known_salts, salt_study
from screening.model.study_evaluator import StudyEvaluator
from screening.model.study_warnings import study_warnings
from screening.run.loop import run_evaluator
from screening.run.study_run import find_study

FILMS = {
    "LiDFOB": ("LiF", "Li2CO3", "Li3N"),
    "LiBF4": ("LiH", "LiF", "Li3N"),
    "LiPF6": ("Li2EDC", "LiF", "Li2O"),
    "LiTFSI": ("LiF", "Li2O"),
    "LiFSI": ("LiF", "Li2O"),
    "LiClO4": ("LiOH", "Li2O"),
}


@pytest.mark.parametrize("salt", FILMS)
def test_each_salt_proposes_a_study_that_runs(salt, tmp_path):
    """Every stack of it is a film of 10 to 30 nm that lets more than 1 mA/cm2 through at 1 V."""
    path = tmp_path / "study.toml"
    assert run_command(["init", str(path), "--salt", salt]) == 0
    study = find_study(path, samples=4)
    assert study.layer_names(0) == FILMS[salt]
    assert study_warnings(study) == []
    results = run_evaluator(StudyEvaluator(study), tmp_path / "R.zarr", progress=False)
    assert results.status_counts == {Status.OK: 4}
    stored = sei.open_results(tmp_path / "R.zarr").load()
    thickness = sum(stored[f"param_layer{number}_thickness"] for number in range(1, len(FILMS[salt]) + 1))
    assert ((thickness > 10e-9) & (thickness < 30e-9)).all()
    assert (stored.film_area_specific_resistance < 1.0 / 10.0).all()
    assert np.isfinite(stored.peak_current_density).all()


@pytest.mark.parametrize("salt", FILMS)
def test_each_number_says_what_it_is(salt):
    """Each line with a number has its quality and source beside it or above it, and the head counts the estimates."""
    lines = salt_study(salt).splitlines()
    table, named = "", lines[1].partition("Estimated here: ")[2]
    assert lines[0].startswith("# A PRIOR, not a measurement")
    for above, line in itertools.pairwise(lines):
        table = line if line.startswith("[") else table
        if table in ("[electrolyte]", "[electrode]", "[[film.layer]]") and re.match(r"\w+ = .*\d", line):
            said = line.partition(" # ")[2] or above.removeprefix("# ")
            quality, _, source = said.partition(": ")
            assert quality in QUALITIES, line
            assert quality == "estimated" or "10." in source, line
            if quality == "estimated" and line.startswith(("diffusivity", "transference_number", "concentration")):
                assert f"{line.split()[0]} of the liquid" in named
    for number in range(1, len(FILMS[salt]) + 1):
        assert f"thickness and conductivity of layer {number}" in named


def test_salts_are_known_with_the_conductivity_of_their_liquids(capsys):
    assert set(known_salts()) == set(FILMS)
    assert run_command(["init", "-", "--salt", "LiPF"]) == 2
    assert 'did you mean "LiPF6"' in capsys.readouterr().err
    for liquid, siemens in (("1 M LiTFSI/DME:DOL", 1.0967742), ("1 M LiClO4/DME:DOL", 0.6852941)):
        row = known_electrolytes()[liquid].values("conductivity")[0]
        assert row.quality == "measured"
        assert row.value == pytest.approx(siemens, rel=4e-3)
    # linear between the rows of the data set at 292.849 K and 302.713 K, mS/cm
    between = np.interp(298.15, [292.849497, 302.713120], [9.009385, 10.696357]) / 10
    assert known_electrolytes()["1 M LiFSI/EC:EMC"].value("conductivity") == pytest.approx(between, rel=4e-3)
    assert sei.salt_study("LiClO4") == salt_study("LiClO4")
