"""Every format gives the same curve, whatever the file is called; formats are told apart by content."""

import numpy as np
import pytest

import screening as sei
from screening.readers.amount import unit_factor
from screening.readers.header import find_columns

from .reader_files import (
    CURRENT,
    CYCLE,
    POTENTIAL,
    SCAN_RATE,
    TIME,
    chi_text,
    csv_text,
    eclab_text,
    gamry_text,
    nova_text,
)

FILES = {
    "EC-Lab text, decimal commas": (eclab_text(), "EC-Lab text"),
    "EC-Lab text, decimal points": (eclab_text(comma=False, end="\n"), "EC-Lab text"),
    "EC-Lab text, shortest header": (eclab_text(3), "EC-Lab text"),
    "EC-Lab text, longer header": (eclab_text(97), "EC-Lab text"),
    "CHI": (chi_text(), "CH Instruments text"),
    "CHI with time": (chi_text(with_time=True), "CH Instruments text"),
    "CHI by segment": (chi_text(between=True), "CH Instruments text"),
    "NOVA semicolon": (nova_text(), "NOVA text"),
    "NOVA tab, commas": (nova_text("\t", comma=True), "NOVA text"),
    "NOVA comma": (nova_text(","), "NOVA text"),
    "Gamry": (gamry_text(), "Gamry DTA"),
    "Gamry, decimal commas": (gamry_text(comma=True), "Gamry DTA"),
    "Gamry, one table": (gamry_text(curves=False), "Gamry DTA"),
    "CSV": (csv_text(), "CSV"),
    "CSV, German": (csv_text(delimiter=";", comma=True), "CSV"),
    "blanks": (csv_text(("time_s", "E_V", "I_mA"), delimiter="  "), "CSV"),
    "preamble": ("# Pt disc, 1 mM\n# by hand\n\n" + csv_text(), "CSV"),
    "row of units": (csv_text(("time,E,I\ns", "V", "mA")), "CSV"),
}


def read_text(tmp_path, text, encoding="utf-8", **options):
    path = tmp_path / "curve.dat"
    path.write_bytes(text.encode(encoding))
    return sei.read_curve(path, **options)


@pytest.mark.parametrize("name", FILES)
def test_format_gives_the_curve(name, tmp_path):
    text, format = FILES[name]
    curve = read_text(tmp_path, text)
    assert curve.format == format
    assert curve.source == "curve.dat"
    np.testing.assert_allclose(curve.potential, POTENTIAL, atol=1e-12)
    # CHI writes four digits
    np.testing.assert_allclose(curve.current, CURRENT, rtol=1e-3 if "CHI" in name else 1e-7)
    np.testing.assert_allclose(curve.time, TIME, atol=2e-3 if name == "CHI with time" else 1e-9)
    assert curve.current_density is None
    if name.startswith(("EC-Lab", "NOVA", "Gamry, d")) or name == "Gamry":
        assert curve.cycle.tolist() == CYCLE.tolist()
    if name.startswith(("CHI", "Gamry", "EC-Lab text, d", "EC-Lab text, l")):
        assert curve.scan_rate == pytest.approx(SCAN_RATE, rel=1e-12)


def test_measured_potential_comes_before_the_applied_one(tmp_path):
    assert read_text(tmp_path, nova_text()).potential[3] == pytest.approx(0.03)
    assert read_text(tmp_path, eclab_text()).potential[3] == pytest.approx(0.03)


@pytest.mark.parametrize(("encoding", "text"), [("latin-1", eclab_text()), ("utf-8", eclab_text())])
def test_encodings(encoding, text, tmp_path):
    assert len(read_text(tmp_path, text, encoding)) == len(POTENTIAL)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text", [eclab_text(), nova_text(), csv_text()], ids=["EC-Lab", "NOVA", "CSV"])
def test_byte_order_marks(encoding, text, tmp_path):
    assert len(read_text(tmp_path, text, encoding)) == len(POTENTIAL)


def test_area_in_the_file_is_not_applied_but_the_given_one_is(tmp_path):
    curve = read_text(tmp_path, gamry_text(), area="0.5 cm^2")
    np.testing.assert_allclose(curve.current_density, CURRENT / 0.5e-4)
    assert str(curve.steps[-1]) == "area normalisation (area = 5e-05 m2)"


@pytest.mark.parametrize("text", [eclab_text(), nova_text(), gamry_text(), chi_text()])
def test_cycle_and_scan(text, tmp_path):
    cycle = read_text(tmp_path, text, cycle=2)
    np.testing.assert_allclose(cycle.potential, POTENTIAL[CYCLE == 2], atol=1e-12)
    sweep = read_text(tmp_path, text, cycle=2, scan=2)
    np.testing.assert_allclose(sweep.potential, POTENTIAL[CYCLE == 2][31:81], atol=1e-12)
    assert [step.name for step in sweep.steps[-2:]] == ["cycle selected", "sweep selected"]


def test_header_of_current_density(tmp_path):
    text = csv_text(("Time [min]", "E vs Li/Li+ / V", "Current density / mA cm-2"), delimiter="\t", factor=1.0)
    curve = read_text(tmp_path, text)
    assert curve.current is None
    np.testing.assert_allclose(curve.current_density, CURRENT * 10)
    np.testing.assert_allclose(curve.time, TIME * 60)


@pytest.mark.parametrize(
    ("header", "quantity", "factor"),
    [
        ("I/mA", "current", 1e-3),
        ("<I>/mA", "current", 1e-3),
        ("Current (µA)", "current", 1e-6),
        ("Current [nA]", "current", 1e-9),
        ("Current, A", "current", 1.0),
        ("I_uA", "current", 1e-6),
        ("E (V)", "potential", 1.0),
        ("Potential(V)", "potential", 1.0),
        ("Ewe/mV", "potential", 1e-3),
        ("Potential vs. Ag/AgCl (V)", "potential", 1.0),
        ("E / V vs. SCE", "potential", 1.0),
        ("WE(1).Potential (V)", "potential", 1.0),
        ("Current density / mA cm-2", "current_density", 10.0),
        ("j/mA.cm-2", "current_density", 10.0),
        ("j (A/m²)", "current_density", 1.0),
        ("I/mA/cm2", "current_density", 10.0),
        ("Current Density, mA/cm^2", "current_density", 10.0),
        ("t/h", "time", 3600.0),
        ("Elapsed Time (sec)", "time", 1.0),
        ("Cycle number", "cycle", 1.0),
    ],
)
def test_headers(header, quantity, factor):
    others = [name for name in ("E/V", "I/A") if quantity not in ({"E/V": "potential", "I/A": "current"}[name],)]
    found = find_columns([header, *others])
    assert found[quantity].name == header
    assert found[quantity].factor == pytest.approx(factor, rel=1e-14)


def test_unit_of_another_kind_is_refused():
    with pytest.raises(sei.StudyError, match='wrong unit: got "mV", expected the unit of a current such as A, mA, uA'):
        unit_factor("mV", "current")


def test_columns_chosen_by_the_caller(tmp_path):
    text = csv_text(("Zeit", "Spannung", "Strom"), delimiter=";", comma=True, factor=1e6)
    columns = {"time": ("Zeit", "s"), "potential": ("Spannung", "V"), "current": ("Strom", "uA")}
    curve = read_text(tmp_path, text, columns=columns)
    np.testing.assert_allclose(curve.current, CURRENT)
    bare = "\n".join(csv_text().splitlines()[1:]) + "\n"
    chosen = {"potential": ("column 2", "V"), "current": ("column 3", "mA")}
    curve = read_text(tmp_path, bare, columns=chosen)
    np.testing.assert_allclose(curve.current, CURRENT)
    assert curve.time is None


def test_a_given_scan_rate_makes_the_missing_time(tmp_path):
    columns = {"time": None}
    assert read_text(tmp_path, csv_text(), columns=columns).time is None
    curve = read_text(tmp_path, csv_text(), columns=columns, scan_rate="50 mV/s")
    np.testing.assert_allclose(curve.time, TIME, atol=1e-9)
    assert [step.name for step in curve.steps] == ["scan rate given", "time from the scan rate"]


def test_spreadsheet(tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl (extra readers) writes the workbook")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "50 mV s-1"
    sheet.append(["measured by hand"])
    sheet.append([None, "Potential (V)", "Current/mA", None, "remark"])
    for e, i in zip(POTENTIAL, CURRENT, strict=True):
        sheet.append([None, float(e), float(i) * 1e3])
    sheet.cell(2000, 5, "far away")
    book.create_sheet("notes")
    book.save(tmp_path / "curve.csv")  # the name does not matter
    curve = sei.read_curve(tmp_path / "curve.csv", sheet="50 mV s-1")
    assert (curve.format, curve.scan_rate) == ("Excel", 0.05)
    np.testing.assert_allclose(curve.current, CURRENT, rtol=1e-12)
    np.testing.assert_allclose(curve.time, TIME, atol=1e-9)
    assert "blank rows left out (rows = 1)" in map(str, curve.steps)
