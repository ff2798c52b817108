"""What film a salt leaves on lithium: a prior over phases, their order and thickness, as the text of a study."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from screening.errors import unknown_name
from screening.materials.entry import Entry
from screening.materials.phases import known_electrolytes
from screening.units import format_quantity

SAMPLES = 256

_HEAD = """\
# A PRIOR, not a measurement: what is published of the film that {salt} leaves on lithium, and assumptions where nothing is.
# Each line says whether its numbers are measured, computed or estimated, and by whom. Estimated here: {estimated}.
# Replace what you know better, then: sei-screen validate, run, show (`sei-screen init` writes a study that explains the format).
title = "Prior of the film of {salt}"

[sampling]
design = "sobol"
samples = {samples}
seed = 1

[electrolyte]
name = "{liquid}" # {why}
# conductivity {conductivity}; not part of the model: a gap adds its length over it to [electrode] series_resistance
{transport}
# estimated: from the film to the well-mixed bulk, of a liquid that is hardly stirred
diffusion_layer_thickness = {{ distribution = "log_uniform", low = "30 um", high = "120 um" }}

[electrode]
kind = "metal"
# estimated: measured in four other electrolytes, Boyle et al., ACS Energy Lett. 5 (2020), 10.1021/acsenergylett.0c00031
exchange_current_density = {{ distribution = "log_uniform", low = "2 mA/cm^2", high = "14 mA/cm^2" }}

# layers from the outside to the inside; ohmic, so that no more than a conductivity is assumed of them
[[film]]
name = "{salt}"
"""
_LAYER = """
[[film.layer]]
phase = "{phase}" # {why_phase}
closure = "ohmic"
# {why_thickness}
thickness = {thickness}
# {why_conductivity}
conductivity = {conductivity}
"""
_PROTOCOL = """
[protocol]
kind = "cv"
start_potential = "0.5 V"
vertex_potential = "-0.5 V"
scan_rates = ["10 mV/s", "100 mV/s"]
"""


def known_salts() -> tuple[str, ...]:
    """Salts whose films the table knows."""
    return tuple(dict.fromkeys(row["salt"] for row in _rows()))


def salt_study(salt: str) -> str:
    """A study whose film is a prior of what a salt leaves on lithium, with the source and quality of every number.

    Args:
        salt: "LiDFOB", "LiBF4", "LiPF6", "LiTFSI", "LiFSI" or "LiClO4".

    Returns:
        text of a study file, for `sei.parse_study`.

    Raises:
        StudyError: unknown salt.

    Source: `salts.csv` and `electrolytes.csv` beside this module name the source of each value.

    Example:
        >>> [line for line in salt_study("LiDFOB").splitlines() if line.startswith("phase")][1].partition(":")[0]
        'phase = "Li2CO3" # measured'
    """
    if salt not in known_salts():
        raise unknown_name("salt", salt, known_salts())
    layers: dict[str, dict[str, Mapping[str, str]]] = defaultdict(dict)
    for row in _rows():
        if row["salt"] == salt:
            layers[row["layer"]][row["quantity"]] = row
    liquid = layers.pop("0")["electrolyte"]
    entries = _transport(liquid["value"])
    conductivity = known_electrolytes()[liquid["value"]].values("conductivity")[0]
    text = _HEAD.format(
        salt=salt,
        estimated=", ".join([*_estimates(entries, layers), "diffusion layer", "rate of the electrode"]),
        samples=SAMPLES,
        liquid=liquid["value"],
        why=_why(liquid["quality"], liquid["source"]),
        conductivity=f"{conductivity.text()}, {_why(conductivity.quality, conductivity.source)}",
        transport="\n".join(_transport_line(key, entry) for key, entry in entries.items()),
    )
    for layer in layers.values():
        text += _LAYER.format(
            phase=layer["phase"]["value"],
            thickness=_range("uniform", layer["thickness"]),
            conductivity=_range("log_uniform", layer["conductivity"]),
            **{f"why_{key}": _why(row["quality"], row["source"]) for key, row in layer.items()},
        )
    return text + _PROTOCOL


def _rows() -> Iterator[dict[str, str]]:
    with Path(__file__).with_name("salts.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _transport(liquid: str) -> dict[str, Entry]:
    """Rows of an electrolyte by the key of the table [electrolyte]."""
    material = known_electrolytes()[liquid]
    keys = {"concentration": "salt_concentration"} | {key: key for key in ("diffusivity", "transference_number")}
    return {key: material.values(quantity)[0] for key, quantity in keys.items()}


def _estimates(entries: Mapping[str, Entry], layers: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Iterator[str]:
    yield from (f"{key} of the liquid" for key, entry in entries.items() if entry.quality == "estimated")
    for number, layer in layers.items():
        found = [key for key, row in layer.items() if row["quality"] == "estimated"]
        yield f"{' and '.join(found)} of layer {number}"


def _transport_line(key: str, entry: Entry) -> str:
    def written(value: float) -> str:
        return f"{value:g}" if entry.unit == "1" else f'"{format_quantity(value, entry.unit)}"'

    value = "" if entry.value is None else written(entry.value)
    if entry.low is not None and entry.high is not None:
        value = f'{{ distribution = "uniform", low = {written(entry.low)}, high = {written(entry.high)} }}'
    return f"# {_why(entry.quality, entry.source)}\n{key} = {value}"


def _range(distribution: str, row: Mapping[str, str]) -> str:
    ends = (f'{end} = "{row[end]} {row["unit"]}"' for end in ("low", "high"))
    return f'{{ distribution = "{distribution}", {", ".join(ends)} }}'


def _why(quality: str, source: str) -> str:
    return f"{quality}: {source}"
