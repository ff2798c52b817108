"""Keys that say how a layer, or a phase of a mixture, moves Li+: hopping, temperature, grain boundaries."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_serializer

from screening.config.scalar import physical
from screening.config.strict_table import Table
from screening.errors import StudyError, shown
from screening.materials.entry import TemperatureLaw
from screening.materials.phases import Phase
from screening.sampling.distributions import Fixed, Scalar

# what each closure needs to know of a material
TRANSPORT = {"fickian": "diffusivity", "ohmic": "conductivity"}
ARTICLE = {"fickian": "a fickian", "ohmic": "an ohmic"}
GRAIN_BOUNDARY_WIDTH = 1e-9  # m; a usual estimate of the disordered core

_HOPPING_KEYS = ("attempt_frequency", "hop_distance", "carrier_fraction", "formation_energy", "lithium_concentration")
_TEMPERATURE_KEYS = ("activation_energy", "reference_temperature", "temperature_law")
_BOUNDARY_KEYS = tuple(
    f"grain_boundary_{key}"
    for key in ("diffusivity", "conductivity", "migration_energy", "activation_energy", "width", "arrangement")
)
# where the table of phases keeps what a hopping law needs
_IN_TABLE = {
    "hop_distance": "jump_distance",
    "attempt_frequency": "attempt_frequency",
    "lithium_concentration": "lithium_concentration",
}
_EXAMPLES = {
    "hop_distance": '"0.285 nm"',
    "attempt_frequency": '"1e13 1/s"',
    "lithium_concentration": '"102 mol/L"',
}


class TransportKeys(Table):
    """Keys shared by [[film.layer]] and [[film.layer.mixture]].

    Attributes:
        migration_energy: barrier of one hop, from which the diffusivity or conductivity follows.
        attempt_frequency: of the hop; that of the phase if left out.
        hop_distance: of the hop; the phase's jump distance if left out.
        carrier_fraction: mobile ions per Li site. If it and `formation_energy` are left out, that of the phase in an ohmic
            layer and 1 in a fickian one, whose concentration counts the carriers.
        formation_energy: of one carrier, from which the carrier fraction follows.
        lithium_concentration: of all Li (ohmic); that of the phase if left out.
        activation_energy: of a diffusivity or conductivity.
        reference_temperature: where the given value holds; 298.15 K if left out.
        temperature_law: "arrhenius", or "arrhenius_product" for a value whose product with T is Arrhenius.
        grain_size: with the boundary; none if left out.
        grain_boundary_width: 1 nm if left out.
        grain_boundary_arrangement: "parallel" (columnar grains, the default) or "blocking" (boundaries across the current).
        grain_boundary_diffusivity: (fickian).
        grain_boundary_conductivity: (ohmic).
        grain_boundary_migration_energy: barrier in the boundary; distance, frequency and carriers are those of the grain.
        grain_boundary_activation_energy: of the given boundary value, around `reference_temperature`.
        table_law: temperature law of a value taken from the table of phases; not a key of the file.
    """

    hidden: ClassVar[frozenset[str]] = frozenset({"table_law"})
    # keys that are part of the digest even when they are left out: those that came first
    always_written: ClassVar[frozenset[str]] = frozenset()

    migration_energy: Annotated[Scalar, physical("migration_energy")] | None = None
    attempt_frequency: Annotated[Scalar, physical("attempt_frequency")] | None = None
    hop_distance: Annotated[Scalar, physical("hop_distance")] | None = None
    carrier_fraction: Annotated[Scalar, physical("carrier_fraction")] | None = None
    formation_energy: Annotated[Scalar, physical("formation_energy")] | None = None
    lithium_concentration: Annotated[Scalar, physical("lithium_concentration")] | None = None
    activation_energy: Annotated[Scalar, physical("activation_energy")] | None = None
    reference_temperature: Annotated[Scalar, physical("reference_temperature")] | None = None
    temperature_law: Literal["arrhenius", "arrhenius_product"] | None = None
    grain_size: Annotated[Scalar, physical("grain_size")] | None = None
    grain_boundary_width: Annotated[Scalar, physical("grain_boundary_width")] | None = None
    grain_boundary_arrangement: Literal["parallel", "blocking"] | None = None
    grain_boundary_diffusivity: Annotated[Scalar, physical("grain_boundary_diffusivity")] | None = None
    grain_boundary_conductivity: Annotated[Scalar, physical("grain_boundary_conductivity")] | None = None
    grain_boundary_migration_energy: Annotated[Scalar, physical("grain_boundary_migration_energy")] | None = None
    grain_boundary_activation_energy: Annotated[Scalar, physical("grain_boundary_activation_energy")] | None = None
    table_law: TemperatureLaw | None = Field(default=None, exclude=True)

    @model_serializer(mode="wrap")
    def _without_unused(self, handler: Any) -> dict[str, Any]:
        """Leave out what is not used, so that a new key does not change the digests of old studies."""
        return {key: value for key, value in handler(self).items() if key in self.always_written or value}

    def check_grains(self) -> None:
        """Refuse boundaries that are wider than their grains."""
        if self.grain_size is None or self.grain_boundary_width is None:
            return
        if self.grain_boundary_width.bounds[1] > self.grain_size.bounds[0]:
            raise StudyError(
                "a grain boundary wider than its grain",
                got=f"grains of {self.grain_size.bounds[0]:g} m, boundaries of {self.grain_boundary_width.bounds[1]:g} m",
                expected="grain_boundary_width <= grain_size for every candidate",
                fix="raise grain_size, or give a smaller grain_boundary_width",
                where="grain_size",
            )


def fill_transport(raw: Mapping[str, Any], closure: str, phase: Phase | None, what: str = "layer") -> dict[str, Any]:
    """Refuse keys that do not fit together, and take from the table of phases what is left out."""
    filled, wanted = dict(raw), TRANSPORT[closure]
    hops, boundary_hops = "migration_energy" in raw, "grain_boundary_migration_energy" in raw
    _check_boundary(raw, closure, filled)
    if what == "mixed layer":
        for key in (wanted, "migration_energy", *_TEMPERATURE_KEYS):
            if key in raw and not (key in _TEMPERATURE_KEYS and "grain_boundary_activation_energy" in raw):
                raise _not_together(key, "mixture", "its phases carry the transport: give it there")
    elif hops and wanted in raw:
        raise _not_together("migration_energy", wanted, "the barrier gives it; remove one")
    elif not hops and wanted not in raw:
        _fill_from_table(filled, wanted, phase, what)
    if hops:
        for key in _TEMPERATURE_KEYS[:1]:
            if key in raw:
                raise _not_together(key, "migration_energy", "the barrier gives the temperature law; remove it")
    if hops or boundary_hops:
        _fill_hopping(filled, closure, phase)
    else:
        for key in _HOPPING_KEYS:
            if key in raw:
                raise _needs(key, 'migration_energy = "0.60 eV"')
    for key in _TEMPERATURE_KEYS[1:]:
        if key in raw and not {"activation_energy", "grain_boundary_activation_energy"} & raw.keys():
            raise _needs(key, 'activation_energy = "0.5 eV"')
    if "activation_energy" in raw:
        filled.pop("table_law", None)
    return filled


def check_transport_closure(raw: Mapping[str, Any], closure: str) -> None:
    """Refuse transport keys that belong to the other closure."""
    other = "ohmic" if closure == "fickian" else "fickian"
    keys = (TRANSPORT[other], f"grain_boundary_{TRANSPORT[other]}")
    for key in (*keys, *(("lithium_concentration",) if closure == "fickian" else ())):
        if key in raw:
            raise wrong_closure(key, closure)


def wrong_closure(key: str, closure: str) -> StudyError:
    """The error of a key that belongs to the other closure."""
    other = "ohmic" if closure == "fickian" else "fickian"
    what = f"{key} belongs to {ARTICLE[other]} layer"
    fix = f'remove {key} or set closure = "{other}"'
    return StudyError(what, got=f'closure = "{closure}"', fix=fix, where=key)


def _fill_from_table(filled: dict[str, Any], wanted: str, phase: Phase | None, what: str) -> None:
    if wanted == "conductivity":
        value = table_conductivity(phase)
        filled["conductivity"] = Fixed(value)
    else:
        found = phase.values("diffusivity") if phase is not None else ()
        value = next((entry.value for entry in found if entry.value is not None), None)
        if value is None:
            expected = f"the diffusivity of a fickian {what}"
            fix = 'add diffusivity = "..." or migration_energy = "..."'
            raise StudyError("missing key", expected=expected, fix=fix, where="diffusivity")
        filled["diffusivity"] = Fixed(value)
    rows = phase.values(wanted) if phase is not None else ()
    filled["table_law"] = next((entry.law for entry in rows if entry.value == value), None)


def table_conductivity(phase: Phase | None) -> float:
    """Conductivity of a phase, S m-1."""
    expected = "diffusivity (a fickian layer) or conductivity (an ohmic layer)"
    if phase is None:
        raise StudyError("layer without a transport law", expected=expected, fix='add diffusivity = "..."')
    if phase.conductivity is not None:
        return phase.conductivity
    ends = [f"{end:g}" for end in (phase.conductivity_low, phase.conductivity_high) if end is not None]
    hint = f"; {phase.source}: {' to '.join(ends)} S/m" if ends else ""
    raise StudyError(
        f"the conductivity of {phase.name} has no sourced value",
        got=shown(phase.name),
        expected=expected,
        fix=f"add one{hint}",
    )


def _fill_hopping(filled: dict[str, Any], closure: str, phase: Phase | None) -> None:
    if "carrier_fraction" in filled and "formation_energy" in filled:
        raise _not_together("formation_energy", "carrier_fraction", "one follows from the other; remove one")
    for key in ("hop_distance", "attempt_frequency", *(("lithium_concentration",) if closure == "ohmic" else ())):
        if key not in filled:
            found = _tabulated(phase, _IN_TABLE[key])
            if found is None:
                raise _lacking(key, phase, _EXAMPLES[key])
            filled[key] = found
    if closure == "ohmic" and not {"carrier_fraction", "formation_energy"} & filled.keys():
        for key in ("carrier_fraction", "formation_energy"):
            found = _tabulated(phase, key)
            if found is not None:
                filled[key] = found
                return
        raise _lacking("carrier_fraction", phase, "1e-9 or formation_energy")


def _tabulated(phase: Phase | None, quantity: str) -> Fixed | None:
    rows = phase.values(quantity) if phase is not None else ()
    return next((Fixed(row.value) for row in rows if row.value is not None), None)


def _lacking(key: str, phase: Phase | None, example: str) -> StudyError:
    place = f"the table has none of {phase.name}" if phase is not None else "there is no phase to take it from"
    fix = f"add {key} = {example}"
    return StudyError(f"hopping needs {key}, and {place}", got="nothing", expected=key, fix=fix, where=key)


def _check_boundary(raw: Mapping[str, Any], closure: str, filled: dict[str, Any]) -> None:
    value = f"grain_boundary_{TRANSPORT[closure]}"
    if "grain_size" not in raw:
        for key in _BOUNDARY_KEYS:
            if key in raw:
                raise _needs(key, 'grain_size = "5 nm"')
        return
    given = [key for key in (value, "grain_boundary_migration_energy") if key in raw]
    if not given:
        raise _needs("grain_size", f'{value} = "..." or grain_boundary_migration_energy = "..."')
    if len(given) > 1:
        raise _not_together(given[1], given[0], "the barrier gives it; remove one")
    if "grain_boundary_activation_energy" in raw and given != [value]:
        raise _not_together("grain_boundary_activation_energy", given[0], "the barrier gives the temperature law")
    filled.setdefault("grain_boundary_width", Fixed(GRAIN_BOUNDARY_WIDTH))
    filled.setdefault("grain_boundary_arrangement", "parallel")


def _needs(key: str, other: str) -> StudyError:
    name = other.partition(" ")[0]
    return StudyError(f"{key} needs {name}", got=f"{key} alone", fix=f"add {other}, or remove {key}", where=key)


def _not_together(key: str, other: str, fix: str) -> StudyError:
    return StudyError(f"{key} beside {other}", got="both", expected="one of them", fix=fix, where=key)
