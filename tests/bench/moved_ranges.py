"""What of the main study survives other ranges; from the repository:

    python -m tests.bench.moved_ranges

Every range of `experiments/lidfob_vs_libf4.toml` is moved by a factor of two to either side, one at a time. Prints the table
of docs/limits.md: each statement as the study stands, and its least and largest value over the moved ranges.
"""

import re
import sys
from collections.abc import Iterator

import jax
import numpy as np
from jax import vmap

from screening.config.study import parse_study
from screening.model.draws import draw_candidates
from screening.model.outputs import LIMITS, film_outputs
from screening.run.study_run import packaged_studies

SAMPLES = 2048
# lines of the file that are moved together; those of the phases are distributions of single layers
MOVED = {
    "thickness of all layers": r"^(outer|middle|inner) = ",
    "thickness of the outer layer": r"^outer = ",
    "diffusivity of LiF": r"^lif_diffusivity = ",
    "diffusivity of Li3N": r"^li3n_diffusivity = ",
    "diffusivity of Li2CO3": r'^diffusivity = .*low = "2e-15 m',
    "diffusivity of LiH": r'^diffusivity = .*low = "1e-17 m',
    "conductivity of LiF": r"^lif_conductivity = ",
    "conductivity of Li3N": r"^li3n_conductivity = ",
    "conductivity of Li2CO3": r'^conductivity = .*low = "1.5e-5 S',
    "conductivity of LiH": r'^conductivity = .*low = "7e-8 S',
    "diffusivity of the salt": r'^diffusivity = "2e-10 m',
    "diffusion layer": r"^diffusion_layer_thickness = ",
    "concentration": r"^concentration = ",
}


def moved(text: str, pattern: str, factor: float) -> str:
    """The study with the numbers of the matching lines multiplied."""
    lines = text.splitlines()
    found = [number for number, line in enumerate(lines) if re.match(pattern, line)]
    if not found:
        raise SystemExit(f"no line of the study matches {pattern}")
    for number in found:
        lines[number] = re.sub(r'"([0-9.e+-]+) ', lambda match: f'"{factor * float(match[1])!r} ', lines[number])
    return "\n".join(lines)


def statements(text: str) -> dict[str, float]:
    """What is said of one choice of ranges; resistances in ohm cm2, currents in mA cm-2."""
    study = parse_study(text, samples=SAMPLES)
    batch = draw_candidates(study, 0, study.n_candidates)
    with jax.enable_x64(True):
        found = {
            name: np.asarray(value)
            for name, value in vmap(film_outputs)(batch.stack, batch.electrolyte, batch.temperature).items()
        }
    by_film = {name: value.reshape(-1, study.n_films) for name, value in found.items()}
    current = 0.1 * by_film["limiting_current_density"]
    said: dict[str, float] = {}
    for number, film in enumerate(study.film_names):
        said[f"resistance, median, {film}"] = 1e4 * np.median(by_film["film_area_specific_resistance"][:, number])
        said[f"limiting current, median, {film}"] = np.median(current[:, number])
        said[f"largest limiting current, {film}"] = np.max(current[:, number])
        said[f"share that the film takes, median, {film}"] = np.median(by_film["film_share_of_limit"][:, number])
        for code, name in enumerate(LIMITS):
            said[f"limited by {name}, {film}"] = np.mean(by_film["limited_by"][:, number] == code)
    for closure, first in (("Fickian", 0), ("ohmic", 2)):
        said[f"pairs in which LiDFOB carries more, {closure}"] = np.mean(current[:, first] > current[:, first + 1])
        said[f"ratio of the medians, {closure}"] = np.median(current[:, first]) / np.median(current[:, first + 1])
    return said


def all_moved(text: str) -> Iterator[tuple[str, dict[str, float]]]:
    """Each moved range and what is said then."""
    for name, pattern in MOVED.items():
        for factor in (0.5, 2.0):
            yield f"{name} x {factor:g}", statements(moved(text, pattern, factor))


def main() -> None:
    """Print the table."""
    text = packaged_studies()["lidfob_vs_libf4"].read_text(encoding="utf-8")
    base, others = statements(text), dict(all_moved(text))
    for name, value in base.items():
        values = {where: found[name] for where, found in others.items()}
        least, most = min(values, key=lambda where: values[where]), max(values, key=lambda where: values[where])
        print(f"{name}: {value:.3g}; {values[least]:.3g} ({least}) to {values[most]:.3g} ({most})")


if __name__ == "__main__":
    sys.exit(main())
