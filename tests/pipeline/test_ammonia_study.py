"""Ammonia studies: from a study file to ranked efficiencies, and everything that such a file may get wrong."""

import csv
import io

import jax.numpy as jnp
import numpy as np
import pytest

import screening as sei
from kernels.ammonia import calibrated_cell, default_chemistry, instant_supply, pulse_train, pulsed_state
from kernels.status import Status
from screening.cli.app import run_command
from screening.errors import StudyError
from screening.model.ammonia_outputs import CAUSES, PARTS, SHARES
from screening.model.study_evaluator import StudyEvaluator
from screening.run.study_run import find_study
from tests.numerics.ammonia_cells import operating

SAMPLES = 96  # of each of two films
HEAD = """
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "61.27 um"
[sampling]
design = "grid"
[[film]]
name = "15 nm of the calibrated film"
[[film.layer]]
name = "film"
closure = "ohmic"
thickness = "15 nm"
conductivity = {conductivity}
[ammonia]
model = "{model}"
calibration = "{calibration}"
current = {current}
on_time = "2 s"
off_time = "30 s"
ethanol_fraction = {ethanol}
nitrogen_pressure = "1 bar"
"""


def study_text(model="steady", calibration="LiDFOB", conductivity=None, current=None, ethanol="0.0025", more=""):
    """A study whose film has the resistance of the calibration, 2.57 or 187 ohm cm2."""
    by_salt = {"LiDFOB": '"5.8366e-5 S/m"', "LiBF4": '"8.0214e-7 S/m"'}
    values = {
        "model": model,
        "calibration": calibration,
        "conductivity": conductivity or by_salt[calibration],
        "current": current or '{ list = ["60 A/m^2", "100 mA/cm^2", "150 mA/cm^2", "200 mA/cm^2"] }',
        "ethanol": ethanol,
    }
    return HEAD.format(**values) + more


def evaluated(text):
    study = sei.parse_study(text)
    return StudyEvaluator(study).evaluate(0, study.n_candidates)


@pytest.fixture(scope="module")
def screened(tmp_path_factory):
    """A run of the packaged study."""
    store = str(tmp_path_factory.mktemp("ammonia") / "R.zarr")
    assert run_command(["run", "ammonia_screen", "--samples", str(SAMPLES), "--out", store, "--quiet"]) == 0
    return store


def test_shares_add_up_and_voltages_have_parts(screened):
    found = sei.open_results(screened, chunks=None).load()
    assert found.sizes["candidate"] == 2 * SAMPLES
    assert np.all(found.status == Status.OK)
    shares = [found.faradaic_efficiency, *(found[f"faradaic_efficiency_{name}"] for name in SHARES)]
    np.testing.assert_allclose(sum(shares), 1.0, atol=1e-9)
    parts = sum(found[name] for name in PARTS.values() if name in found)
    # what every cell has in common is not stored by this study: 3.04 V at equilibrium, no loss at the anode
    np.testing.assert_allclose(parts + 3.04, found.cell_voltage, rtol=1e-12)
    np.testing.assert_allclose(
        found.energy_efficiency,
        found.faradaic_efficiency * 339.35e3 / (3 * 96485.33212) / found.cell_voltage,
        rtol=1e-9,
    )
    duty = found.param_ammonia_on_time / (found.param_ammonia_on_time + found.param_ammonia_off_time)
    np.testing.assert_allclose(found.mean_ammonia_rate, duty * found.ammonia_rate, rtol=1e-12)
    growing = (found.lithium_drift + found.lithium_nitride_drift) > 0
    assert np.array_equal(growing, found.periodic == 0)
    assert 0 < int(growing.sum()) < 2 * SAMPLES


def test_the_film_matters(screened):
    """The LiDFOB films conduct better and cost less at their outer face."""
    found = sei.open_results(screened, chunks=None).load()
    better, worse = (found.isel(candidate=found.film.values == number) for number in (0, 1))
    assert np.array_equal(better.param_ammonia_current, worse.param_ammonia_current)
    assert np.all(better.lithium_current_share.values >= worse.lithium_current_share.values)
    assert float(better.faradaic_efficiency.mean()) > 2 * float(worse.faradaic_efficiency.mean())


def test_candidates_are_ranked_and_selected_by_cause(screened, capsys):
    assert run_command(["show", screened, "--sort", "faradaic_efficiency", "--csv", "-"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    efficiency = [float(row["faradaic_efficiency"]) for row in rows]
    assert len(rows) == 2 * SAMPLES
    assert efficiency == sorted(efficiency, reverse=True)
    assert {row["limiting_cause"] for row in rows} <= set(CAUSES)
    assert len({row["limiting_cause"] for row in rows}) >= 3
    by_voltage = [row for row in rows if row["limiting_cause"] == "voltage"]
    assert len(by_voltage) == sum(float(row["cell_voltage (V)"]) > 8 for row in rows)
    condition = "limiting_cause == 'voltage'"
    assert run_command(["show", screened, "--where", condition, "--csv", "-"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(by_voltage) + 1


def test_bits_do_not_depend_on_the_others(screened):
    evaluator = StudyEvaluator(find_study("ammonia_screen", samples=SAMPLES))
    found = sei.open_results(screened, chunks=None).load()
    for start, stop in ((0, 3), (50, 51), (60, 100)):
        for name, values in evaluator.evaluate(start, stop).items():
            stored = found[name].values[start:stop]
            assert values.astype(stored.dtype).tobytes() == stored.tobytes(), name


def test_a_layer_with_the_calibrated_resistance_gives_the_calibrated_cell():
    """0.98, 0.69, 0.52 at 100, 150 and 200 mA/cm2 for LiDFOB."""
    found = evaluated(study_text())
    np.testing.assert_allclose(found["faradaic_efficiency"][1:], [0.981, 0.691, 0.519], atol=1e-3)
    assert found["cell_voltage"][1] == pytest.approx(5.503, abs=1e-3)
    assert found["energy_efficiency"][1] == pytest.approx(0.209, abs=1e-3)
    assert found["ammonia_rate"][1] * 1e-4 == pytest.approx(3.39e-7, rel=2e-3)


@pytest.mark.slow
def test_the_other_salt_gives_its_own_cell():
    """0.16 and 9.30 V at 100 mA/cm2."""
    other = evaluated(study_text(calibration="LiBF4"))
    assert other["faradaic_efficiency"][1] == pytest.approx(0.160, abs=1e-3)
    assert other["cell_voltage"][1] == pytest.approx(9.300, abs=1e-3)
    assert CAUSES[other["limiting_cause"][1]] == "lithium"


@pytest.mark.slow
def test_pulses_of_two_seconds_are_not_limited_by_the_electrolyte():
    """Its Li+ lasts longer (Sand's time is 4 s at 200 mA/cm2), so the study is the surface model without any limit."""
    found = evaluated(study_text(model="pulsed"))
    film, parameters = calibrated_cell("LiDFOB")
    unlimited = type(film)(film.resistance, film.desolvation_resistance, jnp.asarray(1e7))
    for place, current in enumerate((60.0, 1000.0, 1500.0, 2000.0)):
        pulses = pulse_train(current, 2.0, 30.0)
        state = pulsed_state(pulses, operating(), unlimited, parameters, default_chemistry(), supply=instant_supply())
        expected = float(state.efficiency.ammonia)
        assert found["faradaic_efficiency"][place] == pytest.approx(expected, abs=2e-5)
        assert bool(found["periodic"][place]) == bool(state.periodic)


@pytest.fixture(scope="module")
def own():
    """Own constants in place of the preset's, with and without ethanol and residual donors."""
    donors = "residual_donor_fraction = { list = [0.0, 0.00067] }\n"
    more = 'cell_resistance = "10 ohm*cm^2"\nlargest_voltage = "4 V"\nhydrogen_feed = "counted"\n'
    return evaluated(study_text(ethanol="{ list = [0.0, 0.0025] }", more=donors + more))


def test_own_constants_take_the_place_of_the_preset(own):
    usual = (own["param_ammonia_residual_donor_fraction"] > 0) & (own["param_ammonia_ethanol_fraction"] > 0)
    own = {name: values[usual] for name, values in own.items()}
    np.testing.assert_allclose(own["electrolyte_voltage"], own["param_ammonia_current"] * 1e-3, rtol=1e-12)
    np.testing.assert_allclose(own["faradaic_efficiency"][1:], [0.981, 0.691, 0.519], atol=1e-3)
    expected = own["faradaic_efficiency"] * 1.17238 / (own["cell_voltage"] + 1.229)
    np.testing.assert_allclose(own["energy_efficiency"], expected, rtol=1e-4)
    by_voltage = [CAUSES[code] == "voltage" for code in own["limiting_cause"]]
    assert by_voltage == list(own["cell_voltage"] > 4)
    assert by_voltage == [False, True, True, True]


def test_current_that_nothing_carries_gets_a_status(own):
    """Without any donor, lithium alone cannot carry more than its limit of 105 mA/cm2."""
    donors = own["param_ammonia_residual_donor_fraction"] + own["param_ammonia_ethanol_fraction"]
    depleted = (donors == 0) & (own["param_ammonia_current"] > 1050)
    assert depleted.sum() == 2
    assert np.all(own["status"][depleted] == Status.DEPLETED)
    assert np.all(np.isnan(own["faradaic_efficiency"][depleted]))
    assert np.all(own["status"][~depleted] == Status.OK)


@pytest.mark.slow
def test_a_lifetime_comes_with_every_candidate():
    """0.80 over 40 h and 0.60 at 50 h at 100 mA/cm2; pores that close within the first hours beyond the limiting current."""
    found = evaluated(study_text(more='ageing_time = { list = ["40 h", "50 h"] }\n'))
    here = found["param_ammonia_current"] == 1000
    short = found["param_ammonia_ageing_time"] == 40 * 3600
    assert found["mean_faradaic_efficiency"][here & short] == pytest.approx(0.80, abs=0.03)
    assert found["aged_faradaic_efficiency"][here & ~short] == pytest.approx(0.60, abs=0.03)
    assert found["lifetime"][here] / 3600 == pytest.approx(22.04, abs=0.02)
    slow = found["param_ammonia_current"] == 60
    np.testing.assert_allclose(found["lifetime"][slow], found["param_ammonia_ageing_time"][slow])
    fast = found["param_ammonia_current"] == 2000
    assert np.all(found["status"] == Status.OK)
    assert np.all(np.isnan(found["aged_faradaic_efficiency"][fast]))
    # 41 of its 195 cycles
    assert found["lifetime"][fast] == pytest.approx(0.31 * 3600, rel=0.02)
    np.testing.assert_array_equal(found["aged_film_thickness"], 15e-9)


BAD = {
    "no on-time": ('on_time = "2 s"', 'on_time = "0 s"', "ammonia.on_time", "above 0 s"),
    "negative rest": ('off_time = "30 s"', 'off_time = "-1 s"', "ammonia.off_time", "at least 0 s"),
    "negative ethanol": ("ethanol_fraction = 0.0025", "ethanol_fraction = -0.1", "ammonia.ethanol_fraction", "0.25 vol %"),
    "per cent of ethanol": ("ethanol_fraction = 0.0025", "ethanol_fraction = 25", "ammonia.ethanol_fraction", "below 1"),
    "negative pressure": ('"1 bar"', '"-1 bar"', "ammonia.nitrogen_pressure", "0 bar is argon"),
    "pressure without unit": ('"1 bar"', "1", "ammonia.nitrogen_pressure", "no unit"),
    "a list that reaches below zero": ('"1 bar"', '{ list = ["1 bar", "-1 bar"] }', "nitrogen_pressure", "at least 0"),
    "oxidation": ('["60 A/m^2",', '["-60 A/m^2",', "ammonia.current", "magnitude"),
    "unknown salt": ('calibration = "LiDFOB"', 'calibration = "LiPF6"', "ammonia.calibration", "LiDFOB"),
    "unknown key": ("on_time", "on_duration", "ammonia.on_duration", "on_time"),
    "no current": ("current = {", "# {", "ammonia.current", "missing key"),
    "unknown energy": ("on_time", 'energy_definition = "enthalpy"\non_time', "energy_definition", "free_energy"),
    "growth without an age": ("on_time", 'growth_law = "reaction"\non_time', "ammonia.growth_law", "ageing_time"),
    "unknown growth": ("on_time", 'growth_law = "magic"\nageing_time = "1 h"\non_time', "growth_law", "one of"),
    "surface of the steady model": ("on_time", 'isolation = "1 1/s"\non_time', "ammonia.isolation", "pulsed"),
    "two scales": (
        "on_time", 'proton_jump_distance = "1 nm"\nproton_overpotential_scale = "1 V"\non_time', "proton_jump_distance", "one of",
    ),
    "a protocol as well": ("[ammonia]", '[protocol]\nkind = "rest"\nduration = "1 s"\n[ammonia]', "protocol", "remove"),
    "an electrode as well": ("[ammonia]", '[electrode]\nkind = "metal"\n[ammonia]', "electrode", "remove"),
    "no table": ("[ammonia]", "[amonia]", "amonia", "ammonia"),
    "a model of a film": ("[[film.layer]]", 'ammonia = { model = "steady" }\n[[film.layer]]', "film[0].ammonia.model", "share"),
    "a bad key of a film": (
        "[[film.layer]]", "ammonia = { proton_ordre = 1 }\n[[film.layer]]", "film[0].ammonia.proton_ordre", "proton_order",
    ),
    "curves": ("[ammonia]", "[output]\ncurves = true\n[ammonia]", "output.curves", "no curves"),
    "an output of voltammograms": ("[ammonia]", '[output]\noutputs = ["peak_potential"]\n[ammonia]', "output", "faradaic"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_operating_points_are_refused_in_one_line(case, tmp_path, capsys):
    old, new, place, hint = BAD[case]
    text = study_text()
    assert old in text
    (tmp_path / "study.toml").write_text(text.replace(old, new), encoding="utf-8")
    code = run_command(["run", str(tmp_path / "study.toml"), "--out", str(tmp_path / "R.zarr")])
    message = capsys.readouterr().err
    assert code == 2
    assert len(message.splitlines()) == 1
    assert place in message
    assert hint in message
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


def test_an_ammonia_study_has_no_curves():
    with pytest.raises(StudyError, match="an ammonia study has no curves"):
        sei.simulate_study(sei.parse_study(study_text()))


def test_validate_says_what_would_be_run(tmp_path, capsys):
    (tmp_path / "study.toml").write_text(study_text(), encoding="utf-8")
    assert run_command(["validate", str(tmp_path / "study.toml")]) == 0
    assert "ammonia: steady model, cell of LiDFOB" in capsys.readouterr().out


OWN = "ammonia = { %s }\n[[film.layer]]"


def with_films(*own, base=""):
    """A study of one film for each table of its own, alike otherwise."""
    text = study_text(current='"100 mA/cm^2"', conductivity='"5.8366e-5 S/m"').replace('design = "grid"', "samples = 1")
    head, _, rest = text.partition("[[film]]")
    film, _, tail = rest.partition("[ammonia]")
    films = [
        film.replace('name = "15 nm of the calibrated film"', f'name = "film {number}"').replace(
            "[[film.layer]]", OWN % table if table else "[[film.layer]]", 1
        )
        for number, table in enumerate(own)
    ]
    return head + "".join(f"[[film]]{one}" for one in films) + "[ammonia]" + tail + base


def test_a_film_has_a_preset_or_quantities_of_its_own():
    """The cells of LiDFOB and LiBF4 differ in their resistance alone: 20.9 and 32.6 ohm cm2."""
    tables = (
        "",
        'calibration = "LiBF4"',
        'cell_resistance = "40 ohm*cm^2"',
        "proton_order = 1.0, ethanol_fraction = 0.005",
    )
    study = sei.parse_study(with_films(*tables))
    found = StudyEvaluator(study).evaluate(0, study.n_candidates)
    np.testing.assert_allclose(found["electrolyte_voltage"], [2.09, 3.26, 4.0, 2.09], rtol=1e-12)
    others = ("film_overpotential", "concentration_overpotential", "faradaic_efficiency")
    for name in others:
        np.testing.assert_allclose(found[name][1:3], found[name][0], rtol=1e-12)
    # (4) of docs/ammonia.md with an order of its own
    film = found["cell_voltage"] - 3.04 - found["electrolyte_voltage"]
    orders, donors = np.array([2.16, 2.16, 2.16, 1.0]), np.array([0.0025, 0.0025, 0.0025, 0.005])
    protons = 19.6 * ((donors + 0.67e-3) / (0.0025 + 0.67e-3)) ** orders * np.sinh(film / 0.674)
    np.testing.assert_allclose(found["faradaic_efficiency_hydrogen"], protons / 1000.0, rtol=1e-6)
    resistances, ethanol = found["param_ammonia_cell_resistance"], found["param_ammonia_ethanol_fraction"]
    np.testing.assert_array_equal(resistances, [np.nan, np.nan, 40e-4, np.nan])
    np.testing.assert_array_equal(ethanol, [0.0025, 0.0025, 0.0025, 0.005])
    listed = 'cell_resistance = { list = ["30 ohm*cm^2", "40 ohm*cm^2"] }'
    varied = sei.parse_study(with_films("", listed).replace("samples = 1", 'design = "grid"'))
    assert [axis.label for axis in varied.space.axes[1]] == ["film[1].ammonia.cell_resistance"]
    assert varied.space.axes[0] == ()


def test_a_table_of_a_film_changes_no_digest_of_a_study_without():
    plain, alike = (sei.parse_study(with_films("", own)) for own in ("", "ethanol_fraction = 0.0025"))
    assert "ammonia" not in plain.model_dump()["films"][0]
    assert "ammonia" in alike.model_dump()["films"][1]
    assert not alike.own_places[1]
