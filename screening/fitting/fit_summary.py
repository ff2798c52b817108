"""A fit in a few lines of text."""

import numpy as np

from screening.fitting.fit_estimates import FitEstimates
from screening.fitting.multistart import StartStatus
from screening.fitting.placed_targets import ASSUMED_NOISE
from screening.fitting.posterior_draws import Posterior
from screening.fitting.profile_likelihood import THRESHOLD
from screening.units import format_quantity

# Number of starts that are listed.
BEST_STARTS = 5
# Correlations worth a line.
STRONG = 0.8
# Factors on the variance worth a note.
EXCESS = 2.0


def describe_fit(result: FitEstimates) -> list[str]:
    """Estimates, intervals, identifiability, and how the starts ended."""
    problem = result.problem
    rows = [("quantity", "estimate", "95 % interval", "identifiability")]
    for entry in problem.parameters.entries:
        low, high = result.interval[entry.name]
        span = f"{format_quantity(low, entry.unit)} to {format_quantity(high, entry.unit)}"
        flag = result.identifiability[entry.name]
        rows.append((entry.name, format_quantity(result.estimate[entry.name], entry.unit), span, flag.words))
    lines = _table(rows)
    lines += [f"combination: {text}" for text in result.combinations]
    correlation = result.correlation
    names = problem.parameters.names
    for first in range(len(names)):
        for second in range(first):
            if abs(correlation[first, second]) > STRONG:
                lines.append(f"correlation: {names[second]} and {names[first]}, r = {correlation[first, second]:.3f}")
    lines += [f"direction: {text}" for text in result.directions]
    for name, share in result.relative_rms.items():
        quantity = "current" if name in problem.names[: len(problem.layout.curves)] else "magnitude"
        lines.append(f"residual: {name}, rms {100 * share:.2g} % of the largest {quantity}")
    for place, target in enumerate(problem.layout.scalars):
        name = problem.names[len(problem.layout.curves) + place]
        asked, found = problem.data.value[place], result.scalar[place]
        lines.append(f"target: {name} ({target.kind.replace('_', ' ')}), asked {asked:.4g}, model {found:.4g} (SI)")
    lines += _backgrounds(result)
    lines.append(f"information: {result.information.words}")
    lines += [*_notes(result), *(f"warning: {text}" for text in result.warnings)]
    return [*lines, *_starts(result)]


def describe_posterior(posterior: Posterior) -> list[str]:
    """What was drawn, intervals and diagnostics."""
    rows = [("quantity", "posterior median", "95 % of the posterior", "scale reduction", "independent draws")]
    medians = np.median(posterior.values.reshape(-1, len(posterior.parameters)), axis=0)
    for entry, median in zip(posterior.parameters.entries, medians.tolist(), strict=True):
        low, high = (format_quantity(end, entry.unit) for end in posterior.interval[entry.name])
        reduction, samples = posterior.scale_reduction[entry.name], posterior.independent_samples[entry.name]
        rows.append(
            (entry.name, format_quantity(median, entry.unit), f"{low} to {high}", f"{reduction:.3f}", f"{samples:.0f}")
        )
    lines = [*_table(rows), f"posterior: {posterior.words}"]
    return lines + [f"warning: {text}" for text in posterior.warnings]


def _backgrounds(result: FitEstimates) -> list[str]:
    """The background of each curve: its value in the middle of the potentials, and its slope."""
    lines, potential = [], result.problem.potential
    for place, found in enumerate([] if result.background is None else result.background):
        here = np.isfinite(found)
        middle = float(potential[here, place].mean())
        slope, level = np.polyfit(potential[here, place] - middle, found[here], 1).tolist()
        name, words = result.problem.names[place], format_quantity(level, "A m-2", 3)
        lines.append(f"background: {name}, {words} at {middle:.3g} V, {format_quantity(slope, 'A m-2', 3)} more per V")
    return lines


def _notes(result: FitEstimates) -> list[str]:
    """How the noise of the data was judged."""
    linear = result.linear
    excess, lines = linear.scale / linear.repeated, []
    if not result.problem.noise_known:
        share = 100 * ASSUMED_NOISE * np.sqrt(excess)
        of = "largest current" if result.problem.layout.curves else "magnitude"
        lines.append(f"note: noise estimated from the residuals, {share:.2g} % of the {of}")
    elif excess > EXCESS:
        factor = np.sqrt(excess)
        lines.append(f"note: residuals are {factor:.3g} times the stated uncertainties; intervals are widened by that")
    if result.misfit:
        asked = (
            "see below"
            if result.missing
            else "no capacitance, resistance, background, shift or diffusion layer explains it"
        )
        lines.append(
            "warning: model misfit, the residuals have a structure that noise has not: estimates may be off by more than their "
            f"intervals; {asked}; see where on the page of `report`, or fit a window around the wave"
        )
        lines += [f"missing: {term.words}" for term in result.missing]
    if linear.repeated > EXCESS:
        factor = np.sqrt(linear.repeated)
        lines.append(
            f"note: neighbouring residuals hang together, the model misses something; intervals are widened by {factor:.3g}"
        )
    return lines


def _starts(result: FitEstimates) -> list[str]:
    starts = result.starts
    counts = ", ".join(
        f"{np.sum(starts.status == status)} {status.name.lower().replace('_', ' ')}"
        for status in StartStatus
        if np.any(starts.status == status)
    )
    names = result.problem.parameters.names
    rows = [("best starts", "cost", "status", *names)]
    for start in result.best_starts[:BEST_STARTS]:
        values = result.problem.parameters.to_values(starts.unit[start][None])[0]
        shown = [
            format_quantity(value, entry.unit)
            for value, entry in zip(values, result.problem.parameters.entries, strict=True)
        ]
        status = StartStatus(int(starts.status[start])).name.lower().replace("_", " ")
        rows.append((str(start), f"{starts.cost[start]:.6g}", status, *shown))
    rise = f"{THRESHOLD * result.linear.scale:.3g}"
    best = f"{result.starts_at_best} of {len(starts.cost)} reached the best cost"
    reached = f"{best} (within {rise}, the rise that ends a 95 % interval)"
    return [f"starts: {reached}; {counts}", *_table(rows)]


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
