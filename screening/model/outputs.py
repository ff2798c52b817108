"""Every output of a voltammetry study, registered once with its axis, unit and meaning, and how it is computed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.constants import FARADAY
from kernels.drive import Drive
from kernels.experiment import Sample
from kernels.march import Trajectory
from kernels.observables.apparent_diffusivity import PEAK_LAWS, apparent_diffusivity
from kernels.observables.charge import charge_balance
from kernels.observables.peaks import anodic_peak, cathodic_peak
from kernels.observables.resampling import resample
from kernels.stack import (
    Electrolyte,
    LayerStack,
    area_specific_resistance,
    carried_current,
    electrolyte_resistance,
    limiting_current,
)
from screening.config.study import VoltammetryStudy
from screening.model.surface import ELECTRODES

RUN, CURVE_STEP = "scan_rate", "curve_step"
# V: an ohmic film has no limiting current of its own, so its column holds at most what this drop drives through it.
OHMIC_DROP = 1.0
# points of a curve at least, beside the first
FEWEST_POINTS = 150
# what a limiting current is limited by, in the order of the codes
LIMITS = ("electrolyte", "film", "ohmic_drop")


@dataclass(frozen=True)
class Output:
    """One output variable.

    Args:
        name: of the variable in the store.
        per_run: whether there is one value for each scan rate.
        units: CF string of the SI value.
        long_name: what it is, in words.
        dtype: stored type.
        group: what must be computed for it: "film", "peak", "charge", "slope", "end", "curve" or one of an ammonia study.
        flags: names of the codes 0, 1, ... of a variable of codes.
    """

    name: str
    per_run: bool
    units: str
    long_name: str
    dtype: str = "float64"
    group: str = "film"
    flags: tuple[str, ...] = ()

    @property
    def needs_curve(self) -> bool:
        """Whether a voltammogram must be simulated for it."""
        return self.group in ("peak", "charge", "slope", "end", "curve")


REGISTRY: tuple[Output, ...] = (
    Output(
        "limiting_current_density", False, "A m-2",
        "steady limiting current density (cathodic, magnitude), at most what 1 V drives through ohmic layers and activated faces",
    ),
    Output("film_area_specific_resistance", False, "ohm m2", "small-signal steady resistance of the film alone"),
    Output(
        "film_share_of_limit", False, "1",
        "share of the electrolyte's own limiting current that the film takes away, by diffusion or by the 1 V",
    ),
    Output(
        "limited_by", False, "1",
        "what holds the limiting current down most: diffusion in the electrolyte or in the film, or the 1 V over layers and faces",
        "uint8", flags=LIMITS,
    ),
    Output("peak_current_density", True, "A m-2", "cathodic peak current density", group="peak"),
    Output("peak_potential", True, "V", "potential of the cathodic peak", group="peak"),
    Output("half_peak_potential", True, "V", "potential of half the cathodic peak current", group="peak"),
    Output(
        "peak_is_maximum", True, "1",
        "1 where the cathodic peak is a true maximum, not the end of the sweep", "uint8", "peak",
    ),
    Output("anodic_peak_current_density", True, "A m-2", "anodic peak current density", group="peak"),
    Output("anodic_peak_potential", True, "V", "potential of the anodic peak", group="peak"),
    Output("cathodic_charge_density", True, "C m-2", "charge passed cathodically (negative)", group="charge"),
    Output("anodic_charge_density", True, "C m-2", "charge passed anodically", group="charge"),
    Output("coulombic_efficiency", True, "1", "anodic charge over cathodic charge", group="charge"),
    Output(
        "apparent_diffusivity_randles_sevcik", False, "m2 s-1",
        "apparent diffusivity from peak currents against sqrt(scan rate), Randles-Sevcik", group="slope",
    ),
    Output(
        "apparent_diffusivity_berzins_delahay", False, "m2 s-1",
        "apparent diffusivity from peak currents against sqrt(scan rate), Berzins-Delahay", group="slope",
    ),
    Output(
        "apparent_diffusivity_irreversible", False, "m2 s-1",
        "apparent diffusivity from peak currents against sqrt(scan rate), totally irreversible law", group="slope",
    ),
    Output("peak_current_r_squared", False, "1", "R2 of the peak current against sqrt(scan rate)", group="slope"),
    Output("scan_rate_exponent", False, "1", "b = d log |peak current| / d log scan rate", group="slope"),
    Output(
        "apparent_diffusivity_valid", False, "1",
        "1 where the apparent diffusivity may be read as one: 0.45 <= b <= 0.55 and true peaks", "uint8", "slope",
    ),
    Output("largest_cathodic_current_density", True, "A m-2", "most negative current density", group="end"),
    Output("final_current_density", True, "A m-2", "current density at the end", group="end"),
    Output("final_potential", True, "V", "potential at the end", group="end"),
    Output("duration", True, "s", "time until the end, cut-offs included", group="end"),
    Output("lowest_potential", True, "V", "most negative potential", group="end"),
    Output("curve_time", True, "s", "time of the curve's points", group="curve"),
    Output("curve_potential", True, "V", "potential of the curve's points", group="curve"),
    Output("curve_current_density", True, "A m-2", "current density of the curve's points", group="curve"),
)  # fmt: skip


def voltammetry_outputs(study: VoltammetryStudy) -> tuple[Output, ...]:
    """Outputs that a protocol can give: peaks need a sweep, apparent diffusivities two scan rates, curves `curves = true`."""
    sweeps = bool(study.run_scan_rates)
    groups = {"film", "charge"} | ({"peak"} if sweeps else set()) | ({"curve"} if study.output.curves else set())
    groups |= {"slope"} if study.n_runs > 1 else set()
    groups |= set() if sweeps and "current" not in study.controls else {"end"}
    other_laws = {f"apparent_diffusivity_{law}" for law in PEAK_LAWS} - {
        f"apparent_diffusivity_{law}" for law in ELECTRODES[study.electrode.kind].peak_laws
    }
    return tuple(out for out in REGISTRY if out.group in groups and out.name not in other_laws)


Observer = Callable[[Sample, Drive, Float[Array, "candidate run"], Trajectory | None], dict[str, Array]]


@lru_cache(maxsize=16)
def observer(chosen: tuple[Output, ...], runs: int, by_run: bool, segments: tuple[int, ...], points: int) -> Observer:
    """A function that turns the trajectories of a batch into chosen outputs; pure JAX.

    Equal choices give the same function, so that what is compiled for one study serves another.
    """
    groups = {out.group for out in chosen}

    def observe(sample, drive, scan_rate, trajectory):
        found: dict[str, Array] = {}
        per_run: dict[str, Array] = {}
        found |= jax.vmap(film_outputs)(sample.stack, sample.electrolyte, sample.temperature)
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


def film_outputs(stack: LayerStack, electrolyte: Electrolyte, temperature: Float[Array, ""]) -> dict[str, Array]:
    """Outputs of one film that need no curve; arrays `[layer]` and scalars."""
    carried, limit = carried_current(stack, electrolyte, temperature, OHMIC_DROP), limiting_current(stack, electrolyte)
    share = film_share(electrolyte, carried)
    by_diffusion = jnp.where(share > 0.5, LIMITS.index("film"), LIMITS.index("electrolyte"))
    return {
        "limiting_current_density": carried,
        "film_area_specific_resistance": area_specific_resistance(stack, electrolyte, temperature),
        "film_share_of_limit": share,
        "limited_by": jnp.where(carried < limit, LIMITS.index("ohmic_drop"), by_diffusion).astype(jnp.uint8),
    }


def film_share(electrolyte: Electrolyte, limit: Float[Array, ""]) -> Float[Array, ""]:
    """Share of the limiting current of the electrolyte alone that a film takes away, of which `limit` is left.

    Where diffusion limits, it is the share that the film has of the resistance of film and electrolyte in series.
    """
    return jnp.maximum(1.0 - limit * electrolyte_resistance(electrolyte) / (FARADAY * electrolyte.concentration), 0.0)


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
    """Curves `[lane, curve_step]` on the nodes of curves; after a cut-off on as many evenly spaced times."""
    if drive.has_current_control:
        nodes = trajectory.time[-1][None, :] * jnp.linspace(0.0, 1.0, points)[:, None]
    else:
        nodes = curve_times(drive)
    values = (trajectory.potential, trajectory.current)
    potential, current = resample(nodes.astype(trajectory.time.dtype), trajectory.time, values)
    shaped = {"curve_time": nodes, "curve_potential": potential, "curve_current_density": current}
    return {name: jnp.moveaxis(values, 0, -1) for name, values in shaped.items()}


def curve_points(steps: tuple[int, ...]) -> int:
    """Points of a curve whose segments have these base steps."""
    return sum(steps) * _pieces(steps) + 1


def curve_times(drive: Drive) -> Float[Array, "node lane"]:
    """Times of the base steps of every lane, of their parts where they are few, if no cut-off ends a segment early."""
    ends = jnp.cumsum(drive.duration, axis=0)
    begins = ends - drive.duration
    pieces = [jnp.zeros((1, drive.start.shape[1]), drive.duration.dtype)]
    for number, steps in enumerate(drive.steps):
        count = steps * _pieces(drive.steps)
        share = jnp.arange(1, count + 1)[:, None] / count
        pieces.append(begins[number][None, :] + share * drive.duration[number][None, :])
    return jnp.concatenate(pieces)


def _pieces(steps: tuple[int, ...]) -> int:
    """Parts of a base step that a curve shows: what was stepped between its ends is seen where base steps are few."""
    return -(-FEWEST_POINTS // sum(steps))
