"""Tables [[film]] and [[film.layer]]: a film is a list of layers from the outside to the inside."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from screening.config.scalar import physical
from screening.config.table import Table
from screening.errors import StudyError, shown, unknown_name
from screening.materials.phases import Phase, known_phases
from screening.sampling.distributions import Fixed, Scalar

_FICKIAN_KEYS = ("diffusivity", "partition_coefficient", "accessible_fraction", "transference_number")
_OHMIC_KEYS = ("conductivity", "jump_distance")


class LayerTable(Table):
    """Table [[film.layer]]: one layer of a film.

    A *fickian* layer moves Li+ by diffusion and needs `diffusivity`; an *ohmic* one is a single-ion conductor and needs
    `conductivity`, its own or that of its phase. The closure follows from the key that is given.

    Attributes:
        phase: name of a known phase.
        name: free name instead of, or beside, a phase (a material without an entry in the table of phases).
        closure: "fickian" or "ohmic".
        thickness: of the layer.
        diffusivity: porosity and tortuosity included (fickian).
        partition_coefficient: equilibrium concentration relative to the electrolyte; 1 if left out (fickian).
        accessible_fraction: share of the volume that stores Li+; 1 if left out (fickian).
        transference_number: share of the current that migrates; 0 if left out (fickian).
        conductivity: of Li+ (ohmic).
        jump_distance: of the high-field hopping law; 0, Ohm's law, if left out (ohmic).
        interface_permeance: of the layer's outer face; infinite, equilibrium, if left out.
    """

    phase: str | None = None
    name: str | None = None
    closure: Literal["fickian", "ohmic"]
    thickness: Annotated[Scalar, physical("thickness")]
    diffusivity: Annotated[Scalar, physical("diffusivity")] | None = None
    partition_coefficient: Annotated[Scalar, physical("partition_coefficient")] = Fixed(1.0)
    accessible_fraction: Annotated[Scalar, physical("accessible_fraction")] = Fixed(1.0)
    transference_number: Annotated[Scalar, physical("transference_number")] = Fixed(0.0)
    conductivity: Annotated[Scalar, physical("conductivity")] | None = None
    jump_distance: Annotated[Scalar, physical("jump_distance")] = Fixed(0.0)
    interface_permeance: Annotated[Scalar, physical("interface_permeance")] = Fixed(float("inf"))

    @property
    def label(self) -> str:
        """Name of the layer in tables and plots."""
        return self.name or self.phase or ""

    @model_validator(mode="before")
    @classmethod
    def _closed(cls, raw: Any, info: Any) -> Any:
        """Find the phase, settle the closure, and refuse keys of the other closure."""
        if not isinstance(raw, Mapping):
            return raw
        phase = _phase_of(raw, (info.context or {}).get("known_phases") or known_phases())
        closure = raw.get("closure")
        if closure is None:
            both = "diffusivity" in raw and "conductivity" in raw
            if both:
                raise StudyError(
                    "layer with two transport laws",
                    got="both diffusivity and conductivity",
                    expected="one of them",
                    fix="remove one",
                )
            closure = "fickian" if "diffusivity" in raw else "ohmic"
        for key in {"fickian": _OHMIC_KEYS, "ohmic": _FICKIAN_KEYS}.get(str(closure), ()):
            if key in raw:
                other = "ohmic" if closure == "fickian" else "fickian"
                what = f"{key} belongs to {'an ohmic' if other == 'ohmic' else 'a fickian'} layer"
                raise StudyError(
                    what, got=f'closure = "{closure}"', fix=f'remove {key} or set closure = "{other}"', where=key
                )
        filled = {**raw, "closure": closure}
        if closure == "fickian" and "diffusivity" not in raw:
            raise StudyError(
                "missing key",
                expected="the diffusivity of a fickian layer",
                fix='add diffusivity = "..."',
                where="diffusivity",
            )
        if closure == "ohmic" and "conductivity" not in raw:
            filled["conductivity"] = _phase_conductivity(phase)
        return filled


class FilmTable(Table):
    """Table [[film]]: one film variant.

    Attributes:
        name: of the variant.
        layers: from the outside to the inside; none is a bare electrode.
    """

    name: str = Field(min_length=1)
    layers: tuple[LayerTable, ...] = Field(default=(), alias="layer")


def _phase_of(raw: Mapping[str, Any], known: Mapping[str, Phase]) -> Phase | None:
    phase = raw.get("phase")
    if phase is None:
        if not raw.get("name"):
            fix = 'add phase = "LiF", or name = "..." for a material without an entry'
            raise StudyError("layer without a phase", expected=f"phase = one of {', '.join(known)}", fix=fix)
        return None
    if not isinstance(phase, str) or phase not in known:
        error = unknown_name("phase", str(phase), known, where="phase")
        other = 'for another material use name = "..." instead of phase'
        fix = f"{error.fix} {other}" if error.fix.endswith("?") else other
        raise StudyError(error.what, got=error.got, expected=error.expected, fix=fix, where="phase")
    return known[phase]


def _phase_conductivity(phase: Phase | None) -> str:
    if phase is not None and phase.conductivity is not None:
        return f"{phase.conductivity!r} S/m"
    expected = "diffusivity (a fickian layer) or conductivity (an ohmic layer)"
    if phase is None:
        raise StudyError("layer without a transport law", expected=expected, fix='add diffusivity = "..."')
    ends = [f"{end:g}" for end in (phase.conductivity_low, phase.conductivity_high) if end is not None]
    hint = f"; {phase.source}: {' to '.join(ends)} S/m" if ends else ""
    raise StudyError(
        f"the conductivity of {phase.name} has no sourced value",
        got=shown(phase.name),
        expected=expected,
        fix=f"add one{hint}",
    )
