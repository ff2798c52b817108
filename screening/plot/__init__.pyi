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
