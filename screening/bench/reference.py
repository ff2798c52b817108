"""Peak currents to judge other solvers by."""

import dataclasses

import numpy as np

from kernels.march import StepControl
from screening.config.study import Study
from screening.model.discretisation import numerics_of
from screening.model.study_evaluator import StudyEvaluator
from screening.run.threads import single_threaded_blas


def reference_peaks(study: Study, count: int, device: str | None = None) -> np.ndarray:
    """Cathodic peak currents (A m-2) of the first candidates, computed much finer; NaN where one failed."""
    chosen = study.numerics
    cells = {"cells_per_layer": 4 * chosen.cells_per_layer, "electrolyte_cells": 4 * chosen.electrolyte_cells}
    fine = chosen.model_copy(update={"steps": 8 * chosen.steps, "precision": "float64"} | cells)
    finer = study.model_copy(update={"numerics": fine})
    control = StepControl(tolerance=chosen.tolerance / 30, budget=20 * sum(finer.segment_steps))
    numerics = dataclasses.replace(numerics_of(finer), order=24, control=control)
    evaluator = StudyEvaluator(finer, device, numerics)
    evaluator.block = count
    with single_threaded_blas():
        return evaluator.evaluate(0, count)["peak_current_density"]


def error_statistics(values: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """Median, 99th percentile and maximum of the relative deviations where both are numbers."""
    good = np.isfinite(values) & np.isfinite(reference)
    if not good.any():
        return dict.fromkeys(("median", "percentile_99", "largest"), float("nan"))
    error = np.abs(values[good] / reference[good] - 1)
    return {
        "median": float(np.median(error)),
        "percentile_99": float(np.percentile(error, 99)),
        "largest": float(np.max(error)),
    }
