"""The derivative of every loss of a fit against central differences."""

import numpy as np
import pytest

from screening.fitting.engine import Engine
from screening.fitting.problem import parse_fit
from tests.pipeline.fit_files import RATES, curve_targets, fit_text

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
