"""Observables of simulated voltammograms: peaks, charge, apparent diffusivity, plateau currents, resampled curves."""

from kernels.observables.apparent_diffusivity import (
    PEAK_LAWS,
    ApparentDiffusivity,
    PeakLaw,
    apparent_diffusivity,
    peak_current_slope,
)
from kernels.observables.charge import ChargeBalance, charge_balance
from kernels.observables.limiting_current import PlateauCurrent, current_at_potential, plateau_current
from kernels.observables.peaks import Peak, anodic_peak, cathodic_peak, peak_separation
from kernels.observables.resampling import resample

__all__ = [
    "PEAK_LAWS",
    "ApparentDiffusivity",
    "ChargeBalance",
    "Peak",
    "PeakLaw",
    "PlateauCurrent",
    "anodic_peak",
    "apparent_diffusivity",
    "cathodic_peak",
    "charge_balance",
    "current_at_potential",
    "peak_current_slope",
    "peak_separation",
    "plateau_current",
    "resample",
]
