"""`sei.impedance` and layers of a composition in Python: closed forms, units, errors in one line."""

import numpy as np
import pytest

import screening as sei

FARADAY, GAS_CONSTANT, TEMPERATURE = 96485.33212331001, 8.31446261815324, 298.15
THERMAL = GAS_CONSTANT * TEMPERATURE / FARADAY
FREQUENCIES = [f"{10.0**power} Hz" for power in range(-4, 7)]
FILM = sei.Stack(
    [
        sei.Layer("LiF", "10 nm", diffusivity="1e-15 m^2/s", interface_permeance="1e-5 m/s"),
        sei.Layer("Li3N", "20 nm", conductivity="2.19e-5 S/m"),
    ]
)
METAL = sei.Metal("100 A/m^2", double_layer_capacitance="0.1 F/m^2", series_resistance="2e-4 ohm*m^2")


@pytest.fixture(scope="module")
def spectrum():
    return sei.impedance(FILM, FREQUENCIES, electrode=METAL)


def test_resistances_of_the_layers(spectrum):
    per_flux = THERMAL / (FARADAY * 2000.0)  # ohm m2 for 1 s/m
    assert spectrum.layer.values.tolist() == ["LiF", "Li3N"]
    np.testing.assert_allclose(spectrum.diffusion_resistance, [1e-8 / 1e-15 * per_flux, 0.0], rtol=1e-9)
    np.testing.assert_allclose(spectrum.interface_resistance, [1e5 * per_flux, 0.0], rtol=1e-9)
    np.testing.assert_allclose(spectrum.conduction_resistance, [0.0, 2e-8 / 2.19e-5], rtol=1e-9)
    assert float(spectrum.charge_transfer_resistance) == pytest.approx(THERMAL / 100.0, rel=1e-9)
    assert float(spectrum.electrolyte_resistance) == pytest.approx(0.6 * 60e-6 / 2e-10 * per_flux, rel=1e-9)
    assert float(spectrum.series_resistance) == 2e-4
    parts = [
        spectrum[name].sum() for name in spectrum if str(name).endswith("_resistance") and name != "total_resistance"
    ]
    assert float(spectrum.total_resistance) == pytest.approx(float(sum(parts)), rel=1e-12)


def test_spectrum_goes_from_the_whole_cell_to_the_series_resistance(spectrum):
    assert float(spectrum.impedance_real[0]) == pytest.approx(float(spectrum.total_resistance), rel=1e-3)
    assert float(spectrum.impedance_real[-1]) == pytest.approx(2e-4, rel=1e-3)
    # at the highest frequency only the double layer is left beside it
    assert float(spectrum.impedance_imaginary[-1]) == pytest.approx(-1 / (2 * np.pi * 1e6 * 0.1), rel=1e-3)
    assert (spectrum.impedance_imaginary < 0).all()
    complex_value = spectrum.impedance_real + 1j * spectrum.impedance_imaginary
    np.testing.assert_allclose(spectrum.impedance_magnitude, np.abs(complex_value), rtol=1e-14)
    np.testing.assert_allclose(spectrum.impedance_phase, np.angle(complex_value), rtol=1e-14)
    assert {name: spectrum[name].attrs["units"] for name in ("frequency", "impedance_real", "impedance_phase")} == {
        "frequency": "Hz",
        "impedance_real": "ohm m2",
        "impedance_phase": "rad",
    }
    assert all(spectrum[name].attrs["long_name"] for name in spectrum.variables)
    assert sei.parse_study(spectrum.attrs["study"]).digest == spectrum.attrs["digest"]


def test_bare_electrode_without_capacitance():
    liquid = sei.Electrolyte(diffusion_layer_thickness="100 um")
    found = sei.impedance([], ["1 mHz", "10 Hz"], electrolyte=liquid, electrode=sei.Metal("50 A/m^2"))
    assert found.sizes == {"frequency": 2, "layer": 0}
    # charge transfer, and the finite-length Warburg element of the diffusion layer
    omega = 2 * np.pi * np.array([1e-3, 10.0])
    root = np.sqrt(1j * omega * 1e-8 / 2e-10)
    warburg = 0.6 * THERMAL / (FARADAY * 2000.0) * 1e-4 / 2e-10 * np.tanh(root) / root
    expected = THERMAL / 50.0 + warburg
    np.testing.assert_allclose(found.impedance_real, expected.real, rtol=1e-6)
    np.testing.assert_allclose(found.impedance_imaginary, expected.imag, rtol=1e-6)


def test_layer_of_a_composition():
    """A mixture in parallel, of which the impedance sees the conductivity."""
    mixture = [
        {"name": "poor", "fraction": 0.75, "conductivity": "1e-7 S/m"},
        {"name": "good", "fraction": "balance", "conductivity": "1e-5 S/m"},
    ]
    layer = sei.Layer(None, "10 nm", name="mixed", more={"mixing_rule": "parallel", "mixture": mixture})
    found = sei.impedance([layer], ["1 Hz"])
    assert float(found.conduction_resistance[0]) == pytest.approx(1e-8 / (0.75e-7 + 0.25e-5), rel=1e-9)


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"frequencies": []}, ["frequencies", "at least one frequency"]),
        ({"frequencies": 3}, ["frequencies", "at least one frequency"]),
        ({"frequencies": ["0 Hz"]}, ["frequencies", "above zero"]),
        ({"frequencies": ["1 Hz", 10.0]}, ["frequencies[1]", "no unit"]),
        ({"frequencies": ["1 V"]}, ["frequencies[0]", "wrong dimension"]),
        ({"potential": "1 s"}, ["potential", "wrong dimension"]),
        ({"double_layer": "film"}, ["double_layer: unknown double layer", "film_and_electrode"]),
        ({"temperature": "-1 K"}, ["temperature", "above 0 K"]),
    ],
)
def test_bad_arguments_are_refused_in_one_line(options, parts):
    with pytest.raises(sei.StudyError) as caught:
        sei.impedance(FILM, options.pop("frequencies", ["1 Hz"]), **options)
    assert "\n" not in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


def test_keys_of_a_composition_are_checked_at_once():
    with pytest.raises(sei.StudyError, match=r"Layer.migration_energy: .*a barrier is not negative"):
        sei.Layer("LiF", "5 nm", closure="fickian", more={"migration_energy": "-1 eV"})
    with pytest.raises(sei.StudyError, match=r'Layer.migration_enregy: unknown key.*did you mean "migration_energy"'):
        sei.Layer("LiF", "5 nm", closure="fickian", more={"migration_enregy": "1 eV"})
    with pytest.raises(sei.StudyError, match=r"Layer.more: key given twice: got thickness"):
        sei.Layer("LiF", "5 nm", more={"thickness": "6 nm"})
