"""The best stacks as the page shows them: their layers, and their voltammograms, computed again."""

from typing import Any

import numpy as np
import xarray as xr

from kernels.status import Status
from screening.api.simulate_study import simulate_study
from screening.config.study import Study, VoltammetryStudy, parse_study
from screening.errors import StudyError
from screening.model.draws import draw_candidates
from screening.plot.axis_labels import formula, quantity_text
from screening.plot.ranking_figure import best_of_film
from screening.plot.style import thinned
from screening.report.page import packed
from screening.results.ranking import Ranking
from screening.units import display_value

BEST_STACKS, BEST_OF_FILM, MOST_FILMS = 8, 3, 6
# A page shows the voltammograms of so many stacks, the best of all and then the best of each film, and so many points of each.
MOST_SHOWN, MOST_POINTS = 6, 400


def read_study(dataset: xr.Dataset) -> Study | None:
    """The study of a store, or None where this version cannot read it."""
    try:
        return parse_study(str(dataset.attrs.get("study", "")), samples=dataset.attrs.get("samples"))
    except StudyError:
        return None


def best_stacks(ranking: Ranking, study: Study, sort: str | None, where: str | None) -> list[dict[str, Any]]:
    """Layers of the best stacks of all, then of the best of each film."""
    chosen = list(zip(ranking.candidates.tolist(), ranking.values.tolist(), strict=True))[:BEST_STACKS]
    found = [_stack(study, candidate, value) for candidate, value in chosen]
    if study.n_films > 1:
        for film in [film for film in range(study.n_films) if study.layer_names(film)][:MOST_FILMS]:
            of_film = best_of_film(ranking.dataset, study, film, BEST_OF_FILM, sort, where)
            already = {stack["candidate"] for stack in found}
            pairs = zip(of_film.candidates.tolist(), of_film.values.tolist(), strict=True)
            found += [_stack(study, candidate, value) for candidate, value in pairs if candidate not in already]
    return found


def _stack(study: Study, candidate: int, value: float) -> dict[str, Any]:
    batch = draw_candidates(study, candidate, candidate + 1)
    film = int(batch.film[0])
    names = study.layer_names(film)
    inward = batch.stack.thickness[0][: len(names)] * 1e9
    return {
        "candidate": candidate,
        "film": formula(study.film_names[film]),
        "value": value,
        "layers": [
            {"name": formula(name), "thickness": float(nm)} for name, nm in zip(names, np.flip(inward), strict=True)
        ],
    }


def best_curves(study: Study, stacks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Curves of the best stack and of the best of each further film, as the page draws them; none of an ammonia study."""
    if not isinstance(study, VoltammetryStudy):
        return []
    best = list({stack["film"]: stack for stack in reversed(stacks)}.values())[::-1]  # the first of each film
    found = []
    for stack in best[:MOST_SHOWN]:
        curves = simulate_study(study, stack["candidate"])
        if int(curves["status"]) != Status.OK:
            continue
        swept = "scan_rate" in curves.dims
        runs = curves if swept else curves.expand_dims("scan_rate")
        points = thinned(runs.sizes["curve_step"], MOST_POINTS)
        lines = []
        for run in np.argsort(runs["scan_rate"].values) if swept else [0]:
            one = runs.isel(scan_rate=int(run), curve_step=points)
            current = display_value(one["current_density"].values, "A m-2")[0]
            name = quantity_text(float(one["scan_rate"]), "V s-1") if swept else ""
            along = one["potential" if swept else "time"].values
            lines.append({"name": name, "x": packed(along), "y": packed(current)})
        title = f"{stack['film']} #{stack['candidate']}"
        found.append({"title": title, "along": "potential" if swept else "time", "lines": lines})
    return found
