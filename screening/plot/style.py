"""Look of all figures, and their way onto disk."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from screening.errors import StudyError
from screening.plot.axis_labels import formula, power_of_ten
from screening.store.new_file import check_new_file, not_writable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Axes of the caller's to draw on, one for each panel; None makes a figure.
OnAxes: TypeAlias = "Axes | Sequence[Axes] | np.ndarray | None"
# Colours that the common kinds of colour blindness keep apart: Okabe & Ito, Color Universal Design (2008).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
INK, FAINT = "#222222", "#BBBBBB"
# Colours of bars on which white numbers are read more easily than black ones.
_DARK = ("#0072B2", "#D55E00", "#000000")
# Layers: light fills under black numbers, apart from the colours of films: Tol, SRON/EPS/TN/09-002 (2021), scheme "light".
PHASE_COLOURS = {
    "LiF": "#77AADD",
    "Li2CO3": "#EEDD88",
    "Li3N": "#44BB99",
    "LiH": "#FFAABB",
    "Li2O": "#EE8866",
    "Li2EDC": "#BBCC33",
    "LiOH": "#99DDFF",
}
_OTHER_PHASES = ("#AAAA00", "#DDDDDD", "#CC99CC", "#BB9977", "#88AA77")
# Share of the largest number from which a cell of a table is so dark that its number is white.
DARK_FROM = 0.55
# Of a larger run the first candidates are drawn one by one: any beginning of a Sobol design is balanced.
MOST_POINTS = 20_000
DOTS_PER_INCH = 150


def colour_of(number: int) -> str:
    """Colour of a film, curve or part by its number; after eight they begin again."""
    return PALETTE[number % len(PALETTE)]


def layer_colours(names: Iterable[str]) -> dict[str, str]:
    """Colour of each layer by its name: that of its phase in every figure, one of a few others for any other name."""
    listed = list(dict.fromkeys(names))
    others = [name for name in listed if name not in PHASE_COLOURS]
    return {name: PHASE_COLOURS.get(name) or _OTHER_PHASES[others.index(name) % len(_OTHER_PHASES)] for name in listed}


def draw_films(
    axis: "Axes",
    rows: Iterable[tuple[float, Iterable[tuple[str, float]]]],
    colours: Mapping[str, str],
    height: float,
    numbered: float = np.inf,
) -> None:
    """Films as rows of bars to scale, electrode at the left: place, then name and width (nm) of each layer from there.

    Widths from `numbered` on stand in their bars. The names are ready for a legend.
    """
    for place, layers in rows:
        left = 0.0
        for name, width in layers:
            axis.barh(place, width, left=left, height=height, color=colours[name], edgecolor="white", linewidth=0.7)
            if width >= numbered:
                look = {"ha": "center", "va": "center", "fontsize": 8, "color": INK}
                axis.text(left + width / 2, place, f"{width:.3g}", **look)
            left += width
    for name, colour in colours.items():
        axis.barh([np.nan], [np.nan], color=colour, label=formula(name))
    axis.set_xlabel("distance from the electrode (nm)")
    axis.tick_params(axis="y", length=0, labelcolor=INK)
    axis.spines["left"].set_visible(False)


def ink_on(colour: str) -> str:
    """Colour of a number on a bar of a colour of the palette."""
    return "white" if colour in _DARK else "black"


def spans_a_decade(values: np.ndarray) -> bool:
    """Whether positive values span more than a factor of ten, from which on their axis is logarithmic."""
    return bool(values.min() > 0 and values.max() > 10.0 * values.min())


def thinned(count: int, most: int) -> np.ndarray:
    """Numbers of at most `most` of `count` points, evenly apart."""
    return np.arange(0, count, -(-count // most))


def nothing_to_draw(got: str, expected: str = "at least one", fix: str = "") -> StudyError:
    """The error of a figure that would be empty."""
    return StudyError("nothing to draw", got=got, expected=expected, fix=fix, where="--plot")


def new_figure(
    columns: int,
    width: float = 10.0,
    height: float = 4.2,
    ratios: tuple[float, ...] | None = None,
    rows: int = 1,
    ax: "OnAxes" = None,
):
    """An empty figure and its axes, row by row, or given axes; no display and no global state of matplotlib is involved."""
    from matplotlib.figure import Figure

    if ax is not None:
        given = list(np.ravel(np.asarray(ax, object)))
        if len(given) != rows * columns or not all(hasattr(one, "get_figure") for one in given):
            got, fix = f"{len(given)} of {type(given[0]).__name__}" if given else "none", "take them from plt.subplots"
            raise StudyError("axes to draw on", got=got, expected=f"{rows * columns} axes", fix=fix, where="ax")
        return given[0].get_figure(), given
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, gridspec_kw={"width_ratios": ratios} if ratios else None)
    for place, axis in enumerate(axes.flat):
        if axes.size > 1:
            _letter(axis, chr(ord("a") + place))
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(direction="out", color=INK, labelcolor=INK, labelsize=9)
    return figure, list(axes.flat)


def legend_below(axis: "Axes", ax: OnAxes, ncols: int = 4) -> None:
    """A legend under a figure of our own, or on the axes that were given."""
    look = {"frameon": False, "fontsize": 8, "ncols": ncols}
    if ax is None:
        axis.figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", **look)
    else:
        axis.legend(loc="best", **look)


def _letter(axis: "Axes", letter: str) -> None:
    """The letter of a panel, above its vertical axis."""
    look = {"xycoords": "axes fraction", "textcoords": "offset points", "fontsize": 11, "fontweight": "bold"}
    axis.annotate(letter, (0.0, 1.0), xytext=(-24, 7), color=INK, **look)


def drop_panel(axes: list["Axes"], place: int) -> None:
    """Take a panel out and letter those after it anew."""
    axes[place].remove()
    for after, axis in enumerate(axes[place + 1 :], place + 1):
        for text in axis.texts[:1]:
            if text.get_text() == chr(ord("a") + after):
                text.set_text(chr(ord("a") + after - 1))


def scan_rate_colours(count: int) -> list[tuple[float, ...]]:
    """Colours of an ordered series, dark to light, also ordered in greyscale."""
    from matplotlib import colormaps

    shades = colormaps["viridis"]
    return [shades(0.85 * place / max(count - 1, 1)) for place in range(count)]


def heading(axis: "Axes", text: str) -> None:
    """A title at the left edge, as all figures have it."""
    axis.set_title(text, loc="left", fontsize=10, color=INK)


def number_cells(axis: "Axes", values: np.ndarray, texts: np.ndarray, colours: str, low: float, high: float, size: int):
    """A table of coloured cells with a number in each that is finite; gives the image, for a bar of its colours."""
    image = axis.imshow(values, vmin=low, vmax=high, cmap=colours)
    for row, column in np.argwhere(np.isfinite(values)).tolist():
        ink = "white" if abs(values[row, column]) > DARK_FROM * high else INK
        look = {"ha": "center", "va": "center", "fontsize": size, "color": ink, "linespacing": 0.95}
        axis.text(column, row, str(texts[row, column]), **look)
    return image


def plain_log_axis(axis: "Axes", which: str = "x") -> None:
    """A logarithmic axis: decades with ticks between them, or a few plain numbers where it spans less than two."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

    axis.set(**{f"{which}scale": "log"})
    low, high = axis.get_xlim() if which == "x" else axis.get_ylim()
    along = axis.xaxis if which == "x" else axis.yaxis
    if high < 10.0 * low:
        along.set_major_locator(MaxNLocator(4))
    else:
        along.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 1e2 * low else (1.0,), numticks=7))
    every = tuple(range(1, 10)) if high < 1e6 * low else (1.0,)
    along.set_minor_locator(LogLocator(subs=every, numticks=99) if high >= 1e2 * low else NullLocator())
    along.set_minor_formatter(NullFormatter())
    powers = low < 1e-3 or high > 1e5
    along.set_major_formatter(
        FuncFormatter(
            lambda value, _: power_of_ten(round(np.log10(value))) if powers and high >= 1e2 * low else f"{value:.4g}"
        )
    )


def save_figure(figure: "Figure", path: str | os.PathLike[str]) -> Path:
    """Write a figure; the ending of the path chooses the format.

    Args:
        figure: to be written.
        path: ending in .png, .pdf or .svg.

    Returns:
        the path.

    Raises:
        StudyError: an ending without a format, or a place that cannot be written.

    Example:
        >>> import tempfile
        >>> save_figure(new_figure(1)[0], f"{tempfile.mkdtemp()}/empty.svg").name
        'empty.svg'
    """
    target = check_figure_path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _settle(figure)
        figure.savefig(target, dpi=DOTS_PER_INCH)
    except OSError as error:
        raise not_writable(path, error, "--plot") from error
    return target


def _settle(figure: "Figure") -> None:
    """Lay out once, to nine digits: the solver leaves the last ones to chance, and with them a pixel here and there."""
    engine = figure.get_layout_engine()
    if engine is not None:
        figure.set_dpi(DOTS_PER_INCH)
        engine.execute(figure)
        figure.set_layout_engine("none")
        for axis in figure.axes:
            axis.set_position(np.round(axis.get_position(original=True).bounds, 9).tolist())


def check_figure_path(path: str | os.PathLike[str]) -> Path:
    """Refuse a path that no figure can be written to, before anything is computed."""
    expected = "a path that ends in .png, .pdf or .svg"
    return check_new_file(path, (".png", ".pdf", ".svg"), "figure", expected, "curves.png", "--plot")
