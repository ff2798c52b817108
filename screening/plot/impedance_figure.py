"""Impedance: Nyquist and Bode plots, and what the resistance is made of."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from screening.plot.style import PALETTE, OnAxes, heading, new_figure, plain_log_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OHM_CM2 = 1e4


def plot_impedance(spectrum: xr.Dataset, ax: OnAxes = None) -> "Figure":
    """A spectrum as Nyquist and as Bode plot.

    Args:
        spectrum: from `sei.impedance`.
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure with three axes: Nyquist, magnitude, phase.

    Example:
        >>> save_figure(plot_impedance(sei.impedance(film, ["1 mHz", "1 Hz", "1 kHz"])), "nyquist.pdf")  # doctest: +SKIP
    """
    figure, (nyquist, magnitude, phase) = new_figure(3, width=13.5, height=4.2, ax=ax)
    order = np.argsort(spectrum["frequency"].values)
    frequency = spectrum["frequency"].values[order]
    real, imaginary = (spectrum[f"impedance_{part}"].values[order] * OHM_CM2 for part in ("real", "imaginary"))
    nyquist.plot(real, -imaginary, ".-", color=PALETTE[0], linewidth=1.2, markersize=4)
    nyquist_axes(nyquist)
    _mark_frequencies(nyquist, frequency, real, -imaginary)
    heading(nyquist, "Nyquist")
    magnitude.semilogx(frequency, np.hypot(real, imaginary), ".-", color=PALETTE[0], linewidth=1.2, markersize=4)
    plain_log_axis(magnitude, "y")
    magnitude.set_ylabel("|Z| (Ω cm²)")
    heading(magnitude, "Bode, magnitude")
    angle = -np.degrees(np.arctan2(imaginary, real))
    phase.semilogx(frequency, angle, ".-", color=PALETTE[1], linewidth=1.2, markersize=4)
    phase.set_ylabel("-phase (degrees)")
    heading(phase, "Bode, phase")
    for axis in (magnitude, phase):
        axis.set_xlabel("frequency (Hz)")
    return figure


def nyquist_axes(axis: "Axes") -> None:
    """Equal scales and the names of a Nyquist plot."""
    axis.set_aspect("equal", adjustable="datalim")
    axis.set_xlabel("Re Z (Ω cm²)")
    axis.set_ylabel("-Im Z (Ω cm²)")


def _mark_frequencies(axis, frequency, real, minus_imaginary) -> None:
    """Powers of ten beside their points, as far as these lie apart."""
    from matplotlib.ticker import EngFormatter

    span = max(np.ptp(real), np.ptp(minus_imaginary)) or 1.0
    marked: list[complex] = []
    whole = np.abs(np.log10(frequency) - np.round(np.log10(frequency))) < 1e-6
    for place in np.flatnonzero(whole):
        here = complex(real[place], minus_imaginary[place])
        if any(abs(here - other) < 0.12 * span for other in marked):
            continue
        marked.append(here)
        text = EngFormatter(unit="Hz", places=0)(frequency[place])
        axis.annotate(text, (here.real, here.imag), xytext=(6, 3), textcoords="offset points", fontsize=8)
