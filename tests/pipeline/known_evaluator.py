"""Stores of a real study with made-up outputs: nothing is compiled, and every number is known."""

import re

import numpy as np

from screening.config.study import VoltammetryStudy, parse_study
from screening.model.study_evaluator import StudyEvaluator
from screening.run.loop import run_evaluator
from screening.run.study_run import packaged_studies


def two_films(samples: int) -> VoltammetryStudy:
    """The main study without its ohmic films."""
    text = packaged_studies()["lidfob_vs_libf4"].read_text(encoding="utf-8")
    text = re.sub(r'(?s)\[\[film\]\]\nname = "LiDFOB, ohmic".*?(?=\[numerics\])', "", text)
    study = parse_study(re.sub(r"(?m)^\w+_conductivity = .*$", "", text), samples=samples)
    assert isinstance(study, VoltammetryStudy)
    return study


class KnownEvaluator(StudyEvaluator):
    """The candidates of a study with made-up outputs: those of film 1 carry a hundredth, candidate 5 fails."""

    def evaluate_batch(self, batch):
        strength = 1000.0 * (1.0 + np.sin(batch.index) ** 2) * np.where(batch.film == 1, 0.01, 1.0)
        outputs = {}
        for out in self.outputs:
            shape = (len(strength), self.study.n_runs) if out.per_run else (len(strength),)
            outputs[out.name] = np.zeros(shape, out.dtype)
        outputs["limiting_current_density"] = strength
        outputs["peak_current_density"] = -strength[:, None] * np.sqrt(batch.scan_rates * 10)
        return outputs | {"status": np.where(batch.index == 5, 2, 1).astype(np.uint8)}


class VariedEvaluator(KnownEvaluator):
    """The same, with waves in all other outputs, so that fronts and distributions have a shape."""

    def evaluate_batch(self, batch):
        found = super().evaluate_batch(batch)
        for place, out in enumerate(self.outputs):
            if out.dtype == "uint8" or out.name in ("limiting_current_density", "peak_current_density"):
                continue
            wave = np.cos(0.37 * (1 + place) * batch.index) + 2.0 + 0.1 * place
            found[out.name] = wave[:, None] * (1.0 + np.arange(self.study.n_runs)) if out.per_run else wave
        return found


def known_store(path, samples: int):
    """A store of 2 * samples candidates."""
    run_evaluator(VariedEvaluator(two_films(samples)), path, progress=False)
    return path
