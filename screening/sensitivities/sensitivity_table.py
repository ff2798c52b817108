"""Sensitivities as a table on a terminal and as CSV."""

import csv
from typing import Any, TextIO

import numpy as np
import xarray as xr

from kernels.status import Status
from screening.text_table import table_lines
from screening.units import display_value, format_quantity

# Lines of the table for each output: what decides less than this of it in no way is left out.
LEAST_SHARE = 0.005
# Digits in a CSV file: gradients are exact, indices are estimates.
DIGITS: dict[str, int] = dict.fromkeys(("elasticity", "derivative", "input_value", "output_value"), 9)


def describe_sensitivity(found: xr.Dataset) -> list[str]:
    """What decides each output of each film, the strongest input first; of scan rates, the largest."""
    labels = [str(label) for label in found["output"].values]
    latest = {label.partition("[")[0]: place for place, label in enumerate(labels)}
    lines = []
    if "total_order" in found:
        what = "log10 of outputs of one sign" if found.attrs["logarithm"] else "outputs"
        lines.append(f"Shares of the variance of {what}, {found.attrs['samples']} base samples; intervals are 95 %.")
    if "derivative" in found:
        lines.append(
            f"Local gradients at {found.attrs['point']}: d ln|output| / d ln|input|, or with its unit d output / d input."
        )
    for film in found["film"].values:
        for place in latest.values():
            one = found.sel(film=film).isel(output=place)
            if "total_order" not in found and not np.isfinite(one["input_value"].values).any():
                continue  # no input, or not the film of the candidate
            lines += ["", f"{film}: {_heading(labels[place], one)}", *_rows(one, found.attrs)]
    return lines


def _heading(label: str, one: xr.Dataset) -> str:
    if "output_value" not in one or not np.isfinite(float(one["output_value"])):
        return label
    return f"{label} = {format_quantity(float(one['output_value']), str(one['output_unit'].values))} there"


def _rows(one: xr.Dataset, attributes: dict[str, Any]) -> list[str]:
    indices, gradients = "total_order" in one, "derivative" in one
    total = one["total_order"].values if indices else np.full(one.sizes["input"], np.nan)
    known = np.isfinite(one["derivative"].values) if gradients else np.zeros(len(total), dtype=bool)
    if not np.isfinite(total).any() and not known.any():
        if not indices:
            return [f"  no gradient: {_reason(one)}"]
        return ["  does not vary" if int(one["used"]) else "  no sample without a failure"]
    if np.isfinite(total).any():
        order = [at for at in np.argsort(-np.nan_to_num(total, nan=-1.0)) if total[at] >= LEAST_SHARE]
    else:
        order = np.flatnonzero(known).tolist()
    header = (
        "input",
        *(("alone", "in total", "rank correlation") if indices else ()),
        *(("local",) if gradients else ()),
    )
    rows = [_row(one.isel(input=int(at)), indices, gradients) for at in order]
    lines = table_lines([header, *rows], indent=2)
    left = int(np.isfinite(total).sum()) - len(order)
    lines += [f"  {left} more inputs decide less than {100 * LEAST_SHARE:g} % each"] if left > 0 else []
    if not indices:
        return lines
    samples = int(attributes["samples"])
    failed = samples - int(one["used"])
    return [*lines, f"  {failed} of {samples} samples left out, because a candidate failed"] if failed else lines


def _reason(one: xr.Dataset) -> str:
    if int(one["status"]) == Status.OK:
        return "a corner of the curve there, no smooth peak"
    return f"{Status(int(one['status'])).name.lower().replace('_', ' ')} at the point"


def _row(entry: xr.Dataset, indices: bool, gradients: bool) -> tuple[str, ...]:
    cells = [str(entry["input"].values).removeprefix("param_")]
    if indices:
        cells += [
            f"{float(entry['first_order']):.3f} ± {float(entry['first_order_half_width']):.3f}",
            f"{float(entry['total_order']):.3f} ± {float(entry['total_order_half_width']):.3f}",
            f"{float(entry['rank_correlation']):+.2f}",
        ]
    return (*cells, local_gradient(entry)) if gradients else tuple(cells)


def local_gradient(entry: xr.Dataset) -> str:
    """One elasticity, or else the derivative in the units that tables show; "-" where there is neither."""
    elasticity, derivative = float(entry["elasticity"]), float(entry["derivative"])
    if np.isfinite(elasticity):
        return f"{elasticity:+.3f}"
    if not np.isfinite(derivative):
        return "-"
    (up, over), (down, under) = (display_value(1.0, str(entry[key].values)) for key in ("output_unit", "input_unit"))
    return f"{derivative * up / down:+.3g} {over or '1'}{f' per {under}' if under else ''}"


INDICES = ("first_order", "first_order_half_width", "total_order", "total_order_half_width", "rank_correlation")
GRADIENTS = ("elasticity", "derivative")


def write_sensitivity(found: xr.Dataset, file: TextIO) -> None:
    """Write every index and gradient as CSV, a line for each film, output and input."""
    names = [name for name in (*INDICES, *GRADIENTS) if name in found]
    further = [name for name in ("used", "output_value", "output_unit", "input_value", "input_unit") if name in found]
    dims = ("film", "output", "input")
    columns = [array.transpose(*dims).values for array in xr.broadcast(*(found[name] for name in (*names, *further)))]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*dims, *names, *further])
    for at in np.ndindex(columns[0].shape):
        row = {name: column[at] for name, column in zip((*names, *further), columns, strict=True)}
        if np.isfinite([row[name] for name in names]).any():
            place = [found[dim].values[number] for dim, number in zip(dims, at, strict=True)]
            writer.writerow([*place, *(_cell(name, value) for name, value in row.items())])


def _cell(name: str, value: Any) -> Any:
    return f"{value:.{DIGITS.get(name, 6)}g}" if isinstance(value, np.floating) else value
