"""Li+ flux against the film's diffusivity in one and two dimensions, and the linear sweep of fig. 4A."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

import screening as sei
from experiments.catalogue import Parameters
from experiments.comparison import Unreached
from experiments.li_mediated.lithium_cells import MILLIAMPERE, SALTS, steady_points
from kernels.channel import ChannelMesh, SurfaceChannel, solve_channel
from kernels.constants import FARADAY

HIGH, LOW = 1e-3, 1e-5  # D_SEI / D0 of figures 1D and 1E
RATIOS = np.geomspace(1e-6, 1e-1, 31)
SWEPT = np.array([1, 2, 5, *range(10, 101, 10), 105, 110, 115, 120, 130, 140, 150, 170, 200], dtype=float)  # mA cm-2
MESH = ChannelMesh(columns=48, film_rows=8, outside_rows=16)


def planar_current(used: Parameters, ratio, layer: float = 0.0):
    """Limiting current of film and diffusion layer in series, F c / (L / D_SEI + (1 - t+) delta / D0), mA cm-2.

    Args:
        used: parameters.
        ratio: D_SEI / D0, number or array.
        layer: m, of the diffusion layer.

    Returns:
        as `ratio`.

    Source: as `kernels.stack.limiting_current`.
    """
    liquid = used["liquid_diffusivity"]
    resistance = used["channel_thickness"] / (ratio * liquid) + (1 - used["transference_number"]) * layer / liquid
    return FARADAY * used["salt"] / resistance / MILLIAMPERE


@cache
def _compiled_channel():
    return jax.jit(lambda batch: jax.vmap(lambda one: solve_channel(one, MESH, ("end", "side")))(batch))


def channel_fields(used: Parameters, ratios):
    """The channel beside a gas: film and liquid on it are fed from their open end alone.

    Args:
        used: parameters.
        ratios: `[ratio]`, D_SEI / D0.

    Returns:
        ChannelField, ratios first, as NumPy arrays.
    """
    ratios = np.asarray(ratios, dtype=float)
    values = {
        "length": used["channel_length"],
        "film_thickness": used["channel_thickness"],
        "film_diffusivity": ratios * used["liquid_diffusivity"],
        "film_partition_coefficient": 1.0,
        "interface_resistance": 0.0,
        "outside_thickness": used["channel_liquid"],
        "outside_diffusivity": used["liquid_diffusivity"],
        "outside_transference_number": used["transference_number"],
        "concentration": used["salt"],
        "rate_constant": used["channel_rate_constant"],
    }
    with jax.enable_x64(True):
        batch = SurfaceChannel(**{key: jnp.asarray(np.broadcast_to(v, ratios.shape)) for key, v in values.items()})
        return jax.device_get(_compiled_channel()(batch))


def flux(used: Parameters) -> dict[str, float | Unreached]:
    """Currents at the two ratios of the paper."""
    fields = channel_fields(used, [HIGH, LOW, *RATIOS])
    return {
        "flux_high_1d": planar_current(used, HIGH),
        "flux_low_1d": planar_current(used, LOW),
        "flux_high_layer": planar_current(used, HIGH, used["diffusion_layer"]),
        "flux_high_2d": float(fields.current_density[0]) / MILLIAMPERE,
        "flux_low_2d": float(fields.current_density[1]) / MILLIAMPERE,
    }


def sweeps(used: Parameters) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Simulated sweeps of films with the reported diffusivities: potential (V) and current (mA cm-2, cathodic) by salt."""
    liquid = sei.Electrolyte(
        concentration=f"{used['salt']} mol/m^3",
        diffusivity=f"{used['liquid_diffusivity']} m^2/s",
        transference_number=used["transference_number"],
        diffusion_layer_thickness="5 mm",
    )
    found = {}
    for salt in SALTS:
        film = sei.Layer("LiF", f"{used['film_thickness']} m", diffusivity=f"{used[f'reported_d_{salt}']} m^2/s")
        protocol = sei.LSV("0 V", "-0.8 V", f"{used['scan_rate']} V/s")
        curves = sei.simulate(sei.Stack([film], liquid), protocol).squeeze(drop=True)
        found[salt] = curves.potential.values, -curves.current_density.values / MILLIAMPERE
    return found


def cell_sweeps(used: Parameters) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The calibrated cells from 1 to 200 mA/cm2, as a slow sweep passes through them.

    Args:
        used: parameters.

    Returns:
        cell voltage, and the same without the resistance of electrolyte and cell, V at SWEPT, by salt.
    """
    found = {}
    for salt in SALTS:
        total = steady_points(used, [(salt, current, 1.0) for current in SWEPT]).voltage.total
        found[salt] = total, total - used[f"cell_resistance_{salt}"] * MILLIAMPERE * SWEPT
    return found


def sweep(used: Parameters) -> dict[str, float | Unreached]:
    """What LiBF4 carries where LiDFOB carries the 120 mA/cm2 of fig. 4A, and the sweep of a film of the reported D.

    The cells were calibrated to efficiencies and voltages of electrolyses and never to the sweep.
    """
    swept, reached = cell_sweeps(used), used["sweep_current"]
    carried = []
    for place in (0, 1):
        voltage = np.interp(reached, SWEPT, swept["LiDFOB"][place])
        carried.append(float(np.interp(voltage, swept["LiBF4"][place], SWEPT)))
    largest = {salt: float(np.nanmax(current)) for salt, (_, current) in sweeps(used).items()}
    return {
        "lsv_LiBF4": carried[0],
        "lsv_LiBF4_size": carried[0],
        "lsv_LiBF4_iR_free": carried[1],
        "lsv_reported_LiDFOB": largest["LiDFOB"],
        "lsv_reported_LiBF4": largest["LiBF4"],
    }
