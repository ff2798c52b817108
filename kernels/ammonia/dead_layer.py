"""Porous layer of dead lithium: how fast it thickens, the supply it costs and how its pores close."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from kernels.constants import FARADAY
from kernels.porosity import porosity_factor
from kernels.stack import Electrolyte

REFERENCE_CURRENT = 1000.0  # A m-2, at which the dead share is given
LITHIUM_MOLAR_VOLUME = 1.3e-5  # m3 mol-1


class DeadLayer(eqx.Module):
    """Constants of the layer; every field is traced.

    Attributes:
        dead_share: share of the charge that ends as dead lithium at 1000 A m-2.
        current_order: power of that share in the current.
        porosity: of the fresh layer.
        closing_thickness: m, at which its pores are closed.
        conductivity: S m-1, of the electrolyte in its pores.
    """

    dead_share: Float[Array, "*lane"]
    current_order: Float[Array, "*lane"]
    porosity: Float[Array, "*lane"]
    closing_thickness: Float[Array, "*lane"]
    conductivity: Float[Array, "*lane"]


def default_dead_layer() -> DeadLayer:
    """Constants fitted to the fall of the efficiency over 50 h at 100 mA cm-2 and over 190 cycles at 200 mA cm-2.

    Returns:
        DeadLayer of scalars. Its pores close after the 195th cycle of 2 s at 200 mA cm-2.

    Source: fit to Zhang et al., Science 391 (2026), 10.1126/science.adw5462; the conductivity is that of 2 mm of electrolyte
        with the resistance of their cell.
    """
    share, order, current, on_time, cycles = 0.0078, 4.8, 2000.0, 2.0, 195
    share_at_current = share * (current / REFERENCE_CURRENT) ** order
    per_cycle = share_at_current * LITHIUM_MOLAR_VOLUME * current * on_time / FARADAY
    constants = {
        "dead_share": share,
        "current_order": order,
        "porosity": 0.4,
        "closing_thickness": cycles * per_cycle,
        "conductivity": 0.96,
    }
    return DeadLayer(**{name: jnp.asarray(value) for name, value in constants.items()})


def dead_share(layer: DeadLayer, current: Float[Array, "*lane"]) -> Float[Array, "*lane"]:
    """Share of the charge that ends as dead lithium, phi (j / 1000 A m-2)^q.

    Args:
        layer: constants.
        current: A m-2, cathodic magnitude while it flows.

    Returns:
        fraction, which the caller limits to the charge of the proton branch.

    Source: as `default_dead_layer`; the order is large because deposits turn mossy beyond the limiting current.
    """
    return layer.dead_share * (current / REFERENCE_CURRENT) ** layer.current_order


def aged_limiting_current(
    fresh: Float[Array, "*lane"], thickness: Float[Array, "*lane"], layer: DeadLayer, electrolyte: Electrolyte
) -> Float[Array, "*lane"]:
    """Limiting current with the layer in series, 1 / jlim = 1 / jlim0 + L / K, K = F D eps^1.5 c / (1 - t+).

    Args:
        fresh: A m-2, without the layer.
        thickness: m, of the layer.
        layer: its constants.
        electrolyte: in its pores, scalars.

    Returns:
        A m-2.

    Source: as `kernels.stack.limiting_current`; Bruggeman's exponent, `kernels.porosity.porosity_factor`.
    """
    carried = FARADAY * electrolyte.diffusivity * electrolyte.concentration / (1 - electrolyte.transference_number)
    return 1 / (1 / fresh + thickness / (carried * porosity_factor(layer.porosity)))


def pore_resistance(
    thickness: Float[Array, "*lane"], layer: DeadLayer
) -> tuple[Float[Array, "*lane"], Bool[Array, "*lane"]]:
    """Resistance of the electrolyte in the layer, L / (kappa eps^1.5), with eps falling in proportion to the thickness.

    eps = eps0 (1 - L / Lc) is the closure (1 - N / Nc)^-1.5 of the cycle number at constant current.

    Args:
        thickness: m.
        layer: constants.

    Returns:
        ohm m2, and whether the pores are closed (then infinite).

    Source: Bruggeman's exponent, `kernels.porosity.porosity_factor`.
    """
    closed = thickness >= layer.closing_thickness
    opened = jnp.where(closed, 1.0, 1 - thickness / layer.closing_thickness)
    resistance = thickness / (layer.conductivity * porosity_factor(layer.porosity * opened))
    return jnp.where(closed, jnp.inf, resistance), closed
