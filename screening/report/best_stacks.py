"""Layers of the best stacks, as diagrams need them."""

from typing import Any

import numpy as np
import xarray as xr

from screening.config.study import Study, parse_study
from screening.errors import StudyError
from screening.model.draws import draw_candidates
from screening.plot.axis_labels import formula
from screening.plot.ranking_figure import best_of_film
from screening.results.ranking import Ranking

BEST_STACKS, BEST_OF_FILM, MOST_FILMS = 8, 3, 6


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
