"""The store: what is on disk, what is refused, and what a torn or half-written file does."""

import json
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr

from screening.errors import StudyError
from screening.model.study_evaluator import StudyEvaluator
from screening.model.variables import Coordinate, VariableSpec
from screening.run.loop import run_evaluator
from screening.run.study_run import find_study, packaged_studies
from screening.store.destination import read_attributes
from screening.store.shards import inner_length, n_shards, shard_length
from screening.store.template import write_template
from screening.store.writer import ShardWriter, sweep_litter
from tests.pipeline.ramp_evaluator import RampEvaluator


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def empty_store(tmp_path):
    evaluator = RampEvaluator(250)
    write_template(tmp_path / "R.zarr", evaluator, 100)
    return evaluator, tmp_path / "R.zarr", ShardWriter(tmp_path / "R.zarr", evaluator.variables)


def test_round_trip_through_plain_xarray(tmp_path):
    evaluator = RampEvaluator(250, curve_steps=70)
    run_evaluator(evaluator, tmp_path / "R.zarr", chunk=100, progress=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = xr.open_zarr(tmp_path / "R.zarr").load()
    expected = evaluator.evaluate(0, 250)
    assert set(dataset.data_vars) == set(expected)
    for name, values in expected.items():
        assert dataset[name].dims[0] == "candidate"
        assert dataset[name].attrs["units"]
        assert dataset[name].attrs["long_name"]
        np.testing.assert_array_equal(dataset[name].values, values.astype(dataset[name].dtype))
    assert set(dataset.coords) == {"scan_rate", "curve_step"}
    assert dataset.scan_rate.attrs["units"] == "V s-1"
    assert dataset.peak_current_density.dtype == np.float32
    assert dataset.status.dtype == np.uint8
    meanings = dataset.status.attrs["flag_meanings"].split()
    assert meanings[dataset.status.attrs["flag_values"].index(1)] == "ok"
    assert dataset.attrs["study"] == "name = 'ramp'\n"
    assert dataset.attrs["Conventions"] == "CF-1.11"


def test_template_is_readable_before_any_result(empty_store):
    _, path, _ = empty_store
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = xr.open_zarr(path)
    assert dataset.sizes["candidate"] == 250
    assert not dataset.status.any()
    assert np.isnan(dataset.peak_current_density).all()


def test_shard_is_the_unit_and_status_one_plain_chunk_per_task(empty_store):
    evaluator, path, _ = empty_store
    group = zarr.open_group(path, mode="r")
    for spec in evaluator.variables:
        assert group[spec.name].shards[0] == 100
    assert group["status"].shards is None
    assert group["status"].chunks == (100,)


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 50), (50, 150), (0, 200), (100, 199), (200, 240), (200, 300), (250, 250)]
)
def test_write_that_is_not_one_shard_is_refused(empty_store, start, stop):
    evaluator, path, writer = empty_store
    before = files(path)
    with pytest.raises(ValueError, match="expected one whole shard"):
        writer.write(start, stop, evaluator.evaluate(start, stop))
    assert files(path) == before


def test_status_is_the_last_file_of_a_task(empty_store):
    evaluator, path, writer = empty_store
    columns = evaluator.evaluate(100, 200)
    with pytest.raises(Exception, match="charge_density"):
        writer.write(100, 200, {name: value for name, value in columns.items() if name != "charge_density"})
    assert "peak_current_density/c/1/0" in files(path)
    assert writer.finished() == set()
    writer.write(100, 200, columns)
    assert writer.finished() == {1}


def test_pending_status_is_refused(empty_store):
    evaluator, _, writer = empty_store
    columns = evaluator.evaluate(0, 100)
    columns["status"][3] = 0
    with pytest.raises(ValueError, match="non-zero"):
        writer.write(0, 100, columns)
    assert writer.finished() == set()


def test_a_store_goes_on_without_an_output_that_came_later(empty_store):
    evaluator, path, _ = empty_store
    later = VariableSpec("later", (), "float64", "1", "an output that the store does not know")
    columns = evaluator.evaluate(0, 100)
    ShardWriter(path, (*evaluator.variables, later)).write(0, 100, columns | {"later": np.zeros(100)})
    stored = xr.open_zarr(path).load()
    assert "later" not in stored
    np.testing.assert_array_equal(
        stored.charge_density[:100], columns["charge_density"].astype(stored.charge_density.dtype)
    )


def test_shard_of_nothing_but_fill_values_is_finished(tmp_path):
    evaluator = RampEvaluator(250, all_fail=True)
    run_evaluator(evaluator, tmp_path / "R.zarr", chunk=100, progress=False)
    assert not (tmp_path / "R.zarr" / "charge_density" / "c").exists()
    assert ShardWriter(tmp_path / "R.zarr", evaluator.variables).finished() == {0, 1, 2}
    assert (xr.open_zarr(tmp_path / "R.zarr").status == 2).all()


def test_flipped_bit_is_noticed(empty_store):
    evaluator, path, writer = empty_store
    writer.write(0, 100, evaluator.evaluate(0, 100))
    file = path / "param_thickness" / "c" / "0"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(Exception, match=r"(?i)checksum|decompress|zstd"):
        xr.open_zarr(path).param_thickness[:100].load()


@pytest.mark.parametrize("keep", [0, 10, -5])
def test_torn_shard_is_written_again(empty_store, keep):
    evaluator, path, writer = empty_store
    columns = evaluator.evaluate(200, 250)
    writer.write(200, 250, columns)
    for key in ("param_thickness/c/2", "peak_current_density/c/2/0"):
        file = path / key
        file.write_bytes(file.read_bytes()[:keep])
    writer.write(200, 250, columns)
    dataset = xr.open_zarr(path)
    np.testing.assert_array_equal(dataset.param_thickness[200:], columns["param_thickness"])
    np.testing.assert_array_equal(dataset.peak_current_density[200:], columns["peak_current_density"].astype("f4"))


def test_only_old_litter_is_swept(empty_store):
    _, path, _ = empty_store
    old, young = path / "status" / "a.partial", path / "status" / "b.partial"
    for file in (old, young):
        file.touch()
    os.utime(old, (0, 0))
    sweep_litter(path)
    assert not old.exists()
    assert young.exists()


def test_overwrite_replaces_a_store(tmp_path):
    path = tmp_path / "R.zarr"
    run_evaluator(RampEvaluator(50), path, progress=False)
    run_evaluator(RampEvaluator(60, curve_steps=5), path, overwrite=True, progress=False)
    assert xr.open_zarr(path).sizes["candidate"] == 60
    assert os.listdir(tmp_path) == ["R.zarr"]


@pytest.mark.parametrize("kind", ["folder", "empty", "file", "other zarr", "hostile zarr.json", "half a store"])
def test_overwrite_deletes_nothing_but_stores(tmp_path, kind):
    path = tmp_path / "precious"
    if kind == "file":
        path.write_text("thesis")
    else:
        path.mkdir()
    if kind == "folder":
        (path / "thesis.tex").write_text("thesis")
    elif kind == "other zarr":
        xr.Dataset({"a": ("x", np.arange(3.0))}).to_zarr(path, mode="w", zarr_format=3, consolidated=False)
    elif kind == "hostile zarr.json":
        (path / "zarr.json").write_text("[" * 100_000)
    elif kind == "half a store":
        attributes = {"format": "sei-screening results"}
        (path / "zarr.json").write_text(json.dumps({"node_type": "group", "zarr_format": 3, "attributes": attributes}))
    before = files(tmp_path)
    with pytest.raises(StudyError, match="not a result store"):
        run_evaluator(RampEvaluator(60), path, overwrite=True, progress=False)
    assert path.exists()
    assert files(tmp_path) == before


def test_store_of_a_later_format_is_refused(tmp_path):
    path = tmp_path / "R.zarr"
    run_evaluator(RampEvaluator(5), path, progress=False)
    metadata = json.loads((path / "zarr.json").read_text())
    metadata["attributes"]["format_version"] = 99
    (path / "zarr.json").write_text(json.dumps(metadata))
    with pytest.raises(StudyError, match=r"format version .* got 99, expected 1"):
        read_attributes(path)


@pytest.mark.parametrize("n", [1, 10, 8192, 10**5, 10**6, 10**7, 10**8])
@pytest.mark.parametrize("steps", [0, 1000])
def test_default_shards_bound_files_and_memory(n, steps):
    evaluator = RampEvaluator(n, curve_steps=steps)
    shard = shard_length(n, evaluator.variables, evaluator.coordinates)
    tasks = n_shards(n, shard)
    assert 1 <= shard <= n
    row_bytes = 8 + 8 + 1 + 3 * 4 + 4 + 1 + 3 * 4 * steps
    assert shard * row_bytes <= 128 * 2**20
    # Memory wins over the number of files, so curves of very many candidates may have more of them.
    if steps == 0:
        assert tasks * 6 <= 2000
    if n >= 8192:
        assert tasks >= 4


@pytest.mark.parametrize("n", [10**4, 10**5, 10**6, 10**7])
@pytest.mark.parametrize("workers", [2, 16, 128])
def test_default_shards_occupy_the_workers_as_far_as_files_allow(n, workers):
    evaluator = RampEvaluator(n)
    shard = shard_length(n, evaluator.variables, evaluator.coordinates, workers=workers)
    tasks = n_shards(n, shard)
    assert tasks * 6 <= 2000
    assert tasks >= 4 * workers or shard == 2048 or 2 * tasks * 6 > 2000


@pytest.mark.parametrize("name", packaged_studies())
def test_ten_million_candidates_of_a_packaged_study_are_below_2000_files(name):
    evaluator = StudyEvaluator(find_study(name))
    tasks = n_shards(10**7, shard_length(10**7, evaluator.variables, evaluator.coordinates))
    assert tasks * (len(evaluator.variables) + 1) < 2000
    assert tasks >= 16, "and still enough tasks for many workers"


@pytest.mark.parametrize("shard", [1, 7, 100, 65536, 100_003, 131072, 2**20, 300_000])
@pytest.mark.parametrize("row_values", [1, 5, 5000])
def test_inner_chunks_divide_the_shard_and_are_not_small(shard, row_values):
    inner = inner_length(shard, row_values)
    assert shard % inner == 0
    assert inner == shard or inner * row_values >= 65536


def test_string_axis(tmp_path):
    class Named(RampEvaluator):
        @property
        def coordinates(self):
            return {**super().coordinates, "layer": Coordinate(np.array(["LiF", "Li2CO3"]), "1", "layer")}

    run_evaluator(Named(5), tmp_path / "R.zarr", progress=False)
    assert xr.open_zarr(tmp_path / "R.zarr").layer.values.tolist() == ["LiF", "Li2CO3"]


@pytest.mark.parametrize("name", ["param/thickness", "../up", "class", "status", "candidate", "_hidden", "1st", ""])
def test_variable_names_are_identifiers(name):
    with pytest.raises(ValueError, match="variable name"):
        VariableSpec(name, (), "float32", "m", "a length")


def test_variable_without_description_or_with_objects_is_refused():
    with pytest.raises(ValueError, match="long_name"):
        VariableSpec("a", (), "float32", "m", "")
    with pytest.raises(ValueError, match="dtype"):
        VariableSpec("a", (), "object", "m", "a length")
