"""Growth laws of the compact film and its thickness over time."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import equinox as eqx
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from kernels.constants import FARADAY, GAS_CONSTANT
from kernels.roots import monotone_root
from kernels.sdirk2 import sdirk2_step


class FilmGrowth(eqx.Module):
    """Constants of the growth laws; every field is traced.

    Attributes:
        molar_volume: m3 mol-1, of the film.
        electrons: z, Li per formula unit.
        exchange_current: A m-2, j0.
        transfer_coefficient: alpha.
        formation_potential: V against Li, U_SEI, below which the film forms.
        electron_conductivity: S m-1.
        solvent_diffusivity: m2 s-1.
        solvent_concentration: mol m-3.
        interstitial_diffusivity: m2 s-1.
        interstitial_concentration: mol m-3.
        reduction_rate: m s-1, k of the carbonate solvent.
        reductant_diffusivity: m2 s-1, of that solvent in the film.
        reductant_concentration: mol m-3.
        tunnelling_decay: m-1, beta.
    """

    molar_volume: Float[Array, "*lane"]
    electrons: Float[Array, "*lane"]
    exchange_current: Float[Array, "*lane"]
    transfer_coefficient: Float[Array, "*lane"]
    formation_potential: Float[Array, "*lane"]
    electron_conductivity: Float[Array, "*lane"]
    solvent_diffusivity: Float[Array, "*lane"]
    solvent_concentration: Float[Array, "*lane"]
    interstitial_diffusivity: Float[Array, "*lane"]
    interstitial_concentration: Float[Array, "*lane"]
    reduction_rate: Float[Array, "*lane"]
    reductant_diffusivity: Float[Array, "*lane"]
    reductant_concentration: Float[Array, "*lane"]
    tunnelling_decay: Float[Array, "*lane"]


GrowthLaw = Callable[
    [FilmGrowth, Float[Array, "*lane"], Float[Array, "*lane"], Float[Array, "*lane"]], Float[Array, "*lane"]
]


def default_growth() -> FilmGrowth:
    """Constants of a carbonate film on graphite or lithium, because none are known for lithium in tetrahydrofuran.

    Returns:
        FilmGrowth of scalars.

    Source: the parameter set `OKane2022` of PyBaMM (BSD-3-Clause) for O'Kane et al., Phys. Chem. Chem. Phys. 24, 7909 (2022),
        10.1039/D2CP00417H, where no other source stands beside a value.
    """
    constants = {
        "molar_volume": 9.585e-5,
        "electrons": 2.0,
        "exchange_current": 1.5e-7,
        "transfer_coefficient": 0.5,
        "formation_potential": 0.4,
        "electron_conductivity": 8.95e-14,
        "solvent_diffusivity": 2.5e-22,
        "solvent_concentration": 2636.0,
        "interstitial_diffusivity": 1e-20,
        "interstitial_concentration": 15.0,
        "reduction_rate": 1e-12,
        "reductant_diffusivity": 2e-18,
        "reductant_concentration": 4541.0,  # an estimate for ethylene carbonate in a carbonate electrolyte
        "tunnelling_decay": 1e10,  # an estimate, one decade of current every 0.23 nm
    }
    return FilmGrowth(**{name: jnp.asarray(value) for name, value in constants.items()})


def reaction_limited(growth, thickness, potential, temperature):
    """j0 exp(-alpha F eta / RT), eta = E - U_SEI; Marquis, thesis (2020), eq. 5.92."""
    drive = (potential - growth.formation_potential) * FARADAY / (GAS_CONSTANT * temperature)
    return growth.exchange_current * jnp.exp(-growth.transfer_coefficient * drive) + 0 * thickness


def electron_migration_limited(growth, thickness, potential, temperature):
    """kappa_e (U_SEI - E) / L below U_SEI, nothing above; Marquis, thesis (2020), eq. 5.94."""
    drive = jnp.maximum(growth.formation_potential - potential, 0.0)
    return growth.electron_conductivity * drive / thickness + 0 * temperature


def solvent_diffusion_limited(growth, thickness, potential, temperature):
    """F D c / L of the solvent; Marquis, thesis (2020), eq. 5.91."""
    return FARADAY * growth.solvent_diffusivity * growth.solvent_concentration / thickness + 0 * (
        potential + temperature
    )


def interstitial_diffusion_limited(growth, thickness, potential, temperature):
    """F D c exp(-F E / RT) / L of neutral lithium; Marquis, thesis (2020), eq. 5.96."""
    supply = growth.interstitial_diffusivity * growth.interstitial_concentration
    return FARADAY * supply * jnp.exp(-FARADAY * potential / (GAS_CONSTANT * temperature)) / thickness


def tunnelling_limited(growth, thickness, potential, temperature):
    """j0 exp(-alpha F E / RT) exp(-beta L); Tang, Lu & Newman (2012), 10.1149/2.025211jes, eq. 25."""
    drive = growth.transfer_coefficient * FARADAY * potential / (GAS_CONSTANT * temperature)
    return growth.exchange_current * jnp.exp(-drive - growth.tunnelling_decay * thickness)


def carbonate_reaction_limited(growth, thickness, potential, temperature):
    """F c k / (1 + L k / D), k = k0 exp(-alpha F eta / RT); Yang et al. (2017), 10.1016/j.jpowsour.2017.05.110, eqs 10, 11."""
    drive = (potential - growth.formation_potential) * FARADAY / (GAS_CONSTANT * temperature)
    rate = growth.reduction_rate * jnp.exp(-growth.transfer_coefficient * drive)
    return FARADAY * growth.reductant_concentration * rate / (1 + thickness * rate / growth.reductant_diffusivity)


# magnitudes of the growth current, A m-2, of (constants, thickness m, potential V against Li, temperature K)
GROWTH_LAWS: Mapping[str, GrowthLaw] = MappingProxyType(
    {
        "reaction": reaction_limited,
        "electron_migration": electron_migration_limited,
        "solvent_diffusion": solvent_diffusion_limited,
        "interstitial_diffusion": interstitial_diffusion_limited,
        "tunnelling": tunnelling_limited,
        "carbonate_reaction": carbonate_reaction_limited,
    }
)


def grow_film(
    law: str,
    growth: FilmGrowth,
    thickness: Float[Array, ""],
    time: Float[Array, "time"],
    potential: Float[Array, ""],
    temperature: Float[Array, ""],
) -> Float[Array, "time"]:
    """Thickness of the film over time, dL/dt = V j(L) / (z F); it never falls.

    Args:
        law: which process limits growth (static), a key of `GROWTH_LAWS`.
        growth: constants, scalars.
        thickness: m, at the first time, positive.
        time: `[time]`, s, rising; it sets the steps.
        potential: V against Li at which the film stands, constant.
        temperature: K.

    Returns:
        `[time]`, m.

    Raises:
        ValueError: if the law is unknown.

    Source: the laws' own; time steps of `kernels.sdirk2`.
    """
    if law not in GROWTH_LAWS:
        raise ValueError(f"law: got {law!r}, expected one of {', '.join(GROWTH_LAWS)}: choose one")

    def rate(length):
        current = GROWTH_LAWS[law](growth, length, potential, temperature)
        return growth.molar_volume * current / (growth.electrons * FARADAY)

    def slope(base, step, _):
        # Growth that slows down with the thickness makes the implicit equation increasing, so its root is unique.
        grown = monotone_root(lambda length: length - base - step * rate(length), base, base + step * rate(base))
        return rate(grown)

    def grow(length, step):
        length = sdirk2_step(slope, length, step)
        return length, length

    start = thickness + 0 * (potential + temperature)
    return jnp.concatenate([start[None], lax.scan(grow, start, jnp.diff(time))[1]])
