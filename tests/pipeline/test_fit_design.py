"""Planning: what each scan rate says about the quantities, and the D-optimal choice of scan rates."""

import numpy as np
import pytest

import screening as sei
from screening.fitting.design import Design, design_of
from screening.fitting.problem import parse_fit
from tests.pipeline.fit_files import TRUTH, filled

THICKNESS = '{ fit = true, low = "1 nm", high = "50 nm" }'


def design(information):
    count = len(information)
    return Design(("a", "b"), np.arange(1.0, count + 1), np.array(information, float), np.ones(2))


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


def text():
    target = '[[target]]\nkind = "limiting_current"\nvalue = "1 mA/cm^2"\nstandard_uncertainty = "5 %"\n'
    free = {
        "D1": '"5e-12 m^2/s"',
        "J0": '"12 mA/cm^2"',
        "D2": '{ fit = true, low = "1e-16 m^2/s", high = "1e-13 m^2/s" }',
    }
    study = filled(free).replace('phase = "Li2CO3"\nthickness = "5 nm"', f'phase = "Li2CO3"\nthickness = {THICKNESS}')
    return study + target
