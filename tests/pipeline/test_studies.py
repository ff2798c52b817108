"""The packaged studies, and the calculation behind a run: a candidate's bits depend on that candidate alone."""

import operator

import numpy as np
import pytest

import screening as sei
from kernels.status import Status
from screening.cli.app import run_command
from screening.config.study import VoltammetryStudy
from screening.model.draws import alike, draw_candidates
from screening.model.study_evaluator import StudyEvaluator
from screening.run.loop import run_evaluator
from screening.run.study_run import find_study, packaged_studies
from tests.pipeline.batches import rows_of

STUDIES = {
    "ammonia_screen": (2 * 50_000, 1),
    "barrier_map": (4 * 3 * 3 * 46, 1),
    "composition_screen": (4 * 25_000, 1),
    "layer_orders": (6 * 256, 1),
    "lidfob_vs_libf4": (4 * 4096, 5),
    "nitrogen_reduction": (2 * 3 * 41, 1),
    "quick": (64, 2),
    "thickness_ladder": (2 * 64, 3),
}
SAMPLES = 12
KEPT = np.array([0, 2, 4, 5, 7, 10, 11])
OTHERS = np.array([1, 3, 6, 8, 9])


@pytest.fixture(scope="module")
def evaluator():
    return StudyEvaluator(find_study("quick", samples=SAMPLES))


@pytest.fixture(scope="module")
def whole(evaluator):
    return evaluator.evaluate(0, SAMPLES)


def test_the_packaged_studies_are_these():
    assert set(packaged_studies()) == set(STUDIES)


@pytest.mark.parametrize("name", STUDIES)
def test_packaged_study_is_valid_by_name_from_an_empty_folder(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    candidates, runs = STUDIES[name]
    assert run_command(["validate", name]) == 0
    out = capsys.readouterr().out
    if isinstance(find_study(name), VoltammetryStudy):
        assert f"{candidates:,} candidates x {runs} scan rates = {candidates * runs:,} voltammograms" in out
    else:
        assert f"{candidates:,} candidates\n" in out
    assert "outside to inside" in out
    assert list(tmp_path.iterdir()) == []
    study = find_study(name)
    assert (study.n_candidates, study.n_runs) == (candidates, runs)
    for film, film_name in enumerate(study.film_names):
        layers = " | ".join(study.layer_names(film)) or "bare electrode"
        assert [line for line in out.splitlines() if line.split() == [*film_name.split(), *layers.split()]]


def test_a_file_of_that_name_comes_before_the_packaged_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = packaged_studies()["quick"].read_text(encoding="utf-8")
    (tmp_path / "quick").write_text(text.replace("samples = 64", "samples = 5"))
    assert find_study("quick").n_candidates == 5


def test_main_study_is_the_comparison_of_the_paper():
    """The layers of Zhang et al., 10.1126/science.adw5462, from outside to inside, around the calibrated resistances."""
    study = find_study("lidfob_vs_libf4")
    assert study.film_names == ("LiDFOB", "LiBF4", "LiDFOB, ohmic", "LiBF4, ohmic")
    assert [study.layer_names(film) for film in (0, 1)] == [("LiF", "Li2CO3", "Li3N"), ("LiH", "LiF", "Li3N")]
    assert [study.layer_names(film) for film in (2, 3)] == [study.layer_names(film) for film in (0, 1)]
    assert (min(study.scan_rates), max(study.scan_rates)) == pytest.approx((0.01, 0.2))
    batch = draw_candidates(study, 0, study.n_candidates)
    stack = batch.stack
    film = stack.thickness.sum(axis=1)
    assert 10e-9 < film.min() < 12e-9
    assert 28e-9 < film.max() < 30e-9
    # RT / F2c of Li+ dissolved in equilibrium with 2 mol/L, or the resistivity of a conductor
    thermal = 8.314462618 * 298.15 / (96485.33212**2 * 2000)
    resistivity = np.where(batch.film[:, None] < 2, thermal / stack.diffusivity, stack.resistivity)
    resistance = (stack.thickness * resistivity).sum(axis=1)
    for number, calibrated in enumerate((2.57, 187.0) * 2):
        median = 1e4 * np.median(resistance[batch.film == number])
        assert calibrated / 2 < median < calibrated * 2, number


def test_composition_screen_varies_what_a_film_is_made_of():
    """Fractions, order, thickness, grain size and temperature; the diffusivity of each layer follows."""
    study = find_study("composition_screen")
    assert study.layer_names(0) == tuple(reversed(study.layer_names(1)))
    assert {film.layers[0].interface_barrier is not None for film in study.films} == {True}
    batch = draw_candidates(study, 0, 4096)
    columns = {column.name: batch.column(column.name) for column in study.columns}
    names = ("param_temperature", "param_shared_salts", "param_shared_grains", "param_shared_salt_layer")
    for name in (*names, "layer1_effective_diffusivity"):
        assert len(np.unique(columns[name][batch.film == 0])) == 1024, name
    # the same draw in another order: the same layers, the outer one inside
    first, second = (batch.stack.diffusivity[batch.film == film] for film in (0, 1))
    np.testing.assert_allclose(first[:, 1], second[:, 0], rtol=1e-12)
    np.testing.assert_allclose(first[:, 0], second[:, 1], rtol=1e-12)
    # smaller grains have more boundaries, which conduct by their own barrier: ln D = a - ln size - E / kT where crystals do not
    crystals = batch.film == 2
    barrier = columns["param_shared_boundary"][crystals] / (1.380649e-23 * batch.temperature[crystals])
    grains = np.log(columns["param_layer1_grain_size"][crystals])
    effective = np.log(columns["layer1_effective_diffusivity"][crystals])
    slopes = np.linalg.lstsq(np.stack([np.ones_like(grains), grains, barrier], 1), effective, rcond=None)[0]
    np.testing.assert_allclose(slopes[1:], -1.0, atol=0.15)


def test_barrier_map_follows_the_barrier():
    """F c / (L / D + 1 / k + (1 - t+) delta / D0), and D or k falls as exp(-E / kT)."""
    study = find_study("barrier_map")
    batch = draw_candidates(study, 0, study.n_candidates)
    boltzmann = 1.380649e-23 * batch.temperature
    for film, key, name in ((0, "diffusivity", "migration_energy"), (1, "interface_resistance", "interface_barrier")):
        rows = batch.film == film
        barrier = batch.inputs[f"param_layer1_{name}"][rows]
        assert barrier.min() == pytest.approx(0.20 * 1.602176634e-19)
        factor = getattr(batch.stack, key)[rows, 0] ** (1 if film == 0 else -1) * np.exp(barrier / boltzmann[rows])
        expected = 0.2847e-9**2 * 1e13 if film == 0 else 5e-9 * boltzmann[rows] / 6.62607015e-34
        np.testing.assert_allclose(factor, expected, rtol=1e-9)


def test_candidates_do_not_depend_on_the_range(evaluator, whole):
    for start in range(SAMPLES):
        for stop in range(start + 1, SAMPLES + 1):
            for name, values in evaluator.evaluate(start, stop).items():
                assert values.tobytes() == whole[name][start:stop].tobytes(), (start, stop, name)


def test_candidates_that_take_as_many_steps_share_blocks():
    batch = draw_candidates(find_study("lidfob_vs_libf4", samples=64), 0, 256)
    order = alike(batch)
    assert sorted(order) == list(range(256))
    films = batch.film[order]  # the films differ most, by diffusion and then by resistance
    assert films[np.flatnonzero(np.diff(films, prepend=-1))].tolist() == [2, 3, 0, 1]
    batch.stack.diffusivity[[3, 5]] = [[np.nan] * 3, [0.0] * 3]
    assert sorted(alike(batch)) == list(range(256))


def test_candidates_do_not_depend_on_their_order(evaluator, whole):
    order = np.random.default_rng(7).permutation(SAMPLES)
    batch = draw_candidates(evaluator.study, 0, SAMPLES)
    shuffled = rows_of(batch, order)
    for name, values in evaluator.evaluate_batch(shuffled).items():
        assert values.tobytes() == whole[name][order].tobytes(), name


# table, key, value: invalid ones first, then extreme ones that are legal
NEIGHBOURS = {
    "NaN": ("stack", "thickness", np.nan),
    "negative": ("stack", "thickness", -1e-9),
    "negative diffusivity": ("stack", "diffusivity", -1e-12),
    "negative resistance": ("sample", "series_resistance", -1.0),
    "a film of a metre": ("stack", "thickness", 1.0),
    "a film below an atom": ("stack", "thickness", 1e-15),
    "blocking": ("stack", "diffusivity", 1e-40),
    "no barrier": ("stack", "diffusivity", 1e3),
    "insoluble": ("stack", "partition_coefficient", 1e-12),
    "no storage": ("stack", "accessible_fraction", 0.0),
    "no permeance": ("stack", "interface_resistance", 1e30),
    "frozen electrode": ("sample.electrode", "exchange_current_density", 1e-30),
    "reversible electrode": ("sample.electrode", "exchange_current_density", np.inf),
    "huge resistance": ("sample", "series_resistance", 1e6),
    "dilute": ("electrolyte", "concentration", 1e-9),
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_candidates_do_not_depend_on_their_neighbours(evaluator, whole, name):
    table, key, value = NEIGHBOURS[name]
    batch = draw_candidates(evaluator.study, 0, SAMPLES)
    getattr(operator.attrgetter(table)(batch), key)[OTHERS] = value
    found = evaluator.evaluate_batch(batch)
    for output, values in found.items():
        assert values[KEPT].tobytes() == whole[output][KEPT].tobytes(), output
    status = found["status"][OTHERS]
    if not value > 0 and value != 0.0:
        assert (status == Status.INVALID_INPUT).all()
    known = {int(code) for code in Status} - {int(Status.PENDING)}
    assert {int(code) for code in status} <= known
    # a status other than ok leaves no number behind, and ok leaves no gap
    for output in ("peak_current_density", "cathodic_charge_density", "limiting_current_density"):
        finite = np.isfinite(found[output][OTHERS].reshape(len(OTHERS), -1)).all(axis=1)
        np.testing.assert_array_equal(finite, status == Status.OK, err_msg=output)


@pytest.mark.parametrize(
    ("threads", "chunk", "block"), [(1, 12, None), (2, 5, 2), (5, 1, None), (3, 4, 3), (2, None, None)]
)
def test_store_is_the_same_for_any_threads_chunk_and_block(evaluator, whole, tmp_path, threads, chunk, block):
    path = tmp_path / "R.zarr"
    summary = run_evaluator(evaluator, path, threads=threads, chunk=chunk, block=block, progress=False)
    assert summary.status_counts == {Status.OK: SAMPLES}
    stored = sei.open_results(path, chunks=None).load()
    for name, values in whole.items():
        assert stored[name].values.tobytes() == values.astype(stored[name].dtype).tobytes(), name


@pytest.mark.slow
def test_composition_screen_runs(tmp_path):
    """A hundredth of it: all candidates finish, and the limiting current is that of the layers that are stored."""
    study = find_study("composition_screen", samples=250)
    results = run_evaluator(StudyEvaluator(study), tmp_path / "R.zarr", progress=False)
    assert results.status_counts == {Status.OK: 1000}
    stored = sei.open_results(tmp_path / "R.zarr").load()
    layers = draw_candidates(study, 0, 1000).stack
    film = (layers.thickness / (layers.diffusivity * layers.partition_coefficient)).sum(axis=1)
    film += layers.interface_resistance.sum(axis=1)
    # slivers of electrolyte pad the mosaic; of them only the share 1 - t+ is diffusion
    padding = (0.4 * (layers.thickness == 1e-12) * layers.thickness / 2e-10).sum(axis=1)
    limit = 96485.33212331001 * 2000.0 / (film - padding + 0.6 * 61e-6 / 2e-10)
    np.testing.assert_allclose(stored.limiting_current_density, limit, rtol=1e-6)
    assert {stored[name].attrs["units"] for name in stored if str(name).endswith("effective_diffusivity")} == {"m2 s-1"}


@pytest.mark.slow
def test_packaged_study_runs_by_name_in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_command(["run", "thickness_ladder", "--out", "R.zarr", "--quiet"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["R.zarr"]
    results = sei.open_results(tmp_path / "R.zarr").load()
    assert (results.status == Status.OK).all()
    peaks = results.peak_current_density
    assert (peaks < 0).all()
    # a faster sweep never gives a smaller peak
    fastest, slowest = (peaks.sel(scan_rate=rate) for rate in (float(peaks.scan_rate.max()), 0.01))
    assert (fastest <= slowest * (1 - 1e-6)).all()
    # Fickian layers in series with the liquid: F c / (sum of L / D + (1 - t+) delta / D)
    layers = draw_candidates(sei.parse_study(results.attrs["study"]), 0, results.sizes["candidate"])
    film = (layers.stack.thickness / layers.stack.diffusivity).sum(axis=1)
    liquid = 0.6 * layers.electrolyte.diffusion_layer_thickness / 2e-10
    limit = 96485.33212 * 2000.0 / (film + liquid)
    np.testing.assert_allclose(results.limiting_current_density, limit, rtol=1e-9)
