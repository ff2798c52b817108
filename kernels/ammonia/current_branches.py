"""Li+ and H+ in parallel through one film: how a current splits between them."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from kernels.ammonia.operating_conditions import REFERENCE_ETHANOL
from kernels.constants import BOLTZMANN, ELEMENTARY_CHARGE, FARADAY, GAS_CONSTANT
from kernels.roots import monotone_root
from kernels.stack import Electrolyte, LayerStack, area_specific_resistance, limiting_current

# Exponent of the smooth transition from Ohm's law at small currents to the limiting current.
LIMIT_SHARPNESS = 4
# The upper end of the bracket is raised by this fraction, so that rounding cannot put the root outside.
BRACKET_MARGIN = 1e-12


class FilmTransport(eqx.Module):
    """Properties of a film that the ammonia models use; every field is traced.

    Attributes:
        resistance: ohm m2, of the layers.
        desolvation_resistance: ohm m2, of the interfaces.
        limiting_current: A m-2, of film and electrolyte, positive; infinite for a single-ion film alone.
    """

    resistance: Float[Array, "*lane"]
    desolvation_resistance: Float[Array, "*lane"]
    limiting_current: Float[Array, "*lane"]

    @property
    def total_resistance(self) -> Float[Array, "*lane"]:
        """Layers and interfaces, ohm m2."""
        return self.resistance + self.desolvation_resistance

    def valid(self) -> Bool[Array, "*lane"]:
        """Whether the resistances are finite and non-negative, their sum is positive, and so is the limiting current."""
        finite = jnp.isfinite(self.total_resistance) & (self.resistance >= 0) & (self.desolvation_resistance >= 0)
        return finite & (self.total_resistance > 0) & (self.limiting_current > 0)


class ProtonBranch(eqx.Module):
    """Proton conduction through the film, j_H = A sinh(eta / eta0), A = A0 ((x + xr) / (x0 + xr))^m; every field is traced.

    Attributes:
        current: A m-2, A0 at x0 = 0.25 vol % of ethanol.
        overpotential_scale: V, eta0.
        order: m, in the concentration of donors.
        residual_donor: xr, the other proton donors (solvent, hydrogen oxidation) as an equivalent volume fraction of ethanol.
        hydrogen_share: share of this branch that ends as H2, the rest reduces the solvent.
    """

    current: Float[Array, "*lane"]
    overpotential_scale: Float[Array, "*lane"]
    order: Float[Array, "*lane"]
    residual_donor: Float[Array, "*lane"]
    hydrogen_share: Float[Array, "*lane"]


class CurrentSplit(eqx.Module):
    """A current and its two branches; every field is traced.

    Attributes:
        overpotential: V, eta over the film, non-negative.
        lithium_current: A m-2.
        proton_current: A m-2.
        solvable: whether a split exists; it does not above the limiting current if protons cannot pass the film.
    """

    overpotential: Float[Array, "*lane"]
    lithium_current: Float[Array, "*lane"]
    proton_current: Float[Array, "*lane"]
    solvable: Bool[Array, "*lane"]


def film_transport(stack: LayerStack, electrolyte: Electrolyte, temperature: Float[Array, ""]) -> FilmTransport:
    """Resistance and limiting current of a layer stack, from the transport kernels.

    Args:
        stack: one film, arrays `[layer]`.
        electrolyte: its electrolyte, scalars.
        temperature: K.

    Returns:
        FilmTransport of scalars. High-field layers enter by their resistance at small fields.

    Source: `kernels.stack.area_specific_resistance` and `kernels.stack.limiting_current`.
    """
    total = area_specific_resistance(stack, electrolyte, temperature)
    interfaces = jnp.sum(stack.interface_resistance)
    desolvation = GAS_CONSTANT * temperature / (FARADAY**2 * electrolyte.concentration) * interfaces
    # Rounding can make the difference of two nearly equal numbers negative.
    layers = jnp.maximum(total - desolvation, 0.0)
    return FilmTransport(layers, desolvation, limiting_current(stack, electrolyte))


def hopping_overpotential_scale(
    thickness: Float[Array, "*lane"], jump_distance: Float[Array, "*lane"], temperature: Float[Array, "*lane"]
) -> Float[Array, "*lane"]:
    """Overpotential over a film at which hopping leaves Ohm's law, eta0 = 2 k T L / (e a).

    Args:
        thickness: m, L.
        jump_distance: m, a.
        temperature: K.

    Returns:
        V, `ProtonBranch.overpotential_scale`.

    Source: Mott & Gurney, Electronic Processes in Ionic Crystals (1940), as `kernels.stack.film_overpotential`.
    """
    return 2 * BOLTZMANN * temperature * thickness / (ELEMENTARY_CHARGE * jump_distance)


def proton_exchange_current(branch: ProtonBranch, ethanol_fraction: Float[Array, "*lane"]) -> Float[Array, "*lane"]:
    """Prefactor of the proton branch at a content of ethanol, A0 ((x + xr) / (x0 + xr))^m.

    Args:
        branch: the proton branch.
        ethanol_fraction: x, volume fraction, non-negative.

    Returns:
        A m-2; zero without any donor.

    Source: order of the side reaction in the donor as in Fu et al., Science 379, 707 (2023), 10.1126/science.adf4403.
    """
    donor = ethanol_fraction + branch.residual_donor
    present = donor > 0
    ratio = jnp.where(present, donor, 1.0) / (REFERENCE_ETHANOL + branch.residual_donor)
    return branch.current * jnp.where(present, ratio**branch.order, 0.0)


def split_current(
    current: Float[Array, "*lane"],
    resistance: Float[Array, "*lane"],
    limit: Float[Array, "*lane"],
    exchange: Float[Array, "*lane"],
    scale: Float[Array, "*lane"],
) -> CurrentSplit:
    """Solve j = j_Li(eta) + j_H(eta) for the overpotential of the film, lane by lane.

    j_Li = jo / (1 + (jo / jlim)^4)^(1/4) with jo = eta / R, and j_H = A sinh(eta / eta0): both rise, so the root is unique.

    Args:
        current: A m-2, cathodic magnitude, zero allowed.
        resistance: ohm m2, R > 0.
        limit: A m-2, jlim > 0, infinity allowed.
        exchange: A m-2, A >= 0.
        scale: V, eta0 > 0.

    Returns:
        CurrentSplit; the proton current is the current less that of lithium, so the two add up exactly.

    Source: parallel branches of one film, Zhang et al., Science 391 (2026), 10.1126/science.adw5462, in the steady form of
        docs/ammonia.md, equations (1) to (4).
    """
    flows = (current < limit) | (exchange > 0)
    # Lanes without a solution are solved for zero current, so that the root search stays finite.
    wanted = jnp.where(flows, current, 0.0)
    share = jnp.where(wanted < limit, wanted / limit, 0.0)
    room = (1 - share**LIMIT_SHARPNESS) ** (1 / LIMIT_SHARPNESS)
    by_lithium = jnp.where(wanted < limit, resistance * wanted / jnp.where(room > 0, room, 1.0), jnp.inf)
    conducts = exchange > 0
    prefactor = jnp.where(conducts, exchange, 1.0)
    by_protons = jnp.where(conducts, scale * jnp.arcsinh(wanted / prefactor), jnp.inf)
    # A branch that carried the whole current alone would need at least the common overpotential.
    high = jnp.minimum(jnp.where((wanted < limit) & (room <= 0), jnp.inf, by_lithium), by_protons)
    high = jnp.where(jnp.isfinite(high), high, 0.0) * (1 + BRACKET_MARGIN)

    def lithium(eta):
        ohmic = eta / resistance
        return ohmic / (1 + (ohmic / limit) ** LIMIT_SHARPNESS) ** (1 / LIMIT_SHARPNESS)

    def excess(eta):
        protons = jnp.where(conducts, prefactor * jnp.sinh(jnp.where(conducts, eta / scale, 0.0)), 0.0)
        return lithium(eta) + protons - wanted

    eta = monotone_root(excess, jnp.zeros_like(high), high)
    lithium_current = jnp.minimum(lithium(eta), wanted)
    return CurrentSplit(eta, lithium_current, wanted - lithium_current, flows)
