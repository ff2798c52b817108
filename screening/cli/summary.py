"""What a study would run, and how a run ended, in lines of text."""

import numpy as np
import xarray as xr

from kernels.status import Status
from screening.config.located import Located
from screening.config.study import AmmoniaStudy, OperationStudy, ReactionStudy, Study, VoltammetryStudy
from screening.model.asked_outputs import outputs_of
from screening.model.discretisation import numerics_of
from screening.model.study_evaluator import StudyEvaluator
from screening.run.outcome import RunSummary
from screening.sampling.distributions import Choice, Draws, Normal, Range
from screening.store.columns import flag_names
from screening.store.shards import bytes_per_candidate, n_shards, shard_length
from screening.units import display_value, format_quantity


def describe_study(study: Study, threads: int) -> list[str]:
    """What would be run; nothing is computed or written."""

    evaluator = StudyEvaluator(study)
    per_candidate = bytes_per_candidate(evaluator.variables, evaluator.coordinates)
    count, runs = study.n_candidates, study.n_runs
    shard = shard_length(count, evaluator.variables, evaluator.coordinates, study.numerics.chunk)
    lines = [study.title] if study.title else []
    lines.append("films, outside to inside:")
    width = max(map(len, study.film_names))
    for number, name in enumerate(study.film_names):
        lines.append(f"  {name:<{width}}  {' | '.join(study.layer_names(number)) or 'bare electrode'}")
    seen: dict[str, Located] = {}
    for film in range(study.n_films):
        for place in study.places(film):
            if place.varied:
                seen.setdefault(place.label, place)
    lines.append(f"varied, {study.sampling.design} design:" if seen else "nothing is varied")
    width = max(map(len, seen), default=0)
    lines += [f"  {label:<{width}}  {_span(place)}" for label, place in seen.items()]
    if isinstance(study, VoltammetryStudy):
        lines.append(f"protocol: {study.protocol_text}, {sum(study.segment_steps)} base steps")
    elif isinstance(study, AmmoniaStudy):
        presets = dict.fromkeys((film.ammonia or study.ammonia).calibration for film in study.films)
        lines.append(f"ammonia: {study.ammonia.model} model, cell of {', '.join(presets)}")
    elif isinstance(study, ReactionStudy):
        lines.append(f"reactions: {', '.join(branch.name for branch in study.reactions.branch)}")
    sweeps = study.run_scan_rates and evaluator.marches
    curves = f" x {runs} scan rates = {count * runs:,} voltammograms" if sweeps else ""
    lines.append(f"{count:,} candidates{curves}")
    if not evaluator.marches and isinstance(study, VoltammetryStudy):
        lines.append("the protocol is not run: all outputs follow from the film alone")
    lines.append(
        f"store: {_size(per_candidate * count)} before compression, {n_shards(count, shard)} chunks of {shard:,} candidates"
    )
    stepped = evaluator.block if evaluator.marches else 0
    lines.append(
        f"memory: about {_size(_memory(study, stepped, threads, per_candidate * shard))} with {threads} threads"
    )
    return lines


def describe_run(summary: RunSummary, study: Study) -> list[str]:
    """How a run ended."""

    counts = {Status(code).name.lower(): number for code, number in summary.status_counts.items()}
    fine, missing = counts.pop("ok", 0), counts.pop("pending", 0)
    failed = (
        f", {sum(counts.values()):,} failed ({', '.join(f'{n:,} {name}' for name, n in counts.items())})"
        if counts
        else ""
    )
    text = f"{summary.n_candidates:,} candidates: {fine:,} ok{failed}"
    text += f", {missing:,} of other parts missing" if missing else ""
    if not summary.evaluated:
        return [text, f"nothing was left to compute in {summary.path}"]
    seconds = max(summary.seconds, 1e-9)
    number, what, each = summary.evaluated * study.n_runs, "protocol runs", "runs"
    if isinstance(study, OperationStudy):
        what, each = "operating points", "points"
    elif not any(out.needs_curve for out in outputs_of(study)):
        number, what, each = summary.evaluated, "films", "films"
    elif study.run_scan_rates:
        what, each = "voltammograms", "CVs"
    rate = f"{number:,} {what} in {seconds:.1f} s: {number / seconds:,.0f} {each}/s, compilation included"
    return [text, rate, f"results: {summary.path}"]


def describe_curves(curves: xr.Dataset) -> list[str]:
    """What one simulated candidate did."""
    about = curves.attrs
    status = Status(int(curves["status"])).name.lower()
    lines = [f"candidate {about['candidate']}, {about['film']}: {about['layers'] or 'bare electrode'}; status {status}"]
    for name, value in curves.data_vars.items():
        if str(name).startswith("param_") and np.isfinite(value):  # NaN where another film has it
            lines.append(f"  {name} = {format_quantity(float(value), value.attrs['units'])}")
    if curves["status"] != Status.OK:
        return lines
    for name, value in curves.data_vars.items():
        if value.dims == ("scan_rate",) and str(name) in ("peak_current_density", "peak_potential"):
            values, unit = display_value(value.values, value.attrs["units"])
            rates = [format_quantity(float(rate), "V s-1") for rate in curves["scan_rate"]]
            pairs = ", ".join(f"{one:.4g} at {rate}" for one, rate in zip(values, rates, strict=True))
            lines.append(f"  {name} ({unit}): {pairs}")
        elif not value.dims and not str(name).startswith(("param_", "status")):
            word = flag_names(value).get(int(value)) if value.dtype.kind in "iu" else None
            lines.append(f"  {name} = {word or format_quantity(float(value), value.attrs['units'])}")
    return lines


def _span(place: Located) -> str:
    distribution, unit = place.distribution, "" if place.rule.unit == "1" else place.rule.unit
    if isinstance(distribution, Choice):
        return ", ".join(format_quantity(value, unit) for value in distribution.values)
    law = ""
    if isinstance(distribution, Range):
        law = ", log-uniform" if distribution.logarithmic else ", uniform"
    elif isinstance(distribution, Normal):
        law = f", normal about {format_quantity(distribution.mean, unit)}"
    elif isinstance(distribution, Draws):
        law = f", {len(distribution.values):,} draws of {distribution.parameter} in {distribution.source}"
    low, high = distribution.bounds
    return f"{format_quantity(low, unit)} to {format_quantity(high, unit)}{law}"


def _memory(study: Study, block: int, threads: int, shard_bytes: int) -> int:
    """Curves of the blocks in flight, a copy of them for the observables, one shard, and what JAX itself takes."""
    rows = numerics_of(study).control.rows(study.segment_steps)
    curves = rows * block * study.n_runs * (5 * 8 + 4)
    return 400 * 2**20 + 3 * threads * curves + 2 * shard_bytes


def _size(count: float) -> str:
    units = ["bytes", "KB", "MB", "GB", "TB"]
    while count >= 1000 and len(units) > 1:
        count, units = count / 1000, units[1:]
    return f"{count:.0f} {units[0]}" if count >= 10 or units[0] == "bytes" else f"{count:.1f} {units[0]}"
