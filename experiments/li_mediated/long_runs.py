"""The 50 h run at 100 mA/cm2 and the failure at 200 mA/cm2."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Unreached
from experiments.li_mediated.lithium_cells import DEAD_LAYER, MILLIAMPERE, cell_of, conditions_of, with_values
from kernels.ammonia import age_cell, default_dead_layer
from kernels.stack import Electrolyte
from kernels.status import Status

HOUR = 3600.0
AGES = 251  # shared by both runs, so that they share one compilation


@cache
def _compiled():
    def aged(current, duty, time, conditions, cell, electrolyte, layer, thickness):
        film = jnp.full_like(time, thickness)
        return age_cell(
            *(current, duty, time, conditions, cell[0], cell[1], electrolyte, layer),
            *(film, jnp.zeros_like(time), jnp.zeros_like(thickness)),
        )

    return jax.jit(aged)


def course(used: Parameters, current: float, time: np.ndarray):
    """A cell over time.

    Args:
        used: parameters.
        current: mA cm-2 during the pulses.
        time: `[AGES]`, s by the clock.

    Returns:
        AgeingCourse of NumPy arrays.
    """
    duty = used["on_time"] / (used["on_time"] + used["off_time"])
    with jax.enable_x64(True):
        values = (used["salt"], used["liquid_diffusivity"], used["transference_number"], used["diffusion_layer"])
        single = [jnp.asarray(float(v)) for v in (MILLIAMPERE * current, duty, used["film_thickness"])]
        electrolyte = Electrolyte(*(jnp.asarray(float(value)) for value in values))
        layer = with_values(default_dead_layer(), {name: used[f"dead_layer_{name}"] for name in DEAD_LAYER})
        cell = (conditions_of(used), cell_of(used, "LiDFOB"), electrolyte, layer)
        return jax.device_get(_compiled()(single[0], single[1], jnp.asarray(time), *cell, single[2]))


def long_run(used: Parameters):
    """50 h at 100 mA/cm2: hours and the course."""
    time = np.linspace(0.0, 50 * HOUR, AGES)
    return time / HOUR, course(used, 100, time)


def failing_run(used: Parameters):
    """250 cycles at 200 mA/cm2: cycle numbers and the course."""
    cycles = np.arange(float(AGES))
    return cycles, course(used, 200, (used["on_time"] + used["off_time"]) * cycles)


def ageing(used: Parameters) -> dict[str, float | Unreached]:
    """Means and ends of both runs, and the cycle at which the second cannot go on."""
    hours, aged = long_run(used)
    cycles, failed = failing_run(used)
    voltage = aged.voltage.total
    dead = np.flatnonzero(failed.status != Status.OK)
    rise = failed.voltage.total[50] - failed.voltage.total[0]
    end = failed.efficiency.ammonia[190]
    absent = Unreached("the model's pores are closed before this cycle")
    return {
        "mean_fe_40h": float(np.interp(40.0, hours, aged.mean_ammonia)),
        "fe_50h": float(aged.efficiency.ammonia[-1]),
        "u_50h": float(np.trapezoid(voltage, hours) / hours[-1]),
        "fe_200_end": float(end) if np.isfinite(end) else absent,
        "cycles_200": float(cycles[dead[0]]) if dead.size else Unreached("the model's cell outlives the run"),
        "rise_200": float(rise) if np.isfinite(rise) else absent,
    }
