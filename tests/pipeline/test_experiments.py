"""Experiments: verdicts follow from numbers, every row has its source, the command writes and refuses as all others do."""

import csv
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
import xarray as xr

from experiments import catalogue, experiment_report
from experiments.catalogue import find_experiment
from experiments.comparison import KINDS, Unreached, compare, judge, read_references
from experiments.experiment_store import EXPERIMENT
from screening.cli.app import run_command
from tests.pipeline.experiment_files import PRINTED


@pytest.mark.parametrize(
    ("kind", "tolerance", "inside", "beyond"),
    [
        ("absolute", 0.5, 5.4, 5.6),
        ("relative", 0.1, 4.6, 4.4),
        ("decades", 1.0, 49.0, 51.0),
        ("at_most", 0.0, 4.9, 5.1),
        ("at_most", 0.1, 5.4, 5.6),
        ("at_least", 0.0, 5.1, 4.9),
    ],
)
def test_a_verdict_is_the_tolerance(kind, tolerance, inside, beyond):
    reference = replace(PRINTED, tolerance=tolerance, tolerance_kind=kind)
    assert judge(reference, inside).verdict == "within"
    assert judge(reference, beyond).verdict == "outside"
    assert judge(reference, float("nan")).verdict == "outside"


def test_what_cannot_be_compared_says_why():
    row = judge(PRINTED, Unreached("no kernel computes it"))
    assert (row.verdict, row.model, row.reason) == ("not comparable", None, "no kernel computes it")
    assert judge(replace(PRINTED, value=None), 1.0).verdict == "not comparable"
    assert judge(replace(PRINTED, tolerance_kind="decades"), -1.0).verdict == "outside"


def test_no_reference_is_lost_and_no_value_invented():
    with pytest.raises(KeyError, match="without a model value"):
        compare((PRINTED,), {})
    with pytest.raises(KeyError, match="without a reference"):
        compare((PRINTED,), {"u": 5.0, "v": 1.0})
    with pytest.raises(ValueError, match="expected one of"):
        replace(PRINTED, tolerance_kind="about")


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.open, self.sources = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.sources += [value for key, value in attrs if key in ("src", "href")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_run_writes_table_figure_and_page(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(catalogue, "NAMES", ("enrr_targets",))
    for folder in ("a", "b"):
        assert run_command(["experiment", "run", "--all", "--out", str(tmp_path / folder)]) == 0
    text = (tmp_path / "a" / "enrr_targets.csv").read_text()
    assert text == (tmp_path / "b" / "enrr_targets.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == len(read_references("enrr_targets"))
    assert (tmp_path / "a" / "enrr_targets.png").read_bytes()[:4] == b"\x89PNG"
    _is_a_store(tmp_path / "a" / "enrr_targets.zarr", tmp_path / "b" / "enrr_targets.zarr", rows)
    html = (tmp_path / "a" / "index.html").read_text()
    tags = _Tags()
    tags.feed(html)
    assert tags.open == []
    assert "enrr_targets.zarr" in html
    kinds = {row["kind"] for row in rows}
    assert tags.seen.count("tr") == 1 + len(kinds) + 1 + len(rows) + 1 + 4  # and four variables of the store
    assert [row["kind"] for row in rows] == sorted((row["kind"] for row in rows), key=list(KINDS).index)
    assert all(source.startswith(("#", "data:image/png;base64,")) for source in tags.sources)
    assert "outside" in capsys.readouterr().out


def _is_a_store(place, again, rows):
    """Curves with units, the comparison, and what both were made from; the same numbers in a second run."""
    stored = xr.open_zarr(place).load()
    assert stored.attrs["format"] == EXPERIMENT.format
    assert json.loads(stored.attrs["parameters"])["loading"] == 5e-3
    assert stored.attrs["random_seed"] == 0
    assert set(json.loads(stored.attrs["versions"])) - {"llvmlite"} == {"sei-screening", "jax", "numpy"}
    assert json.loads(stored.attrs["studies"]) == {}
    assert all(one.attrs["units"] and one.attrs["long_name"] for one in stored.variables.values())
    assert list(stored.row_verdict.values) == [row["verdict"] for row in rows]
    known = stored.row_model.values[np.isfinite(stored.row_model.values)]
    assert [f"{value:.4g}" for value in known] == [row["model"] for row in rows if row["model"] != "-"]
    assert stored.nitrogen_supply.sel(diffusion_layer=1e-4, method="nearest").item() == pytest.approx(2.6e-9, rel=1e-6)
    assert stored.identical(xr.open_zarr(again).load())


def test_another_store_is_not_replaced(tmp_path, capsys):
    (tmp_path / "enrr_targets.zarr").mkdir()
    assert run_command(["experiment", "run", "enrr_targets", "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "not a store of an experiment" in error
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["enrr_targets.zarr"]


def test_text_on_the_page_is_escaped(tmp_path):
    figure = tmp_path / "f.png"
    figure.write_bytes(b"png")
    row = judge(replace(PRINTED, quantity="<b>&U</b>", note="<script>"), 5.0)
    html = experiment_report.page(
        [experiment_report.Outcome(find_experiment("enrr_targets"), (row,), figure, figure, figure)]
    )
    assert "&lt;b&gt;&amp;U&lt;/b&gt;" in html
    assert "<script>" not in html


def test_a_parameter_can_be_set_and_rows_move(tmp_path, capsys):
    command = ["experiment", "run", "enrr_targets", "--out", str(tmp_path), "--set", "loading=0.02"]
    assert run_command(command) == 0
    text = (tmp_path / "enrr_targets.csv").read_text()
    assert re.search(r"yield of Bi QDs.*outside", text)
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "enrr_target"], 'did you mean "enrr_targets"'),
        (["run"], "NAME or --all"),
        (["run", "enrr_targets", "--all"], "NAME or --all"),
        (["run", "enrr_targets", "--set", "loadin=1"], 'did you mean "loading"'),
        (["run", "enrr_targets", "--set", "loading=much"], "not a number"),
        (["run", "--all", "--set", "loading=1"], "belongs to one experiment"),
    ],
)
def test_bad_input_is_refused_in_one_line(arguments, expected, tmp_path, capsys):
    out = tmp_path / "out"
    assert run_command(["experiment", *arguments, "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert expected in error
    assert error.count("\n") == 1
    assert not out.exists()


def test_list_names_every_experiment(capsys):
    assert run_command(["experiment", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(catalogue.NAMES)
