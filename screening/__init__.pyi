from screening import plot as plot
from screening.api.accessor import open_fit, open_results
from screening.api.compiled import Model
from screening.api.compiled import compile_model as compile
from screening.api.drawn import LogUniform, Normal, Uniform
from screening.api.electrodes import Couple, Metal
from screening.api.films import Electrolyte, Layer, Stack
from screening.api.make_study import make_study
from screening.api.plan_experiments import plan
from screening.api.protocols import CV, LSV, Hold, Pulse, Rest, Sequence
from screening.api.simulate import simulate
from screening.api.simulate_study import simulate_study
from screening.api.stack_impedance import impedance
from screening.config.own_laws import register_law, register_rate_law
from screening.config.study import Study, parse_study
from screening.design.optimum import optimise
from screening.errors import StudyError
from screening.fitting.comparison import compare
from screening.fitting.fit import fit
from screening.fitting.global_posterior import global_posterior as global_posterior
from screening.fitting.posterior import sample_posterior
from screening.fitting.prior_simulations import simulate_prior as simulate_prior
from screening.materials.contacts import known_contacts as contacts
from screening.materials.phases import known_phases as phases
from screening.materials.salts import salt_study
from screening.readers.curve_file import read_curve, read_sheets
from screening.readers.spectrum_file import read_spectrum
from screening.results.pareto import pareto
from screening.run.study_run import find_study as load_study
from screening.run.study_run import resume, run_study
from screening.sensitivities.gradients import study_gradients as gradients
from screening.sensitivities.study_sensitivity import study_sensitivity as sensitivity

__version__: str

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
    "contacts",
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
    "salt_study",
    "sample_posterior",
    "sensitivity",
    "simulate",
    "simulate_prior",
    "simulate_study",
]
