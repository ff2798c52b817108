"""Real instrument files: the EC-Lab pair, CH Instruments exports, Excel workbooks and digitised pairs."""

import contextlib

import numpy as np
import pytest

import screening as sei
from screening.readers.scan_rate import estimate_scan_rate
from screening.readers.sweeps import split_cycles, sweep_bounds


@pytest.fixture(scope="module")
def pair(sei_data):
    """Paths of the text and the binary file of one measurement."""
    paths = [sorted((sei_data / "eclab_pair").glob(f"*.{end}")) for end in ("mpt", "mpr")]
    if not all(paths):
        pytest.skip("measured data not found: eclab_pair; set SEI_DATA")
    return paths[0][0], paths[1][0]


def found(sei_data, folder, name):
    path = sei_data / folder / name
    if not path.exists():
        pytest.skip(f"measured data not found: {name}; set SEI_DATA")
    return path


def test_the_pair_gives_the_same_arrays(pair):
    pytest.importorskip("galvani", reason="galvani (extra readers) reads .mpr files")
    text, binary = map(sei.read_curve, pair)
    assert (text.format, binary.format) == ("EC-Lab text", "EC-Lab binary")
    assert len(text) == len(binary) == 4984
    # both hold time and current in double precision, the text with 16 digits
    np.testing.assert_allclose(text.time, binary.time, rtol=1e-15)
    np.testing.assert_allclose(text.current, binary.current, rtol=1e-15)
    # the potential is in single precision there and has 8 digits here
    np.testing.assert_allclose(text.potential, binary.potential, rtol=6e-8)
    assert text.cycle.tolist() == binary.cycle.tolist() == [2] * 4984
    # the first row of the text file
    assert text.current[0] == pytest.approx(1.454226887762049e-4, rel=1e-15)
    assert text.potential[0] == pytest.approx(2.5004199, rel=1e-15)


def test_the_pair_runs_at_the_rate_of_its_name(pair):
    curve = sei.read_curve(pair[0])
    assert estimate_scan_rate(curve) == pytest.approx(1e-3, rel=1e-4)
    assert len(sweep_bounds(curve.potential)) == 3


@pytest.mark.parametrize("share", [0.001, 0.05, 0.3, 0.9, 0.999])
def test_truncated_pair(pair, share, tmp_path):
    pytest.importorskip("galvani", reason="galvani (extra readers) reads .mpr files")
    text, binary = (path.read_bytes() for path in pair)
    path = tmp_path / "cut"
    path.write_bytes(binary[: int(share * len(binary))])
    with pytest.raises(
        sei.StudyError, match=r"^cut: truncated or damaged file: .* from galvani, .*copy the file again"
    ):
        sei.read_curve(path)
    end = text.rindex(b"\n", 0, int(share * len(text)))
    path.write_bytes(text[: end - 3])
    with pytest.raises(sei.StudyError, match=r"^cut: (truncated file|no data rows)"):
        sei.read_curve(path)


def test_damaged_bytes_of_the_binary_file_are_an_error_or_a_curve(pair, tmp_path):
    pytest.importorskip("galvani", reason="galvani (extra readers) reads .mpr files")
    data = bytearray(pair[1].read_bytes())
    random = np.random.default_rng(11)
    for _ in range(60):
        damaged = bytearray(data)
        # the headers of the file and of its modules
        for place in random.integers(0, 8000, 5):
            damaged[place] = random.integers(0, 256)
        (tmp_path / "cut.mpr").write_bytes(damaged)
        with contextlib.suppress(sei.StudyError):
            assert len(sei.read_curve(tmp_path / "cut.mpr")) > 0


@pytest.mark.parametrize(("number", "rate"), [(1, 20), (2, 50), (3, 100), (4, 150), (5, 200)])
def test_ch_instruments(sei_data, number, rate):
    name = f"{number:02d} GC WE Pt RE Pt CE 10 mM ferricyanide in 100 mM KCl {rate} mV scan rate.csv"
    curve = sei.read_curve(found(sei_data, "d3tales_ferricyanide", name))
    assert curve.format == "CH Instruments text"
    assert curve.scan_rate == rate / 1000
    assert len(curve) == 6000
    assert len(sweep_bounds(curve.potential)) == 7
    assert [len(part) for part in split_cycles(curve)] == [2001, 2000, 1999]
    # six sweeps over 1 V, less the last point
    assert curve.time[-1] == pytest.approx(5.999 / curve.scan_rate, rel=1e-3)
    # oxidation is positive in these files: the peak on the way up
    assert curve.current[:1001].argmax() > curve.current[:1001].argmin()


@pytest.mark.parametrize("rate", [25, 50, 100, 200])
def test_excel(sei_data, rate):
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl (extra readers) reads the workbook")
    path = found(sei_data, "ruhex_gc", "0.96 mM RuHex on GCE.xlsx")
    curve = sei.read_curve(path, sheet=f"{rate} mV s-1", area=np.pi * 1.5e-3**2)
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    rows = [row[:2] for row in book[f"{rate} mV s-1"].iter_rows(min_row=2, values_only=True) if row[0] is not None]
    book.close()
    direct = np.array(rows, float)
    assert curve.potential.tolist() == direct[:, 0].tolist()
    assert curve.current.tolist() == direct[:, 1].tolist()
    np.testing.assert_allclose(curve.current_density * np.pi * 1.5e-3**2, curve.current, rtol=1e-12)
    assert curve.scan_rate == rate / 1000


def test_excel_with_a_wrong_unit(sei_data):
    pytest.importorskip("openpyxl", reason="openpyxl (extra readers) reads the workbook")
    path = found(sei_data, "fe3_fe2_pt", "5 mM Fe(3) 1 M H2SO4 on PtE.xlsx")
    with pytest.raises(sei.StudyError, match=r'wrong unit in the column of current: got "Current\(I\)"'):
        sei.read_curve(path, sheet="10 mV s-1")
    curve = sei.read_curve(path, sheet="10 mV s-1", columns={"current": ("Current(I)", "A")})
    assert curve.current[0] == 3.013e-07


def test_pairs_of_columns(sei_data):
    path = found(sei_data, "li_metal_boyle", "Boyle Figure 4a.csv")
    with pytest.raises(sei.StudyError, match="several columns fit potential"):
        sei.read_curve(path)
    columns = {"potential": "Overpotential,V #4", "current_density": "Current Density, mA/cm^2 #4"}
    curve = sei.read_curve(path, columns=columns)
    assert (curve.potential[0], curve.time) == (-0.242848074, None)
    assert curve.current_density[0] == pytest.approx(362.095835, rel=1e-8)
