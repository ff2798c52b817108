"""A layer whose faces have reacted with what they touch: what is left of it in series with the products."""

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array, Float

Lanes = Float[Array, "*#lane"] | float


def parabolic_depth(growth_constant: Lanes, time: Lanes) -> Float[Array, "*lane"]:
    """Depth to which a layer is consumed by a reaction that what it has formed slows down, sqrt(k t).

    Args:
        growth_constant: m2 s-1, k, by depth of the layer consumed.
        time: s.

    Returns:
        m.

    Source: Tammann, Z. anorg. allg. Chem. 111 (1920) 78, 10.1002/zaac.19201110107.

    Example:
        >>> f"{parabolic_depth(1e-21, 36000.0):.2g}"
        '6e-09'
    """
    return jnp.sqrt(growth_constant * time)


def reacted_layer(
    thickness: Lanes,
    transport: Lanes,
    depths: Sequence[Lanes],
    volume_ratios: Sequence[Lanes],
    product_transports: Sequence[Lanes],
) -> tuple[Float[Array, "*lane"], Float[Array, "*lane"]]:
    """Thickness and mean transport of a layer whose faces were consumed, layers in series.

    Fronts that meet stop: where the depths add up to more than the layer, each gets its share of it.

    Args:
        thickness: m, before the reactions.
        transport: m2 s-1 or S m-1, of the layer itself.
        depths: m, consumed from each face that reacts.
        volume_ratios: volume of product per volume consumed, of each.
        product_transports: m2 s-1 or S m-1, of the product of each.

    Returns:
        thickness with the products, m, and the transport that gives it the resistance of the series.

    Source: sum of resistances in series.

    Example:
        >>> whole, mean = reacted_layer(1e-8, 1e-6, [5e-9], [1.4], [1e-8])
        >>> f"{whole:.3g} {whole / mean:.4g}"
        '1.2e-08 0.705'
    """
    depth = sum(depths[1:], depths[0])
    share = thickness / jnp.maximum(depth, thickness)
    whole = thickness - share * depth
    resistance = whole / transport
    for consumed, ratio, product in zip(depths, volume_ratios, product_transports, strict=True):
        grown = ratio * share * consumed
        whole, resistance = whole + grown, resistance + grown / product
    return whole, whole / resistance
