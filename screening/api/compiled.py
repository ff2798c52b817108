"""`sei.compile`: one stack under one protocol as a pure function of SI values, for JAX's own transformations."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from kernels.experiment import run_experiment
from kernels.status import Status
from screening.api.array_arguments import Quantity
from screening.api.electrodes import Couple, Metal
from screening.api.films import Electrolyte, Layer, Stack
from screening.api.protocols import AnyProtocol
from screening.api.simulate import listed_study, tables_of
from screening.config.settings import Output
from screening.config.stored_inputs import value_name
from screening.config.study import VoltammetryStudy
from screening.errors import StudyError, shown, unknown_name
from screening.model.candidate import Candidate, assemble
from screening.model.candidate_form import fixed_values, form_of
from screening.model.discretisation import derivative_numerics
from screening.model.tangents import ROW_BUCKET, Point, accepted_first, trajectory_along
from screening.model.voltammetry import lanes_of, make_observer
from screening.text_table import html_table

# Time steps that a derivative has room for, over those that the given values take.
ROOM = 1.5


def compile_model(
    stack: Stack | Sequence[Layer],
    protocol: AnyProtocol,
    electrode: Metal | Couple | None = None,
    *,
    electrolyte: Electrolyte | None = None,
    temperature: Quantity = "298.15 K",
    steps: int | None = None,
    **numerics: Any,
) -> "Model":
    """One stack under one protocol as a pure function of SI values, which `jax.jit`, `jax.vmap`, `jax.grad` and `optax` take.

    Args:
        stack: film with its layers from the outside to the inside, or a list of them; what it says are the values to start from.
        protocol: as in `sei.simulate`.
        electrode: `sei.Metal` or `sei.Couple`; lithium metal with 10 mA/cm2 exchange current density if left out.
        electrolyte: that of the stack if left out, or else the default `sei.Electrolyte`.
        temperature: of everything.
        steps: base time steps of one run; 250 if left out.
        numerics: other keys of the table [numerics] of a study file.

    Returns:
        `Model`: a function of a dict of SI values by name, such as {"layer1_diffusivity": 1e-13}, to a dict of arrays; its
        `values` are those of the arguments. A thin film, a slow ion or a soft kink cost more time steps: where a value asks for
        more than `ROOM` times those of the start, its derivatives are NaN, never wrong.

    Raises:
        StudyError: an input that cannot be used, or JAX computes in 32 bits.

    Source: derivatives of the time steps that were taken, Griewank & Walther, Evaluating Derivatives, 2nd ed., SIAM 2008,
        10.1137/1.9780898717761; through each electrode equation by the implicit function theorem.

    Example:
        >>> import jax, screening as sei
        >>> jax.config.update("jax_enable_x64", True)
        >>> film = [sei.Layer("LiF", "5 nm", diffusivity="1e-13 m^2/s")]
        >>> model = sei.compile(film, sei.LSV("0.1 V", "-0.3 V", "20 mV/s"), sei.Metal("10 mA/cm^2"))
        >>> model.values["layer1_thickness"], model.units["layer1_thickness"]
        (5e-09, 'm')
        >>> model({"layer1_diffusivity": 1e-15})["current_density"].shape  # (scan rate, point of the curve)
        (1, 251)
    """
    if not jax.config.read("jax_enable_x64"):
        raise StudyError(
            "JAX computes in 32 bits, which loses thin films",
            got="jax_enable_x64 = False",
            expected="64 bits",
            fix='call jax.config.update("jax_enable_x64", True) first',
        )
    more = {"electrode": electrode, "electrolyte": electrolyte}
    numbers = numerics if steps is None else numerics | {"steps": steps}
    # a list of one, so that laws of the temperature stay in the function
    study, axes = listed_study(tables_of(stack, protocol, temperature=[temperature], numerics=numbers, **more))
    if axes.sizes != {"temperature": 1}:
        got = ", ".join(axes.sizes)
        raise StudyError("an array", got=got, expected="one value, to start from", fix="use jax.vmap over the values")
    assert isinstance(study, VoltammetryStudy)
    return Model(study)


class Model:
    """What `sei.compile` gives: call it with SI values by name, with all of them or some; the others keep those of the start.

    Attributes:
        values: SI values of the start by name, a pytree of numbers.
        units: unit of each value.

    Example: `jax.grad(lambda values: model(values)["peak_current_density"][0])(model.values)`

    A call returns `time` (s), `potential` (V) and `current_density` (A m-2, oxidation positive), `[scan rate, point]`, without
    the first axis for a protocol without sweeps; the scalar outputs of `sei.simulate` by their names; and `status`, 1 where the
    calculation is ok, and anything else leaves NaN in the others.
    """

    def __init__(self, study: VoltammetryStudy) -> None:
        places = {value_name(place): place for place in study.places(0)}
        fixed = fixed_values(study, 0)
        self._labels = {name: place.label for name, place in places.items()}
        self.values = {name: float(place.distribution.nominal) for name, place in places.items()}
        self.units = {name: place.rule.unit for name, place in places.items()}
        self._constants = {label: value for label, value in fixed.items() if label not in self._labels.values()}
        self._form, self._numerics = form_of(study, 0), derivative_numerics(study)
        self._observe = make_observer(study.model_copy(update={"output": Output(curves=True)}))
        self._rows = self._numerics.control.rows(self._form.steps)
        used = int(self._choose(self._stacked(self.values)[None])[1][0])
        self._rows = min(self._rows, -(-int(ROOM * used) // ROW_BUCKET) * ROW_BUCKET)
        self._call = _differentiable(self._march, self._choose, self._replay)

    def __repr__(self) -> str:
        """The names of the values."""
        return f"<sei.Model of {', '.join(self.values)}>"

    def _repr_html_(self) -> str:
        """The values and their units, for notebooks."""
        rows = [(name, f"{value:.6g}", self.units[name]) for name, value in self.values.items()]
        return html_table("Model: a function of", [("value", "start", "unit"), *rows])

    def __call__(self, values: Mapping[str, Any]) -> dict[str, Array]:
        """Curves and outputs at SI values by name."""
        if not isinstance(values, Mapping):
            raise StudyError("values of a model", got=shown(repr(values)), expected="a dict", fix="change model.values")
        for name in values:
            if name not in self._labels:
                raise unknown_name("value", str(name), self._labels)
        found = self._call(self._stacked({**self.values, **values}))
        # NaN in the derivatives too
        ok = jnp.where(found["status"] == Status.OK, 1.0, jnp.nan)
        return {
            name.removeprefix("curve_"): ok * value if jnp.issubdtype(value.dtype, jnp.floating) else value
            for name, value in found.items()
        }

    def _stacked(self, values: Mapping[str, Any]) -> Float[Array, "value"]:
        return jnp.stack([jnp.asarray(values[name], float) for name in self._labels])

    def _point(self, values: Float[Array, "point value"]) -> Point:
        """Candidates at points."""

        def one(row):
            return assemble(self._form, self._constants | dict(zip(self._labels.values(), row, strict=True)))

        found = jax.vmap(one)(values)
        assert isinstance(found, Candidate), "a model is of voltammetry"
        return Point(found.sample, lanes_of(found.drive), found.scan_rates)

    @partial(jax.jit, static_argnums=0)
    def _march(self, values):
        """Outputs at points, which choose their time steps."""
        point = self._point(values)
        run = run_experiment(point.sample, point.drive, self._numerics, self._form.ohmic, record_plan=False)
        status = jnp.max(run.status.reshape(len(values), -1), axis=1)
        return self._observe(point.sample, point.drive, point.scan_rates, run.trajectory) | {"status": status}

    @partial(jax.jit, static_argnums=0)
    def _choose(self, values):
        """Time steps at points, `[point, row, run]`, those in use, and status."""
        point = self._point(values)
        run = run_experiment(point.sample, point.drive, self._numerics, self._form.ohmic)
        assert run.plan is not None, "the plan was asked for"
        used = jnp.max(jnp.sum(run.plan.accepted, axis=0).reshape(len(values), -1), axis=1) + 1
        status = jnp.max(run.status.reshape(len(values), -1), axis=1)

        def by_point(rows):
            kept = rows[: self._rows]
            return jnp.moveaxis(kept.reshape(len(kept), len(values), -1), 1, 0)

        fits = jnp.where(used <= self._rows, status, Status.STEP_BUDGET_EXHAUSTED)
        return jax.tree.map(by_point, accepted_first(run.plan)), used, fits

    @partial(jax.jit, static_argnums=0)
    def _replay(self, values, plan, status):
        """Outputs at one point along given time steps."""
        point = self._point(values[None])
        trajectory = trajectory_along(self._numerics, self._form.ohmic, plan, point)
        found = self._observe(point.sample, point.drive, point.scan_rates, trajectory)
        return jax.tree.map(lambda value: value[0], found) | {"status": status}


def _differentiable(march: Callable, choose: Callable, replay: Callable) -> Callable:
    """A function of one point: its derivatives are those of a replay, and a batch of points is one march of many lanes."""
    together = [_batched(function) for function in (march, choose)]

    @jax.custom_jvp
    def at(values):
        return together[0](values)

    @at.defjvp
    def _(primals, tangents):
        plan, _, status = together[1](jax.lax.stop_gradient(primals[0]))
        return jax.jvp(lambda values: replay(values, plan, status), primals, tangents)

    return at


def _batched(function: Callable) -> Callable:
    """A function of many points as one of a single point, which `jax.vmap` calls with all of them."""

    @jax.custom_batching.custom_vmap
    def single(values):
        return jax.tree.map(lambda leaf: leaf[0], function(values[None]))

    @single.def_vmap
    def _(size, batched, values):
        found = function(values)
        return found, jax.tree.map(lambda _: True, found)

    return single
