"""Many data sets for one fit file: a pattern of files, or a CSV file that lists them with what belongs to each."""

import csv
import glob
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tomli_w

from screening.errors import StudyError, shown, unknown_name

# Columns of a listing beside `dataset` and `file`: where each goes in the fit file.
QUANTITIES = ("area", "concentration", "cycle", "scan_rate", "temperature")


@dataclass(frozen=True)
class MeasuredFile:
    """One file of a data set.

    Attributes:
        file: absolute path.
        area: of the electrode, as written; that of the fit file if empty.
        scan_rate: as written; the curve belongs to the target of this rate.
        cycle: number of the cycle or spectrum in the file; that of the fit file if empty.
    """

    file: str
    area: str = ""
    scan_rate: str = ""
    cycle: str = ""


@dataclass(frozen=True)
class DataSet:
    """What is fitted together.

    Attributes:
        name: for people.
        files: one for all curves of the fit file, or one for each.
        concentration: of the oxidised form, or of the salt; that of the fit file if empty.
        temperature: that of the fit file if empty.
    """

    name: str
    files: tuple[MeasuredFile, ...]
    concentration: str = ""
    temperature: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "DataSet":
        """From plain JSON."""
        return cls(**{**told, "files": tuple(MeasuredFile(**one) for one in told["files"])})

    def plain(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)


def find_datasets(data: str) -> tuple[DataSet, ...]:
    """The data sets of a pattern such as "folder/*.csv", or of a listing.

    A listing is a CSV file with a column `file` and perhaps `dataset` (rows of one name are fitted together), `area`,
    `concentration`, `scan_rate` and `temperature`, quantities with their units, and `cycle`, a number; files are relative to
    it.

    Args:
        data: pattern or path.

    Returns:
        data sets, in the order of their names or of the listing.

    Raises:
        StudyError: nothing is found, or a listing that cannot be used.

    Example:
        >>> try:
        ...     find_datasets("no-such-folder/*.csv")
        ... except StudyError as error:
        ...     print(error.what)
        no data sets
    """
    found = sorted(glob.glob(data, recursive=True))
    if not found:
        raise StudyError(
            "no data sets",
            got=shown(data, 200),
            expected="a pattern of files or a listing",
            fix="quote the pattern",
            where="--data",
        )
    rows = _listing(Path(found[0])) if len(found) == 1 and found[0].lower().endswith(".csv") else None
    if rows is None:
        return tuple(DataSet(Path(path).stem, (MeasuredFile(str(Path(path).resolve())),)) for path in found)
    return _grouped(rows, Path(found[0]))


def text_of(fit: str, dataset: DataSet) -> str:
    """The fit file of one data set: its files, areas, concentration and temperature put in."""
    raw = tomllib.loads(fit)
    targets = raw.get("target", ())
    # the files of a fit to spectra alone are spectra
    kind = "curve" if any(target.get("kind") == "curve" for target in targets) else "impedance"
    curves = [target for target in targets if target.get("kind") == kind or ("ammonia" in raw and "file" in target)]
    if dataset.temperature:
        raw.setdefault("conditions", {})["temperature"] = dataset.temperature
    if dataset.concentration:
        couple = raw.get("electrode", {}).get("kind") == "couple"
        place = ("electrode", "oxidised_concentration") if couple else ("electrolyte", "concentration")
        raw.setdefault(place[0], {})[place[1]] = dataset.concentration
    several = len(dataset.files) > 1
    if several and len(dataset.files) != len(curves):
        raise StudyError(
            f"files of data set {dataset.name}",
            got=str(len(dataset.files)),
            expected=f"one, or one for each of the {len(curves)} curves of the fit file",
        )
    by_rate = {target.get("scan_rate"): target for target in curves}
    for number, one in enumerate(dataset.files):
        chosen = (
            curves if not several else [by_rate.get(one.scan_rate, curves[number]) if one.scan_rate else curves[number]]
        )
        for target in chosen:
            target["file"] = one.file
            if one.area:
                target["area"] = one.area
            if one.cycle:
                target["cycle"] = _whole(one.cycle)
            if one.scan_rate and not several:
                raw["protocol"]["scan_rates"] = target["scan_rate"] = one.scan_rate
    return tomli_w.dumps(raw)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise StudyError("not a number of a cycle", got=shown(text), expected="a whole number", where="cycle")
    return int(text)


def _listing(path: Path) -> list[dict[str, str]] | None:
    """Rows of a listing; None for a curve."""
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        reader = csv.DictReader(file)
        if "file" not in (reader.fieldnames or ()):
            return None
        known = ("dataset", "file", *QUANTITIES)
        for name in reader.fieldnames or ():
            if name not in known:
                raise unknown_name("column", name, known, where=str(path))
        return [{key: (value or "").strip() for key, value in row.items()} for row in reader]


def _grouped(rows: list[dict[str, str]], listing: Path) -> tuple[DataSet, ...]:
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        cycle = f" cycle {row['cycle']}" if row.get("cycle") else ""
        groups.setdefault(row.get("dataset") or Path(row["file"]).stem + cycle, []).append(row)
    folder = listing.resolve().parent
    return tuple(
        DataSet(
            name,
            tuple(
                MeasuredFile(str(folder / row["file"]), *(row.get(key, "") for key in ("area", "scan_rate", "cycle")))
                for row in group
            ),
            group[0].get("concentration", ""),
            group[0].get("temperature", ""),
        )
        for name, group in groups.items()
    )
