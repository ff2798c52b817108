"""Steps of an electrode reaction in series, branches in parallel, and the pH scale: what aqueous electrodes have in common.

A steady current passes through diffusion layers, an electron transfer and a chemical step one after another, so the
reciprocals of what each would carry alone add up (Koutecky and Levich). Reactions side by side add their currents.
Currents are cathodic magnitudes here; anodic branches take the sign of the potential reversed.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.constants import FARADAY, GAS_CONSTANT, STANDARD_TEMPERATURE

Lanes = Float[Array, "*#lane"] | float

# V at 298.15 K
THERMAL_VOLTAGE = GAS_CONSTANT * STANDARD_TEMPERATURE / FARADAY
# V a pH unit at 298.15 K, 2.303 R T / F
NERNST_SLOPE = 2.302585092994046 * THERMAL_VOLTAGE


def layers_conductance(thickness: Lanes, diffusivity: Lanes, *more: Lanes) -> Float[Array, "*lane"]:
    """Mass-transfer coefficient of diffusion layers in series, 1 / sum(L / D).

    Args:
        thickness: m, of the first layer.
        diffusivity: m2 s-1, of the first layer; times its partition coefficient where that is not one.
        more: thickness and diffusivity of further layers in turn.

    Returns:
        m s-1; times a concentration it is the largest flux.

    Raises:
        ValueError: a thickness without a diffusivity.

    Source: steady planar diffusion: Bard & Faulkner, Electrochemical Methods, 2nd ed. (2001), section 1.4.

    Example:
        >>> round(float(layers_conductance(100e-6, 2e-9, 10e-6, 1e-9)) * 1e5, 4)
        1.6667
    """
    values = (thickness, diffusivity, *more)
    if len(values) % 2:
        raise ValueError(f"layers: got {len(values)} numbers, expected pairs; give each thickness its diffusivity")
    return 1 / jnp.asarray(sum(length / speed for length, speed in zip(values[::2], values[1::2], strict=True)))


def steps_in_series(*rates: Lanes) -> Float[Array, "*lane"]:
    """Rate of steps in series, each given by what it would carry alone: 1 / sum(1 / r).

    Args:
        rates: positive, in one unit; infinity for a step that does not limit.

    Returns:
        in the same unit, below the slowest.

    Source: Koutecky & Levich, as in Bard & Faulkner, Electrochemical Methods, 2nd ed. (2001), eq. 9.3.39.

    Example:
        >>> float(steps_in_series(3.0, 6.0))
        2.0
    """
    return 1 / jnp.asarray(sum(1 / jnp.asarray(rate) for rate in rates))


def tafel_current(
    current: Lanes, transfer_coefficient: Lanes, potential: Lanes, temperature: Lanes = STANDARD_TEMPERATURE
) -> Float[Array, "*lane"]:
    """Cathodic current of an irreversible electron transfer, j0 exp(-alpha F E / R T).

    Args:
        current: at potential zero, in any unit.
        transfer_coefficient: alpha; negative for an anodic branch.
        potential: V, from where `current` holds.
        temperature: K.

    Returns:
        in the unit of `current`.

    Source: Tafel, Z. Phys. Chem. 50, 641 (1905), 10.1515/zpch-1905-5043.

    Example:
        >>> round(float(tafel_current(1.0, 0.5, -0.1183)), 2)
        10.0
    """
    return current * jnp.exp(-transfer_coefficient * FARADAY * potential / (GAS_CONSTANT * temperature))


def acidity_factor(transfer_coefficient: Lanes, order: Lanes, ph: Lanes) -> Float[Array, "*lane"]:
    """Factor of a current at fixed potential against RHE for the pH, 10^((alpha - order) pH), one at pH 0.

    The electron transfer follows the potential against SHE, which lies 2.303 R T / F a pH unit below the same number on the
    scale of RHE. Reduction of protons (order 1) loses 1 - alpha decades a unit; that of water (order 0) gains alpha.

    Args:
        transfer_coefficient: alpha.
        order: in protons.
        ph: number or array.

    Returns:
        dimensionless.

    Source: Nernst's law on both scales.

    Example:
        >>> float(acidity_factor(0.5, 1.0, 2.0))
        0.1
    """
    return 10.0 ** (jnp.asarray(transfer_coefficient - order) * ph)


def potential_of_series(
    current: Lanes, kinetic: Lanes, transfer_coefficient: Lanes, *limits: Lanes
) -> Float[Array, "*lane"]:
    """Potential at which an electron transfer in series with steps that no potential drives carries a current.

    Args:
        current: below every limit, in any unit.
        kinetic: current of the electron transfer alone at potential zero, in the same unit.
        transfer_coefficient: alpha.
        limits: what the other steps carry, in the same unit.

    Returns:
        V at 298.15 K, (R T / alpha F) ln(kinetic (1 / j - sum(1 / limit))); NaN where a limit is exceeded.

    Source: `steps_in_series` of `tafel_current` and the limits, solved for the potential.

    Example:
        >>> slow = steps_in_series(tafel_current(1.0, 0.5, -0.2), 20.0)
        >>> round(float(potential_of_series(slow, 1.0, 0.5, 20.0)), 6)
        -0.2
    """
    left = 1 / jnp.asarray(current) - sum(1 / jnp.asarray(limit) for limit in limits)
    return THERMAL_VOLTAGE / transfer_coefficient * jnp.log(kinetic * left)
