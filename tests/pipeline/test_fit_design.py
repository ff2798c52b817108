"""Planning: what each scan rate says about the quantities, and the D-optimal choice of scan rates."""

import numpy as np
import pytest

import screening as sei
from screening.cli.app import run_command
from screening.fitting.experiment_design import Design, design_of, joint_design
from screening.fitting.fit_problem import parse_fit
from tests.pipeline.fit_files import TRUTH, filled

THICKNESS = '{ fit = true, low = "1 nm", high = "50 nm" }'


def design(information):
    count = len(information)
    labels = tuple(f"{place} V/s" for place in range(1, count + 1))
    return Design(("a", "b"), labels, np.arange(1.0, count + 1), np.array(information, float), np.ones(2))


def test_the_d_optimal_choice_takes_experiments_that_complement_each_other():
    planned = design([np.diag([100.0, 0.0]), np.diag([0.0, 1.0]), np.diag([5.0, 0.1])])
    assert set(planned.best(2)) == {0, 1}
    assert planned.standard_uncertainty([0, 1]) == pytest.approx({"a": 0.1, "b": 1.0}, rel=1e-4)
    assert planned.standard_uncertainty([0])["b"] > 100


def test_the_separating_run_is_the_one_that_breaks_the_correlation():
    blind = 100 * np.array([[1.0, -1.0], [-1.0, 1.0]])
    planned = design([blind, np.eye(2)])
    assert planned.separating("a", "b") == 1
    with pytest.raises(sei.StudyError, match='unknown free quantity: got "c"'):
        planned.separating("a", "c")
    with pytest.raises(sei.StudyError, match="number of voltammograms: got 0"):
        planned.best(0)


def test_experiments_of_two_protocols_compete():
    """Neither protocol alone tells the quantities apart; one voltammogram of each does."""
    warm, cold = design([100 * np.diag([1.0, 0.0])] * 2), design([np.diag([0.0, 4.0])])
    both = joint_design({"25 degC": warm, "0 degC": cold})
    assert both.experiments == ("25 degC at 1 V/s", "25 degC at 2 V/s", "0 degC at 1 V/s")
    assert both.best(2)[1] == 2
    assert both.standard_uncertainty(both.best(2)) == pytest.approx({"a": 0.1, "b": 0.5}, rel=1e-4)
    assert both.scan_rates.tolist() == [1.0, 2.0, 1.0]


def test_designs_about_other_quantities_are_refused():
    one = design([np.eye(2)])
    other = Design(("a", "c"), ("1 V/s",), np.ones(1), np.eye(2)[None], np.ones(2))
    with pytest.raises(sei.StudyError, match="joint design: got a, c in second, a, b in first"):
        joint_design({"first": one, "second": other})
    with pytest.raises(sei.StudyError, match="joint design: got no design"):
        joint_design({})


def test_the_command_refuses_what_it_cannot_plan(tmp_path, capsys):
    file = tmp_path / "FIT.toml"
    file.write_text(text())
    assert run_command(["plan", str(file), "--at", "layer2_thickness=5 nm"]) == 2
    assert "layer2_diffusivity: design: expected a value" in capsys.readouterr().err
    assert run_command(["plan", str(file), "--at", "layer2_thickness"]) == 2
    assert '--at: place of the plan: got "layer2_thickness", expected NAME=VALUE' in capsys.readouterr().err
    assert run_command(["plan", str(file), "--at", "thickness=5 nm"]) == 2
    assert "unknown free quantity" in capsys.readouterr().err


def test_a_value_outside_its_bounds():
    problem = parse_fit(text(), data=None)
    with pytest.raises(sei.StudyError, match="layer2_diffusivity: design: expected a value from"):
        design_of(problem, {"layer2_thickness": 5e-9})


@pytest.mark.slow
def test_the_information_foretells_that_thickness_and_diffusivity_are_one_quantity():
    problem = parse_fit(text(), data=None)
    planned = design_of(problem, {"layer2_thickness": 5e-9, "layer2_diffusivity": TRUTH["layer2_diffusivity"]})
    assert planned.information.shape == (2, 2, 2)
    values = np.linalg.eigvalsh(planned.information.sum(0))
    assert values[1] > 1e4 * values[0]
    # the ratio follows from either scan rate, both apart from none
    assert min(planned.standard_uncertainty([0, 1]).values()) > 0.1
    assert planned.best(2)[0] in (0, 1)
    assert planned.experiments == ("20 mV/s", "100 mV/s")


@pytest.mark.slow
def test_the_command_prints_the_choice(tmp_path, capsys):
    file = tmp_path / "FIT.toml"
    file.write_text(text())
    given = ["--at", "layer2_thickness=5 nm", "--at", "layer2_diffusivity=5e-15 m^2/s"]
    assert run_command(["plan", str(file), *given, "--count", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "20 mV/s" in lines[1]
    assert "100 mV/s" in lines[2]
    assert any(line.startswith("best 2: ") for line in lines)
    assert any("layer2_thickness and layer2_diffusivity: best told apart by" in line for line in lines)


def text():
    target = '[[target]]\nkind = "limiting_current"\nvalue = "1 mA/cm^2"\nstandard_uncertainty = "5 %"\n'
    free = {
        "D1": '"5e-12 m^2/s"',
        "J0": '"12 mA/cm^2"',
        "D2": '{ fit = true, low = "1e-16 m^2/s", high = "1e-13 m^2/s" }',
    }
    study = filled(free).replace('phase = "Li2CO3"\nthickness = "5 nm"', f'phase = "Li2CO3"\nthickness = {THICKNESS}')
    return study + target
