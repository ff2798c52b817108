"""Properties of one layer, for many candidates at once, by the laws of the kernels."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from kernels.laws import (
    arrhenius,
    blocking_grain_boundaries,
    carrier_fraction,
    hopping_diffusivity,
    interface_permeance,
    nernst_einstein_conductivity,
    parallel_grain_boundaries,
    partition_coefficient,
)
from kernels.mixing import MIXING_RULES
from kernels.porosity import POROSITY_FACTORS
from screening.config.layer_plan import LayerPlan, TransportPlan
from screening.config.transport_keys import TRANSPORT

# One compiled shape, a multiple of every vector width: a candidate's bits do not depend on the others of its batch.
BLOCK = 512
_BOUNDARIES = {"parallel": parallel_grain_boundaries, "blocking": blocking_grain_boundaries}


def derive_layer(
    plan: LayerPlan, values: Mapping[str, Float[np.ndarray, "sample"]], temperature: Float[np.ndarray, "sample"]
) -> dict[str, Float[np.ndarray, "sample"]]:
    """Derived properties of one layer.

    Args:
        plan: its laws.
        values: `[sample]`, its quantities in SI units by key, those of a phase of a mixture after "PHASE_".
        temperature: `[sample]`, K.

    Returns:
        `[sample]`: "diffusivity" (m2 s-1) or "conductivity" (S m-1), "partition_coefficient", "interface_permeance" (m s-1)
        and "PHASE_fraction" of the balance, each if the plan derives it.

    Example:
        >>> barrier = np.array([0.60 * 1.602176634e-19])
        >>> own = {"migration_energy": barrier, "hop_distance": np.array([2.85e-10]), "attempt_frequency": np.array([1e13])}
        >>> plan = LayerPlan("fickian", TransportPlan("", "hopping"))
        >>> f"{derive_layer(plan, own, np.array([298.15]))['diffusivity'][0]:.3g}"
        '5.86e-17'
    """
    count = len(temperature)
    pieces = []
    with jax.enable_x64(True), jax.default_device(_host()):
        for first in range(0, count, BLOCK):
            rows = np.minimum(np.arange(first, first + BLOCK), count - 1)
            part = {key: column[rows] for key, column in values.items()}
            pieces.append(jax.device_get(_derived(plan, part, temperature[rows])))
    return {key: np.concatenate([np.asarray(piece[key]) for piece in pieces])[:count] for key in pieces[0]}


def _host() -> Any:
    """The processor, whatever computes the voltammograms: the same bits everywhere; its stand-in where JAX hides it."""
    try:
        return jax.devices("cpu")[0]
    except RuntimeError:
        return jax.devices()[0]


@partial(jax.jit, static_argnums=0)
def _derived(
    plan: LayerPlan, values: Mapping[str, Float[Array, "lane"]], temperature: Float[Array, "lane"]
) -> dict[str, Float[Array, "lane"]]:
    # lane by lane: a root search over all lanes at once would go on for those that are done, and change their last bits
    return jax.vmap(partial(derived_of_one, plan))(values, temperature)


def derived_of_one(
    plan: LayerPlan, values: Mapping[str, Float[Array, ""]], temperature: Float[Array, ""]
) -> dict[str, Float[Array, ""]]:
    """Derived properties of one layer of one candidate, pure JAX.

    Args:
        plan: its laws (static).
        values: scalars, as for `derive_layer`.
        temperature: K.

    Returns:
        scalars, as `derive_layer` returns them.
    """
    found: dict[str, Array] = {}
    if plan.moves:
        interior = _mixed(plan, values, temperature, found) if plan.phases else None
        effective = _transport(plan.transport, plan.closure, values, temperature, interior)
        found[TRANSPORT[plan.closure]] = effective * _pore_factor(plan.pores, values) if plan.pores else effective
    if plan.partition:
        found["partition_coefficient"] = partition_coefficient(values["desolvation_energy"], temperature)
    if plan.permeance:
        depth = values["interface_site_thickness"]
        found["interface_permeance"] = interface_permeance(values["interface_barrier"], depth, temperature)
    return found


def _transport(
    plan: TransportPlan,
    closure: str,
    values: Mapping[str, Float[Array, ""]],
    temperature: Float[Array, ""],
    interior: Float[Array, ""] | None = None,
) -> Float[Array, ""]:
    """Diffusivity or conductivity of the layer itself or of one phase, grain boundaries included."""

    def own(key: str) -> Float[Array, ""]:
        return values[f"{plan.part}_{key}" if plan.part else key]

    def hopping(barrier: str) -> Float[Array, ""]:
        carriers: Array | float = 1.0
        if plan.carriers == "formation_energy":
            carriers = carrier_fraction(own("formation_energy"), temperature)
        elif plan.carriers:
            carriers = own("carrier_fraction")
        moved = hopping_diffusivity(own("hop_distance"), own("attempt_frequency"), own(barrier), temperature, carriers)
        if closure == "fickian":
            return moved
        return nernst_einstein_conductivity(moved, own("lithium_concentration"), temperature)

    def given(key: str, energy: str, law: str, table: str = "") -> Float[Array, ""]:
        if not law:
            return own(key)
        reference = own(f"{table}reference_temperature")
        value = arrhenius(own(key), own(energy), temperature, reference)
        return value * reference / temperature if law == "arrhenius_product" else value

    key = TRANSPORT[closure]
    if interior is None:
        hops = plan.source == "hopping"
        table = "table_" if plan.tabulated else ""
        interior = hopping("migration_energy") if hops else given(key, f"{table}activation_energy", plan.law, table)
    if not plan.boundary:
        return interior
    if plan.boundary == "hopping":
        boundary = hopping("grain_boundary_migration_energy")
    else:
        boundary = given(f"grain_boundary_{key}", "grain_boundary_activation_energy", plan.boundary_law)
    return _BOUNDARIES[plan.arrangement](interior, boundary, own("grain_size"), own("grain_boundary_width"))


def _mixed(
    plan: LayerPlan,
    values: Mapping[str, Float[Array, ""]],
    temperature: Float[Array, ""],
    found: dict[str, Array],
) -> Float[Array, ""]:
    fractions = [values[f"{phase.part}_fraction"] for n, phase in enumerate(plan.phases) if n != plan.balance]
    if plan.balance is not None:
        # rounding must not make it negative
        rest = jnp.maximum(1 - sum(fractions[1:], fractions[0]), 0.0)
        fractions.insert(plan.balance, rest)
        found[f"{plan.phases[plan.balance].part}_fraction"] = rest
    rule = MIXING_RULES[plan.rule]
    names = (f"mixing_{name}" for name in rule.parameters)
    parameters: dict[str, Array | int] = {
        name.removeprefix("mixing_"): values[name] for name in names if name in values
    }
    if plan.matrix is not None:
        parameters["matrix"] = plan.matrix
    transport = jnp.stack([_transport(phase, plan.closure, values, temperature) for phase in plan.phases])
    return rule.function(transport, jnp.stack(fractions), **parameters)


def _pore_factor(law: str, values: Mapping[str, Float[Array, ""]]) -> Float[Array, ""]:
    porosity = values["porosity"]
    if law == "tortuosity":
        return porosity / values["tortuosity"]
    if law == "bruggeman":
        return POROSITY_FACTORS[law](porosity, values["tortuosity_exponent"])
    return POROSITY_FACTORS[law](porosity)
