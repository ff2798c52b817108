"""Screening of solid-electrolyte-interphase layer stacks: `import screening as sei`.

Names are looked up on first use, so that importing the package stays fast.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from screening import plot as plot
    from screening.api.accessor import open_fit as open_fit
    from screening.api.accessor import open_results as open_results
    from screening.api.compiled import Model as Model
    from screening.api.compiled import compile_model as compile
    from screening.api.drawn import LogUniform as LogUniform
    from screening.api.drawn import Normal as Normal
    from screening.api.drawn import Uniform as Uniform
    from screening.api.electrodes import Couple as Couple
    from screening.api.electrodes import Metal as Metal
    from screening.api.films import Electrolyte as Electrolyte
    from screening.api.films import Layer as Layer
    from screening.api.films import Stack as Stack
    from screening.api.make_study import make_study as make_study
    from screening.api.plan_experiments import plan as plan
    from screening.api.protocols import CV as CV
    from screening.api.protocols import LSV as LSV
    from screening.api.protocols import Hold as Hold
    from screening.api.protocols import Pulse as Pulse
    from screening.api.protocols import Rest as Rest
    from screening.api.protocols import Sequence as Sequence
    from screening.api.simulate import simulate as simulate
    from screening.api.simulate_study import simulate_study as simulate_study
    from screening.api.stack_impedance import impedance as impedance
    from screening.config.own_laws import register_law as register_law
    from screening.config.own_laws import register_rate_law as register_rate_law
    from screening.config.study import Study as Study
    from screening.config.study import parse_study as parse_study
    from screening.design.optimum import optimise as optimise
    from screening.errors import StudyError as StudyError
    from screening.fitting.comparison import compare as compare
    from screening.fitting.fit import fit as fit
    from screening.fitting.global_posterior import global_posterior as global_posterior
    from screening.fitting.posterior import sample_posterior as sample_posterior
    from screening.fitting.prior_simulations import simulate_prior as simulate_prior
    from screening.materials.phases import known_phases as phases
    from screening.readers.curve_file import read_curve as read_curve
    from screening.readers.curve_file import read_sheets as read_sheets
    from screening.readers.spectrum_file import read_spectrum as read_spectrum
    from screening.results.pareto import pareto as pareto
    from screening.run.study_run import find_study as load_study
    from screening.run.study_run import resume as resume
    from screening.run.study_run import run_study as run_study
    from screening.sensitivities.gradients import study_gradients as gradients
    from screening.sensitivities.study_sensitivity import study_sensitivity as sensitivity

# public name -> module, and its name there where that is another
_PLACES = {
    **dict.fromkeys(("Layer", "Stack", "Electrolyte"), "screening.api.films"),
    **dict.fromkeys(("Metal", "Couple"), "screening.api.electrodes"),
    **dict.fromkeys(("CV", "LSV", "Hold", "Pulse", "Rest", "Sequence"), "screening.api.protocols"),
    **dict.fromkeys(("Uniform", "LogUniform", "Normal"), "screening.api.drawn"),
    **dict.fromkeys(("compile", "Model"), "screening.api.compiled"),
    **dict.fromkeys(("Study", "parse_study"), "screening.config.study"),
    **dict.fromkeys(("register_law", "register_rate_law"), "screening.config.own_laws"),
    **dict.fromkeys(("load_study", "run_study", "resume"), "screening.run.study_run"),
    "make_study": "screening.api.make_study",
    "gradients": "screening.sensitivities.gradients",
    "sensitivity": "screening.sensitivities.study_sensitivity",
    "plan": "screening.api.plan_experiments",
    "impedance": "screening.api.stack_impedance",
    "pareto": "screening.results.pareto",
    "optimise": "screening.design.optimum",
    "compare": "screening.fitting.comparison",
    "fit": "screening.fitting.fit",
    "global_posterior": "screening.fitting.global_posterior",
    "sample_posterior": "screening.fitting.posterior",
    "simulate_prior": "screening.fitting.prior_simulations",
    "simulate": "screening.api.simulate",
    "simulate_study": "screening.api.simulate_study",
    **dict.fromkeys(("open_fit", "open_results"), "screening.api.accessor"),
    **dict.fromkeys(("read_curve", "read_sheets"), "screening.readers.curve_file"),
    "read_spectrum": "screening.readers.spectrum_file",
    "phases": "screening.materials.phases",
    "StudyError": "screening.errors",
}
_NAMES_THERE = {
    "compile": "compile_model",
    "gradients": "study_gradients",
    "load_study": "find_study",
    "phases": "known_phases",
    "sensitivity": "study_sensitivity",
}

# Written out, because type checkers and `from screening import *` read only a literal list.
__all__ = [
    "CV",
    "LSV",
    "Couple",
    "Electrolyte",
    "Hold",
    "Layer",
    "LogUniform",
    "Metal",
    "Model",
    "Normal",
    "Pulse",
    "Rest",
    "Sequence",
    "Stack",
    "Study",
    "StudyError",
    "Uniform",
    "__version__",
    "compare",
    "compile",
    "fit",
    "global_posterior",
    "gradients",
    "impedance",
    "load_study",
    "make_study",
    "open_fit",
    "open_results",
    "optimise",
    "pareto",
    "parse_study",
    "phases",
    "plan",
    "read_curve",
    "read_sheets",
    "read_spectrum",
    "register_law",
    "register_rate_law",
    "resume",
    "run_study",
    "sample_posterior",
    "sensitivity",
    "simulate",
    "simulate_prior",
    "simulate_study",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from screening.version import package_version

        return package_version()
    if name == "plot":
        return importlib.import_module("screening.plot")
    if name in _PLACES:
        value = getattr(importlib.import_module(_PLACES[name]), _NAMES_THERE.get(name, name))
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, "plot"})
