"""Candidates of a study: the same whatever the chunking, round the films, grids of any size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.config.study import parse_study
from screening.errors import StudyError
from screening.model.draws import draw_candidates
from tests.pipeline.batches import arrays_of

STUDY = """
[sampling]
design = "DESIGN"
samples = 997
seed = 5
[conditions]
temperature = { distribution = "normal", mean = "300 K", standard_deviation = "5 K", low = "280 K" }
[parameters]
common = { distribution = "log_uniform", low = "1 nm", high = "20 nm" }
[electrolyte]
concentration = { list = ["1 M", "2 M"] }
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "500 um"
[electrode]
kind = "metal"
exchange_current_density = "10 mA/cm^2"
[[film]]
name = "two layers"
[[film.layer]]
phase = "LiF"
thickness = "$common"
diffusivity = { distribution = "log_uniform", low = "1e-16 m^2/s", high = "1e-12 m^2/s" }
[[film.layer]]
name = "unnamed salt"
thickness = "$common"
conductivity = { distribution = "log_uniform", low = "1e-6 S/m", high = "1e-4 S/m" }
[[film]]
name = "one layer"
[[film.layer]]
phase = "LiH"
thickness = { distribution = "uniform", low = "5 nm", high = "6 nm" }
diffusivity = { distribution = "log_uniform", low = "1e-16 m^2/s", high = "1e-12 m^2/s" }
[[film]]
name = "bare"
[protocol]
kind = "hold"
potential = "-0.1 V"
duration = "1 s"
"""
DESIGNS = ("sobol", "latin_hypercube", "random")
STUDIES = {design: parse_study(STUDY.replace("DESIGN", design)) for design in DESIGNS}
GRID = """
[sampling]
design = "grid"
[parameters]
common = { list = ["1 nm", "2 nm", "3 nm"] }
[electrolyte]
concentration = { list = ["1 M", "2 M"] }
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "500 um"
[electrode]
kind = "metal"
exchange_current_density = "10 mA/cm^2"
[[film]]
name = "layered"
[[film.layer]]
phase = "LiF"
thickness = "$common"
diffusivity = { distribution = "log_uniform", low = "1e-16 m^2/s", high = "1e-14 m^2/s", points = 3 }
[[film]]
name = "bare"
[protocol]
kind = "rest"
duration = "1 s"
"""


@settings(max_examples=30, deadline=None)
@given(
    design=st.sampled_from(DESIGNS),
    start=st.integers(0, 2900),
    count=st.integers(1, 80),
    before=st.integers(0, 50),
    after=st.integers(0, 9),
)
def test_a_candidate_has_the_same_bits_in_every_chunk(design, start, count, before, after):
    study = STUDIES[design]
    first = max(start - before, 0)
    whole = arrays_of(draw_candidates(study, first, start + count + after))
    part = arrays_of(draw_candidates(study, start, start + count))
    for key, array in part.items():
        assert np.array_equal(whole[key][start - first : start - first + count], array, equal_nan=True), key


def test_candidates_go_round_the_films():
    study = STUDIES["sobol"]
    batch = draw_candidates(study, 7, 20)
    assert study.n_candidates == 3 * 997
    assert batch.index.tolist() == list(range(7, 20))
    assert batch.film.tolist() == [index % 3 for index in range(7, 20)]
    # the films see the same draw of what they share
    sample_3 = draw_candidates(study, 9, 12)
    assert len(set(sample_3.temperature)) == 1
    assert len(set(sample_3.electrolyte.concentration)) == 1


def test_two_layers_share_one_named_draw():
    batch = draw_candidates(STUDIES["sobol"], 0, 300)
    two_layers = batch.film == 0
    thickness = batch.stack.thickness[two_layers]
    assert np.array_equal(thickness[:, 0], thickness[:, 1])
    assert len(set(thickness[:, 0])) == 100


def test_films_have_their_own_draws():
    batch = draw_candidates(STUDIES["random"], 0, 600)
    diffusivity = batch.inputs["param_layer1_diffusivity"]
    first, second = diffusivity[batch.film == 0], diffusivity[batch.film == 1]
    assert abs(np.corrcoef(np.log(first), np.log(second))[0, 1]) < 0.3
    assert not np.array_equal(first, second)


def test_latin_hypercube_covers_each_film():
    study = STUDIES["latin_hypercube"]
    batch = draw_candidates(study, 0, study.n_candidates)
    values = batch.inputs["param_layer1_thickness"][batch.film == 1]
    assert sorted(np.floor((values - 5e-9) / 1e-9 * 997).astype(int)) == list(range(997))


@pytest.mark.parametrize("design", ["sobol", "random"])
def test_growing_keeps_the_candidates(design):
    study = STUDIES[design]
    more = study.with_samples(5000)
    assert more.n_candidates == 15_000
    assert more.digest != study.digest
    assert more.text == study.text
    assert study.growable
    old, new = arrays_of(draw_candidates(study, 100, 200)), arrays_of(draw_candidates(more, 100, 200))
    assert all(np.array_equal(old[key], new[key], equal_nan=True) for key in old)


def test_latin_hypercube_says_that_it_cannot_grow():
    study = STUDIES["latin_hypercube"]
    assert not study.growable
    old, new = draw_candidates(study, 0, 30), draw_candidates(study.with_samples(5000), 0, 30)
    assert not np.array_equal(old.temperature, new.temperature)


def test_random_seed_changes_every_axis():
    other = draw_candidates(parse_study(STUDY.replace("DESIGN", "sobol").replace("seed = 5", "seed = 6")), 0, 30)
    same = draw_candidates(STUDIES["sobol"], 0, 30)
    for name, values in same.inputs.items():
        fresh = np.isfinite(values) & (values != other.inputs[name])
        assert fresh.any(), name


def test_grid_of_films_of_different_size():
    study = parse_study(GRID)
    assert study.n_candidates == 2 * 3 * 3 + 2
    batch = draw_candidates(study, 0, study.n_candidates)
    assert batch.film.tolist() == [0] * 18 + [1] * 2
    layered = batch.film == 0
    rows = zip(
        batch.electrolyte.concentration[layered],
        np.round(batch.stack.thickness[layered, 0] * 1e9, 9),
        np.round(np.log10(batch.stack.diffusivity[layered, 0]), 9),
        strict=True,
    )
    assert set(rows) == {(c, t, d) for c in (1000, 2000) for t in (1, 2, 3) for d in (-16, -15, -14)}
    assert sorted(batch.electrolyte.concentration[~layered]) == [1000.0, 2000.0]
    # the film without layers does not know the shared parameter
    assert np.isnan(batch.inputs["param_shared_common"][~layered]).all()
    for start, stop in ((0, 5), (16, 20), (18, 20), (17, 18)):
        part = arrays_of(draw_candidates(study, start, stop))
        whole = arrays_of(batch)
        assert all(np.array_equal(whole[key][start:stop], part[key], equal_nan=True) for key in part)


def test_grid_refuses_another_number_of_samples():
    with pytest.raises(StudyError, match="derives its number of samples: got 7, expected 2 and 18"):
        parse_study(GRID).with_samples(7)


def test_studies_of_earlier_versions_may_say_that_they_are_scrambled():
    plain = parse_study(STUDY.replace("DESIGN", "sobol"))
    said = parse_study(STUDY.replace("DESIGN", "sobol").replace("seed = 5", "seed = 5\nscramble = true"))
    assert said.digest == plain.digest
    with pytest.raises(StudyError, match="scramble"):
        parse_study(STUDY.replace("DESIGN", "sobol").replace("seed = 5", "scramble = false"))
