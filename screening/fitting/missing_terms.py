"""What a model lacks whose residuals have a structure: small terms tried one by one, linearised about the best point."""

import math
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from screening.fitting.background import LINE, NONE, SHARED_LINE, background_basis
from screening.fitting.engine import Engine
from screening.fitting.uncertainty import variance_scale

# A term is named when it lowers BIC by more than this, "positive evidence" of Kass & Raftery.
EVIDENCE = 2.0
# It has to explain this share of what is left of chi2: smaller ones may be the second order of terms that are in already. Where
# residuals hang together so far that they are evidence for nothing, the best such term is named as a guess.
LEAST_SHARE = 0.2
# Derivatives are differences over this share of the largest current (capacitance), or this potential, V (resistance, shift).
SHARE, SMALL_POTENTIAL = 1e-3, 2.5e-5
# A thick diffusion layer has no derivative, so it is tried at these fractions of its thickness.
THINNER = (0.5, 0.25, 0.125)
# A direction of which less than this share is left beside the free quantities is theirs.
COLLINEAR = 1e-2

CAPACITANCE, RESISTANCE = "electrode.double_layer_capacitance", "electrode.series_resistance"
LAYER, SHIFT = "electrolyte.diffusion_layer_thickness", "measurement.potential_offset"
BACKGROUNDS = {SHARED_LINE: "a line of background of all curves", LINE: "a line of background of each curve"}

Columns = Float[np.ndarray, "residual term"]


class Lack(IntEnum):
    """What a model may lack."""

    NOTHING = 0
    DOUBLE_LAYER_CAPACITANCE = 1
    SERIES_RESISTANCE = 2
    BACKGROUND = 3
    DIFFUSION_LAYER = 4
    REFERENCE_SHIFT = 5


LACKS = {
    CAPACITANCE: Lack.DOUBLE_LAYER_CAPACITANCE,
    RESISTANCE: Lack.SERIES_RESISTANCE,
    **dict.fromkeys(BACKGROUNDS, Lack.BACKGROUND),
    LAYER: Lack.DIFFUSION_LAYER,
    SHIFT: Lack.REFERENCE_SHIFT,
}


class MissingTerm(NamedTuple):
    """A term that would explain much of the residuals.

    Attributes:
        lack: which.
        name: for people, e.g. "double-layer capacitance".
        share: of chi2 that it would explain, beside the terms named before it.
        gain: by how much it would lower BIC.
        line: what to add to the fit file.
    """

    lack: Lack
    name: str
    share: float
    gain: float
    line: str

    @property
    def words(self) -> str:
        """In a sentence."""
        size = f"would explain about {100 * self.share:.2g} % of what is left of chi2"
        evidence = f"{size} and lower BIC by {_short(self.gain)}" if self.gain > EVIDENCE else f"a guess, {size}"
        return f"{self.name} ({evidence}); add to the fit file: {self.line}"


class _Try(NamedTuple):
    """Change of the residuals by each coefficient of a term; its coefficients lie between `least` and `most`."""

    place: str
    columns: Columns
    least: float
    most: float
    value: float  # of the quantity in the fit
    step: float  # of the quantity by a coefficient of one


def missing_terms(
    engine: Engine,
    unit: Float[np.ndarray, "parameter"],
    residual: Float[np.ndarray, "residual"],
    jacobian: Float[np.ndarray, "residual parameter"],
) -> tuple[MissingTerm, ...]:
    """Terms that the residuals ask for, the most telling first; none where no term explains them.

    Capacitance, series resistance, a line of background (of all curves or of each), a shift of the reference and a thinner
    diffusion layer are tried beside the free quantities, without another fit: to first order a term lowers chi2 by the square
    of what its derivative and the residuals have in common once the free quantities have taken their part. The best is kept,
    the others are tried beside it, and so on while BIC falls by more than 2 and chi2 by a fifth.

    Args:
        engine: of the fit.
        unit: best point.
        residual: there.
        jacobian: there.

    Returns:
        the terms; points count as independent as they do once all terms are in.

    Source: score test, Rao, Math. Proc. Camb. Phil. Soc. 44, 50 (1948), 10.1017/S0305004100023987; evidence from BIC, Kass &
        Raftery, J. Am. Stat. Assoc. 90, 773 (1995), 10.1080/01621459.1995.10476572.

    Example:
        `[term.line for term in missing_terms(engine, unit, residual, jacobian)]`
    """
    free = {entry.label for entry in engine.parameters.entries}
    tries = list(_tries(engine, unit, residual, free)) if engine.problem.layout.curves else []
    moving = jacobian[:, (unit > 0.0) & (unit < 1.0)]
    independent = _independent(engine, residual, [moving, *(one.columns for one in tries)])
    taken, found = _orthonormal(moving), []
    left = residual - taken @ (taken.T @ residual)
    while tries:
        judged = [(*_gain(one, taken, left, independent), one) for one in tries]
        gain, share, coefficient, best = max(judged, key=lambda row: row[0])
        if share < LEAST_SHARE or (gain < EVIDENCE and found):
            break
        name, line = _in_words(best, coefficient)
        if best.place in BACKGROUNDS and "measurement.current_offset" in free:
            line += ", in place of current_offset"
        found.append(MissingTerm(LACKS[best.place], name, share, gain, line))
        if gain < EVIDENCE:
            break
        taken = np.concatenate([taken, _beside(best.columns, taken)], 1)
        left = residual - taken @ (taken.T @ residual)
        gone = BACKGROUNDS if best.place in BACKGROUNDS else {best.place}
        tries = [one for one in tries if one.place not in gone]
    return tuple(found)


def _tries(engine: Engine, unit: np.ndarray, residual: np.ndarray, free: set[str]) -> Iterator[_Try]:
    """Every term that the fit file does not free already."""
    problem = engine.problem
    labels, data = problem.form.labels, problem.data
    for kind in BACKGROUNDS if problem.tables.measurement.background == NONE else ():
        basis = background_basis(kind, problem.potential, data.weight)
        assert basis is not None, "there are curves"
        columns = np.zeros((len(residual), basis.shape[2]))
        columns[: data.weight.size] = basis.transpose(1, 0, 2).reshape(data.weight.size, -1)
        yield _Try(kind, columns, -math.inf, math.inf, 0.0, 1.0)
    plan = engine.plan_of(unit[None])
    start = engine.evaluate(unit[None], plan).residual[0]

    def changed(shifts: dict[str, float]) -> np.ndarray:
        values = problem.values.copy()
        for label, shift in shifts.items():
            values[labels.index(label)] += shift
        column = engine.with_numbers(values=values).evaluate(unit[None], plan).residual[0] - start
        return np.where(np.isfinite(column), column, 0.0)[:, None]

    largest = float(np.abs(np.where(data.weight > 0, data.current, 0.0)).max())
    rates = data.scan_rate[np.isfinite(data.scan_rate)]
    steps = {RESISTANCE: SMALL_POTENTIAL / largest}
    if len(rates):
        steps[CAPACITANCE] = SHARE * largest / float(rates.max())
    for label, step in steps.items():
        if label in labels and label not in free:
            value = float(problem.values[labels.index(label)])
            yield _Try(label, changed({label: step}), -value / step, math.inf, value, step)
    if LAYER in labels and LAYER not in free:
        value = float(problem.values[labels.index(LAYER)])
        for share in THINNER:
            yield _Try(LAYER, changed({LAYER: (share - 1) * value}), 0.0, 1.0, value, (share - 1) * value)
    ends = {end for segment in problem.form.segments for end in (segment.start, segment.stop)}
    if SHIFT not in free and all(isinstance(end, str) for end in ends):
        # a reference that reads more means a drive that is less
        column = changed({str(end): -SMALL_POTENTIAL for end in ends})
        value = problem.tables.measurement.potential_offset.nominal
        yield _Try(SHIFT, column, -math.inf, math.inf, value, SMALL_POTENTIAL)


def _independent(engine: Engine, residual: np.ndarray, columns: list[Columns]) -> float:
    """Independent residuals once everything is in: the fullest model judges how far points hang together."""
    full = _orthonormal(np.concatenate(columns, 1))
    left = residual - full @ (full.T @ residual)
    nodes = engine.problem.data.time.shape[0]
    curves = [slice(k * nodes, (k + 1) * nodes) for k in range(len(engine.problem.layout.curves))]
    _, repeated = variance_scale(left, curves, full.shape[1], True)
    return np.count_nonzero(residual) / repeated


def _gain(one: _Try, taken: Columns, left: np.ndarray, independent: float) -> tuple[float, float, float]:
    """By how much the term would lower BIC, the share of chi2 that it explains, and its coefficient."""
    own = _beside(one.columns, taken)
    if not own.shape[1]:
        return -math.inf, 0.0, 0.0
    before = float(left @ left)
    if one.columns.shape[1] == 1:
        length = float(one.columns[:, 0] @ own[:, 0])
        coefficient = min(max(-float(own[:, 0] @ left) / length, one.least), one.most)
        after = float(np.sum((left + coefficient * length * own[:, 0]) ** 2))
    else:
        coefficient, after = 0.0, before - float(np.sum((own.T @ left) ** 2))
    share = 1 - after / before
    return -independent * math.log(max(1 - share, 1e-12)) - own.shape[1] * math.log(independent), share, coefficient


def _beside(columns: Columns, taken: Columns) -> Columns:
    """Orthonormal directions of a term beside those taken; none where it has nothing of its own."""
    lengths = np.linalg.norm(columns, axis=0)
    scaled = columns[:, lengths > 0] / lengths[lengths > 0]
    rest = scaled - taken @ (taken.T @ scaled)
    return _orthonormal(rest[:, np.linalg.norm(rest, axis=0) > COLLINEAR])


def _orthonormal(columns: Columns) -> Columns:
    """Orthonormal basis of what columns span."""
    lengths = np.linalg.norm(columns, axis=0)
    if not (lengths > 0).any():
        return columns[:, :0]
    left, sizes, _ = np.linalg.svd(columns[:, lengths > 0] / lengths[lengths > 0], full_matrices=False)
    return left[:, sizes > 1e-8 * sizes[0]]


def _in_words(one: _Try, coefficient: float) -> tuple[str, str]:
    """Name of a term with its rough size, and the line of the fit file that frees it."""
    if one.place in BACKGROUNDS:
        return BACKGROUNDS[one.place], f'[measurement] background = "{one.place}"'
    size, key = one.value + coefficient * one.step, one.place.replace(".", "] ")
    if one.place == SHIFT:
        reach = 1e3 * max(5 * abs(coefficient * one.step), 0.01)
        ends = [f"{_short(1e3 * one.value + side * reach)} mV" for side in (-1, 1)]
        return f"a shift of the reference of {_short(1e3 * size)} mV", _free(key, *ends)
    if one.place == LAYER:
        ends = [f"{_short(1e6 * factor * one.value)} um" for factor in (0.02, 2.0)]
        return f"a diffusion layer of {_short(1e6 * size)} um", _free(key, *ends, prior="")
    factor, unit, name = (
        (1e2, "uF/cm^2", "a double-layer capacitance")
        if one.place == CAPACITANCE
        else (1e4, "ohm*cm^2", "a series resistance")
    )
    ends = [f"0 {unit}", f"{_short(10 * factor * max(size, one.value))} {unit}"]
    return f"{name} of {_short(factor * size)} {unit}", _free(key, *ends)


def _free(key: str, low: str, high: str, prior: str = 'prior = "uniform", ') -> str:
    return f'[{key} = {{ fit = true, {prior}low = "{low}", high = "{high}" }}'


def _short(value: float) -> str:
    """Two digits, as people write them."""
    return f"{float(f'{value:.2g}'):g}"
