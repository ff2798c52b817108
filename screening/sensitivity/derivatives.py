"""Derivatives of the outputs of chosen points by their varied quantities: forward mode along the time steps of a
voltammogram, reverse mode through an operating point of an ammonia cell."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from screening.config.settings import Output
from screening.config.study import Study

if TYPE_CHECKING:
    from screening.sensitivity.tangents import Point

# A derivative sees the tolerance of the electrode equation, a run does not.
ROOT_TOLERANCE = 1e-10


def derivatives_of(
    study: Study, films: list[int], points: list[np.ndarray], names: list[str], device: Any
) -> dict[str, Any]:
    """Outputs and their derivatives at points.

    Args:
        study: the study.
        films: film of each point.
        points: for each the values of the film's varied quantities in the order of its axes, SI.
        names: of the outputs.
        device: of JAX.

    Returns:
        by output its values `[point, ...]` and its derivatives `[input, point, ...]` (SI, zero beyond the inputs of a
        film); "status" of each point, `[run]` or one.

    Example:
        `derivatives_of(study, [0], [np.array([5e-9])], ["limiting_current_density"], jax.devices()[0])`
    """
    return (_voltammetry if study.ammonia is None else _ammonia)(study, films, points, names, device)


def needs_curves(study: Study, names: Sequence[str] | None) -> bool:
    """Whether any of the outputs asks for a voltammogram.

    Args:
        study: the study.
        names: of the outputs; all if None.

    Returns:
        False where the film alone gives them all.
    """
    from screening.model.asked_outputs import outputs_of

    return any(out.group != "film" for out in outputs_of(study) if names is None or out.name in names)


def points_at(study: Study, films: list[int], points: list[np.ndarray]) -> Callable[[Any], "Point"]:
    """Candidates at points side by side, as a function of the relative changes of their varied quantities; pure JAX.

    Args:
        study: the study.
        films: film of each point.
        points: as for `derivatives_of`.

    Returns:
        function of changes `[input]`, in units of each quantity's size (one SI unit where it is zero), to a Point.

    Example:
        `points_at(study, [0], [np.array([5e-9])])(jnp.array([0.01])).sample.stack.thickness`
    """
    import jax
    import jax.numpy as jnp

    from screening.model.point import drive_at, sample_at, values_at
    from screening.sensitivity.tangents import Point

    def candidate(film, point, change):
        labels = [axis.label for axis in study.space.axes[film]]
        values = values_at(labels, jnp.asarray(point) + jnp.asarray(_relative(point)) * change[: len(point)])
        return Point(sample_at(study, film, values), *drive_at(study, values))

    def whole(change):
        parts = [candidate(film, point, change) for film, point in zip(films, points, strict=True)]
        sample = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *(part.sample for part in parts))
        drive = jax.tree.map(lambda *leaves: jnp.concatenate(leaves, axis=1), *(part.drive for part in parts))
        return Point(sample, drive, jnp.concatenate([part.scan_rates for part in parts]))

    return whole


def _relative(point: np.ndarray) -> np.ndarray:
    """What one unit of each coordinate is: the size of the input, one SI unit where it is zero."""
    return np.where(point == 0, 1.0, np.abs(point))


def _voltammetry(
    study: Study, films: list[int], points: list[np.ndarray], names: list[str], device: Any
) -> dict[str, Any]:
    """By output values `[point, ...]` and derivatives `[input, point, ...]`, SI; `status` by point."""
    import jax
    import jax.numpy as jnp

    from kernels.experiment import Numerics
    from kernels.march import StepControl
    from kernels.status import Status
    from screening.model.bridge import numerics_of
    from screening.model.devices import compiler_options
    from screening.model.observer import make_observer, outputs_of
    from screening.sensitivity.tangents import accepted_rows, march, slopes_along

    asked = numerics_of(study)
    control = StepControl(tolerance=asked.control.tolerance, root_tolerance=ROOT_TOLERANCE)
    numerics = Numerics(mesh=asked.mesh, order=0, control=control)  # see `tangents` for why the full order
    observe = make_observer(study.model_copy(update={"output": Output(outputs=tuple(names))}))
    ohmic, count = study.has_ohmic_layers, max(1, *map(len, points))

    whole = points_at(study, films, points)
    options = compiler_options(device.platform)
    with jax.enable_x64(True), jax.default_device(device):
        start = jnp.zeros(count)
        push = jax.vmap(lambda tangent: jax.jvp(whole, (start,), (tangent,)), out_axes=(None, 0))
        here, tangents = jax.jit(push)(jnp.eye(count))
        plan, status = None, np.full((len(films), study.n_runs), Status.OK, np.uint8)
        if needs_curves(study, names):
            plan, status = jax.device_get(jax.jit(partial(march, numerics, ohmic), compiler_options=options)(here))
            plan, status = accepted_rows(plan), status.reshape(len(films), -1)
        along = partial(slopes_along, numerics, ohmic, observe, study.sweep_segments)
        found, smooth = jax.device_get(jax.jit(along, compiler_options=options)(here, plan, tangents))
    scales = np.ones((count, len(films)))
    for place, point in enumerate(points):
        scales[: len(point), place] = _relative(point)
    done: dict[str, Any] = {"status": status}
    groups = {out.name: out.group for out in outputs_of(study)}
    for name, (values, slopes) in found.items():
        slopes = slopes / scales.reshape(*scales.shape, *(1,) * (values.ndim - 1))
        if smooth and groups[name] == "peak":
            slopes = np.where(smooth["anodic" if name.startswith("anodic") else "cathodic"], slopes, np.nan)
        elif smooth and groups[name] == "slope":
            slopes = np.where(smooth["cathodic"].all(axis=1), slopes, np.nan)
        done[name] = values, slopes
    return done


def _ammonia(study: Study, films: list[int], points: list[np.ndarray], names: list[str], device: Any) -> dict[str, Any]:
    """As `_voltammetry`, of an ammonia study."""
    import jax
    import jax.numpy as jnp

    from screening.config.located import scalars_of
    from screening.model.ammonia import choices_of
    from screening.model.ammonia_operation import operating_point
    from screening.model.devices import compiler_options
    from screening.model.point import sample_at, values_at

    assert study.ammonia is not None
    choices, count = choices_of(study.ammonia), max(1, *map(len, points))
    options = compiler_options(device.platform)

    def inputs_of(film, point, change):
        labels = [axis.label for axis in study.space.axes[film]]
        values = values_at(labels, jnp.asarray(point) + jnp.asarray(_relative(point)) * change[: len(point)])
        sample = sample_at(study, film, values)
        one = jax.tree.map(lambda leaf: leaf[0], (sample.stack, sample.electrolyte, sample.temperature))
        return {place.path.partition(".")[2]: values(place) for place in scalars_of(study.ammonia, "ammonia")}, *one

    @partial(jax.jit, compiler_options=options)
    def gradients(inputs, pushes):
        def wanted(*inputs):
            found = operating_point(choices, *inputs)
            return jnp.stack([found[name] for name in names]), found["status"]

        by_entry, status = jax.jacrev(wanted, argnums=(0, 1, 2, 3), has_aux=True)(*inputs)
        # a matrix product leaf by leaf: entries that an output does not see at all may have no finite push
        rows = [
            jnp.tensordot(slope.reshape(len(names), -1), push.reshape(-1, push.shape[-1]), axes=1)
            for slope, push in zip(jax.tree.leaves(by_entry), jax.tree.leaves(pushes), strict=True)
        ]
        return wanted(*inputs)[0], sum(rows[1:], rows[0]), status

    values, slopes = np.zeros((len(films), len(names))), np.zeros((count, len(films), len(names)))
    status = []
    with jax.enable_x64(True), jax.default_device(device):
        for place, (film, point) in enumerate(zip(films, points, strict=True)):
            of_point, start = partial(inputs_of, film, point), jnp.zeros(count)
            found = gradients(of_point(start), jax.jacfwd(of_point)(start))
            values[place], by_input, one = jax.device_get(found)
            slopes[: len(point), place] = by_input.T[: len(point)] / _relative(point)[:, None]
            status.append(one)
    done: dict[str, Any] = {"status": status}
    return done | {name: (values[:, at], slopes[:, :, at]) for at, name in enumerate(names)}
