"""Every physical scalar of a study, registered once: dimension, range and how to write it."""

from screening.physical_field import PhysicalField

_NUMBER = "dimensionless number"
LAW_ARGUMENT = "law_argument"
_BARRIER_FIX = "a barrier is not negative; give its height"
_RATE_FIX = "give its magnitude; the direction follows from the potentials"

FIELDS: dict[str, PhysicalField] = {
    # conditions and electrolyte
    "temperature": PhysicalField("temperature", "temperature", above=0.0),
    "concentration": PhysicalField("concentration", "bulk concentration", above=0.0),
    "diffusivity": PhysicalField("diffusivity", "diffusivity", above=0.0),
    "electrolyte_transference_number": PhysicalField(
        _NUMBER, "transference number", least=0.0, below=1.0, fix="1 would leave the electrolyte no limiting current"
    ),
    "diffusion_layer_thickness": PhysicalField("length", "diffusion layer thickness", above=0.0),
    # film layers
    "thickness": PhysicalField("length", "thickness", above=0.0),
    "partition_coefficient": PhysicalField(_NUMBER, "partition coefficient", above=0.0),
    "accessible_fraction": PhysicalField(_NUMBER, "accessible volume fraction", above=0.0, most=1.0),
    "transference_number": PhysicalField(_NUMBER, "transference number", least=0.0, most=1.0),
    "conductivity": PhysicalField("conductivity", "Li+ conductivity", above=0.0),
    "jump_distance": PhysicalField("length", "ion jump distance of the high-field law", least=0.0),
    "interface_permeance": PhysicalField("velocity", "permeance of the outer face", above=0.0, infinite=True),
    LAW_ARGUMENT: PhysicalField(_NUMBER, "law argument"),
    # hopping and temperature
    "migration_energy": PhysicalField("energy", "migration barrier", least=0.0, fix=_BARRIER_FIX),
    "attempt_frequency": PhysicalField("frequency", "attempt frequency", above=0.0),
    "hop_distance": PhysicalField("length", "distance of one hop", above=0.0),
    "carrier_fraction": PhysicalField(_NUMBER, "carriers per Li site", above=0.0, most=1.0),
    "formation_energy": PhysicalField("energy", "formation energy of one carrier", least=0.0),
    "lithium_concentration": PhysicalField("concentration", "concentration of all Li", above=0.0),
    "activation_energy": PhysicalField("energy", "activation energy", least=0.0, fix=_BARRIER_FIX),
    "reference_temperature": PhysicalField("temperature", "temperature of the given value", above=0.0),
    # grain boundaries
    "grain_size": PhysicalField("length", "grain size", above=0.0),
    "grain_boundary_width": PhysicalField("length", "width of a grain boundary", above=0.0),
    "grain_boundary_diffusivity": PhysicalField("diffusivity", "diffusivity of the grain boundaries", above=0.0),
    "grain_boundary_conductivity": PhysicalField("conductivity", "conductivity of the grain boundaries", above=0.0),
    "grain_boundary_migration_energy": PhysicalField(
        "energy", "migration barrier of the grain boundaries", least=0.0, fix=_BARRIER_FIX
    ),
    "grain_boundary_activation_energy": PhysicalField(
        "energy", "activation energy of the grain boundaries", least=0.0, fix=_BARRIER_FIX
    ),
    # mixtures and pores
    "fraction": PhysicalField(_NUMBER, "volume fraction", least=0.0, most=1.0),
    "mixing_threshold": PhysicalField(_NUMBER, "percolation threshold of the mixing rule", above=0.0, below=1.0),
    "mixing_exponent": PhysicalField(_NUMBER, "exponent of the mixing rule", above=0.0),
    "porosity": PhysicalField(_NUMBER, "share of the volume that conducts", above=0.0, most=1.0),
    "tortuosity": PhysicalField(_NUMBER, "tortuosity", least=1.0),
    "tortuosity_exponent": PhysicalField(_NUMBER, "exponent of the porosity", least=1.0),
    # interfaces
    "desolvation_energy": PhysicalField("energy", "free energy of moving Li+ from the electrolyte into the layer"),
    "interface_barrier": PhysicalField("energy", "barrier of the outer face", least=0.0, fix=_BARRIER_FIX),
    "interface_site_thickness": PhysicalField("length", "depth of electrolyte whose ions attempt to enter", above=0.0),
    "interface_exchange_current_density": PhysicalField(
        "current density", "exchange current density of the outer face", above=0.0, infinite=True
    ),
    "interface_transfer_coefficient": PhysicalField(
        _NUMBER, "cathodic transfer coefficient of the outer face", least=0.02, most=0.98
    ),
    "interface_capacitance": PhysicalField("area-specific capacitance", "capacitance of the outer face", least=0.0),
    # contacts
    "reacted_fraction": PhysicalField(_NUMBER, "share of the layer that has reacted", least=0.0, most=1.0),
    "growth_constant": PhysicalField("diffusivity", "parabolic constant of the depth consumed", above=0.0),
    "time": PhysicalField("time", "age of the contact", above=0.0),
    "volume_ratio": PhysicalField(_NUMBER, "volume of product per volume consumed", above=0.0),
    "product_conductivity": PhysicalField("conductivity", "Li+ conductivity of the product", above=0.0),
    "product_diffusivity": PhysicalField("diffusivity", "diffusivity of the product", above=0.0),
    # electrode
    "exchange_current_density": PhysicalField("current density", "exchange current density", above=0.0, infinite=True),
    "rate_constant": PhysicalField("velocity", "standard rate constant", above=0.0, infinite=True),
    "transfer_coefficient": PhysicalField(_NUMBER, "cathodic transfer coefficient", above=0.0, below=1.0),
    "reorganisation_energy": PhysicalField(
        "energy", "reorganisation energy of the electron transfer", above=0.0, fix="0.2 to 1 eV are usual"
    ),
    "asymmetry": PhysicalField(_NUMBER, "asymmetry of the barrier of the electron transfer", least=-0.35, most=0.35),
    "monolayer_inventory": PhysicalField("amount per area", "Li inventory of one monolayer", above=0.0),
    "initial_inventory": PhysicalField("amount per area", "Li inventory at the start", least=0.0),
    "formal_potential": PhysicalField("potential", "formal potential"),
    "oxidised_concentration": PhysicalField("concentration", "bulk concentration of the oxidised species", least=0.0),
    "reduced_concentration": PhysicalField("concentration", "bulk concentration of the reduced species", least=0.0),
    "reduced_diffusivity": PhysicalField("diffusivity", "diffusivity of the reduced species", above=0.0),
    "series_resistance": PhysicalField("area-specific resistance", "uncompensated series resistance", least=0.0),
    "double_layer_capacitance": PhysicalField("area-specific capacitance", "double-layer capacitance", least=0.0),
    # ammonia
    "cathodic_current": PhysicalField(
        "current density",
        "current density while it flows (cathodic, magnitude)",
        above=0.0,
        fix="give the magnitude of the current that deposits lithium",
    ),
    "on_time": PhysicalField("time", "time under current in a cycle", above=0.0),
    "off_time": PhysicalField("time", "rest in a cycle", least=0.0, fix="0 s is direct current"),
    "ethanol_fraction": PhysicalField(
        _NUMBER, "volume fraction of ethanol", least=0.0, below=1.0, fix="0.0025 is 0.25 vol %"
    ),
    "nitrogen_pressure": PhysicalField("pressure", "partial pressure of N2", least=0.0, fix="0 bar is argon"),
    "ageing_time": PhysicalField("time", "age that is looked at, by the clock", above=0.0),
    "lifetime_share": PhysicalField(
        _NUMBER, "share of the fresh Faradaic efficiency at which life ends", above=0.0, below=1.0
    ),
    "largest_voltage": PhysicalField("potential", "largest voltage that the cell may have", above=0.0, infinite=True),
    "cell_resistance": PhysicalField(
        "area-specific resistance", "resistance of electrolyte, separator and anode", least=0.0
    ),
    "anode_overpotential": PhysicalField("potential", "overpotential of the anode", least=0.0),
    "equilibrium_voltage": PhysicalField("potential", "equilibrium voltage of the cell", above=0.0),
    "proton_current": PhysicalField(
        "current density", "prefactor of the proton branch at 0.25 vol % of ethanol", least=0.0
    ),
    "proton_overpotential_scale": PhysicalField("potential", "overpotential scale of the proton branch", above=0.0),
    "proton_jump_distance": PhysicalField("length", "jump distance of protons in the film", above=0.0),
    "proton_order": PhysicalField(_NUMBER, "order of the proton branch in the donor", least=0.0),
    "residual_donor_fraction": PhysicalField(
        _NUMBER, "volume fraction of ethanol that other donors stand for", least=0.0, below=1.0
    ),
    "hydrogen_share": PhysicalField(_NUMBER, "share of the proton branch that ends as H2", least=0.0, most=1.0),
    "proton_mass_transfer": PhysicalField("velocity", "mass transfer coefficient of proton donors", above=0.0),
    "nitrogen_mass_transfer": PhysicalField("velocity", "mass transfer coefficient of N2", above=0.0),
    "nitrogen_solubility": PhysicalField("gas solubility", "solubility of N2", least=0.0),
    "nitridation": PhysicalField("velocity", "rate constant of the nitridation of lithium", least=0.0),
    "protonation": PhysicalField("velocity", "rate constant of the protonation of lithium", least=0.0),
    "nitride_protonation": PhysicalField("velocity", "rate constant of the protonation of Li3N", least=0.0),
    "isolation": PhysicalField("frequency", "rate at which active lithium dies", least=0.0),
    # reactions
    "electrode_potential": PhysicalField("potential", "potential of the electrode"),
    "ph": PhysicalField(_NUMBER, "acidity, pH"),
    "reference_ph": PhysicalField(_NUMBER, "reference pH"),
    "first_order_rate_constant": PhysicalField(
        "velocity", "rate constant of the electron transfer at potential zero", above=0.0
    ),
    "current_density": PhysicalField(
        "current density", "current density of the electron transfer at potential zero", above=0.0
    ),
    "limiting_current": PhysicalField(
        "current density", "largest current of a step that no potential drives", above=0.0, infinite=True
    ),
    "electron_transfer_coefficient": PhysicalField(_NUMBER, "transfer coefficient", above=0.0, below=1.0),
    "adsorption_constant": PhysicalField("molar volume", "adsorption constant of the reactant", above=0.0),
    "order_in_protons": PhysicalField(_NUMBER, "order of the electron transfer in protons", least=0.0),
    # protocol
    "start_potential": PhysicalField("potential", "start potential"),
    "vertex_potential": PhysicalField("potential", "vertex potential"),
    "end_potential": PhysicalField("potential", "end potential"),
    "scan_rate": PhysicalField("scan rate", "scan rate", above=0.0, fix=_RATE_FIX),
    "potential": PhysicalField("potential", "held potential"),
    "current": PhysicalField("current density", "held current density, oxidation positive"),
    "duration": PhysicalField("time", "duration", above=0.0),
    "on_duration": PhysicalField("time", "duration of the on phase", above=0.0),
    "off_duration": PhysicalField("time", "duration of the rest phase", above=0.0),
    "lower_cutoff": PhysicalField("potential", "lower cut-off potential"),
    "upper_cutoff": PhysicalField("potential", "upper cut-off potential"),
}
