"""Apparent diffusivity from peak currents at several scan rates, as experimenters report it, and its validity."""

import difflib
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from kernels.constants import FARADAY, GAS_CONSTANT, STANDARD_TEMPERATURE

LaneScalar = Float[Array, "lane"] | Float[Array, ""] | float

# A peak controlled by semi-infinite diffusion has b = 1/2; a film that acts as a resistor has b near 0, a surface-bound
# or thin-layer reaction b = 1.
SMALLEST_EXPONENT, LARGEST_EXPONENT = 0.45, 0.55


class PeakLaw(NamedTuple):
    """Peak current law |j_p| = constant n F c sqrt(m F v D / (R T)), m = n or the transfer coefficient."""

    constant: float
    by_transfer_coefficient: bool
    source: str


PEAK_LAWS: Mapping[str, PeakLaw] = MappingProxyType(
    {
        "randles_sevcik": PeakLaw(
            0.446294694845,
            False,
            "reversible, soluble product: Randles 1948, 10.1039/TF9484400327; Sevcik 1948, 10.1135/cccc19480349; "
            "Nicholson & Shain 1964, 10.1021/ac60210a007, eq. 26 and table I",
        ),
        "berzins_delahay": PeakLaw(
            0.610503031556,
            False,
            "reversible deposition at unit activity, (2/sqrt(pi)) max Dawson: Berzins & Delahay, J. Am. Chem. Soc. 75, "
            "555 (1953), 10.1021/ja01099a013",
        ),
        "irreversible": PeakLaw(
            0.495762860477,
            True,
            "totally irreversible: Nicholson & Shain 1964, 10.1021/ac60210a007, table III",
        ),
    }
)


class ApparentDiffusivity(eqx.Module):
    """Apparent diffusivity of each lane; every field is traced. NaN in a lane where a peak is missing (NaN or zero).

    It characterises the experiment rather than the film, and is a diffusivity only where `valid`.

    Attributes:
        diffusivity: `[lane]`, m2 s-1, from the slope of |j_p| against sqrt(v) with an intercept. This is the
            usual choice of experimenters.
        diffusivity_through_origin: `[lane]`, m2 s-1, from the slope of the line through the origin.
        diffusivity_per_rate: `[rate, lane]`, m2 s-1, from each peak alone.
        intercept: `[lane]`, A m-2, of the line with an intercept; zero for semi-infinite diffusion.
        r_squared: `[lane]`, coefficient of determination of the line with an intercept.
        scan_rate_exponent: `[lane]`, b = d log|j_p| / d log v, least squares.
        valid: `[lane]`, 0.45 <= b <= 0.55 and every peak is a true peak.
    """

    diffusivity: Float[Array, "lane"]
    diffusivity_through_origin: Float[Array, "lane"]
    diffusivity_per_rate: Float[Array, "rate lane"]
    intercept: Float[Array, "lane"]
    r_squared: Float[Array, "lane"]
    scan_rate_exponent: Float[Array, "lane"]
    valid: Bool[Array, "lane"]


def apparent_diffusivity(
    peak_current: Float[Array, "rate lane"],
    is_peak: Bool[Array, "rate lane"],
    scan_rate: Float[Array, "rate"] | Float[Array, "rate lane"],
    concentration: LaneScalar,
    temperature: LaneScalar = STANDARD_TEMPERATURE,
    law: str = "randles_sevcik",
    electron_number: LaneScalar = 1.0,
    transfer_coefficient: LaneScalar = 0.5,
) -> ApparentDiffusivity:
    """Apparent diffusivity D = (slope / (constant n F c))^2 R T / (m F) from peaks at several scan rates.

    Args:
        peak_current: `[rate, lane]`, A m-2; only the magnitude is used.
        is_peak: `[rate, lane]`, whether each is a true peak.
        scan_rate: `[rate]` or `[rate, lane]`, V s-1, at least two different rates.
        concentration: mol m-3, bulk; scalar or `[lane]`.
        temperature: K; scalar or `[lane]`.
        law: name in PEAK_LAWS.
        electron_number: n; scalar or `[lane]`.
        transfer_coefficient: alpha, used by the irreversible law only; scalar or `[lane]`.

    Returns:
        ApparentDiffusivity, with values also where `valid` is false.

    Raises:
        ValueError: if the law is unknown or there are fewer than two scan rates.

    Source: peak laws in PEAK_LAWS; the exponent as a test of diffusion control: Bard & Faulkner, Electrochemical
        Methods, 2nd ed. (2001), section 6.2 and 14.3.

    Example:
        >>> rate = jnp.array([0.01, 0.04])
        >>> peak = 16990.6 * jnp.sqrt(rate)[:, None]
        >>> round(apparent_diffusivity(peak, peak > 0, rate, 2000.0).diffusivity.item() * 1e9, 4)
        1.0
    """
    if peak_current.shape[0] < 2:
        raise ValueError(
            f"scan rates of an apparent diffusivity: got {peak_current.shape[0]}, expected at least 2; "
            "add a scan rate to the protocol"
        )
    scale = _slope_of_unit_diffusivity(concentration, temperature, law, electron_number, transfer_coefficient)
    rates = scan_rate[:, None] if scan_rate.ndim == 1 else scan_rate
    root = jnp.sqrt(rates)
    height = jnp.abs(peak_current)
    usable = jnp.all(jnp.isfinite(height) & (height > 0), axis=0) & jnp.any(rates != rates[:1], axis=0)
    # Ones in unusable lanes keep their gradients finite.
    height = jnp.where(usable[None, :], height, 1.0)

    slope, intercept, r_squared = _line(root, height, usable)
    exponent, _, _ = _line(jnp.log(rates), jnp.log(height), usable)
    slope_through_origin = jnp.sum(root * height, axis=0) / jnp.sum(rates, axis=0)

    def shown(value):
        return jnp.where(usable, value, jnp.nan)

    per_rate = (height / root / (scale if jnp.ndim(scale) == 0 else scale[None, :])) ** 2
    in_window = (exponent >= SMALLEST_EXPONENT) & (exponent <= LARGEST_EXPONENT)
    return ApparentDiffusivity(
        diffusivity=shown((slope / scale) ** 2),
        diffusivity_through_origin=shown((slope_through_origin / scale) ** 2),
        diffusivity_per_rate=jnp.where(usable[None, :], per_rate, jnp.nan),
        intercept=shown(intercept),
        r_squared=shown(r_squared),
        scan_rate_exponent=shown(exponent),
        valid=usable & in_window & jnp.all(is_peak, axis=0),
    )


def _slope_of_unit_diffusivity(concentration, temperature, law, electron_number, transfer_coefficient):
    """Peak current over sqrt(v D), A m-3 s V-1/2."""
    if law not in PEAK_LAWS:
        near = difflib.get_close_matches(law, PEAK_LAWS, n=2) or list(PEAK_LAWS)
        raise ValueError(f"peak law: got {law!r}, expected one of {', '.join(PEAK_LAWS)}; did you mean {near[0]!r}?")
    chosen = PEAK_LAWS[law]
    multiplier = transfer_coefficient if chosen.by_transfer_coefficient else electron_number
    root = jnp.sqrt(multiplier * FARADAY / (GAS_CONSTANT * temperature))
    return chosen.constant * electron_number * FARADAY * concentration * root


def _line(abscissa, ordinate, usable) -> tuple[Float[Array, "lane"], Float[Array, "lane"], Float[Array, "lane"]]:
    """Least-squares slope, intercept and coefficient of determination over the first axis."""
    mean_abscissa, mean_ordinate = jnp.mean(abscissa, axis=0), jnp.mean(ordinate, axis=0)
    across, along = abscissa - mean_abscissa[None, :], ordinate - mean_ordinate[None, :]
    spread = jnp.where(usable, jnp.sum(across**2, axis=0), 1.0)
    slope = jnp.sum(across * along, axis=0) / spread
    total = jnp.sum(along**2, axis=0)
    varies = total > 0
    residual = jnp.sum((along - slope[None, :] * across) ** 2, axis=0)
    r_squared = jnp.where(varies, 1 - residual / jnp.where(varies, total, 1.0), jnp.nan)
    return slope, mean_ordinate - slope * mean_abscissa, r_squared
