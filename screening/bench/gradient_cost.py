"""Cost of a gradient through a simulation, against the forward run along the same time steps."""

import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kernels.experiment import build_cell
from kernels.march import plan_and_march, replay
from screening.config.study import Study
from screening.model.devices import compiler_options, find_device
from screening.model.discretisation import numerics_of
from screening.model.draws import draw_candidates
from screening.model.voltammetry import lanes_of

CANDIDATES = 128
PASSES = 7


def measure_gradient(study: Study, device: str | None = None) -> dict[str, Any]:
    """Seconds and bytes of the replay of the first candidates, of its derivative in one direction and of its gradient.

    The loss is the mean square of the currents; the gradient is by all numbers of the cells, in reverse mode. Memory is
    what the compiled calls hold beside their arguments; the curves themselves are given for comparison.
    """
    study = study.model_copy(update={"numerics": study.numerics.model_copy(update={"precision": "float64"})})
    count = min(CANDIDATES, study.n_candidates)
    batch, numerics, ohmic = draw_candidates(study, 0, count), numerics_of(study), study.has_ohmic_layers
    chosen = find_device(device)
    options = compiler_options(chosen.platform)
    with jax.enable_x64(True), jax.default_device(chosen):
        sample, drive = jax.device_put((batch.sample, lanes_of(batch.drive)), chosen)

        @jax.jit
        def begin(sample, drive):
            cell = build_cell(sample, drive, numerics, ohmic)
            run = plan_and_march(cell, drive, numerics.control)
            return cell, run.plan, run.rows

        cell, plan, rows = begin(sample, drive)
        plan = jax.tree.map(lambda values: values[: int(rows)], plan)

        def curves(cell, drive, plan):
            return replay(cell, drive, numerics.control, plan)[0]

        def loss(cell, drive, plan):
            return jnp.mean(curves(cell, drive, plan).current ** 2)

        def tangent(cell, drive, plan):
            direction = jax.tree.map(jnp.ones_like, cell)
            return jax.jvp(lambda moved: loss(moved, drive, plan), (cell,), (direction,))[1]

        calls = {"forward": curves, "tangent": tangent, "gradient": jax.grad(loss)}
        found: dict[str, Any] = {"lanes": count * study.n_runs, "rows": int(rows), "modes": numerics.order}
        shapes = jax.tree.leaves(jax.eval_shape(curves, cell, drive, plan))
        found["curve_bytes"] = int(sum(np.prod(leaf.shape) * leaf.dtype.itemsize for leaf in shapes))
        for name, call in calls.items():
            compiled = jax.jit(call, compiler_options=options).lower(cell, drive, plan).compile()
            seconds = []
            for _ in range(PASSES):
                began = time.perf_counter()
                jax.block_until_ready(compiled(cell, drive, plan))
                seconds.append(time.perf_counter() - began)
            memory = compiled.memory_analysis()
            found[f"{name}_seconds"] = min(seconds)
            found[f"{name}_bytes"] = int(memory.temp_size_in_bytes) if memory is not None else 0
    for name in ("tangent", "gradient"):
        found[f"{name}_over_forward"] = found[f"{name}_seconds"] / found["forward_seconds"]
    return found


def gradient_report(found: dict[str, Any]) -> str:
    """The numbers in a line of text."""
    return (
        f"gradient by every quantity {found['gradient_over_forward']:.1f} times the forward run, one direction "
        f"{found['tangent_over_forward']:.1f} times; memory {found['gradient_bytes'] / 1e6:,.1f} MB beside curves of "
        f"{found['curve_bytes'] / 1e6:,.1f} MB ({found['lanes']} lanes, {found['rows']} steps, {found['modes']} modes)"
    )
