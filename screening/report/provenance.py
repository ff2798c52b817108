"""Where a store comes from, as lines of a table."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from screening.store.location import ObjectPlace

# attribute -> what people call it
_NAMES = {
    "digest": "digest of the study",
    "fit_digest": "digest of the fit file",
    "seed": "random seed",
    "samples": "samples of each film",
    "package_version": "sei-screening",
    "git_commit": "commit of the source",
    "jax_version": "JAX",
    "numpy_version": "NumPy",
    "stepping_compiler": "time steps compiled by",
    "device": "device",
    "platform": "platform",
    "precision": "precision",
    "sign_convention": "sign of currents",
    "rank_by": "ranked by default by",
    "created": "started",
    "starts": "starts",
    "cost": "cost at the best point",
    "noise_known": "noise of the data known",
    "format": "format",
    "format_version": "version of the format",
    "shard": "candidates written together",
}
# shown elsewhere on the page
_ELSEWHERE = ("title", "study", "fit", "source", "text", "variable_order", "Conventions", "n_candidates")


def provenance_rows(attributes: Mapping[str, Any], store: Path | ObjectPlace) -> list[list[str]]:
    """Name and value of everything that says how a store came about."""
    known = [name for name in _NAMES if name in attributes]
    others = [
        name
        for name, value in attributes.items()
        if name not in _NAMES
        and name not in _ELSEWHERE
        and isinstance(value, str | int | float)
        and len(str(value)) < 200
    ]
    rows = [[_NAMES.get(name, name.replace("_", " ")), str(attributes[name])] for name in [*known, *others]]
    written = _last_change(store) if isinstance(store, Path) else ""  # of objects behind a URL each would be asked for
    return [*rows, ["last result written", written]] if written else rows


def _last_change(store: Path) -> str:
    """Time of the newest file of the status, which is written last; of the group where there is none."""
    parts = list((store / "status" / "c").rglob("*")) or [store / "zarr.json"]
    times = [part.stat().st_mtime for part in parts if part.is_file()]
    return datetime.fromtimestamp(max(times), UTC).isoformat(timespec="seconds") if times else ""
