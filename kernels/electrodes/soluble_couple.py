"""A soluble redox couple, both species diffusing."""

from collections.abc import Sequence
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.constants import FARADAY
from kernels.electrodes.electrode import Electrode, SpeciesAtSurface, SurfaceActivities
from kernels.kinetics.rate_law import RateLaw


class SolubleCouple(Electrode):
    """Soluble couple O + n e- = R with both species diffusing; every field `[lane]` is traced.

    A_ox = a_O / c_ref, A_red = a_R / c_ref, c_ref = c_O + c_R, j_ref = n F k0 c_ref.

    Attributes:
        kinetics: rate law.
        electron_number: n.
        formal_potential: E0', V.
        rate_constant: k0, m s-1 (infinite: reversible).
        oxidised_concentration: mol m-3 in the bulk.
        reduced_concentration: mol m-3 in the bulk.

    Source: Bard & Faulkner, Electrochemical Methods (2001), eq. 3.3.11.
    """

    species_signs: ClassVar[tuple[int, ...]] = (1, -1)
    peak_laws: ClassVar[tuple[str, str]] = ("randles_sevcik", "irreversible")
    anodic_peak_is_corner: ClassVar[bool] = False

    kinetics: RateLaw
    electron_number: Float[Array, "*lane"]
    formal_potential: Float[Array, "*lane"]
    rate_constant: Float[Array, "*lane"]
    oxidised_concentration: Float[Array, "*lane"]
    reduced_concentration: Float[Array, "*lane"]

    @property
    def reference_concentration(self) -> Float[Array, "*lane"]:
        """c_ref in mol m-3."""
        return self.oxidised_concentration + self.reduced_concentration

    @property
    def reference_current(self) -> Float[Array, "*lane"]:
        """j_ref in A m-2."""
        return self.electron_number * FARADAY * self.rate_constant * self.reference_concentration

    def bulk_activities(
        self, bulk: Sequence[Float[Array, "*lane"]]
    ) -> tuple[Float[Array, "*lane"], Float[Array, "*lane"], Float[Array, "*lane"]]:
        """Total concentration, and the share of each form in it."""
        reference = self.reference_concentration
        return reference, self.oxidised_concentration / reference, self.reduced_concentration / reference

    def equilibrium_change(self, bulk: Sequence[Float[Array, "*lane"]], x: Float[Array, "*lane"]) -> Array:
        """What Nernst's law leaves of the oxidised form, less what there is."""
        return jnp.abs(self.reference_concentration * jax.nn.sigmoid(x) - self.oxidised_concentration)

    def activities(
        self,
        species: Sequence[SpeciesAtSurface],
        inventory: Float[Array, "*lane"],
        earlier_current: Float[Array, "*lane"],
        flatness: Float[Array, "*lane"],
        duration: Float[Array, "*lane"],
    ) -> SurfaceActivities:
        """Activities of both species at the end of a step."""
        oxidised, reduced = species
        reference = self.reference_concentration
        return SurfaceActivities(
            oxidised=oxidised.concentration / reference,
            oxidised_slope=oxidised.slope / reference,
            reduced=reduced.concentration / reference,
            reduced_slope=reduced.slope / reference,
        )

    def peak_numbers(self) -> tuple[Float[Array, "*lane"], Float[Array, "*lane"]]:
        """Electron number and transfer coefficient for the peak laws."""
        return self.electron_number, self.kinetics.cathodic_transfer_coefficient()
