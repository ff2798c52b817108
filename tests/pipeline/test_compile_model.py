"""`sei.compile`: the numbers of `sei.simulate`, the slopes of central differences, batches that are loops."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import screening as sei

FILM = [
    sei.Layer("LiF", "5 nm", diffusivity="1e-15 m^2/s"),
    sei.Layer("Li3N", "8 nm", diffusivity="3e-15 m^2/s"),
]
SWEEP = sei.LSV("0.1 V", "-0.3 V", ["20 mV/s", "100 mV/s"])
LITHIUM = sei.Metal("10 mA/cm^2")


@pytest.fixture(scope="module")
def model():
    return sei.compile(FILM, SWEEP, LITHIUM, steps=60)


@pytest.mark.slow
def test_numbers_are_those_of_a_simulation(model):
    curves = sei.simulate(FILM, SWEEP, electrode=LITHIUM, steps=60)
    found = model(model.values)
    np.testing.assert_allclose(found["current_density"], curves.current_density, rtol=1e-6)
    np.testing.assert_allclose(found["peak_potential"], curves.peak_potential, rtol=1e-6)
    assert model.units["layer1_diffusivity"] == "m2 s-1"
    assert int(found["status"]) == 1


@pytest.mark.slow
def test_gradient_is_that_of_central_differences(model):
    names = ["layer1_diffusivity", "layer2_thickness", "electrode_exchange_current_density", "protocol_scan_rate1"]
    start = {name: model.values[name] for name in names}

    def charge(values):
        found = model(values)
        return jnp.sum(found["cathodic_charge_density"]) + 1e3 * found["peak_potential"][0]

    slopes = jax.jit(jax.grad(charge))(start)
    for name in names:
        step = 1e-4 * start[name]
        up, down = (charge(start | {name: start[name] + sign * step}) for sign in (1, -1))
        assert float(slopes[name]) == pytest.approx(float(up - down) / (2 * step), rel=2e-3), name


@pytest.mark.slow
def test_batch_is_a_loop_and_one_march(model):
    values = jnp.geomspace(1e-16, 1e-14, 3)
    together = jax.vmap(lambda value: model({"layer1_diffusivity": value})["current_density"])(values)
    alone = [model({"layer1_diffusivity": value})["current_density"] for value in values]
    np.testing.assert_allclose(together, jnp.stack(alone), rtol=1e-6)


def test_failure_is_a_status_and_leaves_no_number(model):
    found = model({"layer1_thickness": jnp.nan})
    assert int(found["status"]) != 1
    assert np.isnan(found["current_density"]).all()


def test_bad_use_is_refused_in_one_line(model):
    with pytest.raises(sei.StudyError, match='did you mean "layer1_thickness"'):
        model({"layer1_thicknes": 1e-9})
    with pytest.raises(sei.StudyError, match=r"jax\.vmap over the values"):
        sei.compile([sei.Layer("LiF", ["5 nm", "6 nm"], diffusivity="1e-15 m^2/s")], SWEEP)
    with jax.enable_x64(False), pytest.raises(sei.StudyError, match="jax_enable_x64"):
        sei.compile(FILM, SWEEP)
