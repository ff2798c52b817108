"""Independent oracles (numpy, scipy only; nothing from kernels or screening) in one namespace.

Closed forms: oracle_closed_forms. Soluble couple by Abel-Volterra: oracle_couple. Layer stacks in the Laplace domain
and deposition through them: oracle_layers. Use: `from tests.reference import oracles`.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.reference.oracle_closed_forms import (
    FARADAY,
    GAS_CONSTANT,
    TEMPERATURE,
    THERMAL_VOLTAGE,
    berzins_delahay_current_function,
    cottrell,
    galvanostatic_concentration,
    half_wave_shift,
    irreversible_current_function,
    planar_limiting_current,
    reversible_current_function,
    reversible_voltammogram,
    sand_time,
    transition_time,
)
from tests.reference.oracle_couple import (
    Cycle,
    Peaks,
    locate_peaks,
    peak_separation,
    quasi_reversible_cycle,
    reversible_cycle,
    triangular_potential,
)
from tests.reference.oracle_layers import (
    Layer,
    Voltammogram,
    cathodic_peak,
    deposition_voltammogram,
    inverse_laplace,
    layered_impedance,
    layered_limiting_current,
    limiting_step_current,
    surface_activity_step,
    surface_transfer,
)

__all__ = [
    "FARADAY",
    "GAS_CONSTANT",
    "TEMPERATURE",
    "THERMAL_VOLTAGE",
    "Cycle",
    "Layer",
    "Peaks",
    "Voltammogram",
    "berzins_delahay_current_function",
    "cathodic_peak",
    "cottrell",
    "deposition_voltammogram",
    "galvanostatic_concentration",
    "half_wave_shift",
    "inverse_laplace",
    "irreversible_current_function",
    "layered_impedance",
    "layered_limiting_current",
    "limiting_step_current",
    "locate_peaks",
    "peak_separation",
    "planar_limiting_current",
    "quasi_reversible_cycle",
    "reference_table",
    "reversible_current_function",
    "reversible_cycle",
    "reversible_voltammogram",
    "sand_time",
    "surface_activity_step",
    "surface_transfer",
    "transition_time",
    "triangular_potential",
]


def reference_table(data_folder: Path, name: str) -> NDArray[np.float64]:
    """Numeric table [row, column] of `data_folder`/reference_tables/`name` without its header line.

    Arguments: data_folder, the test fixture `sei_data`. Errors: FileNotFoundError where the file is absent.
    Example: reference_table(sei_data, "nicholson_1965_psi_dEp.csv")[:, 0] -> psi
    """
    return np.loadtxt(data_folder / "reference_tables" / name, delimiter=",", skiprows=1)
