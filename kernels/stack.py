"""Layer stack of an SEI film and the electrolyte outside it."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.constants import BOLTZMANN, ELEMENTARY_CHARGE, FARADAY, GAS_CONSTANT
from kernels.laws.interfaces import ActivatedFaces, faces_overpotential
from kernels.roots import monotone_root


class LayerStack(eqx.Module):
    """Layers of one film, the innermost (at the electrode) first.

    Every field is traced; only the number of layers is static. The values alone distinguish two kinds of layer:
    a *fickian* layer stores Li+ and moves it by diffusion (transference number 0, resistivity 0), an *ohmic* layer
    is a single-ion conductor (transference number 1, accessible fraction 0 so that nothing is stored, resistivity > 0).

    Attributes:
        thickness: `[layer]`, m.
        diffusivity: `[layer]`, m2 s-1, porosity and tortuosity included.
        partition_coefficient: `[layer]`, concentration in the layer relative to the electrolyte at equilibrium.
        accessible_fraction: `[layer]`, share of the volume that stores Li+.
        transference_number: `[layer]`, share of the current that migration carries.
        resistivity: `[layer]`, ohm m, zero for a fickian layer.
        jump_distance: `[layer]`, m, of the high-field hopping law; zero keeps Ohm's law.
        interface_resistance: `[layer]`, s m-1, the inverse permeance of the layer's outer face; zero is equilibrium.
        faces: of the outer faces that Li+ crosses by an activated step, or None where there is none in the whole study.

    Example:
        >>> stack = LayerStack(*(jnp.array([v]) for v in (1e-8, 1e-15, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)))
        >>> stack.thickness.shape
        (1,)
    """

    thickness: Float[Array, "*lane layer"]
    diffusivity: Float[Array, "*lane layer"]
    partition_coefficient: Float[Array, "*lane layer"]
    accessible_fraction: Float[Array, "*lane layer"]
    transference_number: Float[Array, "*lane layer"]
    resistivity: Float[Array, "*lane layer"]
    jump_distance: Float[Array, "*lane layer"]
    interface_resistance: Float[Array, "*lane layer"]
    faces: ActivatedFaces | None = None


class Electrolyte(eqx.Module):
    """Liquid electrolyte with a diffusion layer that ends in the well-mixed bulk; every field is traced.

    Attributes:
        concentration: mol m-3, of the diffusing species in the bulk.
        diffusivity: m2 s-1 (the salt diffusivity of a binary electrolyte).
        transference_number: of the diffusing species; zero with an excess of supporting electrolyte.
        diffusion_layer_thickness: m.
    """

    concentration: Float[Array, "*lane"]
    diffusivity: Float[Array, "*lane"]
    transference_number: Float[Array, "*lane"]
    diffusion_layer_thickness: Float[Array, "*lane"]


def bare_stack() -> LayerStack:
    """A film without layers.

    Returns:
        LayerStack whose arrays have shape `[0]`.

    Example:
        >>> bare_stack().thickness.shape
        (0,)
    """
    nothing: Any = jnp.zeros(0)
    return LayerStack(*(nothing for _ in range(8)))


def layer_resistances(stack: LayerStack) -> Float[Array, "layer"]:
    """Steady resistance of each layer to the electrode flux, (1 - t) L / (D K).

    Args:
        stack: one film, arrays `[layer]`.

    Returns:
        `[layer]`, s m-1, without the interfaces.

    Source: series resistances of layered diffusion, Crank, The Mathematics of Diffusion (1975), section 3.4.1, less the share
        t of the flux that migration carries.
    """
    return (1 - stack.transference_number) * stack.thickness / (stack.diffusivity * stack.partition_coefficient)


def electrolyte_resistance(electrolyte: Electrolyte) -> Float[Array, "*lane"]:
    """Steady resistance of the diffusion layer to the electrode flux, (1 - t+) delta / D.

    Args:
        electrolyte: outside the film.

    Returns:
        `[*lane]`, s m-1.

    Source: as `layer_resistances`.
    """
    return (1 - electrolyte.transference_number) * electrolyte.diffusion_layer_thickness / electrolyte.diffusivity


def diffusion_resistance(stack: LayerStack, electrolyte: Electrolyte) -> Float[Array, ""]:
    """Steady resistance to the electrode flux of all layers, their interfaces and the diffusion layer in series.

    Args:
        stack: one film, arrays `[layer]`.
        electrolyte: its electrolyte, scalars.

    Returns:
        s m-1, so that the surface activity is c - R J for a steady cathodic flux J.

    Source: as `layer_resistances`.
    """
    return jnp.sum(layer_resistances(stack) + stack.interface_resistance) + electrolyte_resistance(electrolyte)


def limiting_current(stack: LayerStack, electrolyte: Electrolyte) -> Float[Array, ""]:
    """Magnitude of the steady cathodic current at which the surface activity vanishes, F c / R.

    Args:
        stack: one film, arrays `[layer]`.
        electrolyte: its electrolyte, scalars.

    Returns:
        A m-2, positive.

    Source: planar steady state F D c / (delta (1 - t+)), Newman & Thomas-Alyea, Electrochemical Systems (2004), ch. 11,
        with the film in series.
    """
    return FARADAY * electrolyte.concentration / diffusion_resistance(stack, electrolyte)


def area_specific_resistance(
    stack: LayerStack, electrolyte: Electrolyte, temperature: Float[Array, ""]
) -> Float[Array, ""]:
    """Steady resistance of the film alone to a small current, ohmic and fickian layers and their interfaces in series.

    A resistance R to the flux counts as R T R / (F^2 c), an activated face as R T / (F j0).

    Args:
        stack: one film, arrays `[layer]`.
        electrolyte: its electrolyte, scalars (the bulk concentration is the reference of the fickian share).
        temperature: K.

    Returns:
        ohm m2.

    Source: zero-frequency limit of the layered Warburg element, Jacobsen & West, Electrochim. Acta 40, 255 (1995),
        10.1016/0013-4686(94)E0192-3.
    """
    per_activity = GAS_CONSTANT * temperature / (FARADAY**2 * electrolyte.concentration)
    fickian = layer_resistances(stack) + stack.interface_resistance
    layers = jnp.sum(stack.resistivity * stack.thickness + per_activity * fickian)
    return layers if stack.faces is None else layers + faces_resistance(stack.faces, temperature)


def faces_resistance(faces: ActivatedFaces, temperature: Float[Array, ""]) -> Float[Array, ""]:
    """Resistance of activated faces to a small current, sum of R T / (F j0), ohm m2; arrays `[layer]`."""
    return GAS_CONSTANT * temperature / FARADAY * jnp.sum(1 / faces.exchange_current)


def film_overpotential(
    stack: LayerStack, temperature: Float[Array, "*lane"], current: Float[Array, "*lane"]
) -> tuple[Float[Array, "*lane"], Float[Array, "*lane"]]:
    """Drop over ohmic layers and activated faces, and its slope: sum_k L_k E_k asinh(j rho_k / E_k), E_k = 2 k T / (e a_k).

    The law is Ohm's for small fields and the high-field hopping law for large ones; a face adds `interface_overpotential`. All
    rise with the current.

    Args:
        stack: films with arrays `[layer, lane]` (layer first, because time stepping keeps lanes last).
        temperature: `[lane]`, K.
        current: `[lane]`, A m-2.

    Returns:
        eta `[lane]` in V and d eta / d j `[lane]` in ohm m2.

    Source: Mott & Gurney, Electronic Processes in Ionic Crystals (1940); Young, Anodic Oxide Films (1961), eq. 2.9,
        solved for the field.
    """
    jumps = stack.jump_distance > 0
    distance = jnp.where(jumps, stack.jump_distance, 1.0)
    field_scale = 2 * BOLTZMANN * temperature[None, :] / (ELEMENTARY_CHARGE * distance)
    linear_field = stack.resistivity * current[None, :]
    ratio = linear_field / field_scale
    field = jnp.where(jumps, field_scale * jnp.arcsinh(ratio), linear_field)
    slope = jnp.where(jumps, stack.resistivity / jnp.sqrt(1 + ratio**2), stack.resistivity)
    drop, resistance = jnp.sum(stack.thickness * field, axis=0), jnp.sum(stack.thickness * slope, axis=0)
    if stack.faces is None:
        return drop, resistance
    over_faces, of_faces = faces_overpotential(stack.faces, temperature[None, :], current[None, :])
    return drop + jnp.sum(over_faces, axis=0), resistance + jnp.sum(of_faces, axis=0)


def carried_current(
    stack: LayerStack, electrolyte: Electrolyte, temperature: Float[Array, ""], drop: float
) -> Float[Array, ""]:
    """Largest steady cathodic current: the limiting current, or what a drop drives through ohmic layers and faces if that is less.

    Ohmic layers and activated faces have no limiting current of their own. Without them this is `limiting_current`.

    Args:
        stack: one film, arrays `[layer]`.
        electrolyte: its electrolyte, scalars.
        temperature: K.
        drop: V, over the ohmic layers and the activated faces.

    Returns:
        A m-2, positive.

    Source: `film_overpotential`, solved for the current.
    """
    ohmic = stack.resistivity > 0
    jumps = stack.jump_distance > 0
    # The current that puts the whole drop on one layer is above the root, and that of Ohm's law below it.
    reduced = ELEMENTARY_CHARGE * stack.jump_distance * drop / (2 * BOLTZMANN * temperature * stack.thickness)
    gain = jnp.where(jumps, jnp.sinh(jnp.minimum(reduced, 100.0)) / jnp.where(jumps, reduced, 1.0), 1.0)
    alone = drop / jnp.where(ohmic, stack.resistivity * stack.thickness, 1.0) * gain
    hinders = jnp.any(ohmic)
    low = drop / jnp.where(hinders, jnp.sum(stack.resistivity * stack.thickness), drop)
    high = jnp.where(hinders, jnp.min(jnp.where(ohmic, alone, jnp.inf)), 2.0)
    if stack.faces is not None:
        # An equal share of the drop on each part lets least through where it hinders most, and less than the whole does.
        active, share = jnp.isfinite(stack.faces.exchange_current), drop / (2 * len(stack.thickness))
        least = share / jnp.where(ohmic, stack.resistivity * stack.thickness, 1.0)
        least = jnp.minimum(
            jnp.min(jnp.where(ohmic, least, jnp.inf)), _through_faces(stack.faces, active, temperature, share)
        )
        most = jnp.where(hinders, high, jnp.inf)
        most = jnp.minimum(most, _through_faces(stack.faces, active, temperature, drop))
        hinders = hinders | jnp.any(active)
        low, high = jnp.where(hinders, least, 1.0), jnp.where(hinders, most, 2.0)
    film = jax.tree.map(lambda values: values[:, None], stack)

    def excess(logarithm):
        # cathodic: the two directions over a face need not be alike
        found, _ = film_overpotential(film, temperature[None], -jnp.exp(logarithm)[None])
        # where nothing hinders nothing rises with the current; the root and its derivatives then stay finite and unused
        return jnp.where(hinders, -found[0] - drop, logarithm)

    driven = jnp.exp(monotone_root(excess, jnp.log(low) - 1e-9, jnp.log(high) + 1e-9))
    limit = limiting_current(stack, electrolyte)
    return jnp.where(hinders, jnp.minimum(limit, driven), limit)


def _through_faces(faces, active, temperature, drop):
    """Cathodic current that a drop drives through the slowest face alone."""
    x = ELEMENTARY_CHARGE * drop / (BOLTZMANN * temperature)
    into = (0.5 if faces.transfer_coefficient is None else faces.transfer_coefficient) * x
    out = into - x
    driven = jnp.where(active, faces.exchange_current, 1.0) * (jnp.exp(into) - jnp.exp(out))
    return jnp.min(jnp.where(active, driven, jnp.inf))
