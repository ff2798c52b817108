"""Full curves of one candidate: computed, stored and read."""

import os
from collections import OrderedDict
from typing import Any

import numpy as np
import xarray as xr

from kernels.status import Status
from screening.api.array_arguments import Axes
from screening.cf_attributes import described
from screening.config.settings import Output
from screening.config.study import Study, VoltammetryStudy
from screening.errors import StudyError
from screening.model.asked_outputs import outputs_of
from screening.model.draws import CandidateBatch, draw_candidates
from screening.model.outputs import CURVE_STEP, RUN, curve_points
from screening.model.study_evaluator import StudyEvaluator
from screening.store.small_store import StoreKind, check_dataset_target, write_dataset

CURVES = StoreKind("sei-screening curves", "curves", "sei-screen simulate")
# Compiled evaluators that are kept, so that a loop over stacks of one shape compiles once.
MOST_SHAPES = 16
_compiled: OrderedDict[tuple[Any, ...], StudyEvaluator] = OrderedDict()


def simulate_study(study: Study, candidate: int = 0, *, device: str | None = None) -> xr.Dataset:
    """Full curves and all outputs of one candidate of a study.

    Args:
        study: the study.
        candidate: its number, as in the results of a run.
        device: "cpu" or "gpu"; JAX's default if left out.

    Returns:
        dataset with dims (scan_rate, curve_step), without scan_rate for a protocol without sweeps: `time`, `potential`,
        `current_density` (SI, oxidation positive), the scalar outputs, the varied inputs as `param_...`, and `status`
        (anything but 1 leaves NaN in the others). `attrs` has the study text and its provenance.

    Raises:
        StudyError: no such candidate, or no such device.

    Example:
        >>> import screening as sei
        >>> film = sei.Stack([sei.Layer("LiF", "5 nm", diffusivity="1e-13 m^2/s")])
        >>> curves = sei.simulate(film, sei.CV("0.3 V", "-0.5 V", ["10 mV/s", "100 mV/s"]))
        >>> again = simulate_study(sei.parse_study(curves.attrs["study"]))
        >>> bool((again.current_density == curves.current_density).all())
        True
    """
    if not isinstance(study, VoltammetryStudy):
        fix = "use `sei-screen run` and `sei-screen show`"
        raise StudyError(
            f"{study.called} has no curves", got=f"[{study.own_tables[0]}]", expected="a [protocol]", fix=fix
        )
    batch = draw_candidates(study, candidate, candidate + 1)
    evaluator = _evaluator(study, device)
    return _dataset(study, evaluator, batch, evaluator.evaluate_batch(batch))


def simulate_all(study: VoltammetryStudy, axes: Axes, *, device: str | None = None) -> xr.Dataset:
    """Full curves and all outputs of all candidates of a study with one film, on named axes; one compilation."""
    count = study.n_candidates
    batch = draw_candidates(study, 0, count)
    evaluator = _evaluator(study, device, count)
    return _dataset(study, evaluator, batch, evaluator.evaluate_batch(batch), axes)


def save_curves(dataset: xr.Dataset, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write simulated curves into a zarr store that `xarray.open_zarr` reads; `overwrite` replaces an earlier one, nothing else."""
    write_dataset(dataset, check_dataset_target(path, CURVES, overwrite=overwrite))


def _evaluator(study: VoltammetryStudy, device: str | None, count: int = 1) -> StudyEvaluator:
    """An evaluator of so many candidates with curves, shared by all studies that compile to the same code."""
    lanes = 1 << (count - 1).bit_length()  # a call of a power of two serves the counts below it
    full = study.model_copy(update={"output": Output(curves=True)})
    key = (
        *(study.n_layers, study.electrode.kind, study.electrode.kinetics, study.controls),
        *(study.segment_steps, study.sweep_segments),
        *(len(study.run_scan_rates), study.has_ohmic_layers, study.numerics, outputs_of(full), device),
        lanes,
    )
    if key not in _compiled:
        evaluator = StudyEvaluator(full, device)
        evaluator.block = min(lanes, evaluator.calculation.block(evaluator.device.platform))
        _compiled[key] = evaluator
    _compiled.move_to_end(key)
    while len(_compiled) > MOST_SHAPES:
        _compiled.popitem(last=False)
    return _compiled[key]


def _dataset(
    study: VoltammetryStudy,
    evaluator: StudyEvaluator,
    batch: CandidateBatch,
    found: dict[str, np.ndarray],
    axes: Axes | None = None,
) -> xr.Dataset:
    sweeps = bool(study.run_scan_rates)
    sizes = axes.sizes if axes else {}

    def placed(values: np.ndarray) -> np.ndarray:
        return values.reshape((*sizes.values(), *values.shape[1:]))

    variables: dict[str, Any] = {}
    for column in study.columns:
        # what is varied along axes is their coordinate
        if column.name != "film" and not (axes and column.sources):
            about = described(column.unit, column.long_name)
            variables[column.name] = (tuple(sizes), placed(batch.column(column.name)), about)
    for output in evaluator.outputs:
        dims = (*sizes, *((RUN,) if output.per_run and sweeps else ()))
        dims += (CURVE_STEP,) if output.group == "curve" else ()
        about = described(output.units, output.long_name, output.flags)
        variables[output.name.removeprefix("curve_")] = (dims, placed(found[output.name]), about)
    variables["status"] = (tuple(sizes), placed(found["status"]), described("1", "outcome of the calculation", Status))
    points = curve_points(study.segment_steps)
    coordinates: dict[str, Any] = dict(axes.coordinates) if axes else {}
    coordinates[CURVE_STEP] = (CURVE_STEP, np.arange(points), described("1", "point of the curve"))
    if sweeps:
        coordinates[RUN] = (RUN, batch.scan_rates[0], described("V s-1", "scan rate"))
    film = int(batch.film[0])
    attributes = evaluator.attributes | {
        "title": study.title,
        "study": study.text,
        "digest": study.digest,
        "seed": study.sampling.seed,
        "candidate": int(batch.index[0]),
        "film": study.film_names[film],
        "layers": " | ".join(study.layer_names(film)),
        "electrode": study.electrode.kind,
        "format": CURVES.format,
    }
    attributes.pop("rank_by")
    attributes.pop("samples")
    if axes is None:
        attributes["samples"] = study.sampling.samples or len(batch.index)
    # along the curve, so that .plot.line(x="potential", hue="scan_rate") finds them
    return xr.Dataset(variables, coordinates, attributes).set_coords(["time", "potential"])
