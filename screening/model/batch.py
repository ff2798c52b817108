"""Candidates as arrays in SI units, ready for the kernels."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int64

from screening.config.electrode_tables import CoupleElectrode
from screening.config.film import LayerTable
from screening.config.located import Located, scalars_of
from screening.config.segment import Segment
from screening.config.stored_inputs import FILM
from screening.sampling.distributions import Fixed

if TYPE_CHECKING:
    from screening.config.layer_plan import LayerPlan
    from screening.config.parameter_space import ParameterSpace
    from screening.config.study import Study

PADDING_THICKNESS = 1e-12  # m; a sliver of electrolyte, where a film has fewer layers than the others
LAYER_KEYS = (
    *("thickness", "diffusivity", "partition_coefficient", "accessible_fraction", "transference_number"),
    *("resistivity", "jump_distance", "interface_resistance"),
)
SEGMENT_KEYS = ("duration", "start", "stop", "lower_cutoff", "upper_cutoff")


@dataclass(frozen=True)
class CandidateBatch:
    """A range of candidates; every array is float64 in SI units with the candidate first.

    Attributes:
        index: number of each candidate.
        film: number of its film variant.
        layers: `[candidate, layer]`, layer 0 INNERMOST, under the names in `LAYER_KEYS`. A film with fewer layers than
            the others has slivers of electrolyte on its outer side.
        electrolyte: `[candidate]`: concentration, diffusivity, transference_number, diffusion_layer_thickness.
        electrode: `[candidate]`: the quantities of the table [electrode].
        temperature: `[candidate]`, K.
        segments: `[candidate, run, segment]` under the names in `SEGMENT_KEYS`; s, V, A m-2.
        scan_rates: `[candidate, run]`, V s-1; NaN for a protocol without a sweep.
        inputs: `[candidate]`, the values of the study's columns.
        ammonia: `[candidate]`: the quantities of the table [ammonia] that the file gives.
    """

    index: Int64[np.ndarray, "candidate"]
    film: Int64[np.ndarray, "candidate"]
    layers: dict[str, Float[np.ndarray, "candidate layer"]]
    electrolyte: dict[str, Float[np.ndarray, "candidate"]]
    electrode: dict[str, Float[np.ndarray, "candidate"]]
    temperature: Float[np.ndarray, "candidate"]
    segments: dict[str, Float[np.ndarray, "candidate run segment"]]
    scan_rates: Float[np.ndarray, "candidate run"]
    inputs: dict[str, Float[np.ndarray, "candidate"]]
    ammonia: dict[str, Float[np.ndarray, "candidate"]] = field(default_factory=dict)


class _Values:
    """Values of the scalars of one share of a batch."""

    def __init__(self, drawn: dict[str, Float[np.ndarray, "sample"]], count: int) -> None:
        self._drawn, self._count = drawn, count

    def __call__(self, scalar: Located | float) -> Float[np.ndarray, "sample"]:
        if not isinstance(scalar, Located):
            return np.full(self._count, float(scalar))
        distribution = scalar.distribution
        if isinstance(distribution, Fixed):
            return np.full(self._count, distribution.value)
        return self._drawn[scalar.label]


def build_batch(study: "Study", start: int, stop: int, space: "ParameterSpace | None" = None) -> CandidateBatch:
    """Generate the candidates `start` to `stop`; each has the same bits in every range that contains it.

    Args:
        study: the study.
        start: first candidate.
        stop: one past the last candidate.
        space: other points of the study's axes than its own design has.

    Returns:
        The candidates.

    Example:
        See `screening.config.parse_study`; `Study.candidates` checks the range and calls this.
    """
    count, segments, runs = stop - start, study.segments, study.n_runs
    film = np.empty(count, dtype=np.int64)
    layers = {key: np.empty((count, study.n_layers)) for key in LAYER_KEYS}
    drive = {key: np.empty((count, runs, len(segments))) for key in SEGMENT_KEYS}
    rates = np.full((count, runs), np.nan)
    inputs = {column.name: np.full(count, np.nan) for column in study.columns if column.name != FILM}
    scalars: dict[str, np.ndarray] = {}
    space = study.space if space is None else space
    for share in space.shares(start, stop):
        rows = share.rows
        values = _Values(space.values(share), share.stop - share.start)
        film[rows] = share.film
        for key, column in _scalar_values(study, values).items():
            scalars.setdefault(key, np.empty(count))[rows] = column
        _fill_layers(layers, rows, study, share.film, scalars, values, inputs)
        _fill_segments(drive, rows, segments, values)
        for run, rate in enumerate(study.run_scan_rates):
            rates[rows, run] = values(rate)
        for column in study.columns:
            source = column.sources[share.film] if column.sources else None
            if source is not None:
                inputs[column.name][rows] = values(source)
    tables: dict[str, dict[str, np.ndarray]] = {"electrolyte": {}, "electrode": {}, "conditions": {}, "ammonia": {}}
    for key, column in scalars.items():
        table, _, name = key.partition(".")
        tables[table][name] = column
    return CandidateBatch(
        index=np.arange(start, stop, dtype=np.int64),
        film=film,
        layers=layers,
        electrolyte=tables["electrolyte"],
        electrode=tables["electrode"],
        temperature=tables["conditions"]["temperature"],
        segments=drive,
        scan_rates=rates,
        inputs=inputs,
        ammonia=tables["ammonia"],
    )


def _scalar_values(study: "Study", values: _Values) -> dict[str, Float[np.ndarray, "sample"]]:
    """Values of the tables outside films and protocol, by path, with the defaults that follow from other quantities."""
    names = ("conditions", "electrolyte", "electrode", "ammonia")
    found = {place.path: values(place) for name in names for place in scalars_of(getattr(study, name), name)}
    if isinstance(study.electrode, CoupleElectrode):
        found["electrode.electron_number"] = values(float(study.electrode.electron_number))
        found.setdefault("electrode.reduced_diffusivity", found["electrolyte.diffusivity"])
        both = found["electrode.oxidised_concentration"] + found["electrode.reduced_concentration"]
        found.setdefault("electrolyte.concentration", both)
        found.setdefault("electrolyte.transference_number", values(0.0))
    return found


def _fill_layers(
    layers: dict[str, np.ndarray],
    rows: slice,
    study: "Study",
    film: int,
    scalars: dict[str, np.ndarray],
    values: _Values,
    inputs: dict[str, np.ndarray],
) -> None:
    liquid_diffusivity = scalars["electrolyte.diffusivity"][rows, None]
    sliver = {
        "thickness": PADDING_THICKNESS,
        "diffusivity": liquid_diffusivity,
        "partition_coefficient": 1.0,
        "accessible_fraction": 1.0,
        "transference_number": scalars["electrolyte.transference_number"][rows, None],
        "resistivity": 0.0,
        "jump_distance": 0.0,
        "interface_resistance": 0.0,
    }
    for key, value in sliver.items():
        layers[key][rows] = value
    tables = study.films[film].layers
    for listed, table in enumerate(tables):
        inward = len(tables) - 1 - listed  # listed from the outside, stored from the inside
        own = _layer_values(table, study.plans[film][listed], f"film[{film}].layer[{listed}]", scalars, rows, values)
        for column in study.columns:
            position, key = column.derived or (None, "")
            if position == listed and key in own and not (table.closure == "ohmic" and key == "partition_coefficient"):
                inputs[column.name][rows] = own[key]
        with np.errstate(divide="ignore"):
            own["interface_resistance"] = 1.0 / own.pop("interface_permeance")
        if table.closure == "ohmic":
            own["resistivity"] = 1.0 / own.pop("conductivity")
            # Nothing is stored and all current migrates, so the diffusivity only has to be positive.
            own |= {"transference_number": values(1.0), "accessible_fraction": values(0.0)}
            own["diffusivity"] = liquid_diffusivity[:, 0]
        else:
            own["resistivity"] = values(0.0)
        for key in LAYER_KEYS:
            layers[key][rows, inward] = own[key]


def _layer_values(
    table: LayerTable,
    plan: "LayerPlan",
    path: str,
    scalars: dict[str, np.ndarray],
    rows: slice,
    values: _Values,
) -> dict[str, Float[np.ndarray, "sample"]]:
    """Quantities of one layer by key, what its laws give included."""
    own = {place.key: values(place) for place in scalars_of(table, path)}
    if not plan.derived:
        return own
    # here, because JAX takes a second to start and most studies have nothing to derive
    from screening.config.layer_plan import constants_of
    from screening.model.layer_laws import derive_layer

    constants = {key: values(number) for key, number in constants_of(table).items()}
    own |= derive_layer(plan, own | constants, scalars["conditions.temperature"][rows])
    if plan.pores and "accessible_fraction" in table.unused:
        own["accessible_fraction"] = own["porosity"]
    return own


def _fill_segments(drive: dict[str, np.ndarray], rows: slice, segments: tuple[Segment, ...], values: _Values) -> None:
    runs = drive["duration"].shape[1]
    for position, segment in enumerate(segments):
        begin, end = values(segment.start), values(segment.stop)
        for run in range(runs):
            if segment.duration is not None:
                duration = values(segment.duration)
            else:
                # a sweep with one rate keeps it in every run
                duration = np.abs(end - begin) / values(segment.scan_rates[min(run, len(segment.scan_rates) - 1)])
            drive["duration"][rows, run, position] = duration
            drive["start"][rows, run, position] = begin
            drive["stop"][rows, run, position] = end
            drive["lower_cutoff"][rows, run, position] = values(segment.lower_cutoff)
            drive["upper_cutoff"][rows, run, position] = values(segment.upper_cutoff)
