"""Cyclic voltammetry of a soluble couple O + n e = R from the Abel-Volterra equation, without any spatial mesh.

Scaled with tau = n F v t/RT and y = j_cathodic/(n F c sqrt(D_O n F v/RT)); the surface concentrations are
c_O/c = 1 - I, c_R/c = gamma I with I = (1/sqrt(pi)) int y/sqrt(tau - tau') and gamma = sqrt(D_O/D_R). theta is counted
from E_1/2, so gamma drops out of the reversible limit. Cathodic current functions are positive here.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.reference.oracle_closed_forms import THERMAL_VOLTAGE


class Cycle(NamedTuple):
    """Cyclic voltammogram: potential [step] n (E - E_1/2) V, current_function [step] cathodic positive, turn index."""

    potential: NDArray[np.float64]
    current_function: NDArray[np.float64]
    turn: int


class Peaks(NamedTuple):
    """Cathodic and anodic peaks: potentials in V from E_1/2, current functions cathodic positive."""

    cathodic_potential: float
    cathodic_current_function: float
    anodic_potential: float
    anodic_current_function: float


def triangular_potential(start: float, switching: float, step: float) -> tuple[NDArray[np.float64], int]:
    """Potential program start -> switching -> start on steps of about `step` (all V) that end exactly on the switch."""
    count = math.ceil((start - switching) / step)
    down = np.linspace(start, switching, count + 1)
    return np.concatenate([down, down[-2::-1]]), count


@lru_cache(maxsize=256)
def quasi_reversible_cycle(
    kinetic_parameter: float,
    transfer_coefficient: float = 0.5,
    switching_potential: float = -0.1413,
    start_potential: float = 0.4,
    potential_step: float = 2.5e-4,
    diffusivity_ratio: float = 1.0,
) -> Cycle:
    """Cyclic voltammogram with Butler-Volmer kinetics by product integration of the two-species Abel equation.

    y/Lambda = exp(-alpha theta0) (1 - I) - exp((1 - alpha) theta0) gamma I, theta0 = theta - ln gamma (from E0'),
    y piecewise linear on a uniform grid (weights exact for 1/sqrt): second order away from the turn.

    Arguments: kinetic_parameter Lambda = k0/sqrt(D_O n F v/RT), or inf for Nernstian; switching and start potential
    in V from E_1/2, times n; potential_step V; diffusivity_ratio D_O/D_R.
    Returns: Cycle (read-only arrays).
    Source: Nicholson 1965, 10.1021/ac60230a016; product integration: Linz, Analytical and Numerical Methods
    for Volterra Equations (1985), 8.2.
    Example: quasi_reversible_cycle(35.4).current_function.max() -> 0.445
    """
    potential, turn = triangular_potential(start_potential, switching_potential, potential_step)
    theta = potential / THERMAL_VOLTAGE
    count = potential.size
    step = (start_potential - switching_potential) / turn / THERMAL_VOLTAGE
    gamma = math.sqrt(diffusivity_ratio)
    formal = theta - math.log(gamma)
    oxidation = np.exp((1.0 - transfer_coefficient) * formal) * gamma
    reduction = np.exp(-transfer_coefficient * formal)
    lag = np.arange(count + 1.0)
    power = lag**1.5
    weight = np.empty(count)
    weight[0] = 1.0
    weight[1:] = power[2:] - 2.0 * power[1:-1] + power[:-2]
    weight *= 4.0 * math.sqrt(step) / (3.0 * math.sqrt(math.pi))
    inverse_rate = 1.0 / kinetic_parameter
    current = np.zeros(count)
    # At the start the sum of the two rates is the larger exponential: divide by it to stay free of overflow.
    largest = np.maximum(oxidation, reduction)
    for n in range(1, count):
        history = np.dot(current[1:n], weight[n - 1 : 0 : -1]) if n > 1 else 0.0
        both = (oxidation[n] + reduction[n]) / largest[n]
        drive = reduction[n] / largest[n] - both * history
        current[n] = drive / (inverse_rate / largest[n] + both * weight[0])
    potential.flags.writeable = current.flags.writeable = False
    return Cycle(potential, current, turn)


@lru_cache(maxsize=32)
def reversible_cycle(switching_potential: float, start_potential: float = 0.4, potential_step: float = 1e-3) -> Cycle:
    """Nernstian cyclic voltammogram: y = (1/sqrt(pi)) int S'(tau')/sqrt(tau - tau') dtau' with S = 1/(1 + e^theta).

    S is known, so the Abel equation is inverted by quadrature: with tau - tau' = u^2 the integrand is smooth on each
    branch and Gauss-Legendre converges to rounding. The forward scan reaches back to -infinity.

    Arguments: potentials in V from E_1/2, times n. Returns: Cycle (read-only arrays).
    Source: Nicholson & Shain 1964, 10.1021/ac60210a007; reverse branch by the same Abel inversion.
    Example: reversible_cycle(-0.3).current_function.max() -> 0.44629
    """
    potential, turn = triangular_potential(start_potential, switching_potential, potential_step)
    scaled_step = (start_potential - switching_potential) / turn / THERMAL_VOLTAGE
    lowest = switching_potential / THERMAL_VOLTAGE
    tau = (np.arange(potential.size) - turn) * scaled_step
    nodes, weights = np.polynomial.legendre.leggauss(24)

    def slope(theta: NDArray[np.float64]) -> NDArray[np.float64]:
        return 0.25 / np.cosh(0.5 * theta) ** 2

    def integral(lower: NDArray[np.float64], upper: NDArray[np.float64], sign: float) -> NDArray[np.float64]:
        panels = 24
        edge = lower[:, None] + (upper - lower)[:, None] * np.arange(panels) / panels
        width = ((upper - lower) / panels)[:, None, None]
        u = edge[..., None] + width * 0.5 * (nodes + 1.0)
        # theta falls towards the turn (tau < 0) and rises after it.
        theta = lowest + np.abs(tau[:, None, None] - u**2)
        return sign * np.sum(slope(theta) * weights * 0.5 * width, axis=(1, 2))

    since_turn = np.sqrt(np.maximum(tau, 0.0))
    # sech^2 has died out 45 units above E_1/2 on the forward branch.
    furthest = np.sqrt(tau - lowest + 45.0 + 2.0 * abs(lowest))
    current = (
        2.0
        / math.sqrt(math.pi)
        * (integral(since_turn, furthest, 1.0) + integral(np.zeros_like(tau), since_turn, -1.0))
    )
    potential.flags.writeable = current.flags.writeable = False
    return Cycle(potential, current, turn)


def locate_peaks(cycle: Cycle) -> Peaks:
    """Cathodic maximum before and anodic minimum after the turn, each refined by the parabola through three points."""

    def refine(indices: NDArray[np.intp], sign: float) -> tuple[float, float]:
        values = sign * cycle.current_function[indices]
        best = int(np.argmax(values[1:-1])) + 1
        left, centre, right = values[best - 1 : best + 2]
        offset = 0.5 * (left - right) / (left - 2.0 * centre + right)
        potential = cycle.potential[indices]
        step = potential[best + 1] - potential[best]
        return float(potential[best] + offset * step), float(sign * (centre - 0.25 * (left - right) * offset))

    cathodic = refine(np.arange(cycle.turn + 1), 1.0)
    anodic = refine(np.arange(cycle.turn, cycle.potential.size), -1.0)
    return Peaks(*cathodic, *anodic)


@lru_cache(maxsize=256)
def peak_separation(
    nicholson_psi: float,
    switching_potential: float = -0.1413,
    transfer_coefficient: float = 0.5,
    start_potential: float = 0.4,
    potential_step: float = 5e-4,
) -> float:
    """Nicholson's peak separation n (E_pa - E_pc) at 25 C, Richardson-extrapolated from steps h and h/2.

    Arguments: nicholson_psi = Lambda/sqrt(pi) = k0/sqrt(pi D n F v/RT) with D_O = D_R (else divide Lambda by
    gamma^alpha); potentials in V from E_1/2, times n.
    Returns: V.
    Source: Nicholson 1965, 10.1021/ac60230a016, table I.
    Example: peak_separation(1.0) -> 0.0831
    """

    def separation(step: float) -> float:
        cycle = quasi_reversible_cycle(
            nicholson_psi * math.sqrt(math.pi), transfer_coefficient, switching_potential, start_potential, step
        )
        peaks = locate_peaks(cycle)
        return peaks.anodic_potential - peaks.cathodic_potential

    coarse, fine = separation(potential_step), separation(0.5 * potential_step)
    return fine + (fine - coarse) / 3.0
