"""Quantities of a study drawn from the posterior of a fit: joint, read once, checked, the same in every chunk."""

import shutil

import numpy as np
import pytest

from screening.config.study import load_study, parse_study
from screening.errors import StudyError
from screening.fitting.fit_store import open_fit
from screening.model.study_warnings import study_warnings
from screening.sensitivities.study_sensitivity import study_sensitivity
from tests.pipeline.fit_store import known_fit, known_posterior

STUDY = """
[sampling]
design = "sobol"
samples = 1024
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "500 um"
[electrode]
kind = "metal"
exchange_current_density = { distribution = { posterior = "fits/F.zarr" } }
[[film]]
name = "drawn"
[[film.layer]]
phase = "LiF"
thickness = "15 nm"
diffusivity = { distribution = { posterior = "fits/../fits/F.zarr" } }
[[film]]
name = "drawn too"
[[film.layer]]
phase = "LiF"
thickness = { distribution = "uniform", low = "5 nm", high = "6 nm" }
diffusivity = "1e-14 m^2/s"
[[film.layer]]
name = "inner"
thickness = "5 nm"
diffusivity = { distribution = { posterior = "fits/F.zarr", parameter = "layer1_diffusivity" } }
[protocol]
kind = "hold"
potential = "-0.1 V"
duration = "1 s"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("joint")
    (made / "fits").mkdir()
    known_fit(made / "fits" / "F.zarr", posterior=known_posterior())
    known_fit(made / "bare.zarr")
    return made


@pytest.fixture(scope="module")
def read(folder):
    def load(text=STUDY):
        (folder / "study.toml").write_text(text)
        return load_study(folder / "study.toml")

    return load


def drawn(study, start=0, stop=None):
    """Diffusivity, exchange current and film of candidates."""
    stop = study.n_candidates if stop is None else stop
    found = np.empty((3, stop - start))
    for share in study.space.shares(start, stop):
        values = study.space.values(share)
        labels = (f"film[{share.film}].layer[{share.film}].diffusivity", "parameters.layer1_diffusivity")
        diffusivity = next(values[label] for label in labels if label in values)
        found[:2, share.rows] = diffusivity, values["electrode.exchange_current_density"]
        found[2, share.rows] = share.film
    return found


@pytest.mark.parametrize("design", ["sobol", "latin_hypercube", "random"])
def test_a_candidate_takes_one_draw_of_the_fit(read, folder, design):
    """Every pair of values is a row of the fit, both films of a sample take the same one, and rows come equally often."""
    rows = open_fit(folder / "fits" / "F.zarr").posterior_value.values.reshape(-1, 2)
    study = read(STUDY.replace('"sobol"', f'"{design}"'))
    diffusivity, current, film = drawn(study)
    place = np.array([np.flatnonzero((rows == pair).all(1))[0] for pair in np.stack([diffusivity, current], 1)])
    assert (place[film == 0] == place[film == 1]).all()
    counts = np.bincount(place[film == 0], minlength=len(rows))
    assert counts.max() <= {"sobol": 3, "latin_hypercube": 3, "random": 8}[design]  # 1.28 on average
    correlation = np.corrcoef(np.log(diffusivity), np.log(current))[0, 1]
    assert correlation == pytest.approx(-0.8, abs=0.03 if design != "random" else 0.06)


def test_what_films_own_is_independent_beside_a_posterior(read):
    """Films are compared sample by sample, so that their own quantities must not follow one dimension of the sequence."""
    study = read(STUDY.replace('"15 nm"', '{ distribution = "uniform", low = "5 nm", high = "6 nm" }'))
    films = [
        study.space.values(share)[f"film[{share.film}].layer[0].thickness"] for share in study.space.shares(0, 2048)
    ]
    counts, *_ = np.histogram2d(*films, bins=2, range=[(5e-9, 6e-9)] * 2)
    assert counts == pytest.approx(np.full((2, 2), 256), abs=16)


def test_draws_stay_in_the_study_without_the_fit(read, folder, tmp_path):
    study = read()
    kept = parse_study(study.text, samples=study.sampling.samples)
    assert kept.digest == study.digest
    whole = drawn(study)
    pieces = [drawn(kept, start, min(start + 300, 2048)) for start in range(0, 2048, 300)]
    assert np.array_equal(np.concatenate(pieces, 1), whole)
    # another posterior at the same place is another study; the text that was kept is read as it stands
    shutil.copytree(folder / "bare.zarr", tmp_path / "fits" / "F.zarr")
    (tmp_path / "kept.toml").write_text(study.text)
    assert load_study(tmp_path / "kept.toml").digest == study.digest
    assert study.with_samples(64).n_candidates == 128


def test_shared_parameters_and_mixtures_are_found_by_name(read):
    shared = STUDY.replace('{ distribution = { posterior = "fits/../fits/F.zarr" } }', '"$layer1_diffusivity"')
    shared += '[parameters]\nlayer1_diffusivity = { distribution = { posterior = "fits/F.zarr" } }\n'
    assert np.array_equal(drawn(read(shared))[0], drawn(read())[0])
    mixed = STUDY.replace('name = "inner"\n', "").replace(
        'diffusivity = { distribution = { posterior = "fits/F.zarr", parameter = "layer1_diffusivity" } }',
        'mixing_rule = "series"\nmixture = [{ phase = "LiF", fraction = 0.5, diffusivity = "1e-14 m^2/s" }, '
        '{ name = "Li F", fraction = 0.5, diffusivity = { distribution = { posterior = "fits/F.zarr" } } }]',
    )
    with pytest.raises(StudyError, match=r'got "layer2_Li_F_diffusivity"'):
        read(mixed)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"fits/F.zarr" }', '"gone.zarr" }', r"exchange_current_density.distribution: not a store of a fit.*gone\.zarr"),
        ('"fits/F.zarr" }', '"bare.zarr" }', r"no posterior: got the fit bare\.zarr without draws.*--posterior 1000"),
        ('"layer1_diffusivity"', '"layer9_diffusivity"', r'film\[1\]\.layer\[1\].*unknown quantity of the fit .*"layer1_diff'),
        ('"layer1_diffusivity"', '"electrode_exchange_current_density"', "posterior of another unit: got .* in A m-2"),
        ('"layer1_diffusivity" } }', '"layer1_diffusivity" }, low = 1 }', "unknown key beside a posterior"),
        ('posterior = "fits/F.zarr" }', 'posterior = "fits/F.zarr", draws = 3 }', "unknown key: got .draws."),
        ('posterior = "fits/F.zarr" }', "posterior = 3 }", "posterior of a fit: got { posterior = 3 }"),
        ('"sobol"\nsamples = 1024', '"grid"', "a posterior is drawn from: got a grid"),
        ('"sobol"\nsamples = 1024', '"table"', "a posterior is drawn from: got a table"),
        ("transference_number = 0.4", 'transference_number = { distribution = { posterior = "fits/F.zarr", '
         'parameter = "layer1_diffusivity" } }', "posterior of another unit"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(read, old, new, message):
    assert old in STUDY
    with pytest.raises(StudyError, match=message):
        read(STUDY.replace(old, new, 1))


def test_a_text_has_no_folder_and_draws_must_lie_in_the_range(read):
    with pytest.raises(StudyError, match=r"posterior was not read.*load_study"):
        parse_study(STUDY)
    text = read().text
    values = text.partition("values = [")[2].partition(",")[0]
    with pytest.raises(StudyError, match="outside its physical range: got -1"):
        parse_study(text.replace(values, "-1.0"))
    with pytest.raises(StudyError, match="table of draws"):
        parse_study(text.replace(f"{values}, ", ""))


def test_what_needs_independent_inputs_says_so(read, folder):
    with pytest.raises(StudyError, match="do not depend on each other"):
        study_sensitivity(read(), samples=64)
    known_fit(folder / "fits" / "apart.zarr", posterior=known_posterior(apart=3.0))
    assert "have not met" in study_warnings(read(STUDY.replace("F.zarr", "apart.zarr")))[0]
