"""Conservation of charge and of lithium, to rounding: no scheme error is allowed here."""

import jax
import numpy as np
import pytest

from kernels.experiment import Numerics
from kernels.mesh import Mesh
from kernels.transport import assemble
from tests.numerics import cells
from tests.reference.oracles import FARADAY, Layer

MESH = Mesh(8, 40, 10.0, 1e3)


def cycled(order):
    """Deposition and stripping behind films, with a double layer, series resistance and jumps of t+; the bulk is out of reach."""
    outside = Layer(40 * np.sqrt(2e-10 * 12.0), 2e-10, transference_number=0.4)
    stacks = [
        (Layer(2e-8, 1e-15, 0.5, 0.8, 0.3), Layer(3e-8, 3e-16, 2.0, 1.0, 0.7, 1e5), outside),
        (Layer(5e-9, 1e-12), Layer(3e-8, 1e-13, 3.0, 0.5), outside),
        (Layer(1e-7, 1e-17, 0.1, 0.2), Layer(3e-8, 1e-18), outside),
        (Layer(1e-8, 1e-13), Layer(1e-8, 1e-14), outside),
    ]
    sample = cells.metal_sample(
        stacks,
        exchange_current_density=np.array([30.0, np.inf, 0.1, 1e3]),
        monolayer_inventory=np.array([1e-5, 1e-6, 1e-4, 1e-5]),
        initial_inventory=np.array([0.0, 1e-3, 0.0, 2e-5]),
        series_resistance=np.array([1e-3, 1e-4, 0.0, 5e-3]),
        double_layer_capacitance=np.array([0.1, 0.0, 0.0, 0.3]),
    )
    drive = cells.segment_drive(
        ("potential", 4.0, 0.15, -0.35),
        ("potential", 6.0, -0.35, 0.6),
        ("potential", 2.0, -0.1, -0.1),
        steps=100,
        count=4,
    )
    result = cells.run(sample, drive, Numerics(mesh=MESH, order=order), ohmic=False)
    assert (np.asarray(result.status) == 1).all()
    return sample, result


@pytest.mark.parametrize("order", [28, pytest.param(0, marks=pytest.mark.slow)])
def test_charge_is_the_lithium_inventory(order):
    sample, result = cycled(order)
    charge = np.asarray(result.trajectory.charge)
    passed = np.abs(np.diff(charge, axis=0)).sum(axis=0)
    gained = np.asarray(result.final.inventory - sample.electrode.initial_inventory)
    error = np.abs(gained * FARADAY + charge[-1]) / passed
    print("inventory", error, "passed", passed)
    assert passed.min() > 0.1
    assert error.max() < 1e-9
    assert np.asarray(result.final.inventory).min() >= 0.0


@pytest.mark.slow
def test_charge_is_what_the_stack_lost():
    """The cells lose the share of the flux that migration does not replace: 1 - t+ of the electrolyte in all."""
    sample, result = cycled(0)
    charge = np.asarray(result.trajectory.charge)
    operator = jax.vmap(lambda stack, outside: assemble(MESH, stack, outside))(sample.stack, sample.electrolyte)
    content = np.sum(np.asarray(operator.capacity).T * np.asarray(result.final.species[0]), axis=0)
    passed = np.abs(np.diff(charge, axis=0)).sum(axis=0)
    error = np.abs(content * FARADAY - 0.6 * charge[-1]) / passed
    print("content", error)
    assert error.max() < 1e-9


def test_charge_is_the_integral_of_the_current():
    """Without a double layer the current of the curve is faradaic, and each step's charge is that of its own flux."""
    _, result = cycled(28)
    for lane in (1, 2):
        rows = np.flatnonzero(np.asarray(result.plan.accepted[:, lane]))
        time, current, charge = (
            np.concatenate([[0.0], np.asarray(getattr(result.trajectory, name))[rows, lane]])
            for name in ("time", "current", "charge")
        )
        flatness = np.asarray(result.plan.flatness)[rows, lane]
        multistep = np.asarray(result.plan.multistep)[rows, lane]
        assert multistep.any() or lane == 2
        bent = np.asarray(result.plan.bent)[rows, lane]
        assert bent.any()
        mean, length = np.zeros(rows.size), np.diff(time)
        for step in range(rows.size):
            start = mean[step - 1] if multistep[step] else current[step]
            mean[step] = 0.5 * ((1 + flatness[step]) * current[step + 1] + (1 - flatness[step]) * start)
            if bent[step]:
                # The parabola through the ends of the last two steps: its second derivative takes a twelfth from the trapezoid.
                slopes = np.diff(current[step - 2 : step + 1]) / length[step - 2 : step]
                mean[step] -= np.diff(slopes)[0] / length[step - 2 : step].sum() * length[step] ** 2 / 6
        integral = np.cumsum(length * mean)
        # Times are differences of seconds, so the smallest steps carry their rounding.
        np.testing.assert_allclose(charge[1:], integral, atol=1e-9 * np.abs(np.diff(charge)).sum())
