"""Table [electrode]: lithium metal, or a soluble redox couple."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from screening.config.kinetics_keys import KineticsKeys
from screening.config.scalar import physical
from screening.config.strict_table import check_kind
from screening.errors import StudyError
from screening.physical_field import PhysicalField
from screening.sampling.distributions import Fixed, Scalar

# (rho N_A / M)^(2/3) / N_A for lithium, 534 kg/m3 and 6.94 g/mol: one close-packed layer of atoms
LITHIUM_MONOLAYER = 2.14e-5
INTERACTION = PhysicalField(
    "dimensionless number",
    "interaction of the deposit with its substrate, in R T",
    least=0.0,
    fix="attraction between deposited atoms would leave the current of a step undecided",
)


class MetalElectrode(KineticsKeys):
    """Lithium deposition and stripping, Li+ + e- = Li.

    Attributes:
        exchange_current_density: at unit activity of Li+; "inf A/m^2" is the reversible limit.
        transfer_coefficient: cathodic (Butler-Volmer); 0.5 if left out.
        monolayer_inventory: Li at which the surface counts as covered; one monolayer (2.14e-5 mol/m2) if left out.
        initial_inventory: Li on the electrode at the start; none if left out.
        interaction: Frumkin's g, by how many R T the bare substrate holds Li more strongly than Li does; none if left out.
        series_resistance: uncompensated; none if left out.
        double_layer_capacitance: none if left out.
    """

    # a key that counts, which is no physical scalar
    whole_numbers: ClassVar[tuple[str, ...]] = ()
    crosses_ohmic_layers: ClassVar[bool] = True
    later_keys: ClassVar[tuple[str, ...]] = (*KineticsKeys.later_keys, "interaction")

    kind: Literal["metal"]
    exchange_current_density: Annotated[Scalar, physical("exchange_current_density")]
    transfer_coefficient: Annotated[Scalar, physical("transfer_coefficient")] | None = None
    monolayer_inventory: Annotated[Scalar, physical("monolayer_inventory")] = Fixed(LITHIUM_MONOLAYER)
    initial_inventory: Annotated[Scalar, physical("initial_inventory")] = Fixed(0.0)
    interaction: Annotated[Scalar, physical("interaction", own=INTERACTION)] | None = None
    series_resistance: Annotated[Scalar, physical("series_resistance")] = Fixed(0.0)
    double_layer_capacitance: Annotated[Scalar, physical("double_layer_capacitance")] = Fixed(0.0)


class CoupleElectrode(KineticsKeys):
    """Soluble redox couple, O + n e- = R, both species diffusing.

    Attributes:
        electron_number: n, a whole number; 1 if left out.
        formal_potential: on the scale of the protocol's potentials; 0 V if left out.
        rate_constant: standard heterogeneous rate constant; "inf m/s" is the reversible limit.
        transfer_coefficient: cathodic (Butler-Volmer); 0.5 if left out.
        oxidised_concentration: bulk concentration of O.
        reduced_concentration: bulk concentration of R; none if left out.
        reduced_diffusivity: of R in the electrolyte; that of O if left out.
        series_resistance: uncompensated; none if left out.
        double_layer_capacitance: none if left out.
    """

    whole_numbers: ClassVar[tuple[str, ...]] = ("electron_number",)
    crosses_ohmic_layers: ClassVar[bool] = False

    kind: Literal["couple"]
    electron_number: int = Field(default=1, ge=1, strict=True)
    formal_potential: Annotated[Scalar, physical("formal_potential")] = Fixed(0.0)
    rate_constant: Annotated[Scalar, physical("rate_constant")]
    transfer_coefficient: Annotated[Scalar, physical("transfer_coefficient")] | None = None
    oxidised_concentration: Annotated[Scalar, physical("oxidised_concentration")]
    reduced_concentration: Annotated[Scalar, physical("reduced_concentration")] = Fixed(0.0)
    reduced_diffusivity: Annotated[Scalar, physical("reduced_diffusivity")] | None = None
    series_resistance: Annotated[Scalar, physical("series_resistance")] = Fixed(0.0)
    double_layer_capacitance: Annotated[Scalar, physical("double_layer_capacitance")] = Fixed(0.0)

    @model_validator(mode="after")
    def _something_to_react(self) -> "CoupleElectrode":
        if self.oxidised_concentration.bounds[0] == 0 and self.reduced_concentration.bounds[0] == 0:
            raise StudyError(
                "the couple has no dissolved species",
                got="oxidised_concentration and reduced_concentration both reach zero",
                expected="at least one above zero",
                fix="raise one of them",
            )
        return self


ElectrodeTable = Annotated[MetalElectrode | CoupleElectrode, Field(discriminator="kind"), check_kind("metal", "couple")]
