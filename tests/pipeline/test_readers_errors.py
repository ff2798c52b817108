"""Bad files end in one line that says what, got, expected and how to put it right; nothing in them runs."""

import contextlib

import numpy as np
import pytest

import screening as sei
from screening.readers.curve import MeasuredCurve

from .reader_files import chi_text, csv_text, eclab_text, gamry_text, nova_text

TEXTS = {"EC-Lab": eclab_text(), "CHI": chi_text(), "NOVA": nova_text(), "Gamry": gamry_text(), "CSV": csv_text()}


def refusal(tmp_path, content, **options):
    """The one line of the error that reading this content ends in."""
    path = tmp_path / "curve.dat"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(sei.StudyError) as caught:
        sei.read_curve(path, **options)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("curve.dat")
    return line


@pytest.mark.parametrize("name", TEXTS)
def test_cut_anywhere_is_an_error_or_a_shorter_curve(name, tmp_path):
    """No other exception, and never a number that the whole file does not have."""
    path = tmp_path / "curve.dat"
    content = TEXTS[name].encode()
    path.write_bytes(content)
    whole = sei.read_curve(path)
    for cut in (*range(0, 900, 7), *range(len(content) - 300, len(content), 1)):
        path.write_bytes(content[:cut])
        try:
            part = sei.read_curve(path)
        except sei.StudyError:
            continue
        assert 0 < len(part) <= len(whole)
        if len(part) < 3:  # nothing to compare the last number with
            continue
        for array in ("potential", "current", "time"):
            assert getattr(part, array).tolist() == getattr(whole, array)[: len(part)].tolist()


@pytest.mark.parametrize("name", TEXTS)
def test_damaged_characters_are_an_error_or_a_curve(name, tmp_path):
    """No other exception, whatever stands in the file."""
    path = tmp_path / "curve.dat"
    random = np.random.default_rng(5)
    content = np.frombuffer(TEXTS[name].encode()[:6000], np.uint8)
    for _ in range(100):
        damaged = content.copy()
        # most settings stand at the beginning
        places = random.integers(0, random.choice([200, 1500, len(content)]), random.integers(1, 6))
        damaged[places] = random.choice(np.frombuffer(b'0;,.\t\n"-eE_/()#\xb5 VAnm', np.uint8), len(places))
        path.write_bytes(damaged.tobytes())
        with contextlib.suppress(sei.StudyError):
            assert len(sei.read_curve(path)) > 0


@pytest.mark.parametrize("name", ["EC-Lab", "Gamry", "CSV"])
def test_cut_inside_the_last_row_is_told(name, tmp_path):
    text = TEXTS[name].rstrip()
    line = refusal(tmp_path, text[: -6 if name != "Gamry" else -40])
    assert "truncated file" in line
    assert "copy" in line


def test_gamry_with_rows_missing_is_told_unless_it_was_aborted(tmp_path):
    text = "".join(gamry_text().splitlines(keepends=True)[:-5])
    line = refusal(tmp_path, text)
    assert "truncated file: got 96 rows in the table" in line
    path = tmp_path / "aborted.DTA"
    path.write_text(text + "EXPERIMENTABORTED\tTOGGLE\tT\tExperiment Aborted\n")
    assert len(sei.read_curve(path)) == 196


def test_cut_header_of_eclab(tmp_path):
    line = refusal(tmp_path, eclab_text()[:300])
    assert "truncated file: got " in line
    assert "expected 60 lines of header and the data" in line


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"\x89HDF\r\n\x1a\n....", "an HDF5 file"),
        (b"\xd0\xcf\x11\xe0" + bytes(40), "an old Office document (.xls)"),
        (bytes(range(256)) * 4, "a binary file"),
        (b"Dear colleague,\nthe data follow.\n", "text without a table of numbers, 2 lines"),
        (b"<html><body>not found</body></html>", "text without a table of numbers, 1 lines"),
    ],
)
def test_foreign_file(content, kind, tmp_path):
    line = refusal(tmp_path, content)
    assert f"not a known instrument file: got {kind}, expected EC-Lab .mpt or .mpr" in line


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(sei.StudyError, match=r"none\.mpt: file cannot be read: got No such file"):
        sei.read_curve(tmp_path / "none.mpt")
    with pytest.raises(sei.StudyError, match="file cannot be read"):
        sei.read_curve(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_empty_file(content, tmp_path):
    assert "empty file" in refusal(tmp_path, content)


def test_missing_column_names_near_matches(tmp_path):
    line = refusal(tmp_path, csv_text(("t/s", "Potental (V)", "I/mA")))
    assert 'no column of potential: got "t/s", "Potental (V)", "I/mA"' in line
    assert 'did you mean columns={"potential": "Potental (V)"}' in line
    line = refusal(tmp_path, csv_text(), columns={"potential": "E (v)"})
    assert 'unknown column: got "E (v)", expected one of t/s, E (V), I/mA; did you mean "E (V)"?' in line
    assert "unknown quantity" in refusal(tmp_path, csv_text(), columns={"voltage": "E (V)"})


@pytest.mark.parametrize("header", ["I/mV", "I/furlong", "I", "Current(I)"])
def test_wrong_or_missing_unit(header, tmp_path):
    line = refusal(tmp_path, csv_text(("t/s", "E (V)", header)))
    assert "unit in the column of current" in line
    assert f'got "{header}"' in line
    assert f'columns={{"current": ("{header}", "A")}}' in line


def test_several_columns_that_fit(tmp_path):
    line = refusal(tmp_path, csv_text(("E/mV", "E (V)", "I/mA")))
    assert 'several columns fit potential: got "E/mV", "E (V)"' in line


@pytest.mark.parametrize("bad", ["nan", "inf", "-Infinity", "NaN"])
def test_non_finite_data(bad, tmp_path):
    lines = csv_text().splitlines()
    lines[7] = f"1.2,0.06,{bad}"
    line = refusal(tmp_path, "\n".join(lines) + "\n")
    assert f'non-finite data: got "{bad}" in row 8 of "I/mA", expected finite numbers' in line


@pytest.mark.parametrize("bad", ["", "1_0", "=1+1", "__import__('os')", "#NUM!", "1.234,5"])
def test_cells_that_are_no_numbers(bad, tmp_path):
    lines = csv_text(delimiter=";").splitlines()
    lines[7] = f"1.2;0.06;{bad}"
    line = refusal(tmp_path, "\n".join(lines) + "\n")
    assert "in row 8 of" in line
    assert (bad or "an empty cell") in line


@pytest.mark.parametrize("name", TEXTS)
def test_zero_rows(name, tmp_path):
    starts = {"EC-Lab": 60, "NOVA": 1, "CSV": 1}
    lines = TEXTS[name].splitlines(keepends=True)
    if name == "CHI":
        text = TEXTS[name].partition("Current/A")[0] + "Current/A\n"
    elif name == "Gamry":
        text = TEXTS[name].partition("CURVE1")[0] + "CURVE1\tTABLE\n\tPt\tT\tVf\tIm\n\t#\ts\tV\tA\n"
    else:
        text = "".join(lines[: starts[name]])
    assert "no data rows: got 0 rows" in refusal(tmp_path, text)


def test_damaged_row_in_the_middle(tmp_path):
    lines = nova_text().splitlines()
    lines[50] = ";".join(lines[50].split(";")[:5])
    assert "damaged row: got 5 cells in line 51, expected 8" in refusal(tmp_path, "\n".join(lines) + "\n")


def test_decimal_commas_between_commas(tmp_path):
    line = refusal(tmp_path, "E/V,I/mA\n0,1,0,2\n0,2,0,3\n")
    assert "separate the columns by tab or semicolon" in line


def test_no_such_cycle_scan_and_sheet(tmp_path):
    assert "no such cycle: got 7, expected one of 1, 2" in refusal(tmp_path, eclab_text(), cycle=7)
    assert "no such sweep: got 0, expected one of 1, 2, 3, 4, 5" in refusal(tmp_path, eclab_text(), scan=0)
    assert "only Excel workbooks have sheets" in refusal(tmp_path, csv_text(), sheet="a")


@pytest.mark.parametrize("area", ["0.07", "0 cm^2", "-1 cm^2", "1 cm", "abc", 0.0, True, float("nan"), "1.2.3 cm^2"])
def test_area_that_is_none(area, tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text(csv_text())
    with pytest.raises(sei.StudyError, match=r"^area: "):
        sei.read_curve(path, area=area)


def test_current_density_is_not_normalised_again(tmp_path):
    text = csv_text(("t/s", "E/V", "j/mA cm-2"))
    assert "a current density already" in refusal(tmp_path, text, area="1 cm^2")


def test_workbooks_that_are_damaged_foreign_or_hold_formulas(tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl (extra readers) writes the workbook")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["E/V", "I/A"])
    for k in range(20):
        sheet.append([0.1 * k, 1e-6 if k != 5 else "=WEBSERVICE(1)"])
    path = tmp_path / "curve.xlsx"
    book.save(path)
    content = path.read_bytes()
    # the formula was never computed, so the cell is empty; it is not computed here either
    assert "non-finite data: got an empty cell in row 7" in refusal(tmp_path, content)
    for cut in range(40, len(content) - 1, len(content) // 40):
        assert "truncated or damaged Excel file" in refusal(tmp_path, content[:cut])
    book.create_sheet("other")
    book.save(path)
    assert 'several sheets: got "Sheet", "other"' in refusal(tmp_path, path.read_bytes())
    assert 'did you mean "Sheet"?' in refusal(tmp_path, path.read_bytes(), sheet="sheet")


def test_archive_that_is_no_workbook(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("content.xml", "<a/>")
    assert "an archive that is no Excel workbook" in refusal(tmp_path, (tmp_path / "a.zip").read_bytes())


def test_binary_eclab_file_of_nonsense(tmp_path):
    pytest.importorskip("galvani", reason="galvani (extra readers) reads .mpr files")
    line = refusal(tmp_path, b"BIO-LOGIC MODULAR FILE\x1a" + bytes(200))
    assert "from galvani" in line


@pytest.mark.parametrize(
    ("module", "name", "content"),
    [("galvani", "galvani", b"BIO-LOGIC MODULAR FILE\x1a"), ("openpyxl", "openpyxl", None)],
)
def test_missing_package_is_named(module, name, content, tmp_path, monkeypatch):
    if content is None:
        import io
        import zipfile

        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("xl/workbook.xml", "<a/>")
        content = buffer.getvalue()
    monkeypatch.setitem(__import__("sys").modules, module, None)
    line = refusal(tmp_path, content)
    assert f"need the package {name}" in line
    assert 'pip install "sei-screening[readers]"' in line


def test_curve_checks_itself():
    with pytest.raises(sei.StudyError, match=r"unequal lengths: got potential \(2,\), current \(1,\)"):
        MeasuredCurve(potential=np.zeros(2), current=np.zeros(1))
    with pytest.raises(sei.StudyError, match="a curve without current"):
        MeasuredCurve(potential=np.zeros(2))
    with pytest.raises(sei.StudyError, match="no data points"):
        MeasuredCurve(potential=np.zeros(0), current=np.zeros(0))
    with pytest.raises(sei.StudyError, match="non-finite current: got nan at point 2"):
        MeasuredCurve(potential=np.zeros(2), current=np.array([0.0, np.nan]))
    with pytest.raises(sei.StudyError, match="scan_rate is not positive"):
        MeasuredCurve(potential=np.zeros(2), current=np.zeros(2), scan_rate=-0.1)
