"""Observables of simulated voltammograms: peaks, charge, apparent diffusivity, resampled curves."""

from kernels.observables.apparent_diffusivity import (
    PEAK_LAWS,
    ApparentDiffusivity,
    PeakLaw,
    apparent_diffusivity,
)
from kernels.observables.charge import ChargeBalance, charge_balance
from kernels.observables.peaks import Peak, anodic_peak, cathodic_peak
from kernels.observables.resampling import resample

__all__ = [
    "PEAK_LAWS",
    "ApparentDiffusivity",
    "ChargeBalance",
    "Peak",
    "PeakLaw",
    "anodic_peak",
    "apparent_diffusivity",
    "cathodic_peak",
    "charge_balance",
    "resample",
]
