"""What each stage of a screening costs on a device, and how near the stepping comes to the limits of a card."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np

from kernels.experiment import build_cell
from kernels.march import plan_and_march
from kernels.step_clock import setting_of
from screening.config.study import Study, VoltammetryStudy
from screening.model.discretisation import numerics_of
from screening.model.draws import draw_candidates
from screening.model.study_evaluator import StudyEvaluator
from screening.model.voltammetry import make_observer

PASSES = 5
# Operations (float32, outside tensor cores) and bytes a second, from NVIDIA's data sheets.
LIMITS = {"H100": (67e12, 3.35e12), "H200": (67e12, 4.8e12), "A100": (19.5e12, 2.0e12), "L40S": (91.6e12, 0.864e12)}


def measure_stages(study: Study, device: str | None) -> dict[str, Any]:
    """Seconds of each stage for one block, compilation apart, and operations and bytes of a voltammogram's stepping."""
    assert isinstance(study, VoltammetryStudy)
    evaluator = StudyEvaluator(study, device)
    count, runs, numerics = min(evaluator.block, study.n_candidates), study.n_runs, numerics_of(study)
    batch = draw_candidates(study, 0, count)
    with jax.enable_x64(True), jax.default_device(evaluator.device):
        given = evaluator.calculation.inputs(batch, evaluator.calculation.order(batch))
        sample, drive, rates = jax.device_put(given, evaluator.device)
        stepped = jax.tree.map(lambda values: values.astype(numerics.precision), drive)
        build = jax.jit(partial(build_cell, numerics=numerics, ohmic=study.has_ohmic_layers))
        march = jax.jit(partial(plan_and_march, control=numerics.control, record_plan=False))
        observe = jax.jit(make_observer(study))
        cell = build(sample, drive)
        run = march(cell, stepped)
        seconds = {
            "sampling on the host": median_seconds(lambda: draw_candidates(study, 0, count)),
            "set-up": median_seconds(lambda: build(sample, drive)),
            "stepping": median_seconds(lambda: march(cell, stepped)),
            "observables": median_seconds(lambda: observe(sample, drive, rates, run.trajectory)),
            "evaluator, all outputs": median_seconds(lambda: evaluator.evaluate(0, count)),
        }
        rows = int(run.rows)
        lanes = count * runs
        written = sum(leaf.nbytes for leaf in jax.tree.leaves(run.trajectory))
        read = sum(leaf.nbytes for leaf in jax.tree.leaves((cell, stepped)))
    return {
        "voltammograms": lanes,
        "seconds": seconds,
        "rows": rows,
        "operations": rows * _operations(study, numerics),
        "bytes": (written + read) / lanes,
        "kind": evaluator.device.device_kind,
    }


def stages_report(found: dict[str, Any]) -> list[str]:
    """The table in lines of text, with the share of the card's limits where they are known."""
    lanes, seconds = found["voltammograms"], found["seconds"]
    lines = [f"{'stage':<24}{'ms':>10}{'CVs/s':>16}  ({lanes:,} voltammograms)"]
    lines += [f"{name:<24}{1e3 * taken:>10,.1f}{lanes / taken:>16,.0f}" for name, taken in seconds.items()]
    rate = lanes / seconds["stepping"]
    lines.append(
        f"stepping: {found['operations']:,.0f} operations and {found['bytes']:,.0f} bytes a voltammogram of {found['rows']} rows: "
        f"{rate * found['operations']:.2e} operations/s, {rate * found['bytes']:.2e} bytes/s"
    )
    limits = next((limits for name, limits in LIMITS.items() if name in found["kind"]), None)
    if limits is None:
        lines.append(f"limits of {found['kind']} are not known")
    else:
        shares = (rate * found[name] / limit for name, limit in zip(("operations", "bytes"), limits, strict=True))
        lines.append("of the card's limits: {:.1%} of its arithmetic, {:.1%} of its memory's bandwidth".format(*shares))
    return lines


def median_seconds(call: Callable[[], Any], passes: int = PASSES) -> float:
    """Median time of a call whose results are waited for."""
    jax.block_until_ready(call())
    taken = []
    for _ in range(passes):
        began = time.perf_counter()
        jax.block_until_ready(call())
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _operations(study: VoltammetryStudy, numerics: Any) -> float:
    """Arithmetic operations of one lane's step as XLA counts them, three iterations of the root included."""
    with jax.default_device(jax.devices("cpu")[0]):
        calculation = StudyEvaluator(study, "cpu").calculation
        sample, drive, _ = calculation.inputs(draw_candidates(study, 0, 1), np.arange(1))
        cell = jax.eval_shape(partial(build_cell, numerics=numerics, ohmic=study.has_ohmic_layers), sample, drive)
        drive = jax.tree.map(lambda values: jax.ShapeDtypeStruct(values.shape, numerics.precision), drive)
        one_row = replace(numerics.control, budget=1)  # a loop counts once, what is done to its rows does not
        whole = _count(partial(plan_and_march, control=one_row, record_plan=False, fused=False), cell, drive)
        before = _count(partial(setting_of, control=one_row), cell, drive)
    return (whole - before) / drive.start.shape[1]


def _count(function: Callable[..., Any], *shapes: Any) -> float:
    """Operations of a function on a CPU."""
    told = jax.jit(function).trace(*shapes).lower(lowering_platforms=("cpu",)).cost_analysis()
    return told["flops"] + told.get("transcendentals", 0.0) if told else float("nan")
