"""The obvious way: backward Euler with `lax.linalg.tridiagonal_solve` under `vmap`, inside a scan over the steps."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kernels.constants import FARADAY, GAS_CONSTANT
from kernels.electrodes import LithiumMetal
from kernels.experiment import Sample
from kernels.kinetics import ButlerVolmer
from kernels.transport import assemble
from screening.bench.reference import error_statistics
from screening.bench.stages import median_seconds
from screening.config.study import Study
from screening.model.discretisation import numerics_of
from screening.model.draws import draw_candidates

STEPS = 1000
ROOT_STEPS = 48  # fewer leave false roots where the inventory runs out
PASSES = 3


def measure_tridiagonal(study: Study, exact: np.ndarray) -> dict[str, Any]:
    """Speed and peak errors of the plain solver on the first stacks of a study, on all cores that XLA uses by itself."""
    batch = draw_candidates(study, 0, len(exact))
    numerics = numerics_of(study)
    sample = batch.sample
    start, vertex = batch.drive.start[:, 0, 0], batch.drive.stop[:, 0, 0]

    @jax.jit
    def peaks(sample, start, vertex, rates):
        def one(sample, start, vertex, rate):
            return _cathodic_peak(sample, start, vertex, rate, numerics.mesh)

        over_rates = jax.vmap(one, in_axes=(None, None, None, 0))
        return jax.vmap(over_rates)(sample, start, vertex, rates)

    with jax.enable_x64(True):
        arguments = (sample, start, vertex, batch.scan_rates)
        values = np.asarray(peaks(*arguments))
        seconds = median_seconds(lambda: peaks(*arguments), PASSES)
    return {
        "voltammograms_per_second": values.size / seconds,
        "steps": STEPS,
        "peak_error": error_statistics(values, exact),
    }


def _cathodic_peak(sample: Sample, start, vertex, rate, mesh):
    """Largest cathodic current of one voltammogram, A m-2 (refined by a parabola through three points)."""
    operator = assemble(mesh, sample.stack, sample.electrolyte)
    electrode, concentration = sample.electrode, sample.electrolyte.concentration
    assert isinstance(electrode, LithiumMetal)
    assert isinstance(electrode.kinetics, ButlerVolmer)
    alpha = electrode.kinetics.transfer_coefficient
    scale = FARADAY / (GAS_CONSTANT * sample.temperature)
    # Ohm's law in the layers: the packaged films have no high-field hopping
    in_series = sample.series_resistance + jnp.sum(sample.stack.resistivity * sample.stack.thickness)
    half = jnp.abs(vertex - start) / rate
    step = 2 * half / STEPS
    inner, stored = operator.conductance[:-1], operator.capacity / step
    below = jnp.concatenate([jnp.zeros(1), -inner])
    above = jnp.concatenate([-inner, jnp.zeros(1)])
    diagonal = stored + operator.conductance + jnp.concatenate([jnp.zeros(1), inner])

    def solve(load):
        return jax.lax.linalg.tridiagonal_solve(below, diagonal, above, load[:, None])[:, 0]

    per_flux = solve(operator.source)
    resistance = (per_flux[0] + operator.surface_resistance) / (FARADAY * concentration)

    def advance(carry, number):
        content, inventory, guess = carry
        time_now = (number + 1) * step
        potential = start + jnp.sign(vertex - start) * rate * (half - jnp.abs(half - time_now))
        kept = solve(stored * content)
        activity = 1 + kept[0] / concentration
        low, high = -activity / resistance, FARADAY * inventory / step

        def improve(number, bracket):
            low, high, current = bracket
            left = inventory - current * step / FARADAY
            covered = -jnp.expm1(-left / electrode.monolayer_inventory)
            drive = jnp.clip(scale * (potential - in_series * current), -200.0, 200.0)
            anodic = jnp.exp((1 - alpha) * drive)
            cathodic = jnp.exp(-alpha * drive)
            surface = activity + resistance * current
            excess = current / electrode.exchange_current_density - covered * anodic + surface * cathodic
            loss = scale * in_series
            slope = (
                1 / electrode.exchange_current_density
                + (1 - covered) * step / (FARADAY * electrode.monolayer_inventory) * anodic
                + covered * anodic * (1 - alpha) * loss
                + resistance * cathodic
                + surface * cathodic * alpha * loss
            )
            low, high = jnp.where(excess < 0, current, low), jnp.where(excess > 0, current, high)
            following = current - excess / slope
            # far from the root Newton's steps creep along the exponential, so every second one is a halving
            newton = (number % 2 == 1) & (following > low) & (following < high)
            return low, high, jnp.where(newton, following, (low + high) / 2)

        first = jnp.clip(guess, low, high)
        current = jax.lax.fori_loop(0, ROOT_STEPS, improve, (low, high, first))[2]
        content = kept + per_flux * current / FARADAY
        return (content, inventory - current * step / FARADAY, current), current

    begin = (jnp.zeros_like(operator.capacity), electrode.initial_inventory, jnp.zeros(()))
    currents = jax.lax.scan(advance, begin, jnp.arange(STEPS))[1]
    place = jnp.clip(jnp.argmin(currents), 1, STEPS - 2)
    before, here, after = currents[place - 1], currents[place], currents[place + 1]
    bend = before - 2 * here + after
    return here - jnp.where(bend > 0, (after - before) ** 2 / (8 * jnp.where(bend > 0, bend, 1.0)), 0.0)
