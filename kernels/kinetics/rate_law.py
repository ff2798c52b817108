"""What the electrode equation asks of a rate law."""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Lanes = Float[Array, "*#lane"]


class RateLaw(eqx.Module):
    """Rates k_ox(x) and k_red(x) of both directions relative to the exchange rate, with x = n F (phi - E0) / (R T).

    Detailed balance, k_ox / k_red = exp(x), leaves one function to choose, L(x) = ln(k_ox + k_red), normalised so that
    k_ox = k_red = 1 at x = 0. With the logistic function s, k_ox = exp(L) s(x), k_red = exp(L) s(-x) and

        j = j_ref (A_red k_ox - A_ox k_red).

    A law is monotone, so that the electrode equation has one root, where -s(-x) <= L'(x) <= s(x) does not fail: neither
    direction is slowed down by a potential that favours it.
    """

    @abc.abstractmethod
    def log_rate(self, x: Lanes, temperature: Lanes) -> Float[Array, "*lane"]:
        """L(x).

        Args:
            x: `[*lane]`, dimensionless overpotential.
            temperature: `[*lane]`, K.

        Returns:
            `[*lane]`.
        """

    def slowness(self, x: Lanes, temperature: Lanes) -> tuple[Float[Array, "*lane"], Float[Array, "*lane"]]:
        """exp(-L) and dL/dx, what a step needs; a law may have them more cheaply than by differentiating.

        Args:
            x: `[*lane]`, dimensionless overpotential.
            temperature: `[*lane]`, K.

        Returns:
            both `[*lane]`.
        """
        value, slope = jax.jvp(lambda at: self.log_rate(at, temperature), (x,), (jnp.ones_like(x),))
        return jnp.exp(-value), slope
