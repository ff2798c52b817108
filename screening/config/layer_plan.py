"""Which laws give the properties of a layer: everything about them that is not a number."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kernels.constants import STANDARD_TEMPERATURE
from screening.config.film import LayerTable
from screening.config.own_laws import LawValue, OwnLaw, find_layer_law
from screening.config.transport_keys import TRANSPORT, TransportKeys
from screening.sampling.distributions import Fixed, Scalar


@dataclass(frozen=True)
class TransportPlan:
    """Laws of the diffusivity or conductivity of a layer, or of one phase of a mixture.

    Attributes:
        part: phase of a mixture, as an identifier; "" for the layer itself.
        source: "given", "hopping" or "mixture".
        law: "arrhenius", "arrhenius_product" or "" for a value that does not change with temperature.
        tabulated: whether the law is that of the table of phases.
        carriers: "carrier_fraction", "formation_energy" or "" for one carrier a site.
        boundary: "given", "hopping" or "" for a material without grain boundaries.
        boundary_law: temperature law of the given boundary value, as `law`.
        arrangement: "parallel" or "blocking".
    """

    part: str
    source: str
    law: str = ""
    tabulated: bool = False
    carriers: str = ""
    boundary: str = ""
    boundary_law: str = ""
    arrangement: str = ""

    @property
    def plain(self) -> bool:
        """Whether the given value is the value."""
        return self.source == "given" and not self.law and not self.boundary


@dataclass(frozen=True)
class LayerPlan:
    """Laws of one layer; layers with equal plans share one compiled function.

    Attributes:
        closure: "fickian" or "ohmic".
        transport: of the layer itself.
        phases: of the phases of a mixture.
        balance: index of the phase that fills what the others leave, or None.
        rule: mixing rule, "" without a mixture.
        matrix: index of the continuous phase, or None for the rule's own choice.
        pores: law of the tortuosity, "tortuosity" for a given one, or "" for a dense layer.
        partition: whether the partition coefficient follows from an energy.
        permeance: whether the permeance of the outer face, at rest, follows from a barrier.
        activated: whether a voltage drives Li+ over the outer face.
        own_law: a registered law of the diffusivity or conductivity.
        contacts: faces that react with what they touch, "outer" or "inner", each with what says how far: "reacted_fraction" or
            "growth_constant".
    """

    closure: str
    transport: TransportPlan
    phases: tuple[TransportPlan, ...] = ()
    balance: int | None = None
    rule: str = ""
    matrix: int | None = None
    pores: str = ""
    partition: bool = False
    permeance: bool = False
    activated: bool = False
    own_law: OwnLaw | None = None
    contacts: tuple[tuple[str, str], ...] = ()

    @property
    def moves(self) -> bool:
        """Whether the diffusivity or conductivity is derived."""
        return not self.transport.plain or bool(self.pores or self.contacts) or self.own_law is not None

    @property
    def derived(self) -> bool:
        """Whether anything is derived."""
        return self.moves or self.partition or self.permeance


def plan_layer(table: LayerTable, temperature: Scalar, contacts: tuple[tuple[str, str], ...] = ()) -> LayerPlan:
    """Laws of a layer; `contacts` are those of the plan."""
    labels = [phase.label for phase in table.mixture]
    value = getattr(table, TRANSPORT[table.closure])
    own = _plan_transport(table, table.closure, "", temperature)
    return LayerPlan(
        closure=table.closure,
        transport=replace(own, source="mixture") if table.mixture else own,
        phases=tuple(_plan_transport(phase, table.closure, phase.part, temperature) for phase in table.mixture),
        balance=next((number for number, phase in enumerate(table.mixture) if phase.fraction is None), None),
        rule=table.mixing_rule or "",
        matrix=None if table.mixing_matrix is None else labels.index(table.mixing_matrix),
        pores=_pores(table),
        partition=table.desolvation_energy is not None,
        permeance=table.interface_barrier is not None,
        activated=table.activated,
        own_law=find_layer_law(value.law) if isinstance(value, LawValue) else None,
        contacts=contacts,
    )


def constants_of(table: LayerTable) -> Mapping[str, float]:
    """Numbers that laws of a layer need beside its keys: those of the temperature laws of the table of phases."""
    found: dict[str, float] = {}
    for prefix, part in (("", table), *((f"{phase.part}_", phase) for phase in table.mixture)):
        if part.table_law is not None:
            found[f"{prefix}table_activation_energy"] = part.table_law.activation_energy
            found[f"{prefix}table_reference_temperature"] = part.table_law.reference_temperature
        if part.reference_temperature is None:
            found[f"{prefix}reference_temperature"] = STANDARD_TEMPERATURE
    if table.tortuosity_exponent is None:
        found["tortuosity_exponent"] = 1.5  # Bruggeman's, for spheres
    return found


def _plan_transport(table: TransportKeys, closure: str, part: str, temperature: Scalar) -> TransportPlan:
    given_law = table.temperature_law or "arrhenius"
    law = given_law if table.activation_energy is not None else ""
    tabulated = table.table_law is not None and temperature != Fixed(table.table_law.reference_temperature)
    if table.table_law is not None and tabulated:
        law = table.table_law.kind
    carriers = next((key for key in ("carrier_fraction", "formation_energy") if getattr(table, key) is not None), "")
    boundary = ""
    if table.grain_size is not None:
        boundary = "given" if getattr(table, f"grain_boundary_{TRANSPORT[closure]}") is not None else "hopping"
    return TransportPlan(
        part=part,
        source="given" if table.migration_energy is None else "hopping",
        law=law,
        tabulated=tabulated,
        carriers=carriers,
        boundary=boundary,
        boundary_law=given_law if table.grain_boundary_activation_energy is not None else "",
        arrangement=table.grain_boundary_arrangement or "",
    )


def _pores(table: LayerTable) -> str:
    if table.porosity is None:
        return ""
    return "tortuosity" if table.tortuosity is not None else table.tortuosity_law or "bruggeman"
