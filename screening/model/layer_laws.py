"""Properties of one layer of one candidate by the laws of the kernels."""

from collections.abc import Mapping

import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.laws import (
    arrhenius,
    blocking_grain_boundaries,
    carrier_fraction,
    hopping_diffusivity,
    interface_permeance,
    nernst_einstein_conductivity,
    parabolic_depth,
    parallel_grain_boundaries,
    partition_coefficient,
    reacted_layer,
)
from kernels.mixing import MIXING_RULES
from kernels.porosity import POROSITY_FACTORS
from screening.config.layer_plan import LayerPlan, TransportPlan
from screening.config.transport_keys import TRANSPORT

_BOUNDARIES = {"parallel": parallel_grain_boundaries, "blocking": blocking_grain_boundaries}


def derived_properties(
    plan: LayerPlan, values: Mapping[str, Float[Array, ""]], temperature: Float[Array, ""]
) -> dict[str, Float[Array, ""]]:
    """Properties of one layer that its laws give, pure JAX on scalars.

    Args:
        plan: its laws (static).
        values: its quantities in SI units by key, those of a phase of a mixture after "PHASE_".
        temperature: K.

    Returns:
        "diffusivity" (m2 s-1) or "conductivity" (S m-1), "partition_coefficient", "interface_permeance" (m s-1),
        "thickness" (m) after reactions and "PHASE_fraction" of the balance, each if the plan derives it.

    Example:
        >>> barrier = jnp.asarray(0.60 * 1.602176634e-19)
        >>> own = {"migration_energy": barrier, "hop_distance": jnp.asarray(2.85e-10), "attempt_frequency": jnp.asarray(1e13)}
        >>> plan = LayerPlan("fickian", TransportPlan("", "hopping"))
        >>> f"{derived_properties(plan, own, jnp.asarray(298.15))['diffusivity']:.3g}"
        '5.86e-17'
    """
    found: dict[str, Array] = {}
    if plan.own_law is not None:
        known = {**values, "temperature": temperature}
        given = plan.own_law.function(**{name: known[name] for name in plan.own_law.arguments})
        values = {**values, TRANSPORT[plan.closure]: jnp.asarray(given, temperature.dtype)}
    if plan.moves:
        interior = _mixed(plan, values, temperature, found) if plan.phases else None
        effective = _transport(plan.transport, plan.closure, values, temperature, interior)
        found[TRANSPORT[plan.closure]] = effective * _pore_factor(plan.pores, values) if plan.pores else effective
    if plan.contacts:
        key = TRANSPORT[plan.closure]
        found["thickness"], found[key] = _reacted(plan, values, found[key])
    if plan.partition:
        found["partition_coefficient"] = partition_coefficient(values["desolvation_energy"], temperature)
    if plan.permeance:
        depth = values["interface_site_thickness"]
        found["interface_permeance"] = interface_permeance(values["interface_barrier"], depth, temperature)
    return found


def _reacted(
    plan: LayerPlan, values: Mapping[str, Float[Array, ""]], transport: Float[Array, ""]
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Thickness and transport of a layer after the reactions at its faces."""

    def depth(face: str, law: str) -> Float[Array, ""]:
        given = values[f"{face}_{law}"]
        if law == "growth_constant":
            return parabolic_depth(given, values[f"{face}_time"])
        return given * values["thickness"]

    faces = [face for face, _ in plan.contacts]
    return reacted_layer(
        values["thickness"],
        transport,
        [depth(face, law) for face, law in plan.contacts],
        [values[f"{face}_volume_ratio"] for face in faces],
        [values[f"{face}_product_{TRANSPORT[plan.closure]}"] for face in faces],
    )


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
