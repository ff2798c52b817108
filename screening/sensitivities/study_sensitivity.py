"""Sensitivity of the outputs of a study to its inputs, film by film."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from screening.config.parameter_space import ParameterSpace, Share
from screening.config.study import Study
from screening.errors import StudyError
from screening.model.asked_outputs import analysed_columns
from screening.model.draws import draw_from
from screening.model.study_evaluator import StudyEvaluator
from screening.run.loop import available_cores
from screening.run.study_run import find_study
from screening.run.threads import single_threaded_blas
from screening.sampling.distributions import Draws
from screening.sensitivities.rank_correlation import rank_correlations
from screening.sensitivities.sensitivity_table import INDICES
from screening.sensitivities.sobol_indices import indices_of, sobol_design

SAMPLES = 256
_MEANINGS = (  # of `INDICES`
    "share of the variance that the input decides alone",
    "half width of the 95 % interval of the first-order index",
    "share of the variance that the input decides alone and together with others",
    "half width of the 95 % interval of the total index",
    "Spearman's rank correlation",
)


@dataclass(frozen=True)
class DesignedSpace(ParameterSpace):
    """The space of one film at chosen unit coordinates `[axis, sample]`."""

    points: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))

    def values(self, share: Share) -> dict[str, Float[np.ndarray, "sample"]]:
        """Values of the varied quantities at the points of a share."""
        points = self.points[:, share.start : share.stop]
        return {
            axis.label: axis.distribution.quantile(row) for axis, row in zip(self.axes[share.film], points, strict=True)
        }


def study_sensitivity(
    study: Study | str | os.PathLike[str],
    *,
    samples: int = SAMPLES,
    outputs: Sequence[str] | None = None,
    logarithm: bool = False,
    device: str | None = None,
    threads: int | None = None,
) -> xr.Dataset:
    """Sobol' indices and rank correlations of every output with every varied input.

    Args:
        study: the study; its design and number of samples do not matter here, its distributions and random seed do.
        samples: base samples of each film; a film with n inputs is evaluated (n + 2) * samples times.
        outputs: names, all at every scan rate if left out.
        logarithm: analyse log10 of the magnitude of outputs that have one sign; for outputs that span decades, whose
            variance a few large values would decide.
        device: "cpu" or "gpu"; JAX's default if left out.
        threads: calls at once; the cores this process may use by default.

    Returns:
        dataset with dims (film, input, output): `first_order` and `total_order` with `..._half_width` of their 95 %
        intervals, `rank_correlation`, and `used`, the samples of each output in which no variation failed. NaN where a film has
        no such input or an output does not vary.

    Raises:
        StudyError: nothing is varied, an unknown output, or too few samples.

    Source: see `screening.sensitivities.sobol_indices.sobol_indices`.

    Example:
        >>> found = study_sensitivity(load_study("experiments/quick.toml"), samples=64)  # doctest: +SKIP
        >>> found.total_order.sel(film="LiDFOB")  # doctest: +SKIP
    """
    if not isinstance(study, Study):
        study = find_study(study)
    names, inputs = varied_inputs(study)
    joint = [axis.label for axes in study.space.axes for axis in axes if isinstance(axis.distribution, Draws)]
    if joint:
        raise StudyError(
            "Sobol' indices are of inputs that do not depend on each other",
            got="a posterior, whose quantities are drawn together",
            expected="distributions of their own",
            fix="ask for --what gradients, or write a distribution in place of the posterior",
            where=joint[0],
        )
    for film in names:  # a wrong number of samples is said before the evaluator compiles
        sobol_design(len(film), samples, seed=study.sampling.seed)
    columns = analysed_columns(study, outputs)
    evaluator = StudyEvaluator(study, device)
    shape = (study.n_films, len(inputs), len(columns))
    found = {name: np.full(shape, np.nan) for name in INDICES}
    used = np.zeros((study.n_films, len(columns)), dtype=np.int64)
    for film in range(study.n_films):
        if not names[film]:
            continue
        design = sobol_design(len(names[film]), samples, seed=study.sampling.seed)
        values = _evaluated(study, evaluator, film, design, columns, threads)
        if logarithm:
            values = _logarithms(values)
        indices = indices_of(design, values, seed=study.sampling.seed)
        rows = [inputs.index(name) for name in names[film]]
        whole = design[:2].reshape(-1, design.shape[2]), values[:2].reshape(-1, values.shape[2])
        shares = (indices.first, indices.first_half_width, indices.total, indices.total_half_width)
        for name, entries in zip(INDICES, (*shares, rank_correlations(*whole)), strict=True):
            found[name][film, rows] = entries
        used[film] = indices.used
    dims = ("film", "input", "output")
    variables: dict[str, Any] = {
        name: (dims, values, {"units": "1", "long_name": meaning})
        for (name, values), meaning in zip(found.items(), _MEANINGS, strict=True)
    }
    about = {"units": "1", "long_name": "samples in which no variation failed"}
    variables["used"] = (("film", "output"), used, about)
    coordinates = {"film": list(study.film_names), "input": inputs, "output": [label for label, _, _ in columns]}
    attributes = dict(evaluator.attributes) | {
        "study": study.text,
        "seed": study.sampling.seed,
        "samples": samples,
        "logarithm": int(logarithm),
    }
    return xr.Dataset(variables, coordinates, attributes)


def axis_names(study: Study) -> list[list[str]]:
    """Stored names of the varied inputs of each film, in the order of its axes; a shared parameter goes by its own."""
    names = []
    for film, axes in enumerate(study.space.axes):
        sources = [(column.name, column.sources[film]) for column in study.columns if column.sources]
        found = [[name for name, source in sources if source and source.label == axis.label] for axis in axes]
        names.append([next((name for name in one if name.startswith("param_shared_")), one[0]) for one in found])
    return names


def varied_inputs(study: Study) -> tuple[list[list[str]], list[str]]:
    """Those of each film, and all of them once."""
    names = axis_names(study)
    inputs = list(dict.fromkeys(name for film in names for name in film))
    if not inputs:
        raise StudyError("nothing is varied", expected="a distribution somewhere", fix="vary a quantity")
    return names, inputs


def _evaluated(
    study: Study,
    evaluator: StudyEvaluator,
    film: int,
    design: np.ndarray,
    columns: Sequence[tuple[str, str, int | None]],
    threads: int | None,
) -> Float[np.ndarray, "variation sample output"]:
    """Outputs at all points of a design, as `[variation, sample, output]`; NaN where a candidate failed."""
    points = design.reshape(-1, design.shape[2])
    counts = tuple(len(points) if number == film else 0 for number in range(study.n_films))
    space = replace(
        DesignedSpace(study.space.sampling, study.space.axes, counts), points=np.ascontiguousarray(points.T)
    )

    def piece(start: int) -> np.ndarray:
        batch = draw_from(study, space, start, min(start + evaluator.block, len(points)))
        found = evaluator.evaluate_batch(batch)
        return np.stack([found[name] if run is None else found[name][:, run] for _, name, run in columns], axis=1)

    with single_threaded_blas(), ThreadPoolExecutor(threads or available_cores()) as pool:
        pieces = list(pool.map(piece, range(0, len(points), evaluator.block)))
    return np.concatenate(pieces).astype(float).reshape(*design.shape[:2], -1)


def _logarithms(values: np.ndarray) -> np.ndarray:
    """log10 of the magnitude of every output that has one sign; the others as they are."""
    done = values.copy()
    for output in range(values.shape[2]):
        known = values[:, :, output][np.isfinite(values[:, :, output])]
        if known.size and ((known > 0).all() or (known < 0).all()):
            done[:, :, output] = np.log10(np.abs(values[:, :, output]))
    return done
