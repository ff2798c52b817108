"""Layers of films, drawn to scale."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from screening.api.films import Layer, Stack
from screening.api.study_tables import si_value
from screening.plot.axis_labels import formula
from screening.plot.style import OnAxes, draw_films, heading, layer_colours, legend_below, new_figure, nothing_to_draw

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Thinner layers, as a share of the thickest film, have no number in them, which would not fit.
LABELLED_SHARE = 0.09


def plot_layers(stacks: Mapping[str, Stack] | Sequence[Stack], ax: OnAxes = None) -> "Figure":
    """Layers of one or more films to scale, electrode at the left.

    Args:
        stacks: films, or films by label; from `results.sei.stack` or made by hand.
        ax: axes to draw on, one for each panel; a new figure if left out.

    Returns:
        figure.

    Raises:
        StudyError: no film with a layer.

    Example:
        >>> import screening as sei
        >>> film = sei.Stack([sei.Layer("LiF", "5 nm", diffusivity="1e-13 m^2/s")])
        >>> plot_layers({"LiF": film}).axes[0].get_xlabel()
        'distance from the electrode (nm)'
    """
    named = dict(stacks) if isinstance(stacks, Mapping) else {stack.name: stack for stack in stacks}
    listed = [
        (label, [(layer.name or str(layer.phase), _nanometres(layer)) for layer in reversed(stack.layers)])
        for label, stack in named.items()
    ]
    if not any(layers for _, layers in listed):
        raise nothing_to_draw("no layer", fix="choose another film")
    colours = layer_colours(name for _, layers in listed for name, _ in layers)
    widest = max(sum(width for _, width in layers) for _, layers in listed)
    figure, (axis,) = new_figure(1, width=8.0, height=1.7 + 0.5 * len(listed), ax=ax)
    rows = ((row, layers) for row, (_, layers) in enumerate(listed))
    draw_films(axis, rows, colours, 0.7, LABELLED_SHARE * widest)
    axis.set_yticks(range(len(listed)), [formula(label) for label, _ in listed])
    axis.set_ylim(len(listed) - 0.5, -0.5)  # the first on top, and room for a film without layers
    axis.set_xlim(0.0, 1.02 * widest)
    heading(axis, "layers to scale, thickness in nm")
    legend_below(axis, ax, min(len(colours), 6))
    return figure


def _nanometres(layer: Layer) -> float:
    return 1e9 * si_value(layer.thickness, "length", "thickness")
