"""One fit file and many data sets, as a calculation that a run asks for candidate by candidate."""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kernels.status import Status
from screening.cf_attributes import described
from screening.errors import StudyError
from screening.fitting.dataset_list import DataSet, text_of
from screening.fitting.fit import fit
from screening.fitting.fit_problem import FitProblem, parse_fit
from screening.fitting.fit_result import FitResult
from screening.fitting.identifiability import Identifiability
from screening.fitting.missing_terms import Lack
from screening.model.variables import Coordinate, VariableSpec
from screening.version import git_commit, package_version

_ENDS = {"low": "lower end of the 95 % interval", "high": "upper end of the 95 % interval"}


@dataclass(frozen=True)
class BatchFit:
    """All data sets of a fit file as candidates of a run (see `screening.model.variables.Evaluator`).

    Args:
        text: the fit file.
        folder: that its own files are relative to.
        datasets: what to fit.
        device: "cpu" or "gpu"; JAX's default if None.
    """

    text: str
    folder: str
    datasets: tuple[DataSet, ...]
    device: str | None = None

    @property
    def n_candidates(self) -> int:
        """Number of data sets."""
        return len(self.datasets)

    @cached_property
    def first(self) -> FitProblem:
        """The first data set that can be read, which tells the free quantities and targets."""
        error = StudyError("no data sets", expected="at least one")
        for dataset in self.datasets:
            try:
                return self.problem(dataset)
            except StudyError as found:
                error = found
        raise error

    def problem(self, dataset: DataSet) -> FitProblem:
        """The fit of one data set."""
        return parse_fit(text_of(self.text, dataset), folder=self.folder)

    @property
    def variables(self) -> tuple[VariableSpec, ...]:
        """Estimate, interval and flag of every free quantity, and how well the curves are met."""
        return self._variables

    @cached_property
    def _variables(self) -> tuple[VariableSpec, ...]:
        names = ["_".join(dataset.name.split()) for dataset in self.datasets]
        flags = {"flag_values": list(range(len(names))), "flag_meanings": " ".join(names)}
        found = [VariableSpec("dataset", (), "uint32", "1", "name of the data set", flags)]
        for entry in self.first.parameters.entries:
            name, unit, about = entry.name, entry.unit, entry.long_name
            found.append(VariableSpec(name, (), "float64", unit, about))
            found += [VariableSpec(f"{name}_{end}", (), "float64", unit, words) for end, words in _ENDS.items()]
            flags = described("1", "what the data say about it", Identifiability)
            flags = {key: flags[key] for key in ("flag_values", "flag_meanings")}
            found.append(VariableSpec(f"{name}_flag", (), "uint8", "1", "what the data say about it", flags))
        found.append(VariableSpec("reduced_chi2", (), "float64", "1", "cost over degrees of freedom"))
        about = "factor on the variance because neighbouring residuals hang together"
        found.append(VariableSpec("variance_repeated", (), "float64", "1", about))
        found += [
            VariableSpec(name, (), "float64", "1", f"{about}, of one model of these data against another")
            for name, about in (("aicc", "Akaike's criterion for few points"), ("bic", "Schwarz's criterion"))
        ]
        lacks = described("1", "", Lack)
        lacks = {key: lacks[key] for key in ("flag_values", "flag_meanings")}
        found.append(
            VariableSpec("missing", (), "uint8", "1", "what the model lacks most, as the residuals tell", lacks)
        )
        about = "residual rms of the worst curve over its largest current, or of a spectrum over its largest magnitude"
        found.append(VariableSpec("relative_rms", (), "float64", "1", about))
        if self.first.layout.curves:
            dims = ("curve", "node")
            found += [
                VariableSpec("potential", dims, "float64", "V", "measured potential"),
                VariableSpec("measured", dims, "float64", "A m-2", "measured current density"),
                VariableSpec("model", dims, "float64", "A m-2", "current density of the model"),
            ]
        return tuple(found)

    @property
    def coordinates(self) -> Mapping[str, Coordinate]:
        """Curves by name and their points."""
        names = self.first.names[: len(self.first.layout.curves)]
        if not names:
            return {}
        nodes = max(target.points for target in self.first.tables.targets if target.kind == "curve")
        return {
            "curve": Coordinate(np.array(names), "1", "measured curve"),
            "node": Coordinate(np.arange(nodes), "1", "point of a curve"),
        }

    @property
    def attributes(self) -> dict[str, Any]:
        """Provenance; the digest is of the fit file and of what the data files hold."""
        return self._attributes

    @cached_property
    def _attributes(self) -> dict[str, Any]:
        told = self.told
        digest = hashlib.sha256(told.encode())
        for dataset in self.datasets:
            for one in dataset.files:
                with contextlib.suppress(OSError):
                    digest.update(hashlib.sha256(Path(one.file).read_bytes()).digest())
        from screening.model.devices import find_device

        device = find_device(self.device)
        return {
            "title": self.first.study.title,
            "study": self.first.study.text,
            "samples": self.n_candidates,
            "batch_fit": told,
            "digest": digest.hexdigest(),
            "seed": self.first.tables.fit.seed,
            "package_version": package_version(),
            "git_commit": git_commit(),
            "precision": "float64",
            "platform": device.platform,
            "sign_convention": "oxidation positive",
            "rank_by": "relative_rms" if self.first.layout.curves else "reduced_chi2",
        }

    @property
    def told(self) -> str:
        """As plain text, for workers and for `resume`."""
        plain = [dataset.plain() for dataset in self.datasets]
        return json.dumps({"fit": self.text, "folder": self.folder, "datasets": plain})

    def evaluate(self, start: int, stop: int) -> dict[str, np.ndarray]:
        """Fit some data sets; one that fails has a status and no numbers."""
        sizes = {name: len(axis.values) for name, axis in self.coordinates.items()}
        columns: dict[str, np.ndarray] = {"status": np.full(stop - start, Status.OK, np.uint8)}
        for spec in self.variables:
            empty = np.nan if spec.dtype == "float64" else 0
            columns[spec.name] = np.full((stop - start, *(sizes[name] for name in spec.dims)), empty, spec.dtype)
        columns["dataset"] = np.arange(start, stop, dtype=np.uint32)
        for row, dataset in enumerate(self.datasets[start:stop]):
            try:
                problem = self.problem(dataset)
                if problem.parameters.names != self.first.parameters.names:
                    raise StudyError("other free quantities", got=", ".join(problem.parameters.names))
            except StudyError:
                columns["status"][row] = Status.INVALID_INPUT
                continue
            try:
                found = fit(problem, device=self.device, threads=1)
            except StudyError:
                columns["status"][row] = Status.NOT_CONVERGED
                continue
            for name, value in _numbers(found).items():
                columns[name][row] = value
            if problem.layout.curves:
                nodes = problem.data.time.shape[0]
                for name, table in (
                    ("potential", np.where(problem.data.weight > 0, problem.potential, np.nan).T),
                    ("measured", np.where(problem.data.weight > 0, problem.data.current, np.nan).T),
                    ("model", found.current),
                ):
                    columns[name][row, :, :nodes] = table
        return columns


def _numbers(found: FitResult) -> dict[str, float]:
    """One number each."""
    numbers: dict[str, float] = {}
    for name, value in found.estimate.items():
        low, high = found.interval[name]
        flag = int(found.identifiability[name])
        numbers |= {name: value, f"{name}_low": low, f"{name}_high": high, f"{name}_flag": flag}
    free = np.count_nonzero(found.residual) - len(found.unit)
    numbers["reduced_chi2"] = found.cost / max(free, 1)
    numbers["variance_repeated"] = found.linear.repeated
    numbers |= {"aicc": found.information.aicc, "bic": found.information.bic}
    numbers["missing"] = int(found.missing[0].lack) if found.missing else 0
    numbers["relative_rms"] = max(found.relative_rms.values(), default=np.nan)
    return numbers


def build_batch_fit(text: str) -> BatchFit:
    """The batch that `BatchFit.told` tells of, on a worker."""
    told = json.loads(text)
    datasets = tuple(DataSet.of(one) for one in told["datasets"])
    return BatchFit(told["fit"], told["folder"], datasets, told.get("device"))
