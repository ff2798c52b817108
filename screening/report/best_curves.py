"""Voltammograms of the best stacks, computed again for the page: a run keeps only what is read off them."""

from typing import Any

import numpy as np

from kernels.status import Status
from screening.api.simulate_study import simulate_study
from screening.config.study import Study, VoltammetryStudy
from screening.plot.axis_labels import quantity_text
from screening.plot.style import thinned
from screening.report.page import packed
from screening.units import display_value

# A page shows so many stacks, the best of all and then the best of each film, and so many points of each curve.
MOST_SHOWN, MOST_POINTS = 6, 400


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
