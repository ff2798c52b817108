"""How often the intervals of a fit hold the truth, and how long many starts take; from the repository:

    python -m tests.bench.fit_campaign --seeds 100
    python -m tests.bench.fit_campaign --starts 256

A film of three layers, 1 % noise: the thin fast layer has no influence and must be flagged, the other two quantities have
95 % intervals. The second command fits five scan rates at once. Both print what docs/fit.md says.
"""

import argparse
import time
from dataclasses import dataclass

import screening as sei
from screening.fitting.identifiability import Identifiability
from tests.pipeline.fit_files import FIXED, SETTINGS, TRUTH, curve_targets, filled, fit_text, synthetic, true_curves

IDENTIFIED = ("electrode_exchange_current_density", "layer2_diffusivity")
UNKNOWABLE = "layer1_diffusivity"
FIVE_RATES = (10, 20, 50, 100, 200)  # mV/s


@dataclass
class Tally:
    """What a campaign saw.

    Attributes:
        intervals: 95 % intervals of identifiable quantities.
        inside: those that hold the truth.
        unflagged: data sets in which the quantity without influence was called identified.
        narrow: data sets in which its interval spans less than a decade.
    """

    intervals: int = 0
    inside: int = 0
    unflagged: int = 0
    narrow: int = 0


def recovery(seeds: int) -> Tally:
    """Fit that many synthetic data sets.

    Args:
        seeds: number of data sets; the random seeds are 100, 101, ...

    Returns:
        Tally.
    """
    tally, curves = Tally(), true_curves()
    for seed in range(100, 100 + seeds):
        found = sei.fit(fit_text(), data=synthetic(curves, seed), threads=1)
        tally.unflagged += found.identifiability[UNKNOWABLE] == Identifiability.IDENTIFIED
        low, high = found.interval[UNKNOWABLE]
        tally.narrow += high < 10 * low
        tally.intervals += len(IDENTIFIED)
        tally.inside += sum(found.interval[name][0] < TRUTH[name] < found.interval[name][1] for name in IDENTIFIED)
        print(seed, tally, flush=True)
    return tally


def many_starts(starts: int, threads: int | None) -> float:
    """Fit five scan rates together.

    Args:
        starts: lanes of the compiled batch are starts x 5.
        threads: calls at once.

    Returns:
        seconds of the whole fit, with compilation and profiles.
    """
    rates = ", ".join(f'"{rate} mV/s"' for rate in FIVE_RATES)
    curves = sei.simulate_study(sei.parse_study(filled(FIXED).replace('"20 mV/s", "100 mV/s"', rates)))
    columns = {
        str(rate): {"potential": curves.potential.values[k], "current": curves.current_density.values[k]}
        for k, rate in enumerate(FIVE_RATES)
    }
    text = fit_text(curve_targets(rates=FIVE_RATES), SETTINGS).replace('"20 mV/s", "100 mV/s"', rates)
    began = time.perf_counter()
    found = sei.fit(text, data=synthetic(columns, 0), starts=starts, threads=threads)
    seconds = time.perf_counter() - began
    print(f"{starts} starts, {len(FIVE_RATES)} scan rates: {seconds:.0f} s, estimates {found.estimate}")
    return seconds


def main() -> None:
    """The command; see the top of the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--starts", type=int, default=0)
    parser.add_argument("--threads", type=int, default=None)
    told = parser.parse_args()
    if told.seeds:
        tally = recovery(told.seeds)
        print(f"{tally.inside} of {tally.intervals} intervals hold the truth; flagged in all: {not tally.unflagged}")
    if told.starts:
        many_starts(told.starts, told.threads)


if __name__ == "__main__":
    main()
