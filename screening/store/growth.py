"""A store that takes more candidates: larger shapes, and one root file whose replacement is the moment it happens."""

import json
from collections.abc import Mapping
from typing import Any

from screening.errors import StudyError, shown
from screening.model.variables import Evaluator
from screening.store.location import Place, read_file, remove_file, write_file
from screening.store.shards import CANDIDATE, MAXIMUM_FILES, STATUS, n_shards

# A store of few candidates has small shards, and grows in those: up to ten times the usual bound, then a new one is due.
MOST_FILES = 10 * MAXIMUM_FILES
METADATA = "zarr.json"


def grow_store(place: Place, attributes: Mapping[str, Any], evaluator: Evaluator) -> None:
    """Make room for more candidates in a store; what is there stays, and `resume` computes the rest."""
    old, new, shard = attributes["n_candidates"], evaluator.n_candidates, attributes["shard"]
    if new <= old:
        raise StudyError(
            "a store only grows", got=f"{new} candidates", expected=f"more than its {old}", where="--samples"
        )
    files = n_shards(new, shard) * (len(evaluator.variables) + 1)
    if files > MOST_FILES:
        raise StudyError(
            "too many candidates for the chunks of this store",
            got=f"{files} files, in chunks of {shard} candidates",
            expected=f"at most {MOST_FILES}",
            fix="start a new store with `sei-screen run`",
            where="--samples",
        )
    root = json.loads(read_file(place, METADATA))
    members = root["consolidated_metadata"]["metadata"]
    grown = {name for name, about in members.items() if (about.get("dimension_names") or [None])[0] == CANDIDATE}
    if old % shard:
        remove_file(place, f"{STATUS}/c/{old // shard}")
    for name in sorted(grown):
        about = json.loads(read_file(place, f"{name}/{METADATA}"))
        about["shape"][0] = members[name]["shape"][0] = new
        write_file(place, f"{name}/{METADATA}", json.dumps(about, indent=2).encode())
    told = json.loads(json.dumps({name: evaluator.attributes.get(name) for name in ("digest", "samples")}))
    root["attributes"] |= {"n_candidates": new, **told}
    write_file(place, METADATA, json.dumps(root, indent=2).encode())


def check_growth(stored: Mapping[str, Any], digest: str, growable: bool, design: str, version: str) -> None:
    """Refuse to grow what cannot be grown, before anything is changed."""
    for name, own in (("digest", digest), ("package_version", version)):
        if stored.get(name) != own:
            raise StudyError(
                "the store belongs to another run",
                got=f"{name} {shown(own)}",
                expected=f"its own, {shown(stored.get(name))}",
                fix="start a new store with `sei-screen run`",
                where="resume",
            )
    if not growable:
        raise StudyError(
            "all samples of this design change with their number",
            got=f"design = {shown(design)}",
            expected='"sobol" or "random"',
            fix="start a new store with `sei-screen run`",
            where="--samples",
        )
