"""Impedance spectra, which have a potential and a current in them too, are never taken for curves."""

import pytest

import screening as sei

HEADERS = {
    "EC-Lab": "freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm,|Z|/Ohm,Phase(Z)/deg,time/s,<Ewe>/V,<I>/mA",
    "Gamry": "Freq (Hz),Zreal (ohm),Zimag (ohm),Vdc (V),Idc (A)",
    "primes": "Frequency/Hz,Z'/ohm,Z''/ohm,E/V,I/A",
}


@pytest.mark.parametrize("instrument", HEADERS)
def test_a_spectrum_is_refused_with_the_way_to_fit_it(tmp_path, instrument):
    header = HEADERS[instrument]
    row = ",".join("1.0" for _ in header.split(","))
    path = tmp_path / "spectrum.csv"
    path.write_text("\n".join([header, *[row] * 5]) + "\n")
    with pytest.raises(sei.StudyError, match="an impedance spectrum is no curve"):
        sei.read_curve(path)


def test_a_curve_beside_a_frequency_is_read(tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text("time/s,Ewe/V,I/mA,freq/Hz\n" + "".join(f"{n},{0.1 * n},{n},50\n" for n in range(1, 6)))
    assert sei.read_curve(path).current.shape == (5,)
