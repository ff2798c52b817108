"""Curves and figure of measured films and couples."""

import numpy as np

from experiments.catalogue import Parameters
from experiments.comparison import Row
from experiments.experiment_store import column, curves_of
from experiments.real_films.dissolved_couples import FE3_RATES, RUHEX_RATES, fitted_curves
from experiments.real_films.measured_data import CURRENTS, RUNS, NeutronFilms, grown_by, neutron_films
from experiments.real_films.neutron_screening import NANOMETRE, grown, screened
from kernels.ammonia import GROWTH_LAWS
from screening.plot.style import FAINT, INK, PALETTE, heading, new_figure, scan_rate_colours

COUPLES = {"ruhex": ("Ru(NH$_3$)$_6^{3+}$ at glassy carbon", RUHEX_RATES), "fe3": ("Fe(III) at platinum", FE3_RATES)}
LAW_TEXTS = {law: law.replace("_", " ") for law in GROWTH_LAWS}


def curves(used: Parameters):
    """Measured thicknesses, the screening drawn from them, growth by every law, and both fits; empty without the data.

    Args:
        used: parameters.

    Returns:
        dataset.
    """
    films = neutron_films()
    variables = {} if isinstance(films, str) else _films(used, films)
    for name, fit in fitted_curves(used).items():
        for column_name, units, about in (
            ("target", "1", "number of its scan rate, slowest first"),
            ("potential", "V", "measured potential"),
            ("measured", "A m-2", "measured current density"),
            ("model", "A m-2", "current density of the fitted model"),
        ):
            values = fit[f"point_{column_name}"].values
            variables[f"{name}_{column_name}"] = column(f"{name}_point", values, units, f"{about}, fit {name}")
    return curves_of(variables)


def _films(used: Parameters, films: NeutronFilms) -> dict[str, tuple]:
    results = screened(used, films)
    thickness = results.param_layer1_thickness.values / NANOMETRE
    order = np.argsort(thickness)
    laws = [
        [grown(used, law, films.growth[run][0][1].value, films.growth[run][-1][0]) for run in RUNS]
        for law in GROWTH_LAWS
    ]
    grew = [grown_by(films, run) for run in RUNS]
    course = [(run, time, one.value, one.uncertainty) for run in RUNS for time, one in films.growth[run]]
    of_course = list(zip(*course, strict=True))
    return {
        "measurement": column("measurement", list(CURRENTS), "1", "tables S3 to S8"),
        "current": column("measurement", list(CURRENTS.values()), "mA cm-2", "current before the measurement"),
        "thickness": column("measurement", [films.outer[key].value for key in CURRENTS], "nm", "film, by neutrons"),
        "thickness_uncertainty": column(
            "measurement", [films.outer[key].uncertainty for key in CURRENTS], "nm", "of the film, as printed"
        ),
        "drawn_thickness": column("candidate", thickness[order], "nm", "film that the screening drew"),
        "cell_voltage": column("candidate", results.cell_voltage.values[order], "V", "cell voltage of that film"),
        "faradaic_efficiency": column(
            "candidate", results.faradaic_efficiency.values[order], "1", "Faradaic efficiency of NH3 of that film"
        ),
        "run": column("run", list(RUNS), "1", "time-resolved run"),
        "growth": column("run", [one.value for one in grew], "nm", "growth from first to last point"),
        "growth_uncertainty": column("run", [one.uncertainty for one in grew], "nm", "of both points together"),
        "law": column("law", list(GROWTH_LAWS), "1", "growth law with its default constants"),
        "law_growth": column(("law", "run"), laws, "nm", "growth by the law"),
        "course_run": column("course_point", of_course[0], "1", "run of a point"),
        "course_time": column("course_point", of_course[1], "s", "time since the start of the run"),
        "course_thickness": column("course_point", of_course[2], "nm", "film, by neutrons"),
        "course_uncertainty": column("course_point", of_course[3], "nm", "of the film, as printed"),
    }


def draw(rows: tuple[Row, ...], used: Parameters, data):
    """Six panels; those whose data are absent say so.

    Args:
        rows: of this experiment.
        used: parameters.
        data: from `curves`.

    Returns:
        Figure.
    """
    found = {row.reference.key: row for row in rows}
    figure, axes = new_figure(3, width=17.0, height=9.5, rows=2)
    panels = np.reshape(axes, (2, 3))
    if "thickness" in data:
        _thickness(panels[0, 0], used, data)
        _screening(panels[0, 1], used, data, found)
        _growth(panels[0, 2], data)
        _course(panels[1, 0], data)
    for axis, (name, (title, rates)) in zip((panels[1, 1], panels[1, 2]), COUPLES.items(), strict=True):
        if f"{name}_point" in data.dims:
            _couple(axis, data, name, rates)
            heading(axis, f"{title} (points: measured)")
    for axis in panels.flat:
        if not axis.has_data():
            axis.set_axis_off()
            axis.annotate("measured data not at hand: set SEI_DATA", (0.5, 0.5), xycoords="axes fraction", ha="center")
    return figure


def _thickness(axis, used, data) -> None:
    names = ["0.5", "0.5\n(again)", "1", "2", "3", "3\n(1 h)"]
    axis.errorbar(names, data.thickness, data.thickness_uncertainty, fmt="o", color=PALETTE[1], label="neutrons")
    axis.axhspan(10, used["thickest_prior"] / NANOMETRE, color=PALETTE[0], alpha=0.2, label="prior of packaged studies")
    axis.set(xlabel="current (mA/cm$^2$)", ylabel="film thickness (nm)", ylim=(0, 34))
    axis.legend(frameon=False, fontsize=9, loc="lower right")
    heading(axis, "thickness")


def _screening(axis, used, data, found) -> None:
    axis.plot(data.drawn_thickness, data.cell_voltage, ".", color=PALETTE[0], label="screening, thickness as measured")
    printed = found["screen_voltage"].reference.value
    axis.axhline(printed, color=PALETTE[1], label=f"paper: {printed:g} V, LiBF$_4$")
    axis.axvspan(10, used["thickest_prior"] / NANOMETRE, color=PALETTE[0], alpha=0.2, label="micrographs")
    axis.set(xlabel="film thickness (nm)", ylabel=f"cell voltage at {used['screened_current'] / 10:g} mA/cm$^2$ (V)")
    axis.set(ylim=(3.6, 4.6), xlim=(8, None))
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    heading(axis, "screening with the measured thickness as prior")


def _growth(axis, data) -> None:
    axis.errorbar(data.run, data.growth, data.growth_uncertainty, fmt="o", color=INK, label="neutrons", zorder=5)
    for place, (colour, law) in enumerate(zip(PALETTE, data.law.values, strict=False)):
        offset = 0.08 * (place - 2.5)
        values = data.law_growth.sel(law=law)
        axis.plot(np.arange(data.run.size) + offset, values, "x", color=colour, label=LAW_TEXTS[str(law)])
    axis.set(xlabel="run", ylabel="growth in 300 to 630 s (nm)", ylim=(-10, 30))
    axis.legend(frameon=False, fontsize=8, loc="upper right", ncol=2)
    heading(axis, "growth by each law (bars: printed uncertainty)")


def _course(axis, data) -> None:
    for colour, run in zip(PALETTE, data.run.values, strict=False):
        here = np.flatnonzero(data.course_run.values == run)
        axis.errorbar(
            data.course_time[here], data.course_thickness[here], data.course_uncertainty[here],
            fmt="o-", markersize=3, linewidth=0.8, elinewidth=0.6, color=colour, label=f"run {run}",
        )  # fmt: skip
    axis.set(xlabel="time (s)", ylabel="film thickness (nm)", ylim=(0, 62))
    axis.legend(frameon=False, fontsize=8, loc="upper right", ncol=2)
    heading(axis, "films over time, neutrons")


def _couple(axis, data, name, rates) -> None:
    colours = scan_rate_colours(len(rates))
    axis.axhline(0.0, color=FAINT, linewidth=0.8)
    for place, rate in enumerate(rates):
        here = np.flatnonzero(data[f"{name}_target"].values == place)
        potential = data[f"{name}_potential"].values[here]
        axis.plot(potential, data[f"{name}_measured"].values[here] / 10, ".", markersize=3, color=colours[place])
        axis.plot(potential, data[f"{name}_model"].values[here] / 10, color=colours[place], label=f"fit, {rate} mV/s")
    axis.set(xlabel="potential (V vs reference)", ylabel="current density (mA/cm$^2$)")
    axis.legend(frameon=False, fontsize=8, loc="lower right")
