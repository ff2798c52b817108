"""Lithium metal: deposition and stripping with a finite inventory."""

from collections.abc import Sequence
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float

from kernels.constants import FARADAY
from kernels.electrodes.electrode import Electrode, SpeciesAtSurface, SurfaceActivities
from kernels.kinetics.rate_law import RateLaw


class InventoryActivities(SurfaceActivities):
    """Activities with A_red = 1 - exp(-q / monolayer) of the inventory q = reduced - reduced_slope j, mol m-2.

    Attributes:
        monolayer: `[lane]`, mol m-2.
    """

    monolayer: Float[Array, "*lane"]

    def left_at(self, current: Float[Array, "*lane"]) -> Float[Array, "lane"]:
        """Inventory at a current `[lane]`, A m-2, in monolayers."""
        return jnp.maximum(super().left_at(current), 0.0) / self.monolayer

    def reduced_from(
        self, left: Float[Array, "*lane"], missing: Float[Array, "lane"]
    ) -> tuple[Float[Array, "*lane"], Float[Array, "lane"]]:
        """A_red and dA_red/dj from `left_at` and missing = exp(-left)."""
        return 1 - missing, -missing * self.reduced_slope / self.monolayer


class LithiumMetal(Electrode):
    """Deposition and stripping of a metal M+ + e- = M with a finite inventory; every field `[lane]` is traced.

    A_ox = a_s / c_bulk, A_red = theta(q) = 1 - exp(-q / q_monolayer), dq/dt = -j / F; potentials are against M+/M in the
    bulk.

    Attributes:
        kinetics: rate law.
        exchange_current_density: A m-2, at the bulk activity (infinite: Nernstian).
        monolayer_inventory: mol m-2, inventory over which stripping fades.
        initial_inventory: mol m-2, metal present at the start.

    Source: Bard & Faulkner, Electrochemical Methods (2001), eq. 3.3.11, with the inventory factor for a metal film.
    """

    species_signs: ClassVar[tuple[int, ...]] = (1,)
    peak_laws: ClassVar[tuple[str, str]] = ("randles_sevcik", "berzins_delahay")
    anodic_peak_is_corner: ClassVar[bool] = True

    kinetics: RateLaw
    exchange_current_density: Float[Array, "*lane"]
    monolayer_inventory: Float[Array, "*lane"]
    initial_inventory: Float[Array, "*lane"]

    @property
    def electron_number(self) -> int:
        """Electrons per formula turnover."""
        return 1

    @property
    def formal_potential(self) -> float:
        """E0 in V: the equilibrium potential is the zero of the scale."""
        return 0.0

    @property
    def reference_current(self) -> Float[Array, "*lane"]:
        """j_ref in A m-2."""
        return self.exchange_current_density

    @property
    def starting_inventory(self) -> Float[Array, "*lane"]:
        """Deposit at the start, mol m-2."""
        return self.initial_inventory

    def bulk_activities(
        self, bulk: Sequence[Float[Array, "*lane"]]
    ) -> tuple[Float[Array, "*lane"], Float[Array, "*lane"], Float[Array, "*lane"]]:
        """Bulk concentration, and the unit activities of bulk and plated metal."""
        return bulk[0], jnp.ones_like(bulk[0]), jnp.ones_like(bulk[0])

    def equilibrium_change(self, bulk: Sequence[Float[Array, "*lane"]], x: Float[Array, "*lane"]) -> Array:
        """Deposition below the equilibrium potential consumes what is there; above it a metal leaves no trace of its size."""
        return bulk[0] * -jnp.expm1(jnp.minimum(x, 0.0))

    def activities(
        self,
        species: Sequence[SpeciesAtSurface],
        inventory: Float[Array, "*lane"],
        earlier_current: Float[Array, "*lane"],
        flatness: Float[Array, "*lane"],
        duration: Float[Array, "*lane"],
    ) -> InventoryActivities:
        """Activity of the ion and inventory of the metal at the end of a step."""
        (ion,) = species
        return InventoryActivities(
            oxidised=ion.concentration / ion.bulk,
            oxidised_slope=ion.slope / ion.bulk,
            reduced=jnp.maximum(inventory - 0.5 * (1 - flatness) * duration / FARADAY * earlier_current, 0.0),
            reduced_slope=0.5 * (1 + flatness) * duration / FARADAY,
            monolayer=self.monolayer_inventory,
        )

    def inventory_after(
        self,
        activities: SurfaceActivities,
        current: Float[Array, "*lane"],
        stiffness: Float[Array, "*lane"],
        state: Any,
    ) -> tuple[Float[Array, "*lane"], Float[Array, "*lane"]]:
        """Deposit after the step, mol m-2, and the rate at which it relaxes to equilibrium, s-1."""
        inventory = jnp.maximum(activities.reduced - activities.reduced_slope * current, 0.0)
        return inventory, stiffness / (FARADAY * lax.stop_gradient(activities.reduced_slope))

    def flux_limits(
        self,
        state: Any,
        duration: Float[Array, "*lane"],
        guess: Float[Array, "*lane"],
        constant: Bool[Array, "*lane"],
        multistep: Bool[Array, "*lane"],
    ) -> tuple[Bool[Array, "*lane"], Bool[Array, "*lane"]]:
        """A trapezoid overshoots where stripping ends within the step, and rings where a thin inventory follows the
        potential faster than the step."""
        multistep = multistep | (state.inventory_rate * duration > 1)
        stripped = duration * jnp.maximum(state.current, jnp.where(multistep, state.mean_current, 0.0))
        # A multistep carries the step before into this one: too much where the current is about to die away.
        constant = constant | (multistep & (guess * state.current < 0))
        constant = constant | ((stripped > 0) & (state.inventory * FARADAY <= stripped))
        return constant, multistep

    def peak_numbers(self) -> tuple[float, float]:
        """Electron number and transfer coefficient for the peak laws; those of metals have no transfer coefficient."""
        return 1.0, 0.5
