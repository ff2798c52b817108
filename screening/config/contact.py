"""Tables [[contact]]: phases that react with what they touch, and which layers of a film do."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import model_validator

from screening.config.film import LayerTable
from screening.config.scalar import physical
from screening.config.strict_table import Table
from screening.config.transport_keys import ARTICLE, TRANSPORT
from screening.errors import StudyError, unknown_name
from screening.materials.contacts import ELECTROLYTE, LITHIUM, find_contact
from screening.sampling.distributions import Fixed, Scalar


class ContactTable(Table):
    """Table [[contact]]: a phase that reacts with what it touches, in every film in which it touches it.

    The product takes the place of what is consumed, in series with what is left of the layer.

    Attributes:
        phase: that is consumed: the phase, or else the free name, of layers.
        against: what it touches: another such name, "Li" (the electrode) or "electrolyte".
        reacted_fraction: share of the layer that is consumed; give this, or the next two.
        growth_constant: k of the depth consumed, sqrt(k t), at most the layer.
        time: t.
        volume_ratio: of the product, per volume consumed; that of the table of contacts if left out.
        product_conductivity: of the product, where the layer is ohmic.
        product_diffusivity: of the product, where it is fickian; Li+ is in equilibrium with it as with the layer.
    """

    phase: str
    against: str
    reacted_fraction: Annotated[Scalar, physical("reacted_fraction")] | None = None
    growth_constant: Annotated[Scalar, physical("growth_constant")] | None = None
    time: Annotated[Scalar, physical("time")] | None = None
    volume_ratio: Annotated[Scalar, physical("volume_ratio")]
    product_conductivity: Annotated[Scalar, physical("product_conductivity")] | None = None
    product_diffusivity: Annotated[Scalar, physical("product_diffusivity")] | None = None

    @property
    def law(self) -> str:
        """Which key says how far the reaction went."""
        return "growth_constant" if self.reacted_fraction is None else "reacted_fraction"

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, raw: Any) -> Any:
        """Take the volume of the product from the table, and refuse what does not say how far the reaction went."""
        if not isinstance(raw, Mapping):
            return raw
        given = {"reacted_fraction", "growth_constant", "time"} & raw.keys()
        if given not in ({"reacted_fraction"}, {"growth_constant", "time"}):
            expected = "reacted_fraction, or growth_constant and time"
            fix = "add reacted_fraction = 0.5, or growth_constant and time"
            raise StudyError(
                "how far a contact has reacted", got=" and ".join(sorted(given)), expected=expected, fix=fix
            )
        row = find_contact(str(raw.get("phase")), str(raw.get("against")))
        if "volume_ratio" not in raw and row is not None and row.volume_ratio is not None:
            return {**raw, "volume_ratio": Fixed(row.volume_ratio)}
        return raw


def touching(layers: Sequence[LayerTable], inside: str) -> Iterator[tuple[int, str, str, str]]:
    """Each face of each layer: number of the layer, its phase, "outer" or "inner", and the phase that it touches."""
    phases = [ELECTROLYTE, *(layer.phase or layer.label for layer in layers), inside]
    for number in range(len(layers)):
        yield number, phases[number + 1], "outer", phases[number]
        yield number, phases[number + 1], "inner", phases[number + 2]


def reacting_faces(
    contacts: Sequence[ContactTable], layers: Sequence[LayerTable], inside: str
) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Of each layer its faces that react, each with the number of the contact."""
    numbers = {(contact.phase, contact.against): number for number, contact in enumerate(contacts)}
    found: list[list[tuple[str, int]]] = [[] for _ in layers]
    for layer, phase, face, against in touching(layers, inside):
        if (phase, against) in numbers:
            found[layer].append((face, numbers[phase, against]))
    return tuple(map(tuple, found))


def contact_faults(
    contacts: Sequence[ContactTable], films: Sequence[Sequence[LayerTable]], inside: str
) -> Iterator[StudyError]:
    """Contacts that no film has or that stand there twice, and products whose transport is not given."""
    used: dict[int, set[str]] = {}
    for layers in films:
        for layer, faces in zip(layers, reacting_faces(contacts, layers, inside), strict=True):
            for _, number in faces:
                used.setdefault(number, set()).add(layer.closure)
    known = {phase for layers in films for _, phase, _, _ in touching(layers, inside)}
    pairs = [(contact.phase, contact.against) for contact in contacts]
    for number, contact in enumerate(contacts):
        where = f"contact[{number}]"
        for key, names in (("phase", known), ("against", {*known, ELECTROLYTE, LITHIUM})):
            if getattr(contact, key) not in names:
                yield unknown_name("phase of a layer", getattr(contact, key), sorted(names), where=f"{where}.{key}")
        pair = " against ".join(pairs[number])
        if pairs[number] in pairs[:number]:
            yield StudyError("contact given twice", got=pair, fix="remove one", where=where)
        elif number not in used:
            expected, fix = "a film in which the two touch", "remove it, or add such a film"
            yield StudyError("contact that no film has", got=pair, expected=expected, fix=fix, where=where)
        for closure in sorted(used.get(number, ())):
            key = f"product_{TRANSPORT[closure]}"
            if getattr(contact, key) is None:
                got, fix = f"{ARTICLE[closure]} layer of {contact.phase}", f'add {key} = "..."'
                yield StudyError(
                    "product without a transport law", got=got, expected=key, fix=fix, where=f"{where}.{key}"
                )
