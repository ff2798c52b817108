"""Which inputs of a study differ between candidates, and how the store names them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from screening.config.layer_plan import LayerPlan
from screening.config.located import Located
from screening.sampling.distributions import Fixed, Shared

FILM = "film"


@dataclass(frozen=True)
class Column:
    """One stored input variable.

    Attributes:
        name: of the variable, e.g. "param_layer1_thickness"; layer 1 is the outermost.
        unit: CF unit.
        long_name: for people.
        sources: for each film the scalar it shows, or None where the film has no such quantity (stored as NaN).
        derived: position of the layer from the outside and key of a property that its laws give, or None for an input.
    """

    name: str
    unit: str
    long_name: str
    sources: tuple[Located | None, ...] = ()
    derived: tuple[int, str] | None = None


def find_columns(
    common: Sequence[Located],
    films: Sequence[Sequence[Sequence[Located]]],
    owned: Sequence[Mapping[str, Located]],
) -> tuple[Column, ...]:
    """Columns of the inputs that are not the same in all candidates; `owned` stands in place of what is common."""
    columns = [Column(FILM, "1", "number of the film variant, in the order of the study file")]
    shared = {scalar.path: scalar for scalar in common}
    for path in dict.fromkeys((*shared, *(path for own in owned for path in own))):
        sources = [own.get(path, shared.get(path)) for own in owned]
        found = [source for source in sources if source is not None]
        if any(source.varied for source in found) or any(path in own for own in owned):
            name = _common_name(path)
            columns.append(_column(name, _common_long_name(shared.get(path, found[0])), sources))
    for position in range(max((len(layers) for layers in films), default=0)):
        here = [
            {scalar.key: scalar for scalar in layers[position]} if position < len(layers) else {} for layers in films
        ]
        for key in dict.fromkeys(name for layer in here for name in layer):
            sources = [layer.get(key) for layer in here]
            found = [source for source in sources if source is not None]
            fixed = {source.distribution.value for source in found if isinstance(source.distribution, Fixed)}
            if any(source.varied for source in found) or len(fixed) > 1:
                part = f" of {found[0].part} in" if found[0].part else " of"
                long_name = f"{found[0].rule.long_name}{part} layer {position + 1}, counted from the outside"
                columns.append(_column(f"param_layer{position + 1}_{key}", long_name, sources))
    return (*columns, *_shared_columns(common, films, owned))


# derived property -> stored name, unit, name in words
_DERIVED = {
    "diffusivity": ("effective_diffusivity", "m2 s-1", "effective diffusivity"),
    "conductivity": ("effective_conductivity", "S m-1", "effective Li+ conductivity"),
    "partition_coefficient": ("partition_coefficient", "1", "partition coefficient"),
    "interface_permeance": ("interface_permeance", "m s-1", "permeance of the outer face"),
    "thickness": ("effective_thickness", "m", "thickness after reactions at the contacts"),
}


def derived_columns(plans: Sequence[Sequence[LayerPlan]]) -> tuple[Column, ...]:
    """Columns of the properties that the laws of the layers give."""
    found = []
    for position in range(max((len(layers) for layers in plans), default=0)):
        here = [layers[position] for layers in plans if position < len(layers)]
        closures = {plan.closure for plan in here} if any(plan.moves for plan in here) else set()
        keys = ["diffusivity"] * ("fickian" in closures) + ["conductivity"] * ("ohmic" in closures)
        keys += ["partition_coefficient"] * any(plan.partition for plan in here)
        keys += ["interface_permeance"] * any(plan.permeance for plan in here)
        keys += ["thickness"] * any(plan.contacts for plan in here)
        where = f"layer {position + 1}, counted from the outside"
        for key in keys:
            name, unit, words = _DERIVED[key]
            found.append(Column(f"layer{position + 1}_{name}", unit, f"{words} of {where}", derived=(position, key)))
        rests = (plan.phases[plan.balance].part for plan in here if plan.balance is not None)
        for part in dict.fromkeys(rests):
            name, words = f"layer{position + 1}_{part}_fraction", f"volume fraction of {part}, the balance, in {where}"
            found.append(Column(name, "1", words, derived=(position, f"{part}_fraction")))
    return tuple(found)


def _shared_columns(
    common: Sequence[Located],
    films: Sequence[Sequence[Sequence[Located]]],
    owned: Sequence[Mapping[str, Located]],
) -> list[Column]:
    used: dict[str, list[Located | None]] = {}
    for number, layers in enumerate(films):
        for scalar in (*common, *owned[number].values(), *(scalar for layer in layers for scalar in layer)):
            if isinstance(scalar.scalar, Shared) and scalar.varied:
                used.setdefault(scalar.scalar.name, [None] * len(films))[number] = scalar
    return [_column(f"param_shared_{name}", f"shared parameter {name}", sources) for name, sources in used.items()]


def _column(name: str, long_name: str, sources: Sequence[Located | None]) -> Column:
    unit = next(source.rule.unit for source in sources if source is not None)
    return Column(name, unit, long_name, tuple(sources))


def value_name(place: Located) -> str:
    """How people type a scalar of one film: "layer1_thickness", counted from the outside, or "electrolyte_concentration"."""
    return name_at(place.path, place.key)


def name_at(path: str, key: str) -> str:
    """The same for a path and the key at its end, which has a phase of a mixture in front."""
    layer = re.match(r"film\[\d+\]\.layer\[(\d+)\]", path)
    return f"layer{int(layer[1]) + 1}_{key}" if layer else _common_name(path).removeprefix("param_")


def _common_name(path: str) -> str:
    # "scan_rates[0]" is one rate, and people count from one; a film's own quantity goes by the name of the common one
    short = re.sub(r"^film\[\d+\]\.", "", path.removeprefix("conditions."))
    counted = re.sub(r"s?\[(\d+)\]", lambda match: str(int(match[1]) + 1), short)
    return "param_" + counted.replace(".", "_")


def _common_long_name(scalar: Located) -> str:
    table = scalar.path.split(".")[-2]
    name = f"{scalar.rule.long_name} of {scalar.part}" if scalar.part else scalar.rule.long_name
    return name if table == "conditions" else f"{name} ({table})"
