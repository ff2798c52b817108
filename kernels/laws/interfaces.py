"""Interfaces: partition, permeance of an activated step such as desolvation, and the overpotential that it costs.

Every function works lane by lane: arguments are scalars or share one shape `[*lane]`. Energies are in joule per ion.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.constants import BOLTZMANN, ELEMENTARY_CHARGE, FARADAY, PLANCK
from kernels.roots import monotone_root

Lanes = Float[Array, "*#lane"] | float


def partition_coefficient(free_energy: Lanes, temperature: Lanes) -> Float[Array, "*lane"]:
    """Equilibrium concentration in a layer relative to the electrolyte, K = exp(-dG / kT).

    Args:
        free_energy: J per ion, dG of moving Li+ from the electrolyte into the layer; negative favours the layer.
        temperature: K.

    Returns:
        dimensionless; also exp(-dG / RT) with dG per mole.

    Source: equality of electrochemical potentials at an ideal dilute interface.
    """
    return jnp.exp(-free_energy / (BOLTZMANN * temperature))


def interface_permeance(activation_energy: Lanes, site_thickness: Lanes, temperature: Lanes) -> Float[Array, "*lane"]:
    """Permeance of an interface that ions cross by one activated step, k = lambda (kB T / h) exp(-dG# / kT).

    The flux is k (a_outside - a_inside) with activities relative to the electrolyte, so it is zero at equilibrium for any
    partition coefficient. The transmission coefficient is taken as one.

    Args:
        activation_energy: J per ion, dG# from the electrolyte side, e.g. of desolvation.
        site_thickness: m, lambda, the depth of electrolyte whose ions attempt the step: sites per area over concentration.
        temperature: K.

    Returns:
        m s-1; its inverse is `LayerStack.interface_resistance`.

    Source: Eyring, J. Chem. Phys. 3, 107 (1935), 10.1063/1.1749604; as interfacial permeance Zwolinski, Eyring & Reese,
        J. Phys. Colloid Chem. 53, 1426 (1949), 10.1021/j150474a012.

    Example:
        >>> f"{interface_permeance(0.41 * ELEMENTARY_CHARGE, 5e-9, 298.15):.2g}"
        '0.0036'
    """
    attempts = (BOLTZMANN / PLANCK) * temperature
    return site_thickness * attempts * jnp.exp(-activation_energy / (BOLTZMANN * temperature))


def interface_exchange_current(
    activation_energy: Lanes, site_density: Lanes, temperature: Lanes
) -> Float[Array, "*lane"]:
    """Exchange current density of an activated interface, j0 = F Gamma (kB T / h) exp(-dG# / kT).

    It equals F c k for the permeance k with lambda = Gamma / c.

    Args:
        activation_energy: J per ion.
        site_density: mol m-2, Gamma.
        temperature: K.

    Returns:
        A m-2.

    Source: as `interface_permeance`.
    """
    return FARADAY * interface_permeance(activation_energy, site_density, temperature)


@jax.jit  # called eagerly, the root search would be compiled again every time
def interface_overpotential(
    current: Lanes, exchange_current: Lanes, temperature: Lanes, transfer_coefficient: Lanes = 0.5
) -> Float[Array, "*lane"]:
    """Drop that drives a current over an activated interface, j = j0 [exp(a e eta / kT) - exp(-(1 - a) e eta / kT)].

    Args:
        current: `[*lane]`, A m-2.
        exchange_current: A m-2.
        temperature: K.
        transfer_coefficient: a, the anodic one, between 0 and 1.

    Returns:
        eta in V, of the sign of the current; R T j / (F j0) for small ones.

    Source: Butler-Volmer, Bard & Faulkner, Electrochemical Methods (2001), eq. 3.4.11, solved for eta.
    """
    ratio = jnp.asarray(current / exchange_current)
    alpha = jnp.broadcast_to(transfer_coefficient, ratio.shape)
    # Each end of the bracket is the drop at which one direction alone would carry the current.
    high = jnp.log1p(jnp.maximum(ratio, 0.0)) / alpha
    low = -jnp.log1p(jnp.maximum(-ratio, 0.0)) / (1 - alpha)

    def excess(x):
        return jnp.expm1(alpha * x) - jnp.expm1(-(1 - alpha) * x) - ratio

    return monotone_root(excess, low, high) * (BOLTZMANN / ELEMENTARY_CHARGE) * temperature
