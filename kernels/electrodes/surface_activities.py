"""Activities at the electrode surface as functions of the current of one step."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float


class SurfaceActivities(eqx.Module):
    """Activities at the end of a step as functions of its current j; every field `[lane]` is traced.

    A_ox = oxidised + oxidised_slope j; A_red = reduced - reduced_slope j, or, where `monolayer` is given,
    1 - exp(-(reduced - reduced_slope j) / monolayer).

    Attributes:
        oxidised: activity of the oxidised form at j = 0.
        oxidised_slope: m2 A-1, positive.
        reduced: activity of the reduced form (or inventory, mol m-2) at j = 0.
        reduced_slope: m2 A-1 (or mol A-1), positive.
        monolayer: mol m-2, or None where the reduced form is dissolved.
    """

    oxidised: Float[Array, "*lane"]
    oxidised_slope: Float[Array, "*lane"]
    reduced: Float[Array, "*lane"]
    reduced_slope: Float[Array, "*lane"]
    monolayer: Float[Array, "*lane"] | None

    def oxidised_at(self, current: Float[Array, "*lane"]) -> Float[Array, "lane"]:
        """A_ox at a current `[lane]`, A m-2; its slope is `oxidised_slope`."""
        return self.oxidised + self.oxidised_slope * current

    def reduced_at(self, current: Float[Array, "*lane"]) -> tuple[Float[Array, "*lane"], Float[Array, "lane"]]:
        """A_red and its slope at a current `[lane]`, A m-2."""
        left = self.reduced - self.reduced_slope * current
        if self.monolayer is None:
            return left, -self.reduced_slope
        missing = jnp.exp(-(jnp.maximum(left, 0.0) / self.monolayer))
        return 1 - missing, -missing * self.reduced_slope / self.monolayer

    def bounds(self) -> tuple[Float[Array, "*lane"], Float[Array, "lane"]]:
        """Currents `[lane]`, A m-2, at which the oxidised form and the reduced form run out within the step."""
        return -self.oxidised / self.oxidised_slope, self.reduced / self.reduced_slope
