"""Laws of SEI phases and electrodes: hopping, grain boundaries, interfaces, charge transfer, steps in series."""

from kernels.laws.electrode_steps import (
    NERNST_SLOPE,
    THERMAL_VOLTAGE,
    acidity_factor,
    layers_conductance,
    potential_of_series,
    steps_in_series,
    tafel_current,
)
from kernels.laws.grain_boundaries import (
    blocking_grain_boundaries,
    boundary_value_of,
    grain_boundary_fraction,
    parallel_grain_boundaries,
)
from kernels.laws.hopping import (
    arrhenius,
    carrier_fraction,
    high_field_current,
    hopping_diffusivity,
    migration_energy_of,
    nernst_einstein_conductivity,
    nernst_einstein_diffusivity,
)
from kernels.laws.interfaces import (
    interface_exchange_current,
    interface_overpotential,
    interface_permeance,
    partition_coefficient,
    permeance_overpotential,
)
from kernels.laws.marcus_hush_chidsey import marcus_hush_chidsey_current

__all__ = [
    "NERNST_SLOPE",
    "THERMAL_VOLTAGE",
    "acidity_factor",
    "arrhenius",
    "blocking_grain_boundaries",
    "boundary_value_of",
    "carrier_fraction",
    "grain_boundary_fraction",
    "high_field_current",
    "hopping_diffusivity",
    "interface_exchange_current",
    "interface_overpotential",
    "interface_permeance",
    "layers_conductance",
    "marcus_hush_chidsey_current",
    "migration_energy_of",
    "nernst_einstein_conductivity",
    "nernst_einstein_diffusivity",
    "parallel_grain_boundaries",
    "partition_coefficient",
    "permeance_overpotential",
    "potential_of_series",
    "steps_in_series",
    "tafel_current",
]
