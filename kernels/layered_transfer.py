"""Exact Laplace-domain response of a layered film: one recursion over the layers, no mesh."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Inexact

from kernels.stack import Electrolyte, LayerStack

# For |z^2| below this the power series are exact to rounding (their next terms are 4e-15 and 6e-15); above it the closed
# forms are.
SERIES_LIMIT = 1e-2
# tanh(z) / z and 1 / cosh(z) in powers of z^2, highest first.
TANH_SERIES = (-1382 / 155925, 62 / 2835, -17 / 315, 2 / 15, -1 / 3, 1.0)
SECH_SERIES = (-50521 / 3628800, 1385 / 40320, -61 / 720, 5 / 24, -1 / 2, 1.0)
OUTER_BOUNDARIES = ("reservoir", "blocking")


def layered_transfer(
    stack: LayerStack, electrolyte: Electrolyte, frequency: Inexact[Array, ""], outer: str = "reservoir"
) -> Inexact[Array, ""]:
    """Response of the surface activity to the electrode flux, U_s(s) / J(s), without a mesh.

    `kernels.transport.surface_transfer` is the same quantity of the discrete operator that simulations step in time;
    the two agree to second order in the cell width. This one is meant for spectra: it is exact at any frequency and allows a
    half space (a diffusion layer of infinite thickness). It is finite and differentiable also at zero frequency, except
    for a half space or a blocking end, whose response diverges there.

    Args:
        stack: one film, arrays `[layer]`.
        electrolyte: its electrolyte, scalars; `diffusion_layer_thickness` may be infinite.
        frequency: s in s-1, real and non-negative or complex (i omega for an impedance).
        outer: what ends the diffusion layer (static): "reservoir", the bulk activity is held (finite-length Warburg,
            tanh), or "blocking", nothing passes (finite-space Warburg, coth).

    Returns:
        s m-1; times R T / (F^2 c) it is the diffusion impedance in ohm m2.

    Raises:
        ValueError: if `outer` is unknown.

    Source: composite slab by Laplace transform, Carslaw & Jaeger, Conduction of Heat in Solids (1959), section 12.8;
        Jacobsen & West, Electrochim. Acta 40, 255 (1995), 10.1016/0013-4686(94)E0192-3. Here with the migration share
        t_k J of the flux, whose jumps are sources that reach the electrode through 1 / cosh of the layers before it.

    Example:
        >>> from kernels.stack import bare_stack
        >>> half_space = Electrolyte(*(jnp.asarray(v) for v in (2000.0, 1e-10, 0.0, jnp.inf)))
        >>> round(float(layered_transfer(bare_stack(), half_space, jnp.asarray(1.0))), 3)
        100000.0
    """
    if outer not in OUTER_BOUNDARIES:
        raise ValueError(f"outer: got {outer!r}, expected one of {', '.join(OUTER_BOUNDARIES)}: choose one of them")
    dtype = np.result_type(frequency.dtype, stack.thickness.dtype)
    stack, electrolyte = jax.tree.map(lambda x: jnp.asarray(x).astype(dtype), (stack, electrolyte))
    frequency = frequency.astype(dtype)

    # From the bulk inwards: the loss of activity at a face is impedance * total flux + source * J.
    impedance = _electrolyte_impedance(electrolyte, frequency, outer)
    source = -electrolyte.transference_number * impedance
    for layer in range(stack.thickness.shape[0] - 1, -1, -1):
        transference, thickness = stack.transference_number[layer], stack.thickness[layer]
        storage = stack.accessible_fraction[layer] * frequency
        impedance = impedance + stack.interface_resistance[layer]
        # Inside a layer the activity follows the diffusive share of the flux alone.
        source = source + transference * impedance
        tangent, decay = _slab(storage * thickness**2 / stack.diffusivity[layer])
        partition = stack.partition_coefficient[layer]
        resistance = tangent * thickness / (stack.diffusivity[layer] * partition)
        shunt = 1 + storage * partition * thickness * tangent * impedance
        impedance = (impedance + resistance) / shunt
        source = source * decay / shunt - transference * impedance
    return impedance + source


def _electrolyte_impedance(electrolyte, frequency, outer):
    """Loss of activity per diffusive flux at the inner face of the diffusion layer."""
    infinite = jnp.isinf(electrolyte.diffusion_layer_thickness)
    thickness = jnp.where(infinite, jnp.ones_like(frequency), electrolyte.diffusion_layer_thickness)
    diffusivity = electrolyte.diffusivity
    square = frequency * thickness**2 / diffusivity
    tangent, _ = _slab(square)
    finite = tangent * thickness / diffusivity if outer == "reservoir" else 1 / (frequency * thickness * tangent)
    # The square root has no derivative at zero frequency, so it must not be evaluated there for a finite layer.
    half_space = 1 / jnp.sqrt(diffusivity * jnp.where(infinite, frequency, jnp.ones_like(frequency)))
    return jnp.where(infinite, half_space, finite)


def _slab(square):
    """tanh(z) / z and 1 / cosh(z) of z^2, smooth at zero and free of overflow."""
    small = jnp.abs(square) < SERIES_LIMIT
    near = jnp.where(small, square, jnp.zeros_like(square))
    root = jnp.sqrt(jnp.where(small, jnp.ones_like(square), square))
    decay = jnp.exp(-root)
    tangent = (1 - decay**2) / ((1 + decay**2) * root)
    return (
        jnp.where(small, _polynomial(TANH_SERIES, near), tangent),
        jnp.where(small, _polynomial(SECH_SERIES, near), 2 * decay / (1 + decay**2)),
    )


def _polynomial(coefficients, argument):
    """Horner's rule, highest power first."""
    value = jnp.zeros_like(argument)
    for coefficient in coefficients:
        value = value * argument + coefficient
    return value
