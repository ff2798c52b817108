"""Butler-Volmer kinetics."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.kinetics.rate_law import Lanes, RateLaw


class ButlerVolmer(RateLaw):
    """k_ox = exp((1 - alpha) x), k_red = exp(-alpha x).

    Attributes:
        transfer_coefficient: `[*lane]`, alpha of the reduction, between 0 and 1.

    Source: Bard & Faulkner, Electrochemical Methods (2001), eq. 3.3.11.
    """

    transfer_coefficient: Float[Array, "*lane"]

    def log_rate(self, x: Lanes, temperature: Lanes) -> Float[Array, "*lane"]:
        """L(x) = ln(exp((1 - alpha) x) + exp(-alpha x))."""
        return jnp.logaddexp((1 - self.transfer_coefficient) * x, -self.transfer_coefficient * x)

    def slowness(self, x: Lanes, temperature: Lanes) -> tuple[Float[Array, "*lane"], Float[Array, "*lane"]]:
        """As `RateLaw.slowness`, in two exponentials that do not overflow."""
        alpha, up, down = self.transfer_coefficient, jax.nn.sigmoid(x), jax.nn.sigmoid(-x)
        tafel = jnp.exp(-jnp.where(x > 0, (1 - alpha) * x, -alpha * x))
        return jnp.maximum(up, down) * tafel, (1 - alpha) * up - alpha * down
