"""Every figure is drawn on axes of the caller's too."""

import inspect

import matplotlib.pyplot as plt
import numpy as np
import pytest

import screening as sei
from screening import plot


@pytest.fixture
def axes():
    figure, found = plt.subplots(1, 2)
    yield found
    plt.close(figure)


def test_every_figure_takes_axes():
    lacking = [name for name in plot.__all__ if "ax" not in inspect.signature(getattr(plot, name)).parameters]
    assert lacking == ["save"]


def test_panels_are_drawn_where_they_are_asked(axes):
    film = sei.Stack([sei.Layer("LiF", "5 nm", "1e-15 m^2/s"), sei.Layer("Li3N", "9 nm", "1e-15 m^2/s")])
    figure = plot.layer_diagram([film], ax=axes[0])
    assert figure is axes[0].figure
    assert len(axes[0].patches) >= 2
    assert not axes[1].patches
    plot.voltage_breakdown(["cell"], {"film": np.array([0.5])}, ax=axes[1])
    assert axes[1].patches
    figure.canvas.draw()


def test_a_wrong_number_of_axes_is_refused(axes):
    spectrum = sei.impedance([sei.Layer("LiF", "5 nm", "1e-13 m^2/s")], ["1 Hz", "1 kHz"])
    with pytest.raises(sei.StudyError, match="axes to draw on: got 2 of Axes, expected 3 axes"):
        plot.nyquist_bode(spectrum, ax=axes)
