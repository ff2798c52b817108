"""Figures of curves, results, fits and films: `sei.plot`; matplotlib is imported when one is drawn.

Every function returns a Matplotlib figure with units on its axes, in colours that colour-blind readers tell apart;
`sei.plot.save` writes it as .png, .svg or .pdf.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from screening.plot.cell_figures import plot_efficiency as faradaic_efficiency
    from screening.plot.cell_figures import plot_voltage_breakdown as voltage_breakdown
    from screening.plot.comparison_figure import plot_comparison as model_comparison
    from screening.plot.curve_figures import plot_curves as curve_summary
    from screening.plot.curve_figures import plot_peak_currents as peak_currents
    from screening.plot.curve_figures import plot_voltammograms as cv_family
    from screening.plot.diffusivity_figure import plot_diffusivity_map as diffusivity_map
    from screening.plot.fit_figure import plot_fit as fit_summary
    from screening.plot.impedance_figure import plot_impedance as nyquist_bode
    from screening.plot.layer_figure import plot_layers as layer_diagram
    from screening.plot.pareto_figure import plot_pareto as pareto_front
    from screening.plot.posterior_figure import plot_posterior as posterior_summary
    from screening.plot.profile_figure import plot_profiles as concentration_profiles
    from screening.plot.ranking_figure import plot_ranking as distributions
    from screening.plot.sensitivity_figure import plot_sensitivity as sensitivity_table
    from screening.plot.style import save_figure as save

# public name -> module and name there; no name may be that of a module here, which would take its place once imported
_PLACES = {
    "concentration_profiles": ("profile_figure", "plot_profiles"),
    "curve_summary": ("curve_figures", "plot_curves"),
    "cv_family": ("curve_figures", "plot_voltammograms"),
    "diffusivity_map": ("diffusivity_figure", "plot_diffusivity_map"),
    "distributions": ("ranking_figure", "plot_ranking"),
    "faradaic_efficiency": ("cell_figures", "plot_efficiency"),
    "fit_summary": ("fit_figure", "plot_fit"),
    "layer_diagram": ("layer_figure", "plot_layers"),
    "model_comparison": ("comparison_figure", "plot_comparison"),
    "nyquist_bode": ("impedance_figure", "plot_impedance"),
    "pareto_front": ("pareto_figure", "plot_pareto"),
    "peak_currents": ("curve_figures", "plot_peak_currents"),
    "posterior_summary": ("posterior_figure", "plot_posterior"),
    "save": ("style", "save_figure"),
    "sensitivity_table": ("sensitivity_figure", "plot_sensitivity"),
    "voltage_breakdown": ("cell_figures", "plot_voltage_breakdown"),
}

__all__ = [
    "concentration_profiles",
    "curve_summary",
    "cv_family",
    "diffusivity_map",
    "distributions",
    "faradaic_efficiency",
    "fit_summary",
    "layer_diagram",
    "model_comparison",
    "nyquist_bode",
    "pareto_front",
    "peak_currents",
    "posterior_summary",
    "save",
    "sensitivity_table",
    "voltage_breakdown",
]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        module, there = _PLACES[name]
        value = getattr(importlib.import_module(f"screening.plot.{module}"), there)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
