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
# A gap between a place inside the interval and one whose root of the rise is above this is halved, down to this share of the box.
STEEP, NARROW, HALVINGS = 4.0, 0.01, 6
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
    enough, ceiling = PRECISION * linear.scale, cost + FAR_ABOVE * linear.scale

    def refitted(starts, owners):
        free = np.ones(starts.shape, bool)
        free[np.arange(len(owners)), owners] = False
        return polish(engine, starts, ITERATIONS, free, give_up=False, enough=enough, ceiling=ceiling)

    found = refitted(starts, owners)
    units, costs = np.concatenate([found.unit, unit[None]]), np.append(found.cost, cost)
    rows = {parameter: [*np.flatnonzero(np.equal(owners, parameter)), len(owners)] for parameter in chosen}
    for _ in range(HALVINGS):
        # a wall behind a plateau is no parabola: halve the gap where it lies, from the fit on the plateau
        gaps = [
            (parameter, gap)
            for parameter in chosen
            for gap in _walls(units[rows[parameter], parameter], (costs[rows[parameter]] - costs.min()) / linear.scale)
        ]
        if not gaps:
            break
        halves = units[[rows[parameter][inside] for parameter, (inside, _) in gaps]]
        for row, (parameter, (_, outside)) in enumerate(gaps):
            halves[row, parameter] = (halves[row, parameter] + units[rows[parameter][outside], parameter]) / 2
            rows[parameter].append(len(units) + row)
        found = refitted(halves, [parameter for parameter, _ in gaps])
        units, costs = np.concatenate([units, found.unit]), np.concatenate([costs, found.cost])
    best = int(np.argmin(costs))
    if not costs[best] < cost:
        best = len(owners)
    profiles = []
    for parameter in chosen:
        where, rise = units[rows[parameter], parameter], (costs[rows[parameter]] - costs[best]) / linear.scale
        order = np.argsort(where, kind="stable")
        profiles.append(_interval(parameter, where[order], rise[order]))
    return profiles, units[best], float(costs[best])


def _walls(unit, rise) -> list[tuple[int, int]]:
    """Pairs of neighbouring places, the inner one first, between which the rise leaps from inside the interval to far outside."""
    order = np.argsort(unit, kind="stable")
    root = _roots(rise)[order]
    below = np.flatnonzero(root <= TWO_SIDED_95)
    pairs = [(below[0], below[0] - 1), (below[-1], below[-1] + 1)]
    return [
        (int(order[inside]), int(order[outside]))
        for inside, outside in pairs
        if 0 <= outside < len(order)
        and root[outside] > STEEP
        and abs(unit[order[outside]] - unit[order[inside]]) > NARROW
    ]


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
    root = _roots(rise)
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


def _roots(rise) -> np.ndarray:
    """Roots of the rise, large where a place could not be simulated."""
    return np.sqrt(np.maximum(np.where(np.isfinite(rise), rise, 1e6), 0.0))
