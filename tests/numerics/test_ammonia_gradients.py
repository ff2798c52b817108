"""Local gradients of pulsed-ammonia studies against central differences of the run itself."""

import numpy as np
import pytest

import screening as sei
from screening.model.study_evaluator import StudyEvaluator
from screening.sensitivities.gradients import study_gradients
from screening.sensitivities.sensitivity_table import describe_sensitivity
from tests.numerics.test_local_gradients import middle
from tests.pipeline.batches import changed
from tests.pipeline.test_ammonia_study import study_text

pytestmark = pytest.mark.slow

SPREAD = '{{ distribution = "log_uniform", low = "{}", high = "{}" }}'
# A second film that hinders lithium more: its cell is periodic, that of the first piles up Li3N.
SECOND = """
[[film]]
name = "a hundredth of the conductivity"
[[film.layer]]
name = "film"
closure = "ohmic"
thickness = "15 nm"
conductivity = { distribution = "log_uniform", low = "4e-7 S/m", high = "16e-7 S/m" }
[ammonia]"""
# column of the study -> key of the table [ammonia]; the conductivity is that of the layer
INPUTS = {
    "param_ammonia_current": "current",
    "param_ammonia_on_time": "on_time",
    "param_ammonia_ethanol_fraction": "ethanol_fraction",
    "param_layer1_conductivity": None,
}
# Larger steps of a quantity see the inventory of a time step pass zero, where the run has a slight kink.
STEP = 1e-5


@pytest.fixture(scope="module")
def study():
    text = study_text(
        model="pulsed",
        current=SPREAD.format("80 mA/cm^2", "125 mA/cm^2"),
        conductivity=SPREAD.format("3e-5 S/m", "12e-5 S/m"),
        ethanol='{ distribution = "uniform", low = 0.0008, high = 0.0012 }',
    )
    for old, new in (
        ('on_time = "2 s"', f"on_time = {SPREAD.format('1 s', '4 s')}"),
        ('design = "grid"', "samples = 2"),
        ("\n[ammonia]", SECOND),
    ):
        assert old in text
        text = text.replace(old, new)
    return sei.parse_study(text)


@pytest.fixture(scope="module")
def gradients(study):
    return study_gradients(study)


def shifted(batch, key, factor):
    if key is not None:
        return changed(batch, lambda arrays: arrays.given[key], lambda values: values * factor)
    return changed(batch, lambda arrays: arrays.stack.resistivity, lambda values: values / factor)


def test_gradients_of_a_pulsed_study_are_those_of_central_differences(study, gradients):
    evaluator, worst = StudyEvaluator(study), {}
    assert gradients.status.values.tolist() == [1, 1]
    for film, periodic in enumerate((0, 1)):
        batch, found = middle(study, film)[0], gradients.isel(film=film)
        assert evaluator.evaluate_batch(batch)["periodic"][0] == periodic
        assert sorted(found.input.values.tolist()) == sorted(INPUTS)
        for given, key in INPUTS.items():
            ahead, behind = (evaluator.evaluate_batch(shifted(batch, key, 1 + sign * STEP)) for sign in (1, -1))
            for label in found.output.values.tolist():
                expected = (float(ahead[label][0]) - float(behind[label][0])) / (2 * STEP)
                one = found.sel(input=given, output=label)
                exact, size = float(one.derivative * one.input_value), abs(float(one.output_value))
                # below: what the closure of a cycle, 1e-11 of its lithium, makes of a difference
                least = max(1e-6 * size, 1e-9 if one.output_unit == "1" else 0.0)
                worst[film, given, label] = abs(exact - expected) / max(abs(expected), least, 1e-15)
    assert len(worst) == 2 * len(INPUTS) * gradients.sizes["output"]
    bad = {key: value for key, value in worst.items() if not value < 1e-4}
    assert not bad, sorted(bad.items(), key=lambda item: -item[1])[:8]


def test_shares_of_the_charge_stay_shares(gradients):
    """They add up to one whatever changes, the drift of a growing inventory included."""
    shares = gradients.output.str.startswith("faradaic_efficiency").values
    derivatives = gradients.derivative.values[:, :, shares] * gradients.input_value.values[:, :, None]
    assert shares.sum() == 5
    assert np.abs(derivatives).max() > 0.1
    np.testing.assert_allclose(derivatives.sum(axis=2), 0.0, atol=1e-9)


def test_nothing_has_no_elasticity_and_the_rest_is_described(gradients):
    """The nitride of a periodic cell is rounding about zero."""
    one = gradients.sel(film="a hundredth of the conductivity", output="faradaic_efficiency_lithium_nitride")
    assert abs(float(one.output_value)) < 1e-12
    assert np.isnan(one.elasticity.values).all()
    assert "ammonia_current" in "\n".join(describe_sensitivity(gradients))
