"""Many data sets fitted as one run: each has a status and its own numbers, and a run that was cut short ends with the same bits."""

import shutil

import numpy as np
import pytest

import screening as sei
from screening.errors import StudyError
from screening.fitting.batch_run import fit_datasets, reasons, resume_datasets
from screening.fitting.dataset_list import DataSet, MeasuredFile, find_datasets, text_of
from tests.pipeline.fit_files import RATES, TRUTH, fit_text, modelled_curves, synthetic

FEW = "[fit]\nstarts = 2\ncoarse_steps = 4\niterations = 25\nprofiles = 'none'\n"
COUNT = 5


@pytest.fixture(scope="module")
def listing(tmp_path_factory):
    """Five data sets of two curves, and one whose files are missing."""
    folder = tmp_path_factory.mktemp("curves")
    lines, curves = ["dataset,file,scan_rate"], modelled_curves()
    for number in range(COUNT):
        for name, column in synthetic(curves, number).items():
            rows = np.stack([column["potential"], column["current"]], 1)
            file = f"{number}_{name}.csv"
            np.savetxt(folder / file, rows, delimiter=",", header="E (V),j (A/m^2)", comments="")
            lines.append(f"film {number},{file},{name} mV/s")
        if number == 1:
            lines += [f"lost,lost.csv,{rate} mV/s" for rate in RATES]
    (folder / "list.csv").write_text("\n".join(lines) + "\n")
    return folder / "list.csv"


def run(listing, out, threads):
    text = fit_text(settings=FEW)
    return fit_datasets(text, listing.parent, find_datasets(str(listing)), out, threads=threads, progress=False)


@pytest.fixture(scope="module")
def store(listing, tmp_path_factory):
    """All of them fitted by two threads."""
    out = tmp_path_factory.mktemp("fits") / "F.zarr"
    summary = run(listing, out, 2)
    assert summary.failed == 1
    return out


def test_a_file_that_is_missing_has_a_status_and_stops_nobody(store):
    found = sei.open_results(store).load()
    assert found.status.values.tolist() == [1, 1, 5, 1, 1, 1]
    assert list(reasons(store)) == ["lost"]
    assert found.dataset.attrs["flag_meanings"].split()[2] == "lost"
    fitted = found.isel(candidate=found.status.values == 1)
    for name in ("electrode_exchange_current_density", "layer2_diffusivity"):
        np.testing.assert_allclose(fitted[name], TRUTH[name], rtol=0.1)
        inside = (fitted[f"{name}_low"] < TRUTH[name]) & (TRUTH[name] < fitted[f"{name}_high"])
        assert inside.sum() >= COUNT - 1
    assert np.isnan(found.measured[2]).all()
    assert found.missing.attrs["flag_meanings"].split()[:2] == ["nothing", "double_layer_capacitance"]
    assert not found.missing.any()
    # 200 points, 3 quantities, known noise
    np.testing.assert_allclose(fitted.bic - fitted.aicc, 3 * np.log(200) - 6 - 24 / 196)
    gap = (fitted.model - fitted.measured) / np.abs(fitted.measured).max("node")
    assert np.sqrt((gap**2).mean()) < 0.02


def test_a_run_that_was_cut_short_ends_with_the_same_bits(store, tmp_path):
    copy = tmp_path / "F.zarr"
    shutil.copytree(store, copy)
    shutil.rmtree(copy / "status" / "c")
    for name in ("layer2_diffusivity", "model"):
        shutil.rmtree(copy / name / "c")
    assert resume_datasets(copy, threads=1, progress=False).evaluated == COUNT + 1
    before, after = sei.open_results(store).load(), sei.open_results(copy).load()
    for name in before.data_vars:
        np.testing.assert_array_equal(before[name].values, after[name].values)


def test_changed_data_are_refused(store, listing):
    changed = listing.parent / f"0_{RATES[0]}.csv"
    held = changed.read_text()
    shutil.rmtree(store / "status" / "c")
    try:
        changed.write_text(held.replace("-", "-1"))
        with pytest.raises(StudyError, match="belongs to another run"):
            resume_datasets(store, progress=False)
    finally:
        changed.write_text(held)


def test_a_listing_says_what_belongs_to_each_file(tmp_path):
    listing = tmp_path / "list.csv"
    listing.write_text("file,area,scan_rate,temperature,concentration\na.csv,3 mm^2,50 mV/s,310 K,1 mol/L\n")
    (dataset,) = find_datasets(str(listing))
    fit = '[protocol]\nscan_rates = "20 mV/s"\n[[target]]\nkind = "curve"\n'
    text = text_of(fit, dataset)
    for line in ('area = "3 mm^2"', 'scan_rates = "50 mV/s"', 'temperature = "310 K"', 'concentration = "1 mol/L"'):
        assert line in text
    listing.write_text("file,cycle\na.csv,2\na.csv,11\n")
    cycles = find_datasets(str(listing))
    assert [one.name for one in cycles] == ["a cycle 2", "a cycle 11"]
    assert "cycle = 11" in text_of(fit, cycles[1])
    with pytest.raises(StudyError, match='not a number of a cycle: got "last"'):
        text_of(fit, DataSet("a", (MeasuredFile("a.csv", cycle="last"),)))
    listing.write_text("file,aria\na.csv,3\n")
    with pytest.raises(StudyError, match="area"):
        find_datasets(str(listing))
