"""Segments of the drive, and how the time steps are shared out over them."""

from dataclasses import dataclass
from typing import Literal

from screening.config.located import Located

MIN_STEPS = 20  # fewer base steps than this do not resolve a peak


@dataclass(frozen=True)
class Segment:
    """One piece of the drive, linear in time; places stand for values that candidates may differ in.

    Attributes:
        control: "potential" or "current".
        start: at the beginning, V or A m-2.
        stop: at the end, V or A m-2.
        duration: s; None for a sweep, whose duration follows from its scan rate.
        scan_rates: V s-1, one for each run; empty unless a sweep.
        lower_cutoff: V; minus infinity where there is none.
        upper_cutoff: V; infinity where there is none.
    """

    control: Literal["potential", "current"]
    start: Located | float
    stop: Located | float
    duration: Located | None = None
    scan_rates: tuple[Located, ...] = ()
    lower_cutoff: Located | float = float("-inf")
    upper_cutoff: Located | float = float("inf")


def distribute_steps(segments: list[Segment], steps: int) -> tuple[int, ...]:
    """Share the base time steps out over the segments.

    Sweeps get them by potential range; a hold or a rest counts as the mean sweep, because its transient needs as many
    steps whatever it lasts. No segment gets fewer than `MIN_STEPS`, so that many segments raise the total.
    """
    ranges = [
        abs(_nominal(segment.stop) - _nominal(segment.start)) if segment.scan_rates else 0.0 for segment in segments
    ]
    sweeps = [extent for extent, segment in zip(ranges, segments, strict=True) if segment.scan_rates]
    mean = sum(sweeps) / len(sweeps) if sweeps else 1.0
    weights = [extent if segment.scan_rates else mean for extent, segment in zip(ranges, segments, strict=True)]
    spare = max(steps - MIN_STEPS * len(segments), 0)
    # Fill up from the least share on: a segment below the minimum takes the minimum, the others share what is left.
    shares = [weight / sum(weights) * steps for weight in weights]
    above = [max(share - MIN_STEPS, 0.0) for share in shares]
    extra = [part / sum(above) * spare if sum(above) else spare / len(segments) for part in above]
    counts = [MIN_STEPS + int(part) for part in extra]
    by_remainder = sorted(range(len(segments)), key=lambda k: int(extra[k]) - extra[k])
    for k in by_remainder[: MIN_STEPS * len(segments) + spare - sum(counts)]:
        counts[k] += 1
    return tuple(counts)


def _nominal(end: Located | float) -> float:
    return end.scalar.nominal if isinstance(end, Located) else float(end)
