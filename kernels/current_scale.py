"""The size of current to expect in a segment of controlled potential: what "small" is measured against while stepping.

Without it the exponentially rising current long before a wave would be resolved as finely as the wave itself.
"""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from kernels.cell import Cell
from kernels.constants import FARADAY, GAS_CONSTANT
from kernels.drive import Drive
from kernels.stack import film_overpotential

# Beyond this many thermal voltages the kinetics set no limit; the exponential stays finite in float32.
LARGEST_EXPONENT = 80.0


def expected_current(cell: Cell, drive: Drive) -> Float[Array, "segment lane"]:
    """Estimate the largest current of every segment; zero where nothing can be said.

    The surface is driven from its bulk composition towards equilibrium with the potential at the ends of the segment,
    within the time in which the potential moves by one thermal voltage (or the whole segment, if that is shorter):

        1 / j = 1 / j_diffusion + 1 / j_kinetic + R / |E - E0|.

    It is an estimate, good to a factor of a few, for error control alone.

    Args:
        cell: the cells.
        drive: their experiments.

    Returns:
        `[segment, lane]`, A m-2, non-negative.
    """
    electrode = cell.electrode
    per_volt = electrode.electron_number * FARADAY / (GAS_CONSTANT * cell.temperature)
    per_mole = electrode.electron_number * FARADAY
    rows = []
    for segment, control in enumerate(drive.controls):
        if control != "potential":
            rows.append(jnp.zeros_like(cell.temperature))
            continue
        duration, start, stop = drive.duration[segment], drive.start[segment], drive.stop[segment]
        moved = jnp.abs(stop - start) * per_volt
        span = duration / jnp.maximum(moved, 1.0)
        fluxes = [_response(species.response, span) for species in cell.species]
        resistance = cell.series_resistance
        if cell.film is not None:
            resistance = resistance + film_overpotential(cell.film, cell.temperature, jnp.zeros_like(resistance))[1]
        largest = jnp.zeros_like(duration)
        for potential in (start, stop):
            overpotential = potential - electrode.formal_potential
            x = jnp.clip(per_volt * overpotential, -LARGEST_EXPONENT, LARGEST_EXPONENT)
            change = electrode.equilibrium_change([species.concentration for species in cell.species], x)
            favoured = jnp.exp(electrode.kinetics.log_favoured_rate(x))
            slowness = (
                sum(fluxes) / (per_mole * jnp.maximum(change, jnp.finfo(x.dtype).tiny))
                + 1 / (electrode.reference_current * favoured)
                + resistance / jnp.maximum(jnp.abs(overpotential), 1 / per_volt)
            )
            largest = jnp.maximum(largest, jnp.where(change > 0, 1 / slowness, 0.0))
        rows.append(largest)
    scale = lax.stop_gradient(jnp.stack(rows))
    return jnp.where(jnp.isfinite(scale), scale, 0.0)


def _response(response, span):
    """Surface activity built up by a unit of flux over the span, s m-1."""
    found = response.predict(response.initial(), span)
    return found.from_old + found.from_new + found.direct
