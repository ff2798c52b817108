"""Kinds of electrode in a study file, as the kernels have them."""

from kernels.electrodes.couple import SolubleCouple
from kernels.electrodes.electrode import Electrode
from kernels.electrodes.metal import MetalElectrode

ELECTRODES: dict[str, type[Electrode]] = {"metal": MetalElectrode, "couple": SolubleCouple}
