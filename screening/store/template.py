"""The empty store: every array and all metadata, before the first result."""

import json
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import zarr
from zarr.codecs import ZstdCodec

from kernels.status import Status
from screening.cf_attributes import described
from screening.model.variables import Evaluator, VariableSpec
from screening.store.location import Place, zarr_arguments
from screening.store.shards import (
    CANDIDATE,
    FORMAT,
    FORMAT_VERSION,
    STATUS,
    inner_length,
    values_per_candidate,
)


def write_template(location: Place, evaluator: Evaluator, shard: int) -> None:
    """Write the metadata of a run's store: no candidate yet, but readable by `xarray.open_zarr`."""
    attributes = store_attributes(evaluator, shard)
    _check(evaluator)
    # Without the checksum, 57 of 60 single flipped bits were read back as silently wrong numbers.
    codec = ZstdCodec(level=1, checksum=True)
    group = zarr.create_group(**zarr_arguments(location), zarr_format=3, attributes=attributes)
    for name, coordinate in evaluator.coordinates.items():
        values = coordinate.values
        if values.dtype.kind == "U":
            values = values.astype(np.dtypes.StringDType())
        array = group.create_array(
            name,
            shape=values.shape,
            dtype=values.dtype,
            chunks=values.shape,
            dimension_names=(name,),
            attributes=described(coordinate.units, coordinate.long_name),
        )
        array[:] = values
    n = evaluator.n_candidates
    for spec in evaluator.variables:
        extra = tuple(len(evaluator.coordinates[dim].values) for dim in spec.dims)
        rows = inner_length(shard, values_per_candidate(spec, evaluator.coordinates))
        group.create_array(
            spec.name,
            shape=(n, *extra),
            dtype=spec.dtype,
            chunks=(rows, *extra),
            shards=(shard, *extra),
            compressors=codec,
            fill_value=_fill_value(spec),
            dimension_names=(CANDIDATE, *spec.dims),
            attributes={**described(spec.units, spec.long_name), **_plain(spec.attributes)},
        )
    group.create_array(
        STATUS,
        shape=(n,),
        dtype="uint8",
        chunks=(shard,),  # not sharded: one key per task, whose presence says that the task is finished
        compressors=codec,
        fill_value=int(Status.PENDING),
        dimension_names=(CANDIDATE,),
        attributes=described("1", "outcome of the calculation", Status),
    )
    with warnings.catch_warnings():
        # Not in the v3 specification yet, but without consolidation open_zarr warns and reads array by array.
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(group.store)


def store_attributes(evaluator: Evaluator, shard: int) -> dict[str, Any]:
    """Root attributes of a run's store: the evaluator's provenance and what the store itself needs."""
    given = dict(evaluator.attributes)
    if not given.get("digest"):
        raise ValueError("evaluator attributes: expected a digest of the resolved study, got none")
    return _plain(
        {
            "Conventions": "CF-1.11",
            **given,
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "n_candidates": evaluator.n_candidates,
            "shard": shard,
            "variable_order": [spec.name for spec in evaluator.variables],
        }
    )


def _check(evaluator: Evaluator) -> None:
    names = [spec.name for spec in evaluator.variables]
    doubled = {name for name in names if names.count(name) > 1 or name in evaluator.coordinates}
    if doubled:
        raise ValueError(f"evaluator variables: expected each name once, got {sorted(doubled)} more often")
    for spec in evaluator.variables:
        missing = [dim for dim in spec.dims if dim not in evaluator.coordinates]
        if missing:
            raise ValueError(f"variable {spec.name!r}: dimensions {missing} have no coordinate in the evaluator")


def _fill_value(spec: VariableSpec) -> float | int:
    return np.nan if np.dtype(spec.dtype).kind == "f" else 0


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    def unwrap(value: Any) -> Any:
        if isinstance(value, np.generic | np.ndarray):
            return value.tolist()
        raise TypeError(f"attribute value: got {type(value).__name__}, expected text, numbers, lists or tables")

    try:
        return json.loads(json.dumps(dict(attributes), allow_nan=False, default=unwrap))
    except (TypeError, ValueError) as error:
        raise ValueError(f"store attributes must be plain JSON: {error}") from error
