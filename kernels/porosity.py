"""Porosity and tortuosity: conductivity or diffusivity of a pore network relative to that of its filling."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import jax.numpy as jnp
from jaxtyping import Array, Float

Parameter = Float[Array, "*#lane"] | float


def porosity_factor(porosity: Parameter, exponent: Parameter = 1.5) -> Float[Array, "*lane"]:
    """Conductivity of a pore network relative to that of its filling, eps^alpha, so tortuosity is eps^(1 - alpha).

    Args:
        porosity: eps, from 0 to 1.
        exponent: alpha, Bruggeman's exponent: 1.5 for spheres, larger for plates and blocked pores; at least 1.

    Returns:
        eps / tortuosity, dimensionless.

    Source: Bruggeman (1935), 10.1002/andp.19354160705; Tjaden et al., Curr. Opin. Chem. Eng. 12, 44 (2016),
        10.1016/j.coche.2016.02.006.
    """
    return jnp.asarray(porosity) ** exponent


def porosity_factor_maxwell(porosity: Parameter) -> Float[Array, "*lane"]:
    """The same factor for insulating spheres in a continuous filling, 2 eps / (3 - eps): tortuosity (3 - eps) / 2.

    Args:
        porosity: eps, from 0 to 1.

    Returns:
        eps / tortuosity, dimensionless; the upper bound of every isotropic pore network.

    Source: Maxwell (1873), art. 314.
    """
    return jnp.asarray(2 * porosity / (3 - porosity))


def porosity_factor_weissberg(porosity: Parameter) -> Float[Array, "*lane"]:
    """The same factor for randomly overlapping spheres, eps / (1 - ln(eps) / 2).

    Args:
        porosity: eps, from 0 to 1.

    Returns:
        eps / tortuosity, dimensionless; an upper bound for that geometry.

    Source: Weissberg, J. Appl. Phys. 34, 2636 (1963), 10.1063/1.1729783.
    """
    open_pores = jnp.asarray(porosity) > 0
    filled = jnp.where(open_pores, porosity, 1.0)
    return jnp.where(open_pores, filled / (1 - 0.5 * jnp.log(filled)), 0.0)


# the parameter beside the porosity: the exponent of "bruggeman"
POROSITY_FACTORS: Mapping[str, Callable[..., Float[Array, "*lane"]]] = MappingProxyType(
    {"bruggeman": porosity_factor, "maxwell": porosity_factor_maxwell, "weissberg": porosity_factor_weissberg}
)
