"""Lithium metal whose first atoms hold on to the substrate more strongly than to one another."""

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.electrodes.electrode import SpeciesAtSurface
from kernels.electrodes.lithium_metal import InventoryActivities, LithiumMetal


class InteractingActivities(InventoryActivities):
    """Activities whose driving force falls by g (1 - theta), theta the share of the substrate that is covered.

    Attributes:
        interaction: `[lane]`, g.
    """

    interaction: Float[Array, "*lane"]

    def shift_at(self, current: Float[Array, "*lane"]) -> tuple[Float[Array, "*lane"], Float[Array, "*lane"]]:
        """Shift of x at a current `[lane]`, A m-2, and its slope; both are never positive."""
        left = self.left_at(current)
        bare = jnp.exp(-left)
        rate = jnp.where(left > 0, self.reduced_slope / self.monolayer, 0.0)
        return -self.interaction * bare, -self.interaction * bare * rate


class InteractingDeposit(LithiumMetal):
    """Frumkin's interaction in a deposit: x = n F (phi - E0) / (R T) - g (1 - theta), E0 that of the bulk metal.

    A positive g (in units of R T) plates the first monolayer before the equilibrium potential, as underpotential deposition
    does. A negative one makes deposition feed on itself; then the current of a step need not be unique, and study files
    refuse it.

    Attributes:
        interaction: g, not negative.

    Source: Frumkin's isotherm for charge transfer, Bard & Faulkner, Electrochemical Methods (2001), eqs. 13.5.11 and 13.5.12.
    """

    interaction: Float[Array, "*lane"]

    def activities(
        self,
        species: Sequence[SpeciesAtSurface],
        inventory: Float[Array, "*lane"],
        earlier_current: Float[Array, "*lane"],
        flatness: Float[Array, "*lane"],
        duration: Float[Array, "*lane"],
    ) -> InteractingActivities:
        """Activity of the ion, inventory of the metal, and what its coverage does to the driving force."""
        plain = super().activities(species, inventory, earlier_current, flatness, duration)
        return InteractingActivities(**vars(plain), interaction=self.interaction)
