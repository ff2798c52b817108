"""A candidate of a study as the objects of the Python interface, with the numbers that the run used."""

from typing import Any

import numpy as np

from screening.api.electrodes import Couple, Metal
from screening.api.films import Electrolyte, Layer, Stack
from screening.config.fields import FIELDS
from screening.config.located import RULE_OF_KEY, scalars_of
from screening.config.study import Study, VoltammetryStudy
from screening.model.draws import CandidateBatch, candidate_values, draw_candidates
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


def electrode_of(study: VoltammetryStudy, candidate: int) -> Metal | Couple:
    """The electrode of a candidate, for `sei.simulate` and `sei.impedance`."""
    _, values = candidate_values(study, candidate)
    table = study.electrode
    given: dict[str, Any] = {
        place.field: _fixed(place.field, values[place.label]) for place in scalars_of(table, "electrode")
    }
    words = {name for name in type(table).model_fields if name not in given and name != "kind"}
    given |= {name: getattr(table, name) for name in words if getattr(table, name) is not None}
    return {"metal": Metal, "couple": Couple}[table.kind](**given)


def _fixed(key: str, value: float) -> Fixed:
    """A number with the unit of the key of a study that holds it."""
    return Fixed(value, FIELDS[RULE_OF_KEY.get(key, key)].unit)


def _layer(batch: CandidateBatch, inward: int, name: str, closure: str) -> Layer:
    found = {key: float(values[0, inward]) for key, values in vars(batch.stack).items() if key != "faces"}
    with np.errstate(divide="ignore"):
        found["interface_permeance"] = float(np.divide(1.0, found["interface_resistance"]))
    keys = ("thickness", "interface_permeance")
    more: dict[str, Any] = {}
    faces = batch.stack.faces
    if faces is not None and np.isfinite(faces.exchange_current[0, inward]):
        keys = ("thickness",)
        for key, values in {key: values for key, values in vars(faces).items() if values is not None}.items():
            name = f"interface_{key}_density" if key == "exchange_current" else f"interface_{key}"
            more[name] = _fixed(name, float(values[0, inward]))
    if closure == "ohmic":
        found["conductivity"] = 1.0 / found["resistivity"]
        keys += ("conductivity", "jump_distance")
    else:
        keys += ("diffusivity", "partition_coefficient", "accessible_fraction", "transference_number")
    properties: dict[str, Any] = {key: _fixed(key, found[key]) for key in keys}
    return Layer(None, name=name, closure=closure, more=more or None, **properties)


def _electrolyte(study: Study, batch: CandidateBatch) -> Electrolyte:
    found = {key: _fixed(key, float(values[0])) for key, values in vars(batch.electrolyte).items()}
    of_salt = batch.sample.reduced_electrolyte is None
    return Electrolyte(
        concentration=found["concentration"] if of_salt else None,
        diffusivity=found["diffusivity"],
        transference_number=found["transference_number"] if of_salt else None,
        diffusion_layer_thickness=found["diffusion_layer_thickness"],
    )
