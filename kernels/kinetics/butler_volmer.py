"""Butler-Volmer kinetics."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.kinetics.rate_law import RateLaw


class ButlerVolmer(RateLaw):
    """L(x) = log(exp((1 - alpha) x) + exp(-alpha x)).

    Attributes:
        transfer_coefficient: alpha of the reduction, between 0 and 1.

    Source: Bard & Faulkner, Electrochemical Methods (2001), eq. 3.3.11.

    Example:
        >>> round(float(ButlerVolmer(jnp.asarray(0.5)).log_rate(jnp.asarray(0.0))), 6)
        0.693147
    """

    transfer_coefficient: Float[Array, "*lane"]

    def log_rate(self, x: Float[Array, "*lane"]) -> Float[Array, "*lane"]:
        """L(x) = log(k_ox + k_red), elementwise."""
        return jnp.logaddexp((1 - self.transfer_coefficient) * x, -self.transfer_coefficient * x)

    # The two overrides spare the hot loop the logarithm and its derivative.
    def log_favoured_rate(self, x: Float[Array, "*lane"]) -> Float[Array, "*lane"]:
        """Logarithm of the larger of the two rates, the Tafel line of the direction that x favours."""
        return jnp.where(x > 0, (1 - self.transfer_coefficient) * x, -self.transfer_coefficient * x)

    def slope(
        self, x: Float[Array, "*lane"], oxidised: Float[Array, "*lane"], reduced: Float[Array, "*lane"]
    ) -> Float[Array, "*lane"]:
        """L'(x) from the shares s(x) and s(-x)."""
        return (1 - self.transfer_coefficient) * oxidised - self.transfer_coefficient * reduced

    def cathodic_transfer_coefficient(self) -> Float[Array, "*lane"]:
        """Alpha itself."""
        return self.transfer_coefficient
