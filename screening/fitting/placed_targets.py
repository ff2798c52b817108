"""From the targets of a fit file to arrays: which run each belongs to, and where its points lie in time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from kernels.drive import Drive
from screening.config.study import Study, VoltammetryStudy
from screening.errors import StudyError, shown, unknown_name
from screening.fitting.background import background_basis
from screening.fitting.fit_tables import FitTables
from screening.fitting.impedance_target import ImpedanceTarget, place_spectrum
from screening.fitting.measured_curve import FEWEST_POINTS, measured_curve, times_on_protocol
from screening.fitting.residuals import LOGARITHMIC, ResidualLayout, ScalarTarget, TargetData
from screening.fitting.target_tables import CurveTarget, NumberTarget, PeakTarget

# Noise assumed where none is given; the residuals then set the scale of every uncertainty.
ASSUMED_NOISE = 0.01


class PlacedTargets(NamedTuple):
    """All targets, ready for the residuals.

    Attributes:
        layout: static shape.
        data: numbers to compare with.
        potential: `[node, curve]`, V, of the measured points, for people.
        names: of the targets: curves, single numbers, spectra.
        noise_known: whether every target has its uncertainty.
    """

    layout: ResidualLayout
    data: TargetData
    potential: np.ndarray
    names: tuple[str, ...]
    noise_known: bool


class _PlacedCurve(NamedTuple):
    run: int
    time: np.ndarray
    current: np.ndarray
    weight: np.ndarray
    potential: np.ndarray
    noise_known: bool


def place_targets(
    tables: FitTables, study: VoltammetryStudy, drive: Drive, folder: Path, given: Mapping[str, Any]
) -> PlacedTargets:
    """Place all targets of a fit; curves come first.

    Args:
        tables: of the fit file.
        study: the rest of it.
        drive: of one candidate, `[segment, run]`.
        folder: that the files of the curves are relative to.
        given: curves by the name of their target, instead of files.

    Returns:
        PlacedTargets.

    Raises:
        StudyError: a target that cannot be used, or that the model cannot reach.
    """
    numbered = list(enumerate(tables.targets))
    curves = [(f"target[{n}]", target) for n, target in numbered if isinstance(target, CurveTarget)]
    spectra = [(f"target[{n}]", target) for n, target in numbered if isinstance(target, ImpedanceTarget)]
    scalars = [(f"target[{n}]", target) for n, target in numbered if isinstance(target, NumberTarget)]
    named = [target.name for _, target in (*curves, *spectra)]
    unknown = set(given) - set(named)
    if unknown:
        raise unknown_name("curve", min(unknown), named, where="data")
    twice = next((name for k, name in enumerate(named) if name and name in named[:k]), None)
    if twice is not None:
        raise StudyError("two targets of one name", got=shown(twice), fix="rename one", where="target")
    placed = [_place(target, where, study, drive, folder, given) for where, target in curves]
    length = max((len(curve.time) for curve in placed), default=0)

    def table(columns, mode):
        rows = [np.pad(column, (0, length - len(column)), mode) for column in columns]
        return np.stack(rows, 1) if rows else np.zeros((0, 0))

    specs, values, weights, concentrations = [], [], [], []
    for where, target in scalars:
        run = _run_of(target.scan_rate, study, where) if isinstance(target, PeakTarget) else 0
        _check_reach(target, study, where)
        own = getattr(target, "concentration", None)
        specs.append(
            ScalarTarget(
                target.kind,
                run,
                getattr(target, "peak", "cathodic"),
                getattr(target, "law", "randles_sevcik"),
                getattr(target, "line", "with_intercept"),
                own is not None,
            )
        )
        values.append(target.value)
        weights.append(number_weight(target))
        concentrations.append(np.nan if own is None else own)
    potential = table([curve.potential for curve in placed], "edge")
    weight = table([curve.weight for curve in placed], "constant")
    return PlacedTargets(
        layout=ResidualLayout(
            study.n_runs,
            tuple(curve.run for curve in placed),
            tuple(specs),
            study.sweep_segments,
        ),
        data=TargetData(
            table([curve.time for curve in placed], "edge"),
            table([curve.current for curve in placed], "constant"),
            weight,
            np.array(values, float),
            np.array(weights, float),
            np.array(concentrations, float),
            np.asarray(study.scan_rates, float),
            tuple(
                place_spectrum(target, folder, given.get(target.name) if target.name else None, where)
                for where, target in spectra
            ),
            background_basis(tables.measurement.background, potential, weight),
        ),
        potential=potential,
        names=tuple(target.name or where for where, target in (*curves, *scalars, *spectra)),
        noise_known=all(curve.noise_known for curve in placed)
        and all(target.relative_uncertainty is not None for _, target in spectra),
    )


def number_weight(target: NumberTarget) -> float:
    """1 / standard uncertainty of a single number, or of its logarithm where that is compared."""
    return (target.value if target.kind in LOGARITHMIC else 1) / target.standard_uncertainty


def _place(target, where, study, drive, folder, given) -> _PlacedCurve:
    curve = measured_curve(target, folder, given.get(target.name) if target.name else None, where)
    several = len(study.scan_rates) > 1
    run = _run_of(curve.scan_rate if target.scan_rate is None and several else target.scan_rate, study, where)
    ends = list(zip(drive.start[:, run].tolist(), drive.stop[:, run].tolist(), strict=True))
    keep = np.ones(len(curve.potential), bool)
    if target.window is not None:
        low, high = sorted(target.window)
        keep = (curve.potential >= low) & (curve.potential <= high)
    time, inside = times_on_protocol(curve, ends, drive.duration[:, run].tolist(), where)
    rows = np.flatnonzero(keep & (inside > 0))
    if len(rows) < FEWEST_POINTS:
        raise StudyError(
            "target outside the model's reach: too few points of the curve lie on the protocol",
            got=f"{len(rows)} points",
            expected=f"at least {FEWEST_POINTS}",
            fix="correct window, or the potentials of [protocol]",
            where=where,
        )
    if len(rows) > target.points:
        rows = rows[np.linspace(0, len(rows) - 1, target.points).round().astype(int)]
    assert curve.current_density is not None, "a measured curve of a fit has its current density"
    current = curve.current_density[rows]
    largest = float(np.abs(current).max())
    sigma = target.standard_uncertainty
    known = sigma is not None or target.relative_uncertainty is not None
    if sigma is None:
        sigma = (target.relative_uncertainty or ASSUMED_NOISE) * largest
    if not sigma > 0:
        raise StudyError("a curve without current", got="0 everywhere", fix="check the column", where=where)
    weight = np.full(len(rows), 1 / sigma)
    return _PlacedCurve(run, time[rows], current, weight, curve.potential[rows], known)


def _run_of(rate: float | None, study: Study, where: str) -> int:
    rates = np.asarray(study.scan_rates)
    if not len(rates):
        raise StudyError(
            "a target without a sweep", got="a protocol without a scan rate", fix="fit a sweep", where=where
        )
    if rate is None:
        if len(rates) > 1:
            expected = "one of " + ", ".join(f"{value * 1e3:g} mV/s" for value in rates)
            raise StudyError("missing key", expected=expected, fix="add scan_rate", where=f"{where}.scan_rate")
        return 0
    near = np.flatnonzero(np.isclose(rates, rate, rtol=1e-6))
    if not len(near):
        raise StudyError(
            "target outside the model's reach: a scan rate that the protocol does not have",
            got=f"{rate * 1e3:g} mV/s",
            expected="one of " + ", ".join(f"{value * 1e3:g} mV/s" for value in rates),
            fix="add it to [protocol] scan_rates",
            where=f"{where}.scan_rate",
        )
    return int(near[0])


def _check_reach(target, study, where):
    if target.kind == "apparent_diffusivity" and study.n_runs < 2 and target.line != "each":
        raise StudyError(
            "target outside the model's reach: a line through the peaks of one scan rate",
            got=f'line = "{target.line}" with {study.n_runs} scan rate',
            expected="at least two scan rates",
            fix='add scan rates, or line = "each"',
            where=where,
        )
    if target.kind == "area_specific_resistance" and not study.films[0].layers:
        fix = "add [[film.layer]]"
        raise StudyError("target outside the model's reach: a bare electrode has no film", fix=fix, where=where)
    if target.kind == "peak_potential" and not study.run_scan_rates:
        raise StudyError("a target without a sweep", fix="fit a sweep", where=where)
