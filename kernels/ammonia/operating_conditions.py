"""Operating conditions of a lithium-mediated ammonia cell, its pulse train, and how the charge of a cycle is spent."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from kernels.constants import STANDARD_TEMPERATURE

ETHANOL_MOLAR_DENSITY = 17126.1  # mol m-3, 789 kg m-3 over 0.04607 kg mol-1
STANDARD_PRESSURE = 1e5  # Pa
REFERENCE_ETHANOL = 0.0025  # volume fraction at which the proton branch is given
REFERENCE_SALT = 2000.0  # mol m-3, the electrolyte that the constants were calibrated in


class Conditions(eqx.Module):
    """What the operator sets besides the current; every field is traced.

    Attributes:
        ethanol_fraction: volume fraction of ethanol in the electrolyte (0.25 vol % is 0.0025).
        nitrogen_pressure: Pa, partial pressure of N2 (0 under argon).
        salt_concentration: mol m-3.
        temperature: K.

    Example:
        >>> standard_conditions().ethanol_fraction.item()
        0.0025
    """

    ethanol_fraction: Float[Array, "*lane"]
    nitrogen_pressure: Float[Array, "*lane"]
    salt_concentration: Float[Array, "*lane"]
    temperature: Float[Array, "*lane"]

    def valid(self) -> Bool[Array, "*lane"]:
        """Whether every field is finite and in its physical range."""
        inside = (self.ethanol_fraction >= 0) & (self.ethanol_fraction < 1) & (self.nitrogen_pressure >= 0)
        positive = (self.salt_concentration > 0) & (self.temperature > 0)
        finite = jnp.isfinite(self.nitrogen_pressure) & jnp.isfinite(self.salt_concentration)
        return inside & positive & finite & jnp.isfinite(self.temperature)


class PulseTrain(eqx.Module):
    """One cycle of a periodic drive, piecewise constant in current; the number of segments is static, the rest traced.

    Currents are cathodic magnitudes, as for `kernels.stack.limiting_current`.

    Attributes:
        duration: `[segment]`, s; one segment is direct current.
        current: `[segment]`, A m-2, positive while lithium is deposited, zero at rest.
    """

    duration: Float[Array, "segment"]
    current: Float[Array, "segment"]

    def valid(self) -> Bool[Array, ""]:
        """Whether the train is finite, deposits lithium, and never runs anodic or backwards in time."""
        finite = jnp.all(jnp.isfinite(self.duration) & jnp.isfinite(self.current))
        ordered = jnp.all((self.duration >= 0) & (self.current >= 0))
        # A current without a duration is an input error even if other segments carry current.
        lasting = jnp.all((self.current == 0) | (self.duration > 0))
        return finite & ordered & lasting & jnp.any(self.current > 0)

    @property
    def period(self) -> Float[Array, ""]:
        """Length of the cycle, s."""
        return jnp.sum(self.duration)

    @property
    def charge(self) -> Float[Array, ""]:
        """Charge of one cycle, C m-2."""
        return jnp.sum(self.duration * self.current)

    @property
    def on_time(self) -> Float[Array, ""]:
        """Time under current in one cycle, s."""
        return jnp.sum(jnp.where(self.current > 0, self.duration, 0.0))


class FaradaicEfficiencies(eqx.Module):
    """Shares of the charge, which add up to one; every field is traced.

    Attributes:
        ammonia: three electrons each.
        hydrogen: two electrons each.
        lithium: active lithium left behind (accumulates; no periodic state).
        lithium_nitride: Li3N left behind, three electrons each (accumulates; no periodic state).
        other: isolated (dead) lithium, film growth and reduction of the solvent.
    """

    ammonia: Float[Array, "*lane"]
    hydrogen: Float[Array, "*lane"]
    lithium: Float[Array, "*lane"]
    lithium_nitride: Float[Array, "*lane"]
    other: Float[Array, "*lane"]

    @property
    def total(self) -> Float[Array, "*lane"]:
        """Sum of the five, one to rounding."""
        return self.ammonia + self.hydrogen + self.lithium + self.lithium_nitride + self.other


def pulse_train(current: Float[Array, ""], on_time: Float[Array, ""], off_time: Float[Array, ""]) -> PulseTrain:
    """Rectangular pulses: current for `on_time`, rest for `off_time`.

    Args:
        current: A m-2, cathodic magnitude.
        on_time: s.
        off_time: s; zero is direct current.

    Returns:
        PulseTrain of two segments.

    Source: 2 s on and 30 s off at 1000 A m-2 is the protocol of Zhang et al., Science 391 (2026), 10.1126/science.adw5462.

    Example:
        >>> float(pulse_train(*(jnp.asarray(v) for v in (1000.0, 2.0, 30.0))).period)
        32.0
    """
    return PulseTrain(jnp.stack([on_time, off_time]), jnp.stack([current, jnp.zeros_like(current)]))


def standard_conditions() -> Conditions:
    """0.25 vol % of ethanol, 1 bar of N2, 2 M of salt, 298.15 K.

    Returns:
        Conditions of scalars.

    Source: Zhang et al., Science 391 (2026), 10.1126/science.adw5462.
    """
    values = (REFERENCE_ETHANOL, STANDARD_PRESSURE, REFERENCE_SALT, STANDARD_TEMPERATURE)
    return Conditions(*(jnp.asarray(value) for value in values))
