"""Diffusion through a stack of layers in the Laplace domain, its inverse in time, and deposition through it.

State: activity a = c/K in mol/m3 (continuous at equilibrium interfaces), deficit w = a_bulk - a, flux J = -j/F into the
electrode (deposition positive), x outward. eps K da/dt = d/dx(D K da/dx); the total flux D K da/dx + t+ J is
continuous; an interface of resistance R drops a by R times the total flux. No mesh anywhere.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import wrightomega

from tests.reference.oracle_closed_forms import FARADAY, THERMAL_VOLTAGE


@dataclass(frozen=True)
class Layer:
    """One layer; tuples of layers run from the electrode outward and the outer face of the last one is the bulk.

    thickness m (inf: semi-infinite, last layer only), diffusivity m2/s, partition_coefficient (-),
    accessible_fraction (-), transference_number (-), interface_resistance s/m of the OUTER face.
    """

    thickness: float
    diffusivity: float
    partition_coefficient: float = 1.0
    accessible_fraction: float = 1.0
    transference_number: float = 0.0
    interface_resistance: float = 0.0


class Voltammogram(NamedTuple):
    """Arrays [step]: time s, potential V (terminal), current A/m2 (oxidation positive)."""

    time: NDArray[np.float64]
    potential: NDArray[np.float64]
    current: NDArray[np.float64]


def layered_limiting_current(layers: tuple[Layer, ...], concentration: float) -> float:
    """Steady limiting current through layers in series, F c/sum_k[(1 - t_k) L_k/(D_k K_k) + R_k].

    Arguments: layers (all finite), concentration mol/m3 in the bulk. Returns: A/m2, magnitude.
    Source: Crank, The Mathematics of Diffusion (1975), ch. 12 (laminates in series); t+ from N = -D K a' + t+ j/F.
    Example: layered_limiting_current((Layer(10e-9, 1.63e-15),), 2000.0) -> 31.5
    """
    resistance = sum(
        (1.0 - layer.transference_number) * layer.thickness / (layer.diffusivity * layer.partition_coefficient)
        + layer.interface_resistance
        for layer in layers
    )
    return FARADAY * concentration / resistance


def surface_transfer(layers: tuple[Layer, ...], s: ArrayLike, outer: str = "reservoir") -> NDArray[np.complex128]:
    """Laplace transfer Z(s) = (a_bulk/s - a_surface(s))/J(s) of a stack, s/m.

    Recursion from the bulk inward with Y = K sqrt(D eps s), T = tanh(L sqrt(eps s/D)):
    Z <- (Z + T/Y)/(1 + Y Z T); a jump of t+ at an interface adds a source that reaches the electrode through 1/cosh.

    Arguments: layers inner first; s [any shape] 1/s, Re sqrt(s) > 0; outer "reservoir" (bulk activity held at the last
    face) or "blocking" (no flux there).
    Returns: complex, same shape as s.  Errors: ValueError for a semi-infinite layer that is not the last.
    Source: Carslaw & Jaeger, Conduction of Heat in Solids (1959), 12.8 (composite slab by Laplace transform); one layer
    on a half space: (1/sqrt(D1 s)) (T + g)/(1 + g T), g = sqrt(D1/D0).
    Example: surface_transfer((Layer(math.inf, 1e-9),), 1.0) -> 31622.8
    """
    if any(math.isinf(layer.thickness) for layer in layers[:-1]):
        raise ValueError("layers: got a semi-infinite layer inside, expected it last: reorder inner to outer")
    s = np.asarray(s, dtype=complex)
    impedance = np.zeros_like(s)
    source = np.zeros_like(s)
    outside_transference = layers[-1].transference_number
    for index in range(len(layers) - 1, -1, -1):
        layer = layers[index]
        last = index == len(layers) - 1
        transference = layer.transference_number
        source = source + impedance * (transference - outside_transference) + layer.interface_resistance * transference
        impedance = impedance + layer.interface_resistance
        outside_transference = transference
        conductance = layer.diffusivity * layer.partition_coefficient
        if layer.accessible_fraction == 0.0:
            impedance = impedance + layer.thickness / conductance
            continue
        root = np.sqrt(layer.accessible_fraction * s / layer.diffusivity)
        admittance = conductance * root
        if math.isinf(layer.thickness):
            impedance, source = 1.0 / admittance, np.zeros_like(s)
            continue
        tangent = np.tanh(layer.thickness * root)
        if last and outer == "blocking":
            impedance, source = 1.0 / (admittance * tangent), np.zeros_like(s)
            continue
        denominator = 1.0 + admittance * impedance * tangent
        decay = np.exp(-layer.thickness * root)
        source = source * 2.0 * decay / (1.0 + decay**2) / denominator
        impedance = (impedance + tangent / admittance) / denominator
    return impedance * (1.0 - layers[0].transference_number) + source


def layered_impedance(
    layers: tuple[Layer, ...], angular_frequency: ArrayLike, concentration: float, outer: str = "reservoir"
) -> NDArray[np.complex128]:
    """Diffusion impedance RT/(F^2 c) Z(i omega) of a stack at a Nernstian electrode.

    Arguments: angular_frequency [any shape] rad/s, concentration mol/m3. Returns: ohm m2, same shape.
    Source: as surface_transfer; Warburg element of Bard & Faulkner, Electrochemical Methods (2001), 10.3.
    Example: layered_impedance((Layer(10e-9, 1e-15), Layer(math.inf, 2e-10)), 1.0, 2000.0) -> 1.3356e-3-5.158e-5j
    """
    omega = np.asarray(angular_frequency, dtype=float)
    return THERMAL_VOLTAGE / (FARADAY * concentration) * surface_transfer(layers, 1j * omega, outer)


def inverse_laplace(
    transform: Callable[[NDArray[np.complex128]], NDArray[np.complex128]], time: ArrayLike, nodes: int = 28
) -> NDArray[np.float64]:
    """Inverse Laplace transform on the optimised Talbot contour, in float64, singularities on the negative real axis.

    Contour s = (N/t)(-0.6122 + 0.5017 h cot(0.6407 h) + 0.2645 i h), h in (-pi, pi); error about 3.89^-N. One contour
    serves all times within a factor 1.5 (measured: error stays below 2e-12 for layered transfers, 7e-7 at a factor 2),
    so the transform is evaluated a few hundred times whatever the number of times.

    Arguments: transform (complex array -> complex array of the same shape), time [any shape] s > 0, nodes N (even).
    Returns: f(t), same shape (about 1e-12 relative for the transfers here).
    Source: Trefethen, Weideman & Schmelzer 2006, 10.1007/s10543-006-0077-9, cotangent contour.
    Example: inverse_laplace(lambda s: 1.0 / s**2, 3.0) -> 3.0
    """
    time = np.asarray(time, dtype=float)
    angle = math.pi * np.arange(1, nodes, 2) / nodes
    cotangent = 1.0 / np.tan(0.6407 * angle)
    contour = nodes * (-0.6122 + 0.5017 * angle * cotangent + 0.2645j * angle)
    slope = nodes * (0.5017 * cotangent - 0.5017 * 0.6407 * angle / np.sin(0.6407 * angle) ** 2 + 0.2645j)
    # Conjugate nodes contribute the conjugate, so the upper half counts twice.
    weight = 2.0 * slope / (1j * nodes)
    ratio = 1.5
    window = np.floor(np.log(time / time.min()) / math.log(ratio)).astype(int)
    result = np.empty(time.shape)
    for index in np.unique(window):
        inside = window == index
        centre = time.min() * ratio ** (index + 0.5)
        s = contour / centre
        result[inside] = (np.exp(np.multiply.outer(time[inside], s)) @ (weight / centre * transform(s))).real
    return result


def surface_activity_step(
    layers: tuple[Layer, ...], time: ArrayLike, current: float, concentration: float, outer: str = "reservoir"
) -> NDArray[np.float64]:
    """Surface activity after a constant current is switched on.

    Arguments: time [any shape] s > 0, current A/m2 (oxidation positive: deposition is negative), concentration mol/m3.
    Returns: mol/m3, same shape (negative once past depletion).
    Source: inverse Laplace of surface_transfer(s)/s.
    Example: surface_activity_step((Layer(math.inf, 1e-9),), 1.0, -100.0, 100.0) -> 63.0
    """
    deficit = inverse_laplace(lambda s: surface_transfer(layers, s, outer) / s, time)
    return concentration + current / FARADAY * deficit


def limiting_step_current(
    layers: tuple[Layer, ...], time: ArrayLike, concentration: float, outer: str = "reservoir"
) -> NDArray[np.float64]:
    """Current after the surface activity is stepped to zero (Cottrell through a stack).

    Arguments: time [any shape] s > 0, concentration mol/m3. Returns: A/m2, magnitude, same shape.
    Source: inverse Laplace of F c/(s surface_transfer(s)).
    Example: limiting_step_current((Layer(math.inf, 1e-9),), 1.0, 1000.0) -> 1721.4
    """
    return FARADAY * concentration * inverse_laplace(lambda s: 1.0 / (s * surface_transfer(layers, s, outer)), time)


@lru_cache(maxsize=64)
def deposition_voltammogram(
    layers: tuple[Layer, ...],
    concentration: float,
    scan_rate: float,
    vertices: tuple[float, ...] = (0.0, -0.3),
    series_resistance: float = 0.0,
    steps: int = 400,
) -> Voltammogram:
    """Nernstian deposition at unit metal activity through a stack, a_surface = c exp(F (E - j Ru)/RT).

    Volterra equation of the first kind with the step response of the stack as kernel, J piecewise linear (product
    integration) on a grid graded as (i/N)^3 towards the start and each turn. With Ru the scalar equation of a step is
    solved exactly by the Wright omega function.

    Arguments: concentration mol/m3, scan_rate V/s > 0, vertices V from equilibrium (0 first; positive = stripping,
    valid while metal is left), series_resistance ohm m2, steps per scan.
    Returns: Voltammogram (read-only arrays of len(vertices) - 1 times steps, plus 1).
    Source: Berzins & Delahay, J. Am. Chem. Soc. 75, 555 (1953), generalised by surface_transfer; Linz (1985), 8.2.
    Example: deposition_voltammogram((Layer(math.inf, 1e-9),), 1.0, 0.1).current.min() -> -3.6749
    """
    pieces, levels = [np.zeros(1)], [np.asarray(vertices[:1], dtype=float)]
    for start, stop in pairwise(vertices):
        fraction = (np.arange(1, steps + 1) / steps) ** 3
        pieces.append(pieces[-1][-1] + abs(stop - start) / scan_rate * fraction)
        levels.append(start + (stop - start) * fraction)
    time, potential = np.concatenate(pieces), np.concatenate(levels)
    count = time.size
    interval = np.diff(time)
    rows, columns = np.tril_indices(count, -1)
    ramp = np.zeros((count, count))
    ramp[rows, columns] = inverse_laplace(lambda s: surface_transfer(layers, s) / s**2, time[rows] - time[columns])
    # Linear J on interval i contributes its slope times (ramp(t - t_i) - ramp(t - t_{i+1})); J(0) = 0 at equilibrium.
    slope_weight = (ramp[:, :-1] - ramp[:, 1:]) / interval
    weight = np.zeros((count, count))
    weight[:, 1:] += slope_weight
    weight[:, 1:-1] -= slope_weight[:, 1:]
    flux = np.zeros(count)
    drop = FARADAY * series_resistance / THERMAL_VOLTAGE
    for n in range(1, count):
        supply = concentration - float(np.dot(weight[n, 1:n], flux[1:n]))
        slope = weight[n, n]
        exponent = potential[n] / THERMAL_VOLTAGE
        if series_resistance == 0.0:
            flux[n] = (supply - concentration * math.exp(exponent)) / slope
            continue
        scaled = slope / (drop * concentration)
        ratio = supply / (concentration * scaled)
        # ratio - y = exp(exponent + y)/scaled with y = drop * J.
        flux[n] = (ratio - wrightomega(ratio + exponent - math.log(scaled)).real) / drop
    current = -FARADAY * flux
    for array in (time, potential, current):
        array.flags.writeable = False
    return Voltammogram(time, potential, current)


def cathodic_peak(voltammogram: Voltammogram) -> tuple[float, float, bool]:
    """Most cathodic point: (potential V, current magnitude A/m2, True if it is an interior maximum, not the scan end).

    Refined by the parabola in time through three points of the non-uniform grid.
    """
    best = int(np.argmin(voltammogram.current))
    if best in (0, voltammogram.current.size - 1):
        return float(voltammogram.potential[best]), float(-voltammogram.current[best]), False
    window = slice(best - 1, best + 2)
    origin = voltammogram.potential[best]
    curve = np.polynomial.Polynomial.fit(voltammogram.potential[window] - origin, -voltammogram.current[window], 2)
    place = float(curve.deriv().roots()[0].real)
    return float(origin + place), float(curve(place)), True
