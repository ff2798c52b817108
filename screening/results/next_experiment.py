"""Which measurement of which film would settle a ranking of films drawn from posteriors, before it is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from screening.errors import StudyError
from screening.results.film_summary import FilmSummary, summarise_films
from screening.results.probability_best import best_given
from screening.sampling.streams import random_words, unit_interval
from screening.store.columns import column_names, expand_columns
from screening.text_table import table_lines

if TYPE_CHECKING:
    import xarray as xr

# Measured values that are imagined, and draws that each is compared with.
OUTCOMES, MOST_DRAWS = 1024, 4096
# Draws that must agree with an imagined value, so that the share of them means something.
LEAST_AGREEING = 20


@dataclass(frozen=True)
class Measurement:
    """What a measurement would be worth.

    Attributes:
        film: that is measured.
        quantity: an input or output of the study.
        wrong: expected probability that another film than the one named is the best, once it is measured.
        width: expected width of the film's ranked output, of its logarithm where it has one sign, over that of now.
    """

    film: str
    quantity: str
    wrong: float
    width: float


def plan_ranking(
    dataset: "xr.Dataset", sort: str | None = None, noise: float = 0.1, where: str | None = None
) -> tuple[FilmSummary, float, list[Measurement]]:
    """The films, the probability that the one that now seems best is not, and the measurements that leave the least doubt first.

    A measurement is that of one stored quantity of one film, with a relative standard uncertainty.

    Source: expected value of information before the experiment, Raiffa & Schlaifer, Applied Statistical Decision Theory (1961);
        a value that each draw would give is imagined, and the draws are weighed by its likelihood.
    """
    found = summarise_films(dataset, sort, where)
    if found.probability is None or not np.isfinite(found.probability).any():
        expected = "a run whose films are drawn from posteriors"
        raise StudyError("no ranking to settle", got=found.words or "films without draws", expected=expected)
    ranked = [film for film in range(len(found.names)) if np.isfinite(found.probability[film])]
    sign = -1.0 if found.smallest else 1.0
    gains = [sign * found.values[film] for film in ranked]
    samples = [found.rows[film] // len(found.names) for film in ranked] if found.paired else None
    measured = []
    for place, film in enumerate(ranked):
        kept, best = best_given(gains, place, samples)
        thin = np.arange(len(kept)) if len(kept) <= MOST_DRAWS else np.arange(MOST_DRAWS) * len(kept) // MOST_DRAWS
        rows, values, best = found.rows[film][kept][thin], found.values[film][kept][thin], best[:, thin]
        for name in column_names(dataset):
            if "flag_meanings" in dataset[name].attrs:
                continue
            for column in expand_columns(dataset, name):
                known = np.asarray(column.read(dataset, rows), float)
                # what is ranked is the question; what is the same in all draws, or has no logarithm, tells nothing
                if column.label == found.column.label or not (np.ptp(known) > 0 and (known * known[0] > 0).all()):
                    continue
                wrong, width = expected_doubt(np.log(np.abs(known)), best, _logarithms(values), noise)
                measured.append(Measurement(found.names[film], column.label, wrong, width))
    now = 1.0 - float(np.nanmax(found.probability))
    return found, now, sorted(measured, key=lambda one: (round(one.wrong, 3), one.width))


def expected_doubt(
    known: Float[np.ndarray, "draw"],
    best: Float[np.ndarray, "film draw"],
    values: Float[np.ndarray, "draw"],
    noise: float,
) -> tuple[float, float]:
    """Probability of naming the wrong film and spread of the ranked values over that of now, expected after a measurement.

    What is measured is `known` of each draw; its standard uncertainty is widened where too few draws would agree with a value.
    """
    count = len(known)
    noise = max(noise, LEAST_AGREEING * float(known.std()) / count)
    chosen = np.arange(count) if count <= OUTCOMES else np.arange(OUTCOMES) * count // OUTCOMES
    share = unit_interval(random_words(0, "noise of a measurement", 0, len(chosen)))
    from scipy.special import ndtri

    outcome = known[chosen] + noise * ndtri(share)
    weight = np.exp(-(((known[None, :] - outcome[:, None]) / noise) ** 2) / 2)
    weight[np.arange(len(chosen)), chosen] = 0.0  # the draw that gave the value would agree with itself
    total = weight.sum(1, keepdims=True)
    weight = np.where(total > 0, weight, 1.0) / np.where(total > 0, total, count)
    right = weight @ best.T
    # what is gained is that another film may be named; as a difference it hardly depends on which values are imagined
    named = int(best.mean(1).argmax())
    wrong = 1.0 - best[named].mean() - (right.max(1) - right[:, named]).mean()
    middle = weight @ values
    spread = np.sqrt(np.maximum(weight @ values**2 - middle**2, 0.0))
    return float(max(wrong, 0.0)), float(spread.mean() / values.std()) if values.std() > 0 else 1.0


def _logarithms(values: np.ndarray) -> np.ndarray:
    found = np.log(np.abs(values)) if (values * values[0] > 0).all() else values
    return found - found.mean()


def ranking_plan_lines(
    found: FilmSummary, now: float, measured: Sequence[Measurement], noise: float, count: int
) -> list[str]:
    """The best measurements as lines of text."""
    rows = [("film", "measured", "wrong film, %", "its interval, % of now")]
    rows += [
        (one.film, one.quantity, f"{100 * one.wrong:.2g}", f"{100 * one.width:.0f}")
        for one in measured[: max(count, 1)]
    ]
    assert found.probability is not None
    best = found.names[int(np.nanargmax(found.probability))]
    about = f"{found.column.label}: {best} is the best film, which is wrong with {100 * now:.2g} %"
    return [f"{about}; after one measurement to {100 * noise:g} %:", *table_lines(rows)]
