"""What is static about the candidates of one film: which quantity stands where and by which laws they hang together.

A form holds no physical value. Studies that differ in numbers alone have equal forms and share what is compiled for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from screening.config.ammonia_table import PRESETS
from screening.config.layer_plan import LayerPlan, constants_of
from screening.config.located import Located, scalars_of
from screening.config.segment import Segment
from screening.config.study import AmmoniaStudy, Study, VoltammetryStudy

Named = tuple[tuple[str, str], ...]  # key of a table -> label of its value


@dataclass(frozen=True)
class LayerForm:
    """One layer: its laws and the labels of its quantities.

    Attributes:
        plan: laws.
        quantities: key -> label, constants of the laws included.
        stores_in_pores: whether the accessible fraction is the porosity.
    """

    plan: LayerPlan
    quantities: Named
    stores_in_pores: bool


@dataclass(frozen=True)
class SegmentForm:
    """One segment of the drive: labels of its values, or numbers where nothing in the study file stands for them."""

    start: str | float
    stop: str | float
    duration: str | None
    scan_rates: tuple[str, ...]
    lower_cutoff: str | float
    upper_cutoff: str | float


@dataclass(frozen=True)
class CandidateForm:
    """Everything about a candidate that is not a number.

    Attributes:
        labels: of all values that a candidate needs.
        temperature: label.
        electrolyte: key -> label.
        electrode: key -> label; empty for other studies than voltammetry.
        electrode_kind: "metal", "couple" or "".
        kinetics: name of the rate law, or "".
        operation: key -> label of the table [ammonia] or [reactions], or a number; "" where a film leaves to the preset what
            another gives; empty for voltammetry.
        layers: from the outside to the inside, as listed in the file.
        n_layers: layers of the arrays; slivers of electrolyte fill up thinner films on their outer side.
        activated: whether outer faces that a voltage drives ions over are in the study.
        skewed: whether one of them has a transfer coefficient of its own.
        segments: of the drive.
        controls: "potential" or "current" of each segment.
        steps: base time steps of each segment.
        scan_rates: labels of the rates that tell the runs apart; empty without a sweep.
        columns: stored input -> label, or (layer, key) of a property that the laws of the layer give.
    """

    labels: tuple[str, ...]
    temperature: str
    electrolyte: Named
    electrode: Named
    electrode_kind: str
    kinetics: str
    operation: tuple[tuple[str, str | float], ...]
    layers: tuple[LayerForm, ...]
    n_layers: int
    activated: bool
    skewed: bool
    segments: tuple[SegmentForm, ...]
    controls: tuple[str, ...]
    steps: tuple[int, ...]
    scan_rates: tuple[str, ...]
    columns: tuple[tuple[str, str | tuple[int, str]], ...]

    @property
    def runs(self) -> int:
        """Protocol runs of a candidate."""
        return max(1, len(self.scan_rates))

    @property
    def ohmic(self) -> bool:
        """Whether the film has ohmic layers or activated faces, so that it has a drop."""
        return self.activated or any(layer.plan.closure == "ohmic" for layer in self.layers)


def form_of(study: Study, film: int, n_layers: int | None = None) -> CandidateForm:
    """The form of the candidates of one film; `n_layers` is that of the study's thickest film if left out."""
    layers = []
    for number, (table, plan) in enumerate(zip(study.films[film].layers, study.plans[film], strict=True)):
        path = _layer_path(film, number)
        own = {place.key: place.label for place in scalars_of(table, path)}
        constants = {key: f"{path}.{key}" for key in constants_of(table)} if plan.derived else {}
        contacts = {
            f"{face}_{place.key}": place.label
            for face, contact in study.contacts_of(film)[number]
            for place in scalars_of(study.contacts[contact], f"contact[{contact}]")
        }
        in_pores = bool(plan.pores) and "accessible_fraction" in table.unused
        layers.append(LayerForm(plan, (*own.items(), *constants.items(), *contacts.items()), in_pores))
    electrode: Named = ()
    kind, kinetics, operation, rates = "", "", (), ()
    if isinstance(study, VoltammetryStudy):
        kind, electrode = study.electrode.kind, _table(study.electrode, "electrode")
        electrode = (*electrode, *((key, f"electrode.{key}") for key in study.electrode.whole_numbers))
        kinetics = study.electrode.kinetics
        rates = tuple(rate.label for rate in study.run_scan_rates)
    else:
        operation = _operation(study, film)
    columns = {}
    for column in study.columns:
        source = column.sources[film] if column.sources else None
        if source is not None:
            columns[column.name] = source.label
        elif column.derived is not None and column.derived[0] < len(layers):
            columns[column.name] = column.derived
    return CandidateForm(
        labels=tuple(dict.fromkeys((*fixed_values(study, film), *(axis.label for axis in study.space.axes[film])))),
        temperature=next(scalars_of(study.conditions, "conditions")).label,
        electrolyte=_table(study.electrolyte, "electrolyte"),
        electrode=electrode,
        electrode_kind=kind,
        kinetics=kinetics,
        operation=operation,
        layers=tuple(layers),
        n_layers=max(1, len(layers) if n_layers is None else n_layers),
        activated=study.has_activated_faces,
        skewed=study.has_skewed_faces,
        segments=tuple(_segment(segment) for segment in study.segments),
        controls=study.controls,
        steps=study.segment_steps,
        scan_rates=rates,
        columns=tuple(columns.items()),
    )


def fixed_values(study: Study, film: int) -> dict[str, float]:
    """Values by label of everything that a film's candidates have in common."""
    found = {}
    for place in study.places(film, unused=True):
        if not place.varied:
            found[place.label] = place.distribution.nominal
    for number, table in enumerate(study.films[film].layers):
        if study.plans[film][number].derived:
            path = _layer_path(film, number)
            found |= {f"{path}.{key}": number for key, number in constants_of(table).items()}
    if isinstance(study, VoltammetryStudy):
        numbers = study.electrode.whole_numbers
        found |= {f"electrode.{key}": float(getattr(study.electrode, key)) for key in numbers}
    return found


def _layer_path(film: int, number: int) -> str:
    return f"film[{film}].layer[{number}]"


def _table(table: object, name: str) -> Named:
    """Labels of the scalars of a table by key."""
    return tuple((place.path.partition(".")[2], place.label) for place in scalars_of(table, name))


def _operation(study: Study, film: int) -> tuple[tuple[str, str | float], ...]:
    """Labels of [ammonia] or [reactions], with what a film says otherwise; every film of a study has the same keys."""
    found: dict[str, str | float] = {
        key: label for name in study.own_tables for key, label in _table(getattr(study, name), name)
    }
    for path in dict.fromkeys(path for own in study.own_places for path in own):
        key, own = path.partition(".")[2], study.own_places[film]
        found[key] = own[path].label if path in own else found.get(key, "")
    if isinstance(study, AmmoniaStudy):
        presets = [(one.ammonia or study.ammonia).calibration for one in study.films]
        if any(preset != study.ammonia.calibration for preset in presets):
            found["calibration"] = float(PRESETS.index(presets[film]))
    return tuple(found.items())


def _segment(segment: Segment) -> SegmentForm:
    def label(end: Located | float) -> str | float:
        return end.label if isinstance(end, Located) else float(end)

    return SegmentForm(
        label(segment.start),
        label(segment.stop),
        None if segment.duration is None else segment.duration.label,
        tuple(rate.label for rate in segment.scan_rates),
        label(segment.lower_cutoff),
        label(segment.upper_cutoff),
    )


Values = Mapping[str, object]
