"""Closed-form bounds of the ammonia efficiency: which supply limits it, the rest and the ethanol that a pulse needs."""

from enum import IntEnum

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, UInt8

from kernels.ammonia.operating_conditions import ETHANOL_MOLAR_DENSITY
from kernels.constants import FARADAY


class LimitingCause(IntEnum):
    """The supply that limits the ammonia efficiency most, or the voltage of the cell where it exceeds its limit."""

    LITHIUM = 0
    NITROGEN = 1
    PROTONS = 2
    VOLTAGE = 3


class SupplyBounds(eqx.Module):
    """Largest ammonia efficiency that each supply allows, above one where it is in excess; every field is traced.

    Attributes:
        lithium: j_Li / j while current flows.
        nitrogen: 6 F J_N / j over the cycle.
        protons: F J_H / j over the cycle.
    """

    lithium: Float[Array, "*lane"]
    nitrogen: Float[Array, "*lane"]
    protons: Float[Array, "*lane"]

    @property
    def smallest(self) -> Float[Array, "*lane"]:
        """Upper bound of the ammonia efficiency."""
        return jnp.minimum(jnp.minimum(self.lithium, self.nitrogen), jnp.minimum(self.protons, 1.0))


def supply_bounds(
    lithium_share: Float[Array, "*lane"],
    mean_current: Float[Array, "*lane"],
    nitrogen_flux: Float[Array, "*lane"],
    proton_flux: Float[Array, "*lane"],
) -> SupplyBounds:
    """Upper bounds of the ammonia efficiency from fluxes: six electrons an N2, three protons and three electrons an NH3.

    Args:
        lithium_share: j_Li / j while current flows, averaged over the charge.
        mean_current: A m-2, over the cycle.
        nitrogen_flux: mol m-2 s-1, kN c_N2, the largest that reaches the surface.
        proton_flux: mol m-2 s-1, kH c of all donors.

    Returns:
        SupplyBounds.

    Source: stoichiometry; supply ratios of Andersen et al., Energy Environ. Sci. 13, 4291 (2020), 10.1039/D0EE02246B.
    """
    electrons = mean_current / FARADAY
    return SupplyBounds(lithium_share, 6 * nitrogen_flux / electrons, proton_flux / electrons)


def limiting_cause(
    bounds: SupplyBounds, voltage: Float[Array, "*lane"], largest_voltage: Float[Array, "*lane"] | float
) -> UInt8[Array, "*lane"]:
    """Which supply is shortest, or the voltage where the cell exceeds what it may have.

    Args:
        bounds: of the ammonia efficiency.
        voltage: V, of the cell.
        largest_voltage: V, that the cell may have.

    Returns:
        a code of LimitingCause.
    """
    supplies = jnp.stack([bounds.lithium, bounds.nitrogen, bounds.protons])
    shortest = jnp.argmin(supplies, axis=0)
    return jnp.where(voltage > largest_voltage, int(LimitingCause.VOLTAGE), shortest).astype(jnp.uint8)


def needed_rest(
    lithium_current: Float[Array, "*lane"],
    on_time: Float[Array, "*lane"],
    proton_mass_transfer: Float[Array, "*lane"],
    donors: Float[Array, "*lane"],
) -> Float[Array, "*lane"]:
    """Rest after which donors have caught up with the lithium of a pulse, j_Li t_on / (F kH c) - t_on.

    It is a lower bound, because it assumes that all donors at the surface are consumed.

    Args:
        lithium_current: A m-2, during the pulse.
        on_time: s.
        proton_mass_transfer: m s-1, kH.
        donors: mol m-3, ethanol and residual donors in the bulk.

    Returns:
        s, zero where the pulse itself lasts long enough.

    Source: balance of three protons against three lithium per NH3 over a cycle.
    """
    flux = FARADAY * proton_mass_transfer * donors
    return jnp.maximum(lithium_current * on_time / flux - on_time, 0.0)


def needed_ethanol(
    mean_lithium_current: Float[Array, "*lane"],
    proton_mass_transfer: Float[Array, "*lane"],
    residual_donor: Float[Array, "*lane"],
) -> Float[Array, "*lane"]:
    """Lower bound of the best ethanol content, j_Li,mean / (F kH) less the residual donors; in proportion to mean current.

    Args:
        mean_lithium_current: A m-2, over the cycle.
        proton_mass_transfer: m s-1, kH.
        residual_donor: mol m-3.

    Returns:
        volume fraction, zero where the residual donors suffice.

    Source: as `needed_rest`.
    """
    concentration = mean_lithium_current / (FARADAY * proton_mass_transfer) - residual_donor
    return jnp.maximum(concentration, 0.0) / ETHANOL_MOLAR_DENSITY
