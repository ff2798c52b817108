"""Tables [conditions] and [electrolyte]."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import model_serializer, model_validator

from kernels.constants import STANDARD_TEMPERATURE
from screening.config.scalar import physical
from screening.config.strict_table import Table
from screening.errors import StudyError
from screening.sampling.distributions import Fixed, Scalar


class Conditions(Table):
    """Table [conditions].

    Attributes:
        temperature: of cell and film; 298.15 K if left out.
    """

    temperature: Annotated[Scalar, physical("temperature")] = Fixed(STANDARD_TEMPERATURE)


class ThermalKeys(Table):
    """How the transport or rate of a table follows the temperature.

    Attributes:
        activation_energy: moves it by exp(-(E / k)(1/T - 1/T0)); left out, the temperature does not move it.
        reference_temperature: T0, where the given value holds; 298.15 K if left out.
    """

    later_keys: ClassVar[tuple[str, ...]] = ("activation_energy", "reference_temperature")

    activation_energy: Annotated[Scalar, physical("activation_energy")] | None = None
    reference_temperature: Annotated[Scalar, physical("reference_temperature")] | None = None

    @model_validator(mode="before")
    @classmethod
    def _reference_of_something(cls, raw: Any) -> Any:
        if isinstance(raw, Mapping) and "reference_temperature" in raw and "activation_energy" not in raw:
            raise StudyError(
                "reference_temperature without a temperature law",
                got="no activation_energy",
                fix='add activation_energy = "0.2 eV", or remove it',
                where="reference_temperature",
            )
        return raw

    @model_serializer(mode="wrap")
    def _without_unused(self, handler: Any) -> dict[str, Any]:
        """Leave out keys that came after the first digests and are not used, so that old digests stay."""
        unused = {key for key in self.later_keys if getattr(self, key) is None}
        return {key: value for key, value in handler(self).items() if key not in unused}


class ElectrolyteTable(ThermalKeys):
    """Table [electrolyte]: the liquid between the film and the well-mixed bulk.

    Attributes:
        name: free text.
        concentration: of the diffusing species in the bulk. At a couple it may be left out: the sum of both species.
        diffusivity: salt diffusivity; at a couple that of the oxidised species, in a study of reactions that of the reactant.
        transference_number: of the diffusing species. At a couple and in a study of reactions it may be left out: 0, an excess of
            supporting salt.
        diffusion_layer_thickness: distance from the film to the bulk.
        activation_energy: of the diffusivities in the liquid; left out, the temperature does not move them.
    """

    name: str = ""
    concentration: Annotated[Scalar, physical("concentration")] | None = None
    diffusivity: Annotated[Scalar, physical("diffusivity")]
    transference_number: Annotated[Scalar, physical("electrolyte_transference_number")] | None = None
    diffusion_layer_thickness: Annotated[Scalar, physical("diffusion_layer_thickness")]
