"""Candidates of a study drawn from its parameter space: arrays in SI units with the candidate first."""

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int64

from kernels.drive import Drive
from kernels.experiment import Sample
from kernels.stack import Electrolyte, LayerStack, layer_resistances
from screening.config.parameter_space import ParameterSpace
from screening.config.stored_inputs import FILM
from screening.config.study import Study
from screening.errors import StudyError
from screening.model.candidate import Candidate, Operation, assemble, stored_inputs
from screening.model.candidate_form import CandidateForm, fixed_values, form_of

# Candidates assembled in one call: a multiple of every vector width, so that the bits of one do not depend on the others.
BLOCK = 512


@dataclass(frozen=True)
class CandidateBatch:
    """A range of candidates; float64 in SI units.

    Attributes:
        index: number of each candidate.
        film: number of its film variant.
        arrays: Candidate or Operation with the candidate as the first axis of every array.
        inputs: stored inputs by name; NaN where a film has no such quantity.
    """

    index: Int64[np.ndarray, "candidate"]
    film: Int64[np.ndarray, "candidate"]
    arrays: Any
    inputs: dict[str, Float[np.ndarray, "candidate"]]

    @property
    def sample(self) -> Sample:
        """Film, electrolyte, electrode and circuit of a voltammetry study."""
        return self.arrays.sample

    @property
    def stack(self) -> LayerStack:
        """The films, `[candidate, layer]`, innermost layer first."""
        return self._film.stack

    @property
    def electrolyte(self) -> Electrolyte:
        """The liquid."""
        return self._film.electrolyte

    @property
    def temperature(self) -> Any:
        """`[candidate]`, K."""
        return self._film.temperature

    @property
    def drive(self) -> Drive:
        """`[candidate, segment, run]`."""
        return self.arrays.drive

    @property
    def scan_rates(self) -> Any:
        """`[candidate, run]`, V s-1, NaN without a sweep."""
        return self.arrays.scan_rates

    @property
    def _film(self) -> Sample | Operation:
        return self.arrays if isinstance(self.arrays, Operation) else self.arrays.sample

    def column(self, name: str) -> np.ndarray:
        """Values of a stored input, the film included."""
        return self.film if name == FILM else self.inputs[name]


def draw_candidates(study: Study, start: int, stop: int) -> CandidateBatch:
    """Draw the candidates `start` to `stop` - 1; each has the same bits in every range that contains it.

    Args:
        study: the study.
        start: first candidate.
        stop: one past the last candidate.

    Returns:
        CandidateBatch.

    Raises:
        StudyError: the range is empty or leaves 0 .. n_candidates.

    Example:
        >>> from screening.config.study import load_study
        >>> study = load_study("experiments/thickness_ladder.toml")
        >>> draw_candidates(study, 0, 3).arrays.sample.stack.thickness.shape
        (3, 3)
    """
    if not 0 <= start < stop <= study.n_candidates:
        got = str(start) if stop == start + 1 else f"{start} to {stop}"
        expected = f"candidates from 0 to {study.n_candidates - 1}"
        raise StudyError("no such candidate", got=got, expected=expected, fix="ask for existing candidates")
    return draw_from(study, study.space, start, stop)


def draw_from(study: Study, space: ParameterSpace, start: int, stop: int) -> CandidateBatch:
    """As `draw_candidates`, from a space that puts other points on the axes of the study."""
    count = stop - start
    film = np.empty(count, dtype=np.int64)
    inputs = {column.name: np.full(count, np.nan) for column in study.columns if column.name != FILM}
    arrays: Any = None
    for share in space.shares(start, stop):
        film[share.rows] = share.film
        drawn, found = _assembled(study, share.film, space.values(share), share.stop - share.start)
        if arrays is None:
            arrays = jax.tree.map(lambda values: np.empty((count, *values.shape[1:]), values.dtype), drawn)
        for whole, part in zip(jax.tree.leaves(arrays), jax.tree.leaves(drawn), strict=True):
            whole[share.rows] = part
        for name, values in found.items():
            inputs[name][share.rows] = values
    return CandidateBatch(np.arange(start, stop, dtype=np.int64), film, arrays, inputs)


def candidate_values(study: Study, candidate: int) -> tuple[int, dict[str, float]]:
    """Film of a candidate, and all of its values by label, SI."""
    (share,) = study.space.shares(candidate, candidate + 1)
    drawn = {label: float(values[0]) for label, values in study.space.values(share).items()}
    return share.film, fixed_values(study, share.film) | drawn


def batch_at(study: Study, film: int, values: dict[str, np.ndarray], count: int) -> CandidateBatch:
    """Candidates of one film at given values `[candidate]` of its varied quantities, by label."""
    arrays, found = _assembled(study, film, values, count)
    missing = {column.name: np.full(count, np.nan) for column in study.columns if column.name != FILM}
    return CandidateBatch(np.arange(count), np.full(count, film), arrays, missing | found)


def usable(batch: CandidateBatch) -> Bool[np.ndarray, "candidate"]:
    """Whether every property of a candidate is inside its physical range.

    Ranges are checked when a study is read. Only a draw can show the tail of a normal distribution; such a candidate gets
    a status instead of nonsense.
    """
    stack, liquid, temperature = batch.stack, batch.electrolyte, batch.temperature
    good = temperature > 0
    for values in (stack.thickness, stack.diffusivity, stack.partition_coefficient):
        good = good & np.all(values > 0, axis=1)
    for values in (stack.accessible_fraction, stack.resistivity, stack.jump_distance, stack.interface_resistance):
        good = good & np.all(values >= 0, axis=1)
    good = good & np.all((stack.transference_number >= 0) & (stack.transference_number <= 1), axis=1)
    for values in (liquid.diffusivity, liquid.diffusion_layer_thickness):
        good = good & (values > 0)
    # at a couple the oxidised form may be absent at first, but not both forms
    salt = liquid.concentration
    if isinstance(batch.arrays, Candidate):
        sample = batch.sample
        if sample.reduced_electrolyte is not None:
            salt = salt + sample.reduced_electrolyte.concentration
        good = good & (sample.series_resistance >= 0) & (sample.double_layer_capacitance >= 0)
        good = good & np.all(batch.drive.duration > 0, axis=(1, 2))
    good = good & (salt > 0) & (liquid.transference_number >= 0) & (liquid.transference_number < 1)
    if stack.faces is not None:
        good = good & np.asarray(jax.tree.map(np.transpose, stack.faces).valid())
    for values in (*jax.tree.leaves(dataclasses.replace(stack, faces=None)), *jax.tree.leaves(liquid), temperature):
        good = good & np.all(np.isfinite(values.reshape(len(good), -1)), axis=1)
    return good


def alike(batch: CandidateBatch) -> Int64[np.ndarray, "candidate"]:
    """An order of candidates in which those that take about as many steps are neighbours.

    A block is done when its slowest lane is. Lanes do not depend on each other, so the order changes no result. What
    decides first is how much the film resists diffusion, then its ohmic resistance.
    """
    stack = batch.stack
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        diffusion = np.nansum(layer_resistances(stack), axis=1)
        migration = np.nansum(stack.thickness * stack.resistivity, axis=1)
    return np.lexsort((migration, diffusion)).astype(np.int64)


def _assembled(study: Study, film: int, drawn: dict[str, np.ndarray], count: int) -> tuple[Any, dict[str, np.ndarray]]:
    """Arrays and stored inputs of draws of one film, in blocks of one compiled shape."""
    form, fixed = form_of(study, film, study.n_layers), fixed_values(study, film)
    table = np.empty((len(form.labels), count))
    for row, label in enumerate(form.labels):
        table[row] = drawn[label] if label in drawn else fixed[label]
    pieces = []
    with jax.enable_x64(True), jax.default_device(_host()):
        for first in range(0, count, BLOCK):
            rows = np.minimum(np.arange(first, first + BLOCK), count - 1)
            pieces.append(jax.device_get(_block(form, table[:, rows])))
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:count], *pieces)


@partial(jax.jit, static_argnums=0)
def _block(form: CandidateForm, table: Float[Array, "label candidate"]) -> tuple[Any, dict[str, Array]]:
    """Candidates of a block, one at a time: a root search over all at once would move those that are done by a bit."""

    def one(column):
        values = dict(zip(form.labels, column, strict=True))
        return assemble(form, values), stored_inputs(form, values)

    return jax.vmap(one, in_axes=1)(jnp.asarray(table))


def _host() -> Any:
    """The processor, whatever computes the voltammograms: the same bits everywhere; its stand-in where JAX hides it."""
    try:
        return jax.devices("cpu")[0]
    except RuntimeError:
        return jax.devices()[0]
