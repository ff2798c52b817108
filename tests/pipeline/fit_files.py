"""Fit files of the tests: a film of three layers on lithium, small enough for one core, and synthetic data for it."""

import numpy as np

import screening as sei
from screening.fitting.engine import Engine
from screening.fitting.fit_problem import parse_fit

RATES = (20, 100)  # mV/s
TRUTH = {"electrode_exchange_current_density": 120.0, "layer2_diffusivity": 5e-15, "layer1_diffusivity": 5e-12}
THREE_LAYERS = """
title = "three layers"
[electrolyte]
concentration = "2 mol/L"
diffusivity = "2e-10 m^2/s"
transference_number = 0.4
diffusion_layer_thickness = "500 um"
[electrode]
kind = "metal"
exchange_current_density = J0
[[film]]
name = "three"
[[film.layer]]
phase = "LiF"
thickness = "5 nm"
diffusivity = D1
[[film.layer]]
phase = "Li2CO3"
thickness = "5 nm"
diffusivity = D2
[[film.layer]]
phase = "Li3N"
thickness = "5 nm"
diffusivity = "1e-12 m^2/s"
[protocol]
kind = "lsv"
start_potential = "0.1 V"
end_potential = "-0.35 V"
scan_rates = ["20 mV/s", "100 mV/s"]
[numerics]
steps = 120
electrolyte_cells = 32
cells_per_layer = 4
reduced_order = 12
"""
FREE = {
    "J0": '{ fit = true, low = "1 mA/cm^2", high = "100 mA/cm^2" }',
    "D1": '{ fit = true, low = "1e-13 m^2/s", high = "1e-10 m^2/s" }',
    "D2": '{ fit = true, low = "1e-16 m^2/s", high = "1e-13 m^2/s" }',
}
FIXED = {"J0": '"12 mA/cm^2"', "D1": '"5e-12 m^2/s"', "D2": '"5e-15 m^2/s"'}
SETTINGS = "[fit]\nstarts = 8\ncoarse_steps = 4\niterations = 25\n"


def filled(values: dict[str, str]) -> str:
    """The study with free or fixed quantities put in."""
    text = THREE_LAYERS
    for name, value in values.items():
        text = text.replace(f"= {name}\n", f"= {value}\n")
    return text


def curve_targets(noise: str = "relative_uncertainty = 0.01", rates: tuple[int, ...] = RATES) -> str:
    """One target for each scan rate, named as `synthetic` names its curves."""
    return "".join(
        f'[[target]]\nkind = "curve"\nname = "{rate}"\nscan_rate = "{rate} mV/s"\npoints = 100\n{noise}\n'
        for rate in rates
    )


def fit_text(targets: str | None = None, settings: str = SETTINGS, **changes: str) -> str:
    """A whole fit file."""
    return filled(FREE | changes) + settings + (curve_targets() if targets is None else targets)


def true_curves() -> dict[str, dict[str, np.ndarray]]:
    """Columns by target, simulated at the truth as a study is."""
    curves = sei.simulate_study(sei.parse_study(filled(FIXED)))
    return {
        str(rate): {"potential": curves.potential.values[k], "current": curves.current_density.values[k]}
        for k, rate in enumerate(RATES)
    }


def modelled_curves() -> dict[str, dict[str, np.ndarray]]:
    """The same from the fit's own model, which a fit in the same process compiles anyway."""
    potential = np.linspace(0.1, -0.35, 100)
    column = {"potential": potential, "current": np.linspace(-1.0, -2.0, 100)}
    problem = parse_fit(fit_text(), data=dict.fromkeys(map(str, RATES), column))
    values = np.array([[TRUTH[name] for name in problem.parameters.names]])
    engine = Engine(problem, threads=1)
    currents, _ = engine.in_units(engine.evaluate(problem.parameters.to_units(values)).residual[0])
    return {str(rate): {"potential": potential, "current": currents[k]} for k, rate in enumerate(RATES)}


def synthetic(curves, seed: int, noise: float = 0.01) -> dict[str, dict[str, np.ndarray]]:
    """The columns with normal noise relative to the largest current."""
    generator = np.random.default_rng(seed)
    data = {}
    for name, column in curves.items():
        current = column["current"]
        scatter = noise * np.abs(current).max() * generator.normal(size=current.size)
        data[name] = {"potential": column["potential"], "current": current + scatter}
    return data
