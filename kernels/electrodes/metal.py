"""Deposition and stripping of a metal with a finite inventory."""

from typing import ClassVar

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from kernels.constants import FARADAY
from kernels.electrodes.electrode import Bulk, Deposit, Electrode
from kernels.electrodes.surface_activities import SurfaceActivities
from kernels.kinetics.rate_law import RateLaw


class MetalElectrode(Electrode):
    """M+ + e- = M with a finite inventory; every field `[lane]` is traced.

    A_ox = a_s / c_bulk, A_red = theta(q) = 1 - exp(-q / q_monolayer), dq/dt = -j / F; potentials are against M+/M in the
    bulk.

    Attributes:
        exchange_current_density: A m-2, at the bulk activity (infinite: Nernstian).
        kinetics: rate law.
        monolayer_inventory: mol m-2, inventory over which stripping fades.
        initial_inventory: mol m-2, metal present at the start.

    Source: Bard & Faulkner, Electrochemical Methods (2001), eq. 3.3.11, with the inventory factor for a metal film.
    """

    flux_signs: ClassVar[tuple[int, ...]] = (1,)
    peak_laws: ClassVar[tuple[str, str]] = ("randles_sevcik", "berzins_delahay")
    anodic_peak_is_corner: ClassVar[bool] = True

    exchange_current_density: Float[Array, "*lane"]
    kinetics: RateLaw
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

    def peak_parameters(self, temperature):
        """Deposition peaks are read as those of a reversible one-electron wave."""
        return 1.0, 0.5

    def bulk(self, concentration):
        """The bulk is the reference of the dissolved form, and the plated metal that of the deposit."""
        return Bulk(concentration, jnp.ones_like(concentration), jnp.ones_like(concentration))

    def reference_current(self, bulk):
        """j_ref is the exchange current density."""
        return self.exchange_current_density

    def species_concentrations(self, concentration):
        """Only the ion diffuses."""
        return (concentration,)

    def initial_deposit(self, nothing):
        """The metal present at the start."""
        return Deposit(self.initial_inventory + nothing, nothing)

    def choose_flux(self, deposit, currents, duration, constant, multistep):
        """A trapezoid overshoots where stripping ends within the step, and rings where a thin inventory follows the
        potential faster than the step."""
        current, mean_current, expected = currents
        multistep = multistep | (deposit.rate * duration > 1)
        stripped = duration * jnp.maximum(current, jnp.where(multistep, mean_current, 0.0))
        # A multistep carries the step before into this one: too much where the current is about to die away.
        constant = constant | (multistep & (expected * current < 0))
        constant = constant | ((stripped > 0) & (deposit.inventory * FARADAY <= stripped))
        return constant, multistep

    def activities(self, bulk, species, deposit, duration, flatness, old_current):
        """The inventory at the end of the step takes the place of the reduced form."""
        (ion,) = species
        left = jnp.maximum(deposit.inventory - 0.5 * (1 - flatness) * duration / FARADAY * old_current, 0.0)
        return SurfaceActivities(
            oxidised=ion.value / bulk.reference,
            oxidised_slope=ion.slope / bulk.reference,
            reduced=left,
            reduced_slope=0.5 * (1 + flatness) * duration / FARADAY,
            monolayer=self.monolayer_inventory,
        )

    def next_deposit(self, activities, deposit, current, stiffness):
        """dq/dt = -j / F over the step."""
        return Deposit(
            jnp.maximum(activities.reduced - activities.reduced_slope * current, 0.0),
            stiffness / (FARADAY * lax.stop_gradient(activities.reduced_slope)),
        )

    def equilibrium_change(self, bulk, x):
        """Deposition under its equilibrium potential consumes what is there; above it a metal leaves no trace of its size."""
        return bulk.reference * -jnp.expm1(jnp.minimum(x, 0.0))
