"""One candidate of a study as a differentiable function of its varied quantities."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from screening.config.layer_plan import constants_of
from screening.config.located import Located, scalars_of
from screening.model.batch import LAYER_KEYS, PADDING_THICKNESS
from screening.model.layer_laws import derived_of_one
from screening.sampling.distributions import Fixed

if TYPE_CHECKING:
    from kernels.drive import Drive
    from kernels.experiment import Sample
    from kernels.stack import Electrolyte
    from screening.config.film import LayerTable
    from screening.config.layer_plan import LayerPlan
    from screening.config.study import Study

Values = Callable[["Located | float"], Any]


def values_at(labels: Sequence[str], point: Float[Array, "input"]) -> Values:
    """The value of every scalar of a study at a point.

    Args:
        labels: of the varied quantities, in the order of the point.
        point: `[input]`, their values, SI.

    Returns:
        function of a scalar to its value, traced where it is varied.

    Example:
        `values_at([axis.label for axis in study.space.axes[0]], point)(place)`
    """

    def values(scalar: Located | float) -> Any:
        if not isinstance(scalar, Located):
            return jnp.asarray(float(scalar))
        if isinstance(scalar.distribution, Fixed):
            return jnp.asarray(scalar.distribution.value)
        return point[labels.index(scalar.label)]

    return values


def layer_at(
    table: "LayerTable",
    plan: "LayerPlan",
    path: str,
    values: Values,
    temperature: Float[Array, ""],
    electrolyte: "Electrolyte",
) -> Mapping[str, Any]:
    """Fields of `LayerStack` of one layer, as `screening.model.batch` fills them.

    Args:
        table: the layer.
        plan: its laws.
        path: its place in the study file.
        values: from `values_at`.
        temperature: K.
        electrolyte: the liquid, scalars.

    Returns:
        scalars by the names of the fields.

    Example:
        `layer_at(table, plan, "film[0].layer[0]", values, temperature, electrolyte)["thickness"]`
    """
    own = {place.key: values(place) for place in scalars_of(table, path)}
    if plan.derived:
        constants = {key: jnp.asarray(number) for key, number in constants_of(table).items()}
        own |= derived_of_one(plan, own | constants, temperature)
        if plan.pores and "accessible_fraction" in table.unused:
            own["accessible_fraction"] = own["porosity"]
    ohmic = table.closure == "ohmic"
    one, none = jnp.ones_like(temperature), jnp.zeros_like(temperature)
    return {
        "thickness": own["thickness"],
        "diffusivity": electrolyte.diffusivity if ohmic else own["diffusivity"],
        "partition_coefficient": own["partition_coefficient"],
        "accessible_fraction": none if ohmic else own["accessible_fraction"],
        "transference_number": one if ohmic else own["transference_number"],
        "resistivity": 1.0 / own["conductivity"] if ohmic else none,
        "jump_distance": own["jump_distance"],
        "interface_resistance": 1.0 / own["interface_permeance"],
    }


def sample_at(study: "Study", film: int, values: Values) -> "Sample":
    """The kernels' arrays of one candidate, equal to those of a run at the same values; pure JAX.

    Args:
        study: the study.
        film: number of the film.
        values: from `values_at`.

    Returns:
        Sample of arrays `[1, ...]`.

    Example:
        `sample_at(study, 0, values_at(labels, point)).stack.thickness`
    """
    from types import SimpleNamespace

    from kernels.stack import Electrolyte
    from screening.config.electrode_tables import CoupleElectrode
    from screening.model.bridge import sample_of

    liquid, electrode = (
        {place.path.partition(".")[2]: values(place) for place in scalars_of(getattr(study, table), table)}
        for table in ("electrolyte", "electrode")
    )
    temperature = values(next(scalars_of(study.conditions, "conditions")))
    if isinstance(study.electrode, CoupleElectrode):
        electrode["electron_number"] = values(float(study.electrode.electron_number))
        electrode.setdefault("reduced_diffusivity", liquid["diffusivity"])
        both = electrode["oxidised_concentration"] + electrode["reduced_concentration"]
        liquid.setdefault("concentration", both)
        liquid.setdefault("transference_number", values(0.0))
    solution = Electrolyte(**liquid)
    tables = study.films[film].layers
    layers = [
        layer_at(table, study.plans[film][number], f"film[{film}].layer[{number}]", values, temperature, solution)
        for number, table in enumerate(tables)
    ]
    one, none = jnp.ones_like(temperature), jnp.zeros_like(temperature)
    sliver = dict.fromkeys(("resistivity", "jump_distance", "interface_resistance"), none)
    sliver |= dict.fromkeys(("partition_coefficient", "accessible_fraction"), one)
    sliver |= {"thickness": one * PADDING_THICKNESS, "diffusivity": solution.diffusivity}
    sliver |= {"transference_number": solution.transference_number}
    # listed from the outside, stored from the inside; what fills up a film with fewer layers lies outside
    stored = [*reversed(layers), *[sliver] * (study.n_layers - len(layers))]
    batch = SimpleNamespace(
        layers={key: jnp.stack([layer[key] for layer in stored])[None] for key in LAYER_KEYS},
        electrolyte={key: value[None] for key, value in liquid.items()},
        electrode={key: value[None] for key, value in electrode.items()},
        temperature=temperature[None],
    )
    return sample_of(batch, study.electrode_kind)  # pyright: ignore[reportArgumentType]


def drive_at(study: "Study", values: Values) -> "tuple[Drive, Float[Array, 'candidate run']]":
    """The kernels' drive of one candidate and its scan rates, equal to those of a run at the same values; pure JAX.

    Args:
        study: the study.
        values: from `values_at`.

    Returns:
        Drive of arrays `[segment, run]`, and scan rates `[1, run]`, NaN without a sweep.

    Example:
        `drive_at(study, values_at(labels, point))[0].duration`
    """
    from kernels.drive import Drive

    runs = study.n_runs
    rows: dict[str, list[Any]] = {key: [] for key in ("duration", "start", "stop", "lower_cutoff", "upper_cutoff")}
    for segment in study.segments:
        begin, end = values(segment.start), values(segment.stop)
        if segment.duration is not None:
            durations = [values(segment.duration)] * runs
        else:
            # a sweep with one rate keeps it in every run
            rates = [segment.scan_rates[min(run, len(segment.scan_rates) - 1)] for run in range(runs)]
            durations = [jnp.abs(end - begin) / values(rate) for rate in rates]
        rows["duration"].append(jnp.stack(durations))
        for key, value in (
            ("start", begin),
            ("stop", end),
            ("lower_cutoff", values(segment.lower_cutoff)),
            ("upper_cutoff", values(segment.upper_cutoff)),
        ):
            rows[key].append(jnp.broadcast_to(value, (runs,)))
    drive = Drive(
        **{key: jnp.stack(entries) for key, entries in rows.items()},
        controls=study.controls,
        steps=study.segment_steps,
    )
    rates = [values(rate) for rate in study.run_scan_rates] or [values(float("nan"))] * runs
    return drive, jnp.stack(rates)[None]
