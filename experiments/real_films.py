"""Measured films and couples: thickness by neutron reflectometry against prior and growth law, a fit of measured curves."""

import os
import re
from pathlib import Path
from types import MappingProxyType

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import screening as sei
from experiments.catalogue import Experiment, Parameters
from experiments.comparison import Row, Unreached, read_references
from kernels.ammonia import default_growth, grow_film
from screening.plot.style import PALETTE, heading, new_figure

NANOMETRE = 1e-9
WORKBOOK = "ruhex_gc/0.96 mM RuHex on GCE.xlsx"
SCAN_RATES = (25, 50, 100, 200)  # mV/s
PARAMETERS: Parameters = MappingProxyType(
    {
        "thickest_prior": 20e-9,  # m
        "potential": 0.0,  # V vs Li+/Li of the film
        "temperature": 298.15,  # K
        "growth_scale": 1.0,  # factor on the diffusivity of the solvent in the film
        "disc_radius": 1.5e-3,  # m
        "concentration": 0.96,  # mol m-3
        "reduced_diffusivity": 1.19e-9,  # m2 s-1, of Ru(II), 10.1016/j.jelechem.2010.12.011
    }
)
FIT = """
title = "Ru(NH3)6(3+) at glassy carbon"
[electrolyte]
diffusivity = {{ fit = true, low = "3e-10 m^2/s", high = "3e-9 m^2/s" }}
diffusion_layer_thickness = "2 mm"
[electrode]
kind = "couple"
formal_potential = {{ fit = true, prior = "uniform", low = "-0.25 V", high = "-0.1 V" }}
rate_constant = {{ fit = true, low = "1e-6 m/s", high = "1e-1 m/s" }}
oxidised_concentration = "{concentration} mol/m^3"
reduced_diffusivity = "{reduced_diffusivity} m^2/s"
[measurement]
current_offset = {{ fit = true, prior = "uniform", low = "-0.2 A/m^2", high = "0.2 A/m^2" }}
[[film]]
name = "bare"
[protocol]
kind = "cv"
start_potential = "0.1 V"
vertex_potential = "-0.4 V"
end_potential = "0.1 V"
scan_rates = ["25 mV/s", "50 mV/s", "100 mV/s", "200 mV/s"]
[numerics]
electrolyte_cells = 96
[fit]
starts = 4
coarse_steps = 6
profiles = []
"""
TARGET = """
[[target]]
kind = "curve"
name = "{rate} mV/s"
file = "{file}"
sheet = "{rate} mV s-1"
area = "{area} m^2"
window = ["-0.41 V", "0.05 V"]
points = 100
"""


def workbook() -> Path | str:
    """The measured workbook, or in words why there is none."""
    folder = os.environ.get("SEI_DATA")
    if not folder:
        return "measured data lie outside the package: set SEI_DATA to their folder"
    path = Path(folder) / WORKBOOK
    return path if path.is_file() else f"measured data not found in SEI_DATA: {WORKBOOK}"


def thickness(used: Parameters) -> dict[str, float | Unreached]:
    """Prior and growth law against the films that neutrons see."""
    found: dict[str, float | Unreached] = {}
    for reference in read_references("real_films"):
        if reference.key.startswith("prior_"):
            found[reference.key] = used["thickest_prior"] / NANOMETRE
        elif reference.key.startswith("growth_"):
            first, duration = (float(text) for text in re.findall(r"([\d.]+) (?:nm at|s,)", reference.quantity))
            found[reference.key] = growth(used, first, duration)
    return found


def growth(used: Parameters, first: float, duration: float) -> float:
    """Growth of a film by the law of solvent diffusion with its default constants.

    Args:
        used: parameters.
        first: nm, thickness at the start.
        duration: s.

    Returns:
        nm.

    Example:
        >>> growth(PARAMETERS, 20.0, 300.0) < 0.01
        True
    """
    with jax.enable_x64(True):
        constants = default_growth()
        faster = constants.solvent_diffusivity * used["growth_scale"]
        constants = eqx.tree_at(lambda c: c.solvent_diffusivity, constants, faster)
        time = jnp.linspace(0.0, duration, 9)
        values = (used["potential"], used["temperature"])
        film = _grown(constants, jnp.asarray(first * NANOMETRE), time, *(jnp.asarray(v) for v in values))
        return (film[-1] - film[0]).item() / NANOMETRE


@jax.jit
def _grown(constants, first, time, potential, temperature):
    return grow_film("solvent_diffusion", constants, first, time, potential, temperature)


def couples(used: Parameters) -> dict[str, float | Unreached]:
    """Joint fit of the measured voltammograms of Ru(NH3)6(3+)."""
    found: dict[str, float | Unreached] = {"fe3_d": Unreached("no fit file of this couple is packaged yet")}
    path = workbook()
    if isinstance(path, str):
        return found | {"ruhex_d": Unreached(path), "ruhex_e": Unreached(path)}
    area = np.pi * used["disc_radius"] ** 2
    targets = "".join(TARGET.format(rate=rate, file=path.as_posix(), area=area) for rate in SCAN_RATES)
    fitted = sei.fit(FIT.format(**used) + targets)
    return found | {
        "ruhex_d": fitted.estimate["electrolyte_diffusivity"],
        "ruhex_e": fitted.estimate["electrode_formal_potential"],
    }


def draw(rows: tuple[Row, ...], used: Parameters):
    """Measured thicknesses with the prior, and measured growth with that of the law.

    Args:
        rows: of this experiment.
        used: parameters.

    Returns:
        Figure.
    """
    figure, (left, right) = new_figure(2, width=12.0, height=4.8)
    prior = [row.reference for row in rows if row.reference.key.startswith("prior_")]
    names = ["0.5", "0.5\n(again)", "1", "2", "3", "3\n(1 h)"]
    left.errorbar(
        names,
        [one.value for one in prior],
        [one.uncertainty for one in prior],
        fmt="o",
        color=PALETTE[1],
        label="neutrons",
    )
    left.axhspan(10, used["thickest_prior"] / NANOMETRE, color=PALETTE[0], alpha=0.2, label="prior of a screening")
    left.set(xlabel="current (mA/cm$^2$)", ylabel="film thickness (nm)", ylim=(0, 34))
    left.legend(frameon=False, fontsize=9, loc="lower right")
    heading(left, "thickness")
    grown = [row for row in rows if row.reference.key.startswith("growth_")]
    names = [row.reference.key.removeprefix("growth_") for row in grown]
    measured = [row.reference.value for row in grown]
    right.errorbar(
        names, measured, [row.reference.uncertainty for row in grown], fmt="o", color=PALETTE[1], label="neutrons"
    )
    right.plot(names, [row.model for row in grown], "x", color=PALETTE[0], label="solvent diffusion")
    right.set(xlabel="run", ylabel="growth in 300 to 630 s (nm)")
    right.legend(frameon=False, fontsize=9, loc="upper right")
    heading(right, "growth (bars: printed uncertainty)")
    return figure


EXPERIMENT = Experiment(
    name="real_films",
    title="Measured films: neutron reflectometry, and a fit of measured voltammograms",
    source="Niemann et al. (neutron reflectometry, mdoucet/nh3-analysis) and BattModels/DiffEC",
    parameters=PARAMETERS,
    parts=MappingProxyType({"thickness": thickness, "couples": couples}),
    draw=draw,
    notes=("The measured curves are not part of the package; without SEI_DATA their rows say so.",),
)
