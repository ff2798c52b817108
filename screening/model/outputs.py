"""Every output of a voltammetry study, registered once with its axis, unit and meaning."""

from dataclasses import dataclass

from kernels.observables.apparent_diffusivity import PEAK_LAWS
from screening.config.study import VoltammetryStudy
from screening.model.surface import ELECTRODES

RUN, CURVE_STEP = "scan_rate", "curve_step"
# V: an ohmic film has no limiting current of its own, so its column holds at most what this drop drives through it.
OHMIC_DROP = 1.0


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
        "steady limiting current density (cathodic, magnitude), at most what 1 V drives through the ohmic layers",
    ),
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
