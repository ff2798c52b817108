"""Exports of PalmSens, Ivium, Zahner, Neware, PEC; rows of units; sheets of a workbook; what is said of files that are not read.

The heads are those of files in public repositories, shortened.
"""

import contextlib
import io
import zipfile

import numpy as np
import openpyxl
import pytest

import screening as sei
from tests.pipeline.spectrum_files import spectrum_texts

TIME, POTENTIAL, CURRENT, CYCLE = [0.0, 60.0, 3720.5], [2.9, 3.0, 2.95], [1e-6, 2e-6, -1.5e-6], [1, 1, 2]
CLOCK = ["00:00:00", "00:01:00", "01:02:00.5"]


def lines(head, row, end="\n"):
    """A file of the three points, with clock times, parts of currents and scans for rows that want them."""
    points = zip(TIME, POTENTIAL, CURRENT, CYCLE, CLOCK, strict=True)
    rows = [row.format(t=t, e=e, i=i, ua=i * 1e6, ma=i * 1e3, c=c, clock=clock) for t, e, i, c, clock in points]
    return end.join([*head, *rows]) + end


FILES = {
    "neware.csv": lines(
        [
            "DataPoint,Cycle Index,Step Index,Step Type,Time,Cumulative Time,Current(A),Voltage(V),Capacity(Ah),"
            "Spec. Cap.(mAh/g),Date,Power(W),Contact resistance(mO),Module start-stop switch"
        ],
        "1,{c},1,CC Chg,00:00:07,{clock},{i},{e},0,0.00,2022-05-18 16:27:52,0.0000,0,Close",
    ),
    "pec.csv": lines(
        [
            *("Request Year:,2026", "Test:,25205", "Parameter values:,64000,1.161,500", "End Time:,01/09/2026 13:22:40"),
            "Test,Cell,Rack,Cell ID,Step,Instruction Name,Cycle,Total Time (Hours in hh:mm:ss.xxx),"
            "Load On Time (Hours in hh:mm:ss.xxx),Step Time (Seconds),Real Time,Voltage (V),Current (A),50% DoD (mV),"
            "Station Temperature (°C),",
        ],
        "25205,1,ACT4,345626_93,0,Idle,{c},{clock},00:00:00.000,0.002,01/08/2026 17:45:08,{e},{i},,19.26,",
    ),
    "pec_old.csv": lines(
        ["Test:,1", "2019,187,1,1,3272,3,", "#END RESULTS CHECK", "Total_Time_Seconds,Voltage_mV,Current_mA,Cycle"],
        "{t},{e}e3,{ma},{c}",
    ),
    "units.csv": lines(["Time;Ewe;I;Cycle;Capacity", "s;V vs. Li/Li+;mA;#;mA.h"], "{t};{e};{ma};{c};0"),
    "zahner.csv": lines(["System.....: zennium", "Slewrate...: 20 mV/s", "Number,Time/s,Potential/V,Current/A"], "1,{t},{e},{i}"),
    "ivium.txt": lines(["04/03/2021 19:42:30", " time/s         E/V          I/A "], "  {t}   {e}   {i}   9.9999"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_the_numbers_are_those_of_the_file(tmp_path, name):
    path = tmp_path / name
    path.write_text(FILES[name], encoding="utf-8")
    curve = sei.read_curve(path)
    np.testing.assert_allclose(curve.time, TIME)
    np.testing.assert_allclose(curve.potential, POTENTIAL)
    np.testing.assert_allclose(curve.current, CURRENT)
    if name not in ("zahner.csv", "ivium.txt"):
        assert sei.read_curve(path, cycle=2).potential.tolist() == [2.95]


def pstrace(body, units="V,µA,V,µA,V,V", name="Cyclic Voltammetry [1]: CV i vs E Scan {}"):
    title = f"{name.format(2)},,{name.format(1)},,Cyclic Voltammetry [1]: CV Cell potential Scan 1,"
    date = "Date and time measurement:,2026-05-27 10:38:50"
    head = ["Date and time:,2026-05-28 10:38:50", "Notes:", ",,,,,", title, f"{date},{date},{date},", units]
    return "\r\n".join([*head, *body]) + "\r\n"


def test_scans_of_palmsens_stand_side_by_side(tmp_path):
    path = tmp_path / "cv.csv"
    path.write_bytes(pstrace(["-0.4,1,-0.3,4,0,9", "-0.5,2,-0.2,5,0,9", ",,-0.1,6,0,9"]).encode("utf-16"))
    curve = sei.read_curve(path)
    assert curve.format == "PSTrace CSV"
    assert curve.cycle.tolist() == [1, 1, 1, 2, 2]
    np.testing.assert_allclose(curve.potential, [-0.3, -0.2, -0.1, -0.4, -0.5])
    np.testing.assert_allclose(curve.current, [4e-6, 5e-6, 6e-6, 1e-6, 2e-6])
    assert sei.read_curve(path, cycle=2).potential.tolist() == [-0.4, -0.5]
    # of what else is measured against the potential only i vs E is the curve
    path.write_text(pstrace(["-0.4,1,-0.3,4,0,9"], "V,µA,V,µA,V,µA"), encoding="utf-16")
    assert sei.read_curve(path).potential.tolist() == [-0.3, -0.4]
    # an impedance measurement may follow in the same file
    path.write_text(pstrace(["-0.4,1,-0.3,4,0,9", "Measurement:,Impedance Spectroscopy", "freq / Hz,Z / Ohm", "1,2"]))
    assert len(sei.read_curve(path)) == 2


def zipped():
    """An archive with something in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.ndc", b"1")
    return buffer.getvalue().decode("latin-1")


ZIP = zipped()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("ca.csv", pstrace(["0,1,0,1,0,1"], "s,µA,s,µA,s,µC"), "no current against a potential.*export the curve of i vs E"),
        ("mixed.csv", pstrace(["0,1,0,1,0,1"], "V,µA,V,nA,V,V"), "curves of different units"),
        ("gap.csv", pstrace(["-0.4,1,-0.3,,0,9"]), "non-finite data: got an empty cell in row 7"),
        ("empty.csv", pstrace([]), "no data rows"),
        ("layers.csv", ",,DataPoint,Time,Current(A),Voltage(V)\n1,0.02,a\n", "export the layer of records alone"),
        ("a.ism", "abc\0\1", "export it from Thales or Zahner Analysis as text"),
        ("a.isc", "abc\0\1", "export it from Thales or Zahner Analysis as text"),
        ("a.ndax", ZIP, "export it from Neware's BTSDA as CSV"),
        ("a.pssession", "{}", "export it from PSTrace as CSV"),
        ("a.idf", "\0\1\r\nMethod=CyclicVoltammetry\r\nprimary_data\r\n3\r\n1\r\n1 2 3\r\n", "method CyclicVoltammetry.*IviumSoft"),
        ("a.z", "ZPLOT2 ASCII\nEnd Comments\n1e5\t0\t0\t0\t5\t-1\t0\t0\t3\n", "an impedance spectrum is no curve.*read_spectrum"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_told_with_the_export_to_use(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content.encode("latin-1" if content is ZIP else "utf-8"))
    with pytest.raises(sei.StudyError, match=message) as refused:
        sei.read_curve(path)
    assert "\n" not in str(refused.value)


def test_an_ivium_file_of_impedance_is_read(tmp_path):
    rows = "1.09009E+02  -2.65557E+01\t1.00000E+04 \r\n1.12058E+02  -3.51662E+01\t7.19686E+03 \r\n"
    path = tmp_path / "a.idf"
    path.write_bytes(
        b"\0\0\x07\r\nMethod=Impedance\r\nTitle=x\r\nprimary_data    \r\n3         \r\n2         \r\n" + rows.encode()
    )
    spectrum = sei.read_spectrum(path)
    np.testing.assert_allclose(spectrum.frequency, [1e4, 7196.86])
    np.testing.assert_allclose(spectrum.impedance, [109.009 - 26.5557j, 112.058 - 35.1662j])
    path.write_bytes(path.read_bytes().replace(b"2         \r\n", b"3         \r\n"))
    with pytest.raises(sei.StudyError, match="truncated file: got 2 rows, expected 3 rows"):
        sei.read_spectrum(path)


def test_sheets_of_a_workbook_by_pattern(tmp_path):
    book = openpyxl.Workbook()
    for number, title in enumerate(("25 mV s-1", "50 mV s-1", "notes")):
        sheet = book.active if number == 0 else book.create_sheet()
        sheet.title = title
        for row in (["Potential", "Current"], ["V", "uA"], [0.1, number + 1], [0.2, 5]):
            sheet.append(row if title != "notes" else ["by hand"])
    sheet = book.create_sheet("Record-Tab")
    heads = ["TestTime/Sec", "Current/mA", "Voltage/V", "SysTime", "Step-State"]
    for row in (heads, [0, 1, 2.8, None, "R"], [120, 2, 2.9, None, "C"]):
        sheet.append(row)
    path = tmp_path / "cv.xlsx"
    book.save(path)
    curves = sei.read_sheets(path, "* mV s-1", area="1 cm^2")
    assert list(curves) == ["25 mV s-1", "50 mV s-1"]
    assert [curve.scan_rate for curve in curves.values()] == pytest.approx([0.025, 0.05])
    np.testing.assert_allclose(curves["50 mV s-1"].current, [2e-6, 5e-6])
    record = sei.read_curve(path, sheet="Record-Tab")
    assert (record.time.tolist(), record.potential.tolist()) == ([0, 120], [2.8, 2.9])
    assert sei.read_curve(path, sheet="50*").potential.tolist() == [0.1, 0.2]
    with pytest.raises(sei.StudyError, match='several sheets: got "25 mV s-1", "50 mV s-1"'):
        sei.read_curve(path, sheet="*mV*")
    for read in (sei.read_sheets, lambda path, title: sei.read_curve(path, sheet=title)):
        with pytest.raises(sei.StudyError, match="unknown sheet"):
            read(path, "100*")
    (tmp_path / "a.csv").write_text("E/V,I/A\n1,2\n")
    with pytest.raises(sei.StudyError, match="only Excel workbooks have sheets"):
        sei.read_sheets(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["neware.csv", "units.csv", "palmsens", "zplot.z", "gamry.DTA"])
def test_a_file_cut_anywhere_is_an_error_or_a_part_of_it(tmp_path, name):
    spectra = spectrum_texts(np.array([1e4, 1e2, 1.0]), np.array([5 - 1j, 8 - 3j, 9 - 2j]))
    text = {"palmsens": pstrace(["-0.4,1,-0.3,4,0,9", "-0.5,2,-0.2,5,0,9"])} | FILES | spectra
    path = tmp_path / "a.dat"
    read = sei.read_spectrum if name in spectra else sei.read_curve
    for end in range(1, len(text[name]), 7):
        path.write_text(text[name][:end], encoding="utf-8")
        with contextlib.suppress(sei.StudyError):
            assert len(read(path)) <= 4
