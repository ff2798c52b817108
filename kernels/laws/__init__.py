"""Laws of SEI phases and electrodes: hopping, grain boundaries, interfaces, contacts, charge transfer, steps in series."""

from kernels.kinetics.marcus_hush_chidsey import marcus_hush_chidsey_current
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
    grain_boundary_fraction,
    parallel_grain_boundaries,
)
from kernels.laws.hopping import (
    arrhenius,
    carrier_fraction,
    hopping_diffusivity,
    nernst_einstein_conductivity,
)
from kernels.laws.interfaces import (
    ActivatedFaces,
    faces_overpotential,
    interface_exchange_current,
    interface_overpotential,
    interface_permeance,
    partition_coefficient,
)
from kernels.laws.reacted_layer import parabolic_depth, reacted_layer

__all__ = [
    "NERNST_SLOPE",
    "THERMAL_VOLTAGE",
    "ActivatedFaces",
    "acidity_factor",
    "arrhenius",
    "blocking_grain_boundaries",
    "carrier_fraction",
    "faces_overpotential",
    "grain_boundary_fraction",
    "hopping_diffusivity",
    "interface_exchange_current",
    "interface_overpotential",
    "interface_permeance",
    "layers_conductance",
    "marcus_hush_chidsey_current",
    "nernst_einstein_conductivity",
    "parabolic_depth",
    "parallel_grain_boundaries",
    "partition_coefficient",
    "potential_of_series",
    "reacted_layer",
    "steps_in_series",
    "tafel_current",
]
