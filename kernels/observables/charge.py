"""Charge passed in each direction and Coulombic efficiency."""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


class ChargeBalance(eqx.Module):
    """Faradaic charge of a curve, per lane; every field is traced.

    Attributes:
        cathodic: `[lane]`, C m-2, zero or negative (plated).
        anodic: `[lane]`, C m-2, zero or positive (stripped).
        net: `[lane]`, C m-2, cathodic + anodic.
        coulombic_efficiency: `[lane]`, anodic / |cathodic| (stripped over plated); NaN if nothing was plated.
    """

    cathodic: Float[Array, "lane"]
    anodic: Float[Array, "lane"]
    net: Float[Array, "lane"]
    coulombic_efficiency: Float[Array, "lane"]


def charge_balance(
    charge: Float[Array, "step lane"],
    segment: Int[Array, "step lane"],
    segments: Sequence[int] | None = None,
) -> ChargeBalance:
    """Cathodic, anodic and net faradaic charge from the cumulative charge.

    A step counts as wholly cathodic or wholly anodic by the sign of its increment, so within the one step in which the
    current changes sign the two parts cancel; the error is second order in that step.

    Args:
        charge: `[step, lane]`, C m-2, cumulative integral of the faradaic current (oxidation positive).
        segment: `[step, lane]`, index of the protocol segment; a step belongs to the segment at its end.
        segments: segments to count, static; None counts the whole curve.

    Returns:
        ChargeBalance, without the charge of the double layer.

    Source: Coulombic efficiency as stripped over plated charge, Adams et al., Adv. Energy Mater. 8, 1702097 (2018),
        10.1002/aenm.201702097.

    Example:
        >>> charge = jnp.array([0.0, -4.0, -4.0, -1.0])[:, None]
        >>> balance = charge_balance(charge, jnp.zeros((4, 1), jnp.int32))
        >>> balance.cathodic.item(), balance.anodic.item(), balance.coulombic_efficiency.item()
        (-4.0, 3.0, 0.75)
    """
    increment = charge[1:] - charge[:-1]
    if segments is not None:
        counted = jnp.zeros(increment.shape, bool)
        for number in segments:
            counted = counted | (segment[1:] == number)
        increment = jnp.where(counted, increment, 0)

    # With `where` a repeated point (increment zero) has gradient zero in both sums; `minimum` would give one half.
    def add(sums, row):
        return (sums[0] + jnp.where(row < 0, row, 0), sums[1] + jnp.where(row > 0, row, 0)), None

    # Row after row, because the order of additions in jnp.sum depends on the number of threads.
    (cathodic, anodic), _ = jax.lax.scan(add, (jnp.zeros_like(increment[0]),) * 2, increment)
    plated = cathodic < 0
    efficiency = jnp.where(plated, anodic / -jnp.where(plated, cathodic, -1.0), jnp.nan)
    return ChargeBalance(cathodic=cathodic, anodic=anodic, net=cathodic + anodic, coulombic_efficiency=efficiency)
