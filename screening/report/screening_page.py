"""What the page of a screening shows: numbers of all candidates, and the values of those that the page carries."""

import os
from typing import Any

import numpy as np
import xarray as xr

from kernels.status import Status
from screening.config.study import Study
from screening.plot.axis_labels import formula, name_and_rate, spelled_out
from screening.plot.style import layer_colours
from screening.report.best_stacks import best_curves, best_stacks, read_study
from screening.report.carried_candidates import (
    BEST_CARRIED,
    MOST_CARRIED,
    MOST_OBJECTIVES,
    Carried,
    carried_rows,
    front_members,
)
from screening.report.page import packed, plain
from screening.report.page_columns import MOST_READ, Shown, histogram, read_shown, shown_columns
from screening.report.provenance import provenance_rows
from screening.results.film_summary import film_table, summarise_films
from screening.results.ranking import Ranking, open_store, rank
from screening.sensitivities.rank_correlation import rank_correlations
from screening.sensitivities.sensitivity_store import open_sensitivity
from screening.sensitivities.sensitivity_table import GRADIENTS, INDICES, local_gradient
from screening.store.columns import find_column, flag_names
from screening.store.destination import store_place
from screening.store.shards import CANDIDATE, STATUS

# Candidates whose ranks are correlated; the coefficients of so many are known to 0.01.
CORRELATED = 2**13
EXAMPLES = 5


def screening_payload(
    store: str | os.PathLike[str],
    sort: str | None = None,
    where: str | None = None,
    sensitivity: str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """Everything the page of a screening shows, as plain JSON."""
    dataset = open_store(store, chunks=None)
    study = read_study(dataset)
    shares = None if sensitivity is None else sensitivity_payload(sensitivity, study)
    ranking = rank(dataset, sort, top=BEST_CARRIED, where=where)
    stop = min(dataset.sizes[CANDIDATE], MOST_READ)
    status = dataset[STATUS].isel({CANDIDATE: slice(0, stop)}).values
    ok = np.flatnonzero(status == Status.OK)
    shown = shown_columns(dataset)
    first = dataset.isel({CANDIDATE: slice(0, stop)})
    film = first["film"].values.astype(int) if "film" in dataset else np.zeros(stop, int)
    names = _film_names(dataset, study)
    objectives = _objectives(shown, ranking)
    gathered, histograms, correlated = {}, {}, {}
    for number, values in read_shown(dataset, shown, slice(0, stop)):
        good = values[ok]
        if shown[number].role != "film":
            histograms[str(number)] = histogram(good, film[ok], len(names), shown[number].unit)
        if number in objectives:
            gathered[number] = good
        if shown[number].role in ("input", "output"):
            correlated[number] = good[:CORRELATED]
    allowed = ok
    if ranking.where is not None:
        allowed = ok[np.asarray(ranking.where.evaluate(dataset, 0, stop), dtype=bool)[ok]]
    chosen = [gathered[number][np.isin(ok, allowed)] for number in objectives]
    members = allowed[front_members(np.stack(chosen, 1))] if len(chosen) > 1 else allowed[:0]
    carried = carried_rows(allowed, ranking.candidates, members, ranking.matched)
    stacks = [] if study is None else best_stacks(ranking, study, sort, where)
    inputs = [number for number in correlated if shown[number].role == "input" and np.ptp(correlated[number]) > 0]
    outputs = [number for number in correlated if shown[number].role == "output"]
    return plain(
        {
            "title": str(dataset.attrs.get("title") or "Screening"),
            "store": os.path.basename(os.path.normpath(store)),
            "total": dataset.sizes[CANDIDATE],
            "counts": ranking.status_counts,
            "failed": _failed(dataset, status),
            "matched": ranking.matched,
            "where": None if ranking.where is None else ranking.where.text,
            "sort": {"text": ranking.sort.text, "column": _place(shown, ranking)},
            "films": [
                {"name": formula(name), "layers": list(map(formula, study.layer_names(place))) if study else []}
                for place, name in enumerate(names)
            ],
            "chances": _chances(dataset, sort, where, ranking),
            "protocol": study.protocol_text if study else "",
            "columns": [entry.payload() for entry in shown],
            "histograms": histograms,
            "objectives": objectives,
            "correlation": {
                "inputs": inputs,
                "outputs": outputs,
                # films differ by more than their inputs, so a correlation over all of them would mean nothing
                "films": [
                    _correlation(correlated, inputs, outputs, film[ok][:CORRELATED] == number)
                    for number in range(len(names))
                ],
                "rows": min(len(ok), CORRELATED),
            },
            "sensitivity": shares,
            **_rows(dataset, ranking, carried, shown),
            "stacks": stacks,
            "curves": [] if study is None else best_curves(study, stacks),
            "phase_colours": _phase_colours(study),
            "notes": _notes(dataset, stop, carried, ranking, study),
            "provenance": provenance_rows(dataset.attrs, store_place(store)),
            "study": str(dataset.attrs.get("study", "")),
        }
    )


def _chances(dataset: xr.Dataset, sort: str | None, where: str | None, ranking: Ranking) -> dict[str, Any] | None:
    """Median, interval and probability of being best of each film, where films are drawn from posteriors."""
    if ranking.sort.column is None or "film" not in dataset:
        return None
    found = summarise_films(dataset, sort, where)
    if found.probability is None:
        return None
    headings, rows = film_table(found)
    return {
        "headings": [" ".join(one).strip() for one in headings],
        "rows": [[formula(name), *rest] for name, *rest in rows],
        "words": f"{found.column.label}, {'smallest' if found.smallest else 'largest'} is best. {found.words}",
    }


def _phase_colours(study: Study | None) -> dict[str, str]:
    names = [name for film in range(study.n_films) for name in study.layer_names(film)] if study else []
    return {formula(name): colour for name, colour in layer_colours(names).items()}


def _rows(dataset: xr.Dataset, ranking: Ranking, carried: Carried, shown: list[Shown]) -> dict[str, Any]:
    """Values of the carried candidates and their places in the ranking."""
    order = np.full(len(carried.candidates), np.nan)
    order[np.searchsorted(carried.candidates, ranking.candidates)] = np.arange(1.0, len(ranking.candidates) + 1)
    return {
        "candidates": carried.candidates,
        "marks": carried.marks,
        "place": packed(order),
        "data": [packed(values) for _, values in read_shown(dataset, shown, carried.candidates)],
        "complete": carried.complete,
    }


def _objectives(shown: list[Shown], ranking: Ranking) -> list[int]:
    """Numbers of the outputs whose pairs have exact fronts: what is ranked by, then one of each variable."""
    latest = {entry.column.name: number for number, entry in enumerate(shown) if entry.role == "output"}
    first = _place(shown, ranking)
    if first is not None and shown[first].role == "output":
        latest = {shown[first].column.name: first} | {
            name: at for name, at in latest.items() if name != shown[first].column.name
        }
    return list(latest.values())[:MOST_OBJECTIVES]


def _place(shown: list[Shown], ranking: Ranking) -> int | None:
    """Number of the column that the ranking sorts by, if it is one."""
    column = ranking.sort.column
    labels = [entry.column.label for entry in shown]
    return labels.index(column.label) if column is not None and column.label in labels else None


def _correlation(values: dict[int, np.ndarray], inputs: list[int], outputs: list[int], mine: np.ndarray) -> np.ndarray:
    """Rank correlations `[input, output]` among some candidates."""
    if not inputs or not outputs:
        return np.empty((len(inputs), 0))
    sides = (np.stack([values[at][mine] for at in numbers], 1) for numbers in (inputs, outputs))
    return rank_correlations(*sides)


def _failed(dataset: xr.Dataset, status: np.ndarray) -> list[dict[str, Any]]:
    """For each way to fail its meaning and the first candidates that did."""
    names = flag_names(dataset[STATUS])
    codes = [code for code in np.unique(status).tolist() if code not in (Status.OK, Status.PENDING)]
    return [
        {"name": names.get(code, f"status {code}"), "examples": np.flatnonzero(status == code)[:EXAMPLES]}
        for code in codes
    ]


def _film_names(dataset: xr.Dataset, study: Study | None) -> list[str]:
    if study is not None:
        return list(study.film_names)
    if "film" not in dataset:
        return ["film"]
    names = list(find_column(dataset, "film").flags)
    return names or [f"film {number}" for number in range(int(dataset["film"].max()) + 1)]


def _notes(dataset: xr.Dataset, stop: int, carried: Carried, ranking: Ranking, study: Study | None) -> list[str]:
    """What the page does not show, in words."""
    notes = []
    total = dataset.sizes[CANDIDATE]
    if stop < total:
        notes.append(f"Histograms, fronts and correlations are of the first {stop:,} of {total:,} candidates.")
    if not carried.complete:
        notes.append(
            f"This page carries {len(carried.candidates):,} of the {ranking.matched:,} candidates that are ok: the best "
            f"{len(ranking.candidates):,}, the Pareto fronts, and a random share (at most {MOST_CARRIED:,} in all). Counts, "
            "histograms and medians are of all. Table and filters see the carried ones; maps and parallel coordinates the "
            "random share and the best."
        )
    if study is None:
        notes.append("This version cannot read the study of the store, so there are no layer diagrams.")
    return notes


def sensitivity_payload(store: str | os.PathLike[str], study: Study | None) -> dict[str, Any]:
    """Indices, intervals, rank correlations and gradients of every film and output, the strongest input first."""
    found = open_sensitivity(store, study)
    names = [name for name in (*INDICES, *GRADIENTS) if name in found]
    entries = []
    for film, output in np.ndindex(found.sizes["film"], found.sizes["output"]):
        one = found.isel(film=film, output=output)
        known = np.flatnonzero(np.any([np.isfinite(one[name].values) for name in names], axis=0))
        strength = np.abs(one["total_order" if "total_order" in found else "elasticity"].values)
        known = known[np.argsort(-np.nan_to_num(strength[known], nan=-1.0), kind="stable")]
        if not len(known):
            continue
        rows: dict[str, Any] = {name: one[name].values[known] for name in names if name != "derivative"}
        if "derivative" in found:
            rows["local"] = [local_gradient(one.isel(input=at)) for at in known]
        inputs = [spelled_out(name) for name in found["input"].values[known]]
        used = int(one["used"]) if "used" in found else 0
        entries.append({"film": film, "output": output, "inputs": inputs, "used": used, **rows})
    return {
        "films": [formula(name) for name in found["film"].values],
        "outputs": [" at ".join(filter(None, name_and_rate(str(label)))) for label in found["output"].values],
        "entries": entries,
        "samples": int(found.attrs.get("samples") or 0) if "total_order" in found else 0,
        "logarithm": int(found.attrs.get("logarithm", 0)),
        "point": str(found.attrs.get("point", "")) if "derivative" in found else "",
    }
