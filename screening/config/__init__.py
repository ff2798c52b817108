"""The study file: format, checks, and the parameter space it spans."""

from screening.config.batch import CandidateBatch
from screening.config.columns import Column
from screening.config.study import Study, load_study, parse_study

__all__ = ["CandidateBatch", "Column", "Study", "load_study", "parse_study"]
