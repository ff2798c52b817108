"""Volume fractions of a film's layers that convert into each other as it ages, and the resistance that follows."""

import jax
import jax.numpy as jnp
from jax.scipy.linalg import expm
from jaxtyping import Array, Float


def conversion_matrix(
    sources: tuple[int, ...], products: tuple[int, ...], rates: Float[Array, "reaction"], layers: int
) -> Float[Array, "layer layer"]:
    """Matrix of first-order conversions between layers, each keeping the volume.

    Args:
        sources: index of the layer that each reaction consumes (static).
        products: index of the layer that it makes (static).
        rates: `[reaction]`, s-1, non-negative, e.g. of Li2CO3 reduced to Li2O by lithium.
        layers: number of layers (static).

    Returns:
        `[layer, layer]`, s-1, whose columns add up to zero.

    Raises:
        ValueError: if a reaction names a layer that does not exist, or sources and products differ in number.

    Source: first-order kinetics; the reduction of Li2CO3 in contact with lithium is that of Zhang et al., Science 391 (2026),
        10.1126/science.adw5462, an Li3N layer between the two stops it (rate 0).
    """
    if len(sources) != len(products) or len(sources) != rates.shape[0]:
        got = f"{len(sources)} sources, {len(products)} products, {rates.shape[0]} rates"
        raise ValueError(f"conversions: got {got}, expected equal numbers: give one of each per reaction")
    if not all(0 <= layer < layers for layer in (*sources, *products)):
        raise ValueError(
            f"conversions: got {sources} to {products}, expected layers 0 to {layers - 1}: correct the index"
        )
    source, product = jnp.asarray(sources, dtype=jnp.int32), jnp.asarray(products, dtype=jnp.int32)
    empty = jnp.zeros((layers, layers), rates.dtype)
    return empty.at[source, source].add(-rates).at[product, source].add(rates)


def layer_fractions(
    fractions: Float[Array, "layer"], conversions: Float[Array, "layer layer"], time: Float[Array, "time"]
) -> Float[Array, "time layer"]:
    """Volume fractions of the layers over time, exact for constant rates; their sum stays.

    Args:
        fractions: `[layer]`, at time zero.
        conversions: `[layer, layer]`, s-1, see `conversion_matrix`.
        time: `[time]`, s, non-negative.

    Returns:
        `[time, layer]`.

    Source: matrix exponential of a first-order network.
    """
    return jax.vmap(lambda t: expm(conversions * t) @ fractions)(time)


def resistance_of_fractions(
    fractions: Float[Array, "*time layer"], resistivity: Float[Array, "layer"], thickness: Float[Array, "*time"]
) -> Float[Array, "*time"]:
    """Resistance of layers in series whose fractions change, L sum_k f_k rho_k.

    Args:
        fractions: `[*time, layer]`, volume fractions.
        resistivity: `[layer]`, ohm m.
        thickness: `[*time]`, m, of the whole film.

    Returns:
        `[*time]`, ohm m2.

    Source: layers in series, `kernels.stack.area_specific_resistance`.
    """
    return thickness * (fractions @ resistivity)
