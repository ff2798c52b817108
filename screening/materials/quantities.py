"""Quantities that the tables of materials may hold: dimension, name and limits of each."""

from dataclasses import dataclass

from screening.units import DIMENSIONS


@dataclass(frozen=True)
class Quantity:
    """What a table may say of one property: its limits are in SI units, `above` excluded, `least` and `most` included."""

    dimension: str
    long_name: str
    above: float | None = None
    least: float | None = None
    most: float | None = None
    fix: str = "give a value inside this range"

    @property
    def unit(self) -> str:
        """CF unit of the values."""
        return DIMENSIONS[self.dimension].cf

    def range_text(self) -> str:
        """The limits in words, for messages."""
        unit = "" if self.unit == "1" else f" {DIMENSIONS[self.dimension].si}"
        limits = ((self.above, "above"), (self.least, "at least"), (self.most, "at most"))
        return " and ".join(f"{word} {limit:g}{unit}" for limit, word in limits if limit is not None)

    def admits(self, value: float) -> bool:
        """Whether a value in SI units is inside the limits."""
        return (
            (self.above is None or value > self.above)
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
        )


_BARRIER_FIX = "a barrier is not negative; give its height"
_FRACTION = "dimensionless number"

QUANTITIES: dict[str, Quantity] = {
    # what the material is
    "molar_mass": Quantity("molar mass", "molar mass", above=0.0),
    "density": Quantity("density", "density", above=0.0),
    "molar_volume": Quantity("molar volume", "molar volume", above=0.0),
    "lithium_concentration": Quantity("concentration", "concentration of all Li", above=0.0),
    "lattice_parameter_a": Quantity("length", "lattice parameter a", above=0.0),
    "lattice_parameter_c": Quantity("length", "lattice parameter c", above=0.0),
    # how Li+ moves in it
    "conductivity": Quantity("conductivity", "Li+ conductivity", above=0.0),
    "diffusivity": Quantity("diffusivity", "diffusivity", above=0.0),
    "jump_distance": Quantity("length", "jump distance of Li+", above=0.0),
    "attempt_frequency": Quantity("frequency", "attempt frequency of Li+", above=0.0),
    "migration_energy": Quantity("energy", "migration barrier of Li+", least=0.0, fix=_BARRIER_FIX),
    "formation_energy": Quantity("energy", "formation energy of one carrier", least=0.0),
    "pair_formation_energy": Quantity("energy", "formation energy of a defect pair", least=0.0),
    "carrier_fraction": Quantity(_FRACTION, "carriers per Li site", above=0.0, most=1.0),
    # how Li+ enters it
    "desolvation_energy": Quantity("energy", "desolvation energy at its surface"),
    "desolvation_barrier": Quantity("energy", "desolvation barrier", least=0.0, fix=_BARRIER_FIX),
    "site_density": Quantity("amount per area", "sites of one interface", above=0.0),
    # electrolytes
    "salt_concentration": Quantity("concentration", "salt concentration", above=0.0),
    "transference_number": Quantity(_FRACTION, "transference number of Li+", least=0.0, most=1.0),
    "solvent_density": Quantity("density", "density of the solvent", above=0.0),
    "solvent_relative_permittivity": Quantity(_FRACTION, "relative permittivity of the solvent", least=1.0),
    "solvent_viscosity": Quantity("dynamic viscosity", "viscosity of the solvent", above=0.0),
    "nitrogen_solubility": Quantity("concentration", "N2 dissolved at 1 bar", above=0.0),
    "film_apparent_diffusivity": Quantity("diffusivity", "Randles-Sevcik diffusivity of its SEI", above=0.0),
}
QUALITIES = ("measured", "computed", "estimated")
