"""Which entries of the kernels' arrays follow which free quantity, found by comparing candidates."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from kernels.experiment import Sample
from screening.errors import StudyError
from screening.fitting.parameters import FreeParameters
from screening.model.bridge import sample_of
from screening.model.draws import CandidateBatch


@dataclass(frozen=True)
class Slot:
    """One entry of the kernels' arrays that equals a free quantity or its inverse.

    Attributes:
        leaf: number of the array among the leaves of the sample.
        layer: entry along the layers; -1 for an array without them.
        parameter: number of the free quantity.
        inverse: whether it is the inverse (a resistivity from a conductivity).
    """

    leaf: int
    layer: int
    parameter: int
    inverse: bool


def find_slots(batch: CandidateBatch, kind: str, parameters: FreeParameters) -> tuple[Slot, ...]:
    """Slots of all free quantities, from a few candidates that differ in every one of them.

    The candidates are built by the code that a screening uses, so a fit and a screening cannot disagree about what a
    quantity means.

    Args:
        batch: candidates of the fit's study.
        kind: of the electrode.
        parameters: free quantities.

    Returns:
        the slots.

    Raises:
        StudyError: a free quantity acts through a law, not as an entry or its inverse.
    """
    leaves = jax.tree.leaves(sample_of(batch, kind))
    drawn = [(place, _drawn(batch, entry)) for place, entry in enumerate(parameters.entries)]
    known = [(place, values) for place, values in drawn if values is not None]
    slots: list[Slot] = []
    for number, leaf in enumerate(leaves):
        columns = [(-1, leaf)] if leaf.ndim == 1 else [(layer, leaf[:, layer]) for layer in range(leaf.shape[1])]
        for layer, column in columns:
            if np.all(column == column[0]):
                continue
            slot = next((found for found in (_match(column, number, layer, one) for one in known) if found), None)
            if slot is None:
                raise _through_a_law(parameters, {entry.parameter for entry in slots})
            slots.append(slot)
    missing = {place for place, _ in known} - {slot.parameter for slot in slots}
    if missing:
        raise _through_a_law(parameters, {slot.parameter for slot in slots})
    return tuple(slots)


def fill(sample: Sample, slots: tuple[Slot, ...], values: Float[Array, "start parameter"]) -> Sample:
    """Candidates with the free quantities put in, differentiable.

    Args:
        sample: one candidate, arrays `[1, ...]`.
        slots: from `find_slots`.
        values: `[start, parameter]`, SI.

    Returns:
        Sample with arrays `[start, ...]`.
    """
    count = values.shape[0]
    leaves, structure = jax.tree.flatten(sample)
    filled: list[Any] = [jnp.broadcast_to(jnp.asarray(leaf), (count, *leaf.shape[1:])) for leaf in leaves]
    for slot in slots:
        column = values[:, slot.parameter]
        column = 1.0 / column if slot.inverse else column
        place = (slice(None),) if slot.layer < 0 else (slice(None), slot.layer)
        filled[slot.leaf] = filled[slot.leaf].at[place].set(column)
    return jax.tree.unflatten(structure, filled)


def _drawn(batch, entry):
    """Values of a free quantity in the batch, or None for one of [measurement]."""
    for name in (f"param_shared_{entry.name}", f"param_{entry.name}"):
        if name in batch.inputs and entry.label.startswith("parameters.") == name.startswith("param_shared_"):
            return batch.inputs[name]
    return None


def _match(column, leaf, layer, one):
    place, values = one
    if np.array_equal(column, values):
        return Slot(leaf, layer, place, inverse=False)
    if np.allclose(column, 1.0 / values, rtol=1e-14, atol=0.0):
        return Slot(leaf, layer, place, inverse=True)
    return None


def _through_a_law(parameters: FreeParameters, fitted: set[int]) -> StudyError:
    rest = [entry.label for place, entry in enumerate(parameters.entries) if place not in fitted]
    return StudyError(
        "a free quantity that acts through a law of the material",
        got=", ".join(rest),
        expected="quantities of the model itself, such as thickness, diffusivity or conductivity",
        fix="free the property that the law gives",
        where=rest[0] if rest else "",
    )
