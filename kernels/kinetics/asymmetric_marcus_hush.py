"""Marcus-Hush kinetics of a reactant and product whose force constants differ.

As in `kernels.kinetics.marcus_hush_chidsey` k_ox = exp(x / 2) I(x) and k_red = exp(-x / 2) I(x), now with

    I(x) = integral of w(y) / (2 cosh((x - y) / 2)) dy,   -log w = y^2 / 4 l + (gamma / 4) y [1 - (y / l)^2].

Both rates are averages over s(x - y) and s(y - x), so they are monotone whatever w is.
"""

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from kernels.constants import BOLTZMANN
from kernels.kinetics.marcus_hush_chidsey import Lanes, window
from kernels.kinetics.rate_law import RateLaw

# Gauss-Legendre nodes between neighbouring corners of the integrand; the sharpest bend, at e = 0, is made an end as well.
POINTS, WEIGHTS = np.polynomial.legendre.leggauss(40)


class AsymmetricMarcusHush(RateLaw):
    """L(x) = log(2 cosh(x / 2)) + log(I(x) / I(0)) with a cubic term in the barrier.

    The cubic term belongs to |y| < lambda / kT; beyond, in the inverted region, the parabolas of Marcus are kept.

    Attributes:
        reorganisation_energy: J per ion, lambda, positive.
        asymmetry: gamma, between -0.35 and 0.35; positive makes the cathodic transfer coefficient exceed 1/2.
        temperature: K.

    Source: Laborda, Henstridge, Batchelor-McAuley & Compton, Chem. Soc. Rev. 42, 4894 (2013), 10.1039/c3cs35487c.

    Example:
        >>> law = AsymmetricMarcusHush(jnp.asarray(1.6e-19), jnp.asarray(0.2), jnp.asarray(298.15))
        >>> round(float(law.cathodic_transfer_coefficient()), 2)
        0.54
    """

    reorganisation_energy: Lanes
    asymmetry: Lanes
    temperature: Lanes

    def log_rate(self, x: Float[Array, "*lane"]) -> Float[Array, "*lane"]:
        """L(x) = log(k_ox + k_red), elementwise."""
        reorganisation = self.reorganisation_energy / (BOLTZMANN * self.temperature)
        at_rest = _log_integral(jnp.zeros_like(x), reorganisation, self.asymmetry)
        return jnp.logaddexp(x / 2, -x / 2) + _log_integral(x, reorganisation, self.asymmetry) - at_rest


def _log_integral(x, reorganisation, asymmetry):
    """ln I(x) of arrays of one shape, or scalars."""
    # two axes in front: intervals between corners, and nodes in each
    x, reorganisation, asymmetry = (values[None, None] for values in jnp.broadcast_arrays(x, reorganisation, asymmetry))
    size, direction = jnp.abs(x), jnp.where(x < 0, -1.0, 1.0)
    behind, ahead, top, offset = window(lax.stop_gradient(size), lax.stop_gradient(reorganisation))
    # Corners at e = x - y = 0 and y = +-l, as distances from the top of the integrand.
    corners = jnp.concatenate([-top, -offset - reorganisation, -offset + reorganisation])
    ends = jnp.sort(jnp.concatenate([-behind, jnp.clip(corners, -behind, ahead), ahead]), axis=0)
    ends = lax.stop_gradient(ends)
    half = 0.5 * (ends[1:] - ends[:-1])
    points, weights = (jnp.asarray(rule, x.dtype).reshape(1, -1, *(1,) * (x.ndim - 2)) for rule in (POINTS, WEIGHTS))
    distance = ends[:-1] + half * (1 + points)
    # The nodes stand still where x is differentiated; x - e is not formed, since it rounds where x is large.
    y = -direction * (distance + offset + lax.stop_gradient(size) - size)
    energy = jnp.abs(top + distance)
    largest = lax.stop_gradient(-(offset**2) / (4 * reorganisation) - 0.5 * top)
    bounded = jnp.clip(y / reorganisation, -1.0, 1.0)
    exponent = -(y**2) / (4 * reorganisation) - 0.25 * asymmetry * reorganisation * bounded * (1 - bounded**2)
    integrand = jnp.exp(exponent - 0.5 * energy - largest) / (1 + jnp.exp(-energy))
    return (largest + jnp.log(jnp.sum(half * weights * integrand, axis=(0, 1), keepdims=True)))[0, 0]
