"""What a cell asks of an electrode."""

import abc
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
from jaxtyping import Array, Bool, Float

from kernels.electrodes.surface_activities import SurfaceActivities
from kernels.kinetics.rate_law import RateLaw


class SurfaceSpecies(NamedTuple):
    """Concentration of a diffusing species at the surface at the end of a step, linear in the current.

    Attributes:
        value: `[lane]`, mol m-3, without current at the end of the step.
        slope: `[lane]`, mol m-1 A-1, magnitude of its change with the current, positive.
    """

    value: Float[Array, "*lane"]
    slope: Float[Array, "*lane"]


class Deposit(NamedTuple):
    """Insoluble product on the electrode, `[lane]`.

    Attributes:
        inventory: mol m-2.
        rate: s-1, at which a thin inventory relaxes to equilibrium.
    """

    inventory: Float[Array, "*lane"]
    rate: Float[Array, "*lane"]


class Bulk(NamedTuple):
    """Composition far from the electrode, `[lane]`: reference concentration, mol m-3, and activities of both forms."""

    reference: Float[Array, "*lane"]
    oxidised: Float[Array, "*lane"]
    reduced: Float[Array, "*lane"]


class Electrode(eqx.Module):
    """Abstract; oxidation is positive and x = n F (phi - eta_film - E0) / (R T) in

        j = j_ref [ A_red k_ox(x) - A_ox k_red(x) ].

    Every field of the final classes is `[lane]` and traced.
    """

    # sign of the flux of each diffusing species into the solution per current, the oxidised one first
    flux_signs: ClassVar[tuple[int, ...]]
    # laws by which an experimenter reads a diffusivity off the peaks
    peak_laws: ClassVar[tuple[str, str]]
    # whether the anodic peak is where the deposit runs out: a corner, which has no derivative
    anodic_peak_is_corner: ClassVar[bool]

    kinetics: eqx.AbstractVar[RateLaw]
    electron_number: eqx.AbstractVar[Any]
    formal_potential: eqx.AbstractVar[Any]

    @abc.abstractmethod
    def peak_parameters(self, temperature: Float[Array, "*lane"]) -> tuple[Any, Any]:
        """Electron number and transfer coefficient in the laws of the peaks."""

    @abc.abstractmethod
    def bulk(self, concentration: Float[Array, "*lane"]) -> Bulk:
        """Composition of the bulk, whose first species has the given concentration, mol m-3."""

    @abc.abstractmethod
    def reference_current(self, bulk: Bulk) -> Float[Array, "*lane"]:
        """j_ref in A m-2."""

    @abc.abstractmethod
    def species_concentrations(self, concentration: Float[Array, "*lane"]) -> tuple[Float[Array, "*lane"], ...]:
        """Bulk concentrations of the diffusing species, mol m-3."""

    @abc.abstractmethod
    def initial_deposit(self, nothing: Float[Array, "*lane"]) -> Deposit:
        """What lies on the electrode at the start; `nothing` is zero in every lane."""

    @abc.abstractmethod
    def choose_flux(
        self,
        deposit: Deposit,
        currents: tuple[Float[Array, "*lane"], Float[Array, "*lane"], Float[Array, "*lane"]],
        duration: Float[Array, "*lane"],
        constant: Bool[Array, "*lane"],
        multistep: Bool[Array, "*lane"],
    ) -> tuple[Bool[Array, "*lane"], Bool[Array, "*lane"]]:
        """Whether the flux of a step is constant, and whether it starts from the mean of the step before.

        `currents` are those at the start of the step, the mean of the step before, and the one expected at its end; the
        two flags come in as what the march asks for and may be raised.
        """

    @abc.abstractmethod
    def activities(
        self,
        bulk: Bulk,
        species: tuple[SurfaceSpecies, ...],
        deposit: Deposit,
        duration: Float[Array, "*lane"],
        flatness: Float[Array, "*lane"],
        old_current: Float[Array, "*lane"],
    ) -> SurfaceActivities:
        """Activities at the end of a step whose flux goes from (1 - w) j_old + w j to j, w the flatness."""

    @abc.abstractmethod
    def next_deposit(
        self,
        activities: SurfaceActivities,
        deposit: Deposit,
        current: Float[Array, "*lane"],
        stiffness: Float[Array, "*lane"],
    ) -> Deposit:
        """The deposit after the step; `stiffness` is what `kernels.charge_transfer.solve_current` gives."""

    @abc.abstractmethod
    def equilibrium_change(self, bulk: Bulk, x: Float[Array, "*lane"]) -> Float[Array, "*lane"]:
        """Change of surface concentration, mol m-3, that equilibrium at x thermal voltages asks for."""
