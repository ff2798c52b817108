"""The largest steady current of a film with ohmic layers."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels.stack import Electrolyte, LayerStack, carried_current, limiting_current
from screening.model.outputs import LIMITS, film_outputs

LIQUID = Electrolyte(*(jnp.asarray(v) for v in (1000.0, 3e-10, 0.3, 5e-5)))
LIMIT = 96485.33212 * 1000.0 * 3e-10 / (0.7 * 5e-5)
KELVIN = jnp.asarray(298.15)


def film(thickness, resistivity, jump=(0.0,)):
    columns = [
        np.broadcast_to(np.asarray(v, float), np.shape(thickness))
        for v in (1e-9, 1.0, 0.0, 1.0, resistivity, jump, 0.0)
    ]
    return LayerStack(jnp.asarray(thickness), *(jnp.asarray(c) for c in columns))


def fickian(times):
    """A film with so many times the resistance of the liquid."""
    diffusivity = 1e-8 / (times * 0.7 * 5e-5 / 3e-10)
    return LayerStack(*(jnp.array([v]) for v in (1e-8, diffusivity, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)))


def carried(stack):
    return float(carried_current(stack, LIQUID, KELVIN, 1.0))


def test_an_ohmic_film_carries_what_one_volt_drives_through_it():
    assert carried(film([1e-8], [1e10])) == pytest.approx(1.0 / (1e10 * 1e-8), rel=1e-8)
    assert carried(film([1e-8, 3e-8], [1e10, 2e9])) == pytest.approx(1.0 / (100.0 + 60.0), rel=1e-8)


@pytest.mark.parametrize(
    ("stack", "current", "cause"),
    [
        (film([1e-8], [1e10]), 0.01, "ohmic_drop"),
        (film([1e-8], [1e3]), LIMIT, "electrolyte"),
        # 0.7 of the flux diffuses over 5e-5 m at 3e-10 m2/s: 116,667 s/m, of the films half and twice as much
        (fickian(0.5), LIMIT / 1.5, "electrolyte"),
        (fickian(2.0), LIMIT / 3.0, "film"),
    ],
)
def test_what_a_film_takes_of_the_limit_of_its_electrolyte(stack, current, cause):
    found = film_outputs(stack, LIQUID, KELVIN)
    assert float(found["limiting_current_density"]) == pytest.approx(current, rel=1e-8)
    assert float(found["film_share_of_limit"]) == pytest.approx(1 - current / LIMIT, abs=1e-9)
    assert LIMITS[int(found["limited_by"])] == cause


def test_without_ohmic_layers_it_is_the_limiting_current_to_the_last_bit():
    stack = LayerStack(*(jnp.array([v]) for v in (1e-8, 1e-15, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)))
    assert carried(stack) == float(limiting_current(stack, LIQUID))
    forward, reverse = (  # dj/dL = -j / (R D): 1 V through no ohmic layer must not reach the derivative
        derivative(lambda thickness: carried_current(replace(stack, thickness=thickness), LIQUID, KELVIN, 1.0))(
            stack.thickness
        )
        for derivative in (jax.jacfwd, jax.grad)
    )
    exact = -(float(limiting_current(stack, LIQUID)) ** 2) / (96485.33212 * 1000.0 * 1e-15)
    assert float(forward[0]) == pytest.approx(exact, rel=1e-9)
    assert float(reverse[0]) == pytest.approx(exact, rel=1e-9)


def test_hops_over_a_tilted_barrier_carry_more():
    """j = (E_k / rho) sinh(V / (L E_k)), E_k = 2 k T / (e a), of one layer; two of them share the volt."""
    scale = 2 * 1.380649e-23 * 298.15 / (1.602176634e-19 * 5e-10)
    assert carried(film([5e-9], [1e12], (5e-10,))) == pytest.approx(
        scale / 1e12 * np.sinh(1 / (5e-9 * scale)), rel=1e-7
    )
    j = carried(film([5e-9, 8e-9], [1e12, 3e11], (5e-10, 0.0)))
    assert 5e-9 * scale * np.arcsinh(j * 1e12 / scale) + 8e-9 * 3e11 * j == pytest.approx(1.0, rel=1e-7)


def test_its_gradient_is_the_implicit_one():
    def of(resistivity):
        return carried_current(
            film([1e-8], [1.0]).__class__(
                *(
                    resistivity[None] if name == "resistivity" else value
                    for name, value in vars(film([1e-8], [1.0])).items()
                )
            ),
            LIQUID,
            KELVIN,
            1.0,
        )

    value, slope = jax.value_and_grad(of)(jnp.asarray(1e10))
    assert float(slope * 1e10 / value) == pytest.approx(-1.0, rel=1e-8)
