"""Quantities drawn from the posterior of a fit, together: `{ distribution = { posterior = "F.zarr" } }`."""

import json
import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from screening.config.stored_inputs import name_at
from screening.errors import StudyError, shown, unknown_name
from screening.sampling.distributions import Draws

FIT_FORMAT = "sei-screening fit"
# Top-level key of a study that holds the draws, so that its text alone says everything.
TABLE = "posterior_draws"
# Draws that a study carries; of a longer posterior every so many-th.
MOST_DRAWS = 4096
# Above this R-hat the chains of a posterior have not met (Vehtari et al., Bayesian Anal. 16, 667 (2021), 10.1214/20-BA1221).
MOST_SCALE_REDUCTION = 1.01
_KEYS = ("posterior", "parameter")


class _Asked(NamedTuple):
    """A quantity of a study that is drawn from a posterior: its place, the path of the fit, the name there."""

    where: str
    source: str
    parameter: str


def embed_draws(text: str, folder: Path) -> str:
    """Put the draws of the posteriors that a study file names into its text; a path is taken from the study's folder."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return text  # the reader of the study says what is wrong
    known = raw.get(TABLE, {})
    wanted: dict[str, dict[str, str]] = {}
    for asked in _all_asked(raw):
        if asked.source not in known:
            wanted.setdefault(asked.source, {}).setdefault(asked.parameter, asked.where)
    tables = "".join(_read(source, folder / source, names) for source, names in wanted.items())
    return f"{text.rstrip()}\n{tables}" if tables else text


def with_draws(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of a study with ready draws in place of those that name a posterior."""
    known = raw.get(TABLE, {})
    found = {asked.where: _draws(asked, known) for asked in _all_asked(raw)}
    return {key: _replaced(entry, key, found) for key, entry in raw.items()} if found else dict(raw)


def _all_asked(raw: Any, where: str = "") -> Iterator[_Asked]:
    if isinstance(raw, list):
        for place, entry in enumerate(raw):
            yield from _all_asked(entry, f"{where}[{place}]")
    elif isinstance(raw, Mapping):
        if isinstance(raw.get("distribution"), Mapping):
            yield _asked(raw, where, where.rpartition(".")[2])
            return
        part = re.sub(r"\W", "_", str(raw.get("name") or raw.get("phase") or "")) if ".mixture[" in where else ""
        for key, entry in raw.items():
            if part and isinstance(entry, Mapping) and isinstance(entry.get("distribution"), Mapping):
                yield _asked(entry, f"{where}.{key}", f"{part}_{key}")
            else:
                yield from _all_asked(entry, f"{where}.{key}" if where else str(key))


def _asked(raw: Mapping[str, Any], where: str, key: str) -> _Asked:
    table = raw["distribution"]
    for name in raw:
        if name != "distribution":
            raise unknown_name("key beside a posterior", str(name), ("distribution",), where=f"{where}.{name}")
    for name in table:
        if name not in _KEYS:
            raise unknown_name("key", str(name), _KEYS, where=f"{where}.distribution.{name}")
    source = table.get("posterior")
    parameter = table.get("parameter", name_at(where, key).removeprefix("parameters_"))
    if not (isinstance(source, str) and source.strip() and isinstance(parameter, str)):
        expected = '{ posterior = "F.zarr" }, or with parameter = "..." beside it'
        raise StudyError("posterior of a fit", got=shown(table), expected=expected, where=f"{where}.distribution")
    return _Asked(where, posixpath.normpath(source.strip()), parameter)


def _replaced(raw: Any, where: str, found: Mapping[str, Draws]) -> Any:
    if where in found:
        return found[where]
    if isinstance(raw, list):
        return [_replaced(entry, f"{where}[{place}]", found) for place, entry in enumerate(raw)]
    if isinstance(raw, Mapping):
        return {key: _replaced(entry, f"{where}.{key}", found) for key, entry in raw.items()}
    return raw


def _draws(asked: _Asked, known: Any) -> Draws:
    place = f"{asked.where}.distribution"
    if not isinstance(known, Mapping) or not isinstance(known.get(asked.source), Mapping):
        expected = "a study file, whose folder the path starts from"
        fix = "read it with sei.load_study"
        raise StudyError("posterior was not read", got=shown(asked.source), expected=expected, fix=fix, where=place)
    quantities = {name: entry for name, entry in known[asked.source].items() if isinstance(entry, Mapping)}
    if asked.parameter not in quantities:
        raise unknown_name("quantity of a posterior", asked.parameter, quantities, where=place)
    entry = quantities[asked.parameter]
    values, unit = entry.get("values"), entry.get("unit")
    lengths = {len(one["values"]) for one in quantities.values() if isinstance(one.get("values"), list)}
    plain = isinstance(values, list) and all(isinstance(one, int | float) and np.isfinite(one) for one in values)
    if not (plain and values and isinstance(unit, str) and len(lengths) == 1):
        fix = f"remove the table, so that {asked.source} is read again"
        where = f'{TABLE}."{asked.source}".{asked.parameter}'
        raise StudyError("table of draws", got=shown(entry), expected="unit and as many values", fix=fix, where=where)
    return Draws(asked.source, asked.parameter, unit, tuple(map(float, values)))


def _read(source: str, path: Path, names: Mapping[str, str]) -> str:
    """The table of draws of a stored fit as TOML, of the quantities that are asked for, with the places that ask."""
    import xarray as xr

    where = f"{next(iter(names.values()))}.distribution"
    try:
        with xr.open_zarr(path, chunks=None) as stored:
            fit = stored.load() if stored.attrs.get("format") == FIT_FORMAT else None
    except (OSError, ValueError, KeyError):
        fit = None
    if fit is None:
        expected = "the --out of sei-screen fit, seen from the folder of the study"
        raise StudyError(
            "not a store of a fit", got=shown(str(path), 4096), expected=expected, fix="check the path", where=where
        )
    if "posterior_value" not in fit:
        # its estimates and covariance describe the curvature at one point: no distribution where a quantity is not identified
        fix = f"sample it: sei-screen fit FIT.toml --out {source} --posterior 1000 --overwrite"
        raise StudyError("no posterior", got=f"the fit {source} without draws", expected="draws", fix=fix, where=where)
    free = [str(name) for name in fit["parameter"].values]
    units = dict(zip(free, map(str, fit["parameter_unit"].values), strict=True))
    values = fit["posterior_value"].values.reshape(-1, len(free))
    rows = np.arange(len(values)) if len(values) <= MOST_DRAWS else np.arange(MOST_DRAWS) * len(values) // MOST_DRAWS
    lines = [f"\n# {len(rows)} of {len(values)} draws, as they were read\n[{TABLE}.{json.dumps(source)}]"]
    chosen = fit.sel(parameter=[name for name in names if name in free])
    if "posterior_scale_reduction" in fit and chosen.sizes["parameter"]:
        lines.append(f"scale_reduction = {float(chosen['posterior_scale_reduction'].max())!r}")
    for name, place in names.items():
        if name not in free:
            error = unknown_name(f"quantity of the fit {source}", name, free)
            fix = (
                f'{error.fix} parameter = "..." names it'
                if "did you mean" in error.fix
                else 'say which: parameter = "..."'
            )
            raise StudyError(error.what, got=error.got, expected=error.expected, fix=fix, where=f"{place}.distribution")
        listed = ", ".join(repr(float(value)) for value in values[rows, free.index(name)])
        lines.append(f'[{TABLE}.{json.dumps(source)}.{name}]\nunit = "{units[name]}"\nvalues = [{listed}]')
    return "\n".join(lines) + "\n"
