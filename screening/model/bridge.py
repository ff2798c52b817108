"""From candidates in SI arrays to the kernels' batches."""

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool

from kernels.drive import Drive
from kernels.electrode import MetalElectrode, SolubleCouple
from kernels.experiment import Numerics, Sample
from kernels.march import StepControl
from kernels.mesh import Mesh
from kernels.stack import Electrolyte, LayerStack

if TYPE_CHECKING:
    from screening.config.study import Study
    from screening.model.batch import CandidateBatch


def numerics_of(study: "Study") -> Numerics:
    """The kernels' numerical choices of a study.

    Args:
        study: the study.

    Returns:
        Numerics (static for JAX).
    """
    chosen = study.numerics
    return Numerics(
        mesh=Mesh(cells_per_layer=chosen.cells_per_layer, electrolyte_cells=chosen.electrolyte_cells),
        order=chosen.reduced_order,
        control=StepControl(tolerance=chosen.tolerance, root_tolerance=1e-7 if chosen.precision == "float64" else 1e-4),
        precision=chosen.precision,
    )


def has_ohmic_layers(study: "Study") -> bool:
    """Whether any layer of any film is an ohmic conductor.

    Args:
        study: the study.

    Returns:
        True if the film's ohmic drop must be computed.
    """
    return any(layer.closure == "ohmic" for film in study.films for layer in film.layers)


def sample_of(batch: "CandidateBatch", kind: str) -> Sample:
    """The kernels' batch of candidates.

    Args:
        batch: candidates, SI.
        kind: of the electrode, "metal" or "couple".

    Returns:
        Sample of numpy arrays, candidate first.
    """
    # Numpy arrays on purpose: converting them here, outside the float64 context, would round them to float32.
    values: dict[str, Any] = dict(batch.electrode)
    liquid: dict[str, Any] = dict(batch.electrolyte)
    layers: dict[str, Any] = dict(batch.layers)
    temperature: Any = batch.temperature
    kept = {field.name: values[field.name] for field in fields(MetalElectrode if kind == "metal" else SolubleCouple)}
    if kind == "metal":
        electrode = MetalElectrode(**kept)
        oxidised, reduced = liquid, None
    else:
        electrode = SolubleCouple(**kept)
        oxidised = liquid | {"concentration": values["oxidised_concentration"]}
        reduced = Electrolyte(
            values["reduced_concentration"],
            values["reduced_diffusivity"],
            liquid["transference_number"],
            liquid["diffusion_layer_thickness"],
        )
    return Sample(
        stack=LayerStack(**layers),
        electrolyte=Electrolyte(**oxidised),
        reduced_electrolyte=reduced,
        reduced_stack=None,
        electrode=electrode,
        series_resistance=values["series_resistance"],
        double_layer_capacitance=values["double_layer_capacitance"],
        temperature=temperature,
    )


def drive_of(batch: "CandidateBatch", study: "Study") -> Drive:
    """The kernels' drive, one lane per candidate and run.

    Args:
        batch: candidates, SI.
        study: their study.

    Returns:
        Drive of numpy arrays `[segment, candidate * run]`.
    """
    segments: dict[str, Any] = {
        name: np.moveaxis(values, -1, 0).reshape(values.shape[-1], -1) for name, values in batch.segments.items()
    }
    return Drive(**segments, controls=study.controls, steps=study.segment_steps)


def usable(batch: "CandidateBatch") -> Bool[np.ndarray, "candidate"]:
    """Whether every property of a candidate is inside its physical range.

    Ranges are checked when a study is read; this catches what only a draw can show (the tail of a normal
    distribution), so that such a candidate gets a status instead of nonsense.

    Args:
        batch: candidates, SI.

    Returns:
        `[candidate]` of bool.
    """
    layers, good = batch.layers, batch.temperature > 0
    for name in ("thickness", "diffusivity", "partition_coefficient"):
        good = good & np.all(layers[name] > 0, axis=1)
    for name in ("accessible_fraction", "resistivity", "jump_distance", "interface_resistance"):
        good = good & np.all(layers[name] >= 0, axis=1)
    good = good & np.all((layers["transference_number"] >= 0) & (layers["transference_number"] <= 1), axis=1)
    for name in ("concentration", "diffusivity", "diffusion_layer_thickness"):
        good = good & (batch.electrolyte[name] > 0)
    good = good & (batch.electrolyte["transference_number"] >= 0) & (batch.electrolyte["transference_number"] < 1)
    for name in ("series_resistance", "double_layer_capacitance"):
        good = good & (batch.electrode[name] >= 0)
    good = good & np.all(batch.segments["duration"] > 0, axis=(1, 2))
    numbers = [*layers.values(), *batch.electrolyte.values(), batch.temperature]
    for values in numbers:
        finite = np.isfinite(values)
        good = good & (np.all(finite, axis=1) if values.ndim > 1 else finite)
    return good
