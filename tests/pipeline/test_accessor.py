"""`results.sei` against the same questions asked of loaded arrays, with dask and without."""

import csv
import io
from functools import partial

import jax
import numpy as np
import pytest

import screening as sei
from screening.api.from_study import stack_of
from screening.api.simulate import study_of
from screening.model.draws import draw_candidates
from screening.results.pareto import non_dominated
from screening.run.study_run import find_study
from tests.pipeline.composition_study import HEAD, MIXTURE, TAIL
from tests.pipeline.known_evaluator import known_store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return known_store(tmp_path_factory.mktemp("accessor") / "R.zarr", 64)


@pytest.fixture(scope="module", params=["dask", "small chunks", "plain"])
def results(store, request):
    if request.param == "plain":
        return sei.open_results(store, chunks=None)
    return sei.open_results(store).chunk({"candidate": 10 if request.param == "small chunks" else 128})


def test_top(results):
    ok = np.flatnonzero(results.status.values == 1)
    values = results.limiting_current_density.values[ok]
    expected = ok[np.lexsort((ok, -values))][:7]
    best = results.sei.top(7, "limiting_current_density")
    assert best.candidate.values.tolist() == expected.tolist()
    np.testing.assert_array_equal(best.limiting_current_density, results.limiting_current_density[expected])
    # a selection keeps the numbers of its candidates
    again = best.sei.top(2, "-limiting_current_density", where=f"candidate != {expected[-1]}")
    assert again.candidate.values.tolist() == expected[[5, 4]].tolist()


def test_pareto(results):
    ok = np.flatnonzero(results.status.values == 1)
    values = np.stack([results.limiting_current_density.values, results.film_area_specific_resistance.values], 1)[ok]
    front = results.sei.pareto("limiting_current_density", "-film_area_specific_resistance")
    assert front.candidate.values.tolist() == ok[non_dominated(values, (True, False))].tolist()
    some = results.sei.pareto("limiting_current_density", "-film_area_specific_resistance", where="candidate >= 60")
    assert (some.candidate.values >= 60).all()


@pytest.mark.parametrize("length", [10, 128])
def test_large_stores_are_not_loaded(store, length):
    """Of a lazy dataset only the columns named are computed, and never more candidates than the pieces hold."""
    import dask

    results = sei.open_results(store).chunk({"candidate": length})
    with dask.config.set(scheduler="single-threaded"):
        lazy = results.drop_vars("peak_potential").assign(peak_potential=results.peak_potential.map_blocks(_refuse))
        lazy.attrs = results.attrs
        assert lazy.sei.top(3, "limiting_current_density").sizes["candidate"] == 3
        assert lazy.sei.pareto("limiting_current_density", "half_peak_potential").sizes["candidate"]
        with pytest.raises(RuntimeError, match="was read"):
            lazy.sei.top(3, "peak_potential")


def _refuse(block):
    if block.size:
        raise RuntimeError("peak_potential was read")
    return block


def assert_same_film(study, candidate):
    film = stack_of(study, candidate)
    batch = draw_candidates(study, int(candidate), int(candidate) + 1)
    made = study_of(film, sei.CV("0.8 V", "-0.8 V", "10 mV/s"))
    again = draw_candidates(made, 0, 1)
    # built from numbers, and recorded as a text that gives the same bits
    read = sei.parse_study(made.text)
    assert read.digest == made.digest
    same = draw_candidates(read, 0, 1).stack
    jax.tree.map(np.testing.assert_array_equal, same, again.stack)
    inner = slice(0, len(film.layers))
    films = (jax.tree.map(lambda values: values[:, inner], one.stack) for one in (again, batch))
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-12), *films)
    for key, values in vars(batch.electrolyte).items():
        np.testing.assert_allclose(getattr(again.electrolyte, key), values, rtol=1e-12, err_msg=key)


def test_stack_has_the_numbers_of_the_run(store):
    results = sei.open_results(store)
    assert_same_film(results.sei.study, 6)
    best = results.sei.top(1)
    assert results.sei.stack(best.candidate[0]).name == "LiDFOB"
    assert results.sei.stack(best.candidate.values[0]).layers[0].name == "LiF"
    thickness = results.sei.stack(6).layers[0].thickness
    assert repr(thickness) == f"{thickness.value * 1e9:.6g} nm"


@pytest.mark.slow
def test_stack_writes_out_what_follows_from_laws():
    study = find_study("composition_screen", samples=1)
    for candidate in range(4):
        assert_same_film(study, candidate)
    ohmic = sei.parse_study(HEAD.format(samples=2, temperature='"25 degC"') + 'closure = "ohmic"\n' + MIXTURE + TAIL)
    assert ohmic.plans[0][0].closure == "ohmic"
    assert_same_film(ohmic, 1)


def test_csv_and_parquet(results, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    results.sei.to_csv(tmp_path / "best.csv", top=5, sort="limiting_current_density")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "best.csv").read_text())))
    best = results.sei.top(5, "limiting_current_density")
    assert [int(row["candidate"]) for row in rows] == best.candidate.values.tolist()
    best.sei.to_csv(tmp_path / "again.csv", sort="limiting_current_density")
    assert (tmp_path / "again.csv").read_text() == (tmp_path / "best.csv").read_text()
    results.sei.to_parquet(tmp_path / "all.parquet")
    table = parquet.read_table(tmp_path / "all.parquet")
    assert table.num_rows == 128
    np.testing.assert_array_equal(table["status"].to_numpy(), results.status.values)
    np.testing.assert_array_equal(
        table["peak_current_density[scan_rate=10 mV/s]"].to_numpy(), results.peak_current_density.values[:, 0]
    )
    assert table.schema.field("param_layer1_thickness").metadata[b"units"] == b"m"
    results.sei.to_parquet(tmp_path / "few.parquet", where="film == 'LiBF4' and candidate < 10")
    assert parquet.read_table(tmp_path / "few.parquet")["candidate"].to_pylist() == [1, 3, 5, 7, 9]


@pytest.mark.parametrize(
    "ask",
    [
        lambda sei_results, folder: sei_results.top(0),
        lambda sei_results, folder: sei_results.top(3, "nonsense"),
        lambda sei_results, folder: sei_results.pareto("limiting_current_density"),
        lambda sei_results, folder: sei_results.stack(128),
        lambda sei_results, folder: sei_results.stack(1.5),
        lambda sei_results, folder: sei_results.simulate(-1),
        lambda sei_results, folder: sei_results.to_csv(folder / "no" / "x.csv"),
        lambda sei_results, folder: sei_results.to_parquet(folder / "no" / "x.parquet"),
        lambda sei_results, folder: sei_results.to_parquet(folder / "x.parquet", where="film =="),
    ],
)
def test_bad_questions(store, tmp_path, ask):
    with pytest.raises(sei.StudyError) as caught:
        ask(sei.open_results(store, chunks=None).sei, tmp_path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
