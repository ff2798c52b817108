"""Calibrated constants of the ammonia models, by the salt of the electrolyte, with where each comes from."""

from collections.abc import Mapping
from types import MappingProxyType

import jax.numpy as jnp

from kernels.ammonia.cell_energy import LITHIUM_CELL_VOLTAGE
from kernels.ammonia.current_branches import FilmTransport, ProtonBranch
from kernels.ammonia.steady_cell import CellParameters
from kernels.constants import ELEMENTARY_CHARGE

KILOJOULE_PER_MOLE = 1e3 / 6.02214076e23  # J per ion

LIMITING_CURRENT = 1050.0  # A m-2
# ohm m2 of the film and of the rest of the cell
_RESISTANCES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"LiDFOB": (2.57e-4, 20.9e-4), "LiBF4": (187e-4, 32.6e-4)}
)

CALIBRATION_SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "resistance, limiting_current, proton.current, proton.overpotential_scale, proton.order, proton.residual_donor, "
        "proton_mass_transfer, cell_resistance": "least squares to 15 targets: 6 FE and 4 cell voltages of Zhang et al. (2026), "
        "10.1126/science.adw5462, and 5 FE against ethanol of Fu et al. (2023), 10.1126/science.adf4403; 10 constants, so "
        "correlated",
        "nitrogen_mass_transfer": "estimate, a diffusion layer of 12 um beside a gas-fed electrode; not calibrated",
        "nitrogen_solubility": "6 mol m-3 bar-1, from memory of Gibanel et al. (1993), 10.1007/BF00649244; not verified",
        "salting_out": "estimate: between no loss and half of the solubility at 2 mol L-1",
        "equilibrium_voltage": "standard potential of Li+/Li",
        "transport_energy": "12 to 18 kJ mol-1 in ethers, from memory; not verified",
        "proton_energy": "1.21 eV of H+ in the LiDFOB film, Zhang et al. (2026)",
        "hydrogen_share": "1: the calibration cannot tell H2 from solvent reduction",
    }
)


def calibrated_cell(salt: str) -> tuple[FilmTransport, CellParameters]:
    """Film and cell constants calibrated to published efficiencies and voltages, at 298.15 K.

    Args:
        salt: "LiDFOB" or "LiBF4".

    Returns:
        FilmTransport (for cells without a layer stack) and CellParameters, of scalars. `CALIBRATION_SOURCES` says where
        each number comes from.

    Raises:
        ValueError: if the salt is unknown.

    Source: Zhang et al., Science 391 (2026), 10.1126/science.adw5462; Fu et al., Science 379, 707 (2023),
        10.1126/science.adf4403.

    Example:
        >>> calibrated_cell("LiBF4")[0].limiting_current.item()
        1050.0
    """
    if salt not in _RESISTANCES:
        raise ValueError(f"salt: got {salt!r}, expected one of {', '.join(_RESISTANCES)}: choose one")
    film_resistance, cell_resistance = _RESISTANCES[salt]
    film = {
        "resistance": film_resistance,
        "desolvation_resistance": 0.0,
        "limiting_current": LIMITING_CURRENT,
    }
    proton = {
        "current": 19.6,
        "overpotential_scale": 0.674,
        "order": 2.16,
        "residual_donor": 0.67e-3,
        "hydrogen_share": 1.0,
    }
    cell = {
        "proton_mass_transfer": 1.66e-5,
        "nitrogen_mass_transfer": 1e-4,
        "nitrogen_solubility": 6e-5,
        "salting_out": 1.5e-4,
        "cell_resistance": cell_resistance,
        "anode_overpotential": 0.0,
        "equilibrium_voltage": LITHIUM_CELL_VOLTAGE,
        "transport_energy": 15 * KILOJOULE_PER_MOLE,
        "proton_energy": 1.21 * ELEMENTARY_CHARGE,
    }
    film, proton, cell = ({name: jnp.asarray(value) for name, value in part.items()} for part in (film, proton, cell))
    return FilmTransport(**film), CellParameters(ProtonBranch(**proton), **cell)
