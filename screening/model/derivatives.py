"""Outputs of chosen points of a study and their derivatives by its varied quantities.

Forward mode along the time steps of a voltammogram, reverse mode through an operating point.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from kernels.status import Status
from screening.config.located import Located
from screening.config.settings import Output as OutputTable
from screening.config.study import OperationStudy, Study, VoltammetryStudy
from screening.model.asked_outputs import outputs_of, possible_outputs
from screening.model.candidate import assemble
from screening.model.candidate_form import fixed_values, form_of
from screening.model.devices import compiler_options
from screening.model.discretisation import derivative_numerics
from screening.model.operating_points import points_of
from screening.model.tangents import Point, accepted_rows, march, slopes_along
from screening.model.voltammetry import lanes_of, make_observer

Points = Sequence[Float[np.ndarray, "input"]]


class Slopes(NamedTuple):
    """Outputs at points and their derivatives.

    Attributes:
        outputs: by name the values `[point, ...]` and the derivatives `[input, point, ...]`, SI; zero beyond the inputs of a
            film, NaN where a peak is a corner, which has none.
        status: of each point, `[point]` or `[point, run]`.
    """

    outputs: dict[str, tuple[np.ndarray, np.ndarray]]
    status: np.ndarray


class Derivatives(Protocol):
    """Function of films and points; what it compiles serves every call with the same films."""

    def __call__(self, films: Sequence[int], points: Points) -> Slopes:
        """Outputs and derivatives at points: for each its film and the values of the film's axes, SI."""
        ...


def derivatives_of(study: Study, names: Sequence[str], device: Any) -> Derivatives:
    """The derivatives of the named outputs of a study on a device of JAX."""
    if isinstance(study, OperationStudy):
        return PointDerivatives(study, names, device)
    assert isinstance(study, VoltammetryStudy)
    return VoltammetryDerivatives(study, names, device)


def needs_curves(study: Study, names: Sequence[str] | None) -> bool:
    """Whether any of the named outputs, or of all, asks for a voltammogram."""
    return any(out.needs_curve for out in outputs_of(study) if names is None or out.name in names)


def gradient_obstacle(study: Study, names: Sequence[str] | None = None) -> str:
    """Why a study has no derivatives of the named outputs, or of all, in one line; "" where it has them."""
    ends = [end for segment in study.segments for end in (segment.lower_cutoff, segment.upper_cutoff)]
    cut = any(np.isfinite(end.distribution.bounds if isinstance(end, Located) else end).any() for end in ends)
    if cut and needs_curves(study, names):
        return "no local gradients where a cut-off ends a segment, because its time would have to move with the inputs"
    return ""


def candidates_at(study: Study, films: Sequence[int], points: Sequence[Any], change: Float[Array, "input"]) -> Any:
    """Candidates at points moved by relative changes, the point first: Candidate or Operation; pure JAX.

    A change counts in units of each quantity's size, or of one SI unit where it is zero.
    """

    def one(film, point):
        values = point + jnp.where(point == 0, 1.0, jnp.abs(point)) * change[: len(point)]
        drawn = {axis.label: value for axis, value in zip(study.space.axes[film], values, strict=True)}
        return assemble(form_of(study, film, study.n_layers), fixed_values(study, film) | drawn)

    parts = [one(film, jnp.asarray(point)) for film, point in zip(films, points, strict=True)]
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *parts)


class VoltammetryDerivatives:
    """Derivatives along the time steps of simulated curves (see `Derivatives`)."""

    def __init__(self, study: VoltammetryStudy, names: Sequence[str], device: Any) -> None:
        self.study, self.device = study, device
        self._marches = needs_curves(study, names)
        self._groups = {out.name: out.group for out in possible_outputs(study)}
        # see `tangents` for why the full order
        numerics, ohmic = derivative_numerics(study, order=0), study.has_ohmic_layers
        observe = make_observer(study.model_copy(update={"output": OutputTable(outputs=tuple(names))}))
        options = compiler_options(device.platform)
        self._push = jax.jit(self._pushed, static_argnums=0)
        self._march = jax.jit(partial(march, numerics, ohmic), compiler_options=options)
        along = partial(slopes_along, numerics, ohmic, observe, study.sweep_segments)
        self._along = jax.jit(along, compiler_options=options)

    def __call__(self, films: Sequence[int], points: Points) -> Slopes:
        status = np.full((len(films), self.study.n_runs), Status.OK, np.uint8)
        plan = None
        with jax.enable_x64(True), jax.default_device(self.device):
            here, tangents = self._push(tuple(films), [np.asarray(point) for point in points])
            if self._marches:
                plan, found = jax.device_get(self._march(here))
                plan, status = accepted_rows(plan), found.reshape(len(films), -1)
            found, smooth = jax.device_get(self._along(here, plan, tangents))
        scales = _sizes(points)
        outputs = {}
        for name, (values, slopes) in found.items():
            slopes = slopes / scales.reshape(*scales.shape, *(1,) * (values.ndim - 1))
            if smooth and self._groups[name] == "peak":
                slopes = np.where(smooth["anodic" if name.startswith("anodic") else "cathodic"], slopes, np.nan)
            elif smooth and self._groups[name] == "slope":
                slopes = np.where(smooth["cathodic"].all(axis=1), slopes, np.nan)
            outputs[name] = values, slopes
        return Slopes(outputs, status)

    def _pushed(self, films, points):
        """The candidates, and their change with each input."""

        def whole(change):
            sample, drive, rates = candidates_at(self.study, films, points, change)
            return Point(sample, lanes_of(drive), rates)

        count = max(1, *map(len, points))
        push = jax.vmap(lambda tangent: jax.jvp(whole, (jnp.zeros(count),), (tangent,)), out_axes=(None, 0))
        return push(jnp.eye(count))


class PointDerivatives:
    """Derivatives through operating points (see `Derivatives`)."""

    def __init__(self, study: OperationStudy, names: Sequence[str], device: Any) -> None:
        self.study, self.names, self.device = study, tuple(names), device
        self._points = partial(*points_of(study))
        options = compiler_options(device.platform)
        self._gradients = jax.jit(self._at, static_argnums=0, compiler_options=options)

    def __call__(self, films: Sequence[int], points: Points) -> Slopes:
        count = max(1, *map(len, points))
        values = np.zeros((len(films), len(self.names)))
        slopes = np.zeros((count, len(films), len(self.names)))
        status = []
        with jax.enable_x64(True), jax.default_device(self.device):
            for place, (film, point) in enumerate(zip(films, points, strict=True)):
                found = jax.device_get(self._gradients(film, np.asarray(point)))
                values[place], slopes[: len(point), place], one = found
                status.append(one)
        slopes /= _sizes(points)[:, :, None]
        by_name = {name: (values[:, at], slopes[:, :, at]) for at, name in enumerate(self.names)}
        return Slopes(by_name, np.array(status))

    def _at(self, film, point):
        """Wanted outputs of one point, their slopes `[input, output]` by relative changes, and the status."""

        def operation(change):
            return tuple(candidates_at(self.study, (film,), (point,), change))

        def wanted(*inputs):
            found = self._points(*inputs)
            return jnp.stack([found[name][0] for name in self.names]), found["status"][0]

        start = jnp.zeros(len(point))
        inputs, pushes = operation(start), jax.jacfwd(operation)(start)
        by_entry, status = jax.jacrev(wanted, argnums=(0, 1, 2, 3), has_aux=True)(*inputs)
        # a matrix product leaf by leaf: entries that an output does not see at all may have no finite push
        rows = [
            jnp.tensordot(slope.reshape(len(self.names), -1), push.reshape(-1, push.shape[-1]), axes=1)
            for slope, push in zip(jax.tree.leaves(by_entry), jax.tree.leaves(pushes), strict=True)
        ]
        return wanted(*inputs)[0], sum(rows[1:], rows[0]).T, status


def _sizes(points: Points) -> Float[np.ndarray, "input point"]:
    """Size of each input of each point, one beyond the inputs of a film."""
    sizes = np.ones((max(1, *map(len, points)), len(points)))
    for place, point in enumerate(points):
        sizes[: len(point), place] = np.where(np.equal(point, 0), 1.0, np.abs(point))
    return sizes
