"""Tables [conditions] and [electrolyte]."""

from typing import Annotated

from screening.config.scalar import physical
from screening.config.strict_table import Table
from screening.sampling.distributions import Fixed, Scalar


class Conditions(Table):
    """Table [conditions].

    Attributes:
        temperature: of cell and film; 298.15 K if left out.
    """

    temperature: Annotated[Scalar, physical("temperature")] = Fixed(298.15)


class ElectrolyteTable(Table):
    """Table [electrolyte]: the liquid between the film and the well-mixed bulk.

    Attributes:
        name: free text.
        concentration: of the diffusing species in the bulk. At a couple it may be left out: the sum of both species.
        diffusivity: salt diffusivity; at a couple that of the oxidised species, in a study of reactions that of the reactant.
        transference_number: of the diffusing species. At a couple and in a study of reactions it may be left out: 0, an excess of
            supporting salt.
        diffusion_layer_thickness: distance from the film to the bulk.
    """

    name: str = ""
    concentration: Annotated[Scalar, physical("concentration")] | None = None
    diffusivity: Annotated[Scalar, physical("diffusivity")]
    transference_number: Annotated[Scalar, physical("electrolyte_transference_number")] | None = None
    diffusion_layer_thickness: Annotated[Scalar, physical("diffusion_layer_thickness")]
