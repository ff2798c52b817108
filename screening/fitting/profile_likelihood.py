"""Profile likelihood: one quantity held at a series of values, all others fitted again, all of it in one batch."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from screening.fitting.engine import Engine
from screening.fitting.multistart import polish
from screening.fitting.uncertainty import TWO_SIDED_95, LinearUncertainty

# Places of a profile on either side: in standard deviations near the best point, then in shares of the way to the bound.
NEAR, FAR = (0.7, 1.4, 2.0, 2.6), (0.1, 0.35, 1.0)
ITERATIONS = 12
# A place is finished when its rise falls by less than this, or is beyond doubt: so far above the best after some iterations.
PRECISION, FAR_ABOVE = 0.01, 1e4
# Two times the log-likelihood ratio that ends a 95 % interval of one quantity.
THRESHOLD = TWO_SIDED_95**2


@dataclass(frozen=True)
class Profile:
    """Profile likelihood of one quantity.

    Attributes:
        parameter: its number.
        unit: `[place]`, ascending, in the unit box; the best point is one of them.
        rise: `[place]`, rise of the cost above the best, divided by the variance scale.
        low: where the rise passes the 95 % threshold below the best point; the bound if it does not.
        high: the same above.
        closed_low: whether it does below.
        closed_high: whether it does above.
    """

    parameter: int
    unit: Float[np.ndarray, "place"]
    rise: Float[np.ndarray, "place"]
    low: float
    high: float
    closed_low: bool
    closed_high: bool


def profile_likelihoods(
    engine: Engine,
    unit: Float[np.ndarray, "parameter"],
    cost: float,
    linear: LinearUncertainty,
    chosen: tuple[int, ...],
) -> tuple[list[Profile], np.ndarray, float]:
    """Profiles of the chosen quantities, and the best point and cost met on them, which may beat the given ones."""
    places, owners = [], []
    for parameter in chosen:
        values = _places(unit[parameter], float(linear.deviations[parameter]))
        places += values
        owners += [parameter] * len(values)
    if not places:
        return [], unit, cost
    starts = np.repeat(unit[None], len(places), 0)
    for row, (value, parameter) in enumerate(zip(places, owners, strict=True)):
        slope = linear.covariance[:, parameter] / linear.covariance[parameter, parameter]
        starts[row] = np.clip(unit + slope * (value - unit[parameter]), 0.0, 1.0)
        starts[row, parameter] = value
    free = np.ones(starts.shape, bool)
    free[np.arange(len(owners)), owners] = False
    enough, ceiling = PRECISION * linear.scale, cost + FAR_ABOVE * linear.scale
    found = polish(engine, starts, ITERATIONS, free, give_up=False, enough=enough, ceiling=ceiling)
    best = found.best
    if found.cost[best] < cost:
        unit_best, cost_best = found.unit[best], float(found.cost[best])
    else:
        unit_best, cost_best = unit, cost
    profiles = []
    for parameter in chosen:
        rows = [row for row, owner in enumerate(owners) if owner == parameter]
        where = np.array([*(places[row] for row in rows), unit[parameter]])
        rise = (np.array([*(found.cost[row] for row in rows), cost]) - cost_best) / linear.scale
        order = np.argsort(where)
        profiles.append(_interval(parameter, where[order], rise[order]))
    return profiles, unit_best, cost_best


def _places(centre: float, deviation: float) -> list[float]:
    found = []
    for side, bound in ((-1.0, 0.0), (1.0, 1.0)):
        reach = abs(bound - centre)
        if reach < 1e-9:
            continue
        near = [share * deviation for share in NEAR if share * deviation < reach]
        far = [share * reach for share in FAR if share * reach > (near[-1] if near else 0.0)]
        found += [centre + side * distance for distance in (*near, *far)]
    return [min(max(place, 0.0), 1.0) for place in found]


def _interval(parameter, unit, rise) -> Profile:
    """Ends of the region below the threshold, by interpolation of the root of the rise, from the lowest place outward."""
    root = np.sqrt(np.maximum(np.where(np.isfinite(rise), rise, 1e6), 0.0))
    # the outermost crossings count, so that a second minimum farther away is part of the interval
    below = np.flatnonzero(root <= TWO_SIDED_95)
    first, last = int(below[0]), int(below[-1])

    def crossing(inside, outside):
        share = (TWO_SIDED_95 - root[inside]) / (root[outside] - root[inside])
        return float(unit[inside] + share * (unit[outside] - unit[inside]))

    closed_low, closed_high = first > 0, last < len(unit) - 1
    low = crossing(first, first - 1) if closed_low else 0.0
    high = crossing(last, last + 1) if closed_high else 1.0
    return Profile(parameter, unit, rise, low, high, closed_low, closed_high)
