"""Sensitivities as a table on a terminal and as CSV."""

import csv
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from kernels.status import Status
from screening.units import display_value, format_quantity

if TYPE_CHECKING:
    import xarray as xr

# Lines of the table for each output: what decides less than this of it in no way is left out.
LEAST_SHARE = 0.005
# Digits in a CSV file: gradients are exact, indices are estimates.
DIGITS = {"elasticity": 9, "derivative": 9}


def describe_sensitivity(found: "xr.Dataset") -> list[str]:
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


def _heading(label: str, one: "xr.Dataset") -> str:
    if "output_value" not in one or not np.isfinite(float(one["output_value"])):
        return label
    return f"{label} = {format_quantity(float(one['output_value']), str(one['output_unit'].values))} there"


def _rows(one: "xr.Dataset", attributes: dict[str, Any]) -> list[str]:
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
    rows = [
        ("  input", *(("alone", "in total", "rank correlation") if indices else ()), *(("local",) if gradients else ()))
    ]
    rows += [_row(one.isel(input=int(at)), indices, gradients) for at in order]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    left = int(np.isfinite(total).sum()) - len(order)
    lines += [f"  {left} more inputs decide less than {100 * LEAST_SHARE:g} % each"] if left > 0 else []
    if not indices:
        return lines
    samples = int(attributes["samples"])
    failed = samples - int(one["used"])
    return [*lines, f"  {failed} of {samples} samples left out, because a candidate failed"] if failed else lines


def _reason(one: "xr.Dataset") -> str:
    if int(one["status"]) == Status.OK:
        return "a corner of the curve there, no smooth peak"
    return f"{Status(int(one['status'])).name.lower().replace('_', ' ')} at the point"


def _row(entry: "xr.Dataset", indices: bool, gradients: bool) -> tuple[str, ...]:
    cells = [f"  {str(entry['input'].values).removeprefix('param_')}"]
    if indices:
        cells += [
            f"{float(entry['first_order']):.3f} ± {float(entry['first_order_half_width']):.3f}",
            f"{float(entry['total_order']):.3f} ± {float(entry['total_order_half_width']):.3f}",
            f"{float(entry['rank_correlation']):+.2f}",
        ]
    return (*cells, local_gradient(entry)) if gradients else tuple(cells)


def local_gradient(entry: "xr.Dataset") -> str:
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


def write_sensitivity(found: "xr.Dataset", file: TextIO) -> None:
    """Write every index and gradient as CSV, a line for each film, output and input."""
    names = [name for name in (*INDICES, *GRADIENTS) if name in found]
    writer = csv.writer(file, lineterminator="\n")
    counted, local = "used" in found, "derivative" in found
    points = ["output_value", "output_unit", "input_value", "input_unit"] if local else []
    writer.writerow(["film", "output", "input", *names, *(["used"] if counted else []), *points])
    for film, output, given in np.ndindex(*(found.sizes[dim] for dim in ("film", "output", "input"))):
        one = {name: found[name].values[film, given, output] for name in names}
        if not np.isfinite(list(one.values())).any():
            continue
        place = [found[dim].values[at] for dim, at in (("film", film), ("output", output), ("input", given))]
        row = [*place, *(f"{value:.{DIGITS.get(name, 6)}g}" for name, value in one.items())]
        row += [int(found["used"].values[film, output])] if counted else []
        if local:
            row += [f"{found['output_value'].values[film, output]:.9g}", found["output_unit"].values[output]]
            row += [f"{found['input_value'].values[film, given]:.9g}", found["input_unit"].values[given]]
        writer.writerow(row)
