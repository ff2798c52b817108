"""Voltammograms per second of the main study on this machine, with the error reached."""

import json
import platform
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from kernels.status import Status
from screening.bench.gradient_cost import gradient_report, measure_gradient
from screening.bench.pybamm_peer import measure_pybamm
from screening.bench.reference import error_statistics, reference_peaks
from screening.bench.stages import measure_stages, stages_report
from screening.bench.tridiagonal import measure_tridiagonal
from screening.errors import StudyError
from screening.model.study_evaluator import StudyEvaluator
from screening.results.export import replacing
from screening.run.loop import available_cores
from screening.run.study_run import find_study
from screening.run.threads import single_threaded_blas

STUDY = "lidfob_vs_libf4"
FILMS = 4
PASSES = 5
REFERENCE_CANDIDATES = 256
# other ways to compute the same
OTHERS = {"vmap of lax.linalg.tridiagonal_solve": measure_tridiagonal, "PyBaMM, IDAKLU": measure_pybamm}


def run_bench(
    path: str | None = None,
    *,
    candidates: int = 8192,
    steps: int | None = None,
    threads: int | None = None,
    device: str | None = None,
    full: bool = False,
) -> dict[str, Any]:
    """Measure and print the speed, compilation apart, and the error of the peak currents against `reference_peaks`."""
    for name, value in (("--candidates", candidates), ("--threads", threads), ("--steps", steps)):
        if value is not None and value < 1:
            raise StudyError("cannot be used", got=str(value), expected="at least 1", fix="leave it out", where=name)
    study = find_study(STUDY, samples=max(1, candidates // FILMS))
    if steps is not None:
        study = study.model_copy(update={"numerics": study.numerics.model_copy(update={"steps": steps})})
    out = sys.stderr if path == "-" else sys.stdout
    threads = threads or available_cores()
    evaluator = StudyEvaluator(study, device)
    found: dict[str, Any] = describe_machine(evaluator, threads) | {
        "study": STUDY,
        "steps": sum(study.segment_steps),
        "scan_rates": study.n_runs,
        "reduced_order": study.numerics.reduced_order,
        "tolerance": study.numerics.tolerance,
        "precision": study.numerics.precision,
    }
    print(
        f"{found['device']}, {threads} threads, {found['processor']}, jax {found['jax']}, time steps compiled by "
        f"{found['stepping_compiler']}",
        file=out,
        flush=True,
    )
    print(
        f"{study.n_candidates:,} stacks of 3 layers and electrolyte, {study.n_runs} scan rates, {found['steps']} base steps, "
        f"{found['reduced_order']} modes, {found['precision']}",
        file=out,
        flush=True,
    )
    found |= measure(evaluator, threads)
    count = min(REFERENCE_CANDIDATES, study.n_candidates)
    exact = reference_peaks(study, count, device)
    found["peak_error"] = error_statistics(evaluator.evaluate(0, count)["peak_current_density"], exact)
    found["peak_memory_bytes"] = peak_memory()
    print("\n".join(report(found)), file=out, flush=True)
    if evaluator.device.platform != "cpu":
        found["stages"] = measure_stages(study, device)
        print("\n".join(stages_report(found["stages"])), file=out, flush=True)
    if full:
        found["gradient"] = measure_gradient(study, device)
        print(gradient_report(found["gradient"]), file=out, flush=True)
        found["others"] = {name: other(study, exact) for name, other in OTHERS.items()}
        for name, numbers in found["others"].items():
            print(f"{name}: {compare(numbers, found)}", file=out, flush=True)
    if path is not None:
        _write(path, found)
    return found


def measure(evaluator: StudyEvaluator, threads: int) -> dict[str, Any]:
    """Seconds of the first call, which compiles, and voltammograms per second of whole passes over all candidates."""
    count, stretch, runs = evaluator.n_candidates, evaluator.stretch, evaluator.study.n_runs
    blocks = [(start, min(start + stretch, count)) for start in range(0, count, stretch)]
    with single_threaded_blas(), ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        evaluator.evaluate(*blocks[0])
        first = time.perf_counter() - began
        rates, failed = [], 0
        for _ in range(PASSES):
            began = time.perf_counter()
            results = list(pool.map(lambda bounds: evaluator.evaluate(*bounds)["status"], blocks))
            rates.append(count * runs / (time.perf_counter() - began))
            failed = sum(int(np.sum(status != Status.OK)) for status in results)
    spread = {"median": statistics.median(rates), "lowest": min(rates), "highest": max(rates), "passes": PASSES}
    return {"compile_seconds": first, "voltammograms_per_second": spread, "failed": failed, "stacks": count}


def describe_machine(evaluator: StudyEvaluator, threads: int) -> dict[str, Any]:
    """What the numbers were measured on."""
    about = evaluator.attributes
    return {
        "device": about["device"],
        "processor": _processor(),
        "cores": available_cores(),
        "threads": threads,
        "python": platform.python_version(),
        "jax": about["jax_version"],
        "stepping_compiler": about["stepping_compiler"],
        "package": about["package_version"],
        "git_commit": about["git_commit"],
    }


def report(found: dict[str, Any]) -> list[str]:
    """The numbers in lines of text."""
    speed, error = found["voltammograms_per_second"], found["peak_error"]
    lines = [
        f"first call {found['compile_seconds']:.1f} s, compilation included",
        f"{speed['median']:,.0f} CVs/s (median of {speed['passes']} passes, {speed['lowest']:,.0f} to "
        f"{speed['highest']:,.0f}; {found['failed']} of {found['stacks']} stacks failed)",
        f"peak error: median {error['median']:.1e}, 99 % below {error['percentile_99']:.1e}, largest {error['largest']:.1e}",
    ]
    if found["peak_memory_bytes"]:
        lines.append(f"peak memory {found['peak_memory_bytes'] / 1e6:,.0f} MB, reference calculation included")
    return lines


def compare(numbers: dict[str, Any], found: dict[str, Any]) -> str:
    """One other way to compute the same, in words."""
    if "missing" in numbers:
        return numbers["missing"]
    error, speed = numbers["peak_error"], numbers["voltammograms_per_second"]
    text = f"{speed:,.3g} CVs/s, peak error median {error['median']:.1e}, largest {error['largest']:.1e}"
    if "remark" in numbers:
        return f"{text} ({numbers['remark']})"
    return f"{text}; the screening is {found['voltammograms_per_second']['median'] / speed:,.3g} times as fast"


def peak_memory() -> int:
    """Largest resident memory of this process so far, in bytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else 1024 * used


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _write(path: str, found: dict[str, Any]) -> None:
    text = json.dumps(found, indent=2) + "\n"
    if path == "-":
        sys.stdout.write(text)
        return
    with replacing(path, "--json") as staging:
        staging.write_text(text, encoding="utf-8")
