"""Ageing of one candidate at one operating point; pure JAX."""

from collections.abc import Mapping

import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.ammonia import (
    CellParameters,
    Conditions,
    FilmTransport,
    age_cell,
    default_dead_layer,
    default_growth,
    grow_film,
)
from kernels.stack import Electrolyte
from kernels.status import Status

# Ages that are looked at; four times as many change lifetimes by at most half a per cent, means of open pores by 2e-5.
AGES = 65
# The film stands at the potential of lithium.
FILM_POTENTIAL = 0.0


def aged_outputs(
    growth_law: str,
    given: Mapping[str, Float[Array, ""]],
    conditions: Conditions,
    film: FilmTransport,
    cell: CellParameters,
    electrolyte: Electrolyte,
    thickness: Float[Array, ""],
    efficiency: Float[Array, ""],
) -> dict[str, Array]:
    """What is left of a cell after the time that the study asks for.

    The steady ageing model says which share of the fresh efficiency is left at each age; the study's own model gives the
    fresh one.

    Source: docs/ammonia.md, ageing.
    """
    on, off, end = given["on_time"], given["off_time"], given["ageing_time"]
    # denser at the start, where currents beyond the limit close the pores within the first hours
    time = end * jnp.linspace(0.0, 1.0, AGES) ** 2
    growth = default_growth()
    length = jnp.broadcast_to(thickness, time.shape)
    if growth_law:
        potential = jnp.full_like(thickness, FILM_POTENTIAL)
        length = grow_film(growth_law, growth, thickness, time, potential, conditions.temperature)
    # what grows conducts as the fresh film does on average
    resistivity = jnp.broadcast_to(film.resistance / thickness, time.shape)
    content = growth.electrons / growth.molar_volume
    course = age_cell(
        given["current"], on / (on + off), time, conditions, film, cell, electrolyte,
        default_dead_layer(), length, resistivity, content,
    )  # fmt: skip
    fresh = course.efficiency.ammonia[0]
    makes = fresh > 0
    shares = jnp.where(course.status == Status.OK, course.efficiency.ammonia, 0.0) / jnp.where(makes, fresh, 1.0)
    # the course falls: how far along it the share passes the least
    least = given["lifetime_share"]
    alive = shares >= least
    last = jnp.maximum(jnp.sum(jnp.cumprod(alive.astype(jnp.int32))) - 1, 0)
    following = jnp.minimum(last + 1, AGES - 1)
    fall = shares[last] - shares[following]
    part = jnp.where(fall > 0, (shares[last] - least) / jnp.where(fall > 0, fall, 1.0), 0.0)
    lifetime = time[last] + part * (time[following] - time[last])
    return {
        "mean_faradaic_efficiency": efficiency * jnp.where(makes, course.mean_ammonia[-1] / fresh, 1.0),
        "aged_faradaic_efficiency": efficiency * jnp.where(makes, course.efficiency.ammonia[-1] / fresh, 1.0),
        "lifetime": jnp.where(makes, lifetime, jnp.nan),
        "dead_lithium_thickness": course.dead_thickness[-1],
        "aged_film_thickness": length[-1],
    }
