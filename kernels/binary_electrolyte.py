"""Binary electrolyte between an electrode and the bulk, or between two electrodes: concentration, limits, overpotentials.

With electroneutrality and constant properties the salt obeys dc/dt = D d2c/dx2, and an electrode that passes a current j
(oxidation positive) moves (1 - t+) j / F of salt, because migration carries the rest (Newman & Thomas-Alyea,
Electrochemical Systems (2004), chapters 11 and 12). x = 0 at the electrode.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from kernels.constants import FARADAY, GAS_CONSTANT
from kernels.exponential import step_weights
from kernels.stack import Electrolyte, LayerStack, film_overpotential

COUNTERPARTS = ("bulk", "electrode")
# Ratio of surface to bulk concentration this close to 1 takes the series of log(r) / (r - 1).
NEAR_ONE = 1e-3


class FaceProfile(eqx.Module):
    """Steady activity at every face of a stack, which is linear in between; every field is traced.

    Attributes:
        position: `[face]`, m from the electrode; each interface stands twice, its inner and its outer side.
        activity: `[face]`, mol m-3 (the concentration in a layer is the activity times its partition coefficient).
    """

    position: Float[Array, "face"]
    activity: Float[Array, "face"]


class TransportOverpotentials(eqx.Module):
    """Potential that transport costs at a steady current, V, each with the sign of the current; every field is traced.

    Attributes:
        film_conduction: field in the ohmic layers.
        film_concentration: activity difference over the fickian layers and interfaces.
        electrolyte_conduction: field in the electrolyte.
        electrolyte_concentration: concentration difference over the electrolyte, diffusion potential included.
    """

    film_conduction: Float[Array, "*candidate"]
    film_concentration: Float[Array, "*candidate"]
    electrolyte_conduction: Float[Array, "*candidate"]
    electrolyte_concentration: Float[Array, "*candidate"]

    @property
    def total(self) -> Float[Array, "*candidate"]:
        """Sum of the four, V."""
        film = self.film_conduction + self.film_concentration
        return film + self.electrolyte_conduction + self.electrolyte_concentration


def symmetric_limiting_current(electrolyte: Electrolyte) -> Float[Array, ""]:
    """Steady current between two equal electrodes that empties the cathode, 2 F D c / (L (1 - t+)).

    Between an electrode and the bulk it is `kernels.stack.limiting_current`, half of this at the same distance.

    Args:
        electrolyte: scalars; `diffusion_layer_thickness` is the distance L between the electrodes.

    Returns:
        A m-2, positive.

    Source: Newman & Thomas-Alyea, Electrochemical Systems (2004), chapter 11; the salt between two electrodes is
        conserved, so the cathode is empty when the anode stands at 2 c.

    Example:
        >>> cell = Electrolyte(*(jnp.asarray(v) for v in (1000.0, 1e-10, 0.5, 1e-3)))
        >>> round(float(symmetric_limiting_current(cell)), 3)
        38.594
    """
    distance = electrolyte.diffusion_layer_thickness
    transported = 1 - electrolyte.transference_number
    return 2 * FARADAY * electrolyte.diffusivity * electrolyte.concentration / (distance * transported)


def limiting_current_sweep(
    electrolyte: Electrolyte,
    film_thickness: Float[Array, ""],
    ratio: Float[Array, "ratio"] | None = None,
) -> tuple[Float[Array, "ratio"], Float[Array, "ratio"]]:
    """Limiting current against the diffusivity of a film relative to that of the electrolyte.

    Args:
        electrolyte: scalars.
        film_thickness: m, of a film that moves Li+ by diffusion alone.
        ratio: `[ratio]`, D_film / D_electrolyte; by default 61 values from 1e-6 to 1.

    Returns:
        The ratios, and F c / (L / (ratio D) + (1 - t+) delta / D) in A m-2, positive.

    Source: one-dimensional limit of the surface channel of Zhang et al., Science 391 (2026), 10.1126/science.adw5462,
        figure 1F; resistances in series as in `kernels.stack.limiting_current`.
    """
    if ratio is None:
        ratio = jnp.logspace(-6.0, 0.0, 61)
    film = film_thickness / (ratio * electrolyte.diffusivity)
    outside = (1 - electrolyte.transference_number) * electrolyte.diffusion_layer_thickness / electrolyte.diffusivity
    return ratio, FARADAY * electrolyte.concentration / (film + outside)


def steady_profile(stack: LayerStack, electrolyte: Electrolyte, current: Float[Array, ""]) -> FaceProfile:
    """Steady activity from the electrode through the film to the bulk, exact.

    Args:
        stack: one film, arrays `[layer]`.
        electrolyte: its electrolyte, scalars.
        current: A m-2, oxidation positive. Beyond the limiting current the activity at the electrode is negative.

    Returns:
        FaceProfile of 2 x layers + 2 faces, from the electrode to the bulk.

    Source: series resistances of layered diffusion, Crank, The Mathematics of Diffusion (1975), section 3.4.1.
    """
    layers = (1 - stack.transference_number) * stack.thickness / (stack.diffusivity * stack.partition_coefficient)
    outside = (1 - electrolyte.transference_number) * electrolyte.diffusion_layer_thickness / electrolyte.diffusivity
    resistance = jnp.append(jnp.stack([layers, stack.interface_resistance], axis=1).reshape(-1), outside)
    length = jnp.stack([stack.thickness, jnp.zeros_like(stack.thickness)], axis=1).reshape(-1)
    length = jnp.append(length, electrolyte.diffusion_layer_thickness)
    # Summed from the bulk inwards: a film of large resistance must not swallow the digits of the electrolyte.
    excess = jnp.append(jnp.cumsum(resistance[::-1])[::-1], 0.0) * current / FARADAY
    return FaceProfile(jnp.append(0.0, jnp.cumsum(length)), electrolyte.concentration + excess)


def transient_profile(
    electrolyte: Electrolyte,
    time: Float[Array, "time"],
    current: Float[Array, "time"],
    position: Float[Array, "position"],
    counterpart: str = "bulk",
    modes: int = 64,
) -> Float[Array, "time position"]:
    """Concentration in the electrolyte under any current that is linear between given times, from a uniform start.

    Exact in time for such a current. The modes are eigenfunctions of the slab; the quasi-steady profile of those left
    out is added, so what is missing is only their lag, modes of time constant L^2 / (pi^2 modes^2 D) and shorter.

    Args:
        electrolyte: scalars; `diffusion_layer_thickness` is the distance to the counterpart.
        time: `[time]`, s, rising; the concentration is uniform at the first.
        current: `[time]`, A m-2, at the electrode x = 0, oxidation positive.
        position: `[position]`, m, from 0 to the distance.
        counterpart: what is at the other end (static): "bulk", held at the bulk concentration, or "electrode", which
            passes the opposite current.
        modes: number of modes (static).

    Returns:
        mol m-3, negative beyond depletion.

    Raises:
        ValueError: if `counterpart` is unknown.

    Source: Carslaw & Jaeger, Conduction of Heat in Solids (1959), section 3.8 (slab with prescribed flux), the sum of
        exponentials driven by a piecewise linear flux.
    """
    if counterpart not in COUNTERPARTS:
        raise ValueError(f"counterpart: got {counterpart!r}, expected one of {', '.join(COUNTERPARTS)}: choose one")
    distance, between = electrolyte.diffusion_layer_thickness, counterpart == "electrode"
    number = np.arange(1, 2 * modes, 2)
    wave = number * np.pi / (distance if between else 2 * distance)
    # Steady profiles (L/2 - x) or (L - x) times the flux over D, as series in the eigenfunctions cos(wave x).
    share = (4 if between else 2) / (distance * wave**2)
    flux = (1 - electrolyte.transference_number) * current / (FARADAY * electrolyte.diffusivity)
    rate = electrolyte.diffusivity * wave**2

    def advance(amplitude, interval):
        step, start, stop = interval
        decay, old, new = step_weights(rate, step)
        amplitude = decay * amplitude + rate * share * (old * start + new * stop)
        return amplitude, amplitude

    start = jnp.zeros_like(rate)
    _, amplitude = jax.lax.scan(advance, start, (jnp.diff(time), flux[:-1], flux[1:]))
    amplitude = jnp.concatenate([start[None], amplitude])
    lag = amplitude - flux[:, None] * share[None, :]
    steady = (distance / 2 if between else distance) - position
    shape = jnp.cos(wave[:, None] * position[None, :])
    return electrolyte.concentration + flux[:, None] * steady[None, :] + lag @ shape


def electrolyte_ohmic_drop(
    electrolyte: Electrolyte,
    conductivity: Float[Array, ""],
    current: Float[Array, ""],
    surface_concentration: Float[Array, ""],
) -> Float[Array, ""]:
    """Drop j int dx / kappa(c) over a linear profile whose conductivity is proportional to the concentration.

    Args:
        electrolyte: scalars.
        conductivity: S m-1, at the bulk concentration.
        current: A m-2, oxidation positive.
        surface_concentration: mol m-3, where the electrolyte meets the film.

    Returns:
        V, with the sign of the current: j delta / kappa log(r) / (r - 1), r the ratio of surface to bulk
        concentration; infinite once r <= 0.

    Source: Ohm's law of a binary electrolyte, Newman & Thomas-Alyea, Electrochemical Systems (2004), chapter 11, integrated
        at constant molar conductivity.
    """
    excess = surface_concentration / electrolyte.concentration - 1
    near = jnp.abs(excess) < NEAR_ONE
    series = 1 - excess / 2 + excess**2 / 3 - excess**3 / 4 + excess**4 / 5
    far = jnp.where(near | (excess <= -1), 1.0, excess)
    mean = jnp.where(near, series, jnp.where(excess <= -1, jnp.inf, jnp.log1p(far) / far))
    return current * electrolyte.diffusion_layer_thickness / conductivity * mean


def concentration_overpotential(
    surface_concentration: Float[Array, "*shape"],
    bulk_concentration: Float[Array, "*shape"],
    transference_number: Float[Array, "*shape"],
    temperature: Float[Array, "*shape"],
    thermodynamic_factor: Float[Array, "*shape"] | float = 1.0,
) -> Float[Array, "*shape"]:
    """Potential of a concentration cell with transference, 2 (1 - t+) (R T / F) chi log(c_surface / c_bulk).

    Both metal electrodes respond to the cation, and the diffusion potential between them is included, the ohmic drop is
    not.

    Args:
        surface_concentration: mol m-3, at the electrode.
        bulk_concentration: mol m-3, at the reference electrode.
        transference_number: of the cation.
        temperature: K.
        thermodynamic_factor: chi = 1 + d ln f / d ln c, 1 for an ideal solution.

    Returns:
        V, negative where the surface is depleted, minus infinity where it is empty.

    Source: concentrated-solution theory, Newman & Thomas-Alyea, Electrochemical Systems (2004), chapter 12, for a 1:1 salt
        with constant t+ and chi.
    """
    scale = 2 * (1 - transference_number) * GAS_CONSTANT * temperature / FARADAY * thermodynamic_factor
    return scale * _log(surface_concentration / bulk_concentration)


def transport_overpotentials(
    stack: LayerStack,
    electrolyte: Electrolyte,
    conductivity: Float[Array, ""],
    current: Float[Array, ""],
    temperature: Float[Array, ""],
    thermodynamic_factor: Float[Array, ""] | float = 1.0,
) -> TransportOverpotentials:
    """What a steady current costs in film and electrolyte, electrode kinetics apart.

    The time-stepped cell of `kernels.cell` takes R T / F log(a / c) for film and electrolyte together and leaves the
    field in the electrolyte to its series resistance (an excess of supporting electrolyte); this is the binary one.

    Args:
        stack: one film, arrays `[layer]`.
        electrolyte: its electrolyte, scalars.
        conductivity: S m-1, of the electrolyte at the bulk concentration, proportional to the concentration.
        current: A m-2, oxidation positive.
        temperature: K.
        thermodynamic_factor: chi = 1 + d ln f / d ln c, 1 for an ideal solution.

    Returns:
        TransportOverpotentials; minus infinity in a concentration term at or beyond its limiting current.

    Source: Newman & Thomas-Alyea, Electrochemical Systems (2004), chapters 11 and 12.
    """
    activity = steady_profile(stack, electrolyte, current).activity
    surface, outside = activity[0], activity[-2]
    lanes = jax.tree.map(lambda x: x[:, None], stack)
    conduction, _ = film_overpotential(lanes, temperature[None], current[None])
    film = GAS_CONSTANT * temperature / FARADAY * (_log(surface / outside) if stack.thickness.size else 0.0)
    return TransportOverpotentials(
        film_conduction=conduction[0],
        film_concentration=jnp.asarray(film),
        electrolyte_conduction=electrolyte_ohmic_drop(electrolyte, conductivity, current, outside),
        electrolyte_concentration=concentration_overpotential(
            outside, electrolyte.concentration, electrolyte.transference_number, temperature, thermodynamic_factor
        ),
    )


def _log(ratio):
    """Logarithm, minus infinity (and no derivative) at and below zero."""
    positive = ratio > 0
    return jnp.where(positive, jnp.log(jnp.where(positive, ratio, 1.0)), -jnp.inf)
