"""What an electrode says about itself; oxidation positive, x = n F (phi - eta_film - E0) / (R T).

Every electrode has the current

    j = j_ref exp(L(x)) [ A_red s(x) - A_ox s(-x) ]

with the rate law L of `kernels.kinetics` and the logistic function s. The kind decides what A_ox and A_red are.
"""

import abc
from collections.abc import Sequence
from typing import Any, ClassVar

import equinox as eqx
from jaxtyping import Array, Bool, Float

from kernels.kinetics.rate_law import RateLaw


class SpeciesAtSurface(eqx.Module):
    """A diffusing species at the electrode at the end of a step, linear in its current; every field `[lane]` is traced.

    Attributes:
        bulk: mol m-3.
        concentration: mol m-3, at j = 0.
        slope: mol m-3 per A m-2, positive: the oxidised form rises with the current, the reduced form falls.
    """

    bulk: Float[Array, "*lane"]
    concentration: Float[Array, "*lane"]
    slope: Float[Array, "*lane"]


class SurfaceActivities(eqx.Module):
    """Activities at the end of a step as functions of its current j; every field `[lane]` is traced.

    A_ox = oxidised + oxidised_slope j, A_red = reduced - reduced_slope j.

    Attributes:
        oxidised: activity of the oxidised form at j = 0.
        oxidised_slope: m2 A-1, positive.
        reduced: activity of the reduced form at j = 0 (or what a subclass makes it from).
        reduced_slope: m2 A-1, positive.
    """

    oxidised: Float[Array, "*lane"]
    oxidised_slope: Float[Array, "*lane"]
    reduced: Float[Array, "*lane"]
    reduced_slope: Float[Array, "*lane"]

    def oxidised_at(self, current: Float[Array, "*lane"]) -> Float[Array, "lane"]:
        """A_ox at a current `[lane]`, A m-2; its slope is `oxidised_slope`."""
        return self.oxidised + self.oxidised_slope * current

    def left_at(self, current: Float[Array, "*lane"]) -> Float[Array, "lane"]:
        """What is left of the reduced form at a current `[lane]`, A m-2."""
        return self.reduced - self.reduced_slope * current

    def reduced_from(
        self, left: Float[Array, "*lane"], missing: Float[Array, "lane"]
    ) -> tuple[Float[Array, "*lane"], Float[Array, "lane"]]:
        """A_red and dA_red/dj from `left_at` and missing = exp(-left)."""
        return left, -self.reduced_slope

    def shift_at(self, current: Float[Array, "*lane"]) -> tuple[Float[Array, "*lane"], Float[Array, "*lane"]] | None:
        """Shift of x by an interaction at a current `[lane]`, A m-2, and its slope; None where there is no interaction."""
        return None

    def bounds(self) -> tuple[Float[Array, "*lane"], Float[Array, "lane"]]:
        """Currents `[lane]`, A m-2, at which the oxidised form and the reduced form run out within the step."""
        return -self.oxidised / self.oxidised_slope, self.reduced / self.reduced_slope


class Electrode(eqx.Module):
    """An electrode: its rate law, its activities over a step, and the laws by which its peaks are read.

    Attributes:
        kinetics: rate law.
        electron_number: n.
        formal_potential: E0, V.
        species_signs: +1 for each diffusing species that an oxidation current releases, -1 for one that it consumes.
        peak_laws: laws of `kernels.observables.apparent_diffusivity` that apply to its peaks.
        anodic_peak_is_corner: whether an anodic peak is where a deposit runs out, which has no smooth maximum.
    """

    species_signs: ClassVar[tuple[int, ...]]
    peak_laws: ClassVar[tuple[str, str]]
    anodic_peak_is_corner: ClassVar[bool]

    kinetics: eqx.AbstractVar[RateLaw]
    electron_number: eqx.AbstractVar[Any]
    formal_potential: eqx.AbstractVar[Any]

    @property
    @abc.abstractmethod
    def reference_current(self) -> Float[Array, "*lane"]:
        """j_ref in A m-2."""

    @abc.abstractmethod
    def bulk_activities(
        self, bulk: Sequence[Float[Array, "*lane"]]
    ) -> tuple[Float[Array, "*lane"], Float[Array, "*lane"], Float[Array, "*lane"]]:
        """Reference concentration (mol m-3), A_ox and A_red for the bulk concentrations of the species."""

    @abc.abstractmethod
    def equilibrium_change(self, bulk: Sequence[Float[Array, "*lane"]], x: Float[Array, "*lane"]) -> Array:
        """Change of surface concentration, mol m-3, that equilibrium at x asks for."""

    @abc.abstractmethod
    def activities(
        self,
        species: Sequence[SpeciesAtSurface],
        inventory: Float[Array, "*lane"],
        earlier_current: Float[Array, "*lane"],
        flatness: Float[Array, "*lane"],
        duration: Float[Array, "*lane"],
    ) -> SurfaceActivities:
        """Activities at the end of a step whose flux starts from `earlier_current`."""

    @abc.abstractmethod
    def peak_numbers(self) -> tuple[Any, Any]:
        """Electron number and transfer coefficient for the peak laws."""

    @property
    def starting_inventory(self) -> Float[Array, "*lane"] | float:
        """Deposit at the start, mol m-2."""
        return 0.0

    def inventory_after(
        self,
        activities: SurfaceActivities,
        current: Float[Array, "*lane"],
        stiffness: Float[Array, "*lane"],
        state: Any,
    ) -> tuple[Float[Array, "*lane"], Float[Array, "*lane"]]:
        """Deposit after the step, mol m-2, and the rate at which it relaxes to equilibrium, s-1."""
        return state.inventory, state.inventory_rate

    def flux_limits(
        self,
        state: Any,
        duration: Float[Array, "*lane"],
        guess: Float[Array, "*lane"],
        constant: Bool[Array, "*lane"],
        multistep: Bool[Array, "*lane"],
    ) -> tuple[Bool[Array, "*lane"], Bool[Array, "*lane"]]:
        """Whether the flux of a step must be constant, and whether it must start from the mean of the step before."""
        return constant, multistep
