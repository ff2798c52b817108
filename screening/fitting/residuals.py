"""From trajectories to residuals: (model - target) / standard uncertainty, differentiable."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from kernels.experiment import Sample
from kernels.march import Trajectory
from kernels.observables.apparent_diffusivity import apparent_diffusivity
from kernels.observables.peaks import anodic_peak, cathodic_peak
from kernels.observables.resampling import resample
from kernels.stack import area_specific_resistance, carried_current
from screening.fitting.impedance_target import Spectrum, spectrum_residuals
from screening.model.candidate import Operation
from screening.model.outputs import OHMIC_DROP

# Where many starts are compared, residuals beyond this many standard uncertainties add in proportion, not with their square.
ROBUST = 30.0
# Targets that a start may miss by decades; their residual is that of the logarithm.
LOGARITHMIC = ("apparent_diffusivity", "limiting_current", "area_specific_resistance")


class ScalarTarget(NamedTuple):
    """What one number is compared with, as its table says; static."""

    kind: str
    run: int = 0
    peak: str = "cathodic"
    law: str = "randles_sevcik"
    line: str = "with_intercept"
    own_concentration: bool = False  # whether the experimenter put another concentration into the law


@dataclass(frozen=True)
class ResidualLayout:
    """The static shape of the residuals.

    Attributes:
        runs: number of scan rates, or of operating points.
        curves: run of each measured curve.
        segments: sweeps in which peaks are looked for.
    """

    runs: int
    curves: tuple[int, ...]
    scalars: tuple[ScalarTarget, ...]
    segments: tuple[int, ...]

    @property
    def needs_curves(self) -> bool:
        """Whether any target needs a simulated voltammogram."""
        return bool(self.curves) or self.needs_peaks

    @property
    def needs_peaks(self) -> bool:
        """Whether any target is read from a peak."""
        return any(target.kind in ("peak_current", "peak_potential", "apparent_diffusivity") for target in self.scalars)


class TargetData(NamedTuple):
    """The numbers that the model is compared with; all arrays, so that another data set compiles nothing.

    Attributes:
        time: `[node, curve]`, s; padded by repeating the last.
        current: `[node, curve]`, A m-2.
        weight: `[node, curve]`, 1 / standard uncertainty, m2 A-1; 0 for padding.
        value: `[scalar]`, SI.
        scalar_weight: `[scalar]`, 1 / standard uncertainty (of the logarithm for `LOGARITHMIC`).
        concentration: `[scalar]`, mol m-3, of the experimenter's law; NaN for that of the model.
        scan_rate: `[run]`, V s-1.
        spectra: impedance spectra.
        conditions: `[run]`, SI, by label, in which operating points differ.
        background: `[node, curve, term]`, orthonormal directions that a background can explain; None without one.
    """

    time: Any
    current: Any
    weight: Any
    value: Any
    scalar_weight: Any
    concentration: Any
    scan_rate: Any
    spectra: tuple[Spectrum, ...] = ()
    conditions: Any = None
    background: Any = None

    @property
    def profiled(self) -> int:
        """Number of coefficients of the background, which are fitted beside the free quantities."""
        return 0 if self.background is None else self.background.shape[2]


class Measured(NamedTuple):
    """Between the model and the instrument, `[start]` each: potential offset (V), current offset (A m-2), area factor."""

    potential_offset: Array
    current_offset: Array
    area_factor: Array


def model_currents(
    layout: ResidualLayout, data: TargetData, trajectory: Trajectory, measured: Measured
) -> Float[Array, "start curve node"]:
    """What the instrument would have recorded at the points of the measured curves."""
    rows, lanes = trajectory.time.shape
    starts = lanes // layout.runs

    def of_curves(values):
        by_run = values.reshape(rows, starts, layout.runs)
        return jnp.stack([by_run[:, :, run] for run in layout.curves], 2).reshape(rows, -1)

    nodes = jnp.tile(jnp.asarray(data.time, trajectory.time.dtype), (1, starts))
    current = resample(nodes, of_curves(trajectory.time), of_curves(trajectory.current))
    shaped = jnp.moveaxis(current.reshape(-1, starts, len(layout.curves)), 0, 2)
    return measured.area_factor[:, None, None] * shaped + measured.current_offset[:, None, None]


def model_scalars(
    layout: ResidualLayout,
    data: TargetData,
    sample: Sample | Operation,
    trajectory: Trajectory | None,
    measured: Measured,
    points: Mapping[str, Array],
) -> Float[Array, "start scalar"]:
    """What an experimenter would have reported for the targets that are single numbers."""
    found = []
    peaks = {}
    if layout.needs_peaks:
        assert trajectory is not None, "peaks are read from curves"
        curve = (trajectory.time, trajectory.potential, trajectory.current, trajectory.segment)
        peaks = {"cathodic": cathodic_peak(*curve, segments=layout.segments)}
        if any(target.peak == "anodic" for target in layout.scalars):
            peaks["anodic"] = anodic_peak(*curve, segments=layout.segments)

    def per_run(values):
        return values.reshape(-1, layout.runs)

    factor, offset = measured.area_factor[:, None], measured.current_offset[:, None]
    for place, target in enumerate(layout.scalars):
        if target.kind in points:
            found.append(points[target.kind].reshape(-1, layout.runs)[:, target.run])
        elif target.kind == "peak_current":
            found.append((factor * per_run(peaks[target.peak].current) + offset)[:, target.run])
        elif target.kind == "peak_potential":
            potential = per_run(peaks[target.peak].potential) + measured.potential_offset[:, None]
            found.append(potential[:, target.run])
        elif target.kind == "apparent_diffusivity":
            height = factor * per_run(peaks["cathodic"].current)
            is_peak = per_run(peaks["cathodic"].is_peak)
            own = jnp.broadcast_to(data.concentration[place], sample.electrolyte.concentration.shape)
            concentration = own if target.own_concentration else sample.electrolyte.concentration
            found.append(_apparent(target, data, height, is_peak, concentration, sample))
        elif target.kind == "limiting_current":
            carried = jax.vmap(partial(carried_current, drop=OHMIC_DROP))
            current = carried(sample.stack, sample.electrolyte, sample.temperature)
            found.append(measured.area_factor * current.reshape(*measured.area_factor.shape, -1)[:, 0])
        else:
            resistance = jax.vmap(area_specific_resistance)(sample.stack, sample.electrolyte, sample.temperature)
            found.append(resistance.reshape(*measured.area_factor.shape, -1)[:, 0] / measured.area_factor)
    return jnp.stack(found, 1)


def residuals(
    layout: ResidualLayout,
    data: TargetData,
    sample: Sample | Operation,
    trajectory: Trajectory | None,
    measured: Measured,
    points: Mapping[str, Array] = MappingProxyType({}),
) -> Float[Array, "start residual"]:
    """Residuals of all targets: the curves one after another, the single numbers, the spectra.

    Of a cell that makes ammonia `points` are the outputs of its operating points, `[start * run]`.
    """
    parts = []
    if layout.curves:
        assert trajectory is not None, "curves are simulated"
        current = model_currents(layout, data, trajectory, measured)
        deviation = (current - data.current.T[None]) * data.weight.T[None]
        if data.background is not None:
            share = jnp.einsum("nct,scn->st", data.background, deviation)
            deviation = deviation - jnp.einsum("nct,st->scn", data.background, share)
        parts.append(deviation.reshape(deviation.shape[0], -1))
    if layout.scalars:
        model = model_scalars(layout, data, sample, trajectory, measured, points)
        columns = []
        for place, target in enumerate(layout.scalars):
            value = model[:, place]
            if target.kind in LOGARITHMIC:
                change = jnp.log(jnp.maximum(value, 1e-300)) - jnp.log(data.value[place])
            else:
                change = value - data.value[place]
            columns.append(change * data.scalar_weight[place])
        parts.append(jnp.stack(columns, 1))
    if isinstance(sample, Sample):
        offset, factor = measured.potential_offset, measured.area_factor
        parts += [spectrum_residuals(one, sample, offset, factor) for one in data.spectra]
    return jnp.concatenate(parts, 1)


def robust_loss(residual: np.ndarray) -> np.ndarray:
    """Loss `[point]` of residuals `[point, residual]` that a few large ones do not dominate."""
    return 2 * ROBUST**2 * np.sum(np.sqrt(1 + (residual / ROBUST) ** 2) - 1, axis=1)


def _apparent(target, data, height, is_peak, concentration, sample):
    """Apparent diffusivity `[start]` by one law and line."""
    electrons, alpha = sample.electrode.peak_numbers()
    rates = jnp.broadcast_to(data.scan_rate[:, None], height.T.shape)
    found = apparent_diffusivity(
        height.T, is_peak.T, rates, concentration, sample.temperature, target.law, electrons, alpha
    )
    if target.line == "through_origin":
        return found.diffusivity_through_origin
    return jnp.mean(found.diffusivity_per_rate, axis=0) if target.line == "each" else found.diffusivity
