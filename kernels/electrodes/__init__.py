"""Electrodes: what is consumed and produced at the surface, one kind a file."""

from kernels.electrodes.electrode import Electrode, SpeciesAtSurface, SurfaceActivities
from kernels.electrodes.interacting_deposit import InteractingDeposit
from kernels.electrodes.lithium_metal import LithiumMetal
from kernels.electrodes.soluble_couple import SolubleCouple

__all__ = ["Electrode", "InteractingDeposit", "LithiumMetal", "SolubleCouple", "SpeciesAtSurface", "SurfaceActivities"]
