"""Impedance spectra as targets, alone and with a steady resistance; no voltammogram is simulated for them."""

import numpy as np
import pytest

import screening as sei
from screening.fitting.batch_run import fit_datasets
from screening.fitting.dataset_list import find_datasets
from screening.fitting.engine import Engine
from screening.fitting.fit_problem import parse_fit
from screening.fitting.fit_summary import describe_fit
from screening.fitting.identifiability import Identifiability
from tests.pipeline.fit_files import filled
from tests.pipeline.fit_store import known_fit
from tests.pipeline.spectrum_files import spectrum_texts

# An ohmic layer whose resistance and a double layer whose capacitance the arc shows, and a thickness that it does not.
FREE = {
    "J0": '"12 mA/cm^2"',
    "D1": '{ fit = true, low = "1e-15 m^2/s", high = "1e-11 m^2/s" }',
    "D2": '{ fit = true, low = "1e-17 m^2/s", high = "1e-13 m^2/s" }',
}
CAPACITANCE = 'double_layer_capacitance = { fit = true, low = "1 uF/cm^2", high = "1 mF/cm^2" }\n'
FREQUENCY = np.geomspace(0.01, 1e4, 25)
TARGET = '[[target]]\nkind = "impedance"\nname = "arc"\nrelative_uncertainty = 0.01\n'
STARTS = "[fit]\nstarts = 6\ncoarse_steps = 4\n"


def text(target=TARGET):
    return filled(FREE).replace('kind = "metal"\n', 'kind = "metal"\n' + CAPACITANCE) + STARTS + target


@pytest.fixture(scope="module")
def spectrum():
    """1 % noise on the spectrum that the public function gives."""
    layers = [
        sei.Layer("LiF", "5 nm", diffusivity="5e-12 m^2/s"),
        sei.Layer("Li2CO3", "5 nm", diffusivity="5e-15 m^2/s"),
        sei.Layer("Li3N", "5 nm", diffusivity="1e-12 m^2/s"),
    ]
    liquid = sei.Electrolyte(
        concentration="2 mol/L",
        diffusivity="2e-10 m^2/s",
        transference_number=0.4,
        diffusion_layer_thickness="500 um",
    )
    metal = sei.Metal(exchange_current_density="12 mA/cm^2", double_layer_capacitance="20 uF/cm^2")
    found = sei.impedance(layers, [f"{f} 1/s" for f in FREQUENCY], electrode=metal, electrolyte=liquid)
    values = found.impedance_real.values + 1j * found.impedance_imaginary.values
    noise = np.random.default_rng(0).normal(size=(2, len(FREQUENCY)))
    noisy = values + 0.01 * np.abs(values) * (noise[0] + 1j * noise[1])
    return {"frequency": FREQUENCY, "real": noisy.real, "imaginary": noisy.imag}


def test_a_spectrum_gives_the_slow_layer_and_the_capacitance(spectrum, tmp_path):
    found = sei.fit(text(), data={"arc": spectrum}, threads=1)
    for name, truth in (("layer2_diffusivity", 5e-15), ("electrode_double_layer_capacitance", 0.2)):
        assert found.identifiability[name] == Identifiability.IDENTIFIED
        deviation = found.standard_uncertainty[name]
        assert deviation < 0.1
        assert abs(np.log(found.estimate[name] / truth)) < 4 * deviation
    assert found.identifiability["layer1_diffusivity"] != Identifiability.IDENTIFIED
    assert found.cost == pytest.approx(50, rel=0.5)
    assert found.relative_rms["arc"] < 0.02
    found.save(tmp_path / "F.zarr")
    stored = sei.open_fit(tmp_path / "F.zarr")
    assert stored.sizes["spectrum_point"] == len(FREQUENCY)
    gap = np.hypot(
        stored.spectrum_model_real - stored.spectrum_measured_real,
        stored.spectrum_model_imaginary - stored.spectrum_measured_imaginary,
    )
    magnitude = np.hypot(stored.spectrum_measured_real, stored.spectrum_measured_imaginary)
    assert float(((gap / magnitude / 0.01) ** 2).sum()) == pytest.approx(found.cost, rel=1e-9)


def test_the_derivatives_are_those_of_central_differences(spectrum):
    problem = parse_fit(text(), data={"arc": spectrum})
    engine = Engine(problem, threads=1)
    point = np.array([[0.4, 0.6, 0.5]])
    jacobian = engine.evaluate(point).jacobian[0]
    for place in range(3):
        step = 1e-5 * np.eye(3)[place]
        central = (engine.evaluate(point + step).residual - engine.evaluate(point - step).residual)[0] / 2e-5
        np.testing.assert_allclose(jacobian[:, place], central, rtol=1e-6, atol=1e-6 * np.abs(jacobian).max())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"real": [1.0, 2.0]}, "unequal lengths: got frequency 25, real 2, imaginary 25"),
        ({"real": [np.nan] * 25}, "not a point of a spectrum: got nan"),
        ({"frequency": -FREQUENCY}, "not a point of a spectrum"),
        ({"phase": [0.0]}, 'unknown column: got "phase"'),
        ({"real": []}, "expected the measured spectrum"),
    ],
)
def test_a_spectrum_that_cannot_be_used(spectrum, change, message):
    with pytest.raises(sei.StudyError, match=message):
        parse_fit(text(), data={"arc": spectrum | change})


def test_a_spectrum_written_into_the_file():
    numbers = 'frequency = ["1 1/s", "100 1/s"]\nreal = ["3 ohm*cm^2", "2 ohm*cm^2"]\nimaginary = ["-1 ohm*cm^2", "0 ohm*cm^2"]\n'
    problem = parse_fit(text(TARGET + numbers))
    spectrum = problem.data.spectra[0]
    assert spectrum.real.tolist() == pytest.approx([3e-4, 2e-4])
    assert spectrum.weight[1] == pytest.approx(1 / 2e-6)
    with pytest.raises(sei.StudyError, match=r"target\[0\].real\[0\]"):
        parse_fit(text(TARGET + numbers.replace("3 ohm*cm^2", "3 ohm")))


def film_impedance(frequency):
    """The film of `text` by hand, ohm m2: transmission lines of its layers, charge transfer, and a double layer around both."""
    s = 2j * np.pi * frequency
    thermal, faraday, concentration = 8.314462618 * 298.15 / 96485.33212, 96485.33212, 2000.0
    load = np.tanh(5e-4 * np.sqrt(s / 2e-10)) / np.sqrt(s * 2e-10)
    # from the electrolyte to the metal
    for diffusivity in (5e-12, 5e-15, 1e-12):
        own, turn = 1 / np.sqrt(s * diffusivity), np.tanh(5e-9 * np.sqrt(s / diffusivity))
        load = own * (load + own * turn) / (own + load * turn)
    faradaic = thermal / 120.0 + thermal / (faraday * concentration) * load
    return 1 / (s * 0.2 + 1 / faradaic)


AREA = 7.07e-6
FILE_TARGET = TARGET.replace("relative_uncertainty = 0.01", 'file = "FILE"\narea = "7.07 mm^2"')


def file_text(file):
    """The fit of `text` without migration in the liquid, to a file."""
    return text(FILE_TARGET.replace("FILE", file)).replace("transference_number = 0.4", "transference_number = 0.0")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files of that film, with 1 % noise that differs from one to the next."""
    where = tmp_path_factory.mktemp("spectra")
    true = film_impedance(FREQUENCY) / AREA
    for seed, name in enumerate(("eclab.mpt", "gamry.DTA", "zplot.z"), 1):
        noise = np.random.default_rng(seed).normal(size=(2, len(FREQUENCY)))
        noisy = true + 0.01 * np.abs(true) * (noise[0] + 1j * noise[1])
        (where / name).write_bytes(spectrum_texts(FREQUENCY, noisy)[name].encode("latin-1"))
    return where


def test_a_film_is_recovered_from_a_file_that_other_code_made(folder):
    (folder / "fit.toml").write_text(file_text("eclab.mpt"))
    found = sei.fit(folder / "fit.toml", threads=1)
    for name, truth in (("layer2_diffusivity", 5e-15), ("electrode_double_layer_capacitance", 0.2)):
        assert found.identifiability[name] == Identifiability.IDENTIFIED
        low, high = found.interval[name]
        assert low < truth < high
        assert found.estimate[name] == pytest.approx(truth, rel=0.05)
    # the noise is that of modulus weighting, of each part
    # 50 parts with the noise that is assumed where none is given
    assert found.cost == pytest.approx(50, rel=0.5)
    assert "note: noise estimated from the residuals, 0.9 % of the magnitude" in describe_fit(found)


def test_a_folder_of_spectra_is_fitted_as_one_run(folder, tmp_path):
    (folder / "bad.csv").write_text("freq/Hz,Z'/ohm\n1,2\n")
    datasets = [one for pattern in ("bad.csv", "*.mpt", "*.DTA", "*.z") for one in find_datasets(f"{folder}/{pattern}")]
    fit_datasets(file_text("any"), folder, datasets, tmp_path / "F.zarr", threads=1, progress=False)
    found = sei.open_results(tmp_path / "F.zarr").load()
    assert found.status.values.tolist() == [5, 1, 1, 1]
    assert (found.layer2_diffusivity_low[1:] < 5e-15).all()
    assert (found.layer2_diffusivity_high[1:] > 5e-15).all()
    assert len(np.unique(found.layer2_diffusivity[1:])) == 3


def test_area_window_and_weighting_of_a_file(folder):
    target = parse_fit(file_text("zplot.z"), folder=folder).data.spectra[0]
    measured = sei.read_spectrum(folder / "zplot.z", area="7.07 mm^2")
    np.testing.assert_allclose(target.real + 1j * target.imaginary, measured.impedance)
    np.testing.assert_allclose(target.weight, 100 / np.abs(measured.impedance))
    part = parse_fit(
        file_text("zplot.z") + 'window = ["1 kHz", "100 mHz"]\nweighting = "unit"\n', folder=folder
    ).data.spectra[0]
    inside = (FREQUENCY <= 1e3) & (FREQUENCY >= 0.1)
    np.testing.assert_allclose(part.angular_frequency, 2 * np.pi * FREQUENCY[inside])
    np.testing.assert_allclose(part.weight, 100 / np.sqrt(np.mean(np.abs(measured.impedance[inside]) ** 2)))
    for change, message in (
        (('area = "7.07 mm^2"\n', ""), r"target\[0\].area: an impedance needs the electrode area"),
        (("zplot.z", "lost.z"), r"target\[0\].file: .*lost.z: file cannot be read"),
        (
            ('area = "7.07', 'window = ["1 MHz", "2 MHz"]\narea = "7.07'),
            r"target\[0\].window: no frequency in the window",
        ),
    ):
        with pytest.raises(sei.StudyError, match=message):
            parse_fit(file_text("zplot.z").replace(*change), folder=folder)
    given = parse_fit(
        file_text("").replace('file = ""\narea = "7.07 mm^2"\n', ""), data={"arc": measured}
    ).data.spectra[0]
    np.testing.assert_array_equal(given.real, target.real)


@pytest.mark.parametrize("curves", [True, False])
def test_the_figure_of_a_fit_shows_its_spectrum(tmp_path, curves):
    fit = sei.open_fit(known_fit(tmp_path / "F.zarr"))
    if not curves:
        fit = fit.isel(point=slice(0, 0))
        fit["target_value"][:] = np.nan
    axes = sei.plot.fit_summary(fit).axes
    nyquist = next(axis for axis in axes if axis.get_xlabel() == "Re Z (Ω cm²)")
    measured, model = (np.asarray(line.get_xydata()) for line in nyquist.lines)
    arc = 100.0 / (1 + 1j * np.geomspace(0.1, 1e4, 20) / 30)
    np.testing.assert_allclose(measured, np.stack([arc.real, -arc.imag], 1))
    np.testing.assert_allclose(model, 1.01 * measured)
    titles = [axis.get_title(loc="left") or axis.get_title() for axis in axes]
    assert any("residuals" in title for title in titles) == curves
    letters = [axis.texts[0].get_text() for axis in axes if axis.texts and len(axis.texts[0].get_text()) == 1]
    assert letters == list("abcde")[: 5 if curves else 3]
