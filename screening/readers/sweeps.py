"""Sweeps and cycles of a voltammogram."""

import numpy as np

from screening.errors import StudyError
from screening.readers.curve import MeasuredCurve, ProcessingStep

# A turn counts once the potential has come back by this share of its whole range; noise is smaller.
_TURN = 0.02


def sweep_bounds(potential: np.ndarray) -> np.ndarray:
    """Ends of the sweeps of a voltammogram: sweep k (from 0) is `bounds[k]:bounds[k + 1]`, its turning point included."""
    values = np.asarray(potential, float).tolist()
    tolerance = _TURN * (max(values) - min(values))
    low = high = 0
    direction, turns = 0, []
    for k, value in enumerate(values):
        if value > values[high]:
            high = k
        if value < values[low]:
            low = k
        # the first sweep has no turn before it
        if direction >= 0 and values[high] - value > tolerance:
            turns += [high + 1] if direction else []
            direction, low = -1, k
        elif direction <= 0 and value - values[low] > tolerance:
            turns += [low + 1] if direction else []
            direction, high = 1, k
    return np.array([0, *turns, len(values)])


def cycle_numbers(curve: MeasuredCurve) -> np.ndarray:
    """Cycle of each point: that of the file, or else counted from 1 at each return to the first potential."""
    if curve.cycle is not None:
        return curve.cycle
    potential, bounds = curve.potential, sweep_bounds(curve.potential)
    direction = np.sign(potential[bounds[1] - 1] - potential[0])
    numbers = np.ones(len(curve), int)
    # every second sweep runs as the first did, and ends a cycle where it passes the first potential
    for start, stop in zip(bounds[2:-1:2], bounds[3::2], strict=True):
        back = np.flatnonzero(direction * (potential[start:stop] - potential[0]) >= 0)
        # the point that closes the last cycle opens no other
        if len(back) and np.ptp(potential[start + back[0] :]) > _TURN * np.ptp(potential):
            numbers[start + back[0] :] += 1
    return numbers


def select_cycle(curve: MeasuredCurve, cycle: int) -> MeasuredCurve:
    """One cycle of a voltammogram."""
    numbers = cycle_numbers(curve)
    known = sorted(set(numbers.tolist()))
    if cycle not in known:
        raise not_there("cycle", cycle, known, curve.source)
    origin = "counted" if curve.cycle is None else "in the file"
    step = ProcessingStep("cycle selected", (("cycle", cycle, origin),))
    return curve.replaced(cycle=numbers).taken(numbers == cycle, step)


def select_sweep(curve: MeasuredCurve, sweep: int) -> MeasuredCurve:
    """One sweep of a voltammogram: from one turning point to the next."""
    bounds = sweep_bounds(curve.potential)
    if isinstance(sweep, bool) or sweep not in range(1, len(bounds)):
        raise not_there("sweep", sweep, list(range(1, len(bounds))), curve.source)
    step = ProcessingStep("sweep selected", (("sweep", sweep, ""),))
    return curve.taken(slice(bounds[sweep - 1], bounds[sweep]), step)


def split_cycles(curve: MeasuredCurve) -> tuple[MeasuredCurve, ...]:
    """All cycles of a voltammogram, see `select_cycle`.

    Example:
        >>> curve = MeasuredCurve(potential=[0.0, 1.0, 0.0, 1.0], current=[0.0] * 4, cycle=[1, 1, 2, 2])
        >>> [len(part) for part in split_cycles(curve)]
        [2, 2]
    """
    return tuple(select_cycle(curve, number) for number in sorted(set(cycle_numbers(curve).tolist())))


def split_sweeps(curve: MeasuredCurve) -> tuple[MeasuredCurve, ...]:
    """All sweeps of a voltammogram, see `select_sweep`.

    Example:
        >>> len(split_sweeps(MeasuredCurve(potential=[0.0, 1.0, 0.0], current=[0.0] * 3)))
        2
    """
    return tuple(select_sweep(curve, number) for number in range(1, len(sweep_bounds(curve.potential))))


def not_there(kind: str, number: object, known: list[int], where: str) -> StudyError:
    """The error of a cycle or sweep that a file does not have."""
    shown_numbers = f"{known[0]} to {known[-1]}" if len(known) > 6 else ", ".join(map(str, known))
    return StudyError(f"no such {kind}", got=str(number), expected=f"one of {shown_numbers}", where=where)
