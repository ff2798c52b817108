"""A candidate of a study as the objects of the Python interface."""

from typing import TYPE_CHECKING

import numpy as np

from screening.model.draws import draw_candidates
from screening.model.surface import rate_law

if TYPE_CHECKING:
    from screening.api.electrodes import Couple, Metal
    from screening.api.films import Electrolyte, Layer, Stack
    from screening.config.study import Study
    from screening.model.draws import CandidateBatch


def stack_of(study: "Study", candidate: int) -> "Stack":
    """The film of a candidate with the numbers that the run used; what followed from laws is written out.

    Args:
        study: the study.
        candidate: its number.

    Returns:
        layers from the outside to the inside, and the electrolyte.

    Raises:
        StudyError: no such candidate.

    Example:
        `stack_of(load_study("experiments/quick.toml"), 3).layers[0].thickness`
    """
    from screening.api.films import Stack

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


def electrode_of(study: "Study", candidate: int) -> "Metal | Couple":
    """The electrode of a candidate with the numbers that the run used.

    Args:
        study: the study.
        candidate: its number.

    Returns:
        the electrode, for `sei.simulate` and `sei.impedance`.

    Raises:
        StudyError: no such candidate.

    Example:
        `electrode_of(load_study("experiments/quick.toml"), 3).exchange_current_density`
    """
    from dataclasses import fields

    from screening.api.electrodes import Couple, Metal
    from screening.config.fields import FIELDS
    from screening.config.kinetics_keys import LAW_KEYS, USUAL_LAW
    from screening.units import dimension_of

    batch = draw_candidates(study, candidate, candidate + 1)
    sample = batch.sample
    kind = Metal if sample.reduced_electrolyte is None else Couple
    law = sample.electrode.kinetics
    name = next(name for name in LAW_KEYS if rate_law(name) is type(law))
    held = {**vars(sample), **vars(sample.electrode), **{key: getattr(law, key) for key in LAW_KEYS[name]}}
    if sample.reduced_electrolyte is not None:
        held["reduced_diffusivity"] = sample.reduced_electrolyte.diffusivity
    given = {}
    for entry in fields(kind):
        if entry.name == "kinetics":
            given[entry.name] = None if name == USUAL_LAW else name
            continue
        if entry.name not in held:
            continue
        value = float(held[entry.name][0])
        if entry.name == "electron_number":
            given[entry.name] = int(value)
        else:
            unit = dimension_of(FIELDS[entry.name].dimension).si
            given[entry.name] = f"{value!r} {unit}" if unit else value
    return kind(**given)


def _layer(batch: "CandidateBatch", inward: int, name: str, closure: str) -> "Layer":
    from screening.api.films import Layer

    found = {key: float(values[0, inward]) for key, values in vars(batch.stack).items()}
    with np.errstate(divide="ignore"):
        permeance = float(np.divide(1.0, found["interface_resistance"]))
    common = {
        "thickness": f"{found['thickness']!r} m",
        "name": name,
        "closure": closure,
        "interface_permeance": f"{permeance!r} m/s",
    }
    if closure == "ohmic":
        own = {
            "conductivity": f"{1.0 / found['resistivity']!r} S/m",
            "jump_distance": f"{found['jump_distance']!r} m",
        }
    else:
        keys = ("partition_coefficient", "accessible_fraction", "transference_number")
        own = {"diffusivity": f"{found['diffusivity']!r} m^2/s"} | {key: found[key] for key in keys}
    return Layer(None, **common, **own)  # pyright: ignore[reportArgumentType]


def _electrolyte(study: "Study", batch: "CandidateBatch") -> "Electrolyte":
    from screening.api.films import Electrolyte

    found = {key: float(values[0]) for key, values in vars(batch.electrolyte).items()}
    of_salt = batch.sample.reduced_electrolyte is None
    return Electrolyte(
        concentration=f"{found['concentration']!r} mol/m^3" if of_salt else None,
        diffusivity=f"{found['diffusivity']!r} m^2/s",
        transference_number=found["transference_number"] if of_salt else None,
        diffusion_layer_thickness=f"{found['diffusion_layer_thickness']!r} m",
    )
