"""What the page of a screening shows of the sensitivities of its study."""

import os
from typing import Any

import numpy as np

from screening.config.study import Study
from screening.plot.axis_labels import formula, name_and_rate, spelled_out
from screening.sensitivities.sensitivity_store import open_sensitivity
from screening.sensitivities.sensitivity_table import GRADIENTS, INDICES, local_gradient


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
