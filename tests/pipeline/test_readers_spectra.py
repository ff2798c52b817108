"""Impedance spectra: read from the files of every program with their numbers, and never taken for curves."""

import numpy as np
import pytest

import screening as sei
from tests.pipeline.spectrum_files import spectrum_texts

FREQUENCY = np.geomspace(1e5, 0.1, 19)
# a resistance before an arc and a diffusion tail
IMPEDANCE = 5 + 20 / (1 + 1j * FREQUENCY / 40) + 3 / np.sqrt(1j * FREQUENCY)
TEXTS = spectrum_texts(FREQUENCY, IMPEDANCE)


def written(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("name", TEXTS)
def test_the_numbers_are_those_of_the_file(tmp_path, name):
    encoding = {"palmsens.csv": "utf-16", "gamry.DTA": "latin-1", "eclab.mpt": "latin-1"}.get(name, "utf-8")
    path = written(tmp_path, name, TEXTS[name], encoding)
    spectrum = sei.read_spectrum(path)
    np.testing.assert_allclose(spectrum.frequency, FREQUENCY, rtol=1e-11)
    np.testing.assert_allclose(spectrum.impedance, IMPEDANCE, rtol=1e-10)
    assert not spectrum.per_area
    per_area = sei.read_spectrum(path, area="50 mm^2")
    np.testing.assert_allclose(per_area.impedance, IMPEDANCE * 5e-5, rtol=1e-10)
    assert str(per_area.steps[-1]) == "area normalisation (area = 5e-05 m2)"
    with pytest.raises(sei.StudyError, match=r"an impedance spectrum is no curve.*read_spectrum"):
        sei.read_curve(path)


def test_what_was_assumed_or_turned_is_recorded(tmp_path):
    spectrum = sei.read_spectrum(written(tmp_path, "a.csv", TEXTS["plain.csv"]))
    assert [str(step) for step in spectrum.steps] == ["units assumed: Hz, ohm, degrees (columns = f, Z', Z'')"]
    turned = sei.read_spectrum(written(tmp_path, "p.csv", TEXTS["palmsens.csv"], "utf-16"))
    assert [step.name for step in turned.steps] == ["imaginary part flipped, as the phase says"]


def test_an_impedance_per_area_stays_one(tmp_path):
    path = written(tmp_path, "a.csv", "f (kHz);Z' (Ohm cm2);-Z'' (Ohm cm2)\n1;5;2\n0,1;9;3\n")
    spectrum = sei.read_spectrum(path)
    assert spectrum.per_area
    np.testing.assert_allclose(spectrum.frequency, [1000, 100])
    np.testing.assert_allclose(spectrum.impedance, [5e-4 - 2e-4j, 9e-4 - 3e-4j])
    with pytest.raises(sei.StudyError, match="an impedance per area already"):
        sei.read_spectrum(path, area="1 cm^2")


def test_a_sign_that_the_header_does_not_tell_is_asked_for(tmp_path):
    """Many tables of -Z'' are headed Z''."""
    path = written(tmp_path, "a.csv", "f/Hz,Z'/ohm,Z''/ohm\n1000,5,2\n100,9,3\n")
    with pytest.raises(sei.StudyError, match=r"imaginary part of unclear sign.*give flip_imaginary: true where"):
        sei.read_spectrum(path)
    assert sei.read_spectrum(path, flip_imaginary=True).impedance.tolist() == [5 - 2j, 9 - 3j]
    assert sei.read_spectrum(path, flip_imaginary=False).impedance.tolist() == [5 + 2j, 9 + 3j]


def test_one_of_several_spectra_is_chosen_by_number(tmp_path):
    body = TEXTS["eclab.mpt"].partition("I Range\t\r\n")[2]
    twice = written(
        tmp_path, "a.mpt", TEXTS["eclab.mpt"] + body.replace("\t1.000000000000000E+00\t1", "\t2.000000000000000E+00\t1")
    )
    counted = written(tmp_path, "b.csv", TEXTS["plain.csv"] + TEXTS["plain.csv"].partition("\n")[2])
    for path, origin in ((twice, "in the file"), (counted, "counted")):
        with pytest.raises(sei.StudyError, match=f"several spectra: got 2, numbered 1 to 2 .{origin}.*cycle=1"):
            sei.read_spectrum(path)
        second = sei.read_spectrum(path, cycle=2)
        np.testing.assert_allclose(second.frequency, FREQUENCY, rtol=1e-11)
        assert str(second.steps[-1]) == f"cycle selected (cycle = 2 {origin})"
        with pytest.raises(sei.StudyError, match="no such cycle: got 3"):
            sei.read_spectrum(path, cycle=3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("E/V,I/mA\n0,1\n1,2\n", "no column of frequency"),
        ("f/Hz,Z'/ohm\n10,1\n1,2\n", "no column of the imaginary part"),
        ("f/V,Z'/ohm,Z''/ohm\n10,1,-1\n1,2,-1\n", "a.csv: f/V: wrong unit"),
        ("f/Hz,freq/Hz,Z'/ohm,Z''/ohm\n10,1,1,-1\n1,1,2,-1\n", "several columns fit frequency"),
        ("f/Hz,Z'/ohm,Z''/ohm cm2\n10,1,-1\n1,2,-1\n", "parts of different units"),
        ("f/Hz,Z'/ohm,Z''/ohm\n0,1,-1\n0,2,-1\n", "no spectrum: got 0 rows"),
        ("f/Hz,Z'/ohm,Z''/ohm\n10,1,-1\n1,nan,-1\n", "non-finite data"),
        (TEXTS["zplot.z"].partition("End Comments")[0], "truncated file"),
    ],
)
def test_what_is_no_spectrum_is_refused_in_one_line(tmp_path, text, message):
    with pytest.raises(sei.StudyError, match=message):
        sei.read_spectrum(written(tmp_path, "a.csv", text))


def test_columns_are_named_where_headers_do_not_tell(tmp_path):
    path = written(tmp_path, "a.csv", "A,B,C\n2000,5,2\n200,9,3\n")
    chosen = {"frequency": ("A", "rad/s"), "real": ("B", "mohm"), "imaginary": ("C", "mohm")}
    spectrum = sei.read_spectrum(path, columns=chosen, flip_imaginary=True)
    np.testing.assert_allclose(spectrum.frequency, [2000 / (2 * np.pi), 200 / (2 * np.pi)])
    np.testing.assert_allclose(spectrum.impedance, [5e-3 - 2e-3j, 9e-3 - 3e-3j])


def test_a_curve_beside_a_frequency_is_read(tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text("time/s,Ewe/V,I/mA,freq/Hz\n" + "".join(f"{n},{0.1 * n},{n},50\n" for n in range(1, 6)))
    assert sei.read_curve(path).current.shape == (5,)
