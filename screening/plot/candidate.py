"""Figures of one candidate of a study, by name."""

from typing import TYPE_CHECKING

import numpy as np

from screening.config.study import Study
from screening.errors import unknown_name
from screening.sampling.distributions import Fixed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("profiles", "impedance", "layers")
# From slow enough for a diffusion layer of 0.1 mm to fast enough for a double layer.
FREQUENCIES = np.geomspace(1e-3, 1e5, 81)


def draw_candidate(kind: str, study: Study, candidate: int, *, device: str | None = None) -> "Figure":
    """A figure of one candidate.

    Args:
        kind: "profiles" (concentration across film and diffusion layer), "impedance" (about rest at a metal, about the
            formal potential at a couple) or "layers" (to scale).
        study: the study.
        candidate: its number.
        device: "cpu" or "gpu" of a simulation; JAX's default if left out.

    Returns:
        figure.

    Raises:
        StudyError: an unknown kind, no such candidate, or one that has no such figure.

    Example:
        `draw_candidate("layers", load_study("experiments/quick.toml"), 3)`
    """
    from screening.api.from_study import electrode_of, stack_of

    if kind not in KINDS:
        raise unknown_name("kind of figure", kind, KINDS, where="KIND")
    if kind == "profiles":
        from screening.api.concentration import concentration_profiles
        from screening.plot.profile_figure import plot_profiles

        return plot_profiles(concentration_profiles(study, candidate, device=device))
    film = stack_of(study, candidate)
    if kind == "layers":
        from screening.plot.layers import plot_layers

        return plot_layers({f"{film.name} #{candidate}": film})
    from screening.api.stack_impedance import impedance
    from screening.plot.impedance_figure import plot_impedance

    batch = study.candidates(candidate, candidate + 1)
    electrode = electrode_of(study, candidate)
    rest = float(batch.electrode.get("formal_potential", np.zeros(1))[0])
    spectrum = impedance(
        film,
        [Fixed(frequency) for frequency in FREQUENCIES.tolist()],
        electrode=electrode,
        temperature=Fixed(float(batch.temperature[0])),
        potential=Fixed(rest),
    )
    return plot_impedance(spectrum)
