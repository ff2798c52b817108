"""From the text of a fit file to a study whose varied quantities are the free ones."""

from collections.abc import Mapping
from typing import Any

import tomli_w

from screening.config.scalar import read_scalar
from screening.config.study import AmmoniaStudy, Study, VoltammetryStudy
from screening.errors import StudyError, shown, unknown_name
from screening.fitting.fit_tables import MEASUREMENT_FIELDS, Measurement
from screening.fitting.parameters import FreeParameter, FreeParameters
from screening.physical_field import PhysicalField
from screening.sampling.distributions import Choice, Fixed

_KEYS = ("fit", "prior", "low", "high", "mean", "standard_deviation", "start")
_PRIORS = ("log_uniform", "uniform", "normal")
# Draws from the priors in the study that is recorded with a fit.
PRIOR_DRAWS = 4


def split_free(raw: Any, where: str = "") -> tuple[Any, dict[str, Any]]:
    """Turn every `{ fit = true, ... }` into a distribution of a study.

    Args:
        raw: tables as TOML gives them.
        where: their place in the file.

    Returns:
        the tables with distributions, and the starts by place (None where a free quantity has none).

    Raises:
        StudyError: a table of values that is not free, or one with keys that a free quantity does not have.

    Example:
        >>> split_free({"x": {"fit": True, "low": "1 nm", "high": "9 nm", "start": "2 nm"}})
        ({'x': {'distribution': 'log_uniform', 'low': '1 nm', 'high': '9 nm'}}, {'x': '2 nm'})
    """
    if isinstance(raw, list):
        parts = [split_free(entry, f"{where}[{place}]") for place, entry in enumerate(raw)]
        return [part for part, _ in parts], {label: start for _, found in parts for label, start in found.items()}
    if not isinstance(raw, Mapping):
        return raw, {}
    if "distribution" in raw or "list" in raw:
        fix = 'write { fit = true, low = "...", high = "..." } for a free quantity, or one value for a fixed one'
        raise StudyError("a fit does not vary quantities as a study does", got=shown(raw), fix=fix, where=where)
    if "fit" in raw and not isinstance(raw["fit"], Mapping):
        return _as_distribution(raw, where), {where: raw.get("start")}
    out: dict[str, Any] = {}
    starts: dict[str, Any] = {}
    for key, entry in raw.items():
        out[key], found = split_free(entry, f"{where}.{key}" if where else str(key))
        starts |= found
    return out, starts


def _as_distribution(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    for key in raw:
        if key not in _KEYS:
            raise unknown_name("key", str(key), _KEYS, where=f"{where}.{key}")
    if raw["fit"] is not True:
        raise StudyError(
            "free or not", got=shown(raw["fit"]), expected="fit = true", fix="give one value instead", where=where
        )
    prior = raw.get("prior", "log_uniform")
    if prior not in _PRIORS:
        raise unknown_name("prior", str(prior), _PRIORS, where=f"{where}.prior")
    return {"distribution": prior, **{key: entry for key, entry in raw.items() if key not in ("fit", "prior", "start")}}


def study_with_free(raw: Mapping[str, Any], seed: int) -> VoltammetryStudy | AmmoniaStudy:
    """The study of a fit file: its candidates are draws from the priors.

    Args:
        raw: the tables of a study, from `split_free`.
        seed: random seed.

    Returns:
        the study; its text has a few samples.

    Raises:
        StudyError: as a study file would.
    """
    tables = dict(raw)
    key = next((name for name in ("sampling", "output") if name in tables), None)
    if key is not None:
        raise StudyError("table of a study that a fit does not have", got=f"[{key}]", fix="remove it", where=key)
    films = tables.get("film")
    if isinstance(films, list) and len(films) > 1:
        fix = "make one fit file for each film"
        raise StudyError(
            "a fit has one film", got=f"{len(films)} films", expected="one [[film]]", fix=fix, where="film"
        )
    if _any_distribution(tables):
        tables["sampling"] = {"samples": PRIOR_DRAWS, "seed": seed}
    kind = AmmoniaStudy if "ammonia" in tables else VoltammetryStudy
    return kind.read(tables, tomli_w.dumps(tables))


def free_parameters(study: Study, measurement: Measurement, starts: Mapping[str, Any]) -> FreeParameters:
    """The free quantities of a fit.

    Args:
        study: from `study_with_free`.
        measurement: table [measurement].
        starts: start of each place, as written.

    Returns:
        the quantities, in the order of the study's columns, then those of [measurement].

    Raises:
        StudyError: nothing is free, a start is outside its bounds, or a quantity cannot be free.
    """
    found: dict[str, FreeParameter] = {}
    for column in study.columns:
        source = column.sources[0] if column.sources else None
        if source is None:
            continue
        if source.path.startswith("protocol"):
            raise StudyError(
                "a quantity of the protocol cannot be free",
                got=source.path,
                expected="what the instrument applied",
                fix="give its value, or free [measurement] potential_offset",
                where=source.path,
            )
        distribution = source.distribution
        assert not isinstance(distribution, Fixed | Choice)
        name = source.label.removeprefix("parameters.") if source.label != source.path else column.name[6:]
        start = _read_start(starts.get(source.label), source.rule, source.label)
        about = column.long_name if source.label == source.path else f"shared parameter {name}"
        found[source.label] = FreeParameter(name, source.label, column.unit, about, distribution, start)
    for name, rule in MEASUREMENT_FIELDS.items():
        scalar = getattr(measurement, name)
        if not isinstance(scalar, Fixed):
            label = f"measurement.{name}"
            start = _read_start(starts.get(label), rule, label)
            found[label] = FreeParameter(name, label, rule.unit, rule.long_name, scalar, start)
    if not found:
        raise StudyError(
            "zero free parameters",
            expected="at least one quantity to fit",
            fix='write { fit = true, low = "...", high = "..." } in place of a value',
        )
    entries = FreeParameters(tuple(found.values()))
    for entry in entries.entries:
        entry.check_start()
    return entries


def _read_start(start: Any, rule: PhysicalField, where: str) -> float | None:
    if start is None:
        return None
    try:
        scalar = read_scalar(start, rule, {})
    except StudyError as error:
        raise error.at(f"{where}.start") from None
    return scalar.nominal


def _any_distribution(raw: Any) -> bool:
    if isinstance(raw, Mapping):
        return "distribution" in raw or any(_any_distribution(entry) for entry in raw.values())
    return isinstance(raw, list) and any(_any_distribution(entry) for entry in raw)
