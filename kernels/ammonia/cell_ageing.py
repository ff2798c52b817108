"""Ageing of a cell over hours or cycles: growing film, dead lithium in front of it, efficiencies and a ledger of lithium."""

from dataclasses import replace

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

# Amounts integrated over the time, mol m-2: charge that made ammonia, lithium nitrided, active, dead, in the film, reduced.
AMMONIA, NITRIDED, ACTIVE, DEAD, FILM, REDUCED = range(6)


class LithiumLedger(eqx.Module):
    """Lithium since the start, mol m-2; every field is traced.

    Attributes:
        reduced: Li+ that the electrode reduced, from the charge that made neither hydrogen nor another product; it is
            integrated by itself, so its equality with the sum of the other four is a check.
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

    Dead lithium deposits beside the film as moss. Its charge and that of the film's growth are taken from the charge that the
    proton branch carries, and never exceed it.

    Args:
        current: A m-2, cathodic magnitude while it flows.
        duty: share of the time under current.
        time: `[time]`, s by the clock, rising from the start; it sets the steps.
        conditions: of operation, scalars.
        film: fresh film, scalars; the growth of the product of `film_thickness` and `film_resistivity` is added in series.
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
    added = jnp.maximum(series - series[0], -film.resistance)
    film_current = jnp.append(jnp.diff(film_thickness) / jnp.diff(time), 0.0) * film_lithium * FARADAY

    def state(dead_thickness, added, film_current):
        """Shares of the charge, dead and film among them, steady model and limiting current at one age."""
        limit = aged_limiting_current(film.limiting_current, dead_thickness, layer, electrolyte)
        aged = replace(film, resistance=film.resistance + added, limiting_current=limit)
        steady = steady_state(current, conditions, aged, parameters, duty)
        shares = _divide_side_reactions(steady.efficiency, dead_share(layer, current), film_current / (duty * current))
        return shares, steady, limit

    flux = duty * current / FARADAY
    totals, opened = _accumulate(state, flux, time, added, film_current, layer)
    dead_thickness = totals[:, DEAD] * LITHIUM_MOLAR_VOLUME
    (efficiency, _, _), steady, limit = jax.vmap(state)(dead_thickness, added, film_current)
    pores, _ = pore_resistance(dead_thickness, layer)
    voltage = eqx.tree_at(lambda v: v.electrolyte, steady.voltage, steady.voltage.electrolyte + current * pores)
    charge = flux * (time - time[0])
    mean = jnp.append(efficiency.ammonia[0], totals[1:, AMMONIA] / charge[1:])
    status = jnp.where(opened, steady.status, jnp.asarray(Status.DEPLETED, jnp.uint8))
    good = status == Status.OK
    efficiency, voltage = jax.tree.map(lambda x: jnp.where(good, x, jnp.nan), (efficiency, voltage))
    ledger = LithiumLedger(*(totals[:, amount] for amount in (REDUCED, NITRIDED, ACTIVE, DEAD, FILM)))
    return AgeingCourse(efficiency, mean, voltage, dead_thickness, film_thickness, limit, ledger, status)


def _divide_side_reactions(efficiency, dead, grown):
    """Efficiencies with dead lithium and film growth taken out of the charge of the proton branch, and the two shares."""
    rest = efficiency.hydrogen + efficiency.other
    dead = jnp.minimum(dead, rest)
    grown = jnp.minimum(grown, rest - dead)
    kept = jnp.where(rest > 0, (rest - dead - grown) / jnp.where(rest > 0, rest, 1.0), 0.0)
    divided = FaradaicEfficiencies(
        ammonia=efficiency.ammonia,
        hydrogen=efficiency.hydrogen * kept,
        lithium=efficiency.lithium,
        lithium_nitride=efficiency.lithium_nitride,
        other=efficiency.other * kept + dead + grown,
    )
    return divided, dead, grown


def _rates(flux, efficiency, dead, grown):
    """Rates of the six amounts, mol m-2 s-1, from the shares of the charge."""
    nitrided = efficiency.ammonia + efficiency.lithium_nitride
    reduced = 1 - efficiency.hydrogen - (efficiency.other - dead - grown)
    return flux * jnp.stack([efficiency.ammonia, nitrided, efficiency.lithium, dead, grown, reduced])


def _accumulate(state, flux, time, added, film_current, layer):
    """The six amounts `[time, amount]` by the trapezoidal rule with an Euler predictor, and whether the pores are open."""

    def march(carry, interval):
        totals, opened = carry
        step, before, after, film_current = interval
        here = _rates(flux, *state(totals[DEAD] * LITHIUM_MOLAR_VOLUME, before, film_current)[0])
        predicted = (totals[DEAD] + step * here[DEAD]) * LITHIUM_MOLAR_VOLUME
        there = _rates(flux, *state(predicted, after, film_current)[0])
        moved = totals + step * 0.5 * (here + there)
        # Closed pores carry no current, so nothing changes any more.
        opened = opened & (moved[DEAD] * LITHIUM_MOLAR_VOLUME < layer.closing_thickness)
        totals = jnp.where(opened, moved, totals)
        return (totals, opened), (totals, opened)

    none = jnp.zeros(6, time.dtype) + 0 * flux
    intervals = (jnp.diff(time), added[:-1], added[1:], film_current[:-1])
    _, (totals, opened) = lax.scan(march, (none, none[0] == 0), intervals)
    return jnp.concatenate([none[None], totals]), jnp.append(True, opened)
