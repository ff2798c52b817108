"""The scan rate of a voltammogram, and the time that follows from it."""

import itertools

import numpy as np

from screening.errors import StudyError
from screening.readers.amount import read_si
from screening.readers.curve import MeasuredCurve, ProcessingStep
from screening.readers.sweeps import sweep_bounds


def sweep_slopes(curve: MeasuredCurve) -> np.ndarray:
    """Signed slope (V s-1) of potential against time in the sweep of each point; 0 in sweeps of fewer than three points."""
    if curve.time is None:
        raise StudyError(
            "no time",
            got="a curve of potential and current",
            expected="a column of time",
            fix='give the scan rate: scan_rate="100 mV/s"',
            where=curve.source,
        )
    slopes = np.zeros(len(curve))
    bounds = sweep_bounds(curve.potential)
    for start, stop in itertools.pairwise(bounds):
        time = curve.time[start:stop] - curve.time[start:stop].mean()
        if len(time) > 2 and np.any(time):
            slopes[start:stop] = time @ curve.potential[start:stop] / (time @ time)
    return slopes


def estimate_scan_rate(curve: MeasuredCurve, tolerance: float = 0.05) -> float:
    """Scan rate (V s-1) from the data: the slope of potential against time, which all long sweeps must share.

    Example:
        >>> curve = MeasuredCurve(potential=[0.0, 0.1, 0.2], time=[0.0, 1.0, 2.0], current=[0.0] * 3)
        >>> round(estimate_scan_rate(curve), 12)
        0.1
    """
    bounds, slopes = sweep_bounds(curve.potential), np.abs(sweep_slopes(curve))
    spans = np.array([np.ptp(curve.potential[a:b]) for a, b in itertools.pairwise(bounds)])
    # short ones hold little more than the turn
    rates = slopes[bounds[:-1]][spans >= spans.max() / 4]
    rate = float(np.median(rates))
    if not rate > 0:
        raise StudyError(
            "no sweep",
            got=f"a constant potential or fewer than 3 points ({len(curve)})",
            expected="a voltammogram",
            where=curve.source,
        )
    if np.max(np.abs(rates / rate - 1)) > tolerance:
        raise StudyError(
            "not one scan rate",
            got=", ".join(f"{value:.4g}" for value in rates[:8]) + " V/s",
            expected=f"sweeps within {100 * tolerance:g} %",
            fix="select a cycle or a sweep first",
            where=curve.source,
        )
    return rate


def with_scan_rate(curve: MeasuredCurve, scan_rate: str | float | None = None) -> MeasuredCurve:
    """The curve with its scan rate, and with the time that follows from it where the file has none.

    Example:
        >>> with_scan_rate(MeasuredCurve(potential=[0.0, 0.1, 0.0], current=[0.0] * 3), "0.1 V/s").time.tolist()
        [0.0, 1.0, 2.0]
    """
    if scan_rate is None:
        rate = estimate_scan_rate(curve)
        return curve.replaced(
            ProcessingStep("scan rate from the data", (("scan rate", rate, "V s-1"),)), scan_rate=rate
        )
    rate = read_si(scan_rate, "scan rate")
    if not 0 < rate < float("inf"):
        raise StudyError("a scan rate must be positive", got=f"{rate:g} V/s", where=curve.source)
    given = curve.replaced(ProcessingStep("scan rate given", (("scan rate", rate, "V s-1"),)), scan_rate=rate)
    return given if curve.time is not None else time_from_scan_rate(given)


def time_from_scan_rate(curve: MeasuredCurve) -> MeasuredCurve:
    """The curve with a time made from its potential and scan rate."""
    if curve.scan_rate is None:
        raise StudyError("no scan rate", expected="one", fix='give it: scan_rate="100 mV/s"', where=curve.source)
    potential, bounds = curve.potential, sweep_bounds(curve.potential)
    time, passed = np.empty(len(curve)), 0.0
    for start, stop in itertools.pairwise(bounds):
        origin = potential[max(start - 1, 0)]
        direction = np.sign(potential[stop - 1] - origin)
        # the farthest so far, because noise must not turn time back
        way = np.maximum.accumulate(np.maximum(direction * (potential[start:stop] - origin), 0.0))
        time[start:stop] = passed + way / curve.scan_rate
        passed = time[stop - 1]
    step = ProcessingStep("time from the scan rate", (("scan rate", curve.scan_rate, "V s-1"),))
    return curve.replaced(step, time=time)
