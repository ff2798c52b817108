"""Interfaces: partition, permeance of an activated step such as desolvation, and the overpotential that it costs.

Every function works lane by lane: arguments are scalars or share one shape `[*lane]`. Energies are in joule per ion.
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from kernels.constants import BOLTZMANN, ELEMENTARY_CHARGE, FARADAY, PLANCK

Lanes = Float[Array, "*#lane"] | float
# Newton steps of the overpotential of a face: 6e-12 of it at the worst coefficient, 0.02, for currents of 1e-10 to 1e60 j0.
NEWTON_STEPS = 6
# Below this share of j0 the drop is proportional to the current to as many digits.
LINEAR_BELOW = 1e-12
# Logarithm of j / j0 beyond which no voltage is meant any more, and that above which ln(1 + r) is ln(r).
LARGEST_LOGARITHM, MILD = 600.0, 60.0


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


class ActivatedFaces(eqx.Module):
    """Outer faces of layers that Li+ crosses by an activated step, such as desolvation; every field is traced.

    Attributes:
        exchange_current: `[*lane layer]`, A m-2, j0 of each face; infinite where a face is at equilibrium.
        transfer_coefficient: `[*lane layer]`, of the cathodic direction, Li+ into the layer, between 0 and 1; None is one half
            everywhere, which costs a tenth.
        capacitance: `[*lane layer]`, F m-2, of the double layer of each face; only impedance resolves it.
    """

    exchange_current: Float[Array, "*lane layer"]
    transfer_coefficient: Float[Array, "*lane layer"] | None
    capacitance: Float[Array, "*lane layer"]

    def valid(self) -> Bool[Array, "*lane"]:
        """Whether all faces of arrays `[layer, *lane]` have usable constants."""
        good = (self.exchange_current > 0) & (self.capacitance >= 0)
        if self.transfer_coefficient is not None:
            good = good & (self.transfer_coefficient > 0) & (self.transfer_coefficient < 1)
        return jnp.all(good, axis=0)


def faces_overpotential(
    faces: ActivatedFaces, temperature: Float[Array, "*#layers"], current: Float[Array, "*#layers"]
) -> tuple[Float[Array, "layer *lane"], Float[Array, "layer *lane"]]:
    """Drop over each face and its slope, layer first; see `interface_overpotential`.

    Args:
        faces: `[layer, *lane]`.
        temperature: K, of the same rank.
        current: A m-2, oxidation positive, of the same rank.

    Returns:
        eta in V and d eta / d j in ohm m2, each `[layer, *lane]`.
    """
    if faces.transfer_coefficient is None:
        x, slope = _symmetric(current, faces.exchange_current)
    else:
        x, slope = _reduced_overpotential(current, faces.exchange_current, 1 - faces.transfer_coefficient)
    thermal = (BOLTZMANN / ELEMENTARY_CHARGE) * temperature
    return thermal * x, thermal * slope


def interface_overpotential(
    current: Lanes, exchange_current: Lanes, temperature: Lanes, transfer_coefficient: Lanes = 0.5
) -> Float[Array, "*lane"]:
    """Drop that drives a current over an activated interface, j = j0 [exp(a e eta / kT) - exp(-(1 - a) e eta / kT)].

    Args:
        current: `[*lane]`, A m-2.
        exchange_current: A m-2, at least zero.
        temperature: K.
        transfer_coefficient: a, the anodic one, between 0.02 and 0.98.

    Returns:
        eta in V, of the sign of the current; R T j / (F j0) for small ones, and no current without it for any j0.

    Source: Butler-Volmer, Bard & Faulkner, Electrochemical Methods (2001), eq. 3.4.11, solved for eta.

    Example:
        >>> j0 = interface_exchange_current(0.79 * ELEMENTARY_CHARGE, 1e-5, 298.15)
        >>> round(interface_overpotential(1000.0, j0, 298.15).item(), 2)
        0.42
    """
    x, _ = _reduced_overpotential(
        jnp.asarray(current), jnp.asarray(exchange_current), jnp.asarray(transfer_coefficient)
    )
    return x * (BOLTZMANN / ELEMENTARY_CHARGE) * temperature


def _symmetric(current, exchange_current):
    """The same with a coefficient of one half, in closed form."""
    exchange = jnp.maximum(exchange_current, jnp.finfo(jnp.result_type(current, float)).tiny)
    half = 0.5 * current / exchange
    return 2 * jnp.arcsinh(half), 1 / jnp.hypot(exchange, 0.5 * current)


def _reduced_overpotential(current, exchange_current, anodic):
    """x = e eta / kT at which exp(a x) - exp(-(1 - a) x) is j / j0, and dx / dj.

    With r = |j| / j0 and b the coefficient of the direction that flows, ln r = b |x| + ln(1 - exp(-|x|)) is concave in |x|, so
    Newton's method from any start comes from below and ends without a bracket. A fixed number of steps does, and derivatives
    are those of the last one.
    """
    along = jnp.where(current > 0, anodic, 1 - anodic)
    tiny = jnp.finfo(jnp.result_type(current, float)).tiny
    size = jnp.abs(current) / jnp.maximum(exchange_current, tiny)
    linear = size < LINEAR_BELOW
    wanted = jnp.minimum(jnp.log(jnp.where(linear, 1.0, size)), LARGEST_LOGARITHM)
    x = jnp.log1p(jnp.exp(jnp.minimum(wanted + jnp.log(along), MILD))) / along
    x = jnp.where(wanted + jnp.log(along) < MILD, x, (wanted + jnp.log(along)) / along)
    for _ in range(NEWTON_STEPS):
        back = jnp.exp(-x)
        forward = -jnp.expm1(-x)
        x = x - (along * x + jnp.log(forward) - wanted) / (along + back / forward)
    x = jnp.where(linear, size, x)
    slope = jnp.exp(-along * x) / (along + (1 - along) * jnp.exp(-x)) / jnp.maximum(exchange_current, tiny)
    return jnp.where(current < 0, -x, x), slope
