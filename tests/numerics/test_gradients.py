"""Derivatives along a plan: forward = reverse = central difference, for every physical parameter."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels import observables
from kernels.experiment import Numerics, repeat_experiment, run_experiment
from kernels.march import StepControl
from kernels.mesh import Mesh
from tests.numerics import cells
from tests.reference.oracles import Layer

# Tight roots, so that central differences see the curve and not the tolerance of the iteration.
NUMERICS = Numerics(mesh=Mesh(8, 24, 10.0, 1e3), control=StepControl(root_tolerance=1e-12))
RATES = np.array([0.02, 0.05, 0.1])


def metal():
    """One candidate at three scan rates: two fickian layers, an ohmic one, finite kinetics, resistance, double layer."""
    film = (
        Layer(2e-8, 1e-13, 0.5, 0.8, 0.1, 1e3),
        Layer(3e-8, 4e-13, 2.0, 1.0, 0.0, 2e3),
        Layer(1e-8, 1e-15, accessible_fraction=0.0, transference_number=1.0),
    )
    sample = cells.metal_sample(
        [(*film, Layer(5e-5, 2e-10, transference_number=0.4))],
        exchange_current_density=30.0,
        transfer_coefficient=0.45,
        monolayer_inventory=2e-5,
        series_resistance=1e-3,
        double_layer_capacitance=0.1,
    )
    sample = eqx.tree_at(lambda s: s.stack.resistivity, sample, jnp.array([[0.0, 0.0, 2e4]]))
    drive = cells.sweep_drive((0.15, -0.4, 0.4), RATES, 60)
    return sample, drive, True


def couple():
    """A quasi-reversible couple behind a film at three scan rates."""
    sample = cells.couple_sample(
        [(Layer(2e-8, 1e-13, 0.5), Layer(5e-5, 1e-9))],
        7e-10,
        rate_constant=2e-5,
        formal_potential=0.05,
        oxidised_concentration=5.0,
        reduced_concentration=0.1,
        series_resistance=1e-2,
    )
    return sample, cells.sweep_drive((0.3, -0.3, 0.3), RATES, 60), False


METAL_PARAMETERS = {
    "diffusivity": lambda s: s.stack.diffusivity,
    "thickness": lambda s: s.stack.thickness,
    "partition": lambda s: s.stack.partition_coefficient,
    "accessible_fraction": lambda s: s.stack.accessible_fraction,
    "transference": lambda s: s.stack.transference_number,
    "interface_resistance": lambda s: s.stack.interface_resistance,
    "resistivity": lambda s: s.stack.resistivity,
    "concentration": lambda s: s.electrolyte.concentration,
    "electrolyte_diffusivity": lambda s: s.electrolyte.diffusivity,
    "electrolyte_transference": lambda s: s.electrolyte.transference_number,
    "diffusion_layer": lambda s: s.electrolyte.diffusion_layer_thickness,
    "exchange_current": lambda s: s.electrode.exchange_current_density,
    "transfer_coefficient": lambda s: s.electrode.kinetics.transfer_coefficient,
    "monolayer": lambda s: s.electrode.monolayer_inventory,
    "series_resistance": lambda s: s.series_resistance,
    "double_layer": lambda s: s.double_layer_capacitance,
}
COUPLE_PARAMETERS = {
    "film_diffusivity": lambda s: s.stack.diffusivity,
    "thickness": lambda s: s.stack.thickness,
    "oxidised_diffusivity": lambda s: s.electrolyte.diffusivity,
    "reduced_diffusivity": lambda s: s.reduced_electrolyte.diffusivity,
    "rate_constant": lambda s: s.electrode.rate_constant,
    "formal_potential": lambda s: s.electrode.formal_potential,
    "transfer_coefficient": lambda s: s.electrode.kinetics.transfer_coefficient,
    "series_resistance": lambda s: s.series_resistance,
}


def quantities(factors, sample, drive, plan, parameters, ohmic):
    """Peak current, apparent diffusivity and two curve values, each in a usual unit, for relative changes of parameters.

    The curve is read at the ends of base steps: within them the reduced order itself is no smooth function to 1e-5.
    """
    for name, factor in factors.items():
        sample = eqx.tree_at(parameters[name], sample, parameters[name](sample) * factor)
    curve = repeat_experiment(sample, drive, NUMERICS, ohmic, plan)
    peak = observables.cathodic_peak(curve.time, curve.potential, curve.current, curve.segment)
    apparent = observables.apparent_diffusivity(
        peak.current[:, None], peak.is_peak[:, None], jnp.asarray(RATES), sample.electrolyte.concentration
    )
    values = [jnp.log(-peak.current[1]), jnp.log(apparent.diffusivity[0])]
    for node, lane in ((40, 1), (80, 2)):
        ends = (plan.node[:, lane] == node) & plan.accepted[:, lane]
        row = jnp.max(jnp.where(ends, jnp.arange(ends.shape[0]), 0))
        values.append(curve.current[row, lane] / 10.0)
    return jnp.stack(values)


@pytest.mark.slow
@pytest.mark.parametrize(("case", "parameters"), [(metal, METAL_PARAMETERS), (couple, COUPLE_PARAMETERS)])
def test_forward_reverse_and_central_differences_agree(case, parameters):
    sample, drive, ohmic = case()
    result = jax.jit(run_experiment, static_argnames="ohmic")(sample, drive, NUMERICS, ohmic=ohmic)
    assert (np.asarray(result.status) == 1).all()
    function = jax.jit(partial(quantities, parameters=parameters, ohmic=ohmic))
    factors = {name: jnp.ones_like(get(sample)) for name, get in parameters.items()}
    plan = result.plan

    forward = jax.jit(jax.jacfwd(partial(quantities, parameters=parameters, ohmic=ohmic)))(factors, sample, drive, plan)
    reverse = jax.jit(jax.jacrev(partial(quantities, parameters=parameters, ohmic=ohmic)))(factors, sample, drive, plan)
    worst = {}
    for name, ones in factors.items():
        exact = np.asarray(forward[name]).reshape(4, -1)
        assert np.isfinite(exact).all(), name
        np.testing.assert_allclose(np.asarray(reverse[name]).reshape(4, -1), exact, rtol=1e-5, atol=1e-9, err_msg=name)
        for place in range(ones.size):
            direction = jnp.zeros(ones.size).at[place].set(1.0).reshape(ones.shape)

            def difference(step, name=name, ones=ones, direction=direction):
                ahead, behind = (
                    function({**factors, name: ones + sign * step * direction}, sample, drive, plan) for sign in (1, -1)
                )
                return np.asarray(ahead - behind) / (2 * step)

            # Fourth order: the truncation error of a larger step is removed, its rounding is small.
            central = (4 * difference(2e-4) - difference(4e-4)) / 3
            error = np.abs(central - exact[:, place]) / np.maximum(np.abs(exact[:, place]), 1e-4)
            worst[name, place] = error.max()
    assert max(worst.values()) < 1e-5, sorted(worst.items(), key=lambda item: -item[1])[:6]
