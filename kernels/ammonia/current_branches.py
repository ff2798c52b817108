"""Li+ and H+ in parallel through one film: how a current splits between them."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from kernels.ammonia.operating_conditions import REFERENCE_ETHANOL
from kernels.constants import BOLTZMANN, ELEMENTARY_CHARGE, FARADAY, GAS_CONSTANT
from kernels.laws.interfaces import ActivatedFaces, faces_overpotential
from kernels.roots import monotone_root
from kernels.stack import Electrolyte, LayerStack, area_specific_resistance, faces_resistance, limiting_current

# Exponent of the smooth transition from Ohm's law at small currents to the limiting current.
LIMIT_SHARPNESS = 4


class FilmTransport(eqx.Module):
    """Properties of a film that the ammonia models use; every field is traced.

    Attributes:
        resistance: ohm m2, of the layers.
        desolvation_resistance: ohm m2, of the interfaces.
        limiting_current: A m-2, of film and electrolyte, positive; infinite for a single-ion film alone.
        faces: `[layer, *lane]`, activated ones, or None.
        temperature: K, of the faces; unused without them.
    """

    resistance: Float[Array, "*lane"]
    desolvation_resistance: Float[Array, "*lane"]
    limiting_current: Float[Array, "*lane"]
    faces: ActivatedFaces | None = None
    temperature: Float[Array, "*lane"] | None = None

    @property
    def total_resistance(self) -> Float[Array, "*lane"]:
        """Layers and interfaces, ohm m2, to a small current."""
        total = self.resistance + self.desolvation_resistance
        if self.faces is None or self.temperature is None:
            return total
        return total + faces_resistance(self.faces, self.temperature)

    def desolvation_overpotential(self, lithium_current: Float[Array, "*lane"]) -> Float[Array, "*lane"]:
        """What a current of Li+ into the film loses at the interfaces, V, non-negative."""
        linear = lithium_current * self.desolvation_resistance
        if self.faces is None or self.temperature is None:
            return linear
        # one film may carry many currents
        more = (1,) * (lithium_current.ndim - self.resistance.ndim)
        faces = jax.tree.map(lambda values: values.reshape(values.shape + more), self.faces)
        temperature = self.temperature.reshape((1, *self.temperature.shape, *more))
        return linear - jnp.sum(faces_overpotential(faces, temperature, -lithium_current[None])[0], axis=0)

    def loss(self, lithium_current: Float[Array, "*lane"]) -> Float[Array, "*lane"]:
        """What a current of Li+ loses in layers and at interfaces without depletion, V; it rises with the current."""
        return lithium_current * self.resistance + self.desolvation_overpotential(lithium_current)

    def valid(self) -> Bool[Array, "*lane"]:
        """Whether the resistances are finite and non-negative, their sum is positive, and so are the limiting current and faces."""
        finite = jnp.isfinite(self.total_resistance) & (self.resistance >= 0) & (self.desolvation_resistance >= 0)
        good = finite & (self.total_resistance > 0) & (self.limiting_current > 0)
        return good if self.faces is None else good & self.faces.valid()


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
    total = area_specific_resistance(replace(stack, faces=None), electrolyte, temperature)
    interfaces = jnp.sum(stack.interface_resistance)
    desolvation = GAS_CONSTANT * temperature / (FARADAY**2 * electrolyte.concentration) * interfaces
    # Rounding can make the difference of two nearly equal numbers negative.
    layers = jnp.maximum(total - desolvation, 0.0)
    limit = limiting_current(stack, electrolyte)
    return FilmTransport(layers, desolvation, limit, stack.faces, None if stack.faces is None else temperature)


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
    film: FilmTransport,
    exchange: Float[Array, "*lane"],
    scale: Float[Array, "*lane"],
    memory: Float[Array, "*lane"] | float = 0.0,
    own: Float[Array, "*lane"] | float = 1.0,
) -> CurrentSplit:
    """Solve j = j_Li(eta) + j_H(eta) for the overpotential of the film, lane by lane.

    eta = (R j_Li + eta_faces(j_Li)) / (1 - u^4)^(1/4) with the depletion u of Li+, and j_H = A sinh(eta / eta0). Both sides rise
    with the share of Li+, so the root is unique. At steady state u = j_Li / j_lim.

    Args:
        current: A m-2, cathodic magnitude, zero allowed.
        film: resistances, R > 0, faces and limiting current, infinity allowed.
        exchange: A m-2, A >= 0.
        scale: V, eta0 > 0.
        memory: A m-2, what earlier currents add to u j_lim.
        own: share of the current itself in u j_lim, at most one.

    Returns:
        CurrentSplit; the proton current is the current less that of lithium, so the two add up exactly.

    Source: parallel branches of one film, Zhang et al., Science 391 (2026), 10.1126/science.adw5462, in the form of
        docs/ammonia.md, equations (1) to (4) and (10).
    """
    flows = current > 0
    safe = jnp.where(flows, current, 1.0)
    conducts = exchange > 0
    prefactor = jnp.where(conducts, exchange, 1.0)
    alone = jnp.arcsinh(safe / prefactor)

    def room(share):
        depletion = jnp.clip((memory + own * share * safe) / film.limiting_current, 0.0, 1.0)
        return 1 - depletion**LIMIT_SHARPNESS

    def excess(share):
        # overpotential of Li+ without depletion and that of protons, over that of protons with the whole current
        lithium = film.loss(share * safe) / (scale * alone)
        protons = jnp.arcsinh((1 - share) * safe / prefactor) / alone
        return lithium**LIMIT_SHARPNESS - room(share) * protons**LIMIT_SHARPNESS

    share = monotone_root(excess, jnp.zeros_like(safe), jnp.ones_like(safe))
    whole = (memory + own * safe) < film.limiting_current
    share = jnp.where(conducts, share, jnp.where(whole, 1.0, 0.0))
    share = jnp.minimum(share, 1.0)
    # rounding may leave it a last bit above what the depletion lets through
    holds = jnp.asarray(own) > 0
    supplied = jnp.where(holds, (film.limiting_current - memory) / jnp.where(holds, own, 1.0), jnp.inf)
    lithium = jnp.where(flows, jnp.minimum(share * safe, jnp.maximum(supplied, 0.0)), 0.0)
    # Either branch gives the overpotential, and each loses digits where its own difference is small.
    left = jnp.where(conducts | whole, room(share), 1.0)
    by_lithium = film.loss(share * safe) / jnp.where(left > 0, left, 1.0) ** (1 / LIMIT_SHARPNESS)
    by_protons = scale * jnp.arcsinh((1 - share) * safe / prefactor)
    eta = jnp.where(flows, jnp.where(conducts & (left < 1 - share), by_protons, by_lithium), 0.0)
    return CurrentSplit(eta, lithium, jnp.where(flows, current, 0.0) - lithium, ~flows | conducts | whole)
