"""Inventories of active lithium and Li3N at the electrode: surface rates and one stiff, charge-conserving time step.

Li+ + e -> Li,   6 Li + N2 -> 2 Li3N (r1),   Li + H+ -> Li+ + 1/2 H2 (r2),   Li3N + 3 H+ -> NH3 + 3 Li+ (r3),
Li -> dead Li (isolation)
"""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float

# Newton iterations of the proton balance; four reach rounding error for orders from 1 to 4 (measured).
PROTON_ITERATIONS = 4
# RODAS3, third order, L-stable: Sandu et al., Atmos. Environ. 31, 3459 (1997), 10.1016/S1352-2310(97)83212-8.
GAMMA = 0.5
STAGE_WEIGHTS = ((), (0.0,), (2.0, 0.0), (2.0, 0.0, 1.0))
STAGE_COUPLINGS = ((), (4.0,), (1.0, -1.0), (1.0, -1.0, -8.0 / 3.0))
STEP_WEIGHTS = (2.0, 0.0, 1.0, 1.0)


class SurfaceChemistry(eqx.Module):
    """Constants of the surface reactions; every field is traced.

    Attributes:
        proton_mass_transfer: m s-1, kH.
        nitrogen_mass_transfer: m s-1, kN.
        nitridation: m s-1, k1.
        protonation: m s-1, k2, of lithium at the reference concentration.
        nitride_protonation: m s-1, k3.
        protonation_order: m2 >= 1, of the protonation of lithium in the donor.
        reference_concentration: mol m-3, of donors.
        residual_donor: mol m-3, donors other than ethanol.
        lithium_scale: mol m-2, m0, amount that covers half of the surface.
        nitride_scale: mol m-2, n0.
        isolation: s-1, kd, loss of active lithium to dead lithium.
    """

    proton_mass_transfer: Float[Array, "*lane"]
    nitrogen_mass_transfer: Float[Array, "*lane"]
    nitridation: Float[Array, "*lane"]
    protonation: Float[Array, "*lane"]
    nitride_protonation: Float[Array, "*lane"]
    protonation_order: Float[Array, "*lane"]
    reference_concentration: Float[Array, "*lane"]
    residual_donor: Float[Array, "*lane"]
    lithium_scale: Float[Array, "*lane"]
    nitride_scale: Float[Array, "*lane"]
    isolation: Float[Array, "*lane"]

    def valid(self) -> Bool[Array, "*lane"]:
        """Whether every constant is finite and in its range."""
        positive = jnp.minimum(self.lithium_scale, self.nitride_scale)
        positive = jnp.minimum(positive, jnp.minimum(self.proton_mass_transfer, self.reference_concentration))
        positive = jnp.minimum(positive, self.nitrogen_mass_transfer)
        others = jnp.minimum(jnp.minimum(self.nitridation, self.protonation), self.nitride_protonation)
        others = jnp.minimum(jnp.minimum(others, self.isolation), self.residual_donor)
        finite = jnp.isfinite(positive) & jnp.isfinite(others) & jnp.isfinite(self.protonation_order)
        return finite & (positive > 0) & (others >= 0) & (self.protonation_order >= 1)


class Inventory(eqx.Module):
    """Amounts on the electrode, mol m-2; every field is traced.

    Attributes:
        lithium: active lithium.
        nitride: Li3N.
    """

    lithium: Float[Array, "*lane"]
    nitride: Float[Array, "*lane"]


class Extents(eqx.Module):
    """Extents of the reactions, mol m-2, or their rates, mol m-2 s-1; every field is traced.

    Attributes:
        nitridation: r1, N2 consumed.
        protonation: r2, lithium lost to protons.
        nitride_protonation: r3, NH3 made.
        isolation: lithium that dies.
    """

    nitridation: Float[Array, "*lane"]
    protonation: Float[Array, "*lane"]
    nitride_protonation: Float[Array, "*lane"]
    isolation: Float[Array, "*lane"]


def default_chemistry() -> SurfaceChemistry:
    """Constants with which the pulsed model gives the measured efficiencies.

    Returns:
        SurfaceChemistry of scalars, without isolation of lithium.

    Source: adjusted by hand to the efficiencies of Zhang et al., Science 391 (2026), 10.1126/science.adw5462, and Fu et al.,
        Science 379, 707 (2023), 10.1126/science.adf4403; the scales and kN are estimates.
    """
    constants = {
        "proton_mass_transfer": 1.35e-5,
        "nitrogen_mass_transfer": 1e-4,
        "nitridation": 8e-5,
        "protonation": 1e-6,
        "nitride_protonation": 5e-5,
        "protonation_order": 2.15,
        "reference_concentration": 16.7,
        "residual_donor": 14.0,
        "lithium_scale": 2e-3,
        "nitride_scale": 2e-3,
        "isolation": 0.0,
    }
    return SurfaceChemistry(**{name: jnp.asarray(value) for name, value in constants.items()})


def surface_donors(
    lithium_coverage: Float[Array, "*lane"],
    nitride_coverage: Float[Array, "*lane"],
    bulk: Float[Array, "*lane"],
    chemistry: SurfaceChemistry,
) -> Float[Array, "*lane"]:
    """Concentration of proton donors at the surface, the root of kH (c_b - c) = r2(c) + 3 r3(c).

    The balance is concave and falls with c, so Newton's method from above never overshoots.

    Args:
        lithium_coverage: theta, from 0 to 1.
        nitride_coverage: phi, from 0 to 1.
        bulk: mol m-3, non-negative.
        chemistry: of the surface.

    Returns:
        mol m-3, between 0 and `bulk`; differentiable once, by the implicit function theorem.

    Source: docs/ammonia.md, equation (9).
    """
    present = bulk > 0
    scale, order = jnp.where(present, bulk, 1.0), chemistry.protonation_order
    linear = 3 * chemistry.nitride_protonation * nitride_coverage / chemistry.proton_mass_transfer
    ratio = (scale / chemistry.reference_concentration) ** (order - 1)
    curved = chemistry.protonation * lithium_coverage / chemistry.proton_mass_transfer * ratio

    def balance(y, linear, curved, order):
        power = curved * y**order
        return 1 - (1 + linear) * y - power, 1 + linear + order * power / y

    frozen = lax.stop_gradient((linear, curved, order))
    steep = frozen[1] > 1
    y = jnp.where(steep, jnp.where(steep, frozen[1], 1.0) ** (-1 / frozen[2]), 1.0)
    y = jnp.minimum(y, 1 / (1 + frozen[0]))
    for _ in range(PROTON_ITERATIONS):
        value, slope = balance(y, *frozen)
        y = y + value / slope
    value, _ = balance(y, linear, curved, order)
    y = y + value / lax.stop_gradient(balance(y, *frozen)[1])
    return jnp.where(present, bulk * y, 0.0)


def surface_rates(
    inventory: Inventory, donors: Float[Array, "*lane"], nitrogen: Float[Array, "*lane"], chemistry: SurfaceChemistry
) -> tuple[Extents, Extents, Extents]:
    """Rates of the surface reactions and their derivatives by the inventories.

    Args:
        inventory: mol m-2; a time step may leave a trace below zero, which reacts backwards and so disappears.
        donors: mol m-3, of proton donors in the bulk.
        nitrogen: mol m-3, of N2 in the bulk.
        chemistry: of the surface.

    Returns:
        rates, their derivatives by the lithium and by the nitride inventory (s-1).

    Source: docs/ammonia.md, equations (7) to (9), mean-field surface rates after Andersen et al., Energy Environ. Sci. 13, 4291
        (2020), 10.1039/D0EE02246B.
    """
    lithium, nitride = inventory.lithium, inventory.nitride
    # Below zero the rates continue along their tangents, so an overshoot of a step decays instead of saturating.
    whole = jnp.where(lithium < 0, 0.0, lithium) + chemistry.lithium_scale
    full = jnp.where(nitride < 0, 0.0, nitride) + chemistry.nitride_scale
    theta, phi = lithium / whole, nitride / full
    theta_m, phi_n = chemistry.lithium_scale / whole**2, chemistry.nitride_scale / full**2
    covered, clad = jnp.where(theta < 0, 0.0, theta), jnp.where(phi < 0, 0.0, phi)
    donor = surface_donors(covered, clad, donors, chemistry)

    supply = chemistry.nitrogen_mass_transfer + chemistry.nitridation * covered
    nitridation = chemistry.nitridation * theta * chemistry.nitrogen_mass_transfer * nitrogen / supply
    share = chemistry.nitrogen_mass_transfer / supply
    nitridation_m = chemistry.nitridation * nitrogen * share**2 * theta_m

    bare = chemistry.protonation * (donor / chemistry.reference_concentration) ** (chemistry.protonation_order - 1)
    # Slopes of r2 and r3 in the donor at the surface, and of that donor in the inventories.
    protonation_c = chemistry.protonation_order * bare * theta
    nitride_c = chemistry.nitride_protonation * phi
    demand_c = chemistry.protonation_order * bare * covered + 3 * chemistry.nitride_protonation * clad
    slope = chemistry.proton_mass_transfer + demand_c
    donor_m = jnp.where(theta < 0, 0.0, -bare * donor * theta_m / slope)
    donor_n = jnp.where(phi < 0, 0.0, -3 * chemistry.nitride_protonation * donor * phi_n / slope)

    rates = Extents(nitridation, bare * donor * theta, nitride_c * donor, chemistry.isolation * lithium)
    none = jnp.zeros_like(donor)
    by_lithium = Extents(
        nitridation_m, bare * donor * theta_m + protonation_c * donor_m, nitride_c * donor_m, chemistry.isolation + none
    )
    direct = chemistry.nitride_protonation * donor * phi_n
    by_nitride = Extents(none, protonation_c * donor_n, direct + nitride_c * donor_n, none)
    return rates, by_lithium, by_nitride


def inventory_change(deposited: Float[Array, "*lane"], extents: Extents) -> Inventory:
    """Balance of lithium and of Li3N, (deposited - 6 r1 - r2 - isolated, 2 r1 - r3).

    Args:
        deposited: mol m-2 of lithium (or a rate).
        extents: mol m-2 (or rates).

    Returns:
        the change of the inventory; may be negative.
    """
    spent = 6 * extents.nitridation + extents.protonation + extents.isolation
    return Inventory(deposited - spent, 2 * extents.nitridation - extents.nitride_protonation)


def advance(
    inventory: Inventory,
    step: Float[Array, "*lane"],
    deposition: Float[Array, "*lane"],
    donors: Float[Array, "*lane"],
    nitrogen: Float[Array, "*lane"],
    chemistry: SurfaceChemistry,
) -> tuple[Inventory, Extents]:
    """One linearly implicit (Rosenbrock) time step; every stage obeys the balances, so they hold to rounding error.

    Args:
        inventory: at the start, mol m-2.
        step: s; zero leaves everything as it is.
        deposition: mol m-2 s-1 of lithium, constant over the step.
        donors: mol m-3, in the bulk.
        nitrogen: mol m-3, in the bulk.
        chemistry: of the surface.

    Returns:
        the change of the inventory and the extents of the reactions, mol m-2.

    Source: RODAS3, Sandu et al., Atmos. Environ. 31, 3459 (1997), 10.1016/S1352-2310(97)83212-8.
    """
    first, by_lithium, by_nitride = surface_rates(inventory, donors, nitrogen, chemistry)
    column_m = inventory_change(jnp.zeros_like(first.nitridation), by_lithium)
    column_n = inventory_change(jnp.zeros_like(first.nitridation), by_nitride)
    implicit = GAMMA * step
    a, b = 1 - implicit * column_m.lithium, -implicit * column_n.lithium
    c, d = -implicit * column_m.nitride, 1 - implicit * column_n.nitride
    determinant = a * d - b * c

    lithium, nitride, extents, rates = [], [], [], first
    for stage in range(len(STEP_WEIGHTS)):
        weights, couplings = STAGE_WEIGHTS[stage], STAGE_COUPLINGS[stage]
        if any(weights):
            point = Inventory(
                inventory.lithium + _combine(weights, lithium), inventory.nitride + _combine(weights, nitride)
            )
            rates, _, _ = surface_rates(point, donors, nitrogen, chemistry)
        change = inventory_change(deposition, rates)
        right_m = implicit * change.lithium + GAMMA * _combine(couplings, lithium)
        right_n = implicit * change.nitride + GAMMA * _combine(couplings, nitride)
        lithium.append((d * right_m - b * right_n) / determinant)
        nitride.append((a * right_n - c * right_m) / determinant)
        extents.append(
            [
                implicit * (rate + m * lithium[-1] + n * nitride[-1])
                + GAMMA * _combine(couplings, [previous[i] for previous in extents])
                for i, (rate, m, n) in enumerate(
                    zip(_fields(rates), _fields(by_lithium), _fields(by_nitride), strict=True)
                )
            ]
        )
    change = Inventory(_combine(STEP_WEIGHTS, lithium), _combine(STEP_WEIGHTS, nitride))
    return change, Extents(*(_combine(STEP_WEIGHTS, [stage[i] for stage in extents]) for i in range(4)))


def _fields(extents: Extents) -> tuple[Array, Array, Array, Array]:
    return extents.nitridation, extents.protonation, extents.nitride_protonation, extents.isolation


def _combine(weights, values) -> Any:
    """Weighted sum that skips zeros; 0.0 of nothing."""
    return sum((weight * value for weight, value in zip(weights, values, strict=True) if weight), start=0.0)
