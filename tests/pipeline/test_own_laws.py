"""Registered laws: a diffusivity of a composition, a rate law, and what is refused."""

import jax.numpy as jnp
import numpy as np
import pytest

import screening as sei
from screening.config.own_laws import LAYER_LAWS, RATE_LAWS

SWEEP = sei.LSV("0.1 V", "-0.3 V", "20 mV/s")


@sei.register_law
def fluoride_diffusivity(fluoride, temperature, thickness):
    return 10 ** (-14 - 2 * fluoride) * (temperature / 298.15) * (thickness / 5e-9)


@sei.register_rate_law
def plain_butler_volmer(x, transfer_coefficient):
    return jnp.logaddexp((1 - transfer_coefficient) * x, -transfer_coefficient * x)


def layer(thickness="5 nm", **arguments):
    return sei.Layer(None, thickness, {"law": "fluoride_diffusivity", **arguments}, name="mixed")


def test_a_registered_law_gives_the_curve_of_its_value():
    curves = [
        sei.simulate(film, SWEEP, electrode=sei.Metal("10 mA/cm^2", kinetics=law), steps=40)
        for film, law in (
            ([layer(fluoride=0.5)], "plain_butler_volmer"),
            ([sei.Layer(None, "5 nm", "1e-15 m^2/s", name="mixed")], "butler_volmer"),
        )
    ]
    np.testing.assert_allclose(*(one.current_density for one in curves), rtol=1e-6)


def test_its_arguments_are_inputs_as_any_other(tmp_path):
    film = sei.Stack([layer(sei.Uniform("2 nm", "9 nm"), fluoride=sei.Uniform(0.0, 1.0))])
    study = sei.make_study(film, SWEEP, samples=4, outputs=["limiting_current_density"])
    assert sei.parse_study(study.text).digest == study.digest
    sei.run_study(study, tmp_path / "R.zarr", progress=False)
    results = sei.open_results(tmp_path / "R.zarr").load()
    expected = 10 ** (-14 - 2 * results.param_layer1_fluoride) * results.param_layer1_thickness / 5e-9
    np.testing.assert_allclose(results.layer1_effective_diffusivity, expected, rtol=1e-12)
    # j = F c / (L / D + 0.6 delta / D_liquid), so dj/df = -j^2 / (F c) * (L / D) * 2 ln 10 with L / D as it stands
    slope = sei.gradients(study, candidate=0).derivative.sel(input="param_layer1_fluoride").item()
    current, share = results.limiting_current_density[0].item(), results.param_layer1_fluoride[0].item()
    resistance = 5e-9 / 10 ** (-14 - 2 * share)
    assert slope == pytest.approx(-(current**2) / (96485.33212 * 2000) * resistance * 2 * np.log(10), rel=1e-9)


BAD = {
    "unknown": (lambda: sei.Layer(None, "5 nm", {"law": "fluoride_diffusivty"}, name="m"), "did you mean"),
    "no value": (lambda: layer(), "Layer.diffusivity.fluoride: argument of a law without a value"),
    "given twice": (lambda: layer(fluoride=0.1, temperature=3.0), "argument that the layer has already"),
    "unknown argument": (lambda: layer(fluorine=0.1), 'did you mean "fluoride"'),
    "not here": (lambda: sei.Layer(None, {"law": "fluoride_diffusivity"}, "1e-14 m^2/s", name="m"), "Layer.thickness"),
    "unknown rate law": (lambda: sei.Metal(kinetics="butler_wolmer"), 'did you mean "butler_volmer"'),
    "argument of no electrode": (lambda: sei.register_rate_law(lambda_law), "argument of a rate law"),
    "another of that name": (lambda: sei.register_law(another("fluoride_diffusivity")), "registered already"),
}


def lambda_law(x, viscosity):
    return x * viscosity


def another(name):
    def law(fluoride):
        return fluoride

    law.__name__ = name
    return law


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_used_is_refused_in_one_line(name):
    before = dict(LAYER_LAWS), dict(RATE_LAWS)
    call, message = BAD[name]
    with pytest.raises(sei.StudyError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert (dict(LAYER_LAWS), dict(RATE_LAWS)) == before


def test_registering_the_same_function_again_changes_nothing():
    before = LAYER_LAWS["fluoride_diffusivity"]
    sei.register_law(fluoride_diffusivity)
    assert LAYER_LAWS["fluoride_diffusivity"] is before
