"""Efficiencies, voltages and pulses of the two cells, and what the paper's own numbers say about each other."""

import jax
import jax.numpy as jnp
import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Unreached, read_references
from experiments.li_mediated.lithium_cells import MILLIAMPERE, SALTS, pulsed_points, steady_points
from kernels.ammonia import energy_efficiency, needed_rest
from kernels.ammonia.operating_conditions import ETHANOL_MOLAR_DENSITY
from kernels.constants import FARADAY

# ethanol in vol %, as the paper scanned it
SCAN = (0.0, 0.05, 0.10, 0.15, 0.20, 0.225, 0.25, 0.275, 0.30, 0.35, 0.45)


def duty_of(used: Parameters, current: float) -> float:
    """Share of the time under current: all of it at 6 mA/cm2, the paper's pulses above."""
    return 1.0 if current <= 6 else used["on_time"] / (used["on_time"] + used["off_time"])


def steady(used: Parameters) -> dict[str, float | Unreached]:
    """Steady model at the paper's currents, energy efficiencies and the parts of the voltage."""
    points = [(salt, j) for salt in SALTS for j in (6, 100, 150, 200)]
    cells = steady_points(used, [(salt, j, duty_of(used, j)) for salt, j in points])
    fe, voltage = cells.efficiency.ammonia, cells.voltage.total
    found: dict[str, float | Unreached] = {}
    at = {point: place for place, point in enumerate(points)}
    for salt in SALTS:
        for j in (6, 100):
            here = at[salt, j]
            found[f"fe_{salt}_{j}"] = fe[here]
            found[f"u_{salt}_{j}"] = voltage[here]
            found[f"ee_{salt}_{j}"] = _energy(fe[here], voltage[here])
        low, high = voltage[at[salt, 6]], voltage[at[salt, 100]]
        found[f"intercept_{salt}"] = low - 6 * (high - low) / 94
    for j in (150, 200):
        here = at["LiDFOB", j]
        found |= {f"fe_LiDFOB_{j}": fe[here], f"ee_LiDFOB_{j}": _energy(fe[here], voltage[here])}
        found[f"partial_LiDFOB_{j}"] = j * fe[here]
    found |= between(used)
    hydrogen = cells.efficiency.hydrogen
    found["fe_hydrogen_lower"] = hydrogen[at["LiDFOB", 100]] / hydrogen[at["LiBF4", 100]]
    found["prior_partial_current"] = 6 * fe[at["LiBF4", 6]]
    parts, first, second = cells.voltage, at["LiDFOB", 100], at["LiBF4", 100]
    losses = voltage - parts.equilibrium
    found["breakdown_electrolyte"] = parts.electrolyte[first] / losses[first]
    found["breakdown_film"] = (parts.film + parts.concentration)[second] / losses[second]
    better = {**used, "film_resistance_LiBF4": used["film_resistance_LiBF4"] / 10}
    faster = steady_points(better, [(salt, j, duty_of(used, j)) for salt, j in points])
    found["diffusion_selectivity"] = faster.efficiency.ammonia[second] - fe[second]
    return {key: value if isinstance(value, Unreached) else float(value) for key, value in found.items()}


def between(used: Parameters) -> dict[str, float | Unreached]:
    """Efficiencies at the currents of fig. S39, of which the main text prints none."""
    # as many points as the others, so that all share one compilation
    points = [(salt, j) for salt in SALTS for j in (10, 20, 30, 50)]
    cells = steady_points(used, [(salt, j, duty_of(used, j)) for salt, j in points])
    found: dict[str, float | Unreached] = {}
    for place, (salt, j) in enumerate(points):
        if j in (20, 50):
            share, voltage = cells.efficiency.ammonia[place], cells.voltage.total[place]
            found |= {f"fe_{salt}_{j}": share, f"ee_{salt}_{j}": _energy(share, voltage)}
    return found


def sand(used: Parameters) -> dict[str, float | Unreached]:
    """Sand's time at 100 mA/cm2: how long a pulse may last before Li+ at the electrode is gone."""
    current = 100 * MILLIAMPERE * 2 * (1 - used["transference_number"])
    root = FARADAY * used["salt"] / current
    needed = 6 * MILLIAMPERE * used["film_thickness"] / (FARADAY * used["salt"])
    return {"sand_time": float(np.pi * used["liquid_diffusivity"] * root**2), "d_literature": needed}


def audit(used: Parameters) -> dict[str, float | Unreached]:
    """Energy efficiency from the Faradaic efficiency and voltage that the paper prints beside it, and current by the clock."""
    printed = {one.key: one.value for one in read_references("li_mediated")}
    pairs = {salt: (printed[f"fe_{salt}_100"], printed[f"u_{salt}_100"]) for salt in SALTS}
    found: dict[str, float | Unreached] = {f"audit_ee_{salt}_100": _energy(*pair) for salt, pair in pairs.items()}
    found["audit_ee_LiDFOB_100_hydrogen"] = _energy(*pairs["LiDFOB"], "counted")
    found["mean_partial"] = 100 * duty_of(used, 100) * (printed["fe_LiDFOB_100"] or 0.0)
    # the largest energy efficiency is that of all charge at the equilibrium voltage
    found["audit_ee_bound"] = _energy(printed["fe_LiDFOB_6"], printed["intercept_LiDFOB"])
    return found


def _energy(efficiency, voltage, hydrogen: str = "free") -> float:
    with jax.enable_x64(True):
        return energy_efficiency(jnp.asarray(efficiency), jnp.asarray(voltage), hydrogen=hydrogen).value.item()


def pulses(used: Parameters) -> dict[str, float | Unreached]:
    """Pulsed model: pulses, direct current, argon, and the scan of ethanol."""
    on, off, ethanol, pressure = (used[key] for key in ("on_time", "off_time", "ethanol_fraction", "nitrogen_pressure"))
    named = {
        **{f"pulse_fe_LiDFOB_{j}": ("LiDFOB", j, on, off, ethanol, pressure) for j in (100, 150, 200)},
        "pulse_fe_LiBF4_100": ("LiBF4", 100, on, off, ethanol, pressure),
        "direct_fe_LiDFOB_6": ("LiDFOB", 6, on + off, 0.0, ethanol, pressure),
        "cycled_fe_LiDFOB_6": ("LiDFOB", 6, on, off, ethanol, pressure),
        "direct_fe_LiBF4_6": ("LiBF4", 6, on + off, 0.0, ethanol, pressure),
        "argon_fe": ("LiDFOB", 100, on, off, ethanol, 0.0),
        "rest_short": ("LiDFOB", 100, on, off / 3, ethanol, pressure),
    }
    scanned = [("LiDFOB", 100.0, on, off, percent / 100, pressure) for percent in SCAN]
    ammonia, hydrogen = pulsed_points(used, [*named.values(), *scanned])
    found: dict[str, float | Unreached] = dict(zip(named, ammonia[: len(named)].tolist(), strict=True))
    found["rest_short"] = found["rest_short"] / found["pulse_fe_LiDFOB_100"]  # type: ignore[operator]
    curve, gas = ammonia[len(named) :], hydrogen[len(named) :]
    best = SCAN.index(0.25)
    donors = ETHANOL_MOLAR_DENSITY * ethanol + used["surface_residual_donor"]
    share = steady_points(used, [("LiDFOB", 100, 1.0)]).split.lithium_current[0]
    with jax.enable_x64(True):
        rest = needed_rest(
            jnp.asarray(share), jnp.asarray(on), jnp.asarray(used["surface_proton_mass_transfer"]), jnp.asarray(donors)
        )
    found |= {
        "needed_rest": rest.item(),
        "best_ethanol": SCAN[int(np.argmax(curve))],
        "volcano_poor": float(curve[0] / curve.max()),
        "volcano_rich": float(curve[-1] / curve.max()),
        "volcano_poor_hydrogen": float(gas[0] / gas[best]),
        "volcano_rich_hydrogen": float(gas[-1] / gas[best]),
    }
    return found


def ethanol_curve(used: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Ammonia and hydrogen efficiencies over SCAN, for the figure."""
    on, off, pressure = (used[key] for key in ("on_time", "off_time", "nitrogen_pressure"))
    # as many points as in `pulses`, so that both share one compilation
    padding = [("LiDFOB", 100.0, on, off, SCAN[-1] / 100, pressure)] * 9
    ammonia, hydrogen = pulsed_points(used, [*[("LiDFOB", 100.0, on, off, x / 100, pressure) for x in SCAN], *padding])
    return ammonia[: len(SCAN)], hydrogen[: len(SCAN)]
