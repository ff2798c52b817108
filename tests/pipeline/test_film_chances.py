"""Films drawn from posteriors: intervals and the probability of being best, against the closed forms of normal films."""

import io
import shutil

import numpy as np
import pytest
import xarray as xr
from scipy.special import ndtr, ndtri

import screening as sei
from screening.cli.app import run_command
from screening.errors import StudyError
from screening.fitting.fit_store import FIT
from screening.report.screening_page import screening_payload
from screening.results.film_summary import show_films
from screening.results.next_experiment import expected_doubt
from screening.results.probability_best import best_given, of_independent, of_paired
from screening.run.study_run import resume, run_study
from screening.store.small_store import write_dataset

MEANS, DEVIATIONS = np.array([15e-9, 14e-9]), np.array([1.0e-9, 1.5e-9])
FILM = """
[[film]]
name = "NAME"
[[film.layer]]
phase = "LiF"
thickness = { distribution = { posterior = "POSTERIOR" } }
conductivity = "1e-5 S/m"
"""
STUDY = (
    """
[sampling]
samples = 2048
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "500 um"
[ammonia]
model = "steady"
calibration = "LiDFOB"
current = "10 mA/cm^2"
on_time = "30 s"
ethanol_fraction = 0.0025
nitrogen_pressure = "1 bar"
[output]
outputs = ["film_area_specific_resistance"]
"""
    + FILM.replace("NAME", "thick").replace("POSTERIOR", "0.zarr")
    + FILM.replace("NAME", "wide").replace("POSTERIOR", "1.zarr")
    + '[[film]]\nname = "bare"\n'
)


def write_normal(path, film: int) -> None:
    """A fit whose draws are quantiles of a normal distribution of thickness, in random order."""
    order = np.random.default_rng(film).permutation(2048)
    thickness = MEANS[film] + DEVIATIONS[film] * ndtri((order + 0.5) / 2048)
    variables = {"posterior_value": (("chain", "draw", "parameter"), thickness.reshape(2, 1024, 1))}
    names = {"parameter": ["layer1_thickness"], "parameter_unit": ("parameter", ["m"])}
    write_dataset(xr.Dataset(variables, names, {"format": FIT.format}), path)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chances")
    for film in range(2):
        write_normal(folder / f"{film}.zarr", film)
    (folder / "study.toml").write_text(STUDY)
    run_study(folder / "study.toml", folder / "R.zarr", progress=False)
    for film in range(2):
        shutil.rmtree(folder / f"{film}.zarr")
    return folder / "R.zarr"


def test_two_normal_films(store):
    """The resistance of a layer goes with its thickness: the thinner is better with Phi((m1 - m2) / sqrt(s1^2 + s2^2))."""
    found = sei.open_results(store).sei.films("-film_area_specific_resistance")
    chance = ndtr((MEANS[1] - MEANS[0]) / np.hypot(*DEVIATIONS))
    assert found.probability_best.values == pytest.approx([chance, 1 - chance, np.nan], abs=1e-3, nan_ok=True)
    assert found.film.values.tolist() == ["thick", "wide", "bare"]
    resistance = found.isel(film=[0, 1])
    assert resistance["median"].values == pytest.approx(MEANS / 1e-5, rel=1e-3)
    assert resistance.interval_low.values == pytest.approx((MEANS - 1.959964 * DEVIATIONS) / 1e-5, rel=5e-3)
    assert resistance.interval_high.values == pytest.approx((MEANS + 1.959964 * DEVIATIONS) / 1e-5, rel=5e-3)
    assert "independent" in found.attrs["probability"]
    assert sei.open_results(store).sei.films("film_area_specific_resistance").probability_best[0] == pytest.approx(
        1 - chance, abs=1e-3
    )


def test_a_store_is_resumed_and_read_without_the_fits(store, tmp_path):
    copy = tmp_path / "R.zarr"
    shutil.copytree(store, copy)
    before = sei.open_results(copy).film_area_specific_resistance.values
    (copy / "status" / "c" / "0").unlink()
    resume(copy, progress=False)
    assert np.array_equal(sei.open_results(copy).film_area_specific_resistance.values, before, equal_nan=True)


def test_the_table_and_the_page_say_it(store):
    file = io.StringIO()
    show_films(store, sort="-film_area_specific_resistance", threshold="15 ohm*cm2", file=file)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in file.getvalue().splitlines() if "│" in line]
    assert [row[0] for row in rows] == ["thick", "wide", "bare"]
    assert rows[0][:3] == ["thick", "2,048", "50.0"]
    assert float(rows[0][6]) == pytest.approx(28.96, abs=0.2)
    assert float(rows[0][6]) + float(rows[1][6]) == pytest.approx(100.0, abs=0.11)
    assert rows[2][6] == "–"
    assert "every draw of a film compared with every draw of the others" in file.getvalue()
    chances = screening_payload(store, "-film_area_specific_resistance")["chances"]
    assert [row[-1] for row in chances["rows"]] == [row[6] for row in rows]
    with pytest.raises(StudyError, match="takes a variable"):
        show_films(store, sort="film_area_specific_resistance / 2")


def test_films_that_share_a_draw_are_compared_in_pairs(store, tmp_path):
    """Correlated normals: Phi((m1 - m2) / sqrt(s1^2 + s2^2 - 2 r s1 s2)); with a common temperature the run says so."""
    generator = np.random.default_rng(0)
    share, own = generator.normal(size=(1, 40000)), generator.normal(size=(2, 40000))
    first, second = 1.0 + share + 0.5 * own[0], 0.5 + 0.8 * share + 0.6 * own[1]
    chance = ndtr(0.5 / np.sqrt(0.2**2 + 0.5**2 + 0.6**2))
    assert of_paired(np.stack([first[0], second[0]], 1))[0] == pytest.approx(chance, abs=0.008)
    assert abs(of_independent([first[0], second[0]])[0] - chance) > 0.05
    three = generator.normal(size=(3, 2000))
    assert of_independent(list(three)) == pytest.approx(np.full(3, 1 / 3), abs=0.03)
    same = sei.open_results(store).sei.study.text.replace('"1.zarr"', '"0.zarr"', 1)
    run_study(sei.parse_study(same), tmp_path / "R.zarr", progress=False)
    found = sei.open_results(tmp_path / "R.zarr").sei.films("-film_area_specific_resistance")
    assert found.probability_best.values == pytest.approx([0.5, 0.5, np.nan], nan_ok=True)
    assert "sample by sample (2,048), since they share posterior 0.zarr" in found.attrs["probability"]


@pytest.mark.parametrize("noise", [0.05, 0.5, 2.0])
def test_the_worth_of_a_measurement(noise):
    """Normal films, of which one is measured in part: the closed form, integrated over what the measurement may give."""
    own, rest, other, ahead = 1.0, 0.4, 0.7, 0.3
    generator = np.random.default_rng(0)
    known, further, film = generator.normal(size=(3, 4096)) * np.array([[own], [rest], [other]])
    _, best = best_given([ahead + known + further, film], 0)
    wrong, width = expected_doubt(known, best, known + further, noise)
    left = own**2 * noise**2 / (own**2 + noise**2)
    middle = ahead + own**2 / np.hypot(own, noise) * ndtri((np.arange(20_000) + 0.5) / 20_000)
    chance = ndtr(middle / np.sqrt(left + rest**2 + other**2))
    assert wrong == pytest.approx(1 - np.maximum(chance, 1 - chance).mean(), abs=0.008)
    assert width == pytest.approx(np.sqrt(left + rest**2) / np.hypot(own, rest), abs=0.02)


def test_plan_names_the_film_that_is_known_least(store, capsys):
    """Resistance is thickness alone: measured to a per cent, what stays open is the other film, the less of the wider one."""
    words = ["plan", str(store), "--sort", "-film_area_specific_resistance", "--noise", "0.01"]
    assert run_command(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "wide is the best film, which is wrong with 29 %; after one measurement to 1 %" in lines[0]
    assert [line.split()[:2] for line in lines[2:]] == [[film, "param_layer1_thickness"] for film in ("wide", "thick")]
    left = [float(line.split()[2]) for line in lines[2:]]
    for film, wrong in zip((1, 0), left, strict=True):
        gap = (MEANS[0] - MEANS[1] + DEVIATIONS[film] * ndtri((np.arange(2000) + 0.5) / 2000)) / DEVIATIONS[1 - film]
        assert wrong / 100 == pytest.approx(ndtr(-np.abs(gap)).mean(), abs=0.02)
    assert run_command(["plan", str(store), "--at", "x=1"]) == 2
    assert "not understood of a run: got --at" in capsys.readouterr().err
