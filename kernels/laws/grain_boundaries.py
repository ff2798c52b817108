"""Brick-layer laws of grain boundaries, along and across them, for diffusivities and conductivities alike.

Every function works lane by lane: arguments are scalars or share one shape `[*lane]`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

Lanes = Float[Array, "*#lane"] | float


def grain_boundary_fraction(grain_size: Lanes, boundary_width: Lanes) -> Float[Array, "*lane"]:
    """Area fraction of the boundaries of columnar square grains, f = 1 - (1 - w/d)^2.

    Args:
        grain_size: m, d, boundary included.
        boundary_width: m, w, at most d.

    Returns:
        dimensionless.

    Source: brick-layer model, Maier, Ber. Bunsenges. Phys. Chem. 90, 26 (1986), 10.1002/bbpc.19860900105.
    """
    ratio = boundary_width / grain_size
    return jnp.asarray(ratio * (2 - ratio))


def parallel_grain_boundaries(
    grain: Lanes, boundary: Lanes, grain_size: Lanes, boundary_width: Lanes
) -> Float[Array, "*lane"]:
    """Diffusivity or conductivity along columnar grains and their boundaries, f s_gb + (1 - f) s_grain.

    Args:
        grain: of the grain interior, m2 s-1 or S m-1.
        boundary: of the boundary, same unit.
        grain_size: m.
        boundary_width: m.

    Returns:
        the effective value, same unit.

    Source: Hart, Acta Metall. 5, 597 (1957), 10.1016/0001-6160(57)90127-X, for the columnar brick layer.
    """
    fraction = grain_boundary_fraction(grain_size, boundary_width)
    return fraction * boundary + (1 - fraction) * grain


def blocking_grain_boundaries(
    grain: Lanes, boundary: Lanes, grain_size: Lanes, boundary_width: Lanes
) -> Float[Array, "*lane"]:
    """Diffusivity or conductivity across grains and the boundaries between them, 1/s = (1 - w/d)/s_grain + (w/d)/s_gb.

    Args:
        grain: of the grain interior, m2 s-1 or S m-1.
        boundary: across the boundary, same unit.
        grain_size: m.
        boundary_width: m.

    Returns:
        the effective value, same unit.

    Source: brick-layer model, Maier (1986), 10.1002/bbpc.19860900105.
    """
    ratio = boundary_width / grain_size
    return jnp.asarray(1 / ((1 - ratio) / grain + ratio / boundary))
