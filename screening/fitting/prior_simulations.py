"""Simulations of draws from the priors of a fit: a run like any other, which serves every data set of the same experiment."""

import hashlib
import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from kernels.status import Status
from screening.errors import StudyError
from screening.fitting.engine import Engine
from screening.fitting.fit_problem import FitProblem, problem_of
from screening.fitting.residuals import LOGARITHMIC
from screening.model.variables import Coordinate, VariableSpec
from screening.run import loop
from screening.run.outcome import RunSummary
from screening.store.destination import check_run_target, is_result_store, read_attributes
from screening.version import git_commit, package_version

# Times at which a curve is kept, spread evenly over the sweeps; curves of data sets lie between them.
NODES = 240
# Simulations of one chunk, after which a crash costs nothing, and of one call.
SHARD, BLOCK = 1024, 64
# Distance in the unit box, by one quantity at least, that keeps starts apart.
APART = 0.1


@dataclass(frozen=True)
class PriorSimulations:
    """Draws from the priors of a fit as candidates of a run (see `screening.model.variables.Evaluator`).

    Args:
        problem: the fit; its data do not enter.
        n_candidates: draws.
        device: "cpu" or "gpu"; JAX's default if None.
    """

    problem: FitProblem
    n_candidates: int
    device: str | None = None

    @cached_property
    def engine(self) -> Engine:
        """Its model, whose residuals are the predictions: nothing is measured, and all uncertainties are one."""
        problem, data = self.problem, self.problem.data
        shape = (NODES, len(problem.layout.curves))
        logarithmic = np.array([target.kind in LOGARITHMIC for target in problem.layout.scalars], float)
        nothing = data._replace(
            time=self.times,
            current=np.zeros(shape),
            weight=np.ones(shape),
            value=logarithmic,
            scalar_weight=np.ones(len(logarithmic)),
            spectra=tuple(
                one._replace(real=0 * one.real, imaginary=0 * one.imaginary, weight=np.ones(len(one.weight)))
                for one in data.spectra
            ),
            background=None,
        )
        return Engine(replace(problem, data=nothing), self.device, threads=1)

    @property
    def times(self) -> Float[np.ndarray, "node curve"]:
        """Times at which the curves are kept, s, every end of a sweep among them."""
        curves = self.problem.layout.curves
        if not curves:
            return np.zeros((0, 0))
        assert self.problem.drive is not None, "curves have a drive"
        ends = np.cumsum(np.asarray(self.problem.drive.duration)[:, list(curves)], axis=0)
        ends = np.concatenate([np.zeros((1, len(curves))), ends])
        share = np.linspace(0, len(ends) - 1, NODES)
        share[np.round(np.linspace(0, NODES - 1, len(ends))).astype(int)] = np.arange(len(ends))
        return np.stack([np.interp(share, np.arange(len(ends)), column) for column in ends.T], 1)

    @property
    def variables(self) -> tuple[VariableSpec, ...]:
        """The free quantities of a draw, and what the model predicts for it."""
        found = [
            VariableSpec(f"param_{entry.name}", (), "float64", entry.unit, entry.long_name)
            for entry in self.problem.parameters.entries
        ]
        about = "currents (A m-2) of the curves one after another, single numbers (of some the logarithm), spectra (ohm m2); SI"
        return (*found, VariableSpec("prediction", ("place",), "float32", "1", about))

    @property
    def coordinates(self) -> dict[str, Coordinate]:
        """Places of a prediction."""
        layout = self.problem.layout
        spectra = sum(2 * len(one.weight) for one in self.problem.data.spectra)
        count = NODES * len(layout.curves) + len(layout.scalars) + spectra
        return {"place": Coordinate(np.arange(count), "1", "number of what is predicted")}

    @property
    def attributes(self) -> dict[str, Any]:
        """Provenance; the digest is of everything but the data."""
        return self._attributes

    @cached_property
    def _attributes(self) -> dict[str, Any]:
        problem = self.problem
        spectra = [(one.angular_frequency, one.potential) for one in problem.data.spectra]
        arrays = [problem.values, self.times, problem.data.scan_rate, problem.data.concentration, *sum(spectra, ())]
        if problem.drive is not None:
            arrays += [problem.drive.duration, problem.drive.start, problem.drive.stop]
        arrays += [] if problem.data.conditions is None else list(problem.data.conditions.values())
        digest = hashlib.sha256(
            repr((problem.parameters, problem.layout, problem.form, problem.choices, self.engine.recipe.fixed)).encode()
        )
        digest.update(repr(self.engine.numerics).encode())
        for array in arrays:
            digest.update(np.asarray(array, float).tobytes())
        return {
            "title": f"{problem.study.title}: draws from the priors",
            "study": problem.study.text,
            "fit": problem.text,
            "samples": self.n_candidates,
            "digest": digest.hexdigest(),
            "seed": problem.tables.fit.seed,
            "package_version": package_version(),
            "git_commit": git_commit(),
            "precision": "float64",
            "platform": self.engine.device.platform,
            "sign_convention": "oxidation positive",
        }

    def evaluate(self, start: int, stop: int) -> dict[str, np.ndarray]:
        """Simulate some draws."""
        parameters = self.problem.parameters
        unit = parameters.prior_draws(start, stop, self.problem.tables.fit.seed)
        found = self.engine.residuals(unit)
        good = np.isfinite(found).all(1)
        columns = {
            f"param_{name}": column for name, column in zip(parameters.names, parameters.to_values(unit).T, strict=True)
        }
        status = np.where(good, Status.OK, Status.NOT_CONVERGED).astype(np.uint8)
        return columns | {"prediction": found.astype(np.float32), "status": status}


def simulate_prior(
    source: str | Path | FitProblem,
    samples: int,
    out: str | os.PathLike[str],
    *,
    device: str | None = None,
    threads: int | None = None,
    progress: bool = True,
) -> RunSummary:
    """Simulate draws from the priors of a fit into a store, or finish one that holds as many draws of the same fit.

    Args:
        source: path of a fit file, its text, or a problem.
        samples: draws; each is the same however many there are.
        out: the store; one that is complete is left as it is.
        device: "cpu" or "gpu".
        threads: calls at once; the usable cores if left out.
        progress: show it on stderr.

    Returns:
        summary.

    Raises:
        StudyError: the place is taken by something else.
        RunInterrupted, ChunkError, StoreError: as in `screening.run.study_run.run_study`.

    Example:
        `simulate_prior("FIT.toml", 100_000, "S.zarr").failed`
    """
    evaluator = PriorSimulations(problem_of(source, None), samples, device)
    if is_result_store(os.fspath(out)):
        return loop.resume(out, evaluator, block=BLOCK, threads=threads, progress=progress)
    check_run_target(out, False)
    return loop.run_evaluator(evaluator, out, chunk=SHARD, block=BLOCK, threads=threads, progress=progress)


def compared(
    problem: FitProblem, store: str | os.PathLike[str]
) -> tuple[Float[np.ndarray, "draw parameter"], Float[np.ndarray, "draw"]]:
    """Draws from the priors in the unit box, and their sums of squared residuals by the data of a fit; infinite where they failed.

    Raises:
        StudyError: the simulations are of another experiment.
    """
    from screening.results.ranking import open_store

    stored = read_attributes(store)
    expected = PriorSimulations(problem, int(stored["samples"])).attributes
    for name in ("digest", "seed"):
        if stored.get(name) != expected[name]:
            raise StudyError(
                "simulations of another experiment",
                got=f"{os.fspath(store)}: other free quantities, bounds, scan rates, conditions or fixed values",
                expected="those of the fit file; only the measured numbers may differ",
                fix="simulate anew: --global N with another --simulations",
            )
    simulated = open_store(store, chunks=None)
    status = simulated["status"].values
    values = np.stack([simulated[f"param_{name}"].values for name in problem.parameters.names], 1)
    times, cost = PriorSimulations(problem, 1).times, np.full(len(status), np.inf)
    for start in range(0, len(status), SHARD):
        rows = start + np.flatnonzero(status[start : start + SHARD] == Status.OK)
        prediction = simulated["prediction"][start : start + SHARD].values[rows - start].astype(float)
        cost[rows] = np.sum(_residuals(problem, times, prediction) ** 2, axis=1)
    done = status != Status.PENDING
    return problem.parameters.to_units(values[done]), cost[done]


def starts_from(
    problem: FitProblem, simulations: str | os.PathLike[str], count: int
) -> Float[np.ndarray, "start parameter"]:
    """The best draws of stored simulations that lie apart from each other, as starts of a fit."""
    unit, cost = compared(problem, simulations)
    order = np.argsort(cost, kind="stable")[: max(count, len(cost) // 10)]
    chosen: list[int] = []
    for row in order[np.isfinite(cost[order])]:
        if all(np.abs(unit[row] - unit[other]).max() > APART for other in chosen):
            chosen.append(int(row))
        if len(chosen) == count:
            break
    if not chosen:
        raise StudyError("no start could be simulated", got=f"{len(cost)} simulations, none without a fault")
    return unit[chosen]


def _residuals(problem: FitProblem, times: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Residuals `[draw, residual]` of predictions; curves are interpolated to the measured points."""
    data, layout, parts = problem.data, problem.layout, []
    curves = len(layout.curves)
    if curves:
        held = prediction[:, : NODES * curves].reshape(-1, curves, NODES)
        model = np.zeros((len(held), curves, data.time.shape[0]))
        for curve in range(curves):
            after = np.clip(np.searchsorted(times[:, curve], data.time[:, curve]), 1, NODES - 1)
            before = times[after - 1, curve]
            share = (data.time[:, curve] - before) / (times[after, curve] - before)
            model[:, curve] = (1 - share) * held[:, curve, after - 1] + share * held[:, curve, after]
        deviation = (model - data.current.T) * data.weight.T
        if data.background is not None:
            share = np.einsum("nct,scn->st", data.background, deviation)
            deviation = deviation - np.einsum("nct,st->scn", data.background, share)
        parts.append(deviation.reshape(len(held), -1))
    rest = prediction[:, NODES * curves :]
    count = len(layout.scalars)
    logarithmic = np.array([target.kind in LOGARITHMIC for target in layout.scalars], bool)
    asked = np.where(logarithmic, np.log(np.where(logarithmic, data.value, 1.0)), data.value)
    # of the logarithm of a number the prediction is the logarithm over that of one
    parts.append((rest[:, :count] - asked) * data.scalar_weight)
    measured = [part for one in data.spectra for part in (one.real, one.imaginary)]
    weight = [one.weight for one in data.spectra for _ in range(2)]
    if measured:
        parts.append((rest[:, count:] - np.concatenate(measured)) * np.concatenate(weight))
    return np.concatenate(parts, 1)
