"""Table [ammonia]: how a lithium-mediated ammonia cell is run, and the constants of the cell outside the film."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import model_validator

from screening.config.scalar import physical
from screening.config.strict_table import Table
from screening.errors import StudyError
from screening.sampling.distributions import Fixed, Scalar

Preset = Literal["LiDFOB", "LiBF4"]
PRESETS: tuple[str, ...] = get_args(Preset)
# What is static in a study, or means nothing of one film: no key of a film's own table.
SHARED_BY_FILMS = ("model", "energy_definition", "hydrogen_feed", "growth_law", "ageing_time", "lifetime_share")


class AmmoniaTable(Table):
    """Table [ammonia]; salt and temperature are `electrolyte.concentration` and `conditions.temperature`.

    Every quantity may vary. Constants of the cell that are left out are those of the preset; the film's resistance and
    limiting current always come from the candidate's own layers. A film may have other values, or another preset, in a table
    `ammonia` of its own.

    Attributes:
        model: "pulsed" (inventories of lithium and Li3N) or "steady".
        calibration: preset of the cell's constants, `kernels.ammonia.calibrated_cell`.
        energy_definition: which energy of ammonia counts.
        hydrogen_feed: whether the energy of the hydrogen feed is "free" or "counted".
        growth_law: of the film as it ages, a law of `kernels.ammonia.GROWTH_LAWS`; it does not grow if left out.
        current: while it flows, cathodic magnitude.
        on_time: under current in a cycle.
        off_time: of rest in a cycle; none is direct current.
        ethanol_fraction: by volume.
        nitrogen_pressure: of N2.
        largest_voltage: beyond which the voltage is the limiting cause; none if left out.
        ageing_time: age that is looked at, by the clock; no ageing if left out.
        lifetime_share: of the fresh Faradaic efficiency, at which life ends; 0.8 if left out.
        cell_resistance: of electrolyte, separator and anode.
        anode_overpotential: beyond what the cell resistance holds.
        equilibrium_voltage: of hydrogen anode and lithium.
        proton_current: prefactor of the proton branch at 0.25 vol % of ethanol.
        proton_overpotential_scale: of the proton branch, or
        proton_jump_distance: from which that scale follows with the candidate's thickness, 2 k T L / (e a).
        proton_order: of the proton branch in the donor.
        residual_donor_fraction: ethanol that other donors stand for.
        hydrogen_share: of the proton branch.
        proton_mass_transfer: of donors to the film.
        nitrogen_mass_transfer: of N2.
        nitrogen_solubility: at 2 mol/L of salt.
        nitridation: k1, of the pulsed model alone, as the following.
        protonation: k2.
        nitride_protonation: k3.
        isolation: of active lithium.
    """

    rules: ClassVar[Mapping[str, str]] = {"current": "cathodic_current"}

    model: Literal["pulsed", "steady"] = "pulsed"
    calibration: Preset
    energy_definition: Literal["free_energy", "lower_heating_value", "higher_heating_value"] = "free_energy"
    hydrogen_feed: Literal["free", "counted"] = "free"
    growth_law: (
        Literal[
            "reaction",
            "electron_migration",
            "solvent_diffusion",
            "interstitial_diffusion",
            "tunnelling",
            "carbonate_reaction",
        ]
        | None
    ) = None
    current: Annotated[Scalar, physical("cathodic_current")]
    on_time: Annotated[Scalar, physical("on_time")]
    off_time: Annotated[Scalar, physical("off_time")] = Fixed(0.0)
    ethanol_fraction: Annotated[Scalar, physical("ethanol_fraction")]
    nitrogen_pressure: Annotated[Scalar, physical("nitrogen_pressure")]
    largest_voltage: Annotated[Scalar, physical("largest_voltage")] = Fixed(float("inf"))
    ageing_time: Annotated[Scalar, physical("ageing_time")] | None = None
    lifetime_share: Annotated[Scalar, physical("lifetime_share")] = Fixed(0.8)
    cell_resistance: Annotated[Scalar, physical("cell_resistance")] | None = None
    anode_overpotential: Annotated[Scalar, physical("anode_overpotential")] | None = None
    equilibrium_voltage: Annotated[Scalar, physical("equilibrium_voltage")] | None = None
    proton_current: Annotated[Scalar, physical("proton_current")] | None = None
    proton_overpotential_scale: Annotated[Scalar, physical("proton_overpotential_scale")] | None = None
    proton_jump_distance: Annotated[Scalar, physical("proton_jump_distance")] | None = None
    proton_order: Annotated[Scalar, physical("proton_order")] | None = None
    residual_donor_fraction: Annotated[Scalar, physical("residual_donor_fraction")] | None = None
    hydrogen_share: Annotated[Scalar, physical("hydrogen_share")] | None = None
    proton_mass_transfer: Annotated[Scalar, physical("proton_mass_transfer")] | None = None
    nitrogen_mass_transfer: Annotated[Scalar, physical("nitrogen_mass_transfer")] | None = None
    nitrogen_solubility: Annotated[Scalar, physical("nitrogen_solubility")] | None = None
    nitridation: Annotated[Scalar, physical("nitridation")] | None = None
    protonation: Annotated[Scalar, physical("protonation")] | None = None
    nitride_protonation: Annotated[Scalar, physical("nitride_protonation")] | None = None
    isolation: Annotated[Scalar, physical("isolation")] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "AmmoniaTable":
        if self.proton_overpotential_scale is not None and self.proton_jump_distance is not None:
            raise StudyError(
                "two sources of the overpotential scale of the proton branch",
                got="both proton_overpotential_scale and proton_jump_distance",
                expected="one of them",
                fix="remove one",
                where="proton_jump_distance",
            )
        if self.growth_law is not None and self.ageing_time is None:
            raise StudyError(
                "a law of ageing without an age",
                got="growth_law alone",
                expected="ageing_time",
                fix='add ageing_time = "50 h", or remove growth_law',
                where="growth_law",
            )
        if self.model == "steady":
            for key in ("nitridation", "protonation", "nitride_protonation", "isolation"):
                if getattr(self, key) is not None:
                    expected = 'model = "pulsed", which has surface reactions'
                    raise StudyError(
                        "constant that the steady model does not have",
                        got=key,
                        expected=expected,
                        fix=f"remove {key}",
                        where=key,
                    )
        return self
