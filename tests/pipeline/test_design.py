"""Design by gradients: known optima, constraints, sensitivities, agreement with a screening, and refusals."""

import numpy as np
import pytest

import screening as sei
from screening.bench.ammonia_speed import ammonia_study
from screening.cli.app import run_command
from screening.design.design_space import FilmModel, free_quantities
from screening.errors import StudyError
from screening.model.draws import draw_candidates
from screening.model.study_evaluator import StudyEvaluator

TEXT = """
[sampling]
samples = 2
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "61.27 um"
[[film]]
name = "two layers"
[[film.layer]]
name = "poor"
closure = "ohmic"
thickness = {poor}
conductivity = "1e-5 S/m"
[[film.layer]]
name = "good"
closure = "ohmic"
thickness = {good}
conductivity = "1e-3 S/m"
[[film]]
name = "another phase"
[[film.layer]]
phase = "LiH"
closure = "ohmic"
thickness = "5 nm"
conductivity = "1e-6 S/m"
[[film]]
name = "bare"
[ammonia]
model = "steady"
calibration = "LiDFOB"
current = "100 mA/cm^2"
on_time = "2 s"
off_time = "30 s"
ethanol_fraction = {ethanol}
nitrogen_pressure = "1 bar"
"""
RANGE = '{ distribution = "uniform", low = "3 nm", high = "40 nm" }'
ETHANOL = '{ distribution = "uniform", low = 0.0, high = 0.006 }'
STUDY = TEXT.format(poor=RANGE, good=RANGE, ethanol=ETHANOL)


@pytest.fixture(scope="module")
def designs():
    found = sei.optimise(
        sei.parse_study(STUDY),
        maximise="energy_efficiency",
        smallest_thickness="20 nm",
        phases=["poor", "good"],
        starts=4,
    )
    return {one.film: one for one in found}


def test_the_thickness_that_must_be_goes_into_the_good_layer(designs):
    best = designs["two layers"]
    rows = {row.name: row for row in best.sensitivity}
    assert best.kept
    assert rows["layer1_thickness"].value == pytest.approx(3e-9, rel=1e-6)
    assert rows["layer1_thickness"].at_bound == "low"
    assert rows["layer2_thickness"].value == pytest.approx(17e-9, rel=1e-4)
    assert rows["layer2_thickness"].at_bound == ""
    assert best.outputs["total_thickness"] == pytest.approx(20e-9, rel=1e-4)


@pytest.mark.slow
def test_optimal_ethanol_is_that_of_a_fine_grid(designs):
    best = designs["two layers"]
    grid = '{ distribution = "uniform", low = 0.0, high = 0.006, points = 601 }'
    text = TEXT.format(poor='"3 nm"', good='"17 nm"', ethanol=grid).replace("samples = 2", 'design = "grid"')
    text = text[: text.index('[[film]]\nname = "another')] + text[text.index("[ammonia]") :]
    found = StudyEvaluator(sei.parse_study(text)).evaluate(0, 601)
    place = int(np.nanargmax(found["energy_efficiency"]))
    assert best.objective == pytest.approx(found["energy_efficiency"][place], rel=1e-5)
    ethanol = next(row for row in best.sensitivity if row.name == "ammonia_ethanol_fraction")
    assert ethanol.value == pytest.approx(found["param_ammonia_ethanol_fraction"][place], abs=2e-5)
    # an interior optimum: no slope, and any way off it is down
    assert abs(ethanol.slope) < 1e-4
    assert ethanol.change_down < 0
    assert ethanol.change_up < 0


def test_only_allowed_films_are_designed(designs):
    assert set(designs) == {"two layers"}


@pytest.mark.slow
def test_a_design_sees_what_a_screening_sees():
    """Film 0 of the packaged study has every kind of law: shared parameters, barriers, a scale that follows the thickness."""
    study = ammonia_study("steady", 8)
    screened = StudyEvaluator(study).evaluate(0, 8)
    free = free_quantities(study, 0)
    names_of_outputs = (
        "faradaic_efficiency",
        "cell_voltage",
        "limiting_current_density",
        "desolvation_overpotential",
        "total_thickness",
    )
    model = FilmModel(study, 0, free, names_of_outputs)
    names = {f"param_{name}" for name in free.names} | {f"param_shared_{name}" for name in free.names}
    assert len(names & set(screened)) == len(free)
    for row in np.flatnonzero(screened["film"] == 0):
        values = [screened.get(f"param_{name}", screened.get(f"param_shared_{name}"))[row] for name in free.names]
        found = model(free.to_units(np.array([values]))[0]).values
        for name, value in zip(names_of_outputs[:-1], found, strict=False):
            assert value == pytest.approx(screened[name][row], rel=1e-9), name
        batch = draw_candidates(study, row, row + 1)
        thickness = batch.stack.thickness[0]
        assert found[-1] == pytest.approx(thickness[thickness > 1e-11].sum(), rel=1e-12)


@pytest.mark.slow
def test_rate_within_a_limit_on_the_energy(capsys):
    """The pulsed model, all knobs free: the limit is kept and every start that ends well is no better than the best."""
    arguments = [
        "optimise",
        "ammonia_screen",
        "--maximise",
        "mean_ammonia_rate",
        "--limit",
        "energy_efficiency >= 0.25",
    ]
    more = [
        "--largest-thickness",
        "20 nm",
        "--phases",
        "LiF, Li2CO3, Li3N",
        "--least-desolvation",
        "0.45 eV",
        "--starts",
        "3",
    ]
    assert run_command([*arguments, *more]) == 0
    out = capsys.readouterr().out
    print(out)
    assert "film LiDFOB" in out
    assert "LiBF4" not in out
    assert "A LIMIT IS BROKEN" not in out


@pytest.mark.slow
def test_design_on_the_command_line_and_a_limit_that_cannot_be_kept(tmp_path, capsys):
    file = tmp_path / "study.toml"
    text = TEXT.format(poor='"3 nm"', good=RANGE, ethanol="0.0025")
    file.write_text(text[: text.index('[[film]]\nname = "another')] + text[text.index("[ammonia]") :], encoding="utf-8")
    arguments = ["optimise", str(file), "--minimise", "cell_voltage", "--starts", "2"]
    assert run_command([*arguments, "--limit", "total_ammonia <= 3"]) == 2
    assert "unknown output" in capsys.readouterr().err
    assert run_command([*arguments, "--limit", "faradaic_efficiency >= 1.5"]) == 1
    out = capsys.readouterr().out
    assert "A LIMIT IS BROKEN" in out
    assert "layer2_thickness" in out
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


BAD = {
    "no objective": ({}, "neither"),
    "two objectives": ({"maximise": "cell_voltage", "minimise": "cell_voltage"}, "both"),
    "unknown output": ({"maximise": "faradic_efficiency"}, "faradaic_efficiency"),
    "a code as objective": ({"maximise": "limiting_cause"}, "output"),
    "drift of the steady model": ({"minimise": "lithium_drift"}, "output"),
    "limit on an unknown output": ({"minimise": "cell_voltage", "limits": ["total_ammonia <= 3"]}, "unknown output"),
    "limit that cannot be read": ({"minimise": "cell_voltage", "limits": ["5 V"]}, "cannot be read as a limit"),
    "limit of another dimension": ({"minimise": "cell_voltage", "limits": ["cell_voltage <= 5 A"]}, "dimension"),
    "thickness without unit": ({"minimise": "cell_voltage", "largest_thickness": "20"}, "no unit"),
    "unknown phase": ({"minimise": "cell_voltage", "phases": ["LiX"]}, "unknown phase"),
    "no film left": ({"minimise": "cell_voltage", "least_desolvation": "0.4 eV"}, "no film is allowed"),
    "only fixed values": ({"minimise": "cell_voltage", "phases": ["LiH"]}, "nothing to design"),
    "no starts": ({"minimise": "cell_voltage", "starts": 0}, "number of starts"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_designs_are_refused(case):
    options, hint = BAD[case]
    text = STUDY.replace(ETHANOL, "0.0025")
    with pytest.raises(StudyError) as caught:
        sei.optimise(sei.parse_study(text), **options)
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_lists_foreign_outputs_and_cut_offs_are_refused():
    text = STUDY.replace(RANGE, '{ list = ["3 nm", "5 nm"] }')
    with pytest.raises(StudyError, match="a list has nothing between its values"):
        sei.optimise(sei.parse_study(text), maximise="energy_efficiency", phases=["poor", "good"])
    with pytest.raises(
        StudyError, match=r"unknown output: got .energy_efficiency., expected one of limiting_current_density"
    ):
        sei.optimise("quick", maximise="energy_efficiency")
    with pytest.raises(StudyError, match="where a cut-off ends a segment"):
        sei.optimise(sei.parse_study(VOLTAMMETRY.partition("[protocol]")[0] + CUT_OFF), maximise="final_potential")


VOLTAMMETRY = """
[sampling]
samples = 2
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "60 um"
[electrode]
kind = "metal"
exchange_current_density = "10 mA/cm^2"
[[film]]
name = "one"
[[film.layer]]
phase = "LiF"
closure = "fickian"
thickness = "5 nm"
migration_energy = { distribution = "uniform", low = "0.3 eV", high = "0.6 eV" }
[protocol]
kind = "cv"
start_potential = "0.3 V"
vertex_potential = "-0.5 V"
scan_rates = RATES
"""


CUT_OFF = """[protocol]
kind = "hold"
current = "-1 mA/cm^2"
duration = "1 s"
lower_cutoff = "-1 V"
"""


def test_a_voltammetry_study_is_designed_through_its_film():
    """The barrier that lets 50 mA/cm2 through, F c / j = L / D + (1 - t+) delta / D0, D = g a^2 nu exp(-E / kT)."""
    study = sei.parse_study(VOLTAMMETRY.replace("RATES", '["100 mV/s"]'))
    best = sei.optimise(
        study, maximise="film_area_specific_resistance", limits=["limiting_current_density >= 50 mA/cm^2"], starts=2
    )[0]
    film = 96485.33212 * 2000.0 / 500.0 - 0.6 * 60e-6 / 2e-10
    thermal = 1.380649e-23 * 298.15
    barrier = thermal * np.log(0.285e-9**2 * 1e13 * film / 5e-9)
    assert best.kept
    assert best.sensitivity[0].value == pytest.approx(barrier, rel=2e-3)  # 0.285 nm: the table's jump distance, rounded


@pytest.mark.slow
def test_a_peak_is_designed_along_its_voltammogram():
    """The largest cathodic peak of a film whose barrier is free has the lowest barrier; a limit at one scan rate holds it."""
    study = sei.parse_study(VOLTAMMETRY.replace("RATES", '["100 mV/s", "400 mV/s"]'))
    label = "peak_current_density[scan_rate=100 mV/s]"
    best = sei.optimise(
        study, minimise="peak_current_density[scan_rate=400 mV/s]", limits=[f"{label} >= -20 mA/cm^2"], starts=2
    )[0]
    assert best.kept
    assert best.outputs[label] == pytest.approx(-200.0, rel=1e-3)
    with pytest.raises(StudyError, match="output of several scan rates"):
        sei.optimise(study, minimise="peak_current_density")
