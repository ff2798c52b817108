"""One candidate of a study as a function of its values: the only way from a study to the arrays of the kernels.

Runs map it over their draws; fits, gradients and designs differentiate it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.constants import FARADAY, STANDARD_TEMPERATURE
from kernels.drive import Drive
from kernels.experiment import Sample
from kernels.laws import ActivatedFaces
from kernels.laws.hopping import arrhenius
from kernels.stack import Electrolyte, LayerStack
from screening.config.study import Study
from screening.model.candidate_form import CandidateForm, LayerForm, SegmentForm, form_of
from screening.model.layer_laws import derived_properties
from screening.model.surface import build_surface, complete_liquid

# A sliver of electrolyte, m, where a film has fewer layers than the others.
PADDING_THICKNESS = 1e-12

Values = Mapping[str, Any]  # label -> scalar, SI


class Candidate(NamedTuple):
    """What the kernels simulate.

    Attributes:
        sample: film, electrolyte, electrode and circuit; scalars, `[layer]` in the stack, innermost layer first.
        drive: `[segment, run]`.
        scan_rates: `[run]`, V s-1; NaN without a sweep.
    """

    sample: Sample
    drive: Drive
    scan_rates: Float[Array, "run"]


class Operation(NamedTuple):
    """What an ammonia cell or an electrode of several reactions is and how it is run.

    Attributes:
        given: quantities of the table [ammonia] or [reactions] by key, SI; NaN where the preset says it, and "calibration" is
            the number of the film's own preset.
        stack: the film, `[layer]`, innermost layer first.
        electrolyte: scalars.
        temperature: K.
    """

    given: dict[str, Float[Array, ""]]
    stack: LayerStack
    electrolyte: Electrolyte
    temperature: Float[Array, ""]


def candidate(study: Study, film: int, values: Values) -> Candidate | Operation:
    """One candidate of a film; pure JAX on scalars.

    Args:
        study: the study.
        film: number of the film.
        values: SI values by label, the fixed ones included; see `screening.model.candidate_form.fixed_values`.

    Returns:
        Candidate, or Operation for a study without a protocol.

    Example:
        >>> from screening.config.study import load_study
        >>> from screening.model.candidate_form import fixed_values
        >>> study = load_study("experiments/thickness_ladder.toml")
        >>> drawn = {axis.label: jnp.asarray(axis.distribution.nominal) for axis in study.space.axes[0]}
        >>> one = candidate(study, 0, fixed_values(study, 0) | drawn)
        >>> one.sample.stack.thickness.shape, one.drive.start.shape
        ((3,), (2, 3))
    """
    return assemble(form_of(study, film, study.n_layers), values)


def assemble(form: CandidateForm, values: Values) -> Candidate | Operation:
    """As `candidate`, of a form."""
    temperature = _value(form.temperature, values)
    liquid = {key: _value(label, values) for key, label in form.electrolyte}
    electrode = {key: _value(label, values) for key, label in form.electrode}
    in_liquid, at_electrode = (_thermal_factor(table, temperature) for table in (liquid, electrode))
    for table, key, factor in (
        (liquid, "diffusivity", in_liquid),
        (electrode, "reduced_diffusivity", in_liquid),
        (electrode, "exchange_current_density", at_electrode),
        (electrode, "rate_constant", at_electrode),
    ):
        if key in table and factor is not None:
            table[key] = table[key] * factor
    complete_liquid(electrode, liquid, temperature)
    electrolyte = Electrolyte(**liquid)
    stack = _stack(form, values, temperature, electrolyte)
    if form.operation:
        given = {key: jnp.asarray(jnp.nan) if label == "" else _value(label, values) for key, label in form.operation}
        return Operation(given, stack, electrolyte, temperature)
    sample = _sample(form, electrode, stack, electrolyte, temperature)
    rates = [_value(rate, values) for rate in form.scan_rates] or [jnp.full_like(temperature, jnp.nan)]
    return Candidate(sample, _drive(form, values), jnp.stack(rates))


def stored_inputs(form: CandidateForm, values: Values) -> dict[str, Float[Array, ""]]:
    """The stored inputs that a film has: varied quantities, and properties that the laws of its layers give."""
    temperature = _value(form.temperature, values)
    layers = [layer_properties(layer, values, temperature) for layer in form.layers]
    found = {}
    for name, source in form.columns:
        if isinstance(source, str):
            found[name] = _value(source, values)
            continue
        position, key = source
        # a partition coefficient means nothing to a layer that stores no Li+
        meant = not (key == "partition_coefficient" and form.layers[position].plan.closure == "ohmic")
        if meant and key in layers[position]:
            found[name] = layers[position][key]
    return found


def layer_properties(form: LayerForm, values: Values, temperature: Float[Array, ""]) -> dict[str, Any]:
    """Quantities of one layer by key: those of the file, and over them what the laws give."""
    own = {key: _value(label, values) for key, label in form.quantities}
    if form.plan.derived:
        own |= derived_properties(form.plan, own, temperature)
    if form.stores_in_pores:
        own["accessible_fraction"] = own["porosity"]
    return own


def _thermal_factor(table: dict[str, Any], temperature: Float[Array, ""]) -> Float[Array, ""] | None:
    """What the temperature law of a table multiplies its transport or rate by; its keys are taken out."""
    energy = table.pop("activation_energy", None)
    reference = table.pop("reference_temperature", STANDARD_TEMPERATURE)
    return None if energy is None else arrhenius(1.0, energy, temperature, reference)


def _stack(form: CandidateForm, values: Values, temperature: Float[Array, ""], liquid: Electrolyte) -> LayerStack:
    """The film as the kernels order it: listed from the outside, stored from the inside."""
    one, none = jnp.ones_like(temperature), jnp.zeros_like(temperature)
    sliver = {
        "thickness": PADDING_THICKNESS * one,
        "diffusivity": liquid.diffusivity,
        "partition_coefficient": one,
        "accessible_fraction": one,
        "transference_number": liquid.transference_number,
        "resistivity": none,
        "jump_distance": none,
        "interface_resistance": none,
    }
    at_rest = {"exchange_current": none + jnp.inf, "transfer_coefficient": none + 0.5, "capacitance": none}
    if not form.skewed:
        del at_rest["transfer_coefficient"]
    layers, faces = [], []
    for layer in form.layers:
        own = layer_properties(layer, values, temperature)
        ohmic = layer.plan.closure == "ohmic"
        activated = form.activated and layer.plan.activated
        faces.append(_face(own, liquid) if activated else at_rest)
        layers.append(
            {
                "thickness": own["thickness"],
                # an ohmic layer stores nothing and carries all current by migration: its diffusivity is never felt
                "diffusivity": liquid.diffusivity if ohmic else own["diffusivity"],
                "partition_coefficient": own["partition_coefficient"],
                "accessible_fraction": none if ohmic else own["accessible_fraction"],
                "transference_number": one if ohmic else own["transference_number"],
                "resistivity": 1.0 / own["conductivity"] if ohmic else none,
                "jump_distance": own["jump_distance"],
                "interface_resistance": none if activated else 1.0 / own["interface_permeance"],
            }
        )

    def stored(listed: list[dict[str, Any]], filling: dict[str, Any]) -> dict[str, Any]:
        whole = [*reversed(listed), *[filling] * (form.n_layers - len(listed))]
        return {key: jnp.stack([layer[key] for layer in whole]) for key in filling}

    kinetics: dict[str, Any] = {"transfer_coefficient": None} | stored(faces, at_rest)
    return LayerStack(**stored(layers, sliver), faces=ActivatedFaces(**kinetics) if form.activated else None)


def _face(own: dict[str, Any], liquid: Electrolyte) -> dict[str, Any]:
    """An outer face that Li+ crosses by an activated step; the permeance at rest is that of the same barrier."""
    exchange = own.get("interface_exchange_current_density")
    if exchange is None:
        exchange = FARADAY * liquid.concentration * own["interface_permeance"]
    none = jnp.zeros_like(exchange)
    return {
        "exchange_current": exchange,
        "transfer_coefficient": own.get("interface_transfer_coefficient", none + 0.5),
        "capacitance": own.get("interface_capacitance", none),
    }


def _sample(
    form: CandidateForm,
    electrode: dict[str, Any],
    stack: LayerStack,
    liquid: Electrolyte,
    temperature: Float[Array, ""],
) -> Sample:
    """Film, electrode and circuit of a voltammetry study."""
    circuit = {key: electrode.pop(key) for key in ("series_resistance", "double_layer_capacitance")}
    surface = build_surface(form.electrode_kind, form.kinetics, electrode, liquid, temperature)
    return Sample(
        stack=stack,
        electrolyte=surface.oxidised,
        reduced_electrolyte=surface.reduced,
        reduced_stack=None,
        electrode=surface.electrode,
        temperature=temperature,
        **circuit,
    )


def _drive(form: CandidateForm, values: Values) -> Drive:
    """The drive, `[segment, run]`."""

    def of_segment(segment: SegmentForm) -> dict[str, Any]:
        start, stop = _value(segment.start, values), _value(segment.stop, values)
        if segment.duration is not None:
            durations = [_value(segment.duration, values)] * form.runs
        else:
            # a sweep with one rate keeps it in every run
            rates = [segment.scan_rates[min(run, len(segment.scan_rates) - 1)] for run in range(form.runs)]
            durations = [jnp.abs(stop - start) / _value(rate, values) for rate in rates]
        cutoffs = {"lower_cutoff": segment.lower_cutoff, "upper_cutoff": segment.upper_cutoff}
        found = {"start": start, "stop": stop} | {key: _value(end, values) for key, end in cutoffs.items()}
        found = {key: jnp.broadcast_to(value, (form.runs,)) for key, value in found.items()}
        return found | {"duration": jnp.stack(durations)}

    rows = [of_segment(segment) for segment in form.segments]
    arrays = {key: jnp.stack([row[key] for row in rows]) for key in rows[0]}
    return Drive(**arrays, controls=form.controls, steps=form.steps)


def _value(label: str | float, values: Values) -> Any:
    """The value of a label, or a number that stands for itself."""
    return jnp.asarray(values[label] if isinstance(label, str) else label)
