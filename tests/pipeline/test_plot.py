"""Figures: they show the numbers that they are given, in lab units, and no text runs into another."""

import itertools
import re

import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.container import BarContainer
from matplotlib.patches import StepPatch
from matplotlib.text import Text

import screening as sei
from screening.cli.app import run_command
from screening.model.draws import draw_candidates
from screening.plot.axis_labels import formula, number_text, typeset
from screening.plot.curve_figures import plot_curves
from screening.plot.ranking_figure import plot_ranking
from screening.plot.style import PHASE_COLOURS, new_figure, plain_log_axis, save_figure
from screening.run.loop import run_evaluator
from tests.pipeline.known_evaluator import KnownEvaluator, two_films

MAGIC = {".png": b"\x89PNG\r\n", ".pdf": b"%PDF-", ".svg": b"<?xml"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("plot") / "R.zarr"
    run_evaluator(KnownEvaluator(two_films(32)), path, progress=False)
    return path


@pytest.fixture(scope="module")
def results(store):
    return sei.open_results(store, chunks=None).load()


def curves(exponent: float = 0.33, valid: int = 0, maximum: int = 1, rates=(0.1, 0.01)) -> xr.Dataset:
    """Bell-shaped voltammograms, the faster sweep first."""
    potential = np.concatenate([np.linspace(0.8, -0.8, 126), np.linspace(-0.8, 0.8, 126)[1:]])
    height = 1000.0 * np.sqrt(np.array(rates) / 0.1)
    bell = np.exp(-(((potential + 0.25) / 0.1) ** 2)) * (np.arange(251) < 126)
    runs, steps = "scan_rate", "curve_step"
    return xr.Dataset(
        {
            "potential": ((runs, steps), np.tile(potential, (len(rates), 1)), {"units": "V"}),
            "current_density": ((runs, steps), -height[:, None] * bell, {"units": "A m-2"}),
            "peak_current_density": (runs, -height, {"units": "A m-2"}),
            "peak_potential": (runs, np.full(len(rates), -0.25), {"units": "V"}),
            "peak_is_maximum": (runs, np.full(len(rates), maximum, np.uint8)),
            "scan_rate_exponent": ((), exponent),
            "apparent_diffusivity_randles_sevcik": ((), 2.05e-10),
            "apparent_diffusivity_valid": ((), valid),
        },
        {runs: list(rates)},
        {"film": "LiDFOB", "layers": "LiF | Li2CO3 | Li3N", "electrode": "metal"},
    )


def transient() -> xr.Dataset:
    time = np.linspace(0.0, 14.0, 251)
    return xr.Dataset(
        {
            "time": ("curve_step", time, {"units": "s"}),
            "potential": ("curve_step", -0.05 * (time % 7 < 2), {"units": "V"}),
            "current_density": ("curve_step", -200.0 * (time % 7 < 2), {"units": "A m-2"}),
        },
        attrs={"film": "stack", "layers": "", "electrode": "couple"},
    )


def texts_of(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def legend_of(axis) -> list[str]:
    return [text.get_text() for text in axis.get_legend().get_texts()]


def data_of(line) -> np.ndarray:
    """Points of a line, shape [point, 2]."""
    return np.asarray(line.get_xydata())


def assert_readable(figure) -> None:
    """All texts are inside the figure, and no two of them overlap."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    # an axis keeps texts for ticks that lie outside its limits, and does not draw them
    hidden = set()
    for axis in figure.axes:
        for side, (low, high) in ((axis.xaxis, sorted(axis.get_xlim())), (axis.yaxis, sorted(axis.get_ylim()))):
            for tick in (*side.get_major_ticks(), *side.get_minor_ticks()):
                if not low <= tick.get_loc() <= high:
                    hidden |= {id(tick.label1), id(tick.label2)}
    boxes = {text: text.get_window_extent(canvas.get_renderer()) for text in texts if id(text) not in hidden}
    assert len(boxes) > 5
    for text, box in boxes.items():
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= figure.bbox.width, text
        assert box.y1 <= figure.bbox.height, text
    for (one, first), (two, second) in itertools.combinations(boxes.items(), 2):
        assert not first.overlaps(second), (one, two)


FIGURES = {
    "curves": lambda results: plot_curves(curves()),
    "five rates": lambda results: plot_curves(curves(rates=(0.01, 0.02, 0.05, 0.1, 0.2), maximum=0)),
    "valid": lambda results: plot_curves(curves(0.5, valid=1)),
    "no maximum": lambda results: plot_curves(curves(0.5, maximum=0)),
    "one rate": lambda results: plot_curves(curves(rates=(0.1,))),
    "transient": lambda results: plot_curves(transient()),
    "ranking": plot_ranking,
    "ranking of one film": lambda results: plot_ranking(results, where="film == 'LiBF4'"),
    "ranking by an input": lambda results: plot_ranking(results, "param_layer1_thickness"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_text_is_readable_and_axes_have_units(results, name):
    figure = FIGURES[name](results)
    assert_readable(figure)
    for axis in figure.axes:
        label = axis.get_xlabel()
        assert re.search(r"\((V|V vs Li.*|s|nm|mA cm⁻²|mV\$.*)\)$", label), label


def test_curves_show_the_numbers_in_lab_units():
    data = curves()
    left, right = plot_curves(data).axes
    assert left.get_title(loc="left") == "LiDFOB: LiF | Li₂CO₃ | Li₃N (outside to inside)"
    assert left.get_ylabel() == "current density (mA cm⁻²), oxidation positive"
    assert left.get_xlabel() == "potential (V vs Li/Li⁺)"
    # slowest first, whatever the order of the study
    assert legend_of(left) == ["10 mV s⁻¹", "100 mV s⁻¹"]
    lines = [line for line in left.lines if len(data_of(line)) == 251]
    for line, run in zip(lines, (1, 0), strict=True):
        np.testing.assert_allclose(data_of(line)[:, 1], data.current_density[run] / 10)
        np.testing.assert_array_equal(data_of(line)[:, 0], data.potential[run])
    markers = [data_of(line)[0] for line in left.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(markers, [(-0.25, -100 * np.sqrt(0.1)), (-0.25, -100.0)])
    points = [data_of(line)[0] for line in right.lines if len(data_of(line)) == 1]
    np.testing.assert_allclose(points, [(np.sqrt(10), 100 * np.sqrt(0.1)), (10.0, 100.0)])


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        ({"exponent": 0.5, "valid": 1}, "= 0.50: D$_{app}$ = 2.05e-10 m² s⁻¹"),
        ({"exponent": 0.33}, "= 0.33, outside 0.45 to 0.55: no D$_{app}$"),
        ({"exponent": 0.5, "maximum": 0}, "= 0.50, but no true peak: no D$_{app}$"),
    ],
)
def test_figure_gives_a_diffusivity_only_where_it_is_one(options, verdict):
    assert any(text.endswith(verdict) for text in texts_of(plot_curves(curves(**options))))


def test_transient_shows_current_and_potential_against_time():
    left, right = plot_curves(transient()).axes
    np.testing.assert_allclose(data_of(left.lines[0])[:, 1].min(), -20.0)
    np.testing.assert_allclose(data_of(right.lines[0])[:, 1].min(), -0.05)
    assert (left.get_title(loc="left"), right.get_ylabel()) == ("stack: bare electrode", "potential (V)")


def test_ranking_shows_medians_shares_and_best_stacks(results):
    peaks, limits, stacks = plot_ranking(results).axes
    good = results.status.values == 1
    for axis, values in (
        (peaks, -results.peak_current_density[:, -1] / 10),
        (limits, results.limiting_current_density / 10),
    ):
        medians = [float(np.median(values[good & (results.film.values == film)])) for film in (0, 1)]
        words = [text.get_text().split() for text in axis.texts if text.get_fontsize() == 8]
        assert [found[0] for found in words] == [f"{one:.3g}" for one in medians]
        drawn = [data_of(line)[0, 0] for line in axis.lines if line.get_linestyle() == "--"]
        np.testing.assert_allclose(drawn, medians)
    taken = [np.median(results.film_share_of_limit.values[good & (results.film.values == film)]) for film in (0, 1)]
    assert [found[1:] for found in words] == [["(film", f"{100 * share:.0f}", "%)"] for share in taken]
    assert [label.get_text() for label in peaks.get_yticklabels()] == ["LiDFOB", "LiBF₄"]
    assert peaks.get_title(loc="left") == "medians at 200 mV s⁻¹"
    steps = [patch.get_data() for patch in peaks.patches if isinstance(patch, StepPatch) and patch.get_fill()]
    for film, step in enumerate(steps):
        mine = -results.peak_current_density[:, -1].values[good & (results.film.values == film)] / 10
        shares = np.histogram(mine, step.edges)[0] / len(mine)
        np.testing.assert_allclose(film - step.values, 0.68 * shares / shares.max())
    study = two_films(32)
    strongest = np.argsort(results.peak_current_density.values[:, -1])
    best = [[i for i in strongest if good[i] and results.film.values[i] == film][:4] for film in (0, 1)]
    labels = [label.get_text() for label in stacks.get_yticklabels()]
    assert labels == [f"LiDFOB #{i}" for i in best[0]] + [f"LiBF₄ #{i}" for i in best[1]]
    bars = [bar for bars in stacks.containers if isinstance(bars, BarContainer) for bar in bars]
    drawn = [bar.get_width() for bar in bars if np.isfinite(bar.get_y())]
    batch = draw_candidates(study, 0, study.n_candidates)
    np.testing.assert_allclose(drawn, (batch.stack.thickness[[*best[0], *best[1]]] * 1e9).ravel())
    # Li3N is the innermost layer of both films
    assert bars[0].get_x() == 0.0
    assert set(legend_of(stacks)) == {"LiF", "Li₂CO₃", "Li₃N", "LiH"}
    colours = {bar.get_facecolor() for bar in bars if bar.get_x() == 0.0 and np.isfinite(bar.get_y())}
    assert colours == {to_rgba(PHASE_COLOURS["Li3N"])}


def test_condition_filters_the_distributions_too(results):
    peaks = plot_ranking(results, where="film == 'LiBF4' and candidate < 20").axes[0]
    chosen = (results.film.values == 1) & (results.status.values == 1) & (np.arange(64) < 20)
    median = float(np.median(-results.peak_current_density[:, -1].values[chosen] / 10))
    assert [text.get_text() for text in peaks.texts if text.get_fontsize() == 8] == [f"{median:.3g}"]


def test_nothing_to_draw_is_said(results):
    with pytest.raises(sei.StudyError, match="nothing to draw"):
        plot_ranking(results, where="candidate > 1000")


@pytest.mark.parametrize(("low", "high"), [(98.0, 104.0), (30.0, 400.0), (0.01, 5000.0), (2e-9, 3e-2)])
def test_logarithmic_axes_have_a_few_plain_numbers(low, high):
    figure, (axis,) = new_figure(1, width=4.2)
    axis.set_xlim(low, high)
    plain_log_axis(axis)
    assert_readable(figure)
    shown = [tick for tick in axis.get_xticks() if low <= tick <= high]
    assert 2 <= len(shown) <= 8


def test_formulas_and_units_are_those_of_papers():
    names = [
        "LiF over Li2O",
        "Li2EDC",
        "Ru(NH3)6",
        "LiBF4, 2 M",
        "Li_2",
        "V1",
        "B2",
        "Film3",
        "LiA2",
        "#12",
        "Li2CO3|N2",
    ]
    assert [formula(name) for name in names] == [
        *("LiF over Li₂O", "Li₂EDC", "Ru(NH₃)₆", "LiBF₄, 2 M", "Li_2", "V1", "B2", "Film3", "LiA2", "#12", "Li₂CO₃|N₂")
    ]
    units = ["mA/cm2", "um", "ohm cm2", "mol/m^3/bar", "1/s", "m2 s-1", "mV/s", "nm", "%", "mPa*s", "uF/cm2", ""]
    assert [typeset(unit) for unit in units] == [
        *("mA cm⁻²", "µm", "Ω cm²", "mol m⁻³ bar⁻¹", "s⁻¹", "m² s⁻¹", "mV s⁻¹", "nm", "%", "mPa s", "µF cm⁻²", "")
    ]
    assert [number_text(4.7e-8), number_text(0.107)] == ["4.7 × 10⁻⁸", "0.107"]


@pytest.mark.parametrize("ending", MAGIC)
def test_files_in_every_format(store, tmp_path, ending):
    file = tmp_path / "new" / f"ranking{ending}"
    assert run_command(["show", str(store), "--plot", str(file), "--csv", str(tmp_path / "t.csv")]) == 0
    assert file.read_bytes().startswith(MAGIC[ending])
    saved = save_figure(plot_curves(curves()), tmp_path / f"CURVES{ending.upper()}")
    assert saved.read_bytes().startswith(MAGIC[ending])
    assert len(saved.read_bytes()) > 5_000


def test_a_file_does_not_hang_on_the_last_digits_of_the_layout(tmp_path):
    figure = plot_curves(curves())
    save_figure(figure, tmp_path / "curves.png")
    places = np.array([axis.get_position(original=True).bounds for axis in figure.axes])
    np.testing.assert_allclose(places, np.round(places, 9), rtol=0, atol=1e-15)
    assert places[:, 2].min() > 0.1
