"""Nitrate over a run of 12 h, nitrite against ammonia, and the orders that the paper draws from its own numbers."""

from collections.abc import Sequence

import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Unreached, read_references
from experiments.nitrate.nitrate_kinetics import CATALYSTS, Kinetics, currents, kinetics_of
from kernels.constants import FARADAY

STEPS = 240
# the paper's order of activity, conclusions
ACTIVITY = ("RuFe", "RuCo", "RuNi", "RuCu", "Ru")


def run_down(used: Parameters, constants: Kinetics, catalyst: int) -> tuple[np.ndarray, np.ndarray]:
    """Nitrate in the cathode chamber while it is reduced, by Heun's method.

    Args:
        used: parameters.
        constants: in the order of `experiments.nitrate.kinetics.free_constants`.
        catalyst: place in CATALYSTS.

    Returns:
        hours and mol m-3, `[time]`.
    """
    mass = used["loading"] * used["area"]
    time = np.linspace(0.0, used["run"], STEPS + 1)
    # the rate is smooth in the concentration: computed once on a grid
    grid = np.linspace(1e-6, used["concentration"], 401)
    ammonia, nitrite, _ = currents(used, constants, catalyst, used["run_potential"], grid)
    rates = -mass * (ammonia / 8 + nitrite / 2) / FARADAY / used["volume"]

    def rate(concentration):
        return float(np.interp(concentration, grid, rates))

    left = [used["concentration"]]
    for step in np.diff(time):
        first = rate(left[-1])
        left.append(max(left[-1] + step / 2 * (first + rate(left[-1] + step * first)), 0.0))
    return time / 3600.0, np.array(left)


def course(used: Parameters) -> dict[str, float | Unreached]:
    """Zero order over 12 h: what is left of the first rate at the end, and the rate constants."""
    constants = kinetics_of(used)
    found = {name: run_down(used, constants, place)[1] for place, name in enumerate(CATALYSTS)}
    first = {name: (left[0] - left[1]) * STEPS / (used["run"] / 3600.0) for name, left in found.items()}
    fastest = found["RuCo"]
    last = (fastest[-2] - fastest[-1]) * STEPS / (used["run"] / 3600.0)
    return {
        "order": 1 - last / first["RuCo"],
        # as a share of the first amount in an hour
        "rate_constant": first["Ru"] / used["concentration"],
        "rate_order": min(first[name] for name in CATALYSTS[:-1]) / first["Ru"],
    }


def products(used: Parameters) -> dict[str, float | Unreached]:
    """Nitrite against ammonia, and printed orders against printed numbers."""
    constants = kinetics_of(used)
    ratio = {name: float(nitrite_ratio(used, constants, place, -0.3)) for place, name in enumerate(CATALYSTS)}
    printed = {one.key: one.value for one in read_references("nitrate")}
    values = {
        kind: [printed[f"{kind}_{name}"] or 0.0 for name in ACTIVITY] for kind in ("yield", "onset", "d_band", "fe")
    }
    silent = Unreached("the main text prints no number to fit a nitrite branch of this catalyst to")
    electronic = Unreached("electronic structure; no kernel computes it")
    return {
        "nitrite_RuCu": ratio["RuCu"] - ratio["Ru"],
        **{f"nitrite_{name}": silent for name in ("RuFe", "RuCo", "RuNi")},
        **{f"d_band_{name}": electronic for name in CATALYSTS},
        "trend_activity": rank_correlation(values["yield"], list(range(len(ACTIVITY)))[::-1]),
        "trend_efficiency": rank_correlation(values["fe"], list(range(len(ACTIVITY)))[::-1]),
        "trend_d_band": rank_correlation(values["onset"], values["d_band"]),
    }


def nitrite_ratio(used: Parameters, constants: Kinetics, catalyst: int, potential):
    """Moles of nitrite for a mole of ammonia; arguments as for `experiments.nitrate.kinetics.currents`."""
    ammonia, nitrite, _ = currents(used, constants, catalyst, potential, used["concentration"])
    return nitrite / 2 / (ammonia / 8)


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rank correlation of two lists without ties.

    Args:
        first: values.
        second: as many.

    Returns:
        from -1 to 1.

    Example:
        >>> rank_correlation([1.0, 2.0, 3.0], [1.0, 3.0, 2.0])
        0.5
    """
    ranks = [np.argsort(np.argsort(one)).astype(float) for one in (first, second)]
    return round(float(np.corrcoef(ranks)[0, 1]), 12)
