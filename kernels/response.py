"""How the surface activity answers an electrode flux over one time step: by modes, or by the full tridiagonal system.

Both final classes share one interface, so the electrode and the march do not know which one they drive:

    initial(lanes)                       -> state at rest (bulk activity everywhere)
    predict(state, duration)                   -> Prediction: u_s = base + from_old J_old + (from_new + direct) J_new + from_bend b
    advance(prediction, J_old, J_new, b)       -> state after the step
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from kernels.exponential import step_shares
from kernels.reduced_order import SurfaceModes
from kernels.transport import TransportOperator, step_with_flux

# Flux integrals (mol m-2) that count as nothing; far from the denormal numbers of float32 as well.
NEGLIGIBLE = 1e-30
# s-1, a mode slower than this only integrates. Its time constant and the square stay finite in float32: reverse mode multiplies
# them by zero.
SLOWEST = 1e-12


class Prediction(eqx.Module):
    """Surface activity after a step as a linear function of the flux over it; every field is traced.

    Attributes:
        base: `[lane]`, mol m-3, change from the bulk that is left of the past.
        from_old: `[lane]`, s m-1, weight of the flux at the start of the step.
        from_new: `[lane]`, s m-1, weight of the flux at its end.
        from_bend: `[lane]`, s m-1, weight of half its second difference (see `kernels.exponential.step_shares`).
        direct: `[lane]`, s m-1, instantaneous share.
        memory: what `advance` needs to finish the step.
    """

    base: Float[Array, "lane"]
    from_old: Float[Array, "lane"]
    from_new: Float[Array, "lane"]
    from_bend: Float[Array, "lane"]
    direct: Float[Array, "lane"]
    memory: Any


class ModalResponse(eqx.Module):
    """Reduced order: decoupled modes, exact in time for a flux that is a parabola over the step.

    Attributes:
        modes: `[mode, lane]`.
        time_constant: `[mode, lane]`, s, 1 / rate, limited.
    """

    modes: SurfaceModes
    time_constant: Float[Array, "mode lane"]

    @classmethod
    def of(cls, modes: SurfaceModes) -> "ModalResponse":
        """The response by given modes."""
        return cls(modes, 1 / jnp.maximum(modes.rate, SLOWEST))

    def initial(self) -> Float[Array, "mode lane"]:
        """Modes at rest."""
        return jnp.zeros_like(self.modes.rate)

    def predict(self, state: Float[Array, "mode lane"], duration: Float[Array, "lane"]) -> Prediction:
        """Linear response over a step of the given duration `[lane]`, s."""
        step, inverse = duration[None, :], 1 / duration[None, :]
        decay, mean, linear, square = step_shares(self.modes.rate * step, self.time_constant * inverse)
        # Numbers below the normal range cost a hundred times as much to compute with, and a stiff mode at rest ends there.
        decayed = decay * state
        decayed = jnp.where(jnp.abs(decayed) > NEGLIGIBLE, decayed, 0.0)
        by_mean, by_linear, by_square = (_sum_modes(self.modes.residue, share) for share in (mean, linear, square))
        return Prediction(
            base=_sum_modes(self.modes.residue, decayed),
            from_old=duration * (by_mean - by_linear),
            from_new=duration * by_linear,
            from_bend=duration * (by_square - by_linear),
            direct=self.modes.direct,
            memory=(duration, decayed, mean, linear, square),
        )

    def advance(
        self, prediction: Prediction, old: Float[Array, "lane"], new: Float[Array, "lane"], bend: Float[Array, "lane"]
    ) -> Float[Array, "mode lane"]:
        """State after the step for the fluxes `[lane]`, mol m-2 s-1, at its ends, and their bend."""
        duration, decayed, mean, linear, square = prediction.memory
        constant, slope, curve = (duration[None, :] * flux[None, :] for flux in (old, new - old - bend, bend))
        return decayed + mean * constant + linear * slope + square * curve


class FullResponse(eqx.Module):
    """Full order: every cell, by the L-stable two-stage SDIRK method of order two (the reference, slow).

    Attributes:
        operator: `[cell, lane]` fields (`[lane]` for the surface resistance), one operator per lane.
    """

    operator: TransportOperator

    def initial(self) -> Float[Array, "cell lane"]:
        """Cells at the bulk activity."""
        return jnp.zeros_like(self.operator.capacity)

    def predict(self, state: Float[Array, "cell lane"], duration: Float[Array, "lane"]) -> Prediction:
        """Linear response over a step of the given duration `[lane]`, s."""
        step = jax.vmap(step_with_flux, in_axes=-1, out_axes=-1)
        nothing, one, rest = jnp.zeros_like(duration), jnp.ones_like(duration), jnp.zeros_like(state)
        decayed = step(self.operator, state, duration, nothing, nothing, nothing)
        old = step(self.operator, rest, duration, one, nothing, nothing)
        new = step(self.operator, rest, duration, nothing, one, nothing)
        bend = step(self.operator, rest, duration, nothing, nothing, one)
        memory = (decayed, old, new, bend)
        return Prediction(decayed[0], old[0], new[0], bend[0], self.operator.surface_resistance, memory)

    def advance(
        self, prediction: Prediction, old: Float[Array, "lane"], new: Float[Array, "lane"], bend: Float[Array, "lane"]
    ) -> Float[Array, "cell lane"]:
        """State after the step for the fluxes `[lane]`, mol m-2 s-1, at its ends, and their bend."""
        decayed, from_old, from_new, from_bend = prediction.memory
        return decayed + from_old * old[None, :] + from_new * new[None, :] + from_bend * bend[None, :]


@jax.custom_jvp
def _sum_modes(residue, weight):
    """Sum over the few modes, written out: one vectorised loop over the lanes, where a reduction call is slow."""
    parts = lax.split(residue * weight, (1,) * residue.shape[0])
    return sum(parts[1:], start=parts[0])[0]


@_sum_modes.defjvp
def _sum_modes_change(point, change):
    """By reductions: where several tangents share the modes, XLA would compute what it splits anew for every part."""
    (residue, weight), (residue_change, weight_change) = point, change
    return jnp.sum(residue * weight, axis=0), jnp.sum(residue_change * weight + residue * weight_change, axis=0)
