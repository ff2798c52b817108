"""Films seen by neutrons: as the prior of a screening that is run, and against every growth law."""

import tempfile
from functools import lru_cache
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import screening as sei
from experiments.catalogue import Parameters
from experiments.comparison import Unreached
from experiments.real_films.measured_data import CURRENTS, RUNS, NeutronFilms, grown_by, neutron_films, pooled
from kernels.ammonia import GROWTH_LAWS, default_growth, grow_film

NANOMETRE = 1e-9
SEED = 0
STUDY = """
title = "LiBF4 films as thick as neutrons see them"
# thicknesses: neutron reflectometry of Niemann et al.; conductivity: effective value of the calibrated LiBF4 film
[sampling]
design = "sobol"
samples = 256
seed = {seed}
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "61 um"
[[film]]
name = "LiBF4"
[[film.layer]]
phase = "LiF"
closure = "ohmic"
thickness = {{ distribution = "normal", mean = "{outer:.4f} nm", standard_deviation = "{outer_spread:.4f} nm", low = "1 nm" }}
conductivity = "{conductivity:.6g} S/m"
[[film.layer]]
phase = "Li3N"
closure = "ohmic"
thickness = {{ distribution = "normal", mean = "{inner:.4f} nm", standard_deviation = "{inner_spread:.4f} nm", low = "0.2 nm" }}
conductivity = "{inner_conductivity:.6g} S/m"
[ammonia]
model = "steady"
calibration = "LiBF4"
current = "{current:.6g} A/m^2"
on_time = "1 s"
ethanol_fraction = 0.0025
nitrogen_pressure = "1 bar"
[output]
outputs = ["faradaic_efficiency", "cell_voltage", "film_area_specific_resistance"]
"""


def study(used: Parameters, films: NeutronFilms) -> str:
    """Study file of a screening whose thicknesses are drawn from the measured ones."""
    factor = used["thickness_factor"]
    outer, outer_spread = (factor * one for one in pooled(films.outer))
    inner, inner_spread = (factor * one for one in pooled(films.inner))
    return STUDY.format(
        seed=SEED,
        outer=outer,
        outer_spread=outer_spread,
        inner=inner,
        inner_spread=inner_spread,
        conductivity=used["film_conductivity"],
        inner_conductivity=used["inner_conductivity"],
        current=used["screened_current"],
    )


def screened(used: Parameters, films: NeutronFilms):
    """The screening, run.

    Args:
        used: parameters.
        films: measured.

    Returns:
        results in memory, SI.
    """
    return _run(study(used, films))


@lru_cache(maxsize=2)
def _run(text: str):
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "screening.zarr"
        sei.run_study(sei.parse_study(text), store, progress=False)
        return sei.open_results(store, chunks=None).load()


def prior(used: Parameters) -> dict[str, float | Unreached]:
    """The prior of packaged studies against measured films."""
    films = neutron_films()
    if isinstance(films, str):
        keys = [*(f"prior_{key}" for key in CURRENTS), *(f"inner_{key}" for key in ("a", "b", "c", "d"))]
        return dict.fromkeys(keys, Unreached(films))
    found: dict[str, float | Unreached] = {f"prior_{key}": used["thickest_prior"] / NANOMETRE for key in films.outer}
    return found | {f"inner_{key}": used["inner_prior"] / NANOMETRE for key in films.inner}


def screening(used: Parameters) -> dict[str, float | Unreached]:
    """A screening whose thicknesses are drawn from the measured ones, run."""
    keys = ("drawn_mean", "drawn_share", "screen_resistance", "screen_fe", "screen_voltage")
    films = neutron_films()
    if isinstance(films, str):
        return dict.fromkeys(keys, Unreached(films))
    results = screened(used, films)
    drawn = results.param_layer1_thickness.values / NANOMETRE
    values = (
        float(drawn.mean()),
        float(np.mean(drawn <= used["thickest_prior"] / NANOMETRE)),
        1e4 * float(np.median(results.film_area_specific_resistance)),
        float(np.median(results.faradaic_efficiency)),
        float(np.median(results.cell_voltage)),
    )
    return dict(zip(keys, values, strict=True))


def growth(used: Parameters) -> dict[str, float | Unreached]:
    """Growth over minutes: solvent diffusion run by run, and every law over all runs in units of the uncertainty."""
    films = neutron_films()
    laws = [f"law_{name}" for name in GROWTH_LAWS]
    if isinstance(films, str):
        return dict.fromkeys([*(f"growth_{run}" for run in RUNS), *laws], Unreached(films))
    found: dict[str, float | Unreached] = {}
    for law in GROWTH_LAWS:
        misses = []
        for run in RUNS:
            (start, first), *_, (end, _) = films.growth[run]
            model = grown(used, law, first.value, end - start)
            measured = grown_by(films, run)
            misses.append((model - measured.value) / measured.uncertainty)
            if law == "solvent_diffusion":
                found[f"growth_{run}"] = model
        found[f"law_{law}"] = float(np.sqrt(np.mean(np.square(misses))))
    return found


def grown(used: Parameters, law: str, first: float, duration: float) -> float:
    """Growth of a film by a law with its default constants.

    Args:
        used: parameters.
        law: a key of `kernels.ammonia.GROWTH_LAWS`.
        first: nm, thickness at the start.
        duration: s.

    Returns:
        nm.
    """
    with jax.enable_x64(True):
        constants = default_growth()
        faster = constants.solvent_diffusivity * used["growth_scale"]
        constants = eqx.tree_at(lambda c: c.solvent_diffusivity, constants, faster)
        time = jnp.linspace(0.0, duration, 9)
        values = (used["potential"], used["temperature"])
        film = _GROWN(law, constants, jnp.asarray(first * NANOMETRE), time, *(jnp.asarray(v) for v in values))
        return (film[-1] - film[0]).item() / NANOMETRE


_GROWN = jax.jit(grow_film, static_argnums=0)
