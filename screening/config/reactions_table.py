"""Table [reactions]: reactions side by side at an electrode of a given potential, and what each needs in series."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from screening.config.scalar import physical
from screening.config.strict_table import Table
from screening.errors import StudyError, shown
from screening.sampling.distributions import Fixed, Scalar


class BranchTable(Table):
    """Table [[reactions.branch]]: one reaction. What its steps would carry alone combine as 1 / sum(1 / j).

    Attributes:
        name: word that the outputs carry, the reaction or its product; letters, digits and underscores.
        electrons: whole number for each molecule of the reactant of [electrolyte]; left out for a reaction of the solvent or of
            another species, which supply of the reactant does not limit.
        rate_constant: first order in the reactant, or
        current_density: without diffusion; in place of the rate constant.
        transfer_coefficient: between 0 and 1, also of an oxidation.
        limiting_current: such as that of a chemical step or of the supply of another species.
        adsorption_constant: electron transfer and chemical step then act on the covered share K c / (1 + K c) of the surface,
            with c in the bulk; the surface is full if left out.
        order_in_protons: 0 for a reaction of water; without it the pH does not matter.
        reference_ph: where the current at potential zero holds.
    """

    rules: ClassVar[Mapping[str, str]] = {
        "rate_constant": "first_order_rate_constant",
        "transfer_coefficient": "electron_transfer_coefficient",
    }

    name: str
    electrons: int | None = Field(default=None, ge=1, strict=True)
    rate_constant: Annotated[Scalar, physical("first_order_rate_constant")] | None = None
    current_density: Annotated[Scalar, physical("current_density")] | None = None
    transfer_coefficient: Annotated[Scalar, physical("electron_transfer_coefficient")]
    limiting_current: Annotated[Scalar, physical("limiting_current")] = Fixed(float("inf"))
    adsorption_constant: Annotated[Scalar, physical("adsorption_constant")] | None = None
    order_in_protons: Annotated[Scalar, physical("order_in_protons")] | None = None
    reference_ph: Annotated[Scalar, physical("reference_ph")] = Fixed(0.0)

    @property
    def part(self) -> str:
        """Name in front of the quantities, as those of a phase of a mixture have it."""
        return self.name

    @model_validator(mode="after")
    def _consistent(self) -> "BranchTable":
        if not re.fullmatch(r"[A-Za-z]\w*", self.name):
            expected = "letters, digits and underscores, a letter first"
            raise StudyError(
                "name of a reaction", got=shown(self.name), expected=expected, fix="rename it", where="name"
            )
        if (self.rate_constant is None) == (self.current_density is None):
            got = "neither" if self.rate_constant is None else "both"
            expected = "rate_constant or current_density"
            raise StudyError("rate of the electron transfer", got=got, expected=expected, fix="give one of the two")
        if self.electrons is None and not (self.rate_constant is None and self.adsorption_constant is None):
            key = "rate_constant" if self.rate_constant is not None else "adsorption_constant"
            expected = "electrons, which says that the reaction consumes the reactant"
            raise StudyError(
                "reaction without the reactant", got=f"{key} alone", expected=expected, fix="add electrons = 6"
            )
        return self


class ReactionsTable(Table):
    """Table [reactions]: the electrode; the reactant of [electrolyte] reaches it through its diffusion layer and the film.

    Attributes:
        direction: whether currents grow towards negative ("reduction") or positive potentials ("oxidation").
        potential: on the scale of the currents at potential zero, which is the reversible hydrogen electrode where the pH matters.
        ph: in the bulk; needed where a reaction has an order in protons.
        branch: the reactions, at least one.
    """

    rules: ClassVar[Mapping[str, str]] = {"potential": "electrode_potential"}

    direction: Literal["reduction", "oxidation"] = "reduction"
    potential: Annotated[Scalar, physical("electrode_potential")]
    ph: Annotated[Scalar, physical("ph")] | None = None
    branch: tuple[BranchTable, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> "ReactionsTable":
        names = [branch.name for branch in self.branch]
        for place, name in enumerate(names):
            if name in names[:place]:
                fix = "give every reaction its own name"
                raise StudyError("name used twice", got=shown(name), fix=fix, where=f"branch[{place}].name")
        if self.ph is None and any(branch.order_in_protons is not None for branch in self.branch):
            raise StudyError("missing key", got="order_in_protons alone", fix="add ph = 7.0", where="ph")
        return self
