"""Layers, the stack they form, and the electrolyte outside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from screening.api.array_arguments import Quantity
from screening.api.study_tables import StudyTable, as_table, expect
from screening.config.environment import ElectrolyteTable
from screening.config.film import LayerTable
from screening.config.given_quantities import as_entry
from screening.errors import StudyError
from screening.text_table import html_table


@dataclass(frozen=True)
class Layer(StudyTable):
    """One layer of a film.

    A layer with a `diffusivity` is *fickian* (Li+ diffuses, the current is limited); one with a `conductivity`, its own
    or that of its phase, is *ohmic* (a single-ion conductor without concentration limit).

    Args:
        phase: name of a known phase (`sei.phases()`), or None for another material.
        thickness: a length.
        diffusivity: m2 s-1, porosity and tortuosity included.
        conductivity: of Li+, S m-1.
        name: of the layer, needed where there is no phase.
        closure: "fickian" or "ohmic"; follows from the transport property if left out.
        partition_coefficient: equilibrium concentration relative to the electrolyte; 1 if left out.
        accessible_fraction: share of the volume that stores Li+; 1 if left out.
        transference_number: share of the current that migrates; 0 if left out.
        jump_distance: of the high-field hopping law, a length; Ohm's law if left out.
        interface_permeance: of the outer face, a velocity; infinite (equilibrium) if left out.
        more: further keys of [[film.layer]], from which the properties follow: barriers, grains, a mixture, pores, interfaces
            (see the page on materials).

    Raises:
        StudyError: a value that a study file would not be allowed either.

    Example:
        >>> Layer("LiF", "5 nm", diffusivity="1e-15 m^2/s").phase
        'LiF'
        >>> Layer("LiF", "5 nm", closure="fickian", more={"migration_energy": "0.4 eV"}).more["migration_energy"]
        '0.4 eV'
    """

    _schema = LayerTable

    phase: str | None
    thickness: Quantity
    diffusivity: Quantity | None = None
    conductivity: Quantity | None = None
    name: str | None = None
    closure: str | None = None
    partition_coefficient: Quantity | None = None
    accessible_fraction: Quantity | None = None
    transference_number: Quantity | None = None
    jump_distance: Quantity | None = None
    interface_permeance: Quantity | None = None
    more: Mapping[str, Any] | None = field(default=None, metadata={"apart": True})

    def table(self) -> dict[str, Any]:
        """The table [[film.layer]] of a study file."""
        more, given = as_table(self.more or {}, "more"), super().table()
        for key in more:
            if key in given:
                raise StudyError("key given twice", got=key, fix=f"remove it from more or {key} =", where="Layer.more")
        return given | more


@dataclass(frozen=True)
class Electrolyte(StudyTable):
    """The liquid between the film and the well-mixed bulk.

    The defaults stand for the 2 M lithium salt in tetrahydrofuran of Zhang et al., 10.1126/science.adw5462; diffusivity
    and transference number are estimates for such electrolytes, and 60 um makes its limiting current the 105 mA/cm2 at
    which their ammonia current saturates.

    Args:
        concentration: bulk concentration; None at a redox couple (the sum of both species).
        diffusivity: salt diffusivity; at a couple that of the oxidised species.
        transference_number: of the diffusing species; None at a redox couple (0, an excess of supporting salt).
        diffusion_layer_thickness: distance from the film to the bulk.
        name: free text.

    Raises:
        StudyError: a value that a study file would not be allowed either.

    Example:
        >>> Electrolyte(concentration="1 mol/L").concentration
        '1 mol/L'
    """

    _schema = ElectrolyteTable

    concentration: Quantity | None = "2 mol/L"
    diffusivity: Quantity = "2e-10 m^2/s"
    transference_number: Quantity | None = 0.4
    diffusion_layer_thickness: Quantity = "60 um"
    name: str = ""


@dataclass(frozen=True, init=False)
class Stack:
    """A film: layers from the OUTSIDE (electrolyte) to the INSIDE (electrode), as in study files.

    Args:
        layers: `Layer` objects, the outermost first, or a single one; none is a bare electrode.
        electrolyte: outside the film; the default `Electrolyte` if left out here and in `simulate`.
        name: of the film.

    Raises:
        StudyError: something else than layers.

    Example:
        >>> len(Stack([Layer("LiF", "5 nm", diffusivity="1e-15 m^2/s")]).layers)
        1
    """

    layers: tuple[Layer, ...]
    electrolyte: Electrolyte | None
    name: str

    def __init__(
        self, layers: Sequence[Layer] | Layer = (), electrolyte: Electrolyte | None = None, name: str = "stack"
    ) -> None:
        listed = (layers,) if isinstance(layers, Layer) else tuple(layers)
        for position, layer in enumerate(listed):
            fix = "list layers from the outside to the inside"
            expect(layer, Layer, "not a layer", 'sei.Layer("LiF", "5 nm", ...)', fix, f"Stack.layers[{position}]")
        object.__setattr__(self, "layers", listed)
        object.__setattr__(self, "electrolyte", electrolyte)
        object.__setattr__(self, "name", name)

    def _repr_html_(self) -> str:
        """Layers and their properties, for notebooks."""
        tables = [layer.table() for layer in self.layers]
        keys = list(dict.fromkeys(key for table in tables for key in table))
        rows = [[str(number + 1), *(str(table.get(key, "")) for key in keys)] for number, table in enumerate(tables)]
        return html_table(f"{self.name}, layers from the outside", [["", *keys], *rows])

    def table(self) -> dict[str, Any]:
        """The table [[film]] of a study file."""
        return {"name": as_entry(self.name, "name"), "layer": [layer.table() for layer in self.layers]}
