"""One row for each film: its median, and its best or, of posteriors, its interval and the probability of being best."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import TYPE_CHECKING, TextIO

import numpy as np

from screening.config.joint_draws import TABLE
from screening.config.study import parse_study
from screening.errors import StudyError
from screening.results.probability_best import of_independent, of_paired
from screening.results.ranking import default_sort, good_rows, open_store, pieces
from screening.results.ranking_table import rich_table, table_console
from screening.sampling.distributions import Draws
from screening.store.columns import Column, find_column, quantity
from screening.store.expression import parse_condition, parse_sort
from screening.store.shards import CANDIDATE
from screening.units import display_value, format_quantity

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class FilmSummary:
    """What a run says of each film about one output; SI.

    Attributes:
        column: what is ranked by.
        smallest: whether the smallest is best.
        names: of the films.
        candidates: of each film that are ok and fulfil the condition.
        values: those of each film that have a value.
        rows: numbers of their candidates.
        probability: that each film is the best, NaN of a film without layers; None where no film is drawn from a posterior.
        words: how the probability was found.
        paired: whether films were compared sample by sample, since they share what is drawn.
    """

    column: Column
    smallest: bool
    names: tuple[str, ...]
    candidates: tuple[int, ...]
    values: tuple[np.ndarray, ...]
    rows: tuple[np.ndarray, ...]
    probability: np.ndarray | None
    words: str
    paired: bool

    def quantile(self, share: float) -> np.ndarray:
        """A quantile of the values of each film."""
        return np.array([np.quantile(one, share) if len(one) else np.nan for one in self.values])

    def best(self, film: int) -> int:
        """Place of the best value of a film."""
        return int(np.argmin(self.values[film]) if self.smallest else np.argmax(self.values[film]))


def summarise_films(dataset: "xr.Dataset", sort: str | None = None, where: str | None = None) -> FilmSummary:
    """The candidates of each film that are ok, and where films are drawn from posteriors the probability of being best."""
    order = parse_sort(dataset, default_sort(dataset) if sort is None else sort)
    condition = None if where is None else parse_condition(dataset, where)
    column = order.column
    if column is None:
        raise StudyError(
            "a row for each film takes a variable", got=order.text, expected="one of the store", where="--sort"
        )
    values, films, rows = [], [], []
    for piece in pieces(dataset):
        good = good_rows(dataset, piece, condition)
        rows.append(np.flatnonzero(good) + piece.start)
        values.append(column.read(dataset, piece)[good].astype(float))
        films.append(dataset["film"].isel({CANDIDATE: piece}).values[good])
    value, film, row = np.concatenate(values), np.concatenate(films), np.concatenate(rows)
    flags = find_column(dataset, "film").flags
    known = [(film == code) & np.isfinite(value) for code in flags.values()]
    counts = tuple(int(np.count_nonzero(film == code)) for code in flags.values())
    smallest = order.text.strip().startswith("-")
    found = tuple(value[mine] for mine in known), tuple(row[mine] for mine in known)
    chances = _probability(dataset, -1.0 if smallest else 1.0, *found)
    return FilmSummary(column, smallest, tuple(flags), counts, *found, *chances)


def _probability(
    dataset: "xr.Dataset", sign: float, values: Sequence[np.ndarray], rows: Sequence[np.ndarray]
) -> tuple[np.ndarray | None, str, bool]:
    """Probability of being best, how it was found, and whether in pairs; nothing for ranges, which are no probabilities."""
    if f"[{TABLE}" not in str(dataset.attrs.get("study", "")):
        return None, "", False
    study = parse_study(dataset.attrs["study"], samples=dataset.attrs.get("samples"))
    axes = study.space.axes
    drawn = [len(axis.distribution.values) for film in axes for axis in film if isinstance(axis.distribution, Draws)]
    ranked = [film for film in range(study.n_films) if study.films[film].layers]
    if not drawn or len(ranked) < 2:
        return None, "", False
    found = np.full(study.n_films, np.nan)
    missing = [study.film_names[film] for film in ranked if not len(values[film])]
    streams = [{axis.stream for axis in axes[film]} for film in ranked]
    common = sorted(set().union(*(one & other for one, other in combinations(streams, 2))))
    gains = [sign * values[film] for film in ranked]
    if missing:
        return found, f"No probability of being best: no value of {', '.join(missing)}.", bool(common)
    if common:
        samples = [rows[film] // study.n_films for film in ranked]
        together = reduce(np.intersect1d, samples)
        if not len(together):
            return found, "No probability of being best: no sample in which every film has a value.", True
        columns = [gain[np.searchsorted(sample, together)] for gain, sample in zip(gains, samples, strict=True)]
        found[ranked] = of_paired(np.stack(columns, axis=1))
        fewest = len(together)
        how = f"films compared sample by sample ({fewest:,}), since they share {', '.join(common)}"
    else:
        found[ranked] = of_independent(gains)
        fewest = min(map(len, gains))
        how = "every draw of a film compared with every draw of the others, which are independent"
    # the variance of a share of pairs is at most that of as many independent trials as the fewer draws
    count = min(fewest, *drawn)
    chance = np.clip(found[ranked], 1 / count, 1 - 1 / count)
    error = 196 * float(np.sqrt(np.max(chance * (1 - chance)) / count))
    words = f"Probability of being best: {how}; known to {error:.2g} %, as far as {count:,} independent draws tell."
    return found, words, bool(common)


def show_films(
    path: str | os.PathLike[str],
    *,
    sort: str | None = None,
    threshold: str | None = None,
    where: str | None = None,
    file: TextIO | None = None,
) -> None:
    """Print for each film the share of its candidates that pass a threshold, the median and the best of what is ranked by.

    Of films that are drawn from posteriors the 95 % interval and the probability of being best stand in place of the best, which
    would be the luckiest draw.
    """
    found = summarise_films(open_store(path, chunks=None), sort, where)
    units, smallest = found.column.units, found.smallest
    bound, below = np.nan, smallest
    if threshold is not None:
        largest = max((float(one.max()) for one in found.values if len(one)), default=-np.inf)
        bound, turned = _bound(threshold, units, cathodic=largest <= 0)
        below = smallest or turned
    headings, table = film_table(found)
    if threshold is not None:
        headings.insert(2, ["passing", "%"])
        for cells, values, count in zip(table, found.values, found.candidates, strict=True):
            passing = np.count_nonzero(values <= bound if below else values >= bound)
            cells.insert(2, f"{100 * passing / max(count, 1):.1f}")
    console = table_console(file)
    console.print(rich_table(headings, table))
    passes = "" if threshold is None else f" Passing: {'<=' if below else '>='} {format_quantity(bound, units)}."
    about = f"{found.column.label}, {'smallest' if smallest else 'largest'} is best.{passes} {found.words}"
    console.print(about.rstrip(), markup=False)


def film_table(found: FilmSummary) -> tuple[list[list[str]], list[list[str]]]:
    """Headings, name and unit, and a row for each film."""
    factor, unit = display_value(1.0, found.column.units)
    drawn = found.probability is not None
    shares = (0.5, 0.025, 0.975) if drawn else (0.5,)
    headings = [["film"], ["candidates"], ["median", unit]]
    headings += (
        [["2.5 %", unit], ["97.5 %", unit], ["best", "%"]] if drawn else [["best", unit], ["candidate", "of the best"]]
    )
    quantiles = [found.quantile(share) * factor for share in shares]
    table = []
    for film, (name, count, values) in enumerate(zip(found.names, found.candidates, found.values, strict=True)):
        cells = [f"{one[film]:.4g}" if len(values) else "–" for one in quantiles]
        if found.probability is not None:
            chance = found.probability[film]
            cells.append(f"{100 * chance:.1f}" if np.isfinite(chance) else "–")
        elif len(values):
            at = found.best(film)
            cells += [f"{values[at] * factor:.4g}", str(found.rows[film][at])]
        else:
            cells += ["–", "–"]
        table.append([name, f"{count:,}", *cells])
    return headings, table


def _bound(threshold: str, units: str, cathodic: bool) -> tuple[float, bool]:
    """The threshold in SI, and whether its sign was turned: of cathodic currents, negative, a positive one is a magnitude."""
    try:
        bound = quantity(threshold, units)
    except StudyError as error:
        raise error.at("--threshold") from None
    turned = cathodic and bound > 0
    return (-bound if turned else bound), turned
