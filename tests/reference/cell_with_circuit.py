"""Voltammograms of a couple behind a resistance and a capacitance by the method of lines, which has nothing of the kernels."""

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from tests.reference.oracle_closed_forms import THERMAL_VOLTAGE

FARADAY = 96485.33212


def couple_behind_circuit(
    potential: NDArray[np.float64],
    scan_rate: float,
    *,
    diffusivity: float,
    rate_constant: float,
    concentration: float,
    capacitance: float,
    resistance: float,
    turn: float,
    cells: int = 160,
) -> NDArray[np.float64]:
    """Current density (A m-2, oxidation positive) of O + e = R at the points of a triangular sweep.

    Central differences on cells that grow away from the electrode, C dE_s/dt = (E - E_s)/R_u - j_F, stepped by LSODA. Equal
    diffusivities, Butler-Volmer kinetics with a transfer coefficient of 0.5, formal potential 0 V.

    Arguments: potential [point] V from the start down to `turn` and back; scan_rate V/s; m2/s, m/s, mol/m3, F/m2, ohm m2.
    Returns: current density [point].
    Source: Bard & Faulkner, Electrochemical Methods, 2nd ed. (2001), 1.2 and 3.3; Hindmarsh, ODEPACK (1983).
    Example: couple_behind_circuit(np.r_[0.3, 0.0], 0.1, diffusivity=1e-9, ..., turn=-0.3).shape -> (2,)
    """
    start = float(potential[0])
    middle = int(np.argmin(potential))
    time = np.where(np.arange(len(potential)) <= middle, start - potential, start - turn + potential - turn) / scan_rate
    edges = np.sinh(np.linspace(0.0, 7.0, cells + 1))
    edges *= 6.0 * np.sqrt(diffusivity * time[-1]) / edges[-1]
    width, between = np.diff(edges), np.diff((edges[1:] + edges[:-1]) / 2)
    first = width[0] / 2

    def parts(t, state):
        surface, oxidised, reduced = state[0], state[1::2], state[2::2]
        driven = max(start - scan_rate * t, 2 * turn - start + scan_rate * t)
        ahead, back = (rate_constant * np.exp(sign * 0.5 * surface / THERMAL_VOLTAGE) for sign in (-1, 1))
        resisted = first / diffusivity
        # reduction rate from the cell centres: the surface values lie half a cell nearer
        rate = (ahead * oxidised[0] - back * reduced[0]) / (1 + (ahead + back) * resisted)
        return driven, oxidised, reduced, rate

    def change(t, state):
        driven, oxidised, reduced, rate = parts(t, state)
        out = np.empty_like(state)
        out[0] = ((driven - state[0]) / resistance + FARADAY * rate) / capacitance
        for column, species, sign in ((slice(1, None, 2), oxidised, -1), (slice(2, None, 2), reduced, 1)):
            # nothing changes at the far end
            flux = np.concatenate([[-sign * rate], diffusivity * np.diff(species) / between, [0.0]])
            out[column] = np.diff(flux) / width
        return out

    state = np.concatenate([[start], np.tile([concentration, 0.0], cells)])
    peaks = {"method": "LSODA", "rtol": 1e-7, "atol": 1e-9, "lband": 3, "uband": 3}
    turned = (start - turn) / scan_rate
    down = solve_ivp(change, (0.0, turned), state, t_eval=time[time <= turned], **peaks)
    begin = solve_ivp(change, (0.0, turned), state, t_eval=[turned], **peaks).y[:, -1]
    up = solve_ivp(change, (turned, time[-1]), begin, t_eval=time[time > turned], **peaks)
    surface = np.concatenate([down.y[0], up.y[0]])
    driven = np.where(time <= turned, start - scan_rate * time, 2 * turn - start + scan_rate * time)
    return (driven - surface) / resistance
