"""A user's own table of candidates in place of what a study would draw."""

import re
import tomllib
from typing import Any

import numpy as np
import tomli_w

from screening.config.given_quantities import si_values, unit_of_heading
from screening.config.located import Located
from screening.config.stored_inputs import value_name
from screening.config.study import Study, parse_study
from screening.errors import StudyError, shown, unknown_name
from screening.units import DIMENSIONS


def with_candidates(study: Study, table: Any) -> Study:
    """The study whose candidates are the rows of a table; every film that has the quantities gets each row.

    Args:
        study: what its candidates have in common; all that it varies must be in the table.
        table: a DataFrame, or an `xarray.Dataset` of one dimension. Columns are named as the inputs of a store are, with
            "param_" in front or not: "layer1_thickness", "temperature"; a shared parameter goes by its name. The unit stands
            in the name, "layer1_thickness [nm]", in `attrs["units"]`, of a DataFrame by column, or in the entries.

    Returns:
        the study with a table of lists in its text, of design "table".

    Raises:
        StudyError: a column that is no quantity of the study, has no unit, or leaves its range; or one that is missing.

    Example:
        >>> import pandas
        >>> study = with_candidates(load_study("quick"), pandas.DataFrame({"layer1_thickness [nm]": [2.0, 5.0]}))  # doctest: +SKIP
    """
    columns = _columns(table)
    raw = tomllib.loads(study.text)
    places: dict[str, list[Located]] = {}
    for film in range(study.n_films):
        for place in study.places(film):
            shared = place.label != place.path
            name = place.label.removeprefix("parameters.") if shared else value_name(place)
            places.setdefault(name, []).append(place)
    varied = {name for name, found in places.items() if any(place.varied for place in found)}
    of_results = any(name.startswith("param_") for name in columns)
    for name, (values, unit) in columns.items():
        known = name.removeprefix("param_")
        known = known if known in places else known.removeprefix("shared_")
        if known not in places and of_results:
            continue  # what came out of a run, beside what went in
        if known not in places:
            raise unknown_name("column", name, places, where="candidates")
        if np.ndim(values) != 1 or not len(values):
            got, expected = f"shape {np.shape(values)}", "one value for each candidate"
            raise StudyError("column of a table", got=got, expected=expected, fix="leave it out", where=name)
        varied.discard(known)
        here = places[known]
        entries = si_values(values, unit, here[0].field, name)
        si = DIMENSIONS[here[0].rule.dimension].si
        for path in dict.fromkeys(place.label for place in here):
            _put(raw, path, {"list": entries, **({"unit": si} if si else {})})
    if varied:
        raise StudyError(
            "the study varies what the table does not say",
            got=", ".join(columns),
            expected=f"a column {sorted(varied)[0]} too",
            fix="add it, or fix it in the study",
            where="candidates",
        )
    raw["sampling"] = {"design": "table", "seed": study.sampling.seed}
    return parse_study(tomli_w.dumps(raw))


def _columns(table: Any) -> dict[str, tuple[list[Any], str]]:
    """Entries of each column, and the unit of its bare numbers."""
    if hasattr(table, "data_vars"):
        listed = {str(name): (one.values, str(one.attrs.get("units", ""))) for name, one in table.data_vars.items()}
    elif hasattr(table, "columns") and hasattr(table, "iloc"):
        units = table.attrs.get("units", {})  # as `results.sei.to_pandas` gives them
        listed = {str(name): (table[name].to_numpy(), str(units.get(name, ""))) for name in table.columns}
    else:
        expected = "a pandas.DataFrame or an xarray.Dataset"
        fix = "make one of it: pandas.DataFrame(...)"
        raise StudyError("not a table", got=shown(repr(table)), expected=expected, fix=fix, where="candidates")
    columns = {}
    for name, (values, unit) in listed.items():
        known, own = unit_of_heading(name)
        columns[known] = values.tolist(), own or unit
    return columns


def _put(raw: dict[str, Any], path: str, entry: dict[str, Any]) -> None:
    """Put an entry at a place of a study file."""
    here: Any = raw
    steps = [int(number) if number else name for name, number in re.findall(r"(\w+)|\[(\d+)\]", path)]
    for place, step in enumerate(steps[:-1]):
        if isinstance(here, dict) and isinstance(steps[place + 1], int) and not isinstance(here[step], list):
            here[step] = [here[step]]  # one scan rate may stand without brackets
        here = here.setdefault(step, {}) if isinstance(here, dict) else here[step]
    here[steps[-1]] = entry
