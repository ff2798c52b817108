"""Tables [[film]] and [[film.layer]]: a film is a list of layers from the outside to the inside."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_serializer, model_validator

from screening.config.ammonia_table import AmmoniaTable
from screening.config.mixture import MixturePhase, check_mixture, fill_mixture, find_phase, infer_closure
from screening.config.own_laws import LawValue, find_layer_law
from screening.config.scalar import physical
from screening.config.strict_table import Table
from screening.config.transport_keys import TransportKeys, check_transport_closure, fill_transport, wrong_closure
from screening.errors import StudyError
from screening.materials.phases import known_phases
from screening.sampling.distributions import Fixed, Scalar

_CLOSURE_KEYS = {
    "fickian": ("partition_coefficient", "accessible_fraction", "transference_number", "desolvation_energy"),
    "ohmic": ("jump_distance",),
}
_MIXING_KEYS = ("mixing_rule", "mixing_threshold", "mixing_exponent", "mixing_matrix")


class _PlainLayer(Table):
    """The keys of a layer with given properties. They come first: the order of the keys fixes that of the draws."""

    phase: str | None = None
    name: str | None = None
    closure: Literal["fickian", "ohmic"]
    thickness: Annotated[Scalar, physical("thickness")]
    diffusivity: Annotated[Scalar | LawValue, physical("diffusivity", laws=True)] | None = None
    partition_coefficient: Annotated[Scalar, physical("partition_coefficient")] = Fixed(1.0)
    accessible_fraction: Annotated[Scalar, physical("accessible_fraction")] = Fixed(1.0)
    transference_number: Annotated[Scalar, physical("transference_number")] = Fixed(0.0)
    conductivity: Annotated[Scalar | LawValue, physical("conductivity", laws=True)] | None = None
    jump_distance: Annotated[Scalar, physical("jump_distance")] = Fixed(0.0)
    interface_permeance: Annotated[Scalar, physical("interface_permeance")] = Fixed(float("inf"))


class LayerTable(TransportKeys, _PlainLayer):
    """Table [[film.layer]]: one layer of a film.

    A *fickian* layer moves Li+ by diffusion and needs a diffusivity; an *ohmic* one is a single-ion conductor and needs a
    conductivity. Either is given, follows from a barrier, is that of the phase, or follows from a mixture of phases. The
    closure follows from the key that is given; a barrier goes with both, so it must be said.

    Attributes:
        phase: name of a known phase.
        name: free name instead of, or beside, a phase (a material without an entry in the table of phases).
        closure: "fickian" or "ohmic"; follows from the other keys unless they give no more than a barrier.
        thickness: of the layer.
        diffusivity: porosity and tortuosity included unless `porosity` is given (fickian).
        partition_coefficient: equilibrium concentration relative to the electrolyte; 1 if left out (fickian).
        accessible_fraction: share of the volume that stores Li+; `porosity` or else 1 if left out (fickian).
        transference_number: share of the current that migrates; 0 if left out (fickian).
        conductivity: of Li+ (ohmic).
        jump_distance: of the high-field hopping law; 0, Ohm's law, if left out (ohmic).
        interface_permeance: of the layer's outer face; infinite, equilibrium, if left out.
        mixture: phases of a mixed layer.
        mixing_rule: name of a rule of `kernels.mixing`.
        mixing_threshold: of the rules that percolate.
        mixing_exponent: of the rules that percolate.
        mixing_matrix: continuous phase of a rule that has one; the first phase if left out.
        porosity: share of the volume through which Li+ moves; the rest blocks.
        tortuosity: of that share; from `tortuosity_law` if left out.
        tortuosity_law: "bruggeman" (porosity ^ exponent), "maxwell" or "weissberg".
        tortuosity_exponent: of the law "bruggeman"; 1.5 if left out.
        desolvation_energy: free energy of moving Li+ from the electrolyte into the layer, for the partition coefficient.
        interface_barrier: of the outer face, crossed by one activated step such as desolvation.
        interface_site_thickness: depth of electrolyte whose ions attempt to cross it.
        interface_law: what drives ions over the barrier: "butler_volmer", a voltage, or "permeance", its linear limit, a
            difference of concentration; the first if left out, and always the second at a redox couple.
        interface_exchange_current_density: of the outer face instead of a barrier (Butler-Volmer).
        interface_transfer_coefficient: of the outer face, 0.5 if left out (Butler-Volmer).
        interface_capacitance: of the outer face, 0 if left out; its arc in impedance, at once in time (Butler-Volmer).
    """

    always_written: ClassVar[frozenset[str]] = frozenset(_PlainLayer.model_fields)
    completed: ClassVar[frozenset[str]] = frozenset({"mixture"})

    mixture: tuple[MixturePhase, ...] = ()
    mixing_rule: str | None = None
    mixing_threshold: Annotated[Scalar, physical("mixing_threshold")] | None = None
    mixing_exponent: Annotated[Scalar, physical("mixing_exponent")] | None = None
    mixing_matrix: str | None = None
    porosity: Annotated[Scalar, physical("porosity")] | None = None
    tortuosity: Annotated[Scalar, physical("tortuosity")] | None = None
    tortuosity_law: Literal["bruggeman", "maxwell", "weissberg"] | None = None
    tortuosity_exponent: Annotated[Scalar, physical("tortuosity_exponent")] | None = None
    desolvation_energy: Annotated[Scalar, physical("desolvation_energy")] | None = None
    interface_barrier: Annotated[Scalar, physical("interface_barrier")] | None = None
    interface_site_thickness: Annotated[Scalar, physical("interface_site_thickness")] | None = None
    interface_law: Literal["butler_volmer", "permeance"] | None = None
    interface_exchange_current_density: Annotated[Scalar, physical("interface_exchange_current_density")] | None = None
    interface_transfer_coefficient: Annotated[Scalar, physical("interface_transfer_coefficient")] | None = None
    interface_capacitance: Annotated[Scalar, physical("interface_capacitance")] | None = None

    @property
    def label(self) -> str:
        """Name of the layer in tables and plots."""
        return self.name or self.phase or " + ".join(phase.label for phase in self.mixture)

    @property
    def activated(self) -> bool:
        """Whether a voltage drives Li+ over the outer face."""
        barrier = self.interface_barrier is not None and self.interface_law != "permeance"
        return barrier or self.interface_exchange_current_density is not None

    @property
    def unused(self) -> frozenset[str]:
        """Keys with a default that the closure, or another key, makes meaningless."""
        other = "ohmic" if self.closure == "fickian" else "fickian"
        derived = {
            "partition_coefficient": self.desolvation_energy,
            "interface_permeance": self.interface_barrier,
            "accessible_fraction": None if "accessible_fraction" in self.model_fields_set else self.porosity,
        }
        return frozenset((*_CLOSURE_KEYS[other], *(key for key, source in derived.items() if source is not None)))

    @model_validator(mode="before")
    @classmethod
    def _closed(cls, raw: Any, info: Any) -> Any:
        """Find the phases, settle the closure, refuse what does not fit, and take from the table what is left out."""
        if not isinstance(raw, Mapping):
            return raw
        cls.check_keys(raw)
        known = (info.context or {}).get("known_phases") or known_phases()
        mixed = "mixture" in raw
        phase = None if mixed and "phase" not in raw else find_phase(raw, known)
        if mixed and phase is not None:
            fix = 'name the layer with name = "..." and its phases in the mixture'
            raise StudyError("layer with a phase and a mixture", got="both", fix=fix, where="phase")
        closure = raw.get("closure") or infer_closure(raw)
        filled = {**raw, "closure": closure}
        if closure not in _CLOSURE_KEYS:
            return filled
        other = "ohmic" if closure == "fickian" else "fickian"
        for key in _CLOSURE_KEYS[other]:
            if key in raw:
                raise wrong_closure(key, closure)
        check_transport_closure(raw, closure)
        _check_interface(raw)
        _check_pores(raw)
        if mixed:
            filled["mixture"] = fill_mixture(raw, closure, known)
        else:
            for key in _MIXING_KEYS:
                if key in raw:
                    fix = f"add tables [[film.layer.mixture]], or remove {key}"
                    raise StudyError(f"{key} without a mixture", got=f"{key} alone", fix=fix, where=key)
        return fill_transport(filled, closure, phase, "mixed layer" if mixed else "layer")

    @model_validator(mode="after")
    def _consistent(self) -> "LayerTable":
        if self.mixture:
            check_mixture(self.mixture)
        if self.mixing_rule == "percolation" and self.mixing_exponent and self.mixing_exponent.bounds[0] < 1:
            raise StudyError(
                "exponent of the percolation rule below 1",
                got=f"{self.mixing_exponent.bounds[0]:g}",
                expected="at least 1",
                fix="2 is usual in three dimensions",
                where="mixing_exponent",
            )
        self._check_law()
        self.check_grains()
        for number, phase in enumerate(self.mixture):
            try:
                phase.check_grains()
            except StudyError as error:
                raise error.at(f"mixture[{number}]") from None
        return self

    def _check_law(self) -> None:
        """Every argument of a law has a value."""
        for key in ("diffusivity", "conductivity"):
            value = getattr(self, key)
            if not isinstance(value, LawValue):
                continue
            given, law = [name for name, _ in value.arguments], find_layer_law(value.law)
            for name in law.arguments:
                own = name == "temperature" or getattr(self, name, None) is not None
                if (name in given) == own:
                    what = "argument that the layer has already" if own else "argument of a law without a value"
                    fix = f"remove {name}" if own else f"add {name} = 0.5 beside law"
                    raise StudyError(what, got=f'law = "{law.name}"', fix=fix, where=f"{key}.{name}")


class FilmTable(Table):
    """Table [[film]]: one film variant.

    Attributes:
        name: of the variant.
        layers: from the outside to the inside; none is a bare electrode.
        ammonia: of an ammonia study, keys of [ammonia] that are another for this film: another preset, or quantities.
    """

    name: str = Field(min_length=1)
    layers: tuple[LayerTable, ...] = Field(default=(), alias="layer")
    ammonia: AmmoniaTable | None = None

    @model_serializer(mode="wrap")
    def _without_unused(self, handler: Any) -> dict[str, Any]:
        """Leave out a table that came after the first digests where it is not used, so that old digests stay."""
        return {key: value for key, value in handler(self).items() if key != "ammonia" or value is not None}


def _check_interface(raw: Mapping[str, Any]) -> None:
    for source, result in (
        ("desolvation_energy", "partition_coefficient"),
        ("interface_barrier", "interface_permeance"),
        ("interface_exchange_current_density", "interface_permeance"),
        ("interface_barrier", "interface_exchange_current_density"),
    ):
        if source in raw and result in raw:
            fix = f"{source} gives it; remove one"
            raise StudyError(f"{source} beside {result}", got="both", expected="one of them", fix=fix, where=source)
    for key, other, example in (
        ("interface_barrier", "interface_site_thickness", '"0.5 nm"'),
        ("interface_site_thickness", "interface_barrier", '"0.41 eV"'),
    ):
        if key in raw and other not in raw:
            fix = f"add {other} = {example}, or remove {key}"
            raise StudyError(f"{key} needs {other}", got=f"{key} alone", fix=fix, where=key)
    driven = raw.get("interface_law") != "permeance" and (
        "interface_barrier" in raw or "interface_exchange_current_density" in raw
    )
    for key in ("interface_transfer_coefficient", "interface_capacitance"):
        if key in raw and not driven:
            got = f"{key} of a face that no voltage drives"
            fix = f"give interface_barrier or interface_exchange_current_density, or remove {key}"
            raise StudyError(f"{key} needs a Butler-Volmer face", got=got, fix=fix, where=key)
    if "interface_law" in raw and "interface_barrier" not in raw:
        fix = 'add interface_barrier = "0.41 eV", or remove interface_law'
        raise StudyError("interface_law without a barrier", got="interface_law alone", fix=fix, where="interface_law")


def _check_pores(raw: Mapping[str, Any]) -> None:
    for key in ("tortuosity", "tortuosity_law", "tortuosity_exponent"):
        if key in raw and "porosity" not in raw:
            fix = f"add porosity = 0.3, or remove {key}"
            raise StudyError(f"{key} needs porosity", got=f"{key} alone", fix=fix, where=key)
    law = raw.get("tortuosity_law", "bruggeman")
    if "tortuosity" in raw and ("tortuosity_law" in raw or "tortuosity_exponent" in raw):
        key = "tortuosity_law" if "tortuosity_law" in raw else "tortuosity_exponent"
        raise StudyError(f"{key} beside tortuosity", got="both", expected="one of them", fix="remove one", where=key)
    if "tortuosity_exponent" in raw and law != "bruggeman":
        raise StudyError(
            "tortuosity_exponent of a law without it",
            got=f'tortuosity_law = "{law}"',
            expected='tortuosity_law = "bruggeman"',
            fix="remove tortuosity_exponent",
            where="tortuosity_exponent",
        )
