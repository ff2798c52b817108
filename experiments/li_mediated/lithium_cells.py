"""Parameters of the lithium-mediated cells and the objects of the kernels that they stand for."""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from experiments.catalogue import Parameters
from kernels.ammonia import (
    CellParameters,
    Conditions,
    FilmTransport,
    calibrated_cell,
    default_chemistry,
    default_dead_layer,
    pulse_train,
    pulsed_state,
    steady_state,
)

SALTS = ("LiDFOB", "LiBF4")
MILLIAMPERE = 10.0  # A m-2 in a mA cm-2
NANOMETRE = 1e-9
# what the calibrations of the pulsed model and of the dead layer fixed
SURFACE = (
    *("proton_mass_transfer", "nitridation", "protonation", "nitride_protonation", "protonation_order"),
    "residual_donor",
)
DEAD_LAYER = ("dead_share", "current_order", "porosity", "closing_thickness")


def _calibrated() -> dict[str, float]:
    """Constants of the presets of `kernels.ammonia`, so that a change of a preset arrives here."""
    cells = {salt: calibrated_cell(salt) for salt in SALTS}
    film, cell = cells["LiDFOB"]
    surface = default_chemistry()
    values = {
        "limiting_current": film.limiting_current,
        "proton_current": cell.proton.current,
        "proton_overpotential_scale": cell.proton.overpotential_scale,
        "proton_order": cell.proton.order,
        "residual_donor_fraction": cell.proton.residual_donor,
        "proton_mass_transfer": cell.proton_mass_transfer,
        **{f"surface_{name}": getattr(surface, name) for name in SURFACE},
        **{f"dead_layer_{name}": getattr(default_dead_layer(), name) for name in DEAD_LAYER},
        "equilibrium_voltage": cell.equilibrium_voltage,
    }
    for salt, (own_film, own_cell) in cells.items():
        values[f"film_resistance_{salt}"] = own_film.resistance
        values[f"cell_resistance_{salt}"] = own_cell.cell_resistance
    return {name: value.item() for name, value in values.items()}


PARAMETERS: Parameters = MappingProxyType(
    {
        **_calibrated(),
        "on_time": 2.0,  # s
        "off_time": 30.0,  # s
        "ethanol_fraction": 0.0025,
        "nitrogen_pressure": 1e5,  # Pa
        "salt": 2000.0,  # mol m-3
        "temperature": 298.15,  # K
        "film_thickness": 15 * NANOMETRE,  # middle of the 10 to 20 nm of the micrographs
        "carrier_fraction": 7e-10,  # of the Li sites, one for both films
        "barrier_lif": 0.60,  # eV
        "barrier_lih": 1.07,  # eV
        "jump_distance": 2.87e-10,  # m, between those of LiF (2.85) and LiH (2.89)
        "attempt_frequency": 1e13,  # s-1
        "desolvation_LiDFOB": 0.41,  # eV
        "desolvation_LiBF4": 0.79,  # eV
        "site_density": 1e-5,  # mol m-2
        "reported_d_LiDFOB": 5.75e-13,  # m2 s-1
        "reported_d_LiBF4": 1.63e-15,  # m2 s-1
        "scan_rate": 0.01,  # V s-1
        "sweep_current": 120.0,  # mA cm-2, that LiDFOB approached in the sweep of fig. 4A
        "liquid_diffusivity": 2e-10,  # m2 s-1
        "transference_number": 0.4,
        "channel_thickness": 10 * NANOMETRE,
        "channel_length": 1e-6,  # m, from the open end to the middle
        "channel_liquid": 1e-7,  # m, of the liquid film above it
        "channel_rate_constant": 1e-3,  # m s-1
        "diffusion_layer": 60e-6,  # m
    }
)


def cell_of(used: Parameters, salt: str) -> tuple[FilmTransport, CellParameters]:
    """Film and cell of a salt.

    Args:
        used: parameters.
        salt: one of SALTS.

    Returns:
        as `kernels.ammonia.calibrated_cell`.

    Example:
        >>> cell_of(PARAMETERS, "LiDFOB")[0].limiting_current.item()
        1050.0
    """
    film, cell = calibrated_cell(salt)
    film = FilmTransport(*(jnp.asarray(v) for v in (used[f"film_resistance_{salt}"], 0.0, used["limiting_current"])))
    names = ("proton_current", "proton_overpotential_scale", "proton_order", "residual_donor_fraction")
    changed = (
        *(used[name] for name in names),
        used["proton_mass_transfer"],
        used[f"cell_resistance_{salt}"],
        used["equilibrium_voltage"],
    )

    def places(c):
        proton = c.proton
        return (
            *(proton.current, proton.overpotential_scale, proton.order, proton.residual_donor),
            *(c.proton_mass_transfer, c.cell_resistance, c.equilibrium_voltage),
        )

    return film, eqx.tree_at(places, cell, tuple(jnp.asarray(value) for value in changed))


def conditions_of(used: Parameters, ethanol: float | None = None, pressure: float | None = None) -> Conditions:
    """Conditions of operation.

    Args:
        used: parameters.
        ethanol: volume fraction in place of the parameter.
        pressure: Pa of N2 in place of the parameter.

    Returns:
        Conditions of scalars.
    """
    chosen = (
        used["ethanol_fraction"] if ethanol is None else ethanol,
        used["nitrogen_pressure"] if pressure is None else pressure,
        used["salt"],
        used["temperature"],
    )
    return Conditions(*(jnp.asarray(float(value)) for value in chosen))


def with_values(module, values: Mapping[str, float]):
    """The same module with other scalars in the fields that are named."""
    return eqx.tree_at(
        lambda one: tuple(getattr(one, name) for name in values), module, tuple(map(jnp.asarray, values.values()))
    )


def stacked(items: Sequence):
    """A batch of equal pytrees."""
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *items)


@cache
def _compiled_steady():
    return jax.jit(
        lambda current, conditions, cell, duty: jax.vmap(steady_state)(current, conditions, cell[0], cell[1], duty)
    )


@cache
def _compiled_pulsed():
    return jax.jit(
        jax.vmap(lambda train, conditions, cell, surface: pulsed_state(train, conditions, cell[0], cell[1], surface))
    )


def steady_points(used: Parameters, points: Sequence[tuple[str, float, float]]):
    """The steady model at many points.

    Args:
        used: parameters.
        points: (salt, mA cm-2, share of the time under current).

    Returns:
        SteadyState with the points first, as NumPy arrays.
    """
    with jax.enable_x64(True):
        cells = stacked([cell_of(used, salt) for salt, *_ in points])
        conditions = stacked([conditions_of(used)] * len(points))
        current, duty = (jnp.asarray([float(point[place]) for point in points]) for place in (1, 2))
        return jax.device_get(_compiled_steady()(MILLIAMPERE * current, conditions, cells, duty))


def pulsed_points(used: Parameters, points: Sequence[tuple[str, float, float, float, float, float]]):
    """The pulsed model at many points.

    Args:
        used: parameters.
        points: (salt, mA cm-2, s under current, s of rest, volume fraction of ethanol, Pa of N2).

    Returns:
        ammonia and hydrogen efficiencies, arrays `[point]`.
    """
    with jax.enable_x64(True):
        trains = [
            pulse_train(*(jnp.asarray(float(v)) for v in (MILLIAMPERE * j, on, off))) for _, j, on, off, *_ in points
        ]
        surface = with_values(default_chemistry(), {name: used[f"surface_{name}"] for name in SURFACE})
        state = _compiled_pulsed()(
            stacked(trains),
            stacked([conditions_of(used, point[4], point[5]) for point in points]),
            stacked([cell_of(used, salt) for salt, *_ in points]),
            stacked([surface] * len(points)),
        )
        return np.asarray(state.efficiency.ammonia), np.asarray(state.efficiency.hydrogen)
