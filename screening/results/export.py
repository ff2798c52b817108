"""Results as files of other programs: CSV and Parquet, written in pieces."""

import csv
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np

from screening.errors import not_installed
from screening.results.ranking import Ranking, pieces
from screening.results.ranking_table import stored_columns, write_ranking
from screening.store.columns import find_column
from screening.store.new_file import not_writable
from screening.store.shards import CANDIDATE, STATUS

if TYPE_CHECKING:
    import xarray as xr

    from screening.store.expression import Expression


def write_csv_table(ranking: Ranking, path: str | os.PathLike[str], where: str = "") -> None:
    """Write ranked candidates as a CSV file."""
    with replacing(path, where) as staging, staging.open("w", newline="", encoding="utf-8") as file:
        write_ranking(ranking, file)


def write_curves(curves: "xr.Dataset", file: TextIO) -> None:
    """Write full curves as CSV: scan rate, time, potential and current density, a line for each point, SI in the headings."""
    sweeps = curves if "scan_rate" in curves.dims else curves.expand_dims("scan_rate")
    names = [*(("scan_rate",) if "scan_rate" in curves.dims else ()), "time", "potential", "current_density"]
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([f"{name} ({curves[name].attrs['units']})" for name in names])
    for run in range(sweeps.sizes["scan_rate"]):
        one = sweeps.isel(scan_rate=run)
        columns = [np.broadcast_to(one[name].values, one["time"].shape).tolist() for name in names]
        writer.writerows(zip(*columns, strict=True))


def write_parquet(dataset: "xr.Dataset", path: str | os.PathLike[str], condition: "Expression | None" = None) -> None:
    """Write candidates as a Parquet file, a row group for each piece that is read."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise not_installed("Parquet needs pyarrow", "parquet", got="no pyarrow") from None
    columns = [*stored_columns(dataset), find_column(dataset, STATUS)]
    fields = []
    for column in columns:
        dtype = np.dtype(np.int64) if column.name == CANDIDATE else dataset[column.name].dtype
        about = {"units": column.units} | {str(code): name for name, code in column.flags.items()}
        fields.append(pyarrow.field(column.label, pyarrow.from_numpy_dtype(dtype), metadata=about))
    schema = pyarrow.schema(fields, metadata={"study": str(dataset.attrs.get("study", ""))})
    with replacing(path) as staging, parquet.ParquetWriter(staging, schema) as writer:
        for rows in pieces(dataset):
            kept = slice(None) if condition is None else condition.evaluate(dataset, rows.start, rows.stop)
            values = [
                np.asarray(column.read(dataset, rows)[kept], field.type.to_pandas_dtype())
                for column, field in zip(columns, fields, strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays([pyarrow.array(one) for one in values], schema=schema))


@contextmanager
def replacing(path: str | os.PathLike[str], where: str = "") -> Iterator[Path]:
    """A place beside a file, moved onto it when all is written."""
    target = Path(path)
    staging = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.new")
    try:
        yield staging
        staging.replace(target)
    except OSError as error:
        raise not_writable(path, error, where, "a file in an existing folder") from error
    finally:
        staging.unlink(missing_ok=True)
