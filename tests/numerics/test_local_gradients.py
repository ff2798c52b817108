"""Local gradients of a study: exact cases, central differences along the same steps, and runs that choose their own."""

import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import screening as sei
from kernels.experiment import Numerics, build_cell
from kernels.march import StepControl, replay
from screening.model.derivatives import candidates_at
from screening.model.discretisation import numerics_of
from screening.model.draws import draw_candidates, draw_from
from screening.model.study_evaluator import StudyEvaluator
from screening.model.tangents import Point, accepted_rows, march
from screening.model.voltammetry import lanes_of, make_observer
from screening.sensitivities.gradients import study_gradients
from screening.sensitivities.sensitivity_table import describe_sensitivity
from screening.sensitivities.study_sensitivity import DesignedSpace, axis_names, study_sensitivity
from tests.pipeline.batches import changed
from tests.pipeline.test_ammonia_study import study_text

LAYER = """
[electrolyte]
concentration = {{ distribution = "uniform", low = "1 mol/L", high = "3 mol/L" }}
diffusivity = "2e-10 m^2/s"
transference_number = {{ distribution = "uniform", low = 0.2, high = 0.6 }}
diffusion_layer_thickness = {{ distribution = "log_uniform", low = "10 um", high = "200 um" }}
[electrode]
kind = "metal"
exchange_current_density = {{ distribution = "log_uniform", low = "1 mA/cm^2", high = "20 mA/cm^2" }}
[sampling]
samples = 4
seed = 1
[[film]]
name = "one layer"
[[film.layer]]
name = "film"
thickness = {{ distribution = "uniform", low = "10 nm", high = "30 nm" }}
diffusivity = {{ distribution = "log_uniform", low = "1e-14 m^2/s", high = "1e-13 m^2/s" }}
partition_coefficient = {partition}
[[film]]
name = "bare"
[numerics]
steps = 120
cells_per_layer = 8
electrolyte_cells = 24
reduced_order = 24
[protocol]
kind = "cv"
start_potential = "0.2 V"
vertex_potential = {vertex}
scan_rates = ["20 mV/s", {rate}]
"""
FILM_OUTPUTS = ["limiting_current_density", "film_area_specific_resistance"]
FREE_PROTOCOL = {
    "partition": "0.5",
    "vertex": '{ distribution = "uniform", low = "-0.5 V", high = "-0.3 V" }',
    "rate": '{ distribution = "log_uniform", low = "50 mV/s", high = "200 mV/s" }',
}


def one_layer(**changes):
    return sei.parse_study(LAYER.format(**({"partition": "0.5", "vertex": '"-0.4 V"', "rate": '"0.1 V/s"'} | changes)))


def test_steady_outputs_of_one_layer_are_exact():
    """I = F c / (L / (D K) + delta / D_l) / (1 - t) and R = R T (1 - t) L / (D K F^2 c), differentiated on paper."""
    found = study_gradients(one_layer(), outputs=FILM_OUTPUTS).sel(film="one layer")
    short = {name.split("_", 2)[-1]: name for name in found.input.values.tolist()}
    elasticity = {key: found.elasticity.sel(input=name).values for key, name in short.items()}
    value = {key: float(found.input_value.sel(input=name)) for key, name in short.items()}
    # the transference number of the film is fixed, so only the liquid follows that of the liquid
    film = 2 * value["thickness"] / value["diffusivity"]
    share = film / (film + (1 - value["transference_number"]) * value["diffusion_layer_thickness"] / 2e-10)
    np.testing.assert_allclose(elasticity["thickness"], [-share, 1.0], rtol=1e-12)
    np.testing.assert_allclose(elasticity["diffusivity"], [share, -1.0], rtol=1e-12)
    np.testing.assert_allclose(elasticity["diffusion_layer_thickness"], [share - 1, 0.0], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(elasticity["concentration"], [1.0, -1.0], rtol=1e-12)
    t = value["transference_number"]
    np.testing.assert_allclose(elasticity["transference_number"], [(1 - share) * t / (1 - t), 0.0], rtol=1e-12)
    np.testing.assert_allclose(elasticity["exchange_current_density"], 0.0, atol=1e-15)
    slopes = np.array([-share, 1.0]) * found.output_value.values / value["thickness"]
    np.testing.assert_allclose(found.derivative.sel(input=short["thickness"]), slopes, rtol=1e-12)


def test_film_alone_decides_where_the_liquid_is_thin():
    study = one_layer()
    text = study.text.replace('low = "10 um", high = "200 um"', 'low = "1e-15 m", high = "2e-15 m"')
    found = study_gradients(sei.parse_study(text), outputs=FILM_OUTPUTS[:1]).sel(film="one layer").isel(output=0)
    elasticity = dict(zip(found.input.values.tolist(), found.elasticity.values.tolist(), strict=True))
    assert elasticity["param_layer1_thickness"] == pytest.approx(-1.0, abs=1e-9)
    assert elasticity["param_layer1_diffusivity"] == pytest.approx(1.0, abs=1e-9)


def middle(study, film, shift=None):
    """The candidate at the middle of a film's space, or beside it."""
    names = axis_names(study)[film]
    counts = tuple(int(number == film) for number in range(study.n_films))
    points = np.full((len(names), 1), 0.5)
    batch = draw_from(study, DesignedSpace(study.space.sampling, study.space.axes, counts, points), 0, 1)
    return batch, np.array([batch.inputs[name][0] for name in names])


@pytest.fixture(scope="module")
def swept():
    """Gradients of a voltammogram, and central differences along the same steps, in units of the inputs."""
    study = one_layer(**FREE_PROTOCOL)
    found = study_gradients(study, candidate=0)
    assert int(found.status[0]) == 1
    values = found.input_value.values[0]

    def whole(change):
        sample, drive, rates = candidates_at(study, [0], [values], change)
        return Point(sample, lanes_of(drive), rates)

    asked = numerics_of(study)
    numerics = Numerics(asked.mesh, 0, StepControl(asked.control.tolerance, root_tolerance=1e-12))
    observe = make_observer(study)
    here = whole(jnp.zeros(len(values)))
    plan, _ = jax.device_get(jax.jit(partial(march, numerics, False))(here))
    plan = accepted_rows(plan)

    @jax.jit
    def compiled(change):
        point = whole(change)
        cell = build_cell(point.sample, point.drive, numerics, False)
        return observe(*point, replay(cell, point.drive, numerics.control, plan)[0])

    def difference(step, direction):
        ahead, behind = compiled(step * direction), compiled(-step * direction)
        return {
            name: (np.asarray(ahead[name][0], float) - np.asarray(behind[name][0], float)) / (2 * step)
            for name in ahead
        }

    central = []
    for direction in jnp.eye(len(values)):
        small, large = difference(2e-4, direction), difference(4e-4, direction)
        central.append({name: (4 * small[name] - large[name]) / 3 for name in small})
    return study, found, central


@pytest.mark.slow
def test_gradients_are_those_of_central_differences(swept):
    _, found, central = swept
    assert found.sizes["input"] == 8
    worst = {}
    for column, label in enumerate(found.output.values.tolist()):
        name, _, rate = label.partition("[")
        run = None if not rate else int("run 1" in rate)
        largest = max(abs(float(one[name] if run is None else one[name][run])) for one in central)
        for row, given in enumerate(found.input.values.tolist()):
            # a peak does not see what follows it, and differences see it hop from step to step
            if given.endswith("vertex_potential") and not re.match(
                "anodic_charge|cathodic_charge|coulombic|film", name
            ):
                continue
            expected = float(central[row][name] if run is None else central[row][name][run])
            exact = float(found.derivative[0, row, column] * abs(found.input_value[0, row]))
            # of a quantity that hardly counts for this output, in units of the largest
            worst[given, label] = abs(exact - expected) / max(abs(expected), 1e-3 * largest, 1e-20)
    assert len(worst) > 140
    bad = {key: value for key, value in worst.items() if not value < 1e-5}
    assert not bad, sorted(bad.items(), key=lambda item: -item[1])[:8]


@pytest.mark.slow
def test_potentials_have_derivatives_but_no_elasticities(swept):
    _, found, _ = swept
    conventional = (found.input_unit == "V") | (found.output_unit == "V")
    one = found.isel(film=0)
    assert np.isnan(one.elasticity.values[conventional.values]).all()
    assert np.isfinite(one.derivative.values).all()
    known = one.elasticity.where(~conventional)
    ratio = one.derivative * one.input_value / one.output_value
    np.testing.assert_allclose(known.values[~conventional.values], ratio.values[~conventional.values], rtol=1e-12)
    assert np.isnan(found.isel(film=1).derivative.values).all()


@pytest.mark.slow
def test_gradients_are_of_the_outputs_that_runs_give():
    """Full and reduced order differ by the error of their time steps, so they meet where the steps are fine."""
    text = one_layer(**FREE_PROTOCOL).text.replace("steps = 120", "steps = 480\ntolerance = 1e-4")
    study = sei.parse_study(text)
    names = ["peak_current_density", "scan_rate_exponent"]
    found = study_gradients(study, candidate=0, outputs=names).isel(film=0).output_value.values
    plain = StudyEvaluator(study).evaluate_batch(draw_candidates(study, 0, 1))
    np.testing.assert_allclose(found, [*plain["peak_current_density"][0], *plain["scan_rate_exponent"]], rtol=1e-5)


@pytest.mark.slow
def test_gradients_are_those_of_runs_that_choose_their_steps(swept):
    study, found, _ = swept
    evaluator = StudyEvaluator(study)
    batch = draw_candidates(study, 0, 1)
    place = found.input.values.tolist().index("param_layer1_diffusivity")

    def diffusivity(arrays):
        return arrays.sample.stack.diffusivity

    for name in ("peak_current_density", "half_peak_potential", "cathodic_charge_density"):
        ahead, behind = (
            evaluator.evaluate_batch(changed(batch, diffusivity, lambda values, by=by: values * by))[name][0]
            for by in (1.02, 0.98)
        )
        expected = (ahead - behind) / 0.04
        columns = [at for at, label in enumerate(found.output.values.tolist()) if label.partition("[")[0] == name]
        exact = found.derivative.values[0, place, columns] * float(found.input_value[0, place])
        np.testing.assert_allclose(exact, expected, rtol=5e-3)


@pytest.mark.slow
def test_a_stripping_peak_is_a_corner_without_gradient():
    study = one_layer(vertex='"-0.15 V"')
    study = sei.parse_study(study.text.replace('start_potential = "0.2 V"', 'start_potential = "0.6 V"'))
    found = study_gradients(study, outputs=["anodic_peak_current_density", "anodic_charge_density"]).sel(
        film="one layer"
    )
    peaks = found.output.str.startswith("anodic_peak").values
    assert (found.output_value.values[peaks] > 0).all()
    assert np.isnan(found.derivative.values[:, peaks]).all()
    assert np.isfinite(found.derivative.values[:, ~peaks]).all()
    assert "corner" in "\n".join(describe_sensitivity(found.expand_dims("film")))


@pytest.mark.slow
def test_gradients_of_an_ammonia_study_are_those_of_central_differences():
    text = study_text(
        current='{ distribution = "log_uniform", low = "5 mA/cm^2", high = "50 mA/cm^2" }',
        conductivity='{ distribution = "log_uniform", low = "1e-6 S/m", high = "1e-5 S/m" }',
    ).replace('design = "grid"', "samples = 2")
    study = sei.parse_study(text)
    found = study_gradients(study).isel(film=0)
    evaluator, batch = StudyEvaluator(study), middle(study, 0)[0]

    def shifted(name, factor):
        if name == "current":
            return changed(batch, lambda arrays: arrays.given["current"], lambda values: values * factor)
        return changed(batch, lambda arrays: arrays.stack.resistivity, lambda values: values / factor)

    for given, key in (("param_ammonia_current", "current"), ("param_layer1_conductivity", "conductivity")):
        ahead, behind = (evaluator.evaluate_batch(shifted(key, 1 + sign * 1e-4)) for sign in (1, -1))
        for label in found.output.values.tolist():
            expected = float(ahead[label][0] - behind[label][0]) / 2e-4
            one = found.sel(input=given, output=label)
            exact = float(one.derivative * one.input_value)
            least = max(1e-7 * abs(float(one.output_value)), 1e-12)
            assert exact == pytest.approx(expected, rel=1e-5, abs=least), (given, label)
    indices = study_sensitivity(study, samples=8, outputs=["cell_voltage"], threads=1)
    assert np.isfinite(indices.total_order.values).all()
