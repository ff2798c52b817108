"""A candidate of a study as the objects of the Python interface, with the numbers that the run used."""

from dataclasses import fields
from typing import Any

import numpy as np

from screening.api.electrodes import Couple, Metal
from screening.api.films import Electrolyte, Layer, Stack
from screening.config.study import Study
from screening.model.draws import CandidateBatch, draw_candidates
from screening.sampling.distributions import Fixed


def stack_of(study: Study, candidate: int) -> Stack:
    """The film of a candidate, layers from the outside to the inside; what followed from laws is written out."""
    batch = draw_candidates(study, candidate, candidate + 1)
    film = int(batch.film[0])
    names = study.layer_names(film)
    closures = [plan.closure for plan in study.plans[film]]
    # listed from the outside, stored from the inside
    layers = [
        _layer(batch, len(names) - 1 - listed, name, closure)
        for listed, (name, closure) in enumerate(zip(names, closures, strict=True))
    ]
    return Stack(layers, _electrolyte(study, batch), study.film_names[film])


def electrode_of(study: Study, candidate: int) -> Metal | Couple:
    """The electrode of a candidate, for `sei.simulate` and `sei.impedance`."""
    sample = draw_candidates(study, candidate, candidate + 1).sample
    found = {**vars(sample), **vars(sample.electrode)}
    kind = Metal if sample.reduced_electrolyte is None else Couple
    if sample.reduced_electrolyte is not None:
        found["reduced_diffusivity"] = sample.reduced_electrolyte.diffusivity
    given: dict[str, Any] = {
        entry.name: Fixed(float(found[entry.name][0])) for entry in fields(kind) if entry.name in found
    }
    if "electron_number" in given:
        given["electron_number"] = int(given["electron_number"].value)
    return kind(**given)


def _layer(batch: CandidateBatch, inward: int, name: str, closure: str) -> Layer:
    found = {key: float(values[0, inward]) for key, values in vars(batch.stack).items()}
    with np.errstate(divide="ignore"):
        found["interface_permeance"] = float(np.divide(1.0, found["interface_resistance"]))
    keys = ("thickness", "interface_permeance")
    if closure == "ohmic":
        found["conductivity"] = 1.0 / found["resistivity"]
        keys += ("conductivity", "jump_distance")
    else:
        keys += ("diffusivity", "partition_coefficient", "accessible_fraction", "transference_number")
    properties: dict[str, Any] = {key: Fixed(found[key]) for key in keys}
    return Layer(None, name=name, closure=closure, **properties)


def _electrolyte(study: Study, batch: CandidateBatch) -> Electrolyte:
    found = {key: Fixed(float(values[0])) for key, values in vars(batch.electrolyte).items()}
    of_salt = batch.sample.reduced_electrolyte is None
    return Electrolyte(
        concentration=found["concentration"] if of_salt else None,
        diffusivity=found["diffusivity"],
        transference_number=found["transference_number"] if of_salt else None,
        diffusion_layer_thickness=found["diffusion_layer_thickness"],
    )
