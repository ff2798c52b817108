"""Sensitivities of a real study with made-up numbers: nothing is compiled."""

import numpy as np
import xarray as xr

from screening.model.asked_outputs import outputs_of
from screening.sensitivities.study_sensitivity import analysed_columns, axis_names


def known_sensitivity(study) -> xr.Dataset:
    """Indices that fall from input to input, gradients of alternating sign; film by film and output by output different."""
    names = axis_names(study)
    inputs = list(dict.fromkeys(name for film in names for name in film))
    columns = analysed_columns(study)
    shape = (study.n_films, len(inputs), len(columns))
    film, given, output = np.indices(shape)
    here = np.array([[name in of_film for name in inputs] for of_film in names])[:, :, None]
    share = np.where(here, 0.6 / (1 + (given + film + output) % len(inputs)), np.nan)
    units = {column.name: column.unit for column in study.columns} | {out.name: out.units for out in outputs_of(study)}
    output_units = [units[name] for _, name, _ in columns]
    derivative = np.where(here, (-1.0) ** given * (1 + given), np.nan)
    elasticity = np.where(np.array([unit == "V" for unit in output_units]), np.nan, share * (-1.0) ** given)
    dims = ("film", "input", "output")
    variables = {
        "first_order": share / 2,
        "first_order_half_width": share / 20,
        "total_order": share,
        "total_order_half_width": share / 10,
        "rank_correlation": share,
        "derivative": derivative,
        "elasticity": elasticity,
    }
    return xr.Dataset(
        {name: (dims, values) for name, values in variables.items()}
        | {
            "used": (("film", "output"), np.full(shape[::2], 60)),
            "input_value": (("film", "input"), np.where(here[:, :, 0], 2.0, np.nan)),
            "output_value": (("film", "output"), np.full(shape[::2], 3.0)),
            "status": ("film", np.ones(shape[0], np.uint8)),
            "input_unit": ("input", [units[name] for name in inputs]),
            "output_unit": ("output", output_units),
        },
        {"film": list(study.film_names), "input": inputs, "output": [label for label, _, _ in columns]},
        {"study": study.text, "samples": 64, "logarithm": 0, "point": "the middle of the space"},
    )
