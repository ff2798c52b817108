"""Ageing of a cell over hours or cycles: growing film, dead lithium in front of it, efficiencies and a ledger of lithium."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, UInt8

from kernels.ammonia.cell_energy import CellVoltage
from kernels.ammonia.current_branches import FilmTransport
from kernels.ammonia.dead_layer import (
    LITHIUM_MOLAR_VOLUME,
    DeadLayer,
    aged_limiting_current,
    dead_share,
    pore_resistance,
)
from kernels.ammonia.operating_conditions import Conditions, FaradaicEfficiencies
from kernels.ammonia.steady_cell import CellParameters, steady_state
from kernels.constants import FARADAY
from kernels.stack import Electrolyte
from kernels.status import Status


class LithiumLedger(eqx.Module):
    """Lithium since the start, mol m-2; every field is traced.

    Attributes:
        reduced: Li+ that the electrode reduced: charge that made neither hydrogen nor another product, integrated on its
            own, so that the other four adding up to it is a check.
        nitrided: lithium that went on to Li3N, whether or not that became ammonia.
        active: active lithium left.
        dead: lithium in the dead layer.
        film: lithium in the growth of the film.
    """

    reduced: Float[Array, "time"]
    nitrided: Float[Array, "time"]
    active: Float[Array, "time"]
    dead: Float[Array, "time"]
    film: Float[Array, "time"]


class AgeingCourse(eqx.Module):
    """A cell over time; every field is traced, NaN in efficiency and voltage where the status is not OK.

    Attributes:
        efficiency: `[time]`, shares of the charge at that age.
        mean_ammonia: `[time]`, ammonia efficiency averaged over the charge since the start; at the start that of the start.
        voltage: `[time]`, of the cell while current flows, in parts.
        dead_thickness: `[time]`, m.
        film_thickness: `[time]`, m.
        limiting_current: `[time]`, A m-2.
        lithium: `[time]`, its ledger.
        status: `[time]`, DEPLETED once the pores are closed, else that of the steady model.
    """

    efficiency: FaradaicEfficiencies
    mean_ammonia: Float[Array, "time"]
    voltage: CellVoltage
    dead_thickness: Float[Array, "time"]
    film_thickness: Float[Array, "time"]
    limiting_current: Float[Array, "time"]
    lithium: LithiumLedger
    status: UInt8[Array, "time"]


def age_cell(
    current: Float[Array, ""],
    duty: Float[Array, ""],
    time: Float[Array, "time"],
    conditions: Conditions,
    film: FilmTransport,
    parameters: CellParameters,
    electrolyte: Electrolyte,
    layer: DeadLayer,
    film_thickness: Float[Array, "time"],
    film_resistivity: Float[Array, "time"],
    film_lithium: Float[Array, ""],
) -> AgeingCourse:
    """Efficiencies, voltage and lithium of a cell run at one on-pulse current until it is old.

    The dead lithium is deposited beside the film (moss), so its charge, and that of the film's growth, comes out of the
    proton branch: it never takes more than that branch carries.

    Args:
        current: A m-2, cathodic magnitude while it flows.
        duty: share of the time under current.
        time: `[time]`, s by the clock, rising from the start; it sets the steps.
        conditions: of operation, scalars.
        film: fresh film, scalars. What `film_thickness` and `film_resistivity` add to their first values is put in series.
        parameters: of the cell, scalars.
        electrolyte: in the pores of the dead layer, scalars.
        layer: constants of the dead layer.
        film_thickness: `[time]`, m, from `grow_film`; constant for a film that does not grow.
        film_resistivity: `[time]`, ohm m; zero where only the preset resistance counts.
        film_lithium: mol m-3 of Li in the film.

    Returns:
        AgeingCourse.

    Source: docs/ammonia.md, ageing; isolation of lithium after O'Kane et al., Phys. Chem. Chem. Phys. 24, 7909 (2022),
        10.1039/D2CP00417H.
    """
    series = film_thickness * film_resistivity
    extra = jnp.maximum(series - series[0], -film.resistance)
    growth = jnp.append(jnp.diff(film_thickness) / jnp.diff(time), 0.0) * film_lithium * FARADAY

    def state(dead, added, film_current):
        limit = aged_limiting_current(film.limiting_current, dead, layer, electrolyte)
        aged = FilmTransport(film.resistance + added, film.desolvation_resistance, limit)
        steady = steady_state(current, conditions, aged, parameters, duty)
        rest = steady.efficiency.hydrogen + steady.efficiency.other
        moss = jnp.minimum(dead_share(layer, current), rest)
        grown = jnp.minimum(film_current / (duty * current), rest - moss)
        kept = jnp.where(rest > 0, (rest - moss - grown) / jnp.where(rest > 0, rest, 1.0), 0.0)
        efficiency = FaradaicEfficiencies(
            ammonia=steady.efficiency.ammonia,
            hydrogen=steady.efficiency.hydrogen * kept,
            lithium=steady.efficiency.lithium,
            lithium_nitride=steady.efficiency.lithium_nitride,
            other=steady.efficiency.other * kept + moss + grown,
        )
        return efficiency, moss, grown, steady, limit

    flux = duty * current / FARADAY

    def amounts(efficiency, moss, grown):
        """mol m-2 s-1 of ammonia electrons, lithium nitrided, active, dead, in the film, and reduced in all."""
        nitrided = efficiency.ammonia + efficiency.lithium_nitride
        reduced = 1 - efficiency.hydrogen - (efficiency.other - moss - grown)
        return flux * jnp.stack([efficiency.ammonia, nitrided, efficiency.lithium, moss, grown, reduced])

    def march(carry, interval):
        totals, opened = carry
        step, before, after, film_current = interval
        here = amounts(*state(totals[3] * LITHIUM_MOLAR_VOLUME, before, film_current)[:3])
        there = amounts(*state((totals[3] + step * here[3]) * LITHIUM_MOLAR_VOLUME, after, film_current)[:3])
        moved = totals + step * 0.5 * (here + there)
        # nothing passes closed pores
        opened = opened & (moved[3] * LITHIUM_MOLAR_VOLUME < layer.closing_thickness)
        totals = jnp.where(opened, moved, totals)
        return (totals, opened), (totals, opened)

    none = jnp.zeros(6, time.dtype) + 0 * current
    start = (none, none[0] == 0)
    intervals = (jnp.diff(time), extra[:-1], extra[1:], growth[:-1])
    _, (totals, opened) = lax.scan(march, start, intervals)
    totals = jnp.concatenate([none[None], totals])
    opened = jnp.append(True, opened)
    dead_thickness = totals[:, 3] * LITHIUM_MOLAR_VOLUME
    efficiency, _, _, steady, limit = jax.vmap(state)(dead_thickness, extra, growth)
    pores, _ = pore_resistance(dead_thickness, layer)
    voltage = eqx.tree_at(lambda v: v.electrolyte, steady.voltage, steady.voltage.electrolyte + current * pores)
    charge = flux * (time - time[0])
    mean = jnp.append(efficiency.ammonia[0], totals[1:, 0] / charge[1:])
    status = jnp.where(opened, steady.status, jnp.asarray(Status.DEPLETED, jnp.uint8))
    good = status == Status.OK
    efficiency, voltage = jax.tree.map(lambda x: jnp.where(good, x, jnp.nan), (efficiency, voltage))
    ledger = LithiumLedger(totals[:, 5], totals[:, 1], totals[:, 2], totals[:, 3], totals[:, 4])
    return AgeingCourse(efficiency, mean, voltage, dead_thickness, film_thickness, limit, ledger, status)
