"""What every rate law of charge transfer is: one function L(x), from which everything else follows by detailed balance.

With x = n F (phi - E0) / (R T) the rates of oxidation and reduction, relative to the rate constant, obey
k_ox / k_red = exp(x). Their sum exp(L) therefore says all:

    k_ox = exp(L) s(x),   k_red = exp(L) s(-x),   s the logistic function,
    j = j_ref [A_red k_ox - A_ox k_red].
"""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


class RateLaw(eqx.Module):
    """A law gives `log_rate` alone; it may override the other methods where it knows a faster form of the same numbers.

    The electrode equation has one root as long as both rates are monotone, -s(-x) <= L'(x) <= s(x).
    """

    @abc.abstractmethod
    def log_rate(self, x: Float[Array, "*lane"]) -> Float[Array, "*lane"]:
        """L(x) = log(k_ox + k_red), elementwise."""

    def log_favoured_rate(self, x: Float[Array, "*lane"]) -> Float[Array, "*lane"]:
        """Logarithm of the larger of the two rates, L(x) + log s(|x|)."""
        return self.log_rate(x) - jnp.log1p(jnp.exp(-jnp.abs(x)))

    def slope(
        self, x: Float[Array, "*lane"], oxidised: Float[Array, "*lane"], reduced: Float[Array, "*lane"]
    ) -> Float[Array, "*lane"]:
        """L'(x); the caller has the two shares of the rate, s(x) and s(-x), already."""
        return jax.jvp(self.log_rate, (x,), (jnp.ones_like(x),))[1]

    def cathodic_transfer_coefficient(self) -> Float[Array, "*lane"]:
        """-d log k_red / dx at the formal potential, which laws of peak currents call alpha."""
        return 0.5 - self.slope(*self._at_formal_potential())

    def _at_formal_potential(self):
        """x = 0 and the two shares there, in the shape of the law's parameters."""
        shape = jnp.broadcast_shapes(*(jnp.shape(leaf) for leaf in jax.tree.leaves(self)))
        return jnp.zeros(shape), jnp.full(shape, 0.5), jnp.full(shape, 0.5)
