"""The derivative of every loss of a fit against central differences."""

import numpy as np
import pytest

from screening.fitting.engine import Engine
from screening.fitting.fit_problem import parse_fit
from tests.pipeline.fit_files import RATES, curve_targets, filled, fit_text

NUMBERS = {
    "peak_current": 'value = "-15 mA/cm^2"\nstandard_uncertainty = "2 %"\nscan_rate = "100 mV/s"',
    "peak_potential": 'value = "-0.2 V"\nstandard_uncertainty = "2 mV"\nscan_rate = "20 mV/s"',
    "apparent_diffusivity": 'value = "1e-12 m^2/s"\nstandard_uncertainty = "5 %"\nlaw = "berzins_delahay"',
    "limiting_current": 'value = "10 mA/cm^2"\nstandard_uncertainty = "3 %"',
    "area_specific_resistance": 'value = "1 ohm*cm^2"\nstandard_uncertainty = "3 %"',
}
# where the film, the liquid and the kinetics all matter
POINTS = np.array([[0.5, 0.2, 0.7], [0.35, 0.6, 0.6]])
STEP = 1e-4


@pytest.fixture(scope="module")
def losses():
    """Of every target alone, at all points: gradients, and central differences along the same time steps."""
    targets = curve_targets() + "".join(f'[[target]]\nkind = "{kind}"\n{keys}\n' for kind, keys in NUMBERS.items())
    potential = np.linspace(0.1, -0.35, 100)
    curve = {"potential": potential, "current": -80.0 / (1 + np.exp((potential + 0.1) / 0.03))}
    problem = parse_fit(fit_text(targets), data={str(rate): curve for rate in RATES})
    engine = Engine(problem, threads=1)
    plan = engine.plan_of(POINTS)
    nodes = problem.data.time.shape[0]
    parts = [slice(k * nodes, (k + 1) * nodes) for k in range(len(RATES))]
    parts += [slice(place, place + 1) for place in range(len(RATES) * nodes, len(RATES) * nodes + len(NUMBERS))]
    names = [*(f"curve {rate}" for rate in RATES), *NUMBERS]

    def losses_at(unit):
        residual = engine.evaluate(unit, plan).residual
        return np.stack([np.sum(residual[:, part] ** 2, 1) for part in parts])

    def difference(step, direction):
        return (losses_at(POINTS + step * direction) - losses_at(POINTS - step * direction)) / (2 * step)

    found = engine.evaluate(POINTS, plan)
    gradients = np.stack(
        [2 * np.einsum("srp,sr->sp", found.jacobian[:, part], found.residual[:, part]) for part in parts]
    )
    central = np.stack([(4 * difference(STEP, one) - difference(2 * STEP, one)) / 3 for one in np.eye(3)], -1)
    return dict(zip(names, zip(gradients, central, strict=True), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*(f"curve {rate}" for rate in RATES), *NUMBERS])
def test_gradient_of_every_loss_is_that_of_central_differences(losses, name):
    gradient, central = losses[name]
    assert np.abs(central).max() > 0
    scale = np.maximum(np.abs(central), 1e-3 * np.abs(central).max(1, keepdims=True))
    np.testing.assert_array_less(np.abs(gradient - central) / scale, 1e-5)


@pytest.mark.slow
def test_films_of_a_few_nanometres_at_default_numerics():
    """There rounding decides the single modes of the reduction, which scatter by a tenth from one point to the next."""
    between = '{ fit = true, low = "1e-13 m^2/s", high = "3e-12 m^2/s" }'
    text = filled({"J0": '"10 mA/cm^2"', "D1": between, "D2": between}).partition("[numerics]")[0]
    text = text.replace('"500 um"', '"60 um"').replace('["20 mV/s", "100 mV/s"]', '["100 mV/s"]')
    target = 'kind = "peak_current"\nscan_rate = "100 mV/s"\nvalue = "-100 mA/cm^2"\nstandard_uncertainty = "1 mA/cm^2"'
    engine = Engine(parse_fit(f"{text}[numerics]\nsteps = 400\n[fit]\nstarts = 1\n[[target]]\n{target}\n"), threads=1)
    point, step = np.array([[0.5, 0.5]]), 0.005
    plan = engine.plan_of(point)
    difference = [
        (engine.evaluate(point + step * one, plan).residual - engine.evaluate(point - step * one, plan).residual)[0, 0]
        for one in np.eye(2)
    ]
    np.testing.assert_allclose(
        engine.evaluate(point, plan).jacobian[0, 0], np.array(difference) / (2 * step), rtol=1e-4
    )
