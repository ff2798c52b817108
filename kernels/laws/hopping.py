"""Hopping ions: from barriers and carriers to diffusivity, conductivity and their dependence on temperature.

Every function works lane by lane: arguments are scalars or share one shape `[*lane]`. Energies are in joule per ion.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.constants import BOLTZMANN, FARADAY, GAS_CONSTANT, STANDARD_TEMPERATURE

Lanes = Float[Array, "*#lane"] | float


def carrier_fraction(formation_energy: Lanes, temperature: Lanes) -> Float[Array, "*lane"]:
    """Fraction of the Li sites that carry charge in thermal equilibrium, x = exp(-Ef / kT), dilute.

    Args:
        formation_energy: J, of ONE carrier: half of a Schottky or Frenkel pair.
        temperature: K.

    Returns:
        dimensionless.

    Source: Maier, Physical Chemistry of Ionic Materials (2004), chapter 5, dilute defects.

    Example:
        >>> f"{carrier_fraction(0.541 * 1.602e-19, 298.15):.2g}"
        '7.2e-10'
    """
    return jnp.exp(-formation_energy / (BOLTZMANN * temperature))


def hopping_diffusivity(
    jump_distance: Lanes,
    attempt_frequency: Lanes,
    migration_energy: Lanes,
    temperature: Lanes,
    carriers: Lanes = 1.0,
    geometry_factor: Lanes = 1.0,
) -> Float[Array, "*lane"]:
    """Diffusivity of hopping ions, D = g a^2 nu x exp(-Em / kT): of one carrier for x = 1, of all Li for its fraction.

    Args:
        jump_distance: m, a.
        attempt_frequency: s-1, nu, the entropy of migration included.
        migration_energy: J, Em.
        temperature: K.
        carriers: x, the fraction of Li sites that hold a carrier.
        geometry_factor: g, the share of jumps along the current (1 in one dimension) times the correlation factor.

    Returns:
        m2 s-1.

    Source: Mehrer, Diffusion in Solids (2007), chapters 6 and 8, 10.1007/978-3-540-71488-0.

    Example:
        >>> f"{hopping_diffusivity(2.85e-10, 1e13, 0.60 * 1.602e-19, 298.15):.3g}"
        '5.87e-17'
    """
    frequency = attempt_frequency * jnp.exp(-migration_energy / (BOLTZMANN * temperature))
    return geometry_factor * jump_distance**2 * frequency * carriers


def nernst_einstein_conductivity(
    diffusivity: Lanes, concentration: Lanes, temperature: Lanes, haven_ratio: Lanes = 1.0
) -> Float[Array, "*lane"]:
    """Conductivity of monovalent ions, sigma = F^2 c D / (R T H).

    Args:
        diffusivity: m2 s-1, of the tracer, averaged over all ions of the concentration.
        concentration: mol m-3, of all Li.
        temperature: K.
        haven_ratio: H, tracer over conductivity diffusivity.

    Returns:
        S m-1.

    Source: Mehrer, Diffusion in Solids (2007), chapter 11, 10.1007/978-3-540-71488-0.
    """
    return jnp.asarray((FARADAY * concentration / temperature) * (FARADAY * diffusivity / (GAS_CONSTANT * haven_ratio)))


def arrhenius(
    value: Lanes, activation_energy: Lanes, temperature: Lanes, reference_temperature: Lanes = STANDARD_TEMPERATURE
) -> Float[Array, "*lane"]:
    """Carry a value from a reference temperature to another one, v exp(-(Ea / k) (1/T - 1/T_ref)).

    For conductivities whose product with T is Arrhenius, give `value * reference_temperature / temperature`.

    Args:
        value: at the reference temperature, any unit.
        activation_energy: J per ion.
        temperature: K.
        reference_temperature: K.

    Returns:
        the value at `temperature`, in its unit.

    Source: Arrhenius' law.
    """
    # As one fraction, which does not cancel close to the reference temperature.
    difference = (temperature - reference_temperature) / (temperature * reference_temperature)
    return value * jnp.exp(activation_energy / BOLTZMANN * difference)
