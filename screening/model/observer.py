"""From the trajectories of a block of candidates to the outputs of a voltammetry study."""

from collections.abc import Callable
from functools import lru_cache, partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.drive import Drive
from kernels.experiment import Sample
from kernels.march import Trajectory
from kernels.observables.apparent_diffusivity import apparent_diffusivity
from kernels.observables.charge import charge_balance
from kernels.observables.peaks import anodic_peak, cathodic_peak
from kernels.observables.resampling import resample
from kernels.stack import area_specific_resistance, carried_current
from screening.config.study import VoltammetryStudy
from screening.model.asked_outputs import outputs_of
from screening.model.outputs import OHMIC_DROP, Output

Observer = Callable[[Sample, Drive, Float[Array, "candidate run"], Trajectory | None], dict[str, Array]]


def make_observer(study: VoltammetryStudy) -> Observer:
    """A function that turns the trajectories of a batch into the study's outputs; pure JAX."""
    points = sum(study.segment_steps) + 1
    return _observer(outputs_of(study), study.n_runs, bool(study.run_scan_rates), tuple(study.sweep_segments), points)


@lru_cache(maxsize=16)
def _observer(chosen: tuple[Output, ...], runs: int, by_run: bool, segments: tuple[int, ...], points: int) -> Observer:
    """The same function for equal choices, so that what is compiled for one study serves another."""
    groups = {out.group for out in chosen}

    def observe(sample, drive, scan_rate, trajectory):
        found: dict[str, Array] = {}
        per_run: dict[str, Array] = {}
        found["limiting_current_density"] = jax.vmap(partial(carried_current, drop=OHMIC_DROP))(
            sample.stack, sample.electrolyte, sample.temperature
        )
        found["film_area_specific_resistance"] = jax.vmap(area_specific_resistance)(
            sample.stack, sample.electrolyte, sample.temperature
        )
        if groups & {"peak", "slope"}:
            curve = (trajectory.time, trajectory.potential, trajectory.current, trajectory.segment)
            peak, counter = cathodic_peak(*curve, segments=segments), anodic_peak(*curve, segments=segments)
            per_run |= {
                "peak_current_density": peak.current,
                "peak_potential": peak.potential,
                "half_peak_potential": peak.half_peak_potential,
                "peak_is_maximum": peak.is_peak,
                "anodic_peak_current_density": counter.current,
                "anodic_peak_potential": counter.potential,
            }
        if "slope" in groups:
            found |= _slopes(sample, scan_rate, per_run, runs)
        if "charge" in groups:
            balance = charge_balance(trajectory.charge, trajectory.segment)
            per_run |= {
                "cathodic_charge_density": balance.cathodic,
                "anodic_charge_density": balance.anodic,
                "coulombic_efficiency": balance.coulombic_efficiency,
            }
        if "end" in groups:
            per_run |= {
                "largest_cathodic_current_density": jnp.min(trajectory.current, axis=0),
                "final_current_density": trajectory.current[-1],
                "final_potential": trajectory.potential[-1],
                "duration": trajectory.time[-1],
                "lowest_potential": jnp.min(trajectory.potential, axis=0),
            }
        axes = (runs,) if by_run else ()
        found |= {name: values.reshape(-1, *axes) for name, values in per_run.items()}
        if "curve" in groups:
            found |= {
                name: values.reshape(-1, *axes, points) for name, values in _curves(drive, trajectory, points).items()
            }
        return {out.name: found[out.name] for out in chosen}

    return observe


def _slopes(sample, scan_rate, per_run, runs):
    """Apparent diffusivities as an experimenter would compute them from the peaks."""
    # steps in float32 end here: what is drawn from their peaks is drawn in the precision of the study
    height = per_run["peak_current_density"].reshape(-1, runs).T.astype(scan_rate.dtype)
    is_peak = per_run["peak_is_maximum"].reshape(-1, runs).T
    electrons, alpha = sample.electrode.peak_numbers()

    def analyse(law):
        return apparent_diffusivity(
            height, is_peak, scan_rate.T, sample.electrolyte.concentration, sample.temperature, law, electrons, alpha
        )

    found = [analyse(law) for law in sample.electrode.peak_laws]
    first = found[0]
    return {
        f"apparent_diffusivity_{law}": one.diffusivity
        for law, one in zip(sample.electrode.peak_laws, found, strict=True)
    } | {
        "peak_current_r_squared": first.r_squared,
        "scan_rate_exponent": first.scan_rate_exponent,
        "apparent_diffusivity_valid": first.valid,
    }


def _curves(drive, trajectory, points):
    """Curves `[lane, curve_step]` on the base nodes; after a cut-off on as many evenly spaced times."""
    if drive.has_current_control:
        nodes = trajectory.time[-1][None, :] * jnp.linspace(0.0, 1.0, points)[:, None]
    else:
        nodes = base_node_times(drive)
    values = (trajectory.potential, trajectory.current)
    potential, current = resample(nodes.astype(trajectory.time.dtype), trajectory.time, values)
    shaped = {"curve_time": nodes, "curve_potential": potential, "curve_current_density": current}
    return {name: jnp.moveaxis(values, 0, -1) for name, values in shaped.items()}


def base_node_times(drive: Drive) -> Float[Array, "node lane"]:
    """Times of the base steps of every lane, where no cut-off ends a segment early."""
    ends = jnp.cumsum(drive.duration, axis=0)
    begins = ends - drive.duration
    pieces = [jnp.zeros((1, drive.start.shape[1]), drive.duration.dtype)]
    for number, steps in enumerate(drive.steps):
        share = jnp.arange(1, steps + 1)[:, None] / steps
        pieces.append(begins[number][None, :] + share * drive.duration[number][None, :])
    return jnp.concatenate(pieces)
