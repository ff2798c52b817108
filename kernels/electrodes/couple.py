"""Soluble redox couple, both of whose species diffuse."""

from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.constants import FARADAY
from kernels.electrodes.electrode import Bulk, Deposit, Electrode
from kernels.electrodes.surface_activities import SurfaceActivities
from kernels.kinetics.rate_law import RateLaw


class SolubleCouple(Electrode):
    """O + n e- = R; every field `[lane]` is traced.

    A_ox = a_O / c_ref, A_red = a_R / c_ref, c_ref = c_O + c_R, j_ref = n F k0 c_ref.

    Attributes:
        electron_number: n.
        formal_potential: E0', V.
        rate_constant: k0, m s-1 (infinite: reversible).
        kinetics: rate law.
        oxidised_concentration: mol m-3 in the bulk.
        reduced_concentration: mol m-3 in the bulk.

    Source: Bard & Faulkner, Electrochemical Methods (2001), eq. 3.3.11.
    """

    flux_signs: ClassVar[tuple[int, ...]] = (1, -1)
    peak_laws: ClassVar[tuple[str, str]] = ("randles_sevcik", "irreversible")
    anodic_peak_is_corner: ClassVar[bool] = False

    electron_number: Float[Array, "*lane"]
    formal_potential: Float[Array, "*lane"]
    rate_constant: Float[Array, "*lane"]
    kinetics: RateLaw
    oxidised_concentration: Float[Array, "*lane"]
    reduced_concentration: Float[Array, "*lane"]

    def peak_parameters(self, temperature):
        """n, and alpha at equilibrium."""
        return self.electron_number, self.kinetics.rest_transfer_coefficient(temperature)

    def bulk(self, concentration):
        """Both forms are counted by their sum."""
        reference = self.oxidised_concentration + self.reduced_concentration
        return Bulk(reference, self.oxidised_concentration / reference, self.reduced_concentration / reference)

    def reference_current(self, bulk):
        """j_ref = n F k0 c_ref."""
        return self.electron_number * FARADAY * self.rate_constant * bulk.reference

    def species_concentrations(self, concentration):
        """The oxidised form, then the reduced one."""
        return concentration, self.reduced_concentration

    def initial_deposit(self, nothing):
        """Nothing is deposited."""
        return Deposit(nothing, nothing)

    def choose_flux(self, deposit, currents, duration, constant, multistep):
        """Nothing beyond what the march asks for."""
        return constant, multistep

    def activities(self, bulk, species, deposit, duration, flatness, old_current):
        """Both forms are linear in the current."""
        oxidised, reduced = species
        return SurfaceActivities(
            oxidised=oxidised.value / bulk.reference,
            oxidised_slope=oxidised.slope / bulk.reference,
            reduced=reduced.value / bulk.reference,
            reduced_slope=reduced.slope / bulk.reference,
            monolayer=None,
        )

    def next_deposit(self, activities, deposit, current, stiffness):
        """Nothing is deposited."""
        return deposit

    def equilibrium_change(self, bulk, x):
        """From the composition of the bulk to that of the Nernst equation."""
        return jnp.abs(bulk.reference * jax.nn.sigmoid(x) - self.oxidised_concentration)
