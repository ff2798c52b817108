"""Quantities that the tables of materials may hold: dimension, name and limits of each."""

from screening.physical_field import PhysicalField

_BARRIER_FIX = "a barrier is not negative; give its height"
_FRACTION = "dimensionless number"

QUANTITIES: dict[str, PhysicalField] = {
    # what the material is
    "molar_mass": PhysicalField("molar mass", "molar mass", above=0.0),
    "density": PhysicalField("density", "density", above=0.0),
    "molar_volume": PhysicalField("molar volume", "molar volume", above=0.0),
    "lithium_concentration": PhysicalField("concentration", "concentration of all Li", above=0.0),
    "lattice_parameter_a": PhysicalField("length", "lattice parameter a", above=0.0),
    "lattice_parameter_c": PhysicalField("length", "lattice parameter c", above=0.0),
    # how Li+ moves in it
    "conductivity": PhysicalField("conductivity", "Li+ conductivity", above=0.0),
    "diffusivity": PhysicalField("diffusivity", "diffusivity", above=0.0),
    "jump_distance": PhysicalField("length", "jump distance of Li+", above=0.0),
    "attempt_frequency": PhysicalField("frequency", "attempt frequency of Li+", above=0.0),
    "migration_energy": PhysicalField("energy", "migration barrier of Li+", least=0.0, fix=_BARRIER_FIX),
    "formation_energy": PhysicalField("energy", "formation energy of one carrier", least=0.0),
    "pair_formation_energy": PhysicalField("energy", "formation energy of a defect pair", least=0.0),
    "carrier_fraction": PhysicalField(_FRACTION, "carriers per Li site", above=0.0, most=1.0),
    # how Li+ enters it
    "desolvation_energy": PhysicalField("energy", "desolvation energy at its surface"),
    "desolvation_barrier": PhysicalField("energy", "desolvation barrier", least=0.0, fix=_BARRIER_FIX),
    "site_density": PhysicalField("amount per area", "sites of one interface", above=0.0),
    # electrolytes
    "salt_concentration": PhysicalField("concentration", "salt concentration", above=0.0),
    "transference_number": PhysicalField(_FRACTION, "transference number of Li+", least=0.0, most=1.0),
    "solvent_density": PhysicalField("density", "density of the solvent", above=0.0),
    "solvent_relative_permittivity": PhysicalField(_FRACTION, "relative permittivity of the solvent", least=1.0),
    "solvent_viscosity": PhysicalField("dynamic viscosity", "viscosity of the solvent", above=0.0),
    "nitrogen_solubility": PhysicalField("concentration", "N2 dissolved at 1 bar", above=0.0),
    "film_apparent_diffusivity": PhysicalField("diffusivity", "Randles-Sevcik diffusivity of its SEI", above=0.0),
}
QUALITIES = ("measured", "computed", "estimated")
