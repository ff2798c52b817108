"""What the data say about each quantity: where its 95 % interval ends, and whether the data close it."""

import math
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from screening.fitting.multistart import Starts
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.fitting.profile_likelihood import THRESHOLD, Profile
from screening.fitting.uncertainty import TWO_SIDED_95, UNDETERMINED_SHARE, LinearUncertainty, entangled

# A quantity whose interval spans more than this factor is only weakly identified.
WIDE_FACTOR = 10.0


class Identifiability(IntEnum):
    """What the data say about one quantity; weakly: its interval is closed, but wide, or a combination is known far better.

    Model misfit: its interval is closed, but the residuals have a structure, so the model lacks something and the truth may
    lie outside.
    """

    IDENTIFIED = 1
    WEAKLY_IDENTIFIED = 2
    ONLY_A_LOWER_LIMIT = 3
    ONLY_AN_UPPER_LIMIT = 4
    NOT_IDENTIFIED = 5
    MODEL_MISFIT = 6

    @property
    def words(self) -> str:
        """For people."""
        return self.name.lower().replace("_", " ")


class Intervals(NamedTuple):
    """Ends of the 95 % intervals in the unit box, and what they mean."""

    low: Float[np.ndarray, "parameter"]
    high: Float[np.ndarray, "parameter"]
    flags: tuple[Identifiability, ...]


def find_intervals(
    parameters: FreeParameters,
    unit: Float[np.ndarray, "parameter"],
    cost: float,
    linear: LinearUncertainty,
    profiles: tuple[Profile, ...],
    starts: Starts,
) -> Intervals:
    """The widest of the intervals of the Jacobian, the profiles and the equally good starts; an open side ends at the bound."""
    half = TWO_SIDED_95 * linear.deviations
    low, high = unit - half, unit + half
    closed = np.stack([low > 0.0, high < 1.0], 1)
    for profile in profiles:
        place = profile.parameter
        low[place], high[place] = min(low[place], profile.low), max(high[place], profile.high)
        closed[place] = profile.closed_low, profile.closed_high
    equal = equally_good(starts, cost, linear.scale)
    if equal.any():
        low = np.minimum(low, starts.unit[equal].min(0))
        high = np.maximum(high, starts.unit[equal].max(0))
    closed &= np.stack([low > 0.0, high < 1.0], 1)
    low = np.where(closed[:, 0], np.maximum(low, 0.0), 0.0)
    high = np.where(closed[:, 1], np.minimum(high, 1.0), 1.0)
    only_together = entangled(parameters, linear)
    flags = tuple(
        _verdict(closed[place, 0], closed[place, 1], high[place] - low[place], place in only_together, entry)
        for place, entry in enumerate(parameters.entries)
    )
    return Intervals(low, high, flags)


def equally_good(starts: Starts, cost: float, scale: float) -> Bool[np.ndarray, "start"]:
    """Starts that ended no farther above a cost than the end of a 95 % interval lies, in the scale of the variance."""
    return starts.cost - cost <= THRESHOLD * scale


def _verdict(
    closed_low: bool, closed_high: bool, width: float, only_together: bool, entry: FreeParameter
) -> Identifiability:
    if closed_low and closed_high:
        wide = width > UNDETERMINED_SHARE or (entry.logarithmic and width * entry.box.width > math.log(WIDE_FACTOR))
        return Identifiability.WEAKLY_IDENTIFIED if wide or only_together else Identifiability.IDENTIFIED
    if closed_low:
        return Identifiability.ONLY_A_LOWER_LIMIT
    return Identifiability.ONLY_AN_UPPER_LIMIT if closed_high else Identifiability.NOT_IDENTIFIED
