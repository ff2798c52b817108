"""Sensitivities as a table on a terminal and as CSV."""

import csv
from typing import TYPE_CHECKING, TextIO

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

# Lines of the table for each output: what decides less than this of it in no way is left out.
LEAST_SHARE = 0.005


def describe_sensitivity(found: "xr.Dataset") -> list[str]:
    """What decides each output of each film, the strongest input first; of scan rates, the largest.

    Args:
        found: from `study_sensitivity`.

    Returns:
        lines of text.

    Example:
        `print(*describe_sensitivity(study_sensitivity(study)), sep="\\n")`
    """
    labels = [str(label) for label in found["output"].values]
    latest = {label.partition("[")[0]: place for place, label in enumerate(labels)}
    what = "log10 of outputs of one sign" if found.attrs["logarithm"] else "outputs"
    lines = [f"Shares of the variance of {what}, {found.attrs['samples']} base samples; intervals are 95 %."]
    for film in found["film"].values:
        for place in latest.values():
            one = found.sel(film=film).isel(output=place)
            lines += ["", f"{film}: {labels[place]}", *_rows(one, int(found.attrs["samples"]))]
    return lines


def _rows(one: "xr.Dataset", samples: int) -> list[str]:
    total = one["total_order"].values
    if not np.isfinite(total).any():
        return ["  does not vary" if int(one["used"]) else "  no sample without a failure"]
    order = [at for at in np.argsort(-np.nan_to_num(total, nan=-1.0)) if total[at] >= LEAST_SHARE]
    rows = [("  input", "alone", "in total", "rank correlation")]
    for at in order:
        entry = one.isel(input=int(at))
        rows.append(
            (
                f"  {str(entry['input'].values).removeprefix('param_')}",
                f"{float(entry['first_order']):.3f} ± {float(entry['first_order_half_width']):.3f}",
                f"{float(entry['total_order']):.3f} ± {float(entry['total_order_half_width']):.3f}",
                f"{float(entry['rank_correlation']):+.2f}",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    left = int(np.isfinite(total).sum()) - len(order)
    lines += [f"  {left} more inputs decide less than {100 * LEAST_SHARE:g} % each"] if left else []
    failed = samples - int(one["used"])
    return [*lines, f"  {failed} of {samples} samples left out, because a candidate failed"] if failed else lines


def write_sensitivity(found: "xr.Dataset", file: TextIO) -> None:
    """Write every index as CSV, a line for each film, output and input.

    Args:
        found: from `study_sensitivity`.
        file: a text file opened with newline="".

    Example:
        `write_sensitivity(study_sensitivity(study), sys.stdout)`
    """
    names = ("first_order", "first_order_half_width", "total_order", "total_order_half_width", "rank_correlation")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["film", "output", "input", *names, "used"])
    columns = [found[name].values for name in names]
    for film, output, given in np.ndindex(*(found.sizes[dim] for dim in ("film", "output", "input"))):
        values = [column[film, given, output] for column in columns]
        if np.isfinite(values).any():
            place = [found[dim].values[at] for dim, at in (("film", film), ("output", output), ("input", given))]
            writer.writerow([*place, *(f"{value:.6g}" for value in values), int(found["used"].values[film, output])])
