"""Figures of one candidate of a study, by name."""

from typing import TYPE_CHECKING

import numpy as np

from screening.api.concentration import concentration_profiles
from screening.api.from_study import electrode_of, stack_of
from screening.api.stack_impedance import impedance
from screening.config.study import Study, VoltammetryStudy
from screening.errors import unknown_name
from screening.model.draws import draw_candidates
from screening.plot.impedance_figure import plot_impedance
from screening.plot.layer_figure import plot_layers
from screening.plot.profile_figure import plot_profiles
from screening.sampling.distributions import Fixed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("profiles", "impedance", "layers")
# From slow enough for a diffusion layer of 0.1 mm to fast enough for a double layer.
FREQUENCIES = np.geomspace(1e-3, 1e5, 81)


def draw_candidate(kind: str, study: Study, candidate: int, *, device: str | None = None) -> "Figure":
    """A figure of one candidate."""
    if kind not in KINDS:
        raise unknown_name("kind of figure", kind, KINDS, where="KIND")
    if kind == "profiles":
        return plot_profiles(concentration_profiles(study, candidate, device=device))
    film = stack_of(study, candidate)
    if kind == "layers":
        return plot_layers({f"{film.name} #{candidate}": film})
    batch = draw_candidates(study, candidate, candidate + 1)
    assert isinstance(study, VoltammetryStudy)
    electrode = electrode_of(study, candidate)
    rest = float(np.ravel(batch.sample.electrode.formal_potential)[0])
    spectrum = impedance(
        film,
        [Fixed(frequency) for frequency in FREQUENCIES.tolist()],
        electrode=electrode,
        temperature=Fixed(float(batch.temperature[0])),
        potential=Fixed(rest),
    )
    return plot_impedance(spectrum)
