"""Electrodes: what is consumed and produced at the surface, as activities that depend on the current of the step.

Both final classes describe the same relation (oxidation positive, x = n F (phi - eta_film - E0) / (R T))

    j = j_ref [ A_red exp((1 - alpha) x) - A_ox exp(-alpha x) ].
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.constants import FARADAY


class MetalElectrode(eqx.Module):
    """Deposition and stripping of a metal M+ + e- = M with a finite inventory; every field `[lane]` is traced.

    A_ox = a_s / c_bulk, A_red = theta(q) = 1 - exp(-q / q_monolayer), dq/dt = -j / F; potentials are against M+/M in the
    bulk.

    Attributes:
        exchange_current_density: A m-2, at the bulk activity (infinite: Nernstian).
        transfer_coefficient: alpha of the reduction.
        monolayer_inventory: mol m-2, inventory over which stripping fades.
        initial_inventory: mol m-2, metal present at the start.

    Source: Bard & Faulkner, Electrochemical Methods (2001), eq. 3.3.11, with the inventory factor for a metal film.
    """

    exchange_current_density: Float[Array, "*lane"]
    transfer_coefficient: Float[Array, "*lane"]
    monolayer_inventory: Float[Array, "*lane"]
    initial_inventory: Float[Array, "*lane"]

    @property
    def reference_current(self) -> Float[Array, "*lane"]:
        """j_ref in A m-2."""
        return self.exchange_current_density

    @property
    def electron_number(self) -> int:
        """Electrons per formula turnover."""
        return 1

    @property
    def formal_potential(self) -> float:
        """E0 in V: the equilibrium potential is the zero of the scale."""
        return 0.0


class SolubleCouple(eqx.Module):
    """Soluble couple O + n e- = R with both species diffusing; every field `[lane]` is traced.

    A_ox = a_O / c_ref, A_red = a_R / c_ref, c_ref = c_O + c_R, j_ref = n F k0 c_ref.

    Attributes:
        electron_number: n.
        formal_potential: E0', V.
        rate_constant: k0, m s-1 (infinite: reversible).
        transfer_coefficient: alpha of the reduction.
        oxidised_concentration: mol m-3 in the bulk.
        reduced_concentration: mol m-3 in the bulk.

    Source: Bard & Faulkner, Electrochemical Methods (2001), eq. 3.3.11.
    """

    electron_number: Float[Array, "*lane"]
    formal_potential: Float[Array, "*lane"]
    rate_constant: Float[Array, "*lane"]
    transfer_coefficient: Float[Array, "*lane"]
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


class SurfaceActivities(eqx.Module):
    """Activities at the end of a step as functions of its current j; every field `[lane]` is traced.

    A_ox = oxidised + oxidised_slope j; A_red = reduced - reduced_slope j, or, where `monolayer` is given,
    1 - exp(-(reduced - reduced_slope j) / monolayer).

    Attributes:
        oxidised: activity of the oxidised form at j = 0.
        oxidised_slope: m2 A-1, positive.
        reduced: activity of the reduced form (or inventory, mol m-2) at j = 0.
        reduced_slope: m2 A-1 (or mol A-1), positive.
        monolayer: mol m-2, or None for a soluble couple.
    """

    oxidised: Float[Array, "*lane"]
    oxidised_slope: Float[Array, "*lane"]
    reduced: Float[Array, "*lane"]
    reduced_slope: Float[Array, "*lane"]
    monolayer: Float[Array, "*lane"] | None

    def oxidised_at(self, current: Float[Array, "*lane"]) -> Float[Array, "lane"]:
        """A_ox at a current `[lane]`, A m-2; its slope is `oxidised_slope`."""
        return self.oxidised + self.oxidised_slope * current

    def left_at(self, current: Float[Array, "*lane"]) -> Float[Array, "lane"]:
        """What is left of the reduced form at a current `[lane]`, A m-2: its activity, or inventory in monolayers."""
        left = self.reduced - self.reduced_slope * current
        return left if self.monolayer is None else jnp.maximum(left, 0.0) / self.monolayer

    def reduced_from(
        self, left: Float[Array, "*lane"], missing: Float[Array, "lane"]
    ) -> tuple[Float[Array, "*lane"], Float[Array, "lane"]]:
        """A_red and dA_red/dj from `left_at` and missing = exp(-left)."""
        if self.monolayer is None:
            return left, -self.reduced_slope
        return 1 - missing, -missing * self.reduced_slope / self.monolayer

    def bounds(self) -> tuple[Float[Array, "*lane"], Float[Array, "lane"]]:
        """Currents `[lane]`, A m-2, at which the oxidised form and the reduced form run out within the step."""
        return -self.oxidised / self.oxidised_slope, self.reduced / self.reduced_slope
