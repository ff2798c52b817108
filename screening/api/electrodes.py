"""Electrodes: lithium metal, or a soluble redox couple."""

from dataclasses import dataclass

from screening.api.array_arguments import Quantity
from screening.api.study_tables import StudyTable
from screening.config.electrode_tables import CoupleElectrode, MetalElectrode


@dataclass(frozen=True)
class Metal(StudyTable):
    """Lithium deposition and stripping, Li+ + e- = Li; potentials are against Li/Li+ at bulk concentration.

    Args:
        exchange_current_density: at unit activity of Li+; "inf A/m^2" is the reversible limit. The default, 10 mA/cm2,
            lies in the 2 to 14 mA/cm2 that Boyle et al. measured in four electrolytes (10.1021/acsenergylett.0c00031).
        transfer_coefficient: cathodic (Butler-Volmer); 0.5 if left out.
        monolayer_inventory: Li at which the surface counts as covered; one monolayer if left out.
        initial_inventory: Li on the electrode at the start; none if left out.
        interaction: Frumkin's g, by how many R T the bare substrate holds Li more strongly than Li does; none if left out.
        series_resistance: uncompensated, area-specific; none if left out.
        double_layer_capacitance: area-specific; none if left out.
        kinetics: rate law: "butler_volmer" (if left out), "marcus_hush_chidsey" or "asymmetric_marcus_hush".
        reorganisation_energy: lambda (both laws of Marcus and Hush).
        asymmetry: gamma of the barrier (asymmetric Marcus-Hush).

    Raises:
        StudyError: a value that a study file would not be allowed either.

    Example:
        >>> Metal(series_resistance="1 ohm*cm^2").exchange_current_density
        '10 mA/cm^2'
    """

    _schema = MetalElectrode
    _kind = "metal"

    exchange_current_density: Quantity = "10 mA/cm^2"
    transfer_coefficient: Quantity | None = None
    monolayer_inventory: Quantity | None = None
    initial_inventory: Quantity | None = None
    series_resistance: Quantity | None = None
    double_layer_capacitance: Quantity | None = None
    kinetics: str | None = None
    reorganisation_energy: Quantity | None = None
    asymmetry: Quantity | None = None
    interaction: Quantity | None = None


@dataclass(frozen=True)
class Couple(StudyTable):
    """Soluble redox couple, O + n e- = R, both species diffusing.

    Args:
        rate_constant: standard heterogeneous rate constant; "inf m/s" is the reversible limit.
        oxidised_concentration: bulk concentration of O.
        reduced_concentration: bulk concentration of R; none if left out.
        electron_number: n; 1 if left out.
        formal_potential: on the scale of the protocol's potentials; 0 V if left out.
        transfer_coefficient: cathodic (Butler-Volmer); 0.5 if left out.
        reduced_diffusivity: of R in the electrolyte; that of O if left out.
        series_resistance: uncompensated, area-specific; none if left out.
        double_layer_capacitance: area-specific; none if left out.
        kinetics: rate law: "butler_volmer" (if left out), "marcus_hush_chidsey" or "asymmetric_marcus_hush".
        reorganisation_energy: lambda (both laws of Marcus and Hush).
        asymmetry: gamma of the barrier (asymmetric Marcus-Hush).

    Raises:
        StudyError: a value that a study file would not be allowed either.

    Example:
        >>> Couple("inf m/s", "1 mmol/L").electron_number is None
        True
    """

    _schema = CoupleElectrode
    _kind = "couple"

    rate_constant: Quantity
    oxidised_concentration: Quantity
    reduced_concentration: Quantity | None = None
    electron_number: int | None = None
    formal_potential: Quantity | None = None
    transfer_coefficient: Quantity | None = None
    reduced_diffusivity: Quantity | None = None
    series_resistance: Quantity | None = None
    double_layer_capacitance: Quantity | None = None
    kinetics: str | None = None
    reorganisation_energy: Quantity | None = None
    asymmetry: Quantity | None = None
