"""Batches of candidates looked at and changed, for tests."""

import copy
from dataclasses import replace

import jax
import numpy as np

from screening.model.draws import CandidateBatch


def arrays_of(batch: CandidateBatch) -> dict[str, np.ndarray]:
    """Every array of a batch by its place."""
    leaves = jax.tree_util.tree_leaves_with_path(batch.arrays)
    found = {jax.tree_util.keystr(path): leaf for path, leaf in leaves}
    return {"index": batch.index, "film": batch.film, **found, **batch.inputs}


def rows_of(batch: CandidateBatch, rows: np.ndarray) -> CandidateBatch:
    """The same batch with other rows."""
    arrays = jax.tree.map(lambda values: values[rows], batch.arrays)
    return CandidateBatch(
        batch.index[rows], batch.film[rows], arrays, {name: values[rows] for name, values in batch.inputs.items()}
    )


def changed(batch: CandidateBatch, where, change) -> CandidateBatch:
    """A copy in which the array that `where` finds is `change` of itself."""
    new = replace(batch, arrays=copy.deepcopy(batch.arrays))
    values = where(new.arrays)
    values[...] = change(values)
    return new
