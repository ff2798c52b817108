"""Mixing rules: effective conductivity (or D K) of a mixture from those of its phases and their volume fractions.

Every rule takes conductivities `[phase, *lane]`, all positive, and fractions `[phase, *lane]` that add up to one, and
returns `[*lane]`; every input is traced. The rules hold for any transport coefficient that enters like a conductivity.

Most of them are one weighted mean, sum_i w_i s_i / sum_i w_i with w_i = f_i / (s_i + 2 r), which rises with its reference r:
r = 0 is the series rule, r = min s and max s are the Hashin-Shtrikman bounds, r = s itself is Bruggeman's rule, r = infinity
the parallel rule. In this form no digits cancel at any contrast.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from kernels.roots import monotone_root

Phases = Float[Array, "phase *lane"]
Parameter = Float[Array, "*#lane"] | float


def series(conductivities: Phases, fractions: Phases) -> Float[Array, "*lane"]:
    """Layers across the current, 1/s = sum_i f_i / s_i, the lower bound of every mixture (Reuss).

    Args:
        conductivities: `[phase, *lane]`, S m-1 or any other unit.
        fractions: `[phase, *lane]`.

    Returns:
        `[*lane]`, in the unit of the conductivities.

    Source: Wiener, Abh. Math.-Phys. Kl. Koenigl. Saechs. Ges. Wiss. 32, 509 (1912).
    """
    return 1 / jnp.sum(fractions / conductivities, axis=0)


def parallel(conductivities: Phases, fractions: Phases) -> Float[Array, "*lane"]:
    """Layers along the current, s = sum_i f_i s_i, the upper bound of every mixture (Voigt).

    Args:
        conductivities: `[phase, *lane]`, S m-1 or any other unit.
        fractions: `[phase, *lane]`.

    Returns:
        `[*lane]`, in the unit of the conductivities.

    Source: as `series`.
    """
    return jnp.sum(fractions * conductivities, axis=0)


def lichtenecker(conductivities: Phases, fractions: Phases) -> Float[Array, "*lane"]:
    """Logarithmic mean, ln s = sum_i f_i ln s_i: empirical, outside the Hashin-Shtrikman bounds for large contrasts.

    Args:
        conductivities: `[phase, *lane]`, S m-1 or any other unit.
        fractions: `[phase, *lane]`.

    Returns:
        `[*lane]`, in the unit of the conductivities.

    Source: Lichtenecker, Phys. Z. 27, 115 (1926).
    """
    return jnp.exp(jnp.sum(fractions * jnp.log(conductivities), axis=0))


def hashin_shtrikman_lower(conductivities: Phases, fractions: Phases) -> Float[Array, "*lane"]:
    """Least conductivity of an isotropic mixture: the worst conductor coats everything.

    Every listed phase enters the bound, even with a fraction of zero, so leave out phases that are absent.

    Args:
        conductivities: `[phase, *lane]`, S m-1 or any other unit.
        fractions: `[phase, *lane]`.

    Returns:
        `[*lane]`, in the unit of the conductivities.

    Source: Hashin & Shtrikman, J. Appl. Phys. 33, 3125 (1962), 10.1063/1.1728579.
    """
    return _referred_mean(conductivities, fractions, jnp.min(conductivities, axis=0))


def hashin_shtrikman_upper(conductivities: Phases, fractions: Phases) -> Float[Array, "*lane"]:
    """Largest conductivity of an isotropic mixture: the best conductor coats everything.

    Every listed phase enters the bound, even with a fraction of zero, so leave out phases that are absent.

    Args:
        conductivities: `[phase, *lane]`, S m-1 or any other unit.
        fractions: `[phase, *lane]`.

    Returns:
        `[*lane]`, in the unit of the conductivities.

    Source: as `hashin_shtrikman_lower`.
    """
    return _referred_mean(conductivities, fractions, jnp.max(conductivities, axis=0))


def maxwell_eucken(conductivities: Phases, fractions: Phases, matrix: int = 0) -> Float[Array, "*lane"]:
    """Spheres of all other phases in a continuous matrix phase; for two phases one of the Hashin-Shtrikman bounds.

    Args:
        conductivities: `[phase, *lane]`, S m-1 or any other unit.
        fractions: `[phase, *lane]`.
        matrix: index of the matrix phase, static.

    Returns:
        `[*lane]`, in the unit of the conductivities.

    Source: Maxwell, A Treatise on Electricity and Magnetism (1873), art. 314; Eucken, Forsch. Ing.-Wes. B3, 353 (1932).
    """
    return _referred_mean(conductivities, fractions, conductivities[matrix])


def bruggeman(conductivities: Phases, fractions: Phases) -> Float[Array, "*lane"]:
    """Symmetric effective medium of n phases, sum_i f_i (s_i - s) / (s_i + 2 s) = 0; percolates at 1/3.

    Args:
        conductivities: `[phase, *lane]`, S m-1 or any other unit.
        fractions: `[phase, *lane]`.

    Returns:
        `[*lane]`, in the unit of the conductivities.

    Source: Bruggeman, Ann. Phys. 416, 636 (1935), 10.1002/andp.19354160705; Landauer, J. Appl. Phys. 23, 779 (1952),
        10.1063/1.1702301.
    """
    return general_effective_media(conductivities, fractions, threshold=1 / 3, exponent=1.0)


@jax.jit  # called eagerly, the root search would be compiled again every time
def general_effective_media(
    conductivities: Phases, fractions: Phases, threshold: Parameter = 0.16, exponent: Parameter = 2.0
) -> Float[Array, "*lane"]:
    """GEM: sum_i f_i (s_i^(1/t) - s^(1/t)) / (s_i^(1/t) + A s^(1/t)) = 0 with A = (1 - p) / p; Bruggeman at p = 1/3, t = 1.

    It is a fit law: for arbitrary p and t it may leave the Hashin-Shtrikman bounds. At small contrast it follows the exact
    isotropic expansion, and stays inside, only for t = 3 - 6 p with p <= 1/3; the usual p = 0.16, t = 2 misses that by little.

    Args:
        conductivities: `[phase, *lane]`, S m-1 or any other unit.
        fractions: `[phase, *lane]`.
        threshold: p, scalar or `[*lane]`, critical fraction of the better conductor, between 0 and 1.
        exponent: t, scalar or `[*lane]`, positive.

    Returns:
        `[*lane]`, in the unit of the conductivities.

    Source: McLachlan, Blaszkiewicz & Newnham, J. Am. Ceram. Soc. 73, 2187 (1990), 10.1111/j.1151-2916.1990.tb07576.x.
    """
    logarithms = jnp.log(conductivities)
    shape = logarithms.shape[1:]
    critical, power = (jnp.broadcast_to(jnp.asarray(p, logarithms.dtype), shape) for p in (threshold, exponent))
    # Phases without volume are left out of the bracket: far outside the others the function is flat.
    present = fractions > 0
    low = jnp.min(jnp.where(present, logarithms, jnp.inf), axis=0)
    high = jnp.max(jnp.where(present, logarithms, -jnp.inf), axis=0)

    # (y - Y) / (y + A Y) is a logistic function of (ln s_i - ln s) / t, which is smooth and does not overflow.
    offset = jnp.log(critical) - jnp.log1p(-critical)

    def excess(logarithm):
        shares = lax.logistic((logarithms - logarithm[None]) / power[None] + offset[None])
        return jnp.sum(fractions * (critical[None] - shares), axis=0)

    return jnp.exp(monotone_root(excess, low, high))


def percolation(
    conductivities: Phases, fractions: Phases, threshold: Parameter = 0.16, exponent: Parameter = 2.0
) -> Float[Array, "*lane"]:
    """Scaling law of two phases, s = s_lo + (s_hi - s_lo) ((f_hi - p) / (1 - p))^t above the threshold, s_lo below.

    Args:
        conductivities: `[2, *lane]`, S m-1 or any other unit.
        fractions: `[2, *lane]`.
        threshold: p, scalar or `[*lane]`, between 0 and 1.
        exponent: t, scalar or `[*lane]`, at least 1.

    Returns:
        `[*lane]`, in the unit of the conductivities.

    Source: Kirkpatrick, Rev. Mod. Phys. 45, 574 (1973), 10.1103/RevModPhys.45.574, with the poor phase in parallel.
    """
    first, second = conductivities
    fraction = jnp.where(first > second, fractions[0], fractions[1])
    beyond = (fraction - threshold) / (1 - jnp.asarray(threshold))
    backbone = jnp.maximum(beyond, 0.0) ** exponent
    # A convex sum, which is exact at both ends; s_lo + (s_hi - s_lo) is not for large contrasts.
    return (1 - backbone) * jnp.minimum(first, second) + backbone * jnp.maximum(first, second)


@dataclass(frozen=True)
class MixingRule:
    """One entry of `MIXING_RULES`.

    Attributes:
        function: rule(conductivities, fractions, **parameters).
        long_name: in words.
        parameters: names of its parameters with their defaults.
        phases: the number of phases that it takes; None for any.
    """

    function: Callable[..., Float[Array, "*lane"]]
    long_name: str
    parameters: Mapping[str, float | int] = field(default_factory=dict)
    phases: int | None = None


_PERCOLATING = MappingProxyType({"threshold": 0.16, "exponent": 2.0})

MIXING_RULES: Mapping[str, MixingRule] = MappingProxyType(
    {
        "series": MixingRule(series, "layers across the current"),
        "parallel": MixingRule(parallel, "layers along the current"),
        "maxwell_eucken": MixingRule(maxwell_eucken, "spheres in a matrix", MappingProxyType({"matrix": 0})),
        "hashin_shtrikman_lower": MixingRule(hashin_shtrikman_lower, "lower bound of isotropic mixtures"),
        "hashin_shtrikman_upper": MixingRule(hashin_shtrikman_upper, "upper bound of isotropic mixtures"),
        "bruggeman": MixingRule(bruggeman, "symmetric effective medium"),
        "general_effective_media": MixingRule(general_effective_media, "percolating effective medium", _PERCOLATING),
        "lichtenecker": MixingRule(lichtenecker, "logarithmic mean"),
        "percolation": MixingRule(percolation, "scaling law above a threshold", _PERCOLATING, phases=2),
    }
)


def _referred_mean(
    conductivities: Phases, fractions: Phases, reference: Float[Array, "*lane"]
) -> Float[Array, "*lane"]:
    weights = fractions / (conductivities + 2 * reference[None])
    return jnp.sum(weights * conductivities, axis=0) / jnp.sum(weights, axis=0)
