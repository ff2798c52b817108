"""Every output of a screening, registered once with its axis, unit and meaning, and computed from the trajectories."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
from kernels.stack import area_specific_resistance, limiting_current

if TYPE_CHECKING:
    from screening.config.study import Study

RUN, CURVE_STEP = "scan_rate", "curve_step"


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


REGISTRY: tuple[Output, ...] = (
    Output("limiting_current_density", False, "A m-2", "steady limiting current density (cathodic, magnitude)"),
    Output("film_area_specific_resistance", False, "ohm m2", "small-signal steady resistance of the film alone"),
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


def outputs_of(study: "Study") -> tuple[Output, ...]:
    """The outputs that a study has and asks for.

    Args:
        study: the study; peaks need a sweep, apparent diffusivities two different scan rates, curves `curves = true`.

    Returns:
        registered outputs, in the order of the registry.

    Raises:
        StudyError: `[output] outputs` names one that does not exist or that this protocol cannot give.
    """
    from screening.errors import StudyError, unknown_name

    sweeps = bool(study.run_scan_rates)
    groups = {"film", "charge"} | ({"peak"} if sweeps else set()) | ({"curve"} if study.output.curves else set())
    groups |= {"slope"} if study.n_runs > 1 else set()
    groups |= set() if sweeps and "current" not in study.controls else {"end"}
    wrong_law = "berzins_delahay" if study.electrode_kind == "couple" else "irreversible"
    possible = tuple(out for out in REGISTRY if out.group in groups and not out.name.endswith(wrong_law))
    if study.ammonia is not None:
        from screening.model.ammonia_outputs import ammonia_outputs

        possible = ammonia_outputs(study)
    wanted = study.output.outputs
    if wanted is None:
        return possible
    names = [out.name for out in possible]
    for name in wanted:
        if name not in [*names, *(out.name for out in REGISTRY)]:
            raise unknown_name("output", name, names, where="output.outputs")
        if name not in names:
            raise StudyError(
                "output that this protocol does not give",
                got=name,
                expected="one of " + ", ".join(names),
                fix="leave it out, or add scan rates or curves = true",
                where="output.outputs",
            )
    return tuple(out for out in possible if out.name in wanted or out.group == "curve")


def film_alone(outputs: tuple[Output, ...]) -> bool:
    """Whether no protocol needs to be run for these outputs.

    Args:
        outputs: from `outputs_of`.

    Returns:
        True where all of them follow from the film and its electrolyte in closed form.

    Example:
        >>> film_alone(REGISTRY[:2]), film_alone(REGISTRY)
        (True, False)
    """
    return all(out.group == "film" for out in outputs)


def sweep_segments(study: "Study") -> tuple[int, ...]:
    """Indices of the segments in which peaks are looked for.

    Args:
        study: the study.

    Returns:
        indices of the potential sweeps.
    """
    return tuple(number for number, segment in enumerate(study.segments) if segment.scan_rates)


def make_observer(
    study: "Study",
) -> Callable[[Sample, Drive, Float[Array, "candidate run"], Trajectory | None], dict[str, Array]]:
    """A function that turns the trajectories of a batch into the study's outputs; pure JAX.

    Args:
        study: the study (fixes what is computed).

    Returns:
        function (sample, drive, scan rates `[candidate, run]`, trajectory `[row, candidate * run]`) -> outputs
        `[candidate]`, `[candidate, run]` or `[candidate, run, curve_step]`. Where all of them are those of the film
        alone, the trajectory may be None.
    """
    chosen = outputs_of(study)
    groups, runs, segments = {out.group for out in chosen}, study.n_runs, sweep_segments(study)
    metal, points = study.electrode_kind == "metal", sum(study.segment_steps) + 1

    def observe(sample, drive, scan_rate, trajectory):
        found: dict[str, Array] = {}
        per_run: dict[str, Array] = {}
        found["limiting_current_density"] = jax.vmap(limiting_current)(sample.stack, sample.electrolyte)
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
            found |= _slopes(sample, scan_rate, per_run, runs, metal)
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
        axes = (runs,) if study.run_scan_rates else ()
        found |= {name: values.reshape(-1, *axes) for name, values in per_run.items()}
        if "curve" in groups:
            found |= {
                name: values.reshape(-1, *axes, points) for name, values in _curves(drive, trajectory, points).items()
            }
        return {out.name: found[out.name] for out in chosen}

    return observe


def _slopes(sample, scan_rate, per_run, runs, metal):
    """Apparent diffusivities as an experimenter would compute them from the peaks."""
    # steps in float32 end here: what is drawn from their peaks is drawn in the precision of the study
    height = per_run["peak_current_density"].reshape(-1, runs).T.astype(scan_rate.dtype)
    is_peak = per_run["peak_is_maximum"].reshape(-1, runs).T
    couple = sample.electrode
    electrons, alpha = (1.0, 0.5) if metal else (couple.electron_number, couple.transfer_coefficient)

    def analyse(law):
        return apparent_diffusivity(
            height, is_peak, scan_rate.T, sample.electrolyte.concentration, sample.temperature, law, electrons, alpha
        )

    first, second = analyse("randles_sevcik"), analyse("berzins_delahay" if metal else "irreversible")
    return {
        "apparent_diffusivity_randles_sevcik": first.diffusivity,
        f"apparent_diffusivity_{'berzins_delahay' if metal else 'irreversible'}": second.diffusivity,
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
    """Times of the base steps of every lane, where no cut-off ends a segment early.

    Args:
        drive: the experiment.

    Returns:
        `[node, lane]`, s, total steps + 1 of them.
    """
    ends = jnp.cumsum(drive.duration, axis=0)
    begins = ends - drive.duration
    pieces = [jnp.zeros((1, drive.start.shape[1]), drive.duration.dtype)]
    for number, steps in enumerate(drive.steps):
        share = jnp.arange(1, steps + 1)[:, None] / steps
        pieces.append(begins[number][None, :] + share * drive.duration[number][None, :])
    return jnp.concatenate(pieces)
